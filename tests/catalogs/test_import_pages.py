"""The pages of an import.

Upload, columns, preview, confirmation; who may see them, and that nothing is written early.
"""

from __future__ import annotations

import io
from decimal import Decimal

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from cagette.models import User
from cagette.spreadsheets import Sheet, write_xlsx
from catalogs.models import Catalog, CatalogEdit, CatalogImport
from tests import cast

pytestmark = pytest.mark.django_db

LIST = "Réf;Produit;Conditionnement;Prix TTC\nM1;Miel de sapin;pot de 500g;9,00 €\nP1;Pain de seigle;1 kg;4,20 €\n"
HEADERLESS = "A01;Miel de sapin 500 g;7,00 €;9,00 €\nA02;Pain de seigle 1 kg;3,10 €;4,20 €\nA03;Tomme;6,00 €;8,50 €\n"


@pytest.fixture
def catalog() -> Catalog:
    return cast.a_catalog(name="Hiver", published_at=None)


@pytest.fixture
def farmer(catalog: Catalog) -> User:
    return cast.a_farmer(catalog.producer)


@pytest.fixture
def browser_of_farm(farmer: User) -> Client:
    client = Client(headers={"accept-language": "en"})
    client.force_login(farmer)
    return client


def upload(client: Client, catalog: Catalog, content: str | bytes = LIST, name: str = "tarif.csv") -> CatalogImport:
    data = content.encode() if isinstance(content, str) else content
    response = client.post(f"/catalogs/{catalog.pk}/import/", {"file": SimpleUploadedFile(name, data)})
    assert response.status_code == 302, response.content.decode()
    return CatalogImport.objects.latest("pk")


def digest_of(client: Client, started: CatalogImport) -> str:
    digest: str = client.get(f"/imports/{started.pk}/").context["preview"].digest
    return digest


def confirm(client: Client, started: CatalogImport, **fields: object) -> int:
    values = {"digest": digest_of(client, started), **fields}
    return client.post(f"/imports/{started.pk}/confirmation/", values).status_code


def test_a_list_is_uploaded_previewed_and_taken_over(browser_of_farm: Client, catalog: Catalog, farmer: User) -> None:
    started = upload(browser_of_farm, catalog)
    page = browser_of_farm.get(f"/imports/{started.pk}/")
    assert page.context["preview"].counts["added"] == 2
    assert "Miel de sapin" in page.content.decode()
    assert not catalog.products.exists()
    assert confirm(browser_of_farm, started) == 302
    honey = catalog.products.get(reference="M1")
    assert (honey.name, honey.unit, honey.content) == ("Miel de sapin", "jar", Decimal(500))
    assert honey.price == Decimal("9.00")
    assert set(CatalogEdit.objects.values_list("source", "by", "field")) == {("import", farmer.pk, "")}
    assert "rows read" in browser_of_farm.get(f"/imports/{started.pk}/").content.decode()


def test_confirming_twice_takes_it_over_once(browser_of_farm: Client, catalog: Catalog) -> None:
    started = upload(browser_of_farm, catalog)
    digest = digest_of(browser_of_farm, started)
    for _time in range(2):
        response = browser_of_farm.post(f"/imports/{started.pk}/confirmation/", {"digest": digest})
        assert response.status_code == 302
    assert (catalog.products.count(), CatalogEdit.objects.count()) == (2, 2)


def test_a_changed_price_is_shown_before_and_after(browser_of_farm: Client, catalog: Catalog) -> None:
    cast.a_product(catalog, "Miel de sapin", "8.50", reference="M1", unit="jar", content=500, content_unit="g")
    started = upload(browser_of_farm, catalog)
    page = browser_of_farm.get(f"/imports/{started.pk}/").content.decode()
    assert "<del>€8.50</del> <ins>€9.00</ins>" in page
    confirm(browser_of_farm, started)
    edit = CatalogEdit.objects.exclude(field="").get()
    assert (edit.field, edit.before, edit.after) == ("price", "8.5", "9")


def test_a_catalog_that_changed_meanwhile_is_not_overwritten(browser_of_farm: Client, catalog: Catalog) -> None:
    started = upload(browser_of_farm, catalog)
    digest = digest_of(browser_of_farm, started)
    cast.a_product(catalog, "Pain de seigle", "4.00", reference="P1")
    response = browser_of_farm.post(f"/imports/{started.pk}/confirmation/", {"digest": digest})
    assert response.status_code == 409
    assert "has changed since you looked" in response.content.decode()
    assert catalog.products.count() == 1


