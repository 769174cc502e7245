"""What must hold between the fields of a product, each rule with its sentence beside the field that breaks it.

The form, a single cell, and what takes an edit back all ask here. The database has the same rules as constraints
(`goods_constraints`); these come first, because they can say what to do.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from decimal import Decimal

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from cagette import wording
from catalogs.models import Unit
from catalogs.values import Values

# A weight a hundred times another one was typed in the wrong unit.
UNIT_MISTAKE = 100
BY_WEIGHT = ("price_per_kg", "typical_weight_g", "greatest_weight_g")

Faults = Iterator[tuple[str, ValidationError]]


def broken(values: Values, *, unread: Collection[str] = ()) -> Faults:
    """Yield what is wrong with a product's values, by field. `unread` are fields whose value couldn't be read: what is
    wrong with those is known already.
    """
    yield from _weighed(values, unread) if values.get("weighed") else _counted(values, unread)
    yield from _multiples(values)
    content, unit = values.get("content"), values.get("content_unit")
    if content and not unit:
        yield "content_unit", ValidationError(_("In what: grams, litres, pieces?"))
    if unit and not content and "content" not in unread:
        yield "content", ValidationError(_("How much is in it? Empty both if that says nothing here."))


def _weighed(values: Values, unread: Collection[str]) -> Faults:
    """Whole pieces without cases, at a price per kg, between two weights."""
    if values.get("price") is not None:
        yield "price", ValidationError(_("By weight the price per kg counts: leave this one empty."))
    if "price_per_kg" not in unread and not values.get("price_per_kg"):
        yield "price_per_kg", ValidationError(_("Write the price per kg, which is more than 0."))
    typical, greatest = values.get("typical_weight_g"), values.get("greatest_weight_g")
    if "typical_weight_g" not in unread and not typical:
        yield "typical_weight_g", ValidationError(_("Write what a piece usually weighs, in grams."))
    if "greatest_weight_g" not in unread:
        if not greatest:
            yield "greatest_weight_g", ValidationError(_("Write what a piece weighs at most, in grams."))
        elif typical and greatest < typical:
            yield "greatest_weight_g", ValidationError(_("This is less than the usual weight."))
    if values.get("unit", Unit.PIECE) != Unit.PIECE:
        yield "unit", ValidationError(_("What is weighed is ordered by the piece."))
    if values.get("step", Decimal(1)) != 1:
        yield "step", ValidationError(_("What is weighed is ordered in whole pieces: 1."))
    if values.get("case_size") is not None:
        yield "case_size", ValidationError(_("What is weighed has no cases: leave this empty."))


def _counted(values: Values, unread: Collection[str]) -> Faults:
    if "price" not in unread and values.get("price") is None:
        yield "price", ValidationError(_("Write the price of one unit."))
    for name in BY_WEIGHT:
        if values.get(name) is not None:
            yield (
                name,
                ValidationError(_("This is for products that are weighed: tick “Weighed”, or leave this empty.")),
            )


def _multiples(values: Values) -> Faults:
    step = values.get("step")
    if not step:
        return
    for name in ("minimum", "case_size"):
        amount = values.get(name)
        if amount and amount % step:
            yield (
                name,
                ValidationError(
                    _("With steps of %(step)s this can be %(below)s or %(above)s, not %(amount)s."),
                    params={
                        "step": wording.quantity(step),
                        "below": wording.quantity(amount - amount % step),
                        "above": wording.quantity(amount - amount % step + step),
                        "amount": wording.quantity(amount),
                    },
                ),
            )


def mistaken_unit(before: Values, after: Values) -> Faults:
    """Yield what was probably typed in another unit than the value before."""
    name = "typical_weight_g"
    was, now = before.get(name), after.get(name)
    if after.get("weighed") and was and now and max(was, now) >= UNIT_MISTAKE * min(was, now):
        yield (
            name,
            ValidationError(
                _("It was %(before)s g: this is a hundred times off. Weights are in grams here."),
                params={"before": wording.quantity(was)},
            ),
        )
