"""Point offers and lines with a deposit at what it is for: one for each farm, amount and unit, as 0006 of catalogs made
them for products. What only the past knows is made here.

An offer's snapshot gets what it lacked: its deposit stays, so this is no change for `OfferChange` to tell of.
"""

from typing import ClassVar

import django.db.models.deletion
from django.db import migrations, models

NAME = """CASE f.unit WHEN 'jar' THEN 'bocal' WHEN 'bottle' THEN 'bouteille' WHEN 'bag' THEN 'sac' WHEN 'box' THEN 'caisse'
    WHEN 'bunch' THEN 'consigne à la botte' WHEN 'dozen' THEN 'consigne à la douzaine' WHEN 'kg' THEN 'consigne au kilo'
    WHEN 'litre' THEN 'consigne au litre' ELSE 'consigne' END"""

MAKE_OF_OFFERS = f"""
INSERT INTO catalogs_returnable (producer_id, name, amount, amount_currency, since, to_check)
SELECT s.producer_id, {NAME}, f.deposit, c.currency, min(COALESCE(r.published_at, r.opens_at))::date, true
FROM orders_offer f JOIN orders_stall s ON s.id = f.stall_id JOIN orders_round r ON r.id = s.round_id
JOIN catalogs_catalog c ON c.id = s.catalog_id
WHERE f.deposit > 0 GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3
ON CONFLICT (producer_id, name, amount, amount_currency) WHERE until IS NULL
    DO UPDATE SET since = LEAST(catalogs_returnable.since, EXCLUDED.since)
"""  # noqa: S608 (our own names)
NAME_OFFERS = f"""
UPDATE orders_offer f SET returnable_id = r.id FROM orders_stall s, catalogs_catalog c, catalogs_returnable r
WHERE s.id = f.stall_id AND c.id = s.catalog_id AND f.deposit > 0 AND f.returnable_id IS NULL AND r.until IS NULL
    AND r.producer_id = s.producer_id AND r.amount = f.deposit AND r.amount_currency = c.currency AND r.name = {NAME}
"""  # noqa: S608
# A line's deposit is its offer's: the rows are many, and this is all that they need.
NAME_LINES = """
UPDATE orders_orderline l SET returnable_id = f.returnable_id FROM orders_offer f
WHERE f.id = l.offer_id AND l.deposit > 0 AND l.deposit = f.deposit AND l.returnable_id IS NULL
"""
# No verb changes the deposit of an offer. Where a hand has, in the database, its lines keep what they were sold with.
MAKE_OF_LINES = f"""
INSERT INTO catalogs_returnable (producer_id, name, amount, amount_currency, since, to_check)
SELECT s.producer_id, {NAME}, l.deposit, c.currency, min(COALESCE(r.published_at, r.opens_at))::date, true
FROM orders_orderline l JOIN orders_offer f ON f.id = l.offer_id JOIN orders_stall s ON s.id = f.stall_id
JOIN orders_round r ON r.id = s.round_id JOIN catalogs_catalog c ON c.id = s.catalog_id
WHERE l.deposit > 0 AND l.returnable_id IS NULL GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3
ON CONFLICT (producer_id, name, amount, amount_currency) WHERE until IS NULL
    DO UPDATE SET since = LEAST(catalogs_returnable.since, EXCLUDED.since)
"""  # noqa: S608
NAME_LINES_LEFT = f"""
UPDATE orders_orderline l SET returnable_id = r.id
FROM orders_offer f, orders_stall s, catalogs_catalog c, catalogs_returnable r
WHERE f.id = l.offer_id AND s.id = f.stall_id AND c.id = s.catalog_id AND l.deposit > 0 AND l.returnable_id IS NULL
    AND r.until IS NULL AND r.producer_id = s.producer_id AND r.amount = l.deposit AND r.amount_currency = c.currency
    AND r.name = {NAME}
"""  # noqa: S608


class Migration(migrations.Migration):
    dependencies: ClassVar = [
        ("catalogs", "0007_deposits_follow_returnables"),
        ("orders", "0008_transitions"),
    ]

    operations: ClassVar = [
        migrations.AlterField(
            model_name="orderline",
            name="returnable",
            field=models.ForeignKey(
                blank=True,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="catalogs.returnable",
            ),
        ),
        migrations.RunSQL(
            [MAKE_OF_OFFERS, NAME_OFFERS, NAME_LINES, MAKE_OF_LINES, NAME_LINES_LEFT], migrations.RunSQL.noop
        )
    ]
