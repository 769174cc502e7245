"""How far a round has come, by what everybody has confirmed: what is left, cases, the farms' minimums.

The order sheet shows it, `freshness` tells it to the pages that stay open. It is for display: `confirming` asks the
database again, under its locks.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Case as Either
from django.db.models import F, OuterRef, QuerySet, Sum, When
from django.utils.translation import gettext as _

from cagette import wording
from cagette.money import ZERO, Money
from orders import sums
from orders.confirming import taken_by_kind
from orders.models import Offer, OrderLine, Stall

NONE = Decimal(0)
# What is left is told when it is no more than so many steps.
LITTLE = 10


@dataclass(frozen=True)
class Case:
    """How far the last case of a product is."""

    size: Decimal
    started: Decimal
    tolerance: Decimal

    @property
    def missing(self) -> Decimal:
        """What the last case still needs; nothing when none is begun, or when those who would take more fill it."""
        gap = self.size - self.started if self.started else NONE
        return NONE if gap <= self.tolerance else gap

    @property
    def words(self) -> str:
        size = {"size": wording.quantity(self.size)}
        if self.missing:
            said = size | {"missing": wording.quantity(self.missing)}
            return _("%(missing)s missing to fill the case of %(size)s") % said
        if self.started:
            return _("the case of %(size)s will be full") % size
        return _("comes in cases of %(size)s") % size


@dataclass(frozen=True)
class Minimum:
    """For how much a farm comes, incl. VAT without deposits, and how much is confirmed there."""

    amount: Money
    confirmed: Money
    below: str

    @property
    def missing(self) -> Money:
        return max(self.amount - self.confirmed, self.amount * 0)

    @property
    def words(self) -> str:
        said = {"missing": wording.money(self.missing), "amount": wording.money(self.amount)}
        if not self.missing:
            return _("The farm's minimum of %(amount)s is reached.") % said
        if self.below == Stall.BelowMinimum.DROP:
            return _("%(missing)s missing for the farm to come. Below %(amount)s it doesn't.") % said
        if self.below == Stall.BelowMinimum.ASK:
            return _("%(missing)s missing for the farm to come. Below %(amount)s the coordinators decide.") % said
        return _("%(missing)s missing to the farm's minimum of %(amount)s. It comes all the same.") % said


def little(left: Decimal | None, offer: Offer) -> str:
    """`only 3 left`, once it is little."""
    if left is None or not 0 < left <= LITTLE * offer.step:
        return ""
    return _("only %(left)s left") % {"left": wording.quantity(left)}


def with_confirmed(stalls: QuerySet[Stall]) -> QuerySet[Stall]:
    """With `confirmed`: what is confirmed at each stall with a minimum, incl. VAT, as the close reckons it."""
    lines = OrderLine.objects.confirmed().filter(offer__stall=OuterRef("pk"))
    amount = sums.goods(lines, quantity=F("quantity"))
    return stalls.annotate(confirmed=Either(When(minimum_amount__gt=0, then=amount), default=None))


def minimum_of(stall: Stall) -> Minimum | None:
    """Of a stall from `with_confirmed`."""
    if not stall.minimum_amount:
        return None
    confirmed: Decimal = stall.confirmed or ZERO  # type: ignore[attr-defined]
    return Minimum(stall.minimum_amount, Money(confirmed, stall.minimum_amount.currency), stall.below_minimum)


def what_is_left(offers: Iterable[Offer], *, professional: bool) -> dict[int, Decimal]:
    """What can still be confirmed of each offer with a limit, by somebody of this kind. One query at most."""
    limited = [offer for offer in offers if offer.supply.quantity is not None]
    taken = taken_by_kind([offer.supply_id for offer in limited if offer.supply.professional_share is not None])
    left = {}
    for offer in limited:
        supply = offer.supply
        assert supply.quantity is not None
        left[offer.pk] = supply.quantity - supply.ordered
        if supply.professional_share is not None:
            share = supply.professional_share if professional else supply.quantity - supply.professional_share
            left[offer.pk] = min(left[offer.pk], share - taken.get((supply.pk, professional), NONE))
        left[offer.pk] = max(left[offer.pk], NONE)
    return left


def cases(offers: Iterable[Offer]) -> dict[int, Case]:
    """The last case of each offer that comes in cases. One query at most."""
    sizes = {offer.pk: offer.case_size for offer in offers if offer.case_size}
    if not sizes:
        return {}
    lines = OrderLine.objects.confirmed().filter(offer__in=sizes)
    sums = {
        each["offer"]: (each["confirmed"], each["more"])
        for each in lines.values("offer").annotate(confirmed=Sum("quantity"), more=Sum("tolerance"))
    }
    nothing = (NONE, NONE)
    return {
        offer: Case(size, sums.get(offer, nothing)[0] % size, sums.get(offer, nothing)[1])
        for offer, size in sizes.items()
    }
