"""A catalog's edits in words."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import models
from django.utils.translation import gettext as _

from cagette import wording
from cagette.money import Money
from catalogs import returnables, supplies
from catalogs.editing import ADDED
from catalogs.models import Catalog, CatalogEdit, Product, Returnable

MONEY = frozenset({"price", "professional_price", "price_per_kg", "deposit"})


@dataclass(frozen=True)
class Told:
    """One edit as people read it. `before` and `after` are empty where there was, or is, nothing."""

    edit: CatalogEdit
    subject: str
    what: str
    before: str
    after: str


def told(edits: Iterable[CatalogEdit], currency: str, known: Mapping[int, Returnable] | None = None) -> Iterator[Told]:
    """The edits of a catalogue with prices in `currency`, fetched with their product and person, each in words in the
    current language.

    `known` are the returnables that they name; without them they are fetched, in one query.
    """
    edits = list(edits)
    known = _returnables_of(edits) if known is None else known
    for edit in edits:
        subject = edit.product.name if edit.product is not None else _("The catalogue")
        if edit.field == ADDED:
            yield Told(edit, subject, _("added"), "", "")
        else:
            before, after = (_words(edit, value, currency, known) for value in (edit.before, edit.after))
            yield Told(edit, subject, field_name(edit), before, after)


def field_name(edit: CatalogEdit) -> str:
    match edit.field:
        case supplies.FIELD:
            return _("supply shared by several rounds")
        case "published":
            return _("published")
    field = _field(Product if edit.product_id else Catalog, edit.field)
    return str(field.verbose_name) if field is not None else edit.field


def value_in_words(
    model: type[models.Model], name: str, value: Any, currency: str, known: Mapping[int, Returnable] | None = None
) -> str:
    """A field's value, as `editing.as_json` has it, the way people write it; nothing stays nothing."""
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
    if edit.field == supplies.FIELD:
        return _supply(value)
    return value_in_words(Product if edit.product_id else Catalog, edit.field, value, currency, known)


def _returnables_of(edits: Iterable[CatalogEdit]) -> dict[int, Returnable]:
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
