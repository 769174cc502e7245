"""The staff's admin: every model, nothing that should not be touched, and mails without their codes."""

from __future__ import annotations

import hashlib
from typing import Any

import pytest
from django.apps import apps
from django.contrib import admin
from django.contrib.auth.models import Permission
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import connection
from django.db.models import Model
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from cagette import mail
from cagette.models import OutgoingMail, User
from catalogs.models import CatalogEdit, Product
from orders.models import Household
from tests.cast import (
    a_household,
    a_member,
    a_neighbourhood,
    a_product,
    a_staff_user,
    a_user,
    an_open_round,
    an_order,
    offers_of,
    the_household,
)

pytestmark = pytest.mark.django_db

OURS = [
    model
    for app in ("cagette", "producers", "catalogs", "orders", "deliveries")
    for model in apps.get_app_config(app).get_models()
]
FROZEN = {
    "OutgoingMail", "CatalogEdit", "CatalogImport", "EditRequest", "Supply", "Returnable", "Stall", "Offer",
    "OfferChange", "Order", "OrderLine", "OrderNote", "Favourite", "Grant", "OrderRequest", "OrderChange", "PickList",
    "SignOffSheet", "PrintedRecap", "Correction", "Withdrawal", "Transition",
}  # fmt: skip
# Inlines of their mail and their withdrawal.
WITHOUT_PAGE = {"MailAttachment", "WithdrawalLine"}


@pytest.fixture
def staff(client: Client) -> User:
    user = a_staff_user()
    client.force_login(user)
    return user


def page_of(model: type[Model], page: str, *args: Any) -> str:
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{page}", args=args)


def test_every_model_has_its_page() -> None:
    assert {model.__name__ for model in OURS if model not in admin.site._registry} == WITHOUT_PAGE


@pytest.mark.parametrize("model", [model for model in OURS if model.__name__ not in WITHOUT_PAGE])
def test_every_list_and_page_opens_and_history_is_read_only(client: Client, staff: User, model: type[Model]) -> None:
    neighbourhood = a_neighbourhood()
    round = an_open_round(neighbourhood)
    an_order(round, the_household(a_member(neighbourhood)), {offers_of(round)[0]: 1})
    assert client.get(page_of(model, "changelist"), {"q": "a"}).status_code == 200
    addable = client.get(page_of(model, "add")).status_code
    assert addable == (403 if model.__name__ in FROZEN | {"Product", "Round"} else 200)
    row = model._default_manager.first()
    if row is not None:
        url = page_of(model, "change", row.pk)
        assert client.get(url).status_code == 200
        if model.__name__ in FROZEN:
            assert client.post(url, {}).status_code == 403
            assert client.post(page_of(model, "delete", row.pk), {"post": "yes"}).status_code == 403


@pytest.mark.parametrize("model", ["Order", "Round", "Stall", "OutgoingMail", "Household", "Product"])
def test_lists_cost_the_same_for_one_and_for_three(client: Client, staff: User, model: str) -> None:
    [found] = [each for each in OURS if each.__name__ == model]

    def more() -> None:
        neighbourhood = a_neighbourhood()
        round = an_open_round(neighbourhood)
        an_order(round, the_household(a_member(neighbourhood)), {offers_of(round)[0]: 1})

    def queries() -> int:
        with CaptureQueriesContext(connection) as queries:
            client.get(page_of(found, "changelist"))
        return len(queries)

    more()
    queries()
    before = queries()
    more()
    more()
    assert queries() == before


def test_the_admin_is_for_staff(client: Client) -> None:
    client.force_login(a_user())
    assert client.get(page_of(OutgoingMail, "changelist")).status_code in {302, 403}
    client.logout()
    assert reverse("account_login") in client.get(reverse("admin:index"), follow=True).redirect_chain[-1][0]


def test_a_mail_is_shown_as_its_reader_gets_it(client: Client, staff: User) -> None:
    mail.queue([mail.Draft("news:1", "cagette/mail/no_account", {}, "ferrand@example.org", language="en")])
    row = OutgoingMail.objects.get()
    page = client.get(page_of(OutgoingMail, "change", row.pk)).content.decode()
    assert "There is no account with this address yet" in page
    html = client.get(page_of(OutgoingMail, "html", row.pk))
    assert "Create an account" in html.content.decode()
    assert "sandbox" in html["Content-Security-Policy"]
    assert "script-src" not in html["Content-Security-Policy"]


