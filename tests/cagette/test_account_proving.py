"""Proving once more that it is oneself: by a code sent to one's address, once, in time, within three tries."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest
from allauth.mfa.models import Authenticator
from django.core.cache import cache
from django.test import Client

from cagette.composing import text_of
from cagette.models import OutgoingMail, User
from tests.cast import a_user
from tests.orders.sheets import signed_in

pytestmark = pytest.mark.django_db

PROOF, CODE = "/accounts/proof/", "/accounts/proof/code/"


@pytest.fixture(autouse=True)
def no_limits_used_up() -> Iterator[None]:
    cache.clear()
    yield
    cache.clear()


@pytest.fixture
def user() -> User:
    return a_user()


@pytest.fixture
def client(user: User) -> Client:
    return signed_in(user)


def the_code() -> str:
    code: str = OutgoingMail.objects.latest("pk").data["code"]
    return code


def proofs(client: Client) -> list[str]:
    records = client.session.get("account_authentication_methods", [])
    return [record["method"] for record in records if record.get("reauthenticated")]


def test_the_right_code_proves_it_and_leads_back(client: Client, user: User) -> None:
    client.post(CODE, {"next": "/orders/"})
    mail = OutgoingMail.objects.get()
    assert (mail.secret, mail.recipient, mail.priority) == (True, user.email, 0)
    assert the_code() in text_of(mail).text
    response = client.post(PROOF, {"code": the_code().lower(), "next": "/orders/"})
    assert (response.status_code, response["Location"], proofs(client)) == (302, "/orders/", ["code"])


def test_a_code_is_good_once(client: Client) -> None:
    client.post(CODE)
    code = the_code()
    client.post(PROOF, {"code": code})
    assert client.post(PROOF, {"code": code}).status_code == 422


def test_three_wrong_tries_end_it(client: Client) -> None:
    client.post(CODE)
    assert [client.post(PROOF, {"code": "WRONG1"}).status_code for _try in range(3)] == [422] * 3
    assert client.post(PROOF, {"code": the_code()}).status_code == 422
    assert proofs(client) == []


def test_a_code_ends_after_a_quarter_of_an_hour(client: Client) -> None:
    client.post(CODE)
    session = client.session
    session["proof"] = session["proof"] | {"at": time.time() - 16 * 60}
    session.save()
    assert client.post(PROOF, {"code": the_code()}).status_code == 422


def test_asking_for_many_codes_is_refused(client: Client) -> None:
    for _n in range(7):
        client.post(CODE)
    assert OutgoingMail.objects.count() == 5


@pytest.mark.parametrize("wrong", ["https://elsewhere.example/", "//elsewhere.example", "javascript:alert(1)"])
def test_it_leads_nowhere_else(client: Client, wrong: str) -> None:
    client.post(CODE)
    assert client.post(PROOF, {"code": the_code(), "next": wrong})["Location"] == "/accounts/profile/"


def test_a_mailbox_is_not_enough_for_who_has_a_second_step(client: Client, user: User) -> None:
    Authenticator.objects.create(user=user, type=Authenticator.Type.TOTP, data={"secret": "x"})
    assert client.get(PROOF)["Location"].startswith("/accounts/2fa/reauthenticate/")
