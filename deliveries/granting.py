"""More after the close: offered to a household by a coordinator, and taken only once the household agrees.

Nothing is ordered after the close. Agreeing makes a correction of kind `late`, under the stall's exclusive lock, at the
price the household was shown.
"""

from __future__ import annotations

import logging
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from cagette.errors import DomainError, WrongState
from cagette.models import User
from deliveries import correcting, recaps
from deliveries.pick_lists import plain
from orders.confirming import Terms
from orders.due import Due, Taken, to_farm
from orders.models import Grant, Membership, Offer, Order, OrderLine, Round
from orders.models.granting import has_login
from orders.rounds import RoundRefused, database_now, round_facts

logger = logging.getLogger(__name__)


class NotTheirs(DomainError):
    """Only a member of the household, or a coordinator where it has no login, can agree."""


def offer_more(order: Order, offer: Offer, quantity: Decimal, *, by: User, reason: str) -> Grant:
    """Offer a household `quantity` more of a product of a closed farm; it is told by mail, and nothing changes yet.

    One offer at a time for a product.
    """
    with transaction.atomic():
        stall, order = correcting.hold_for_correction(order, offer)
        offer = Offer.objects.get(pk=offer.pk)
        correcting.fits_step(offer, quantity)
        if quantity <= 0:
            raise RoundRefused(_("How much more?"))
        _refuse_once_over(stall.round)
        if Grant.objects.filter(order=order, offer=offer, agreed_at=None, taken_back_at=None).exists():
            raise WrongState(_("This household already has an offer of this product: take it back first."))
        grant = Grant(order=order, offer=offer, quantity=quantity, reason=reason, offered_by=by)
        _terms(order, offer, stall.producer.vat_regime).write_on(grant)
        grant.save()
        data = _facts(grant, stall.round)
        recaps.tell_households(stall.round, [order.household_id], f"grant:{grant.pk}", "grant", data)
        return grant


def agree(grant: Grant, *, by: User) -> None:
    """Take what was offered, with the obligation to pay it. Agreeing twice changes nothing.

    Raises `NotTheirs`, `NotEnough` when the supply is gone meanwhile, and `WrongState` when the offer has ended.
    """
    with transaction.atomic():
        stall, order = correcting.hold_for_correction(grant.order, grant.offer)
        grant = Grant.objects.select_for_update(no_key=True, of=("self",)).select_related("offer").get(pk=grant.pk)
        own = Membership.objects.active().filter(household=order.household_id, user=by).exists()
        if not own and not _may_agree_on_behalf(order, by):
            raise NotTheirs(_("Only a member of this household can agree to that."))
        if grant.agreed_at is not None:
            return
        if grant.taken_back_at is not None:
            raise WrongState(_("This offer has been taken back."))
        _refuse_once_over(stall.round)
        grant.agreed_by, grant.agreed_at, grant.on_behalf = by, timezone.now(), not own
        grant.save(update_fields=["agreed_by", "agreed_at", "on_behalf"])
        correcting.take_more(stall, order, grant, by=by, reason=grant.reason)
        correcting.revise_order(stall.round, [stall], order, grant.reason)
    logger.info("grant %s agreed to by user %s", grant.pk, by.pk)


def take_back(grant: Grant, *, by: User) -> None:
    """End an offer that nobody has agreed to. Taking it back twice changes nothing."""
    with transaction.atomic():
        correcting.hold_for_correction(grant.order, grant.offer)
        grant = Grant.objects.select_for_update(no_key=True).get(pk=grant.pk)
        if grant.agreed_at is not None:
            raise WrongState(_("The household has already agreed: correct its line instead."))
        if grant.taken_back_at is None:
            grant.taken_back_by, grant.taken_back_at = by, timezone.now()
            grant.save(update_fields=["taken_back_by", "taken_back_at"])


def due_of(grant: Grant) -> Due:
    """Return by how much the household's sum at the farm grows: VAT and rounding are of the whole. One query."""
    lines = OrderLine.objects.filter(order=grant.order_id, offer__stall=grant.offer.stall_id).confirmed()
    before = {line.offer_id: Taken(line.agreed, line.counted_now) for line in lines if line.agreed is not None}
    had = before.get(grant.offer_id, Taken(grant.price, Decimal(0)))
    after = before | {grant.offer_id: Taken(grant.price, had.quantity + grant.quantity)}
    currency, net = grant.order.round.currency, grant.order.household.professional
    return to_farm(after.values(), currency, net=net) - to_farm(before.values(), currency, net=net)


def _may_agree_on_behalf(order: Order, user: User) -> bool:
    coordinates = Round.objects.coordinated_by(user).filter(pk=order.round_id).exists()
    return coordinates and not has_login(order.household)


def _terms(order: Order, offer: Offer, vat_regime: str) -> Terms:
    line = OrderLine.objects.filter(order=order, offer=offer).confirmed().first()
    if line is not None:
        return Terms.agreed_on(line)
    return Terms.of(offer, professional=order.household.professional, vat_regime=vat_regime)


def _refuse_once_over(round: Round) -> None:
    if round.state not in (Round.State.PUBLISHED, Round.State.CLOSED) or database_now() >= round.delivery_ends_at:
        raise WrongState(_("The pick-up is over: nothing more can be taken."))


def _facts(grant: Grant, round: Round) -> dict[str, Any]:
    grant.order.round = round
    return round_facts(round) | {
        "producer": grant.offer.stall.producer.name,
        "good": recaps.words_of(grant.offer),
        "quantity": plain(grant.quantity),
        "account": due_of(grant).frozen,
        "reason": grant.reason,
        "order_link": settings.SITE_URL + reverse("orders:detail", args=[grant.order_id]),
    }
