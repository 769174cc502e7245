"""Catalogues in Swiss francs, and rates of the farm's country."""

from __future__ import annotations

import re
from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from django.test import Client
from django.urls import reverse
from django.utils import translation

from cagette.fields import MoneyField
from catalogs import editing, rates, returnables
from catalogs.importing import applying
from catalogs.importing.amounts import Problem, parse_any_price, parse_price
from catalogs.importing.preview import Preview
from catalogs.models import Catalog, CatalogEdit, Product
from tests import cast


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("CHF 12.50", "12.50"), ("12.50 CHF", "12.50"), ("12.50 Fr.", "12.50"), ("Fr. 3.-", "3"), ("3.-", "3"),
        ("12.-- CHF", "12"), ("sFr. 4.20", "4.20"), ("4.20 francs", "4.20"), ("CHF 1'250.00", "1250.00"),
        ("7.20", "7.20"), ("12,90 CHF/kg", "12.90"),
    ],
)  # fmt: skip
def test_prices_in_francs_are_read(text: str, amount: str) -> None:
    price = parse_price(text, "CHF")
    assert (price.amount, price.problem) == (Decimal(amount), None)


@pytest.mark.parametrize("text", ["12.50 €", "EUR 12.50", "12 euros", "$ 3"])
def test_other_money_is_refused_in_a_catalogue_in_francs(text: str) -> None:
    assert parse_price(text, "CHF").problem is Problem.FOREIGN


def test_francs_are_refused_in_a_catalogue_in_euros() -> None:
    assert parse_price("12.50 CHF").problem is Problem.FOREIGN
    assert parse_any_price("12.50 CHF").amount == Decimal("12.50")


@pytest.mark.parametrize("text", ["CHF 12.50", "12,50 Fr.", "12.50chf", "12.50"])
def test_a_form_reads_francs(text: str) -> None:
    field = MoneyField(label="Deposit")
    field.in_currency("CHF")
    assert (field.clean(text), field.clean("Fr. 3.-"), field.label) == (Decimal("12.50"), Decimal(3), "Deposit (CHF)")


@pytest.mark.parametrize("text", ["12,50 €", "EUR 12"])
def test_a_form_in_francs_takes_no_euros(text: str) -> None:
    field = MoneyField(label="Deposit")
    field.in_currency("CHF")
    with pytest.raises(ValidationError):
        field.clean(text)


def a_swiss_catalog(**fields: object) -> Catalog:
    return cast.a_catalog(cast.a_producer("Ferme du Bois", country="CH", **fields), currency="CHF")


def preview_of(catalog: Catalog, text: str) -> Preview:
    farmer = cast.a_farmer(catalog.producer)
    return applying.preview_of(applying.begin(catalog, text.encode(), "liste.csv", by=farmer))


@pytest.mark.django_db
def test_a_list_in_francs_comes_into_a_catalogue_in_francs() -> None:
    with translation.override("fr"):
        preview = preview_of(a_swiss_catalog(), "Produit;Prix CHF\nMiel;CHF 12.50\nPain;Fr. 5.-\nVin;18.00 €\n")

    prices = {line.proposal.name: line.proposal.price for line in preview.lines if line.proposal}
    assert prices == {"Miel": Decimal("12.50"), "Pain": Decimal("5.00")}
    assert [line.why.replace("\xa0", " ") for line in preview.lines if line.text == "Vin"] == [
        "« 18.00 € » n’est pas en francs suisses."
    ]


@pytest.mark.django_db
def test_a_price_without_vat_is_raised_by_the_farms_own_rate() -> None:
    preview = preview_of(a_swiss_catalog(vat_regime="liable"), "Produit;Prix HT\nMiel;10.00\n")

    [line] = preview.lines
    assert line.values["price"] == Decimal("10.26")


@pytest.mark.django_db
@pytest.mark.parametrize(("country", "rate"), [("FR", "5.5"), ("IT", "4"), ("CH", "2.6")])
def test_a_product_begins_with_the_food_rate_of_the_farms_country(country: str, rate: str) -> None:
    catalog = cast.a_catalog(cast.a_producer(country=country, vat_regime="liable"))

    product = editing.add(catalog, {"name": "Miel", "price": Decimal(9)}, by=None, source=CatalogEdit.Source.FORM)

    assert Product.objects.get(pk=product.pk).vat_rate == Decimal(rate)
    assert rates.usual(cast.a_producer(country=country, vat_regime="franchise")) == 0


