"""Who filled in and hasn't confirmed is reminded a day and two hours before the close."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from cagette import composing
from cagette.models import OutgoingMail, User
from orders import reminding
from orders.models import Household, Offer, Order, Round, Stall
from tests import cast
from tests.orders.sheets import save, statements

pytestmark = pytest.mark.django_db


@pytest.fixture
def round() -> Round:
    return cast.an_open_round(cast.a_neighbourhood())


def closing_in(round: Round, **left: float) -> None:
    cast.let_the_deadline_pass(round, by=-timedelta(**left))


def a_sheet(round: Round, household: Household, quantity: int = 2) -> Order:
    """Filled in an hour ago."""
    order = cast.a_sheet(round, household, {cast.offers_of(round)[0]: quantity})
    Order.objects.filter(pk=order.pk).update(filled_at=timezone.now() - timedelta(hours=1))
    return order


def reminders() -> list[OutgoingMail]:
    return list(OutgoingMail.objects.filter(key__startswith="reminder:").order_by("pk"))


def test_nobody_is_reminded_days_before(round: Round, household: Household) -> None:
    a_sheet(round, household)
    assert reminding.remind() == 0


def test_a_day_and_two_hours_before_each_once(round: Round, household: Household) -> None:
    order = a_sheet(round, household)
    closing_in(round, hours=23)
    assert (reminding.remind(), reminding.remind()) == (1, 0)
    Round.objects.update(closes_at=round.closes_at)
    Stall.objects.update(closes_at=Stall.objects.get().closes_at - timedelta(hours=21, minutes=30))
    assert (reminding.remind(), reminding.remind()) == (1, 0)
    assert [mail.key.rsplit(":", 2)[0] for mail in reminders()] == [
        f"reminder:{order.pk}:24h",
        f"reminder:{order.pk}:2h",
    ]


def test_in_the_last_two_hours_there_is_one_reminder_only(round: Round, household: Household) -> None:
    a_sheet(round, household)
    closing_in(round, hours=1)
    assert (reminding.remind(), reminding.remind()) == (1, 0)
    assert ":2h:" in reminders()[0].key


def test_after_the_close_it_is_too_late(round: Round, household: Household) -> None:
    a_sheet(round, household)
    closing_in(round, minutes=-1)
    assert reminding.remind() == 0


def test_who_has_confirmed_is_left_in_peace(round: Round, household: Household) -> None:
    cast.an_order(round, household, {cast.offers_of(round)[0]: 2})
    Order.objects.update(filled_at=timezone.now() - timedelta(hours=1))
    closing_in(round, hours=1)
    assert reminding.remind() == 0


def test_what_was_added_to_an_order_is_reminded_with_its_amount(round: Round, user: User, household: Household) -> None:
    offer = cast.offers_of(round)[0]
    cast.an_order(round, household, {offer: 2})
    save(user, round, household, offer, 3, seen=2)
    Order.objects.update(filled_at=timezone.now() - timedelta(hours=1))
    closing_in(round, hours=1)
    assert reminding.remind() == 1
    data = reminders()[0].data
    assert (data["ordered"], data["sums"]["amount"], data["lines"]) == (
        True,
        "13.50",
        [{"name": offer.name, "quantity": "3"}],
    )


def test_who_is_still_filling_is_not_disturbed(round: Round, user: User, household: Household) -> None:
    save(user, round, household, cast.offers_of(round)[0], 1)
    closing_in(round, hours=1)
    assert reminding.remind() == 0


def test_the_first_farm_to_close_is_what_counts(round: Round, household: Household) -> None:
    a_sheet(round, household)
    Stall.objects.filter(round=round).update(closes_at=timezone.now() + timedelta(hours=20))
    assert reminding.remind() == 1
    assert ":24h:" in reminders()[0].key


def test_what_can_not_be_ordered_any_more_is_not_reminded(round: Round, household: Household) -> None:
    a_sheet(round, household)
    closing_in(round, hours=1)
    Offer.objects.update(withdrawn_at=timezone.now())
    assert reminding.remind() == 0
    Offer.objects.update(withdrawn_at=None)
    Stall.objects.update(state="closed", closed_at=timezone.now())
    assert reminding.remind() == 0


@pytest.mark.parametrize(
    "left_out",
    [{"mail_reminders": False}, {"state": "left"}, {"user__is_active": False}, {"user__scrubbed_at": timezone.now()}],
)
def test_who_takes_no_reminders_gets_none(round: Round, household: Household, left_out: dict[str, Any]) -> None:
    a_sheet(round, household)
    closing_in(round, hours=1)
    membership = household.memberships.get()
    for field, value in left_out.items():
        thing = membership.user if field.startswith("user__") else membership
        setattr(thing, field.removeprefix("user__"), value)
        thing.save()
    assert reminding.remind() == 0


def test_everybody_in_the_household_is_reminded_in_their_language(round: Round, household: Household) -> None:
    cast.a_membership(household, cast.a_user("Gina", language="it"))
    a_sheet(round, household)
    closing_in(round, hours=1)
    assert reminding.remind() == 2
    assert sorted(mail.language for mail in reminders()) == ["fr", "it"]


def test_a_household_without_login_gets_none(round: Round) -> None:
    a_sheet(round, cast.a_household(round.neighbourhood, "Sans téléphone"))
    closing_in(round, hours=1)
    assert reminding.remind() == 0


def test_the_mail_leads_to_the_button_in_one_tap_and_names_day_and_place(round: Round, household: Household) -> None:
    a_sheet(round, household)
    closing_in(round, hours=1)
    reminding.remind()
    mail = reminders()[0]
    assert mail.about == f"round:{round.pk}"
    said = composing.compose(mail)
    text = str(said.body)
    assert f"/rounds/{round.pk}/recap/?household={household.pk}" in text
    assert round.place.name in said.subject
    assert "9,00" in text
    assert mail.data["sums"]["amount"] == "9.00"


@pytest.mark.parametrize("rows", [1, 5])
def test_as_many_statements_for_one_as_for_five(rows: int) -> None:
    for _n in range(rows):
        round = cast.an_open_round(cast.a_neighbourhood())
        a_sheet(round, cast.the_household(cast.a_member(round.neighbourhood)))
        closing_in(round, hours=1)
    with statements(at_most=5):
        assert reminding.remind() == rows


def test_no_batch_leaves_anybody_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reminding, "BATCH", 2)
    round = cast.an_open_round(cast.a_neighbourhood())
    for name in ("Un", "Deux", "Trois", "Quatre", "Cinq"):
        a_sheet(round, cast.the_household(cast.a_member(round.neighbourhood, name)))
    closing_in(round, hours=1)
    assert (reminding.remind(), reminding.remind()) == (5, 0)
