from __future__ import annotations

import csv
import io
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone, translation
from openpyxl import load_workbook
from PIL import Image

from cagette.models import User
from cagette.spreadsheets import Sheet, write_csv, write_xlsx
from catalogs import exporting, supplies
from catalogs.importing import applying
from catalogs.models import Catalog, CatalogEdit, Product, Supply
from producers.models import Certificate
from tests import cast

pytestmark = pytest.mark.django_db

TOMME = {"name": "Tomme", "category": "dairy", "unit": "piece", "price": "8,50", "vat_rate": "0", "available": "on"}


def signed_in(user: User) -> Client:
    client = Client(headers={"accept-language": "en"})
    client.force_login(user)
    return client


def a_catalog_and_its_farmer(**fields: Any) -> tuple[Catalog, Client]:
    catalog = cast.a_catalog(**fields)
    return catalog, signed_in(cast.a_farmer(catalog.producer))


def test_a_catalog_begins_unpublished() -> None:
    farm = cast.a_producer()
    client = signed_in(cast.a_farmer(farm))
    answer = client.post(reverse("catalogs:new", args=[farm.slug]), {"name": "Fromages", "season_from": "1/3/2027"})
    catalog = Catalog.objects.get()
    assert (answer["Location"], catalog.published_at) == (reverse("catalogs:detail", args=[catalog.pk]), None)
    assert str(catalog.season_from) == "2027-03-01"


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({"name": ""}, "name"),
        ({"name": "automne"}, "name"),
        ({"name": "Printemps", "season_from": "2027-05-01", "season_until": "2027-04-01"}, "season_until"),
        ({"name": "Printemps", "season_from": "in spring"}, "season_from"),
    ],
)
def test_a_catalog_that_cant_be_gets_a_sentence(typed: dict[str, str], field: str) -> None:
    existing, client = a_catalog_and_its_farmer(name="Automne")
    for address in (
        reverse("catalogs:new", args=[existing.producer.slug]),
        reverse("catalogs:edit", args=[cast.a_catalog(existing.producer, "Hiver").pk]),
    ):
        answer = client.post(address, typed)
        assert (answer.status_code, list(answer.context["form"].errors)) == (422, [field])
    assert set(Catalog.objects.values_list("name", flat=True)) == {"Automne", "Hiver"}


def test_name_and_season_change_with_their_history() -> None:
    catalog, client = a_catalog_and_its_farmer()
    client.post(reverse("catalogs:edit", args=[catalog.pk]), {"name": "Hiver", "season_until": "2027-03-31"})
    assert list(CatalogEdit.objects.order_by("pk").values_list("field", "before", "after")) == [
        ("name", "Automne", "Hiver"),
        ("season_until", None, "2027-03-31"),
    ]


def test_publishing_an_empty_catalog_says_why_not() -> None:
    catalog, client = a_catalog_and_its_farmer(published_at=None)
    page = client.post(reverse("catalogs:publication", args=[catalog.pk]), follow=True).content.decode()
    assert "Add a product that is on sale first" in page
    cast.a_product(catalog)
    client.post(reverse("catalogs:publication", args=[catalog.pk]))
    assert Catalog.objects.published().exists()
    client.post(reverse("catalogs:withdrawal", args=[catalog.pk]))
    assert not Catalog.objects.published().exists()


def test_the_farm_sees_hidden_products_and_neighbours_dont() -> None:
    catalog, client = a_catalog_and_its_farmer()
    cast.a_product(catalog, "Tomme")
    cast.a_product(catalog, "Faisselle", available=False)
    address = reverse("catalogs:detail", args=[catalog.pk])
    assert "Faisselle" in client.get(address).content.decode()
    assert "Tomme" in Client().get(address).content.decode()
    assert "Faisselle" not in Client().get(address).content.decode()


@pytest.mark.parametrize(("query", "found"), [("creme", 1), ("CRÈME  brulee", 1), ("oeuf", 1), ("R7", 1), ("miel", 0)])
def test_search_minds_neither_accents_nor_capitals(query: str, found: int) -> None:
    catalog, client = a_catalog_and_its_farmer()
    cast.a_product(catalog, "Crème brûlée aux œufs", reference="R7")
    cast.a_product(catalog, "Tomme")
    answer = client.get(reverse("catalogs:detail", args=[catalog.pk]), {"q": query})
    assert answer.context["count"] == found


