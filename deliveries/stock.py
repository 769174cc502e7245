"""What a correction does to a supply: its `ordered` is always the sum of what counts of its lines.

Each locks the supply's row; call them with the stall held exclusively, then its round and the order locked.
"""

from __future__ import annotations

from decimal import Decimal

from django.utils.translation import gettext_lazy as _

from cagette.errors import DomainError
from catalogs.models import Supply
from orders.confirming import ZERO, taken_by_kind


class NotEnough(DomainError):
    """The supply doesn't hold that much."""


def draw(supply_id: int, more: Decimal, *, professional: bool) -> None:
    """Take `more` of what is left, within the share of the household's kind. Raises `NotEnough`."""
    supply = _locked(supply_id)
    if supply.quantity is not None and more > _left(supply, supply.quantity, professional=professional):
        raise NotEnough(_("There is not enough of this product left."))
    supply.ordered += more
    supply.save(update_fields=["ordered"])


def give_back(supply_id: int, less: Decimal) -> None:
    """Free goods that exist: they can be sold to others."""
    supply = _locked(supply_id)
    supply.ordered -= less
    supply.save(update_fields=["ordered"])


def write_off(supply_id: int, less: Decimal, *, professional: bool) -> None:
    """Take goods that don't exist out of the supply: what is left for either kind stays the same.

    A negative `less` puts goods in that were found again.
    """
    supply = _locked(supply_id)
    supply.ordered -= less
    if supply.quantity is not None:
        supply.quantity -= less
        if supply.professional_share is not None:
            share = supply.professional_share - less if professional else supply.professional_share
            supply.professional_share = min(max(share, ZERO), supply.quantity)
    elif supply.professional_share is not None and professional:
        supply.professional_share = max(supply.professional_share - less, ZERO)
    supply.save(update_fields=["ordered", "quantity", "professional_share"])


def _locked(supply_id: int) -> Supply:
    return Supply.objects.select_for_update(no_key=True).get(pk=supply_id)


def _left(supply: Supply, quantity: Decimal, *, professional: bool) -> Decimal:
    left = quantity - supply.ordered
    if supply.professional_share is None:
        return left
    share = supply.professional_share if professional else quantity - supply.professional_share
    return min(left, share - taken_by_kind([supply.pk]).get((supply.pk, professional), ZERO))
