"""A catalog's products as a page shows them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Prefetch, QuerySet
from django.utils import timezone

from cagette.searching import plain
from catalogs import labels
from catalogs.models import Allergen, Catalog, Category, Label, Product, Supply
from producers.models import Producer


@dataclass(frozen=True)
class Shown:
    """A product with what a page says of it; `measure` is its price per kg or litre, if it has one."""

    product: Product
    labels: list[Label]
    awaits_certificate: bool
    measure: tuple[Decimal, str] | None
    supply: Supply | None

    @property
    def allergens(self) -> list[Allergen]:
        return [allergen for allergen in Allergen if allergen in self.product.allergens]


def of_catalog(catalog: Catalog, *, hidden: bool, query: str = "") -> list[Shown]:
    """By position; hidden ones among them or not. Three queries, however many products.

    `query` finds the words it holds in names, descriptions and references, whatever their accents and capitals.
    """
    found = catalog.products.all() if hidden else catalog.products.filter(available=True)
    words = plain(query).split()
    return [
        shown
        for shown in show(found, catalog.producer)
        if all(word in plain(_searched(shown.product)) for word in words)
    ]


def of_farm(producer: Producer) -> list[Shown]:
    """What it sells today: the products on sale of its published catalogs in season."""
    catalogs = producer.catalogs.published().in_season(timezone.localdate())
    on_sale = Product.objects.filter(catalog__in=catalogs, available=True)
    return show(on_sale.order_by("catalog", "position", "pk"), producer)


def show(products: QuerySet[Product], producer: Producer) -> list[Shown]:
    """Products of one farm. Three queries."""
    certificates, today = list(producer.certificates.all()), timezone.localdate()
    shared = Supply.objects.filter(shared=True, ended_at=None)
    return [
        Shown(
            product=product,
            labels=labels.shown(product, certificates, today),
            awaits_certificate=labels.awaits_certificate(product, certificates, today),
            measure=product.measure_price(),
            supply=next(iter(product.shared_supplies), None),
        )
        for product in products.select_related("catalog", "returnable").prefetch_related(
            Prefetch("supplies", shared, to_attr="shared_supplies")
        )
    ]


def by_category(shown: Iterable[Shown]) -> list[tuple[Category, list[Shown]]]:
    """In the order of `Category`, empty ones left out."""
    groups: dict[str, list[Shown]] = {}
    for each in shown:
        groups.setdefault(each.product.category, []).append(each)
    return [(category, groups[category]) for category in Category if category in groups]


def _searched(product: Product) -> str:
    return f"{product.name} {product.description} {product.reference}"