def test_a_product_is_added_changed_hidden_shown_and_copied() -> None:
    catalog, client = a_catalog_and_its_farmer()
    assert client.post(reverse("catalogs:product_new", args=[catalog.pk]), TOMME).status_code == 302
    product = catalog.products.get()
    edit = reverse("catalogs:product_edit", args=[product.pk])
    assert client.post(edit, {**TOMME, "price": "9.00"}).status_code == 302
    client.post(reverse("catalogs:product_hiding", args=[product.pk]))
    client.post(reverse("catalogs:product_showing", args=[product.pk]))
    client.post(reverse("catalogs:product_copy", args=[product.pk]))
    fields = CatalogEdit.objects.filter(product=product).order_by("pk").values_list("field", "before", "after")
    assert list(fields[1:]) == [("price", "8.5", "9"), ("available", True, False), ("available", False, True)]
    assert catalog.products.filter(available=False).count() == 1


def test_a_refused_product_comes_back_with_all_that_was_typed() -> None:
    catalog, client = a_catalog_and_its_farmer()
    typed = {**TOMME, "price": "huit cinquante", "origin": "Vallée de la Clarée", "allergens": ["milk"]}
    answer = client.post(reverse("catalogs:product_new", args=[catalog.pk]), typed)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert all(words in page for words in ("huit cinquante", "Vallée de la Clarée", "isn&#x27;t a number"))
    assert answer.context["form"]["allergens"].value() == ["milk"]
    assert not catalog.products.exists()


def test_a_reference_taken_is_told_beside_it() -> None:
    catalog, client = a_catalog_and_its_farmer()
    cast.a_product(catalog, "Faisselle", reference="F1")
    answer = client.post(reverse("catalogs:product_new", args=[catalog.pk]), {**TOMME, "reference": "F1"})
    assert (answer.status_code, list(answer.context["form"].errors)) == (422, ["reference"])


def test_a_file_that_is_no_photo_is_refused_and_the_rest_kept() -> None:
    catalog, client = a_catalog_and_its_farmer()
    typed = {**TOMME, "photo": SimpleUploadedFile("a.jpg", b"<script>", "image/jpeg")}
    answer = client.post(reverse("catalogs:product_new", args=[catalog.pk]), typed)
    assert (answer.status_code, list(answer.context["form"].errors)) == (422, ["photo"])
    assert "choose your file again" in answer.content.decode()


def test_the_same_photo_once_more_is_no_edit() -> None:
    catalog, client = a_catalog_and_its_farmer()
    product = cast.a_product(catalog, "Faisselle")
    out = io.BytesIO()
    Image.new("RGB", (40, 30), "green").save(out, "PNG")
    for _n in range(2):
        photo = SimpleUploadedFile("a.png", out.getvalue(), "image/png")
        answer = client.post(reverse("catalogs:product_edit", args=[product.pk]), {**TOMME, "photo": photo})
        assert answer.status_code == 302
    assert CatalogEdit.objects.filter(product=product, field="photo").count() == 1


def test_history_tells_each_edit_in_words() -> None:
    catalog, client = a_catalog_and_its_farmer()
    client.post(reverse("catalogs:product_new", args=[catalog.pk]), TOMME)
    product = catalog.products.get()
    client.post(
        reverse("catalogs:product_edit", args=[product.pk]),
        {**TOMME, "price": "9", "labels": ["pdo"], "category": "other"},
    )
    supplies.start(product, None, by=cast.a_user())
    page = client.get(reverse("catalogs:history", args=[catalog.pk])).content.decode()
    assert all(words in page for words in ("€8.50", "€9.00", "PDO", "cheese and dairy", "no limit", "added"))