def test_a_warning_must_be_ticked_off(browser_of_farm: Client, catalog: Catalog) -> None:
    started = upload(browser_of_farm, catalog, "Produit,Prix\nSavon,1145\nArgile,560\nBaume,700\nÉponge,790\n")
    assert confirm(browser_of_farm, started) == 422
    assert not catalog.products.exists()
    assert confirm(browser_of_farm, started, seen="times-100") == 302
    assert catalog.products.count() == 4


def test_what_is_missing_from_the_list_stays_unless_one_asks_to_hide_it(
    browser_of_farm: Client, catalog: Catalog
) -> None:
    old = cast.a_product(catalog, "Courge")
    confirm(browser_of_farm, upload(browser_of_farm, catalog))
    old.refresh_from_db()
    assert old.available
    confirm(browser_of_farm, upload(browser_of_farm, catalog), hide_missing="on")
    old.refresh_from_db()
    assert not old.available


def test_a_list_without_a_header_asks_which_price(browser_of_farm: Client, catalog: Catalog) -> None:
    started = upload(browser_of_farm, catalog, HEADERLESS)
    assert browser_of_farm.get(f"/imports/{started.pk}/")["Location"] == f"/imports/{started.pk}/mapping/"
    page = browser_of_farm.get(f"/imports/{started.pk}/mapping/")
    chosen = {column.index: select.initial for column, select in page.context["form"].selects()}
    assert chosen == {0: "reference", 1: "name", 2: "", 3: ""}
    columns = {"column-0": "reference", "column-1": "name", "vat_rate": "5,5", "sheet": "0", "header": "0"}
    refused = browser_of_farm.post(f"/imports/{started.pk}/mapping/", columns)
    assert refused.status_code == 422
    assert "Choose the column of the prices." in refused.content.decode()
    settled = browser_of_farm.post(f"/imports/{started.pk}/mapping/", {**columns, "column-3": "price"})
    assert settled["Location"] == f"/imports/{started.pk}/"
    confirm(browser_of_farm, started)
    assert [str(product.price) for product in catalog.products.all()] == ["9.00", "4.20", "8.50"]


def test_two_columns_cannot_mean_the_same(browser_of_farm: Client, catalog: Catalog) -> None:
    started = upload(browser_of_farm, catalog, HEADERLESS)
    columns = {"column-1": "name", "column-2": "price", "column-3": "price", "vat_rate": "5,5"}
    refused = browser_of_farm.post(f"/imports/{started.pk}/mapping/", columns)
    assert refused.status_code == 422
    assert refused.content.decode().count("Chosen for two columns.") == 2


def test_another_sheet_and_another_header_can_be_looked_at(browser_of_farm: Client, catalog: Catalog) -> None:
    book = write_xlsx(
        [
            Sheet("Été", [["Produit", "Prix"], ["Tomate", Decimal("2.50")], ["Courgette", Decimal("2.00")]]),
            Sheet("Hiver", [["Nos légumes"], ["Produit", "Prix"], ["Chou", Decimal("1.80")]]),
        ]
    )
    started = upload(browser_of_farm, catalog, book, "saisons.xlsx")
    page = browser_of_farm.get(f"/imports/{started.pk}/mapping/?sheet=1&shown_sheet=0&header=1")
    assert (page.context["chosen"].sheet, page.context["chosen"].header) == (1, 2)
    none = browser_of_farm.get(f"/imports/{started.pk}/mapping/?sheet=1&shown_sheet=1&header=0")
    assert none.context["chosen"].header == 0
    columns = {"column-0": "name", "column-1": "price", "vat_rate": "5,5", "sheet": "1", "header": "2"}
    browser_of_farm.post(f"/imports/{started.pk}/mapping/", columns)
    confirm(browser_of_farm, started)
    assert [product.name for product in catalog.products.all()] == ["Chou"]


def test_only_the_chosen_farm_of_a_list_of_several_is_taken(browser_of_farm: Client, catalog: Catalog) -> None:
    rows = "Ferme;Produit;Prix\nLe Rucher;Miel;9,00\n;Pollen;6,50\nLe Moulin;Farine;2,10\n"
    started = upload(browser_of_farm, catalog, rows)
    columns = {"column-0": "farm", "column-1": "name", "column-2": "price", "vat_rate": "5,5", "header": "1"}
    browser_of_farm.post(f"/imports/{started.pk}/mapping/", {**columns, "sheet": "0", "farm": "Le Rucher"})
    confirm(browser_of_farm, started)
    assert sorted(product.name for product in catalog.products.all()) == ["Miel", "Pollen"]


