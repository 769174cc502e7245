"""The demo as a newcomer finds it: loaded once for this module, and rolled back at its end."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from html.parser import HTMLParser
from io import StringIO
from urllib.parse import urlsplit

import pytest
import time_machine
from django.core.management import call_command
from django.db import connection, transaction
from django.db.models import F, Q, Sum
from django.test import Client
from django.urls import resolve, reverse
from django.utils import timezone
from pytest_django import DjangoDbBlocker

from cagette.models import OutgoingMail, User
from catalogs import labels
from catalogs.models import Catalog, CatalogEdit, EditRequest, Label, Product, Supply, VatRate
from deliveries.demo import loading, people
from deliveries.demo.story import CLOSES_WITHIN
from deliveries.models import Correction, PickList, SignOffSheet
from orders import bill
from orders.models import Household, Membership, Neighbourhood, Order, OrderChange, OrderLine, Round, Stall
from producers.models import Producer

pytestmark = pytest.mark.django_db

ROLES = {
    "staff": people.STAFF[0],
    "coordinator": people.COORDINATOR,
    "producer": people.PRODUCER,
    "consumer": people.CONSUMER,
    "professional": people.PROFESSIONAL,
}


@pytest.fixture(scope="module")
def demo(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[tuple[str, datetime]]:
    """What the command printed when it loaded the demo, which is there while the module's tests run, and when."""
    with django_db_blocker.unblock():
        out = StringIO()
        with transaction.atomic():
            call_command("demo", stdout=out)
            yield out.getvalue(), timezone.now()
            transaction.set_rollback(True)
        connection.close()


@pytest.fixture
def said(demo: tuple[str, datetime]) -> Iterator[str]:
    """What was printed, by the clock of then: what closes soon hasn't closed, however long the tests before took."""
    printed, then = demo
    with time_machine.travel(then):
        yield printed


def counts() -> dict[str, int]:
    models = (Neighbourhood, Producer, Product, Household, User, Round, Stall, Order, OrderLine, PickList, OutgoingMail)
    return {model.__name__: model.objects.count() for model in models}


# What there is


def test_the_village_is_there(said: str) -> None:
    found = counts()
    assert (found["Neighbourhood"], found["Producer"], found["Household"]) == (4, 10, 41)
    assert 150 <= found["Product"] <= 160
    assert Counter(Neighbourhood.objects.values_list("joining", "listed")) == {
        ("open", True): 2,
        ("approval", True): 1,
        ("invitation", False): 1,
    }
    assert Household.objects.filter(memberships=None, kind="family").count() == 6
    assert Household.objects.filter(kind="professional").count() == 1
    assert Membership.objects.filter(state="pending").count() == 2


def test_loading_twice_changes_nothing(said: str) -> None:
    before, out = counts(), StringIO()
    call_command("demo", stdout=out)
    call_command("demo", if_empty=True, stdout=StringIO())
    assert counts() == before
    assert out.getvalue().splitlines()[1:] == said.splitlines()


def test_group_orders_in_every_state(said: str) -> None:
    now = timezone.now()
    assert {round.phase() for round in Round.objects.all()} == {
        *("proposed", "upcoming", "open", "overdue", "closed", "settled", "cancelled")
    }
    assert set(Stall.objects.values_list("state", flat=True)) == set(Stall.State.values)
    assert Round.objects.filter(state="settled", delivery_ends_at__lt=now - timedelta(days=20)).exists()
    # What is published and past its close waits for a farm's minimum, and for nothing else.
    overdue = Stall.objects.filter(round__in=Round.objects.overdue(at=now)).unsettled()
    assert [stall.state for stall in overdue] == ["waiting"]
    assert not Stall.objects.due(at=now).filter(round__state=Round.State.PUBLISHED).exists()


def test_one_closes_a_few_minutes_after_the_start(said: str) -> None:
    round = Round.objects.filter(state="published", closes_at__gt=timezone.now()).order_by("closes_at")[0]
    assert round.closes_at <= timezone.now() + CLOSES_WITHIN
    assert round.stalls.filter(state="open").count() == 6
    assert Order.objects.filter(round=round).confirmed().count() == 13
    assert Order.objects.filter(round=round).unconfirmed().count() == 3


