"""Deposits were bare amounts: make what they are for, one for each farm, amount and unit, for the farm to check.

Farms write their lists in French, and so are these called. Each has stood since the earliest day on which a product of
that deposit is known: that of its first edit, or else its catalog's.
"""

from typing import ClassVar

from django.db import migrations, models

# The same names in 0009 of orders and in `catalogs.returnables`.
NAME = """CASE p.unit WHEN 'jar' THEN 'bocal' WHEN 'bottle' THEN 'bouteille' WHEN 'bag' THEN 'sac' WHEN 'box' THEN 'caisse'
    WHEN 'bunch' THEN 'consigne à la botte' WHEN 'dozen' THEN 'consigne à la douzaine' WHEN 'kg' THEN 'consigne au kilo'
    WHEN 'litre' THEN 'consigne au litre' ELSE 'consigne' END"""

MAKE = f"""
INSERT INTO catalogs_returnable (producer_id, name, amount, amount_currency, since, to_check)
SELECT c.producer_id, {NAME}, p.deposit, c.currency, min(COALESCE(e.at, c.created_at))::date, true
FROM catalogs_product p JOIN catalogs_catalog c ON c.id = p.catalog_id
LEFT JOIN catalogs_catalogedit e ON e.product_id = p.id AND e.field = ''
WHERE p.deposit > 0 GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3
"""  # noqa: S608 (our own names)
NAME_PRODUCTS = f"""
UPDATE catalogs_product p SET returnable_id = r.id FROM catalogs_catalog c, catalogs_returnable r
WHERE c.id = p.catalog_id AND p.deposit > 0 AND p.returnable_id IS NULL AND r.until IS NULL
    AND r.producer_id = c.producer_id AND r.amount = p.deposit AND r.amount_currency = c.currency AND r.name = {NAME}
"""  # noqa: S608


class Migration(migrations.Migration):
    dependencies: ClassVar = [("catalogs", "0005_edits_answered_once_and_undone")]

    operations: ClassVar = [
        migrations.AddConstraint(
            model_name="returnable",
            constraint=models.UniqueConstraint(
                fields=["producer", "name", "amount", "amount_currency"],
                name="returnable_in_use_once",
                condition=models.Q(until=None),
            ),
        ),
        migrations.RunSQL([MAKE, NAME_PRODUCTS], migrations.RunSQL.noop),
    ]
