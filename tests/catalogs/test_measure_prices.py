"""The price per kilogram or litre, which stands beside every price and is never stored."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from math import floor

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from catalogs.models import Product
from catalogs.models.products import ContentUnit, Unit

PRICES = st.decimals(0, 9_999, places=2)
CONTENTS = st.decimals("0.001", 9_999, places=3)
COUNTED = [Unit.PIECE, Unit.BUNCH, Unit.JAR, Unit.BOTTLE, Unit.BAG, Unit.BOX, Unit.DOZEN]
# How many of each make a kilogram or a litre.
PARTS = {"g": (1000, "kg"), "kg": (1, "kg"), "ml": (1000, "l"), "cl": (100, "l"), "l": (1, "l")}


def a_product(price: Decimal | None, **fields: object) -> Product:
    return Product(**({"name": "Tomme", "price": price, "vat_rate": Decimal("5.50")} | fields))


def half_up(exact: Fraction) -> Decimal:
    return Decimal(floor(exact * 100 + Fraction(1, 2))) / 100


@pytest.mark.parametrize(
    ("price", "unit", "content", "content_unit", "measure"),
    [
        ("8.50", "piece", "400", "g", ("21.25", "kg")),
        ("3.20", "bottle", "75", "cl", ("4.27", "l")),
        ("9.60", "jar", "1.5", "kg", ("6.40", "kg")),
        ("2.00", "bottle", "250", "ml", ("8.00", "l")),
        ("2.45", "kg", None, "", ("2.45", "kg")),
        ("1.10", "litre", None, "", ("1.10", "l")),
        ("2.90", "box", "6", "piece", None),
        ("1.50", "bunch", None, "", None),
    ],
)
def test_as_the_law_wants_it_shown(
    price: str, unit: str, content: str | None, content_unit: str, measure: tuple[str, str] | None
) -> None:
    product = a_product(
        Decimal(price), unit=unit, content=None if content is None else Decimal(content), content_unit=content_unit
    )
    assert product.measure_price() == (None if measure is None else (Decimal(measure[0]), measure[1]))


@given(PRICES, CONTENTS, st.sampled_from(sorted(PARTS)), st.sampled_from(COUNTED))
def test_it_is_the_price_over_the_content_rounded_once(price: Decimal, content: Decimal, of: str, unit: Unit) -> None:
    parts, measure = PARTS[of]
    shown = a_product(price, unit=unit, content=content, content_unit=of).measure_price()
    assert shown == (half_up(Fraction(price) * parts / Fraction(content)), measure)


@given(PRICES, CONTENTS, st.sampled_from([("g", "kg"), ("ml", "l"), ("cl", "l")]))
def test_how_the_content_is_written_makes_no_difference(
    price: Decimal, content: Decimal, units: tuple[str, str]
) -> None:
    small, large = units
    written = a_product(price, content=content, content_unit=large)
    again = a_product(price, content=content * PARTS[small][0], content_unit=small)
    assert written.measure_price() == again.measure_price()


@given(PRICES, CONTENTS | st.none(), st.sampled_from([(Unit.KG, "kg"), (Unit.LITRE, "l")]))
def test_what_is_sold_by_the_kilogram_or_litre_costs_what_it_says(
    price: Decimal, content: Decimal | None, unit: tuple[Unit, str]
) -> None:
    product = a_product(price, unit=unit[0], content=content, content_unit="" if content is None else ContentUnit.PIECE)
    assert product.measure_price() == (price, unit[1])


@given(st.decimals("0.01", 9_999, places=2), st.integers(1, 20_000), st.integers(0, 20_000))
def test_weighed_pieces_show_their_price_per_kg_an_estimate_and_a_ceiling(
    per_kg: Decimal, typical: int, more: int
) -> None:
    product = a_product(
        None, weighed=True, price_per_kg=per_kg, typical_weight_g=typical, greatest_weight_g=typical + more
    )
    assert product.measure_price() == (per_kg, "kg")
    assert product.piece_price() == half_up(Fraction(per_kg) * typical / 1000)
    price = product.priced(professional=False)
    assert (price.unit, price.ceiling) == (per_kg * typical / 1000, per_kg * (typical + more) / 1000)
    assert price.seen(net=False) == product.piece_price() <= price.ceiling_seen(net=False)


@given(PRICES, PRICES, CONTENTS, st.sampled_from(sorted(PARTS)), st.sampled_from(["0", "5.50", "20"]))
def test_a_professional_sees_it_of_the_price_without_vat(
    price: Decimal, professional: Decimal, content: Decimal, of: str, rate: str
) -> None:
    product = a_product(
        price, professional_price=professional, vat_rate=Decimal(rate), content=content, content_unit=of
    )
    assert product.priced(professional=True).unit == professional
    without = a_product(professional, content=content, content_unit=of).measure_price()
    assert product.measure_price(net=True) == without


@given(PRICES, CONTENTS, CONTENTS)
def test_the_larger_jar_at_the_same_price_is_no_dearer(price: Decimal, small: Decimal, large: Decimal) -> None:
    assume(small <= large)
    of_small, of_large = (a_product(price, content=each, content_unit="g").measure_price() for each in (small, large))
    assert of_small is not None and of_large is not None and of_small[0] >= of_large[0]
