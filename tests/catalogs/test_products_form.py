from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from django.utils import translation

from catalogs.forms.products import ProductForm
from catalogs.models import Product
from producers.models import Producer
from tests import cast

pytestmark = pytest.mark.django_db

JAR = {
    "name": "Miel de montagne",
    "category": "honey",
    "unit": "jar",
    "content": "500",
    "content_unit": "g",
    "price": "9,50",
    "vat_rate": "5.5",
    "available": "on",
}
TROUT = {
    "name": "Truite",
    "category": "fish",
    "unit": "piece",
    "weighed": "on",
    "price_per_kg": "18",
    "typical_weight_g": "300",
    "greatest_weight_g": "400",
    "vat_rate": "5.5",
    "available": "on",
}


def a_form(typed: dict[str, Any], product: Product | None = None, regime: str = "liable") -> ProductForm:
    producer = Producer(name="Ferme", vat_regime=regime)
    return ProductForm(typed, instance=product or Product(catalog=cast.a_catalog()), producer=producer)


def refusals(typed: dict[str, Any], **options: Any) -> dict[str, list[str]]:
    with translation.override("en"):
        return {name: list(map(str, errors)) for name, errors in a_form(typed, **options).errors.items()}


def test_a_jar_needs_little() -> None:
    form = a_form(JAR)
    assert form.errors == {}
    values = form.values()
    assert (values["price"], values["content"], values["step"], values["minimum"], values["returnable"]) == (
        Decimal("9.50"),
        Decimal(500),
        Decimal(1),
        Decimal(0),
        None,
    )
    assert values["vat_rate"] == Decimal("5.5")
    assert "photo" not in values


def test_a_weighed_product_has_a_price_per_kg_and_two_weights() -> None:
    form = a_form(TROUT)
    assert form.errors == {}
    assert (form.values()["price"], form.values()["price_per_kg"], form.values()["greatest_weight_g"]) == (
        None,
        Decimal(18),
        400,
    )


@pytest.mark.parametrize(
    ("base", "typed", "field"),
    [
        (JAR, {"price": ""}, "price"),
        (JAR, {"price": "9,505"}, "price"),
        (JAR, {"price": "-1"}, "price"),
        (JAR, {"price": "1e9"}, "price"),
        (JAR, {"price": "neuf"}, "price"),
        (JAR, {"name": ""}, "name"),
        (JAR, {"content": "0"}, "content"),
        (JAR, {"content_unit": ""}, "content_unit"),
        (JAR, {"content": ""}, "content"),
        (JAR, {"step": "0"}, "step"),
        (JAR, {"step": "-1"}, "step"),
        (JAR, {"step": "0,5", "minimum": "0,75"}, "minimum"),
        (JAR, {"step": "2", "case_size": "5"}, "case_size"),
        (JAR, {"case_size": "0"}, "case_size"),
        (JAR, {"labels": ["organic", "in_conversion"]}, "labels"),
        (JAR, {"price_per_kg": "18"}, "price_per_kg"),
        (JAR, {"vat_rate": "12"}, "vat_rate"),
        (JAR, {"vat_rate": "0"}, "vat_rate"),
        (JAR, {"new_returnable": "bocal", "new_deposit": "-0,50"}, "new_deposit"),
        (JAR, {"new_returnable": "bocal"}, "new_deposit"),
        (JAR, {"new_returnable": "bocal", "new_deposit": "0"}, "new_deposit"),
        (JAR, {"new_deposit": "0,50"}, "new_returnable"),
        (JAR, {"returnable": "0"}, "returnable"),
        (JAR, {"stock": "-3"}, "stock"),
        (TROUT, {"price": "5"}, "price"),
        (TROUT, {"price_per_kg": ""}, "price_per_kg"),
        (TROUT, {"price_per_kg": "0"}, "price_per_kg"),
        (TROUT, {"typical_weight_g": ""}, "typical_weight_g"),
        (TROUT, {"typical_weight_g": "0,3"}, "typical_weight_g"),
        (TROUT, {"greatest_weight_g": ""}, "greatest_weight_g"),
        (TROUT, {"greatest_weight_g": "200"}, "greatest_weight_g"),
        (TROUT, {"unit": "kg"}, "unit"),
        (TROUT, {"step": "2"}, "step"),
        (TROUT, {"case_size": "6"}, "case_size"),
    ],
)
def test_a_mistake_is_told_once_beside_its_field(base: dict[str, Any], typed: dict[str, Any], field: str) -> None:
    told = refusals({**base, **typed})
    assert list(told) == [field]
    assert len(told[field]) == 1


