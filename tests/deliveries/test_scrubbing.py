"""Deleting an account: names and contacts go, amounts stay; what waits for it is named; nothing happens by halves."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from io import StringIO
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.apps import apps
from django.core.cache import cache
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import models
from django.test import Client
from django.utils import timezone

from cagette import mail
from cagette.models import OutgoingMail, User
from deliveries import closing, correcting, granting, pick_lists, scrubbing
from deliveries.models import Correction, PickList
from orders.models import (
    Favourite,
    Grant,
    Household,
    Membership,
    Order,
    OrderChange,
    OrderNote,
    OrderRequest,
    Round,
    RoundCoordinator,
    Transition,
)
from producers.models import ProducerMember
from tests import cast
from tests.orders.sheets import signed_in

pytestmark = pytest.mark.django_db

PAGE = "/accounts/deletion/"
NAME, PHONE, ADDRESS = "Ana Bellanger", "06 11 22 33 44", "ana.bellanger@example.org"


@pytest.fixture(autouse=True)
def no_limits_used_up() -> Iterator[None]:
    cache.clear()
    yield
    cache.clear()


@pytest.fixture
def user() -> User:
    """Ana, who has ordered and fetched, has corrected somebody's line, and has a passkey."""
    user = cast.a_user(NAME, email=ADDRESS, phone=PHONE)
    EmailAddress.objects.create(user=user, email=ADDRESS, verified=True, primary=True)
    Authenticator.objects.create(user=user, type=Authenticator.Type.WEBAUTHN, data={"name": "Téléphone"})
    neighbourhood = cast.a_neighbourhood()
    household = cast.a_household(neighbourhood, "Bellanger", phone=PHONE)
    cast.a_membership(household, user)
    round = cast.an_open_round(neighbourhood, cast.a_catalog(products=1))
    offer = cast.offers_of(round)[0]
    order = cast.an_order(round, household, {offer: 2})
    cast.let_the_deadline_pass(round)
    closing.close(round.stalls.get().pk)
    closing.close_round(round.pk)
    OrderNote.objects.create(order=order, stall=offer.stall, text="Pour Mme Bellanger", by=user)
    Favourite.objects.create(household=household, product=offer.product)
    correcting.correct_line(order, offer, Decimal(1), by=user, reason="Mme Bellanger a appelé", cause="not_wanted")
    granting.offer_more(order, offer, Decimal(1), by=user, reason="Mme Bellanger le voudrait")
    cast.shift(round, -timedelta(days=6))
    return user


def traces(*words: str) -> set[str]:
    """Where in the database any of these words still stands, in text or JSON."""
    found = set()
    for model in apps.get_models():
        for field in model._meta.concrete_fields:
            if isinstance(field, (models.CharField, models.TextField, models.JSONField)):
                for value in model._default_manager.values_list(field.name, flat=True):
                    if any(word in str(value) for word in words):
                        found.add(f"{model._meta.label}.{field.name}")
    return found


def test_names_and_contacts_go_and_only_frozen_papers_keep_them(user: User) -> None:
    OutgoingMail.objects.exclude(recipient=ADDRESS).delete()
    assert "orders.Household.name" in traces("Bellanger", PHONE, ADDRESS)
    scrubbing.scrub(user)
    papers = {f"deliveries.{paper}.{field}" for paper in ("PickList", "SignOffSheet") for field in ("rows", "reason")}
    assert traces("Bellanger", PHONE, ADDRESS) == papers


def test_amounts_stay_under_the_pick_up_number(user: User) -> None:
    household = Household.objects.get(name="Bellanger")
    scrubbing.scrub(user)
    left = Household.objects.get(pk=household.pk)
    assert (left.name, left.phone, left.pick_up_number) == ("—", "", household.pick_up_number)
    line = Order.objects.get(household=household).lines.get()
    assert (line.allocated, line.unit_price) == (Decimal(1), Decimal("4.50"))


