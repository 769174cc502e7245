"""All that is kept about a person, as one file: theirs, nobody else's, in a number of statements that doesn't grow."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from cagette.models import User
from catalogs.importing import applying
from deliveries import closing, correcting, disclosing, pick_lists, withdrawing
from deliveries.models import PickList
from orders.models import Order, OrderLine
from tests import cast
from tests.orders.sheets import signed_in

pytestmark = pytest.mark.django_db

PARTS = {
    "format", "version", "exported", "account", "mails", "farms", "farms_begun", "pick_lists_by_mail",
    "catalogue_edits", "imports", "households", "orders", "changes_for_others", "rounds_run", "corrections",
    "pick_lists_seen", "withdrawals", "rounds_changed", "mails_asked_for",
}  # fmt: skip


def busy(user: User) -> None:
    """One more of everything that is kept about somebody."""
    neighbourhood, farm = cast.a_neighbourhood(), cast.a_producer()
    cast.a_membership(cast.a_household(neighbourhood, "Ferrand"), user)
    household = user.memberships.order_by("-pk")[0].household
    farm.members.create(user=user)
    catalog = cast.a_catalog(farm)
    cast.a_product(catalog, "Miel", "8.50", perishable=False)
    applying.begin(catalog, b"Produit;Prix\nTomme;4,50\n", "prix.csv", by=user)
    round = cast.an_open_round(neighbourhood, catalog, by=user)
    offer = cast.offers_of(round)[0]
    order = cast.an_order(round, household, {offer: 3})
    cast.let_the_deadline_pass(round)
    closing.close(round.stalls.get().pk)
    pick_lists.resend(PickList.objects.latest("pk"), by=user)
    correcting.correct_line(order, offer, offer.step * 2, by=user, reason="Un pot cassé", cause="missing")
    pick_lists.acknowledge(PickList.objects.latest("pk"), how="page", by=user)
    order = Order.objects.select_related("round__neighbourhood", "household").get(pk=order.pk)
    line = OrderLine.objects.get(order=order)
    withdrawing.withdraw(order, [line.pk], key="a", name="Ana", email=user.email, by=user)


@pytest.fixture
def user() -> User:
    return cast.a_user()


def export(client: Client) -> dict[str, Any]:
    response = client.get("/accounts/export/")
    assert response["Content-Disposition"].startswith('attachment; filename="cagette-')
    assert response["Cache-Control"] == "private, no-store"
    found: dict[str, Any] = json.loads(response.content)
    return found


def test_everything_is_there(user: User) -> None:
    busy(user)
    found = export(signed_in(user))
    assert set(found) == PARTS
    assert [part for part, value in found.items() if not value and part not in ("catalogue_edits", "farms_begun")] == [
        "pick_lists_by_mail",
        "changes_for_others",
    ]
    assert (found["account"]["email"], found["farms"][0]["role"]) == (user.email, "owner")
    order = found["orders"][0]
    assert (order["lines"][0]["product"], order["lines"][0]["unit_price"]) == ("Miel", "8.5")
    assert [(each["before"], each["after"], each["by_me"]) for each in order["changes"]] == [
        ("0.000", "3.000", True),
    ]
    assert [
        (each["cause"], each["before"]["quantity"], each["after"]["quantity"]) for each in found["corrections"]
    ] == [
        ("missing", "3", "2"),
        ("not_wanted", "2", "0"),
    ]
    assert {"subject", "sent", "written", "state"} == set(found["mails"][0])
    assert [len(found["mails_asked_for"]), found["mails_asked_for"][0]["state"]] == [1, "superseded"]
    changed = found["rounds_changed"]
    assert [each["kind"] for each in changed] == ["proposed", "invited", "accepted", "published", "opened", "opened"]
    assert (changed[3]["before"], changed[3]["after"]) == ({"state": "proposed"}, {"state": "published"})


def test_what_others_ordered_is_theirs(user: User) -> None:
    busy(cast.a_user("Rey"))
    found = export(signed_in(user))
    assert [part for part, value in found.items() if value] == ["format", "version", "exported", "account"]


def test_a_household_one_has_left_to_others_stays_theirs(user: User) -> None:
    round = cast.an_open_round()
    household = cast.a_household(round.neighbourhood)
    cast.a_membership(household, user, state="left")
    other = cast.a_membership(household, cast.a_user("Rey")).user
    cast.an_order(round, household, {cast.offers_of(round)[0]: 1}, by=other)
    assert export(signed_in(user))["orders"] == []


def test_it_takes_the_same_statements_however_much_there_is(user: User) -> None:
    counts = []
    for more in (1, 2):
        for _n in range(more):
            busy(user)
        with CaptureQueriesContext(connection) as asked:
            disclosing.export(user)
        counts.append(len(asked))
    assert counts[0] == counts[1]
