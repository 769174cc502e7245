"""Where a list is sold: the currency its amounts must be in, and the VAT rates of the farm's country."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from cagette.money import EUR
from catalogs import rates
from catalogs.models import Catalog


@dataclass(frozen=True)
class Market:
    """As France has it, unless the catalogue says otherwise. Rates are in percent."""

    currency: str = EUR
    # Between a price without and one with VAT lies one of these.
    rates: frozenset[Decimal] = frozenset(map(Decimal, ("2.10", "5.50", "10.00", "20.00")))


def market_of(catalog: Catalog) -> Market:
    return Market(catalog.currency, rates.in_use(catalog.producer.country))