def test_the_account_is_empty_and_nobody_can_enter_it(user: User) -> None:
    client = signed_in(user)
    scrubbing.scrub(user)
    gone = User.objects.get(pk=user.pk)
    assert (gone.name, gone.phone, gone.is_active, gone.has_usable_password()) == ("", "", False, False)
    assert gone.email == f"gone-{user.pk}@scrubbed.invalid"
    assert gone.scrubbed_at is not None
    assert [EmailAddress.objects.count(), Authenticator.objects.count()] == [0, 0]
    assert client.get("/accounts/profile/").status_code == 302


def test_the_address_is_free_again(user: User) -> None:
    scrubbing.scrub(user)
    assert cast.a_user(NAME, email=ADDRESS).pk != user.pk


def test_history_stays_without_who_made_it(user: User) -> None:
    before = OrderChange.objects.count()
    scrubbing.scrub(user)
    assert OrderChange.objects.count() == before
    assert not OrderChange.objects.filter(by=user).exists()
    assert not OrderRequest.objects.filter(by=user).exists()
    correction = Correction.objects.get()
    assert (correction.by, correction.reason) == (None, "")
    grant = Grant.objects.get()
    assert (grant.offered_by, grant.reason) == (None, "")


def test_what_they_did_as_coordinator_stays_without_their_name(user: User) -> None:
    round = cast.an_open_round(by=user)
    closing.close(round.stalls.get().pk, by=user)
    pick_lists.resend(PickList.objects.latest("pk"), by=user)
    closing.close_round(round.pk)
    cast.shift(round, -timedelta(days=6))
    kept = list(Transition.objects.order_by("pk").values_list("kind", "how", "reason"))
    scrubbing.scrub(user)
    assert list(Transition.objects.order_by("pk").values_list("kind", "how", "reason")) == kept
    assert not Transition.objects.filter(by=user).exists()
    assert not OutgoingMail.objects.filter(asked_by=user).exists()


def test_pick_lists_stay_as_they_were_printed(user: User) -> None:
    before = list(PickList.objects.order_by("pk").values_list("rows", flat=True))
    scrubbing.scrub(user)
    assert list(PickList.objects.order_by("pk").values_list("rows", flat=True)) == before


def test_mails_that_have_not_left_never_do(user: User) -> None:
    OutgoingMail.objects.filter(recipient=ADDRESS).update(sent_at=timezone.now(), subject="Votre cagette")
    mail.queue([mail.Draft("reminder:1:" + ADDRESS, "cagette/mail/no_account", {"name": NAME}, ADDRESS)])
    scrubbing.scrub(user)
    mine = OutgoingMail.objects.filter(recipient=f"gone-{user.pk}@scrubbed.invalid")
    assert set(mine.values_list("subject", flat=True)) == {""}
    assert [each.data for each in mine if each.data or each.erased_at is None] == []
    assert sorted({each.state for each in mine}) == ["sent", "superseded"]
    assert mine.get(superseded_at__isnull=False).key == f"reminder:1:gone-{user.pk}@scrubbed.invalid"


def test_a_household_in_which_others_order_keeps_its_name(user: User) -> None:
    household = Household.objects.get(name="Bellanger")
    other = cast.a_membership(household, cast.a_user("Jo")).user
    scrubbing.scrub(user)
    household.refresh_from_db()
    assert (household.name, household.left_at) == ("Bellanger", None)
    scrubbing.scrub(other)
    household.refresh_from_db()
    assert household.name == "—"


def test_twice_is_once(user: User) -> None:
    scrubbing.scrub(user)
    at = User.objects.get(pk=user.pk).scrubbed_at
    scrubbing.scrub(user)
    assert User.objects.get(pk=user.pk).scrubbed_at == at


# What waits for it


def about(user: User) -> list[str]:
    return [obstacle.about for obstacle in scrubbing.obstacles(user)]


