"""Amounts: what is rounded, once and where, and in which currency.

This is the only module that rounds. It reckons with plain decimals, all in one currency: a round, a sheet, a bill and a
pick list have one each, and nothing is ever converted. An amount that leaves a module for a page, a mail or a file is
`Money`, which carries its currency; `cagette.wording.money` writes it.

A line is reckoned on its basis. `gross`: the price includes VAT, and net and VAT are taken out of the sum. `net`: the
price excludes VAT, which is put on top of the sum. VAT is taken once for each order, farm, basis and rate.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_DOWN, ROUND_HALF_UP, Decimal
from typing import Any

from django.db import models
from django.db.models import DecimalField, ExpressionWrapper, Func, Subquery
from django.utils.translation import gettext_lazy as _
from djmoney.money import Money

__all__ = [
    "CENT",
    "EUR",
    "ZERO",
    "Basis",
    "InclVat",
    "Item",
    "LineAmounts",
    "Money",
    "Price",
    "Total",
    "apportion",
    "exact_piece_price",
    "grosses",
    "line_amount",
    "nets",
    "seen",
    "to_cents",
    "total",
    "vat_included",
    "vat_on_top",
    "with_vat",
    "without_vat",
]

CENT = Decimal("0.01")
ZERO = Decimal("0.00")
EUR = "EUR"


class Basis(models.TextChoices):
    """What a line's unit price is: including VAT (households), or excluding it (professionals)."""

    GROSS = "gross", _("incl. VAT")
    NET = "net", _("excl. VAT")


def to_cents(amount: Decimal) -> Decimal:
    """Round `amount` half up (away from zero) to the cent."""
    return amount.quantize(CENT, rounding=ROUND_HALF_UP)


def line_amount(quantity: Decimal, unit_price: Decimal) -> Decimal:
    """Return what `quantity` at `unit_price` comes to: a line's one and only rounding."""
    return to_cents(quantity * unit_price)


def exact_piece_price(price_per_kg: Decimal, weight_g: int) -> Decimal:
    """Return the price of one weighed piece of `weight_g` grams, not rounded: five decimals hold it.

    It is rounded with the quantity, on the whole: 99 pieces of 130 g at 20.34 per kg are 261.78.
    """
    return price_per_kg * weight_g / 1000


def with_vat(price_excl: Decimal, vat_rate: Decimal) -> Decimal:
    """Return `price_excl` plus VAT at `vat_rate` percent, to the cent."""
    return to_cents(price_excl * (100 + vat_rate) / 100)


def without_vat(price_incl: Decimal, vat_rate: Decimal) -> Decimal:
    """Return `price_incl` less the VAT at `vat_rate` percent in it, to the cent. For display beside a gross price."""
    return to_cents(price_incl * 100 / (100 + vat_rate))


def vat_included(total_incl: Decimal, vat_rate: Decimal) -> Decimal:
    """Return the VAT inside `total_incl` at `vat_rate` percent, to the cent.

    Take it once per (order, farm, rate) on the total, never per line.
    """
    return to_cents(total_incl * vat_rate / (100 + vat_rate))


def vat_on_top(total_excl: Decimal, vat_rate: Decimal) -> Decimal:
    """Return the VAT to add to `total_excl` at `vat_rate` percent, to the cent; once per (order, farm, rate) too."""
    return to_cents(total_excl * vat_rate / 100)


@dataclass(frozen=True)
class Price:
    """What one unit is sold at, on its basis, with its VAT rate in percent; the deposit stands beside and has no VAT.

    `unit` and `ceiling` are exact: of weighed goods the price of a piece of typical weight, and of the heaviest. For
    all others both are the price. `per_kg` is None for what isn't weighed.
    """

    basis: str
    unit: Decimal
    vat_rate: Decimal
    deposit: Decimal = ZERO
    per_kg: Decimal | None = None
    greatest_weight_g: int | None = None

    @property
    def ceiling(self) -> Decimal:
        if self.per_kg is None or self.greatest_weight_g is None:
            return self.unit
        return max(self.unit, exact_piece_price(self.per_kg, self.greatest_weight_g))

    def seen(self, *, net: bool) -> Decimal:
        """Return the price of one unit as a page shows it, to the cent: with VAT, or without where `net`."""
        return self._on(self.unit, net=net)

    def ceiling_seen(self, *, net: bool) -> Decimal:
        return self._on(self.ceiling, net=net)

    def per_kg_seen(self, *, net: bool) -> Decimal | None:
        return None if self.per_kg is None else self._on(self.per_kg, net=net)

    def _on(self, price: Decimal, *, net: bool) -> Decimal:
        if net == (self.basis == Basis.NET):
            return to_cents(price)
        return without_vat(price, self.vat_rate) if net else with_vat(price, self.vat_rate)

    def item(self, quantity: Decimal) -> Item:
        """Return what `quantity` comes to on the price's basis."""
        return Item(self.basis, line_amount(quantity, self.unit), self.vat_rate)

    def greatest_item(self, quantity: Decimal) -> Item:
        """Return the most that `quantity` can come to: every weighed piece as heavy as it can be."""
        return Item(self.basis, line_amount(quantity, self.ceiling), self.vat_rate)


