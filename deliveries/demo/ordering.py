"""How the demo's households fill their sheets: by chance, and each time by the same chance."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from random import Random
from uuid import uuid4

from cagette.models import User
from orders import confirming, filling
from orders.models import Household, Offer, Order, OrderLine, Round

Basket = dict[Offer, Decimal]
TRIES = 4


def chance(*what: object) -> Random:
    return Random(":".join(str(each) for each in what))  # noqa: S311 - a story, not a secret


def offers_of(round: Round) -> list[Offer]:
    return list(Offer.objects.filter(stall__round=round).select_related("stall").order_by("stall", "position", "pk"))


def basket(offers: Sequence[Offer], household: Household, *, seed: object, least: int, most: int) -> Basket:
    """Some offers, more often what stands first in a catalog, each once or twice as people do.

    A restaurant takes what has a price for it, and more of everything.
    """
    by = chance(seed, household.name)
    if household.professional:
        offers = [offer for offer in offers if offer.professional_price is not None] or offers
    # Weighted sampling without replacement, after Efraimidis and Spirakis.
    liking = {offer: by.random() ** (1 / _popularity(offer)) for offer in offers}
    chosen = sorted(offers, key=lambda offer: -liking[offer])[: by.randint(least, most)]
    return {offer: _quantity(offer, by, professional=household.professional) for offer in chosen}


def _popularity(offer: Offer) -> int:
    if offer.price is not None and offer.price > 20:
        return 1
    return 8 if offer.position <= 2 else 4 if offer.position <= 6 else 2


def _quantity(offer: Offer, by: Random, *, professional: bool) -> Decimal:
    least = max(offer.minimum, offer.step)
    if offer.piece_price() > 12 and not professional:
        return least
    choices = [2, 3, 4, 6] if offer.case_size is not None else [1, 2, 3, 4]
    times = by.choices(choices, weights=[56, 32, 8, 4])[0]
    return least * times * (3 if professional else 1)


def confirm(round: Round, household: Household, wanted: Basket, *, by: User) -> Order | None:
    """Press the button; where not enough is left, take what the answer says is possible, as people do."""
    wanted = dict(wanted)
    for _try in range(TRIES):
        lines = [
            confirming.Shown.of(offer, quantity, _tolerance(offer, household), professional=household.professional)
            for offer, quantity in wanted.items()
        ]
        answer = confirming.confirm(
            user_id=by.pk, round_id=round.pk, household_id=household.pk, key=uuid4().hex, lines=lines
        )
        if answer.accepted:
            return Order.objects.get(round=round, household=household)
        for offer in list(wanted):
            refusal = answer.refused.get(offer.pk)
            if refusal is None:
                continue
            if refusal.possible:
                wanted[offer] = refusal.possible
            else:
                del wanted[offer]
        if not wanted:
            return None
    return None


def _tolerance(offer: Offer, household: Household) -> Decimal:
    """Some would take a bottle or two more, to fill a case."""
    if offer.case_size is None:
        return Decimal(0)
    return offer.step * chance("tolerance", offer.name, household.name).choice([0, 1, 2])


def fill(round: Round, household: Household, wanted: Basket, *, by: User) -> None:
    """Fill the sheet and leave it there, unconfirmed."""
    seen = dict(
        OrderLine.objects.filter(order__round=round, order__household=household).values_list("offer_id", "wanted")
    )
    for offer, quantity in wanted.items():
        filling.save_change(
            user_id=by.pk,
            round_id=round.pk,
            household_id=household.pk,
            stall_id=offer.stall_id,
            offer_id=offer.pk,
            key=uuid4().hex,
            seen=seen.get(offer.pk, Decimal(0)),
            wanted=quantity,
            tolerance=Decimal(0),
        )
