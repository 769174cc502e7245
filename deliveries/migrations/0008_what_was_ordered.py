"""Put back what was ordered on the lines that corrections overwrote.

A correction used to write what a household gets on `quantity`, and kept what was there before in an `OrderChange`
without a request, written just before its `Correction`. Other changes without a request were written by no correction
and are left alone. What counts of each line, `allocated`, stays, so that nothing due changes.

What the sheet showed (`wanted`) was overwritten too and was kept nowhere: it becomes what was ordered.
"""

from typing import ClassVar

from django.db import migrations

# For each corrected line: of the changes that its first correction may have written, the nearest in time; and what its
# last correction gave, which is what was agreed where nothing had been ordered and the farm was called off afterwards.
RESTORE = """
WITH first AS (
    SELECT DISTINCT ON (line_id) line_id, at, (after->>'quantity')::numeric AS given
    FROM deliveries_correction WHERE kind = 'line' AND cause = '' AND line_id IS NOT NULL ORDER BY line_id, id
), last AS (
    SELECT DISTINCT ON (line_id) line_id, (after->>'quantity')::numeric AS given
    FROM deliveries_correction WHERE kind = 'line' AND cause = '' AND line_id IS NOT NULL ORDER BY line_id, id DESC
), was AS (
    SELECT DISTINCT ON (first.line_id) first.line_id, c.quantity_before AS quantity, c.tolerance_before AS tolerance
    FROM first JOIN orders_orderchange c ON c.line_id = first.line_id
    WHERE c.request_id IS NULL AND c.quantity_after = first.given AND c.tolerance_after = 0
      AND c.at BETWEEN first.at - interval '1 minute' AND first.at + interval '1 minute'
    ORDER BY first.line_id, abs(extract(epoch FROM first.at - c.at)), c.id DESC
)
UPDATE orders_orderline l SET
    quantity = was.quantity, tolerance = was.tolerance, wanted = was.quantity, wanted_tolerance = was.tolerance,
    granted = greatest(0, greatest(l.allocated, last.given) - was.quantity - was.tolerance)
FROM was JOIN last ON last.line_id = was.line_id
WHERE l.id = was.line_id AND l.granted = 0 AND l.allocated IS NOT NULL
"""


class Migration(migrations.Migration):
    dependencies: ClassVar = [("deliveries", "0007_causes_and_grants"), ("orders", "0011_grants")]

    operations: ClassVar = [migrations.RunSQL(RESTORE, migrations.RunSQL.noop)]