def test_what_is_possible_is_said() -> None:
    with translation.override("fr"):
        errors = a_form({**JAR, "step": "0,5", "minimum": "0,75"}).errors["minimum"]
    assert all(amount in errors[0] for amount in ("0,5", "1", "0,75"))


def test_a_weight_a_hundred_times_off_was_typed_in_another_unit() -> None:
    trout = cast.a_weighed_product(cast.a_catalog())
    assert list(refusals({**TROUT, "typical_weight_g": "3"}, product=trout)) == ["typical_weight_g"]
    assert refusals({**TROUT, "typical_weight_g": "350"}, product=trout) == {}


def test_farms_without_vat_have_the_zero_rate_alone() -> None:
    form = a_form({**JAR, "vat_rate": "0"}, regime="franchise")
    assert form.errors == {}
    assert "vat_rate" in a_form({**JAR, "vat_rate": "5.5"}, regime="franchise").errors


def test_a_product_comes_back_into_the_form_as_it_was_typed() -> None:
    product = cast.a_product(price="12.50", content=Decimal("0.750"), content_unit="kg", vat_rate=Decimal("5.50"))
    form = ProductForm(instance=product, producer=Producer(vat_regime="liable"))
    with translation.override("fr"):
        assert (form["price"].value(), form["content"].value(), form["vat_rate"].value()) == ("12,50", "0,75", "5.5")
        assert form["minimum"].value() is None


def the_page(product: Product) -> dict[str, Any]:
    """What a browser would send back from the form of `product` as it is now."""
    form = ProductForm(instance=Product.objects.get(pk=product.pk), producer=Producer(vat_regime="liable"))
    return {name: form[name].value() for name in form.fields if form[name].value() not in (None, False, "")}


def test_what_somebody_else_changed_meanwhile_stays() -> None:
    product = cast.a_product(price="4.50", vat_rate=Decimal("5.5"))
    typed = the_page(product) | {"name": "Tomme vieille"}
    Product.objects.filter(pk=product.pk).update(price=Decimal(5), origin="Névache")
    form = a_form(typed, product=Product.objects.get(pk=product.pk))
    assert form.errors == {}
    assert form.values() == {"name": "Tomme vieille"}


def test_a_field_changed_by_two_people_is_asked_about_once() -> None:
    product = cast.a_product(price="4.50", vat_rate=Decimal("5.5"))
    typed = the_page(product) | {"price": "6"}
    Product.objects.filter(pk=product.pk).update(price=Decimal(5))
    with translation.override("en"):
        form = a_form(typed, product=Product.objects.get(pk=product.pk))
        assert form.errors["price"] == [
            "Meanwhile somebody changed this to “€5.00”. Save again to replace that by yours."
        ]
        assert form["price"].value() == "6"
    again = a_form(typed | {"seen": form["seen"].value()}, product=Product.objects.get(pk=product.pk))
    assert again.errors == {}
    assert again.values() == {"price": Decimal(6)}


def test_a_page_that_was_tampered_with_is_read_all_the_same() -> None:
    product = cast.a_product(price="4.50")
    for seen in ("", "[]", "{", '{"id": 1}'):
        assert a_form({**JAR, "seen": seen}, product=product).errors == {}