def refused(user: User) -> None:
    """Nothing is deleted, and nothing is left either."""
    memberships = list(Membership.objects.order_by("pk").values_list("state", flat=True))
    with pytest.raises(scrubbing.StillNeeded):
        scrubbing.scrub(user)
    assert User.objects.get(pk=user.pk).scrubbed_at is None
    assert list(Membership.objects.order_by("pk").values_list("state", flat=True)) == memberships


def test_nothing_stands_against_it(user: User) -> None:
    assert about(user) == []


def test_an_order_to_collect_does(user: User) -> None:
    cast.shift(Round.objects.get(), timedelta(days=12))
    assert about(user) == [f"Bellanger, {Household.objects.get(name='Bellanger').neighbourhood}"]
    refused(user)


def test_a_round_one_runs_alone_does(user: User) -> None:
    round = cast.an_open_round(cast.the_household(user).neighbourhood, by=user)
    assert len(about(user)) == 1
    refused(user)
    RoundCoordinator.objects.create(round=round, user=cast.a_user("Rey"))
    assert about(user) == []


def test_a_group_one_coordinates_alone_does(user: User) -> None:
    Membership.objects.filter(user=user).update(role=Membership.Role.COORDINATOR)
    neighbourhood = cast.the_household(user).neighbourhood
    assert len(about(user)) == 1
    refused(user)
    cast.a_coordinator(neighbourhood, "Rey")
    assert about(user) == []


def test_a_farm_one_owns_alone_does(user: User) -> None:
    farm = cast.a_producer("Le Rucher")
    ProducerMember.objects.create(producer=farm, user=user)
    assert about(user) == ["Le Rucher"]
    refused(user)
    cast.a_farmer(farm, "Mina")
    scrubbing.scrub(user)
    assert ProducerMember.objects.filter(user=user).count() == 0


def test_the_last_of_the_staff_stays() -> None:
    boss = cast.a_staff_user()
    refused(boss)
    cast.a_staff_user("Rey")
    scrubbing.scrub(boss)


# The page


def proved(client: Client) -> Client:
    client.post("/accounts/proof/code/", {"next": PAGE})
    client.post("/accounts/proof/", {"code": OutgoingMail.objects.latest("pk").data["code"], "next": PAGE})
    return client


def posted(client: Client, **data: Any) -> tuple[int, str]:
    response = client.post(PAGE, data)
    return response.status_code, response.headers.get("Location", "")


def test_it_asks_who_one_is_before_it_deletes(user: User) -> None:
    client = signed_in(user)
    assert posted(client, sure="on") == (302, "/accounts/proof/?next=%2Faccounts%2Fdeletion%2F")
    assert User.objects.get(pk=user.pk).scrubbed_at is None
    assert posted(proved(client), sure="on") == (302, "/")
    assert User.objects.get(pk=user.pk).scrubbed_at is not None
    assert "_auth_user_id" not in client.session


def test_it_wants_the_box_ticked(user: User) -> None:
    assert posted(proved(signed_in(user))) == (422, "")
    assert User.objects.get(pk=user.pk).scrubbed_at is None


def test_it_says_what_has_to_be_done_first(user: User) -> None:
    farm = cast.a_producer("Le Rucher")
    ProducerMember.objects.create(producer=farm, user=user)
    client = proved(signed_in(user))
    page = client.get(PAGE).content.decode()
    assert f"/farms/{farm.slug}/team/" in page and '<form class="form"' not in page
    assert posted(client, sure="on") == (409, "")


# For staff, when somebody asks by letter


def test_staff_delete_an_account_by_its_address(user: User) -> None:
    call_command("forget", "Ana.Bellanger@example.org", stdout=StringIO())
    assert User.objects.get(pk=user.pk).scrubbed_at is not None
    with pytest.raises(CommandError, match="no account"):
        call_command("forget", ADDRESS)


def test_the_command_says_what_stands_against_it(user: User) -> None:
    ProducerMember.objects.create(producer=cast.a_producer("Le Rucher"), user=user)
    with pytest.raises(CommandError, match="Le Rucher"):
        call_command("forget", ADDRESS)
