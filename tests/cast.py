"""Who and what tests play with: plain functions, each making one thing with what it needs, in a state that can happen.

Farms, households and neighbourhoods are made up. Times lie around now: tests move deadlines, not clocks.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import count
from typing import Any
from uuid import uuid4

from django.utils import timezone

from cagette.models import User
from catalogs import returnables
from catalogs.models import Catalog, Product, Returnable
from orders import confirming, rounds
from orders.models import (
    Household,
    Membership,
    Neighbourhood,
    Offer,
    Order,
    Place,
    Round,
    RoundCoordinator,
    Stall,
)
from producers.models import PickListRecipient, Producer, ProducerMember

numbers = count(1)


# People


def a_user(name: str = "Ana", **fields: Any) -> User:
    address = f"{name.lower().replace(' ', '.')}-{next(numbers)}@example.org"
    return User.objects.create_user(**{"email": address, "name": name, **fields})


def a_staff_user(name: str = "Staff") -> User:
    return a_user(name, is_staff=True, is_superuser=True)


def a_neighbourhood(name: str = "Gare", **fields: Any) -> Neighbourhood:
    values = {"name": name, "slug": f"{name.lower().replace(' ', '-')}-{next(numbers)}", "commune": "Briançon"}
    return Neighbourhood.objects.create(**(values | fields))


def a_household(neighbourhood: Neighbourhood | None = None, name: str = "Ferrand", **fields: Any) -> Household:
    """A household without any login."""
    return Household.found(neighbourhood or a_neighbourhood(), name=name, **fields)


def a_membership(household: Household, user: User | None = None, **fields: Any) -> Membership:
    return Membership.objects.create(user=user or a_user(household.name), household=household, **fields)


def a_member(neighbourhood: Neighbourhood | None = None, name: str = "Ferrand", **fields: Any) -> User:
    """Somebody with a household of their own there; `fields` go to the membership."""
    return a_membership(a_household(neighbourhood, name), **fields).user


def a_coordinator(neighbourhood: Neighbourhood | None = None, name: str = "Lucie") -> User:
    return a_member(neighbourhood, name, role=Membership.Role.COORDINATOR)


def the_household(user: User) -> Household:
    """The one household `user` orders for."""
    return Household.objects.of(user).get()


# Farms


def a_producer(name: str = "Ferme du Prorel", **fields: Any) -> Producer:
    slug = f"{name.lower().replace(' ', '-')}-{next(numbers)}"
    producer = Producer.objects.create(**{"name": name, "slug": slug, "commune": "Briançon", **fields})
    PickListRecipient.objects.create(producer=producer, email=f"{slug}@example.org")
    return producer


def a_farmer(producer: Producer, name: str = "Paul") -> User:
    """A login that works for the farm."""
    user = a_user(name)
    ProducerMember.objects.create(producer=producer, user=user)
    return user


def a_catalog(producer: Producer | None = None, name: str = "Automne", *, products: int = 0, **fields: Any) -> Catalog:
    """A published catalog, with so many products at 4,50 €."""
    values = {"producer": producer or a_producer(), "name": name, "published_at": timezone.now()}
    catalog = Catalog.objects.create(**(values | fields))
    for position in range(products):
        a_product(catalog, f"Tomme {position + 1}", position=position)
    return catalog


def a_product(
    catalog: Catalog | None = None, name: str = "Tomme", price: str | None = "4.50", **fields: Any
) -> Product:
    """With a `deposit`, the farm takes something back for it."""
    values: dict[str, Any] = {
        "catalog": catalog or a_catalog(),
        "name": name,
        "price": None if price is None else Decimal(price),
        "reference": f"P{next(numbers)}",
    }
    values |= fields
    if values.get("deposit") and not values.get("returnable"):
        named = returnables.named_after(
            values.get("unit", "piece"), values.get("content"), values.get("content_unit", "")
        )
        values["returnable"] = a_returnable(values["catalog"].producer, named, values["deposit"])
    elif values.get("returnable"):
        values["deposit"] = values["returnable"].deposit
    return Product.objects.create(**values)


def a_returnable(
    producer: Producer, name: str = "bocal", amount: Decimal | str = "0.50", *, currency: str = "EUR", **fields: Any
) -> Returnable:
    """The one of this name and amount that the farm has in use, or a new one."""
    found, _new = Returnable.objects.in_use().get_or_create(
        producer=producer, name=name, amount=Decimal(amount), amount_currency=currency, defaults=fields
    )
    return found


def a_weighed_product(catalog: Catalog, name: str = "Truite", **fields: Any) -> Product:
    """By the piece, paid by weight: 18 €/kg, about 300 g, 400 g at most, so about 5,40 € a piece."""
    values = {
        "price": None,
        "weighed": True,
        "price_per_kg": Decimal("18.00"),
        "typical_weight_g": 300,
        "greatest_weight_g": 400,
        "category": "fish",
    }
    return a_product(catalog, name, **(values | fields))


# Rounds


def a_place(neighbourhood: Neighbourhood, name: str = "Salle du Prorel") -> Place:
    return Place.objects.create(neighbourhood=neighbourhood, name=name, address="2 rue de la Gare, Briançon")


def a_proposed_round(
    neighbourhood: Neighbourhood | None = None, *catalogs: Catalog, by: User | None = None, **fields: Any
) -> Round:
    """Proposed by `by` (somebody new who lives there), its farms invited; without catalogs, one farm's of two products.

    It opens in a day, closes in three and is handed out in four.
    """
    neighbourhood = neighbourhood or a_neighbourhood()
    now = timezone.now()
    values: dict[str, Any] = {
        "place": fields.pop("place", None) or a_place(neighbourhood),
        "title": "Commande de novembre",
        "opens_at": now + timedelta(days=1),
        "closes_at": now + timedelta(days=3),
        "delivery_starts_at": now + timedelta(days=4),
        "delivery_ends_at": now + timedelta(days=4, hours=2),
        "catalogs": catalogs or [a_catalog(products=2)],
    }
    by = by or a_member(neighbourhood, "Lucie")
    return rounds.propose(by=by, neighbourhood=neighbourhood, **(values | fields))


def an_upcoming_round(neighbourhood: Neighbourhood | None = None, *catalogs: Catalog, **fields: Any) -> Round:
    """Every farm has accepted and it is published; it opens in a day."""
    round = a_proposed_round(neighbourhood, *catalogs, **fields)
    by = the_coordinator(round)
    for stall in round.stalls.all():
        rounds.accept(stall, by=by, how=Stall.Channel.PHONE)
    rounds.publish(round, by=by)
    return Round.objects.get(pk=round.pk)


def an_open_round(neighbourhood: Neighbourhood | None = None, *catalogs: Catalog, **fields: Any) -> Round:
    """It has just opened, and its members know."""
    round = an_upcoming_round(neighbourhood, *catalogs, **fields)
    rounds.open_now(round, by=the_coordinator(round))
    Round.objects.filter(pk=round.pk).update(announced_at=timezone.now())
    return Round.objects.get(pk=round.pk)


def an_overdue_round(neighbourhood: Neighbourhood | None = None, *catalogs: Catalog, **fields: Any) -> Round:
    """Its deadline passed a minute ago, and no worker has come by yet."""
    round = an_open_round(neighbourhood, *catalogs, **fields)
    let_the_deadline_pass(round)
    return Round.objects.get(pk=round.pk)


def a_past_round(neighbourhood: Neighbourhood | None = None, *catalogs: Catalog, **fields: Any) -> Round:
    """Closed and handed out a week ago, as old rounds are: without the papers that a real close makes."""
    round = an_open_round(neighbourhood, *catalogs, **fields)
    shift(round, -timedelta(days=11))
    Stall.objects.filter(round=round).update(state=Stall.State.CLOSED, closed_at=timezone.now() - timedelta(days=8))
    Round.objects.filter(pk=round.pk).update(state=Round.State.CLOSED, closed_at=timezone.now() - timedelta(days=8))
    return Round.objects.get(pk=round.pk)


def the_coordinator(round: Round) -> User:
    return RoundCoordinator.objects.filter(round=round).order_by("pk")[0].user


def let_the_deadline_pass(round: Round, *, by: timedelta = timedelta(minutes=1)) -> None:
    """Move the deadline of the round and of all its stalls to `by` ago."""
    closes_at = timezone.now() - by
    opens_at = min(round.opens_at, closes_at - timedelta(hours=1))
    Round.objects.filter(pk=round.pk).update(opens_at=opens_at, closes_at=closes_at)
    Stall.objects.filter(round=round).update(closes_at=closes_at)


def shift(round: Round, by: timedelta) -> None:
    """Move everything about the round in time."""
    fields = ["opens_at", "closes_at", "delivery_starts_at", "delivery_ends_at"]
    moved: dict[str, datetime] = {field: getattr(round, field) + by for field in fields}
    Round.objects.filter(pk=round.pk).update(**moved)
    for stall in Stall.objects.filter(round=round):
        Stall.objects.filter(pk=stall.pk).update(closes_at=stall.closes_at + by)


# Orders


def offers_of(round: Round) -> list[Offer]:
    return list(Offer.objects.filter(stall__round=round).order_by("stall", "position", "pk"))


def an_order(
    round: Round, household: Household, quantities: Mapping[Offer, int | str], *, by: User | None = None
) -> Order:
    """Confirmed, at the prices of the offers, by one of the household's members or else by the round's coordinator."""
    member = household.memberships.active().order_by("pk").first()
    user = by or (member.user if member else the_coordinator(round))
    lines = [
        confirming.Shown.of(offer, Decimal(quantity), professional=household.professional)
        for offer, quantity in quantities.items()
    ]
    answer = confirming.confirm(
        user_id=user.pk, round_id=round.pk, household_id=household.pk, key=uuid4().hex, lines=lines
    )
    assert answer.accepted, answer
    return Order.objects.get(round=round, household=household)


def an_order_of_the_past(round: Round, household: Household, quantities: Mapping[Offer, int | str]) -> Order:
    """In a past round, as its close left it: all that was confirmed is allocated."""
    order = Order.objects.create(round=round, household=household)
    for offer, quantity in quantities.items():
        price = offer.priced(professional=household.professional)
        order.lines.create(
            offer=offer,
            wanted=quantity,
            quantity=quantity,
            allocated=quantity,
            basis=price.basis,
            unit_price=price.unit,
            vat_rate=price.vat_rate,
            deposit=price.deposit,
            returnable=offer.returnable,
        )
    return order


def a_sheet(round: Round, household: Household, quantities: Mapping[Offer, int | str]) -> Order:
    """Filled in and not confirmed."""
    order, _new = Order.objects.get_or_create(round=round, household=household)
    for offer, quantity in quantities.items():
        order.lines.update_or_create(offer=offer, defaults={"wanted": Decimal(quantity)})
    return order
