"""Money is Decimal euros with two places; this module is the only one that rounds.

One currency, so amounts are plain decimals in the database: a currency column beside each of them would hold
"EUR" in every row of the largest tables. Anything in another currency is refused where it comes in.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import ROUND_DOWN, ROUND_HALF_UP, Decimal

CENT = Decimal("0.01")
ZERO = Decimal("0.00")


def to_cents(amount: Decimal) -> Decimal:
    """`amount` in euros, rounded half up (away from zero) to the cent."""
    return amount.quantize(CENT, rounding=ROUND_HALF_UP)


def line_amount(quantity: Decimal, unit_price: Decimal) -> Decimal:
    """What `quantity` at `unit_price` costs, in euros: a line's one and only rounding."""
    return to_cents(quantity * unit_price)


def estimated_price(price_per_kg: Decimal, weight_g: int) -> Decimal:
    """The price in euros of one weighed piece of `weight_g` grams."""
    return to_cents(price_per_kg * weight_g / 1000)


def with_vat(price_excl: Decimal, vat_rate: Decimal) -> Decimal:
    """`price_excl` euros plus VAT at `vat_rate` percent, in euros to the cent."""
    return to_cents(price_excl * (100 + vat_rate) / 100)


def vat_included(total_incl: Decimal, vat_rate: Decimal) -> Decimal:
    """The VAT inside `total_incl` euros at `vat_rate` percent, to the cent.

    Taken once per (order, producer, rate) on the total, never per line.
    """
    return to_cents(total_incl * vat_rate / (100 + vat_rate))


def apportion(total: Decimal, weights: Mapping[int, Decimal]) -> dict[int, Decimal]:
    """Share `total` euros out in proportion to `weights`, so that the shares sum to it exactly.

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