def test_a_supply_shared_by_rounds_is_started_changed_and_ended() -> None:
    catalog, client = a_catalog_and_its_farmer(products=1)
    product = catalog.products.get()
    address = reverse("catalogs:supply", args=[product.pk])
    client.post(address, {"quantity": "20"})
    Supply.objects.update(ordered=12)
    answer = client.post(address, {"quantity": "10"})
    assert (answer.status_code, answer.context["form"].errors["quantity"]) == (
        422,
        ["12 have already been ordered: the quantity can't be less than that."],
    )
    assert client.post(address, {"quantity": "15", "professional_share": "20"}).status_code == 422
    client.post(address, {"quantity": "15,5", "professional_share": "5"})
    supply = Supply.objects.get()
    assert (str(supply.quantity), str(supply.professional_share)) == ("15.500", "5.000")
    client.post(reverse("catalogs:supply_ending", args=[product.pk]))
    assert Supply.objects.get().ended_at is not None
    assert client.post(reverse("catalogs:supply_ending", args=[product.pk])).status_code == 302


def test_csv_and_xlsx_hold_every_product() -> None:
    catalog, client = a_catalog_and_its_farmer()
    cast.a_product(catalog, "=Tomme", "1234.50", reference="T1", allergens=["milk"])
    cast.a_weighed_product(catalog, "Truite", available=False)
    answer = client.get(reverse("catalogs:export", args=[catalog.pk, "csv"]))
    rows = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig")), delimiter=";"))
    assert [row[1] for row in rows] == ["Name", "'=Tomme", "Truite"]
    assert rows[1][5] == "1234,50"
    assert rows[2][4:8] == ["200 - 400 g", "", "yes", "18,00"]
    assert answer["Content-Disposition"] == 'attachment; filename="ferme-du-prorel-automne.csv"'
    book = load_workbook(io.BytesIO(client.get(reverse("catalogs:export", args=[catalog.pk, "xlsx"])).content))
    assert [row[1] for row in book.worksheets[0].values] == ["Name", "=Tomme", "Truite"]
    assert client.get(reverse("catalogs:export", args=[catalog.pk, "exe"])).status_code == 404


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
@pytest.mark.parametrize("language", ["en", "fr", "it"])
def test_what_was_exported_and_is_imported_leaves_what_is_sold_as_it_is(kind: str, language: str) -> None:
    catalog = cast.a_catalog()
    paul = cast.a_farmer(catalog.producer)
    cast.a_product(
        catalog,
        "Faisselle de chèvre",
        "2.40",
        category="dairy",
        unit="jar",
        content=Decimal(400),
        content_unit="g",
        deposit=Decimal("0.50"),
        labels=["organic", "farmhouse"],
        origin="Névache",
        stock=Decimal(30),
        vat_rate=Decimal("5.5"),
    )
    cast.a_product(catalog, "Jus de pomme", "3.60", category="drinks", unit="bottle", case_size=Decimal(6))
    cast.a_product(catalog, "Carottes", "2.10", category="vegetables", unit="kg", step=Decimal("0.5"), available=False)
    cast.a_weighed_product(catalog, "Truite", description="À peser")
    with translation.override(language):
        rows = list(exporting.rows(catalog))
        data = write_csv(rows) if kind == "csv" else write_xlsx([Sheet("x", rows)])
        preview = applying.preview_of(applying.begin(catalog, data, f"x.{kind}", by=paul))
    # A range of weights is also kept in words.
    assert {name for line in preview.lines for name in line.values} <= {"description"}
    assert preview.counts["unchanged"] + preview.counts["changed"] == preview.counts["read"] == 4


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({"certifier_code": "ECOCERT"}, "certifier_code"),
        ({"expires_on": ""}, "expires_on"),
        ({"valid_from": "2028-01-01"}, "expires_on"),
        ({"scope": ["weapons"]}, "scope"),
        ({"file": SimpleUploadedFile("a.pdf", b"MZ")}, "file"),
    ],
)
def test_a_certificate_that_cant_be_gets_a_sentence(typed: dict[str, object], field: str) -> None:
    farm = cast.a_producer()
    client = signed_in(cast.a_farmer(farm))
    answer = client.post(
        reverse("catalogs:certificate_new", args=[farm.slug]),
        {"certifier_code": "fr bio 01", "expires_on": "31/12/2027", **typed},
    )
    assert (answer.status_code, list(answer.context["form"].errors)) == (422, [field])


