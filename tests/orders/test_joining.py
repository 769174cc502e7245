"""How people come into a neighbourhood, into a household, and out again."""

from __future__ import annotations

import threading

import pytest
from django.db import connections
from django.test import Client
from django.utils import timezone

from cagette.errors import WrongState
from cagette.models import OutgoingMail
from orders import joining
from orders.models import Household, Membership, Neighbourhood, Round, RoundCoordinator
from tests.cast import (
    a_coordinator,
    a_household,
    a_member,
    a_membership,
    a_neighbourhood,
    a_staff_user,
    a_user,
    an_open_round,
    an_order,
    offers_of,
    shift,
    the_coordinator,
    the_household,
)

pytestmark = pytest.mark.django_db

ACTIVE, PENDING, LEFT = Membership.State.ACTIVE, Membership.State.PENDING, Membership.State.LEFT


def test_anyone_comes_into_an_open_neighbourhood_at_once_with_the_next_number() -> None:
    neighbourhood = a_neighbourhood()
    a_household(neighbourhood)
    membership = joining.join(neighbourhood, a_user("Rose"), name="Rostolan", phone="06 12 34 56 78")
    assert (membership.state, membership.household.pick_up_number, membership.household.phone) == (
        ACTIVE,
        2,
        "06 12 34 56 78",
    )


def test_joining_twice_is_joining_once() -> None:
    neighbourhood, user = a_neighbourhood(), a_user()
    assert joining.join(neighbourhood, user, name="Rostolan") == joining.join(neighbourhood, user, name="Other")
    assert Household.objects.get().name == "Rostolan"


@pytest.mark.django_db(transaction=True)
def test_two_clicks_at_once_make_one_household() -> None:
    neighbourhood, user = a_neighbourhood(), a_user()

    def click() -> None:
        joining.join(neighbourhood, user, name="Rostolan")
        connections.close_all()

    clicks = [threading.Thread(target=click) for _n in range(4)]
    for each in clicks:
        each.start()
    for each in clicks:
        each.join()
    assert Household.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_pick_up_numbers_are_allotted_once_however_many_join() -> None:
    neighbourhood = a_neighbourhood()
    users = [a_user() for _n in range(6)]

    def enter(user: object) -> None:
        joining.join(neighbourhood, user, name="Rostolan")  # type: ignore[arg-type]
        connections.close_all()

    people = [threading.Thread(target=enter, args=[user]) for user in users]
    for each in people:
        each.start()
    for each in people:
        each.join()
    assert sorted(Household.objects.values_list("pick_up_number", flat=True)) == [1, 2, 3, 4, 5, 6]


def test_where_a_coordinator_approves_one_asks_and_the_coordinators_are_told() -> None:
    neighbourhood = a_neighbourhood(joining=Neighbourhood.Joining.APPROVAL)
    coordinators = {a_coordinator(neighbourhood).email, a_coordinator(neighbourhood).email}
    user = a_user("Rose")
    membership = joining.join(neighbourhood, user, name="Rostolan")
    assert membership.state == PENDING
    assert joining.join(neighbourhood, user, name="Rostolan") == membership
    assert set(OutgoingMail.objects.values_list("recipient", flat=True)) == coordinators


def test_where_nobody_coordinates_staff_are_told() -> None:
    staff = a_staff_user()
    joining.join(a_neighbourhood(joining=Neighbourhood.Joining.APPROVAL), a_user(), name="Rostolan")
    assert OutgoingMail.objects.get().recipient == staff.email


def test_an_answer_is_mailed_and_given_once() -> None:
    neighbourhood = a_neighbourhood(joining=Neighbourhood.Joining.APPROVAL)
    coordinator = a_coordinator(neighbourhood)
    yes, no = (joining.join(neighbourhood, a_user(name), name=name) for name in ("Rose", "Jean"))
    joining.approve(yes, by=coordinator)
    joining.refuse(no, by=coordinator)
    with pytest.raises(WrongState):
        joining.refuse(yes, by=coordinator)
    states = {each.user.name: each.state for each in Membership.objects.filter(pk__in=[yes.pk, no.pk])}
    assert states == {"Rose": ACTIVE, "Jean": LEFT}
    assert set(OutgoingMail.objects.exclude(recipient=coordinator.email).values_list("recipient", "template")) == {
        (yes.user.email, "orders/mail/membership_approved"),
        (no.user.email, "orders/mail/membership_refused"),
    }