def test_of_a_list_of_several_farms_the_catalogs_own_is_taken(browser_of_farm: Client, catalog: Catalog) -> None:
    rows = f"Ferme;Produit;Prix\nLe Moulin;Farine;2,10\n{catalog.producer.name.upper()};Tomme;9,00\n"
    confirm(browser_of_farm, upload(browser_of_farm, catalog, rows))
    assert [product.name for product in catalog.products.all()] == ["Tomme"]


@pytest.mark.parametrize(
    ("name", "data", "sentence"),
    [
        ("liste.xlsx", b"PK\x03\x04 not a zip", "damaged"),
        ("liste.xlsx", b"0123456789", "damaged"),
        ("liste.pdf", b"%PDF-1.7", "isn&#x27;t a spreadsheet"),
        ("liste.csv", b"<!DOCTYPE html><html></html>", "web page"),
        ("liste.csv", b"\n\n", "empty"),
        ("liste.csv", b"x" * (5 * 1024 * 1024 + 1), "larger than 5 MB"),
    ],
)
def test_a_file_that_is_no_list_gets_a_sentence_beside_the_field(
    browser_of_farm: Client, catalog: Catalog, name: str, data: bytes, sentence: str
) -> None:
    response = browser_of_farm.post(f"/catalogs/{catalog.pk}/import/", {"file": SimpleUploadedFile(name, data)})
    assert response.status_code == 422
    assert sentence in response.content.decode()
    assert not CatalogImport.objects.exists()


def test_a_file_without_a_list_leads_to_the_columns(browser_of_farm: Client, catalog: Catalog) -> None:
    started = upload(browser_of_farm, catalog, "hello\n42\n")
    page = browser_of_farm.get(f"/imports/{started.pk}/mapping/")
    assert "No list of products was recognised" in page.content.decode()


def test_the_page_of_the_columns_of_an_applied_import_leads_to_its_result(
    browser_of_farm: Client, catalog: Catalog
) -> None:
    started = upload(browser_of_farm, catalog)
    confirm(browser_of_farm, started)
    assert browser_of_farm.get(f"/imports/{started.pk}/mapping/")["Location"] == f"/imports/{started.pk}/"


@pytest.mark.parametrize("page", ["", "mapping/", "confirmation/"])
def test_an_import_is_nobody_elses(browser_of_farm: Client, catalog: Catalog, page: str) -> None:
    started = upload(browser_of_farm, catalog)
    stranger = Client()
    stranger.force_login(cast.a_farmer(cast.a_producer("Une autre ferme"), "Zoé"))
    address = f"/imports/{started.pk}/{page}"
    assert (stranger.post(address) if page == "confirmation/" else stranger.get(address)).status_code == 404
    assert Client().get(address).status_code in (302, 405)


def test_a_stranger_finds_no_import_page_and_a_reader_of_the_catalog_is_refused(client: Client) -> None:
    client.force_login(cast.a_user("Zoé"))
    assert client.get(f"/catalogs/{cast.a_catalog(published_at=None).pk}/import/").status_code == 404
    assert client.get(f"/catalogs/{cast.a_catalog().pk}/import/").status_code == 403


def test_confirming_is_a_post(browser_of_farm: Client, catalog: Catalog) -> None:
    started = upload(browser_of_farm, catalog)
    assert browser_of_farm.get(f"/imports/{started.pk}/confirmation/").status_code == 405


def test_a_formula_in_a_name_is_shown_as_text_and_exported_inert(browser_of_farm: Client, catalog: Catalog) -> None:
    started = upload(browser_of_farm, catalog, 'Produit,Prix\n"=HYPERLINK(""http://exemple.invalid"")","7,20 €"\n')
    confirm(browser_of_farm, started)
    assert catalog.products.get().name == '=HYPERLINK("http://exemple.invalid")'
    exported = browser_of_farm.get(f"/catalogs/{catalog.pk}/export.csv").content.decode("utf-8-sig")
    assert "'=HYPERLINK" in exported
    assert io.StringIO(exported).read().count(";=") == 0
