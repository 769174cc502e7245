"""What a coordinator does to a round, by the buttons."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from cagette.models import OutgoingMail, User
from deliveries import closing, correcting
from orders import rounds
from orders.models import OrderLine, Place, Round, RoundCoordinator, Stall, Transition
from tests import cast

pytestmark = pytest.mark.django_db

# A page that says what will happen, then the button; or a button alone.
PAGES = ["extension", "invitation", "closing", "move", "cancellation"]
BUTTONS = ["publication", "opening", "coordinators", "reminders"]
STALL_PAGES = ["stall_closing", "minimum_decision", "stall_dropping"]


def signed_in(user: User) -> Client:
    client = Client(headers={"accept-language": "en"})
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def post(user: User, name: str, *arguments: Any, **data: Any) -> Any:
    """The page one lands on."""
    return signed_in(user).post(reverse(f"deliveries:{name}", args=arguments), data, follow=True)


def said(answer: Any) -> str:
    return " ".join(str(message) for message in answer.context["messages"])


def reread(round: Round) -> Round:
    return Round.objects.get(pk=round.pk)


def when(prefix: str, at: Any, round: Round, *, ends: Any = None) -> dict[str, str]:
    local = at.astimezone(round.neighbourhood.zone)
    if prefix == "closes":
        return {"closes_day": f"{local:%Y-%m-%d}", "closes_hour": f"{local:%H:%M}"}
    until = ends.astimezone(round.neighbourhood.zone)
    return {
        "delivery_day": f"{local:%Y-%m-%d}",
        "delivery_from": f"{local:%H:%M}",
        "delivery_until": f"{until:%H:%M}",
    }


def a_waiting_stall() -> Stall:
    round = cast.an_open_round()
    Stall.objects.filter(round=round).update(minimum_amount=50, below_minimum="ask")
    cast.an_order(round, cast.a_household(round.neighbourhood), {cast.offers_of(round)[0]: 1})
    cast.let_the_deadline_pass(round)
    stall = round.stalls.get()
    closing.close(stall.pk)
    return Stall.objects.get(pk=stall.pk)


def a_closed_round() -> Round:
    """One household with a login has taken 2 of the first product."""
    round = cast.an_open_round()
    household = cast.the_household(cast.a_member(round.neighbourhood, "Ferrand"))
    cast.an_order(round, household, {cast.offers_of(round)[0]: 2})
    cast.let_the_deadline_pass(round)
    closing.close(round.stalls.get().pk)
    closing.close_round(round.pk)
    return reread(round)


# Who


@pytest.mark.parametrize("name", [*PAGES, *BUTTONS, *STALL_PAGES])
def test_only_who_coordinates_acts(name: str) -> None:
    round = cast.an_open_round()
    pk = round.stalls.get().pk if name in STALL_PAGES else round.pk
    path = reverse(f"deliveries:{name}", args=[pk])
    people = {
        "member": (cast.a_member(round.neighbourhood), 403),
        "farmer": (cast.a_farmer(round.stalls.get().producer), 403),
        "staff": (cast.a_staff_user(), 403),
        "stranger": (cast.a_user(), 404),
    }
    for user, status in people.values():
        assert signed_in(user).post(path).status_code == status
    anonymous = Client().post(path)
    assert (anonymous.status_code, anonymous["Location"].split("?")[0]) == (302, reverse("account_login"))
    assert reread(round).state == Round.State.PUBLISHED


@pytest.mark.parametrize("name", [*PAGES, *STALL_PAGES])
def test_looking_at_a_page_does_nothing(name: str) -> None:
    round = cast.an_open_round()
    pk = round.stalls.get().pk if name in STALL_PAGES else round.pk
    before = list(Round.objects.values()), list(Stall.objects.values())
    assert signed_in(cast.the_coordinator(round)).get(reverse(f"deliveries:{name}", args=[pk])).status_code == 200
    assert (list(Round.objects.values()), list(Stall.objects.values())) == before


@pytest.mark.parametrize("name", BUTTONS)
def test_a_button_is_pressed_not_opened(name: str) -> None:
    round = cast.an_open_round()
    answer = signed_in(cast.the_coordinator(round)).get(reverse(f"deliveries:{name}", args=[round.pk]))
    assert answer.status_code == 405


# Up to the close


def test_publishing_and_opening() -> None:
    round = cast.a_proposed_round()
    by = cast.the_coordinator(round)
    assert "No farm has accepted yet." in said(post(by, "publication", round.pk))
    rounds.accept(round.stalls.get(), by=None, how="link")
    assert "Published." in said(post(by, "publication", round.pk))
    assert "Open:" in said(post(by, "opening", round.pk))
    assert reread(round).phase() == "open"
    assert "already open" in said(post(by, "opening", round.pk))
    assert "already been published" in said(post(by, "publication", round.pk))


def test_extending() -> None:
    round = cast.an_open_round()
    by, later = cast.the_coordinator(round), (round.closes_at + timedelta(hours=2)).replace(second=0, microsecond=0)
    post(by, "extension", round.pk, **when("closes", later, round))
    assert reread(round).closes_at == later


def test_an_extension_that_makes_no_sense_keeps_what_was_typed() -> None:
    round = cast.an_open_round()
    by = cast.the_coordinator(round)
    for at in (round.closes_at - timedelta(hours=2), round.delivery_ends_at + timedelta(days=1)):
        answer = post(by, "extension", round.pk, **when("closes", at, round))
        assert (answer.status_code, list(answer.context["form"].errors)) == (422, ["closes_day"])
        assert when("closes", at, round)["closes_day"] in answer.content.decode()
    answer = post(by, "extension", round.pk, closes_day="bientôt", closes_hour="25:00")
    assert (answer.status_code, set(answer.context["form"].errors)) == (422, {"closes_day", "closes_hour"})


def test_an_extension_after_the_close_says_that_it_is_too_late() -> None:
    round = cast.an_overdue_round()
    answer = post(
        cast.the_coordinator(round), "extension", round.pk,
        **when("closes", timezone.now() + timedelta(hours=2), round),
    )  # fmt: skip
    assert (answer.status_code, answer.context["form"].non_field_errors()) == (
        422,
        ["This group order has closed: its deadline can't be moved any more."],
    )


def test_inviting_another_farm() -> None:
    round = cast.an_open_round()
    by, catalog = cast.the_coordinator(round), cast.a_catalog(products=1)
    draft, there = cast.a_catalog(published_at=None), round.stalls.get().catalog
    post(by, "invitation", round.pk, catalog=catalog.pk)
    assert round.stalls.filter(catalog=catalog, state="pending").exists()
    for wrong in (catalog, draft, there):
        assert post(by, "invitation", round.pk, catalog=wrong.pk).status_code == 422


def test_naming_another_coordinator() -> None:
    round = cast.an_open_round()
    by, member = cast.the_coordinator(round), cast.a_member(round.neighbourhood, "Ferrand")
    for _twice in range(2):
        post(by, "coordinators", round.pk, email=member.email.upper())
    assert RoundCoordinator.objects.filter(round=round, user=member).count() == 1
    answer = post(by, "coordinators", round.pk, email=cast.a_user("Stranger").email)
    assert "No member of this neighbourhood group has this address." in said(answer)
    assert round.coordinators.count() == 2


def test_reminding_those_who_have_not_confirmed_once_a_day() -> None:
    round = cast.an_open_round()
    offer, by = cast.offers_of(round)[0], cast.the_coordinator(round)
    late, done = cast.a_member(round.neighbourhood, "Ferrand"), cast.a_member(round.neighbourhood, "Blanc")
    cast.a_sheet(round, cast.the_household(late), {offer: 1})
    cast.an_order(round, cast.the_household(done), {offer: 1})
    assert "1 reminder is on its way." in said(post(by, "reminders", round.pk))
    assert "Nobody to remind" in said(post(by, "reminders", round.pk))
    mails = OutgoingMail.objects.filter(template="orders/mail/reminder")
    assert list(mails.values_list("recipient", "about")) == [(late.email, f"round:{round.pk}")]
    cast.let_the_deadline_pass(round)
    assert "Only while orders are open" in said(post(by, "reminders", round.pk))


# Closing


def test_closing_now_says_what_it_means_and_does_it() -> None:
    round = cast.an_open_round()
    by, offer = cast.the_coordinator(round), cast.offers_of(round)[0]
    cast.an_order(round, cast.a_household(round.neighbourhood), {offer: 1})
    cast.a_sheet(round, cast.a_household(round.neighbourhood), {offer: 1})
    words = signed_in(by).get(reverse("deliveries:closing", args=[round.pk])).content.decode()
    assert "1 household has ordered: its order is final." in words
    assert "1 sheet isn&#x27;t confirmed" in words
    post(by, "closing", round.pk)
    assert reread(round).closes_at <= timezone.now()
    answer = post(by, "closing", round.pk)
    assert (answer.status_code, answer.context["form"].non_field_errors()) == (
        422,
        ["Only an open group order can be closed."],
    )


def test_closing_one_farm_leaves_the_others_open() -> None:
    round = cast.an_open_round(None, cast.a_catalog(products=1), cast.a_catalog(products=1))
    first = round.stalls.order_by("pk")[0]
    by = cast.the_coordinator(round)
    post(by, "stall_closing", first.pk)
    assert list(round.stalls.order_by("pk").values_list("state", flat=True)) == ["closed", "open"]
    assert post(by, "stall_closing", first.pk).context["form"].non_field_errors() == ["This farm isn't open."]


def test_closing_a_farm_below_its_minimum_says_what_follows() -> None:
    round = cast.an_open_round()
    Stall.objects.update(minimum_amount=50, below_minimum="drop")
    path = reverse("deliveries:stall_closing", args=[round.stalls.get().pk])
    assert "it will be called off" in signed_in(cast.the_coordinator(round)).get(path).content.decode()


@pytest.mark.parametrize(("decision", "state"), [("deliver", "closed"), ("drop", "dropped")])
def test_deciding_on_a_farm_below_its_minimum(decision: str, state: str) -> None:
    stall = a_waiting_stall()
    by = cast.the_coordinator(stall.round)
    for wrong in ("", "perhaps"):
        assert post(by, "minimum_decision", stall.pk, decision=wrong).status_code == 422
    post(by, "minimum_decision", stall.pk, decision=decision)
    assert Stall.objects.get(pk=stall.pk).state == state
    answer = post(by, "minimum_decision", stall.pk, decision=decision)
    assert "isn't waiting" in answer.context["form"].non_field_errors()[0]


# Closed is not final


def test_moving_to_another_day_and_place() -> None:
    round = a_closed_round()
    by, place = cast.the_coordinator(round), cast.a_place(round.neighbourhood, "École")
    start = (round.delivery_starts_at + timedelta(days=1)).astimezone(round.neighbourhood.zone)
    start = start.replace(hour=17, minute=0, second=0, microsecond=0)
    times = when("delivery", start, round, ends=start + timedelta(hours=2))
    elsewhere: Place = cast.a_place(cast.a_neighbourhood("Ailleurs"))
    for wrong in ({"reason": ""}, {"place": elsewhere.pk}, {"delivery_until": "16:00"}, {"delivery_day": "2020-01-01"}):
        asked = times | {"place": place.pk, "reason": "neige"} | wrong
        answer = post(by, "move", round.pk, **asked)
        assert (answer.status_code, list(answer.context["form"].errors)) == (422, list(wrong))
    post(by, "move", round.pk, place=place.pk, reason="neige", **times)
    moved = reread(round)
    assert (moved.place, moved.delivery_starts_at, moved.delivery_ends_at - start) == (place, start, timedelta(hours=2))
    assert Transition.objects.get(kind="moved").reason == "neige"


def test_calling_the_round_off_needs_a_reason() -> None:
    round = a_closed_round()
    by = cast.the_coordinator(round)
    words = signed_in(by).get(reverse("deliveries:cancellation", args=[round.pk])).content.decode()
    assert "1 household with an order gets a mail." in words and "1 pick list is revised." in words
    assert post(by, "cancellation", round.pk, reason="").status_code == 422
    post(by, "cancellation", round.pk, reason="neige")
    assert reread(round).state == Round.State.CANCELLED
    assert post(by, "cancellation", round.pk, reason="neige").status_code == 422


def test_calling_one_farm_off() -> None:
    round = cast.an_open_round()
    stall, by = round.stalls.get(), cast.the_coordinator(round)
    post(by, "stall_dropping", stall.pk, reason="panne")
    assert Stall.objects.get(pk=stall.pk).state == Stall.State.DROPPED
    answer = post(by, "stall_dropping", stall.pk, reason="panne")
    assert "no longer part" in answer.context["form"].non_field_errors()[0]


def test_correcting_a_line() -> None:
    round = a_closed_round()
    by, order, offer = cast.the_coordinator(round), round.orders.get(), cast.offers_of(round)[0]
    path = reverse("deliveries:line_correction", args=[order.pk])
    page = signed_in(by).get(f"{path}?offer={offer.pk}").content.decode()
    assert f'<option value="{offer.pk}" selected>' in page
    wrong: list[dict[str, Any]] = [{"quantity": "-1"}, {"quantity": "x"}, {"reason": ""}, {"offer": 0}, {"cause": ""}]
    for field in wrong:
        asked = {"offer": offer.pk, "quantity": "1", "reason": "cassé", "cause": "missing"} | field
        answer = post(by, "line_correction", order.pk, **asked)
        assert (answer.status_code, list(answer.context["form"].errors)) == (422, list(field))
    post(by, "line_correction", order.pk, offer=offer.pk, quantity="1", reason="cassé", cause="missing")
    line = OrderLine.objects.get(order=order, offer=offer)
    assert (int(line.quantity), int(line.counted_now)) == (2, 1)
    answer = post(by, "line_correction", order.pk, offer=offer.pk, quantity="5", reason="encore")
    assert "has to agree" in answer.context["form"].non_field_errors()[0]
    for user, status in ((cast.a_member(round.neighbourhood), 403), (cast.a_user(), 404)):
        assert signed_in(user).post(path).status_code == status


def test_while_a_farm_is_open_there_is_nothing_to_correct() -> None:
    round = cast.an_open_round()
    order = cast.an_order(round, cast.a_household(round.neighbourhood), {cast.offers_of(round)[0]: 1})
    answer = post(
        cast.the_coordinator(round), "line_correction", order.pk,
        offer=cast.offers_of(round)[0].pk, quantity="2", reason="non",
    )  # fmt: skip
    assert (answer.status_code, list(answer.context["form"].errors)) == (422, ["offer"])


# Mails


def test_a_mail_is_sent_again() -> None:
    round = cast.a_proposed_round()
    by, mail = cast.the_coordinator(round), OutgoingMail.objects.get()
    OutgoingMail.objects.update(failed_at=timezone.now())
    post(by, "mail_sending", round.pk, mail.pk)
    assert OutgoingMail.objects.get(key=f"{mail.key}/2").recipient == mail.recipient


def test_only_the_rounds_own_mails_and_never_one_with_a_secret() -> None:
    round, other = cast.a_proposed_round(), cast.a_proposed_round()
    by = cast.the_coordinator(round)
    strange = OutgoingMail.objects.get(about=f"round:{other.pk}")
    assert post(by, "mail_sending", round.pk, strange.pk).status_code == 404
    own = OutgoingMail.objects.get(about=f"round:{round.pk}")
    OutgoingMail.objects.filter(pk=own.pk).update(secret=True)
    assert post(by, "mail_sending", round.pk, own.pk).status_code == 404
    OutgoingMail.objects.filter(pk=own.pk).update(secret=False)
    for user, status in ((cast.a_member(round.neighbourhood), 404), (cast.a_user(), 404)):
        assert post(user, "mail_sending", round.pk, own.pk).status_code == status
    path = reverse("deliveries:mail_sending", args=[round.pk, own.pk])
    assert signed_in(by).get(path).status_code == 405
    assert OutgoingMail.objects.count() == 2


def test_a_round_that_is_called_off_cannot_be_moved_by_a_page_left_open() -> None:
    round = a_closed_round()
    by, place = cast.the_coordinator(round), cast.a_place(round.neighbourhood, "École")
    correcting.call_off_round(round, by=by, reason="neige")
    start = round.delivery_starts_at.astimezone(round.neighbourhood.zone).replace(hour=12)
    times = when("delivery", start + timedelta(days=1), round, ends=start + timedelta(days=1, hours=1))
    answer = post(by, "move", round.pk, place=place.pk, reason="neige", **times)
    assert answer.context["form"].non_field_errors() == ["This group order can't be moved any more."]