def test_a_code_is_never_shown(client: Client, staff: User) -> None:
    mail.queue([mail.Draft("sign-in:1", "cagette/mail/sign_in_code", {"code": "ABCD12"}, "a@example.org", secret=True)])
    row = OutgoingMail.objects.get()
    for url in (page_of(OutgoingMail, "changelist"), page_of(OutgoingMail, "change", row.pk)):
        assert "ABCD12" not in client.get(url).content.decode()
    assert client.get(page_of(OutgoingMail, "html", row.pk)).status_code == 404


def test_a_mails_files_can_be_had(client: Client, staff: User) -> None:
    name = default_storage.save("list.pdf", ContentFile(b"%PDF"))
    digest = hashlib.sha256(b"%PDF").hexdigest()
    file = mail.AttachmentDraft("list.pdf", "application/pdf", "pick-list:1:pdf", name, digest)
    mail.queue([mail.Draft("news:1", "cagette/mail/no_account", {}, "a@example.org", attachments=(file,))])
    row = OutgoingMail.objects.get()
    url = page_of(OutgoingMail, "file", row.pk, row.attachments.get().pk)
    assert url in client.get(page_of(OutgoingMail, "change", row.pk)).content.decode()
    response = client.get(url)
    assert (response.content, response["Content-Type"]) == (b"%PDF", "application/pdf")


def test_staff_send_a_mail_again_but_never_a_code(client: Client, staff: User) -> None:
    mail.queue(
        [
            mail.Draft("news:1", "cagette/mail/no_account", {}, "a@example.org"),
            mail.Draft("sign-in:1", "cagette/mail/sign_in_code", {"code": "ABCD12"}, "a@example.org", secret=True),
        ]
    )
    rows = OutgoingMail.objects.values_list("pk", flat=True)
    client.post(page_of(OutgoingMail, "changelist"), {"action": "send_again", "_selected_action": list(rows)})
    assert set(OutgoingMail.objects.values_list("key", flat=True)) == {"news:1", "news:1/2", "sign-in:1"}


def test_a_household_written_down_by_staff_gets_the_next_number(client: Client, staff: User) -> None:
    neighbourhood = a_neighbourhood()
    a_household(neighbourhood)
    blank = {"memberships-TOTAL_FORMS": 0, "memberships-INITIAL_FORMS": 0}
    client.post(
        page_of(Household, "add"), {"neighbourhood": neighbourhood.pk, "name": "Arduin", "kind": "family", **blank}
    )
    assert Household.objects.get(name="Arduin").pick_up_number == 2


def test_a_price_changed_by_staff_is_in_the_catalogs_history(client: Client, staff: User) -> None:
    an_open_round()
    product = Product.objects.order_by("pk")[0]
    url = page_of(Product, "change", product.pk)
    fields = client.get(url).context["adminform"].form.initial
    values = {name: value for name, value in fields.items() if value not in (None, [], ()) and name != "photo"}
    response = client.post(url, values | {"price": "5.20", "available": "on"})
    assert response.status_code == 302, response.context["adminform"].form.errors
    edit = CatalogEdit.objects.get(field="price")
    assert (edit.before, edit.after, edit.by, edit.source) == ("4.5", "5.2", staff, "admin")


def test_staff_write_down_a_person_by_the_email(client: Client, staff: User) -> None:
    url = page_of(User, "add")
    values = {"email": "Rose@Example.org", "name": "Rose", "language": "fr", "usable_password": "false"}
    response = client.post(url, values)
    assert response.status_code == 302, response.context["adminform"].form.errors
    user = User.objects.get(email="rose@example.org")
    assert not user.has_usable_password()


def test_who_keeps_the_list_of_people_makes_nobody_more_than_they_are(client: Client) -> None:
    above, keeper = a_staff_user(), a_user("Keeper", is_staff=True)
    keeper.user_permissions.set(Permission.objects.filter(codename__in=["view_user", "change_user"]))
    client.force_login(keeper)
    assert client.post(page_of(User, "change", above.pk), {"email": "mine@example.org"}).status_code == 403
    typed = {"email": keeper.email, "language": "fr", "is_active": "on", "is_staff": "on", "is_superuser": "on"}
    assert client.post(page_of(User, "change", keeper.pk), typed).status_code == 302
    assert not User.objects.get(pk=keeper.pk).is_superuser


def test_what_a_verb_refuses_is_said_to_staff(client: Client, staff: User) -> None:
    product = a_product()
    url = page_of(Product, "change", product.pk)
    fields = client.get(url).context["adminform"].form.initial
    values = {name: value for name, value in fields.items() if value not in (None, [], ()) and name != "photo"}
    response = client.post(url, values | {"typical_weight_g": "300", "available": "on"}, follow=True)
    assert response.status_code == 200
    assert "pesé" in response.content.decode()
    product.refresh_from_db()
    assert product.typical_weight_g is None
