"""What a household took last time, set beside the sheet of now, and put on it by one tap. Nothing is ordered by it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db.models import F
from django.utils.translation import gettext as _

from cagette import wording
from cagette.searching import plain
from orders import filling
from orders.lines import Line
from orders.models import Order, OrderLine, Round
from orders.sheet import Sheet


@dataclass
class Usual:
    """`at` is when it was handed out; `lines` what the sheet can be raised to, `short` those of it that are less than
    last time, `missing` what isn't there.
    """

    at: datetime
    lines: list[tuple[Line, Decimal]] = field(default_factory=list)
    short: list[tuple[Line, Decimal]] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)

    @property
    def fields(self) -> str:
        """`12:2 13:1.5`: offers and quantities, for the script."""
        return " ".join(f"{line.offer.pk}:{wanted.normalize():f}" for line, wanted in self.lines)

    @property
    def rest(self) -> list[str]:
        """What is not as last time, in sentences."""
        said = []
        if self.short:
            less = (f"{line.offer.name} ({wording.quantity(wanted)})" for line, wanted in self.short)
            said.append(_("Less than last time: %(names)s.") % {"names": ", ".join(less)})
        if self.missing:
            said.append(_("Not there this time: %(names)s.") % {"names": ", ".join(self.missing)})
        return said

    def said(self, filled: int) -> str:
        """What is told once so many lines were filled in."""
        return " ".join([_("Lines filled in as last time: %(n)s.") % {"n": filled}, *self.rest])


def of_sheet(sheet: Sheet) -> Usual | None:
    """The last order of the sheet's household; None when there is none, or nothing of it is to be filled in.

    A product is found again by itself, or, where a list was imported anew, by its farm, name, unit and content.
    One query.
    """
    took = _last_lines(sheet)
    if not took:
        return None
    usual = Usual(took[0].order__round__delivery_starts_at)
    by_product = {line.offer.product_id: line for line in sheet.lines}
    by_description: dict[tuple[Any, ...], Line] = {}
    for quantity, product_id, name, *described, _at in took:
        found = by_product.get(product_id)
        if found is None:
            # Rarely asked for, and some work with hundreds of products.
            by_description = by_description or _by_description(sheet)
            found = by_description.get(_description(name, *described))
        possible = _possible(found, quantity) if found else Decimal(0)
        if found is None or not possible:
            usual.missing.append(name)
            continue
        if possible < quantity:
            usual.short.append((found, possible))
        if possible > found.wanted:
            usual.lines.append((found, possible))
    return usual if usual.lines else None


def fill(usual: Usual, *, user_id: int, sheet: Sheet, key: str) -> int:
    """Raise the sheet to what was taken last time, each line by the door of filling; returns how many were."""
    assert sheet.household is not None
    answers = [
        filling.save_change(
            user_id=user_id,
            round_id=sheet.round.pk,
            household_id=sheet.household.pk,
            stall_id=line.offer.stall_id,
            offer_id=line.offer.pk,
            key=f"{key}:usual:{line.offer.pk}",
            seen=line.wanted,
            wanted=wanted,
            tolerance=line.extra,
        )
        for line, wanted in usual.lines
    ]
    return sum(answer.accepted for answer in answers)


def _last_lines(sheet: Sheet) -> list[Any]:
    earlier = Order.objects.confirmed().filter(
        household=sheet.household, round__delivery_starts_at__lt=sheet.round.delivery_starts_at
    )
    last = earlier.exclude(round__state=Round.State.CANCELLED).order_by("-round__delivery_starts_at", "-pk")
    lines = OrderLine.objects.confirmed().filter(order__in=last.values("pk")[:1])
    # Plain values: all the rest of an offer is three times the work.
    return list(
        lines.order_by("offer__stall_id", "offer__position", "offer_id")
        .annotate(took=F("quantity") + F("granted"))
        .values_list(
            "took",
            *("offer__product", "offer__name", "offer__unit", "offer__content", "offer__content_unit"),
            *("offer__stall__producer", "order__round__delivery_starts_at"),
            named=True,
        )
    )


def _by_description(sheet: Sheet) -> dict[tuple[Any, ...], Line]:
    return {
        _description(offer.name, offer.unit, offer.content, offer.content_unit, part.stall.producer_id): line
        for part in sheet.parts
        for line in part.lines
        for offer in [line.offer]
    }


def _description(name: str, *rest: object) -> tuple[Any, ...]:
    """How a product is found again when it isn't the same row: its name, unit, content and farm."""
    return " ".join(plain(name).split()), *rest


def _possible(line: Line, quantity: Decimal) -> Decimal:
    """As many as last time, or what there is of it, in the steps of today; zero when it can't be had."""
    offer = line.offer
    if not line.fillable or offer.withdrawn_at is not None:
        return Decimal(0)
    wanted = max(quantity, offer.minimum)
    if line.left is not None:
        wanted = min(wanted, line.quantity + line.left)
    wanted -= wanted % offer.step
    return wanted if wanted >= offer.minimum else Decimal(0)
