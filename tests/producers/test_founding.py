from __future__ import annotations

import pytest

from cagette.errors import NotAllowed
from cagette.models import OutgoingMail, User
from producers import founding
from producers.models import PickListRecipient, Producer, ProducerMember
from tests import cast

pytestmark = pytest.mark.django_db
Role = ProducerMember.Role


def team(producer: Producer) -> set[tuple[str, str]]:
    return set(producer.members.values_list("user__email", "role"))


def test_whoever_founds_a_farm_owns_it_and_gets_its_pick_lists() -> None:
    ana = cast.a_user("Ana", language="it")
    farm = founding.found(name="Ferme des Marmottes", by=ana)
    assert (farm.slug, farm.created_by) == ("ferme-des-marmottes", ana)
    assert team(farm) == {(ana.email, "owner")}
    assert list(PickListRecipient.objects.values_list("producer", "email", "language")) == [(farm.pk, ana.email, "it")]


def test_a_farm_founded_for_somebody_else_has_an_editor_and_no_address() -> None:
    ana = cast.a_user("Ana")
    farm = founding.found(name="Le Rucher", by=ana, role=Role.EDITOR)
    assert team(farm) == {(ana.email, "editor")}
    assert not farm.pick_list_recipients.exists()


@pytest.mark.parametrize(
    ("name", "slug"),
    [("Ferme d'en Haut", "ferme-den-haut-2"), ("new", "new-2"), ("日本", "farm"), ("é" * 120, "e" * 120)],
)
def test_each_farm_has_an_address_of_its_own(name: str, slug: str) -> None:
    founding.found(name="Ferme d'en Haut", by=cast.a_user())
    assert founding.found(name=name, by=cast.a_user()).slug == slug


def test_somebody_without_an_account_joins_the_team_and_is_told_by_mail() -> None:
    ana = cast.a_user("Ana")
    farm = founding.found(name="Le Rucher", by=ana)
    founding.add_member(farm, email="Paul@Example.org ", role=Role.EDITOR, by=ana)
    assert team(farm) == {(ana.email, "owner"), ("paul@example.org", "editor")}
    assert not User.objects.get(email="paul@example.org").has_usable_password()
    assert list(OutgoingMail.objects.values_list("recipient", "template")) == [
        ("paul@example.org", "producers/mail/team")
    ]


def test_adding_somebody_twice_writes_one_mail_and_takes_the_new_role() -> None:
    ana, paul = cast.a_user("Ana"), cast.a_user("Paul")
    farm = founding.found(name="Le Rucher", by=ana)
    founding.add_member(farm, email=paul.email, role=Role.EDITOR, by=ana)
    founding.add_member(farm, email=paul.email, role=Role.OWNER, by=ana)
    assert team(farm) == {(ana.email, "owner"), (paul.email, "owner")}
    assert OutgoingMail.objects.count() == 1


def test_an_editor_adds_people_only_until_the_farm_has_an_owner() -> None:
    ana, paul, lea = cast.a_user("Ana"), cast.a_user("Paul"), cast.a_user("Léa")
    farm = founding.found(name="Le Rucher", by=ana, role=Role.EDITOR)
    founding.add_member(farm, email=paul.email, role=Role.OWNER, by=ana)
    assert list(farm.pick_list_recipients.values_list("email", flat=True)) == [paul.email]
    with pytest.raises(NotAllowed):
        founding.add_member(farm, email=lea.email, role=Role.EDITOR, by=ana)
    assert team(farm) == {(ana.email, "editor"), (paul.email, "owner")}


def test_a_farm_never_loses_its_last_owner_nor_its_last_member() -> None:
    ana, paul = cast.a_user("Ana"), cast.a_user("Paul")
    farm = founding.found(name="Le Rucher", by=ana)
    owner = farm.members.get()
    with pytest.raises(founding.LastMember):
        founding.remove_member(owner, by=ana)
    founding.add_member(farm, email=paul.email, role=Role.EDITOR, by=ana)
    with pytest.raises(founding.LastMember):
        founding.remove_member(owner, by=ana)
    founding.remove_member(farm.members.get(user=paul), by=paul)
    assert team(farm) == {(ana.email, "owner")}


def test_an_editor_removes_nobody_else() -> None:
    ana, paul = cast.a_user("Ana"), cast.a_user("Paul")
    farm = founding.found(name="Le Rucher", by=ana)
    founding.add_member(farm, email=paul.email, role=Role.EDITOR, by=ana)
    with pytest.raises(NotAllowed):
        founding.remove_member(farm.members.get(user=ana), by=paul)
    assert farm.members.count() == 2


def test_recipients_become_exactly_those_named() -> None:
    farm = cast.a_producer()
    kept = farm.pick_list_recipients.get()
    founding.set_recipients(farm, ["new@example.org", kept.email.upper()], language="it")
    assert set(farm.pick_list_recipients.values_list("pk", "email", "language")) >= {(kept.pk, kept.email, "fr")}
    assert set(farm.pick_list_recipients.values_list("email", "language")) == {
        (kept.email, "fr"),
        ("new@example.org", "it"),
    }
    founding.set_recipients(farm, [], language="fr")
    assert not farm.pick_list_recipients.exists()


def test_whoever_leaves_the_team_gets_no_more_pick_lists() -> None:
    ana, paul = cast.a_user("Ana"), cast.a_user("Paul")
    farm = founding.found(name="Le Rucher", by=ana)
    founding.add_member(farm, email=paul.email, role=Role.OWNER, by=ana)
    founding.set_recipients(farm, [ana.email, paul.email], language="fr")
    founding.remove_member(farm.members.get(user=ana), by=paul)
    assert list(farm.pick_list_recipients.values_list("email", flat=True)) == [paul.email]
