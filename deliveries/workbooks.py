"""The rows of a pick list as a workbook, for farms that go on counting."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.utils import translation
from django.utils.translation import gettext as _

from cagette import wording
from cagette.spreadsheets import Row, Sheet, write_xlsx
from catalogs.models import Unit
from deliveries.counting import holding

Rows = Mapping[str, Any]


def pick_list_xlsx(rows: Rows, language: str) -> bytes:
    """Three sheets: totals by product, one row per household and product, and what, when, where.

    Numbers are numbers, in the units of the pick list; amounts are euros.
    """
    with translation.override(language):
        return write_xlsx(
            [
                Sheet(_("Totals by product"), list(_totals(rows))),
                Sheet(_("List by household"), list(_crates(rows))),
                Sheet(_("Delivery"), list(_delivery(rows))),
            ]
        )


def _totals(rows: Rows) -> Iterator[Row]:
    revised = rows["replaces"] is not None
    yield [
        _("Reference"), _("Product"), _("Content"), _("Unit"), _("Quantity"), *([_("Before")] if revised else []),
        _("Cases"), _("Case size"), _("Price"), _("Price per kg"), _("Amount"), _("Deposits"),
    ]  # fmt: skip
    for product in rows["products"]:
        yield [
            *_described(product),
            Decimal(product["quantity"]),
            *([_decimal(product["before"])] if revised else []),
            _cases(product),
            _decimal(product["case_size"]),
            Decimal(product["unit_price"]),
            _decimal(product["price_per_kg"]),
            Decimal(product["amount"]),
            Decimal(product["deposit"]),
        ]


def _crates(rows: Rows) -> Iterator[Row]:
    revised = rows["replaces"] is not None
    described = {product["offer"]: _described(product) for product in rows["products"]}
    yield [
        _("Number"), _("Household"), _("Professional"), _("Reference"), _("Product"), _("Content"), _("Unit"),
        _("Quantity"), *([_("Before")] if revised else []), _("Note"),
    ]  # fmt: skip
    for household in rows["households"]:
        who = [household["number"], household["name"], _("yes") if household["professional"] else None]
        for line in household["lines"]:
            before = [_decimal(line["before"])] if revised else []
            yield [*who, *described[line["offer"]], Decimal(line["quantity"]), *before, household.get("note") or None]


def _delivery(rows: Rows) -> Iterator[Row]:
    starts, ends = (datetime.fromisoformat(rows["delivery"][name]) for name in ("starts", "ends"))
    yield [_("Farm"), rows["producer"]["name"]]
    yield [_("Group order"), rows["round"]["title"]]
    yield [_("Neighbourhood group"), rows["neighbourhood"]]
    yield [_("Delivery"), wording.window(starts, ends, rows["zone"])]
    yield [_("Pick-up point"), rows["place"]["name"]]
    yield [_("Address"), rows["place"]["address"]]
    yield [_("How to get in"), rows["place"]["access"]]
    for person in rows["coordinators"]:
        yield [_("Coordinator"), f"{person['name']} {person['phone']}".strip()]
    yield [_("Households"), rows["totals"]["households"]]
    yield [_("Amount"), Decimal(rows["totals"]["amount"])]
    yield [_("Deposits"), Decimal(rows["totals"]["deposit"])]
    if rows["replaces"] is not None:
        yield [_("Replaces revision"), rows["replaces"]]
        yield [_("Reason"), rows["reason"]]


def _described(product: Rows) -> list[str]:
    return [product["reference"], product["name"], holding(product["content"]), str(Unit(product["unit"]).label)]


def _cases(product: Rows) -> Decimal | None:
    """To the hundredth: a line corrected after the close may leave a case half full."""
    return Decimal(product["cases"]).quantize(Decimal("0.01")).normalize() if product["cases"] else None


def _decimal(number: str | None) -> Decimal | None:
    return None if number is None else Decimal(number)
