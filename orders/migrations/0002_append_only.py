from typing import ClassVar

from django.db import migrations


class Migration(migrations.Migration):
    dependencies: ClassVar = [("orders", "0001_initial"), ("cagette", "0002_append_only")]

    operations: ClassVar = [
        migrations.RunSQL(
            f"CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON {table}"
            " FOR EACH ROW EXECUTE FUNCTION cagette_append_only('by_id', 'reason');",
            f"DROP TRIGGER append_only ON {table};",
        )
        for table in ("orders_offerchange", "orders_orderchange")
    ]