def test_a_certificate_is_added_with_its_paper() -> None:
    farm = cast.a_producer()
    client = signed_in(cast.a_farmer(farm))
    client.post(
        reverse("catalogs:certificate_new", args=[farm.slug]),
        {
            "certifier_code": "fr – bio - 01",
            "expires_on": "31/12/2027",
            "scope": ["dairy"],
            "file": SimpleUploadedFile("certificat de Paul.pdf", b"%PDF-1.7 ..."),
        },
    )
    certificate = Certificate.objects.get()
    assert (certificate.certifier_code, certificate.scope) == ("FR-BIO-01", ["dairy"])
    assert "Paul" not in str(certificate.file)
    assert str(certificate.file).endswith(".pdf")
    assert "FR-BIO-01" in client.get(reverse("catalogs:certificates", args=[farm.slug])).content.decode()


# Who may

GETS = ["edit", "history", "product_new"]
POSTS = ["publication", "withdrawal"]
OF_PRODUCT = ["product_edit", "supply"]
PRODUCT_POSTS = ["product_copy", "product_hiding", "product_showing", "supply_ending"]


def statuses(client: Client, catalog: Catalog) -> set[int]:
    product = catalog.products.get()
    found = {client.get(reverse(f"catalogs:{name}", args=[catalog.pk])).status_code for name in GETS}
    found |= {client.post(reverse(f"catalogs:{name}", args=[catalog.pk])).status_code for name in POSTS}
    found |= {client.get(reverse(f"catalogs:{name}", args=[product.pk])).status_code for name in OF_PRODUCT}
    found |= {client.post(reverse(f"catalogs:{name}", args=[product.pk])).status_code for name in PRODUCT_POSTS}
    found.add(client.get(reverse("catalogs:export", args=[catalog.pk, "csv"])).status_code)
    return found


def test_a_draft_doesnt_exist_for_strangers_and_a_published_one_is_not_theirs_to_change() -> None:
    draft = cast.a_catalog(products=1, published_at=None)
    published = cast.a_catalog(draft.producer, "Hiver", products=1)
    other = signed_in(cast.a_farmer(cast.a_producer("Le Rucher")))
    assert statuses(other, draft) == {404}
    assert statuses(other, published) == {403}
    assert statuses(Client(), published) == {302}
    assert other.get(reverse("catalogs:detail", args=[draft.pk])).status_code == 404
    assert Client().get(reverse("catalogs:detail", args=[draft.pk])).status_code == 404
    assert other.post(reverse("catalogs:new", args=[draft.producer.slug]), {"name": "Mine"}).status_code == 403
    assert not CatalogEdit.objects.exists()


def test_what_changes_is_posted() -> None:
    catalog, client = a_catalog_and_its_farmer(products=1)
    product = catalog.products.get()
    for name in POSTS:
        assert client.get(reverse(f"catalogs:{name}", args=[catalog.pk])).status_code == 405
    for name in PRODUCT_POSTS:
        assert client.get(reverse(f"catalogs:{name}", args=[product.pk])).status_code == 405


@pytest.mark.parametrize(
    "address",
    [
        lambda catalog: reverse("catalogs:detail", args=[catalog.pk]),
        lambda catalog: reverse("catalogs:history", args=[catalog.pk]),
        lambda catalog: reverse("catalogs:export", args=[catalog.pk, "csv"]),
        lambda catalog: reverse("catalogs:certificates", args=[catalog.producer.slug]),
    ],
    ids=["detail", "history", "export", "certificates"],
)
def test_pages_cost_as_many_queries_with_three_rows_as_with_one(address: Callable[[Catalog], str]) -> None:
    counts = []
    for size in (1, 3):
        catalog, client = a_catalog_and_its_farmer(products=size)
        for product in Product.objects.filter(catalog=catalog):
            supplies.start(product, None, by=cast.a_user())
            Certificate.objects.create(
                producer=catalog.producer, certifier_code="FR-BIO-01", expires_on=timezone.localdate() + timedelta(9)
            )
        client.get(address(catalog))
        with CaptureQueriesContext(connection) as queries:
            assert client.get(address(catalog)).status_code == 200
        counts.append(len(queries))
    assert counts[0] == counts[1]
