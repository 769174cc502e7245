"""When a group order opens, each member who takes such mails is told, once."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from cagette import composing
from cagette.models import OutgoingMail, User
from deliveries import closing, correcting
from orders import announcing, preferences, rounds
from orders.models import Membership, Neighbourhood, Round, Stall
from tests import cast
from tests.orders.sheets import statements

pytestmark = pytest.mark.django_db


@pytest.fixture
def neighbourhood() -> Neighbourhood:
    return cast.a_neighbourhood()


@pytest.fixture
def coordinator(neighbourhood: Neighbourhood) -> User:
    """Whoever coordinates is told like everybody else; in these tests it is declined, to leave the others to count."""
    user = cast.a_coordinator(neighbourhood)
    Membership.objects.filter(user=user).update(mail_openings=False)
    return user


@pytest.fixture
def round(neighbourhood: Neighbourhood, coordinator: User) -> Round:
    return opened(cast.an_upcoming_round(neighbourhood, by=coordinator))


def opened(round: Round) -> Round:
    rounds.open_now(round, by=cast.the_coordinator(round))
    return Round.objects.get(pk=round.pk)


def tick() -> int:
    return sum(announcing.announce(pk) for pk in announcing.due_rounds())


def openings() -> list[OutgoingMail]:
    return list(OutgoingMail.objects.filter(key__startswith="opening:").order_by("pk"))


def test_nobody_is_told_before_it_opens(neighbourhood: Neighbourhood, coordinator: User) -> None:
    cast.a_member(neighbourhood)
    proposed = cast.a_proposed_round(neighbourhood, by=coordinator)
    upcoming = cast.an_upcoming_round(neighbourhood, by=coordinator)
    assert tick() == 0
    assert [announcing.announce(each.pk) for each in (proposed, upcoming)] == [0, 0]


def test_when_the_clock_opens_it_each_member_is_told_once(neighbourhood: Neighbourhood, coordinator: User) -> None:
    ana, bruno = (cast.a_member(neighbourhood, name) for name in ("Ana", "Bruno"))
    cast.a_member(name="Voisin d'ailleurs")
    round = cast.an_upcoming_round(neighbourhood, by=coordinator)
    Round.objects.filter(pk=round.pk).update(opens_at=timezone.now() - timedelta(seconds=1))
    assert (tick(), tick()) == (2, 0)
    assert [mail.recipient for mail in openings()] == [ana.email, bruno.email]
    assert Round.objects.get(pk=round.pk).announced_at is not None


def test_opened_by_hand_it_is_told_as_well(neighbourhood: Neighbourhood, round: Round) -> None:
    cast.a_member(neighbourhood)
    assert announcing.due_rounds() == [round.pk]
    assert (announcing.announce(round.pk), announcing.announce(round.pk)) == (1, 0)


def test_who_joins_later_has_seen_it(neighbourhood: Neighbourhood, round: Round) -> None:
    assert tick() == 0
    cast.a_member(neighbourhood)
    assert tick() == 0


@pytest.mark.parametrize(
    "left_out",
    [
        {"mail_openings": False},
        {"state": "left"},
        {"state": "pending"},
        {"user__is_active": False},
        {"user__scrubbed_at": timezone.now()},
        {"household__left_at": timezone.now()},
    ],
)
def test_who_takes_no_such_mails_gets_none(
    neighbourhood: Neighbourhood, round: Round, left_out: dict[str, Any]
) -> None:
    membership = Membership.objects.get(user=cast.a_member(neighbourhood))
    for path, value in left_out.items():
        of, _, field = path.rpartition("__")
        thing = getattr(membership, of) if of else membership
        setattr(thing, field, value)
        thing.save()
    assert tick() == 0


def test_everybody_of_a_household_in_their_language_and_nobody_twice(
    neighbourhood: Neighbourhood, round: Round
) -> None:
    ana = cast.a_member(neighbourhood, "Ana")
    cast.a_membership(cast.the_household(ana), cast.a_user("Gina", language="it"))
    cast.a_membership(cast.a_household(neighbourhood, "Gîte"), ana)
    assert tick() == 2
    assert [mail.language for mail in openings()] == ["fr", "it"]


def test_it_says_until_when_where_and_of_which_farms(neighbourhood: Neighbourhood, coordinator: User) -> None:
    cast.a_member(neighbourhood)
    bread, cheese = (
        cast.a_catalog(cast.a_producer(name), products=1) for name in ("Fournil du Melezin", "Chèvrerie des Ayes")
    )
    round = cast.a_proposed_round(neighbourhood, bread, cheese, by=coordinator, note="Sacs solides.")
    earlier = round.closes_at - timedelta(hours=20)
    for stall in round.stalls.all():
        closes_at, word = (earlier, "La pâte lève la veille.") if stall.catalog_id == bread.pk else (None, "")
        rounds.accept(stall, by=coordinator, how=Stall.Channel.PHONE, closes_at=closes_at, word=word)
    rounds.publish(round, by=coordinator)
    opened(round)
    assert tick() == 1
    (mail,) = openings()
    assert mail.about == f"round:{round.pk}"
    said = composing.text_of(mail)
    assert said.subject.startswith("Commandes ouvertes jusqu’au ")
    assert round.place.name in said.subject
    for text in (said.text, said.html):
        assert f"/rounds/{round.pk}/" in text
        assert text.index("Chèvrerie des Ayes") < text.index("Fournil du Melezin")
        assert text.count("clôture plus tôt") == 1
        assert "La pâte lève la veille." in text
        assert "Sacs solides." in text


def test_how_to_get_in_is_for_those_who_order(neighbourhood: Neighbourhood, round: Round) -> None:
    cast.a_member(neighbourhood)
    round.place.access = "Code 4711, au fond de la cour"
    round.place.save()
    tick()
    assert "4711" not in str(openings()[0].data)


def test_an_unlisted_group_is_led_by_its_link(neighbourhood: Neighbourhood, round: Round) -> None:
    Neighbourhood.objects.update(listed=False)
    cast.a_member(neighbourhood)
    tick()
    assert f"/rounds/{round.pk}/?link={round.share_token}" in str(composing.compose(openings()[0]).body)


def test_it_is_declined_by_one_click(neighbourhood: Neighbourhood, round: Round) -> None:
    membership = Membership.objects.get(user=cast.a_member(neighbourhood))
    tick()
    link = preferences.links(membership.pk, "openings")["unsubscribe_link"]
    assert composing.compose(openings()[0]).extra_headers["List-Unsubscribe"] == f"<{link}>"


def test_without_a_farm_to_order_from_it_waits(neighbourhood: Neighbourhood, round: Round) -> None:
    cast.a_member(neighbourhood)
    Stall.objects.filter(round=round).update(state=Stall.State.DROPPED)
    assert tick() == 0
    late = cast.a_catalog(products=1)
    stall = rounds.invite(round, late, by=cast.the_coordinator(round))
    rounds.accept(stall, by=cast.the_coordinator(round), how=Stall.Channel.PHONE)
    assert tick() == 1


def test_after_the_close_it_is_too_late(neighbourhood: Neighbourhood, round: Round) -> None:
    cast.a_member(neighbourhood)
    cast.let_the_deadline_pass(round)
    assert (tick(), announcing.announce(round.pk)) == (0, 0)


@pytest.mark.parametrize("over", ["called off", "closed"])
def test_what_has_not_left_by_the_end_does_not_leave(neighbourhood: Neighbourhood, round: Round, over: str) -> None:
    """The mail server was away: a mail that invites to order what is over would be worse than none."""
    cast.a_member(neighbourhood)
    tick()
    if over == "called off":
        correcting.call_off_round(round, by=cast.the_coordinator(round), reason="Neige")
    else:
        cast.let_the_deadline_pass(round)
        for stall in round.stalls.all():
            closing.close(stall.pk)
        closing.close_round(round.pk)
    assert [mail.state for mail in openings()] == ["superseded"]


@pytest.mark.parametrize("members", [1, 12])
def test_as_many_statements_for_one_as_for_twelve(neighbourhood: Neighbourhood, round: Round, members: int) -> None:
    for n in range(members):
        cast.a_member(neighbourhood, f"Foyer {n}")
    with statements(at_most=1):
        assert announcing.due_rounds() == [round.pk]
    with statements(at_most=8):
        assert announcing.announce(round.pk) == members
