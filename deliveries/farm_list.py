"""The farms that show something, as their public list has them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.contrib.auth.models import AnonymousUser
from django.contrib.postgres.aggregates import ArrayAgg
from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone

from cagette import searching
from cagette.models import User
from catalogs.models import Catalog, Category, Product
from orders.models import Round, Stall
from producers.models import Producer


@dataclass(frozen=True)
class Farm:
    """A farm with the categories of what it sells now, and where one can order first."""

    producer: Producer
    categories: list[Category]
    next_stall: Stall | None


def shown_farms() -> QuerySet[Producer]:
    """Those with a published catalogue: a name alone makes no page that anybody looks for."""
    published = Catalog.objects.published().filter(producer=OuterRef("pk"))
    return Producer.objects.visible_to(AnonymousUser()).filter(Exists(published))


def found_farms(query: str, user: User | AnonymousUser) -> tuple[QuerySet[Producer], bool]:
    """Those that sell in a round that `user` may see before the others; with a query those found by name or commune,
    and whether they are only nearly called so.
    """
    farms = shown_farms().annotate(is_selling=Exists(open_stalls(user).filter(producer=OuterRef("pk"))))
    by_name = farms.order_by("-is_selling", "name", "pk")
    if not query:
        return by_name, False
    found = searching.matching(by_name, query, "name", "commune")
    return (found, False) if found.exists() else (searching.resembling(farms, query, "name", "commune"), True)


def open_stalls(user: User | AnonymousUser) -> QuerySet[Stall]:
    """Where one may order now or soon, the next delivery first."""
    rounds = Round.objects.visible_to(user).filter(state=Round.State.PUBLISHED)
    return (
        Stall.objects.filter(state=Stall.State.OPEN, closes_at__gt=timezone.now(), round__in=rounds)
        .select_related("round__neighbourhood", "round__place")
        .order_by("round__delivery_starts_at", "pk")
    )


def described(producers: Iterable[Producer], user: User | AnonymousUser) -> list[Farm]:
    """Two queries, however many farms."""
    producers = list(producers)
    next_stalls = open_stalls(user).filter(producer__in=producers)
    first = {stall.producer_id: stall for stall in next_stalls.reverse()}
    kinds = [category for category in Category if category != Category.OTHER]
    in_season = Catalog.objects.published().in_season(timezone.localdate()).filter(producer__in=producers)
    on_sale = Product.objects.filter(catalog__in=in_season, available=True)
    sold = dict(on_sale.values_list("catalog__producer").annotate(them=ArrayAgg("category", distinct=True)).order_by())
    return [
        Farm(
            producer,
            categories=[category for category in kinds if category in sold.get(producer.pk, [])],
            next_stall=first.get(producer.pk),
        )
        for producer in producers
    ]