@pytest.mark.django_db
def test_italys_special_scheme_charges_the_products_own_rate_and_the_french_flat_rate_none() -> None:
    farms = [cast.a_producer(country=country, vat_regime="flat_rate") for country in ("IT", "FR")]
    assert [rates.usual(farm) for farm in farms] == [4, 0]


@pytest.mark.django_db
def test_the_product_form_offers_the_rates_of_the_farms_country(client: Client) -> None:
    catalog = cast.a_catalog(cast.a_producer(country="CH", vat_regime="liable"), currency="CHF")
    client.force_login(cast.a_farmer(catalog.producer))

    form = client.get(reverse("catalogs:product_new", args=[catalog.pk])).context["form"]

    assert [value for value, _label in form.fields["vat_rate"].choices] == ["2.6", "8.1"]
    assert (form["vat_rate"].value(), form.fields["price"].label) == ("2.6", "Prix TTC (CHF)")


@pytest.mark.django_db
def test_catalogue_and_history_say_francs(client: Client) -> None:
    catalog = a_swiss_catalog()
    farmer = cast.a_farmer(catalog.producer)
    product = cast.a_product(catalog, "Tomme", "9.00")
    editing.change(product, {"price": Decimal("9.50")}, by=farmer, source=CatalogEdit.Source.FORM)
    client.force_login(farmer)

    for name in ("catalogs:detail", "catalogs:history"):
        page = client.get(reverse(name, args=[catalog.pk])).content.decode().replace("\xa0", " ")
        assert "9,50 CHF" in page
        assert "9,50 €" not in page


@pytest.mark.django_db
def test_notes_of_an_import_are_in_the_readers_language() -> None:
    catalog = cast.a_catalog(cast.a_producer(vat_regime="liable"))
    with translation.override("fr"):
        preview = preview_of(catalog, "Produit;Prix\nMiel;1.200\n")
    assert [note.replace("\xa0", " ") for note in preview.lines[0].notes] == ["« 1.200 » a été lu comme 1,20 €."]


@pytest.mark.django_db
def test_a_catalogue_keeps_its_currency_while_its_products_have_a_deposit() -> None:
    farm = cast.a_producer()
    catalog = cast.a_catalog(farm, published_at=None)
    jar = cast.a_product(catalog, returnable=cast.a_returnable(farm))
    client = Client()
    client.force_login(cast.a_farmer(farm))
    page = reverse("catalogs:edit", args=[catalog.pk])
    values = {"name": catalog.name, "currency": "CHF", "season_from": "", "season_until": ""}
    answer = client.post(page, values)
    assert answer.status_code == 422
    assert "Des produits ont une consigne en EUR" in answer.content.decode()
    editing.change(jar, {"returnable": None}, by=cast.a_user(), source="form")
    assert client.post(page, values).status_code == 302
    catalog.refresh_from_db()
    assert catalog.currency == "CHF"


@pytest.mark.django_db
def test_a_farm_without_a_catalogue_takes_deposits_in_the_currency_of_its_country() -> None:
    assert returnables.currencies_of(cast.a_producer(country="CH")) == ["CHF"]


@pytest.mark.django_db
def test_who_changes_the_season_leaves_the_name_that_somebody_else_wrote() -> None:
    farm = cast.a_producer()
    catalog = cast.a_catalog(farm, "Automne")
    client = Client()
    client.force_login(cast.a_farmer(farm))
    page = reverse("catalogs:edit", args=[catalog.pk])
    shown = dict(re.findall(r'name="(initial-[a-z_]+)"[^>]*?value="([^"]*)"', client.get(page).content.decode()))
    assert shown["initial-name"] == "Automne"
    editing.change_catalog(catalog, {"name": "Hiver"}, by=cast.a_user())
    values = {"name": "Automne", "currency": "EUR", "season_from": "2026-11-01", "season_until": ""}
    assert client.post(page, shown | values).status_code == 302
    catalog.refresh_from_db()
    assert (catalog.name, str(catalog.season_from)) == ("Hiver", "2026-11-01")
