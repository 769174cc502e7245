"""A catalog's edits in words."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import models
from django.utils.translation import gettext as _

from cagette import wording
from cagette.money import Money
from catalogs import supplies
from catalogs.editing import ADDED
from catalogs.models import Catalog, CatalogEdit, Product

MONEY = frozenset({"price", "professional_price", "price_per_kg", "deposit"})


@dataclass(frozen=True)
class Told:
    """One edit as people read it. `before` and `after` are empty where there was, or is, nothing."""

    edit: CatalogEdit
    subject: str
    what: str
    before: str
    after: str


def told(edits: Iterable[CatalogEdit], currency: str) -> Iterator[Told]:
    """The edits of a catalogue with prices in `currency`, fetched with their product and person, each in words in the
    current language."""
    for edit in edits:
        subject = edit.product.name if edit.product is not None else _("The catalogue")
        if edit.field == ADDED:
            yield Told(edit, subject, _("added"), "", "")
        else:
            yield Told(
                edit, subject, field_name(edit), _words(edit, edit.before, currency), _words(edit, edit.after, currency)
            )


def field_name(edit: CatalogEdit) -> str:
    match edit.field:
        case supplies.FIELD:
            return _("supply shared by several rounds")
        case "published":
            return _("published")
    field = _field(Product if edit.product_id else Catalog, edit.field)
    return str(field.verbose_name) if field is not None else edit.field


def value_in_words(model: type[models.Model], name: str, value: Any, currency: str) -> str:
    """A field's value, as `editing.as_json` has it, the way people write it; nothing stays nothing."""
    if value is None or value == "" or value == []:
        return ""
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


def _words(edit: CatalogEdit, value: Any, currency: str) -> str:
    if edit.field == supplies.FIELD:
        return _supply(value)
    return value_in_words(Product if edit.product_id else Catalog, edit.field, value, currency)


def _field(model: type[models.Model], name: str) -> models.Field[Any, Any] | None:
    return {field.name: field for field in model._meta.concrete_fields}.get(name)


def _supply(value: Any) -> str:
    if value is None:
        return ""
    quantity = value["quantity"]
    return wording.quantity(Decimal(quantity)) if quantity is not None else _("no limit")