def test_invited_farms_have_given_mixed_answers(said: str) -> None:
    stalls = Stall.objects.filter(round__state="proposed")
    assert Counter(stalls.values_list("answer", "answered_how")) == {
        ("accepted", "page"): 1,
        ("accepted", "link"): 1,
        ("accepted", "phone"): 1,
        ("declined", "link"): 1,
        ("", ""): 2,
    }


def test_one_supply_serves_several_open_rounds(said: str) -> None:
    shared = Supply.objects.filter(shared=True, ended_at=None)
    assert shared.count() == 2
    for supply in shared:
        assert Round.objects.open(at=timezone.now()).filter(stalls__offers__supply=supply).distinct().count() == 4


# What always holds


def test_nothing_is_amiss_in_the_database(said: str) -> None:
    connection.check_constraints()
    with connection.cursor() as cursor:
        cursor.execute("SELECT tgname, tgenabled FROM pg_trigger WHERE tgname IN ('append_only', 'frozen')")
        assert {enabled for _name, enabled in cursor.fetchall()} == {"O"}


def test_supplies_hold_what_is_ordered_of_them(said: str) -> None:
    given = Sum(
        "offers__lines__quantity", filter=Q(offers__lines__allocated=None), default=Decimal(0)
    ) + Sum("offers__lines__allocated", default=Decimal(0))  # fmt: skip
    wrong = Supply.objects.annotate(given=given).exclude(ordered=F("given"))
    assert list(wrong) == []


def test_changes_add_up_to_what_is_confirmed(said: str) -> None:
    change = Sum(F("changes__quantity_after") - F("changes__quantity_before"), default=Decimal(0))
    assert list(OrderLine.objects.annotate(sum=change).exclude(quantity=F("sum"))) == []
    assert not OrderChange.objects.filter(at__gt=timezone.now()).exists()


def test_every_amount_is_exact_to_the_cent(said: str) -> None:
    lists = PickList.objects.newest().filter(stall__state="closed").select_related("stall")
    assert lists.count() == Stall.objects.filter(state="closed").count()
    for pick_list in lists:
        orders = Order.objects.filter(lines__offer__stall=pick_list.stall, lines__allocated__gt=0).distinct()
        bills = bill.of_orders(orders.select_related("round", "household"))
        due = [farm.due for each in bills for farm in each.farms if farm.stall.pk == pick_list.stall_id]
        amount = sum(each.goods.gross for each in due)
        totals, products = pick_list.rows["totals"], pick_list.rows["products"]
        on_top = Decimal(totals["vat_on_top"])
        assert Decimal(totals["amount"]) == amount == sum(Decimal(row["amount"]) for row in products) + on_top
        assert amount == sum(Decimal(household["amount"]) for household in pick_list.rows["households"])


def test_past_papers_carry_the_day_of_their_close(said: str) -> None:
    for pick_list in PickList.objects.filter(revision=1).select_related("stall"):
        assert pick_list.created_at == pick_list.stall.closed_at
    assert (
        SignOffSheet.objects.filter(round__state="settled", created_at__gt=timezone.now() - timedelta(days=5)).count()
        == 0
    )
    assert Correction.objects.filter(kind="line").count() == 1
    assert PickList.objects.filter(revision=2).count() == 1


def test_products_are_described_as_the_law_wants(said: str) -> None:
    rates = set(VatRate.objects.in_force(timezone.localdate()).values_list("percent", flat=True))
    for product in Product.objects.select_related("catalog__producer"):
        product.clean_fields()
        assert product.vat_rate in rates
        assert (product.vat_rate > 0) == product.catalog.producer.charges_vat, product
        assert product.origin or product.category == "other", product
        assert product.ingredients or product.category not in ("bread", "drinks") or product.weighed, product
        assert product.measure_price() or product.unit in ("piece", "dozen", "box"), product
    assert all(farm.missing_for_sale() == [] for farm in Producer.objects.all())


