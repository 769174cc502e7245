"""A catalog from its edits alone: what it was after any of them, and what it is now to compare with.

Since every writer holds the catalog, the edits after a known id are all that has happened since (`since`).

Two things have no edit. When goods turn out to be missing, `deliveries.stock` lowers the shared supply, under the locks
of ordering: ask the supply for what it has. And migration 0006 gave old products the returnable of their deposit.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db.models import QuerySet

from catalogs.models import Catalog, CatalogEdit, Product, Supply
from catalogs.supplies import words
from catalogs.values import ADDED, EDITABLE, OF_CATALOG, PUBLISHED, SUPPLY, as_json, from_json, held

# By product id, and None for the catalog itself: each field as an edit has it.
State = dict[int | None, dict[str, Any]]


def since(catalog: Catalog, edit_id: int) -> QuerySet[CatalogEdit]:
    """What was done to the catalog after an edit, the oldest first; everything after 0."""
    return catalog.edits.filter(pk__gt=edit_id).order_by("pk")


def replay(edits: Iterable[CatalogEdit], start: State | None = None) -> State:
    """Return what these edits, in order, make of a catalog: of an empty one, or of `start`."""
    state: State = {key: dict(fields) for key, fields in (start or {None: _empty()}).items()}
    for edit in edits:
        if edit.product_id is None:
            state[None][edit.field] = edit.after
        elif edit.field == ADDED:
            # What says nothing isn't written down.
            written = edit.after or {}
            state[edit.product_id] = {name: _product_field(name, written.get(name)) for name in EDITABLE}
            state[edit.product_id][SUPPLY] = None
        elif edit.field == SUPPLY:
            state[edit.product_id][SUPPLY] = edit.after
        elif edit.field in EDITABLE:  # others are of a time when products had other fields
            state[edit.product_id][edit.field] = _product_field(edit.field, edit.after)
    return state


def present(catalog: Catalog) -> State:
    """Return the same of the catalog as it is in the database. Three queries."""
    catalog = Catalog.objects.get(pk=catalog.pk)
    state: State = {None: {name: as_json(getattr(catalog, name)) for name in OF_CATALOG}}
    state[None][PUBLISHED] = catalog.published_at is not None
    for product in catalog.products.all():
        state[product.pk] = {name: held(product, name) for name in EDITABLE} | {SUPPLY: None}
    for supply in Supply.objects.filter(product__catalog=catalog, shared=True, ended_at=None):
        state[supply.product_id][SUPPLY] = words(supply)
    return state


def _empty() -> dict[str, Any]:
    usual = Catalog()
    return {name: as_json(getattr(usual, name)) for name in OF_CATALOG} | {PUBLISHED: False}


def _product_field(name: str, value: Any) -> Any:
    return as_json(from_json(Product, name, value))
