"""The rows of a pick list as a workbook, for farms that go on counting."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.utils import translation
from django.utils.translation import gettext as _

from cagette import wording
from cagette.money import Basis
from cagette.spreadsheets import Row, Sheet, write_xlsx
from catalogs.models import Unit
from deliveries.counting import holding
from deliveries.papers import in_currency
from orders.due import Due

Rows = Mapping[str, Any]


def pick_list_xlsx(rows: Rows, language: str) -> bytes:
    """Four sheets: totals by product, one row per household and product, what each pays, and what, when, where.

    Numbers are numbers, in the units of the pick list; amounts are in the round's currency, which the headings name.
    """
    rows = in_currency(rows)
    with translation.override(language):
        return write_xlsx(
            [
                Sheet(_("Totals by product"), list(_totals(rows))),
                Sheet(_("List by household"), list(_crates(rows))),
                Sheet(_("To pay"), list(_payments(rows))),
                Sheet(_("Delivery"), list(_delivery(rows))),
            ]
        )


def _totals(rows: Rows) -> Iterator[Row]:
    revised = rows["replaces"] is not None
    yield [
        _("Reference"), _("Product"), _("Content"), _("Unit"), _("Quantity"), *([_("Before")] if revised else []),
        _("Cases"), _("Case size"), _in(_("Price"), rows), _in(_("Price per kg"), rows), _("VAT"), _("VAT rate (%)"),
        _in(_("Amount"), rows), _in(_("Deposits"), rows),
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
            str(Basis(product.get("basis", Basis.GROSS)).label),
            _decimal(product.get("vat_rate")),
            Decimal(product["amount"]),
            Decimal(product["deposit"]),
        ]


def _crates(rows: Rows) -> Iterator[Row]:
    revised = rows["replaces"] is not None
    described = {product["offer"]: _described(product) for product in rows["products"]}
    yield [
        _("Number"), _("Household"), _("Professional"), _("Reference"), _("Product"), _("Content"), _("Unit"),
        _("Quantity"), *([_("Before"), _("Ordered"), _("Why")] if revised else []), _("Note"),
    ]  # fmt: skip
    for household in rows["households"]:
        who = [household["number"], household["name"], _("yes") if household["professional"] else None]
        for line in household["lines"]:
            corrected = [_decimal(line.get("ordered")), line.get("why") or None]
            before = [_decimal(line["before"]), *corrected] if revised else []
            yield [*who, *described[line["offer"]], Decimal(line["quantity"]), *before, household.get("note") or None]


def _payments(rows: Rows) -> Iterator[Row]:
    """What each household pays the farm; professionals with the amount excl. VAT and the VAT of each rate."""
    rates = sorted({Decimal(rate) for household in rows["households"] for rate, _amount in household.get("vat", ())})
    yield [
        _("Number"), _("Household"), _in(_("Excl. VAT"), rows),
        *(_in(_("VAT %(rate)s") % {"rate": wording.percent(rate)}, rows) for rate in rates),
        _in(_("Amount"), rows), _in(_("Deposits"), rows), _in(_("To pay"), rows), _in(_("At most"), rows),
    ]  # fmt: skip
    for household in rows["households"]:
        due = Due.thawed(household, rows["currency"])
        yield [
            household["number"],
            household["name"],
            due.goods.net if due.net else None,
            *(due.goods.rates.get(rate) if due.net else None for rate in rates),
            due.goods.gross,
            due.deposits,
            due.amount.amount,
            due.greatest,
        ]


def _in(heading: str, rows: Rows) -> str:
    """`Montant (EUR)`."""
    return f"{heading} ({rows['currency']})"


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
    yield [_in(_("Amount"), rows), Decimal(rows["totals"]["amount"])]
    yield [_in(_("Deposits"), rows), Decimal(rows["totals"]["deposit"])]
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