def test_certificates_show_the_leaf_while_they_hold(said: str) -> None:
    today = timezone.localdate()

    def leaf(reference: str) -> bool:
        product = Product.objects.select_related("catalog__producer").get(reference=reference)
        return Label.ORGANIC in labels.shown(product, product.catalog.producer.certificates.all(), today)

    assert leaf("CH01") and leaf("LE01") and not leaf("MI01")


def test_no_mail_of_the_past_is_still_to_leave(said: str) -> None:
    assert not OutgoingMail.objects.unfinished().exists()
    assert not OutgoingMail.objects.filter(Q(subject="") | Q(sent_at__gt=timezone.now())).exists()
    # Every subject about a round names its day, also of those written before the round had its own times.
    for mail in OutgoingMail.objects.filter(template="orders/mail/invitation"):
        starts = Round.objects.get(pk=mail.data["round"]["id"]).delivery_starts_at
        assert mail.data["delivery"]["starts"] == timezone.localtime(starts).isoformat()


def test_history_begins_before_the_rounds(said: str) -> None:
    first = Round.objects.order_by("created_at")[0].created_at
    assert not Catalog.objects.filter(published_at__gt=first).exists()
    assert not CatalogEdit.objects.filter(at__gt=first).exists()
    assert not EditRequest.objects.filter(at__gt=first).exists()


# Who comes in


@pytest.mark.parametrize("role", ROLES)
def test_each_role_signs_in_with_the_password_it_is_told(said: str, role: str) -> None:
    assert f"{ROLES[role]}\n" in said and loading.PASSWORD in said
    client = Client(headers={"accept-language": "en"})
    answer = client.post(reverse("account_login"), {"login": ROLES[role], "password": loading.PASSWORD})
    assert answer.status_code == 302, answer.content
    assert client.session["_auth_user_id"] == str(User.objects.get(email=ROLES[role]).pk)


class Links(HTMLParser):
    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        href = dict(attrs).get("href")
        if tag == "a" and href and href.startswith("/") and not href.startswith("/static/"):
            self.found.append(urlsplit(href)._replace(fragment="").geturl())


# What each role has to be able to reach by following links from the first page.
REACHED = {
    "staff": {"home", "about", "orders:neighbourhood", "orders:round", "producers:detail"},
    "coordinator": {
        *("deliveries:desk", "deliveries:round", "deliveries:households", "deliveries:mails", "deliveries:order"),
        *("orders:approvals", "orders:propose", "orders:round", "producers:desk"),
    },
    "producer": {
        *("producers:desk", "producers:detail", "producers:edit", "producers:team", "catalogs:detail"),
        *("catalogs:product_edit", "catalogs:history", "catalogs:certificates", "deliveries:pick_list"),
    },
    "consumer": {"orders:neighbourhood", "orders:round", "orders:mine", "orders:detail", "orders:household"},
    "professional": {"orders:neighbourhood", "orders:round", "orders:mine", "orders:detail"},
}
SAMPLES = 3


@pytest.mark.parametrize("role", ROLES)
def test_every_link_that_a_role_is_shown_leads_to_a_page(said: str, role: str) -> None:
    """From the first page on, some pages of each kind."""
    client = Client()
    client.force_login(User.objects.get(email=ROLES[role]), backend="django.contrib.auth.backends.ModelBackend")
    seen: Counter[str] = Counter()
    todo, known, broken = ["/"], {"/"}, []
    while todo:
        address = todo.pop(0)
        name = resolve(urlsplit(address).path).view_name
        few = 1 if name.startswith("admin:") else SAMPLES
        if seen[name] >= few or name.endswith(("_logout", "_history", "_delete")):
            continue
        seen[name] += 1
        answer = client.get(address, follow=True)
        # What a worker is still making is answered with 202.
        if answer.status_code not in (200, 202):
            broken.append(f"{address}: {answer.status_code}")
        elif answer["Content-Type"].startswith("text/html"):
            new = [link for link in Links(answer.content.decode()).found if link not in known]
            known |= set(new)
            todo += dict.fromkeys(new)
    assert broken == []
    assert REACHED[role] - set(seen) == set()
