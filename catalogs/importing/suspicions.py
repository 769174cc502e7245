"""What looks wrong about a list as a whole. Each must be ticked off before the list is taken over."""

from __future__ import annotations

from decimal import Decimal
from statistics import median

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from cagette import wording
from catalogs.importing.amounts import parse_any_price, parse_number, parse_vat
from catalogs.importing.headers import PRICES, Field
from catalogs.importing.proposals import Reading, Warning
from catalogs.importing.tables import Table

_FEW = 3
# A whole number from here on may be cents, or tenths where somebody typed "12,9".
_LARGE = 100
_TEN = 10


def suspicions(table: Table, fields: dict[int, Field], reading: Reading, *, cents: bool) -> list[Warning]:
    found = [
        _times_hundred(table, fields, reading) if not cents else None,
        _unknown_rates(table, fields, reading),
        _disagreeing(reading),
        _several_farms(reading),
        _assumed_rate(reading),
        _mostly_refused(reading),
    ]
    return [warning for warning in found if warning]


def _times_hundred(table: Table, fields: dict[int, Field], reading: Reading) -> Warning | None:
    """EtherCalc stores "11,45" as 1145.

    The tell: whole numbers, all large, where nothing else or much smaller prices stand.
    """
    column = next((column for column, name in fields.items() if name in PRICES), None)
    if column is None:
        return None
    numbers = {proposal.number for proposal in reading.proposals}
    prices = [price for row in table.body if row.number in numbers and (price := parse_any_price(row[column])).amount]
    amounts = [(price.amount, price.whole and not price.marked) for price in prices if price.amount is not None]
    whole = [amount for amount, bare in amounts if bare and amount >= _TEN]
    large = [amount for amount in whole if amount >= _LARGE]
    others = [amount for amount, bare in amounts if not bare]
    bare_ones = len(amounts) - len(others)
    beside = bool(others) and len(whole) >= max(2, len(amounts) / 5) and median(whole) > 5 * median(others)
    alone = not others and len(large) >= max(_FEW, 0.8 * bare_ones)
    if not beside and not alone:
        return None
    return Warning(
        "times-100",
        _(
            "Prices 100 (or 10) times too high are likely: %(count)s of them are whole numbers such as %(example)s. "
            "EtherCalc and Framacalc keep “11,45” as 1145. Take them as cents on the page of the columns, or correct "
            "the file."
        )
        % {"count": len(whole), "example": f"{whole[0]:f}"},
    )


def _unknown_rates(table: Table, fields: dict[int, Field], reading: Reading) -> Warning | None:
    column = next((column for column, name in fields.items() if name is Field.VAT_RATE), None)
    if column is None:
        return None
    numbers = {proposal.number for proposal in reading.proposals}
    cells = [row[column] for row in table.body if row.number in numbers and row[column] is not None]
    unknown = [cell for cell in cells if parse_vat(cell) is None]
    if not unknown:
        return None
    number = parse_number(unknown[0])
    probably = parse_vat(number * 10) if number is not None and 0 < number < Decimal("2.5") else None
    sentence = _("%(count)s rows have a VAT rate that doesn't exist, such as “%(example)s”; it was left out.") % {
        "count": len(unknown),
        "example": unknown[0],
    }
    if probably is not None:
        sentence += " " + _("%(rate)s was probably meant.") % {"rate": wording.percent(probably)}
    return Warning("vat-unknown", sentence)


def _disagreeing(reading: Reading) -> Warning | None:
    rows = [
        proposal.number
        for proposal in reading.proposals
        if _disagrees(proposal.price_excl, proposal.price, proposal.vat_rate)
    ]
    if not rows:
        return None
    return Warning(
        "vat-disagrees",
        _("Prices with and without VAT disagree on row %(rows)s; the price incl. VAT was kept.")
        % {"rows": _listed(rows)},
    )


def _disagrees(excluding: Decimal | None, including: Decimal | None, rate: Decimal | None) -> bool:
    if not excluding or including is None or rate is None:
        return False
    return abs(excluding * (100 + rate) / 100 - including) > Decimal("0.025")


def _several_farms(reading: Reading) -> Warning | None:
    if len({proposal.farm for proposal in reading.proposals if proposal.farm}) < 2:
        return None
    return Warning(
        "several-farms",
        _(
            "This list is of %(count)s farms (%(farms)s); all of it would become the catalogue of one. Choose a farm "
            "on the page of the columns."
        )
        % {"count": len(reading.farms), "farms": ", ".join(reading.farms[:6])},
    )


def _assumed_rate(reading: Reading) -> Warning | None:
    rows = [proposal.number for proposal in reading.proposals if proposal.vat_assumed]
    if not rows:
        return None
    return Warning(
        "vat-assumed",
        ngettext(
            "One price excl. VAT has no VAT rate (row %(rows)s): the rate chosen with the columns was used.",
            "%(count)s prices excl. VAT have no VAT rate (rows %(rows)s): the rate chosen with the columns was used.",
            len(rows),
        )
        % {"count": len(rows), "rows": _listed(rows)},
    )


def _mostly_refused(reading: Reading) -> Warning | None:
    if len(reading.refusals) <= len(reading.proposals) or len(reading.refusals) < _FEW:
        return None
    return Warning(
        "mostly-refused",
        _("More rows were refused than read: look at the columns, they may be mistaken."),
    )


def _listed(rows: list[int]) -> str:
    return ", ".join(map(str, rows[:8])) + (" …" if len(rows) > 8 else "")
