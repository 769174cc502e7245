from typing import ClassVar

from django.db import migrations


class Migration(migrations.Migration):
    dependencies: ClassVar = [("catalogs", "0001_initial"), ("cagette", "0002_append_only")]

    operations: ClassVar = [
        migrations.RunSQL(
            "CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON catalogs_catalogedit"
            " FOR EACH ROW EXECUTE FUNCTION cagette_append_only('by_id');",
            "DROP TRIGGER append_only ON catalogs_catalogedit;",
        ),
    ]
