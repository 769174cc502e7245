from typing import ClassVar

from django.db import migrations

FILES = "'pdf_name', 'pdf_sha256', 'xlsx_name', 'xlsx_sha256', 'rendered_at'"


class Migration(migrations.Migration):
    dependencies: ClassVar = [("deliveries", "0002_initial"), ("cagette", "0002_append_only")]

    operations: ClassVar = [
        migrations.RunSQL(
            "CREATE TRIGGER frozen BEFORE UPDATE OR DELETE ON deliveries_picklist FOR EACH ROW EXECUTE FUNCTION"
            f" cagette_frozen_but({FILES}, 'acknowledged_at', 'acknowledged_how', 'acknowledged_by_id');"
            "CREATE TRIGGER frozen BEFORE UPDATE OR DELETE ON deliveries_signoffsheet FOR EACH ROW EXECUTE FUNCTION"
            f" cagette_frozen_but({FILES});"
            "CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON deliveries_correction FOR EACH ROW EXECUTE FUNCTION"
            " cagette_append_only('by_id', 'reason');",
            "DROP TRIGGER frozen ON deliveries_picklist;"
            "DROP TRIGGER frozen ON deliveries_signoffsheet;"
            "DROP TRIGGER append_only ON deliveries_correction;",
        ),
    ]
