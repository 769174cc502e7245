from typing import ClassVar

from django.db import migrations


class Migration(migrations.Migration):
    dependencies: ClassVar = [("deliveries", "0005_withdrawals"), ("cagette", "0002_append_only")]

    operations: ClassVar = [
        migrations.RunSQL(
            "CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON deliveries_withdrawal"
            " FOR EACH ROW EXECUTE FUNCTION cagette_append_only('by_id', 'name', 'email');"
            "CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON deliveries_withdrawalline"
            " FOR EACH ROW EXECUTE FUNCTION cagette_append_only();",
            "DROP TRIGGER append_only ON deliveries_withdrawal;"
            "DROP TRIGGER append_only ON deliveries_withdrawalline;",
        ),
    ]
