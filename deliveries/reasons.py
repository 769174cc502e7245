"""Why a household gets something else than it ordered: the words of the last correction of each line."""

from __future__ import annotations

from typing import Any

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


def of_order(order: Order) -> dict[int, str]:
    """By line the words of its last correction, where it gets something else than it ordered."""
    return {line_id: row["why"] for line_id, row in of_lines(OrderLine.objects.filter(order=order)).items()}


def corrections_of(order: Order) -> QuerySet[Correction]:
    """The corrections of an order's lines, the newest first; those of before there was a cause wrote a change too."""
    rows = Correction.objects.filter(line__order=order, kind__in=OF_A_LINE).exclude(kind="line", cause="")
    return rows.select_related("line__offer", "by", "grant").order_by("-pk")
