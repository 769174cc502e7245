"""A catalog's edits in words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import models
from django.db.models import Count, QuerySet
from django.utils.translation import gettext as _

from cagette import wording
from cagette.money import Money
from catalogs import returnables
from catalogs.models import Catalog, CatalogEdit, Product, Returnable
from catalogs.values import ADDED, PUBLISHED, SUPPLY

MONEY = frozenset({"price", "professional_price", "price_per_kg", "deposit"})


@dataclass(frozen=True)
class Told:
    """One edit as people read it. `before` and `after` are empty where there was, or is, nothing.

    `together` is how many edits its request wrote, on the first of them that a page shows; elsewhere 0.
    """

    edit: CatalogEdit
    subject: str
    what: str
    before: str
    after: str
    undone: bool
    undoable: bool
    together: int


def newest(catalog: Catalog) -> QuerySet[CatalogEdit]:
    return catalog.edits.select_related("product", "by", "undone_by").order_by("-id")


def told(edits: Sequence[CatalogEdit], currency: str, known: Mapping[int, Returnable] | None = None) -> Iterator[Told]:
    """The edits of a catalogue with prices in `currency`, fetched by `newest`, each in words in the current language.

    One query, and one more where some name what is given back and `known` doesn't hold these.
    """
    known = _returnables_of(edits) if known is None else known
    sizes = _sizes({edit.request_id for edit in edits})
    for edit in edits:
        subject = edit.product.name if edit.product is not None else _("The catalogue")
        undone = hasattr(edit, "undone_by")
        founding = edit.product_id is None and edit.before is None and edit.field == "name"
        size = sizes.pop(edit.request_id, 0)
        words = (_("added"), "", "") if edit.field == ADDED else (field_name(edit), *_values(edit, currency, known))
        yield Told(
            edit, subject, *words, undone=undone, undoable=not undone and not founding, together=size if size > 1 else 0
        )


def _sizes(request_ids: set[int | None]) -> dict[int | None, int]:
    """How many edits each of these requests wrote, by id."""
    found = CatalogEdit.objects.filter(request__in=request_ids - {None}).values_list("request")
    return dict(found.annotate(Count("pk")).order_by())


def _values(edit: CatalogEdit, currency: str, known: Mapping[int, Returnable]) -> tuple[str, str]:
    """Before and after. Of a move both are numbers that tell nobody anything."""
    if edit.field == "position":
        return "", ""
    return _words(edit, edit.before, currency, known), _words(edit, edit.after, currency, known)


def photos(column: models.Field[Any, Any]) -> set[str]:
    """Return the names of all photos that a column of products has held. They are kept: an undo shows them again."""
    if column.model is not Product:
        return set()
    changes = CatalogEdit.objects.filter(field=column.name).values_list("before", "after")
    added = CatalogEdit.objects.filter(field=ADDED, after__has_key=column.name)
    begun = added.values_list(f"after__{column.name}", flat=True)
    return {name for names in changes for name in names if name} | set(begun)


def field_name(edit: CatalogEdit) -> str:
    return name_of(Product if edit.product_id else Catalog, edit.field)


def name_of(model: type[models.Model], name: str) -> str:
    """What people call a field of products or catalogs."""
    if name == SUPPLY:
        return _("supply shared by several rounds")
    if name == PUBLISHED:
        return _("published")
    if name == "position":
        return _("place in the list")
    field = _field(model, name)
    return str(field.verbose_name) if field is not None else name


def in_words(
    model: type[models.Model], name: str, value: Any, currency: str, known: Mapping[int, Returnable] | None = None
) -> str:
    """`value_in_words`, of shared supplies too."""
    return _supply(value) if name == SUPPLY else value_in_words(model, name, value, currency, known)


def value_in_words(
    model: type[models.Model], name: str, value: Any, currency: str, known: Mapping[int, Returnable] | None = None
) -> str:
    """A field's value, as `values.as_json` has it, the way people write it; nothing stays nothing."""
    if value is None or value == "" or value == []:
        return ""
    if name == "returnable":
        return _returnable(value, Returnable.objects.in_bulk([value]) if known is None else known)
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    field = _field(model, name)
    if isinstance(field, models.ImageField):
        return _("a photo")
    if isinstance(field, models.DateField):
        return wording.day(date.fromisoformat(value))
    if isinstance(value, list):
        names = dict(field.base_field.flatchoices) if field is not None and hasattr(field, "base_field") else {}
        return ", ".join(str(names.get(each, each)) for each in value)
    if isinstance(field, models.DecimalField):
        number = Decimal(value)
        return wording.money(Money(number, currency)) if name in MONEY else wording.quantity(number)
    if field is not None and field.choices:
        return str(dict(field.flatchoices).get(value, value))
    return str(value)


def _words(edit: CatalogEdit, value: Any, currency: str, known: Mapping[int, Returnable]) -> str:
    return in_words(Product if edit.product_id else Catalog, edit.field, value, currency, known)


def _returnables_of(edits: Sequence[CatalogEdit]) -> dict[int, Returnable]:
    named = {value for edit in edits if edit.field == "returnable" for value in (edit.before, edit.after) if value}
    return Returnable.objects.in_bulk(named) if named else {}


def _returnable(value: Any, known: Mapping[int, Returnable]) -> str:
    """By its name of today and its amount; one that a preview would write, by what it will be."""
    if isinstance(value, dict):
        return returnables.in_words(value["name"], Money(value["amount"], value["currency"]))
    found = known.get(value)
    return returnables.in_words(found.name, found.amount) if found is not None else str(value)


def _field(model: type[models.Model], name: str) -> models.Field[Any, Any] | None:
    return {field.name: field for field in model._meta.concrete_fields}.get(name)


def _supply(value: Any) -> str:
    if value is None:
        return ""
    quantity = value["quantity"]
    return wording.quantity(Decimal(quantity)) if quantity is not None else _("no limit")