@dataclass(frozen=True)
class Item:
    """What one line comes to: its amount on its basis, rounded already."""

    basis: str
    amount: Decimal
    vat_rate: Decimal


@dataclass(frozen=True)
class Total:
    """What lines of one order at one farm come to. `vat` is per rate in percent, ascending; `net` + VAT = `gross`."""

    net: Decimal = ZERO
    gross: Decimal = ZERO
    vat: Mapping[Decimal, Decimal] | None = None

    @property
    def rates(self) -> dict[Decimal, Decimal]:
        return dict(self.vat or {})

    @property
    def all_vat(self) -> Decimal:
        return self.gross - self.net

    def __add__(self, other: Total) -> Total:
        """Add the totals of two orders or farms: each keeps the VAT it has."""
        vat = self.rates
        for rate, amount in other.rates.items():
            vat[rate] = vat.get(rate, ZERO) + amount
        return Total(self.net + other.net, self.gross + other.gross, dict(sorted(vat.items())))


def total(items: Iterable[Item]) -> Total:
    """Return what the items, all of one order at one farm, come to: VAT once per basis and rate, on the sum."""
    sums: dict[tuple[str, Decimal], Decimal] = {}
    for item in items:
        key = (item.basis, item.vat_rate)
        sums[key] = sums.get(key, ZERO) + item.amount
    net = gross = ZERO
    vat: dict[Decimal, Decimal] = {}
    for (basis, rate), amount in sums.items():
        if basis == Basis.NET:
            tax = vat_on_top(amount, rate)
            net, gross = net + amount, gross + amount + tax
        else:
            tax = vat_included(amount, rate)
            net, gross = net + amount - tax, gross + amount
        vat[rate] = vat.get(rate, ZERO) + tax
    return Total(net, gross, dict(sorted(vat.items())))


def seen(items: Sequence[Item], *, net: bool) -> list[Decimal]:
    """Return each item's part as a page shows it: without VAT for professionals (`net`), with VAT for households."""
    return nets(items) if net else grosses(items)


def nets(items: Sequence[Item]) -> list[Decimal]:
    """Return each item's part excluding VAT, in their order; together they are the `net` of their `total`."""
    return _parts(items, Basis.GROSS, lambda amount, rate: amount - vat_included(amount, rate))


def grosses(items: Sequence[Item]) -> list[Decimal]:
    """Return each item's part including VAT, in their order; together they are the `gross` of their `total`."""
    return _parts(items, Basis.NET, lambda amount, rate: amount + vat_on_top(amount, rate))


def _parts(items: Sequence[Item], derived: Basis, other_side: Callable[[Decimal, Decimal], Decimal]) -> list[Decimal]:
    """Items on the `derived` basis get their part of the other side of their group's sum; the others their amount."""
    parts = [item.amount for item in items]
    groups: dict[Decimal, dict[int, Decimal]] = {}
    for n, item in enumerate(items):
        if item.basis == derived:
            groups.setdefault(item.vat_rate, {})[n] = item.amount
    for rate, amounts in groups.items():
        for n, part in apportion(other_side(sum(amounts.values(), ZERO), rate), amounts).items():
            parts[n] = part
    return parts


class LineAmounts(Func):
    """In SQL: quantity x price, each line rounded by itself, half up as `line_amount` does."""

    function = "ROUND"
    template = "%(function)s(%(expressions)s, 2)"
    output_field = DecimalField(max_digits=14, decimal_places=2)

    def __init__(self, quantity: Any, price: Any, **extra: Any) -> None:
        super().__init__(ExpressionWrapper(quantity * price, DecimalField()), **extra)


class InclVat(Subquery):
    """In SQL: the sum incl. VAT of a query of groups, each one order's lines at one farm on one basis and rate.

    The groups have the columns `amount` (the sum of their rounded lines), `basis` and `vat_rate`, as `total` reckons.
    """

    template = (
        "(SELECT COALESCE(SUM(part.amount + CASE part.basis WHEN 'net'"
        " THEN ROUND(part.amount * part.vat_rate / 100, 2) ELSE 0 END), 0) FROM (%(subquery)s) AS part)"
    )
    output_field = DecimalField(max_digits=14, decimal_places=2)


def apportion(total: Decimal, weights: Mapping[int, Decimal]) -> dict[int, Decimal]:
    """Share `total` out in proportion to `weights`, so that the shares sum to it exactly.

    Largest-remainder method (Hamilton): each share is cut down to the cent, then the missing cents go one by one to the
    largest remainders, ties to the smallest key. Weights are not negative; all-zero weights give the cents to the
    first keys.
    """
    if not weights:
        if total:
            raise ValueError("nothing to apportion the total to")
        return {}
    whole = sum(weights.values(), Decimal(0))
    if whole == 0:
        weights, whole = dict.fromkeys(weights, Decimal(1)), Decimal(len(weights))
    sign = -1 if total < 0 else 1
    exact = {key: abs(total) * weight / whole for key, weight in weights.items()}
    shares = {key: amount.quantize(CENT, rounding=ROUND_DOWN) for key, amount in exact.items()}
    missing = int((abs(total) - sum(shares.values(), ZERO)) / CENT)
    for key in sorted(exact, key=lambda k: (shares[k] - exact[k], k))[:missing]:
        shares[key] += CENT
    return {key: sign * share for key, share in shares.items()}
