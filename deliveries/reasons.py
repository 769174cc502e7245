"""Why a household gets something else than it ordered: the words of the last correction of each line."""

from __future__ import annotations

from typing import Any, NamedTuple

from django.db.models import QuerySet

from deliveries.models import Correction
from orders.models import Order, OrderLine
from orders.models.ordering import counted

OF_A_LINE = (Correction.Kind.LINE, Correction.Kind.LATE)


def of_lines(lines: QuerySet[OrderLine]) -> dict[int, dict[str, Any]]:
    """Per corrected line that differs from what was ordered (with what was agreed to later): `ordered` and `why`, as
    frozen rows keep them, with its `offer` and the household's `number`. One statement.
    """
    rows = (
        Correction.objects.filter(line__in=lines, kind__in=OF_A_LINE)
        .annotate(counts=counted("line"))
        .order_by("pk")
        .values_list(
            "line_id", "line__offer_id", "line__order__household__pick_up_number", "line__quantity", "line__granted",
            "counts", "reason",
        )
    )  # fmt: skip
    return {
        line_id: {"offer": offer_id, "number": number, "ordered": f"{(quantity + more).normalize():f}", "why": reason}
        for line_id, offer_id, number, quantity, more, counts, reason in rows
        if counts != quantity + more
    }


class Corrected(NamedTuple):
    """What was corrected of an order, the newest first, and by line why it gets something else than it ordered."""

    shown: list[Correction]
    why: dict[int, str]


def of_order(order: Order) -> Corrected:
    """One statement. Corrections of before there was a cause wrote a change of the order too, which shows them."""
    rows = Correction.objects.filter(line__order=order, kind__in=OF_A_LINE)
    found = list(rows.select_related("line__offer", "by", "grant").order_by("-pk"))
    why = {}
    for each in reversed(found):
        assert each.line is not None
        if each.line.counted_now != each.line.quantity + each.line.granted:
            why[each.line.pk] = each.reason
    return Corrected([each for each in found if each.cause or each.kind == Correction.Kind.LATE], why)