def test_by_invitation_only_the_link_opens() -> None:
    neighbourhood = a_neighbourhood(joining=Neighbourhood.Joining.INVITATION)
    user = a_user()
    with pytest.raises(joining.InvitationNeeded):
        joining.join(neighbourhood, user, name="Rostolan", token="guessed")
    assert joining.join(neighbourhood, user, name="Rostolan", token=neighbourhood.invitation_token).state == ACTIVE


def test_the_invitation_link_spares_the_approval_even_afterwards() -> None:
    neighbourhood = a_neighbourhood(joining=Neighbourhood.Joining.APPROVAL)
    user = a_user()
    asked = joining.join(neighbourhood, user, name="Rostolan")
    joined = joining.join(neighbourhood, user, name="Rostolan", token=neighbourhood.invitation_token)
    assert (joined.pk, joined.state) == (asked.pk, ACTIVE)


def test_a_new_invitation_link_ends_the_old_one(client: Client) -> None:
    neighbourhood = a_neighbourhood(listed=False)
    coordinator = a_coordinator(neighbourhood)
    old = f"/neighbourhoods/{neighbourhood.slug}/invitation/{neighbourhood.invitation_token}/"
    assert client.get(old).status_code == 200
    client.force_login(coordinator)
    client.post(f"/neighbourhoods/{neighbourhood.slug}/invitation/")
    client.logout()
    neighbourhood.refresh_from_db()
    assert client.get(old).status_code == 404
    assert client.get(old.rsplit("/", 2)[0] + f"/{neighbourhood.invitation_token}/").status_code == 200


def test_a_member_takes_somebody_into_the_household_by_a_link(client: Client) -> None:
    household = the_household(a_member())
    other = a_user("Jean")
    client.force_login(other)
    response = client.post(f"/households/invitations/{joining.household_token(household)}/")
    assert response.status_code == 302
    assert the_household(other) == household


def test_one_orders_for_one_household_in_a_neighbourhood() -> None:
    neighbourhood = a_neighbourhood()
    member = a_member(neighbourhood)
    with pytest.raises(joining.AlreadyThere, match="Ferrand"):
        joining.join_household(a_household(neighbourhood, "Rostolan"), member)


def test_a_forged_household_link_opens_nothing(client: Client) -> None:
    client.force_login(a_user())
    assert client.get("/households/invitations/12:guess:guess/").status_code == 404


def test_the_last_one_leaves_after_the_pick_up_of_what_was_ordered() -> None:
    neighbourhood = a_neighbourhood()
    member = a_member(neighbourhood)
    round = an_open_round(neighbourhood)
    an_order(round, the_household(member), {offers_of(round)[0]: 1})
    membership = Membership.objects.get(user=member)
    with pytest.raises(joining.StillOrdering):
        joining.leave(membership)
    shift(round, -(round.delivery_ends_at - round.opens_at) * 2)
    joining.leave(membership)
    membership.refresh_from_db()
    assert (membership.state, membership.household.left_at is not None) == (LEFT, True)


def test_one_of_two_may_leave_at_any_time_and_come_back() -> None:
    neighbourhood = a_neighbourhood()
    household = the_household(a_member(neighbourhood))
    second = a_membership(household)
    joining.leave(second)
    assert household.memberships.active().count() == 1
    assert joining.join_household(household, second.user) == second
    second.refresh_from_db()
    assert second.state == ACTIVE


def test_a_household_that_others_keep_is_not_come_back_to_uninvited() -> None:
    neighbourhood = a_neighbourhood()
    shared = a_household(neighbourhood)
    a_membership(shared)
    former = a_membership(shared, a_user("Former"))
    joining.leave(former)
    again = joining.join(neighbourhood, former.user, name="Alone")
    assert (again.household.name, again.state) == ("Alone", ACTIVE)
    former.refresh_from_db()
    assert former.state == LEFT


def test_who_runs_a_round_hands_it_over_before_leaving_and_sees_it_no_more() -> None:
    round = an_open_round()
    runner = the_coordinator(round)
    membership = Membership.objects.get(user=runner)
    with pytest.raises(joining.StillOrdering):
        joining.leave(membership)
    RoundCoordinator.objects.create(round=round, user=a_member(round.neighbourhood, "Next"))
    joining.leave(membership)
    assert not Round.objects.coordinated_by(runner).exists()


def test_a_household_left_in_the_moment_somebody_comes_into_it_is_not_left() -> None:
    household = a_household()
    Household.objects.filter(pk=household.pk).update(left_at=timezone.now())
    joining.join_household(household, a_user())
    assert Household.objects.get(pk=household.pk).left_at is None
