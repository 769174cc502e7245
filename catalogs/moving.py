"""Moving a product to another place in its catalog: one edit of one row, however long the catalog is."""

from __future__ import annotations

from decimal import Decimal

from django.db.models import Q
from django.utils.translation import gettext as _

from cagette.models import User
from catalogs import positions
from catalogs.models import Catalog, CatalogEdit, Product
from catalogs.refusals import EditRefused
from catalogs.requests import Answer, Key, once
from catalogs.values import as_json, edit_of


class NotInThisCatalog(EditRefused):
    """The product to stand behind is another catalog's."""

    code = "not_in_this_catalog"

    def __str__(self) -> str:
        return _("This product isn't in this catalogue.")


def move(product: Product, *, after: Product | None, by: User | None, key: Key | None = None) -> list[int]:
    """Put the product right behind `after`, or first; returns the ids of the products whose place was written anew.

    That is this product, or none if it stands there already. Where no place is left between its neighbours, all
    products get whole numbers, as part of the same request. Raises NotInThisCatalog.
    """

    def write(catalog: Catalog) -> tuple[Answer, list[CatalogEdit]]:
        rows = list(catalog.products.only("catalog", "position").order_by("position", "pk"))
        line = [row for row in rows if row.pk != product.pk]
        own = _place(rows, product)
        place = 0 if after is None else own if after.pk == product.pk else 1 + _place(line, after)
        line.insert(place, rows[own])
        changes = {} if line == rows else _changes(line, place)
        edits = []
        for row in line:
            if row.pk in changes and changes[row.pk] != row.position:
                edits.append(
                    edit_of(row, "position", as_json(row.position), as_json(changes[row.pk]), CatalogEdit.Source.FORM)
                )
                row.position = changes[row.pk]
        _write(edits)
        return {"moved": [edit.product_id for edit in edits]}, edits

    return list(once(product.catalog_id, key, by=by, write=write)["moved"])


def before(product: Product) -> Product | None:
    """Return the product that it stands behind on pages, which show a catalog by category."""
    alike = Product.objects.filter(catalog=product.catalog_id, category=product.category)
    earlier = Q(position__lt=product.position) | Q(position=product.position, pk__lt=product.pk)
    return alike.filter(earlier).order_by("position", "pk").last()


def _place(line: list[Product], product: Product) -> int:
    for place, each in enumerate(line):
        if each.pk == product.pk:
            return place
    raise NotInThisCatalog


def _changes(line: list[Product], place: int) -> dict[int, Decimal]:
    """The new position of the product that was put at `place`, by id; of all products where there is no room for it."""
    low = line[place - 1].position if place else None
    high = line[place + 1].position if place + 1 < len(line) else None
    position = positions.between(low, high)
    if position is not None:
        return {line[place].pk: position}
    return {row.pk: Decimal(n) for n, row in enumerate(line, 1)}


def _write(edits: list[CatalogEdit]) -> None:
    products = [edit.product for edit in edits if edit.product is not None]
    if len(products) == 1:
        products[0].save(update_fields=["position"])
    else:
        Product.objects.bulk_update(products, ["position"])
