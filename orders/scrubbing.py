"""Leaving households, groups and rounds, and forgetting who ordered; cagette/scrubbing.py says what it is for."""

from __future__ import annotations

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.urls import reverse

from cagette.errors import DomainError
from cagette.models import User
from cagette.scrubbing import Obstacle, redaction
from orders import joining
from orders.models import (
    Favourite,
    Grant,
    Household,
    Membership,
    OfferChange,
    OrderChange,
    OrderNote,
    OrderRequest,
    RoundCoordinator,
    Transition,
)

# A household has a name; this is nobody's.
NAMELESS = "—"


def give_up(user: User) -> list[Obstacle]:
    """Leave every household and every round one runs, by the doors everybody uses; returns what stands against it."""
    obstacles = []
    memberships = Membership.objects.filter(user=user).exclude(state=Membership.State.LEFT).order_by("pk")
    for membership in memberships.select_related("household__neighbourhood"):
        try:
            with transaction.atomic():
                joining.leave(membership)
        except DomainError as error:
            household = membership.household
            about = f"{household.name}, {household.neighbourhood.name}"
            obstacles.append(Obstacle(about, str(error), reverse("orders:household", args=[household.pk])))
    # Those of a neighbourhood where one orders for nobody; of the others the household's door has spoken.
    seats = RoundCoordinator.objects.filter(user=user).select_related("round").order_by("pk")
    for seat in seats.exclude(round__neighbourhood__in=Household.objects.of(user).values("neighbourhood")):
        try:
            with transaction.atomic():
                joining.give_up_rounds(RoundCoordinator.objects.filter(pk=seat.pk))
        except DomainError as error:
            obstacles.append(Obstacle(seat.round.title, str(error), reverse("orders:round", args=[seat.round_id])))
    return obstacles


def nameless(user: User) -> QuerySet[Household]:
    """The households nobody else was ever in: with `user` goes who they were. Nobody must be left in them."""
    others = Membership.objects.filter(household=OuterRef("pk"), user__scrubbed_at=None).exclude(user=user)
    mine = Household.objects.filter(memberships__user=user, left_at__isnull=False)
    return mine.filter(~Exists(others)).distinct()


def scrub(user: User) -> None:
    """Households without anybody else lose name, phone, notes and favourites; their number stays, and so does what a
    professional is invoiced under. History stays, without who made it.
    """
    households = list(nameless(user).values_list("pk", flat=True))
    with redaction():
        OrderChange.objects.filter(line__order__household__in=households).exclude(reason="").update(reason="")
        OrderChange.objects.filter(by=user).update(by=None)
        OfferChange.objects.filter(by=user).update(by=None)
        Transition.objects.filter(by=user).update(by=None)
    OrderRequest.objects.filter(by=user).update(by=None)
    Grant.objects.filter(order__household__in=households).update(reason="")
    for field in ("offered_by", "agreed_by", "taken_back_by"):
        Grant.objects.filter(**{field: user}).update(**{field: None})
    OrderNote.objects.filter(order__household__in=households).update(text="")
    OrderNote.objects.filter(by=user).update(by=None)
    Favourite.objects.filter(household__in=households).delete()
    Household.objects.filter(pk__in=households).update(name=NAMELESS, phone="")
