"""The coordinator's desk: who sees it, and what it shows."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from cagette.models import OutgoingMail, User
from deliveries import closing, coordination, correcting, pick_lists
from deliveries.models import PickList
from orders import rounds
from orders.models import Neighbourhood, Round, RoundCoordinator, Stall
from tests import cast

pytestmark = pytest.mark.django_db

ROUND_PAGES = ["round", "households", "mails", "history"]


def signed_in(user: User) -> Client:
    client = Client(headers={"accept-language": "en"})
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def page(user: User, name: str, *arguments: Any, query: str = "") -> Any:
    return signed_in(user).get(reverse(f"deliveries:{name}", args=arguments) + query)


def a_closed_round(**fields: Any) -> Round:
    round = cast.an_open_round(**fields)
    household = cast.a_household(round.neighbourhood)
    cast.an_order(round, household, {cast.offers_of(round)[0]: 2})
    cast.let_the_deadline_pass(round)
    closing.close(round.stalls.get().pk)
    closing.close_round(round.pk)
    return Round.objects.get(pk=round.pk)


# Who


def test_strangers_sign_in_first() -> None:
    round = cast.an_open_round()
    for path in (reverse("deliveries:desk"), reverse("deliveries:round", args=[round.pk])):
        answer = Client().get(path)
        assert (answer.status_code, answer["Location"].split("?")[0]) == (302, reverse("account_login"))


@pytest.mark.parametrize("name", ROUND_PAGES)
def test_a_rounds_pages_are_for_who_coordinates_it(name: str) -> None:
    round = cast.an_open_round()
    farmer = cast.a_farmer(round.stalls.get().producer)
    assert page(cast.the_coordinator(round), name, round.pk).status_code == 200
    assert page(cast.a_coordinator(round.neighbourhood), name, round.pk).status_code == 200
    assert page(cast.a_member(round.neighbourhood), name, round.pk).status_code == 403
    assert page(farmer, name, round.pk).status_code == 403
    assert page(cast.a_staff_user(), name, round.pk).status_code == 403
    assert page(cast.a_user("Stranger"), name, round.pk).status_code == 404
    assert page(cast.a_coordinator(cast.a_neighbourhood("Ailleurs")), name, round.pk).status_code == 404


def test_a_proposal_is_nothing_to_other_members() -> None:
    round = cast.a_proposed_round()
    assert page(cast.a_member(round.neighbourhood), "round", round.pk).status_code == 404


@pytest.mark.parametrize("name", ["desk", *ROUND_PAGES])
def test_pages_are_only_read(name: str) -> None:
    round = cast.an_open_round()
    arguments = [] if name == "desk" else [round.pk]
    path = reverse(f"deliveries:{name}", args=arguments)
    assert signed_in(cast.the_coordinator(round)).post(path).status_code == 405


# The desk


def test_the_desk_sorts_rounds_by_what_they_need() -> None:
    neighbourhood = cast.a_neighbourhood()
    by = cast.a_coordinator(neighbourhood)
    made = {
        "proposed": cast.a_proposed_round(neighbourhood),
        "upcoming": cast.an_upcoming_round(neighbourhood),
        "open": cast.an_open_round(neighbourhood),
        "closing": cast.an_overdue_round(neighbourhood),
        "handing_out": a_closed_round(neighbourhood=neighbourhood),
    }
    past = cast.a_past_round(neighbourhood)
    cast.an_open_round()  # somebody else's
    shelves = {shelf.key: shelf.rounds for shelf in coordination.current_shelves(by)}
    assert shelves == {key: [round] for key, round in made.items()}
    assert list(coordination.past_rounds(by)) == [past]


def test_a_rounds_figures() -> None:
    round = cast.an_open_round(None, cast.a_catalog(products=2), cast.a_catalog(products=1))
    first, second, third = cast.offers_of(round)
    for name, quantities in {"Ferrand": {first: 2, third: 1}, "Blanc": {first: 1, second: 1}}.items():
        cast.an_order(round, cast.a_household(round.neighbourhood, name), quantities)
    cast.a_sheet(round, cast.a_household(round.neighbourhood, "Faure"), {first: 9})
    found = coordination.with_standing(Round.objects.all()).get(pk=round.pk)
    figures = found.sum_goods, found.buyers, found.invited, found.taking_part, found.waiting, found.unseen  # type: ignore[attr-defined]
    assert figures == (Decimal("22.50"), 2, 2, 2, 0, 0)
    farms = {farm.stall.pk: (farm.goods.amount, farm.buyers) for farm in coordination.farms_of(round)}
    assert farms == {first.stall_id: (Decimal("18.00"), 2), third.stall_id: (Decimal("4.50"), 1)}
    assert [(sheet.order.household.name, sheet.state) for sheet in coordination.sheets_of(round)] == [
        ("Ferrand", "confirmed"),
        ("Blanc", "confirmed"),
        ("Faure", "wanted"),
    ]
    assert coordination.stakes(round) == coordination.Stakes(households=2, unconfirmed=1, farms=2, lists=0)


def test_cases_show_what_is_missing() -> None:
    catalog = cast.a_catalog()
    cast.a_product(catalog, "Jus", case_size=6)
    round = cast.an_open_round(None, catalog)
    cast.an_order(round, cast.a_household(round.neighbourhood), {cast.offers_of(round)[0]: 8})
    [farm] = coordination.farms_of(round)
    [case] = farm.cases
    assert (case.whole, int(case.begun), int(case.missing)) == (1, 2, 4)


def test_the_state_of_a_pick_list_is_that_of_its_mails_and_its_farm() -> None:
    round = a_closed_round()
    [farm] = coordination.farms_of(round)
    assert farm.pick_list_mail == "queued"
    mails = OutgoingMail.objects.filter(key__startswith="pick-list:")
    mails.update(failed_at=timezone.now())
    [farm] = coordination.farms_of(round)
    assert farm.pick_list_mail == "failed"
    content = page(cast.the_coordinator(round), "round", round.pk).content.decode()
    assert "mail failed" in content and "Told by phone" in content
    assert farm.pick_list is not None
    pick_lists.acknowledge(farm.pick_list, how=PickList.Channel.PHONE, by=None)
    assert "told by phone" in page(cast.the_coordinator(round), "round", round.pk).content.decode()


def desk_of(count: int) -> tuple[User, str]:
    neighbourhood = cast.a_neighbourhood()
    for _n in range(count):
        cast.an_open_round(neighbourhood)
        cast.a_past_round(neighbourhood)
    return cast.a_coordinator(neighbourhood), reverse("deliveries:desk")


def round_of(count: int) -> tuple[User, str]:
    """So many farms, with orders, cases, pick lists, mails and corrections."""
    catalogs = [cast.a_catalog(cast.a_producer(f"Ferme {n}")) for n in range(count)]
    for catalog in catalogs:
        cast.a_product(catalog, case_size=2)
    round = cast.an_open_round(None, *catalogs)
    order = cast.an_order(round, cast.a_household(round.neighbourhood), dict.fromkeys(cast.offers_of(round), 2))
    cast.let_the_deadline_pass(round)
    by = cast.the_coordinator(round)
    for stall in round.stalls.all():
        closing.close(stall.pk)
        correcting.correct_line(order, stall.offers.get(), Decimal(1), by=by, reason="cassé", cause="missing")
    return by, reverse("deliveries:round", args=[round.pk])


def households_of(count: int) -> tuple[User, str]:
    round = cast.an_open_round()
    for n in range(count):
        cast.an_order(round, cast.a_household(round.neighbourhood, f"F{n}"), {cast.offers_of(round)[0]: 1})
        cast.a_sheet(round, cast.the_household(cast.a_member(round.neighbourhood)), {cast.offers_of(round)[0]: 1})
    return cast.the_coordinator(round), reverse("deliveries:households", args=[round.pk])


def order_of(count: int) -> tuple[User, str]:
    round = cast.an_open_round(None, *(cast.a_catalog(products=1) for _n in range(count)))
    order = cast.an_order(round, cast.a_household(round.neighbourhood), dict.fromkeys(cast.offers_of(round), 1))
    return cast.the_coordinator(round), reverse("deliveries:order", args=[order.pk])


def mails_of(count: int) -> tuple[User, str]:
    round = cast.a_proposed_round(None, *(cast.a_catalog(products=1) for _n in range(count)))
    return cast.the_coordinator(round), reverse("deliveries:mails", args=[round.pk])


def history_of(count: int) -> tuple[User, str]:
    """So many of each: acts on the round, with a farm each, and corrections."""
    by, _path = round_of(count)
    round = Round.objects.latest("pk")
    return by, reverse("deliveries:history", args=[round.pk])


@pytest.mark.parametrize("world", [desk_of, round_of, households_of, order_of, mails_of, history_of])
def test_three_rows_take_as_many_queries_as_one(world: Callable[[int], tuple[User, str]]) -> None:
    counts = []
    for rows in (1, 3):
        user, path = world(rows)
        client = signed_in(user)
        with CaptureQueriesContext(connection) as queries:
            assert client.get(path).status_code == 200
        counts.append(len(queries))
    assert counts[0] == counts[1]


# One round


def test_what_comes_next_is_offered_and_nothing_else() -> None:
    neighbourhood = cast.a_neighbourhood()
    by = cast.a_coordinator(neighbourhood)

    def offered(round: Round) -> set[str]:
        content = page(by, "round", round.pk).content.decode()
        names = ["publication", "opening", "closing", "extension", "invitation", "move", "cancellation", "sign_off_pdf"]
        return {name for name in names if reverse(f"deliveries:{name}", args=[round.pk]) in content}

    proposed = cast.a_proposed_round(neighbourhood)
    always = {"move", "cancellation"}
    assert offered(proposed) == always | {"extension", "invitation"}
    rounds.accept(proposed.stalls.get(), by=None, how="link")
    assert offered(proposed) == always | {"extension", "invitation", "publication"}
    assert offered(cast.an_upcoming_round(neighbourhood)) == always | {"extension", "invitation", "opening"}
    assert offered(cast.an_open_round(neighbourhood)) == always | {"extension", "invitation", "closing"}
    assert offered(cast.an_overdue_round(neighbourhood)) == always
    assert offered(a_closed_round(neighbourhood=neighbourhood)) == always | {"sign_off_pdf"}
    gone = cast.an_open_round(neighbourhood)
    correcting.call_off_round(gone, by=by, reason="neige")
    assert offered(gone) == set()


def test_a_stall_that_waits_asks_for_a_decision() -> None:
    round = cast.an_open_round()
    Stall.objects.update(minimum_amount=50, below_minimum="ask")
    cast.an_order(round, cast.a_household(round.neighbourhood), {cast.offers_of(round)[0]: 1})
    cast.let_the_deadline_pass(round)
    stall = round.stalls.get()
    closing.close(stall.pk)
    content = page(cast.the_coordinator(round), "round", round.pk).content.decode()
    assert reverse("deliveries:minimum_decision", args=[stall.pk]) in content
    assert "€45.50 below its minimum" in content


def test_the_link_of_an_unlisted_group_carries_its_key() -> None:
    listed = cast.an_open_round()
    unlisted = cast.an_open_round(cast.a_neighbourhood("Secret", listed=False))
    shown = page(cast.the_coordinator(unlisted), "round", unlisted.pk).context["share_link"]
    assert shown.endswith(f"/rounds/{unlisted.pk}/?link={unlisted.share_token}")
    assert (
        page(cast.the_coordinator(listed), "round", listed.pk).context["share_link"].endswith(f"/rounds/{listed.pk}/")
    )


def test_mails_are_shown_with_their_reason_and_never_those_with_a_secret() -> None:
    round = cast.an_open_round()
    about = f"round:{round.pk}"
    OutgoingMail.objects.filter(about=about).update(failed_at=timezone.now(), last_error="552 Mailbox full")
    OutgoingMail.objects.create(
        key="code", about=about, priority=0, template="cagette/mail/sign_in_code", recipient="x@example.org",
        secret=True, message_id="<x@y>",
    )  # fmt: skip
    answer = page(cast.the_coordinator(round), "mails", round.pk)
    assert [mail.last_error for mail in answer.context["page"]] == ["552 Mailbox full"]
    assert "552 Mailbox full" in answer.content.decode()


def test_whom_no_mail_reaches_is_on_the_phone_list() -> None:
    round = cast.an_open_round()
    offer = cast.offers_of(round)[0]
    cast.an_order(round, cast.a_household(round.neighbourhood, "Sans adresse", phone="06 01"), {offer: 1})
    cast.an_order(round, cast.the_household(cast.a_member(round.neighbourhood, "Joignable")), {offer: 1})
    listed = page(cast.the_coordinator(round), "households", round.pk).context["phone_list"]
    assert [household["name"] for household in listed] == ["Sans adresse"]


def test_a_coordinator_is_sent_to_the_sheet_of_a_household() -> None:
    round = cast.an_open_round()
    by, household = cast.the_coordinator(round), cast.a_household(round.neighbourhood)
    stranger = cast.a_household(cast.a_neighbourhood("Ailleurs"))
    answer = page(by, "household_order", round.pk, query=f"?household={household.pk}")
    assert (answer.status_code, answer["Location"]) == (302, f"/rounds/{round.pk}/?household={household.pk}")
    for wrong in ("", "x", "²", str(stranger.pk), "9" * 40):
        assert page(by, "household_order", round.pk, query=f"?household={wrong}").status_code == 404


def test_a_households_crate_is_for_coordinators() -> None:
    round = a_closed_round()
    order = round.orders.get()
    answer = page(cast.the_coordinator(round), "order", order.pk)
    assert (answer.status_code, len(answer.context["lines"])) == (200, 1)
    assert page(cast.a_member(round.neighbourhood), "order", order.pk).status_code == 403
    assert page(cast.a_user(), "order", order.pk).status_code == 404


def test_the_desk_of_somebody_without_rounds_says_what_to_do() -> None:
    neighbourhood: Neighbourhood = cast.a_neighbourhood()
    content = page(cast.a_member(neighbourhood), "desk").content.decode()
    assert reverse("orders:propose", args=[neighbourhood.slug]) in content
    assert page(cast.a_user(), "desk").status_code == 200


def test_who_is_named_coordinator_runs_the_round() -> None:
    round = cast.an_open_round()
    other = cast.a_member(round.neighbourhood, "Ferrand")
    RoundCoordinator.objects.create(round=round, user=other)
    assert page(other, "round", round.pk).status_code == 200
    cast.shift(round, timedelta(days=-30))
    assert page(other, "desk").status_code == 200


def test_a_round_closed_before_its_deadline_offers_no_window_any_more() -> None:
    round = cast.an_open_round()
    by = cast.the_coordinator(round)
    closing.close(round.stalls.get().pk, by=by)
    closing.close_round(round.pk)
    answer = page(by, "round", round.pk)
    assert (answer.context["phase"], answer.context["window_lasts"]) == ("closed", False)
    assert answer.context["deadline"] < timezone.now() < round.closes_at
    assert "left, until" not in answer.content.decode()
