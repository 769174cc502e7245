"""Signing up and in: a code by mail, written as a row; the same answer for known and unknown addresses."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.core.cache import cache
from django.test import Client

from cagette.composing import text_of
from cagette.models import OutgoingMail, User
from tests.cast import a_user

pytestmark = pytest.mark.django_db

SIGN_IN, SIGN_IN_CODE, SIGN_UP = "/accounts/login/code/", "/accounts/login/code/confirm/", "/accounts/signup/"
VERIFY = "/accounts/confirm-email/"


@pytest.fixture(autouse=True)
def no_limits_used_up() -> Iterator[None]:
    cache.clear()
    yield
    cache.clear()


def the_code() -> str:
    code: str = OutgoingMail.objects.latest("pk").data["code"]
    return code


def signed_in(client: Client) -> User | None:
    key = client.session.get("_auth_user_id")
    return User.objects.get(pk=key) if key else None


def test_signing_in_with_a_code_goes_back_to_where_one_was(client: Client) -> None:
    user = a_user()
    sent = client.post(SIGN_IN, {"email": user.email, "next": "/rounds/12/"}, follow=True)
    assert sent.redirect_chain[-1][0].startswith(SIGN_IN_CODE)
    assert signed_in(client) is None
    page = sent.content.decode()
    hidden = re.search(r'name="next" value="([^"]*)"', page)
    assert hidden is not None
    response = client.post(SIGN_IN_CODE, {"code": the_code(), "next": hidden[1]})
    assert (response.status_code, response["Location"]) == (302, "/rounds/12/")
    assert signed_in(client) == user


def test_one_code_is_enough_for_somebody_a_coordinator_wrote_down(client: Client) -> None:
    user = a_user()
    assert not EmailAddress.objects.exists()
    client.post(SIGN_IN, {"email": user.email})
    client.post(SIGN_IN_CODE, {"code": the_code()})
    assert signed_in(client) == user
    assert EmailAddress.objects.get().verified
    assert OutgoingMail.objects.count() == 1


def test_a_code_is_secret_urgent_and_in_the_persons_language(client: Client) -> None:
    user = a_user(language="it")
    client.post(SIGN_IN, {"email": user.email}, headers={"accept-language": "en"})
    mail = OutgoingMail.objects.get()
    assert (mail.secret, mail.priority, mail.language, mail.recipient) == (True, 0, "it", user.email)
    assert the_code() in text_of(mail).text


def test_a_wrong_code_signs_nobody_in_and_three_end_it(client: Client) -> None:
    user = a_user()
    client.post(SIGN_IN, {"email": user.email})
    code = the_code()
    for _attempt in range(3):
        client.post(SIGN_IN_CODE, {"code": "WRONG1"})
    client.post(SIGN_IN_CODE, {"code": code})
    assert signed_in(client) is None


def test_known_and_unknown_addresses_get_the_same_answer_to_signing_in() -> None:
    a_user(email="known@example.org")
    answers = []
    for email in ("known@example.org", "unknown@example.org"):
        client = Client()
        response = client.post(SIGN_IN, {"email": email}, follow=True)
        answers.append((response.status_code, response.redirect_chain, bare(response.content.decode(), email)))
    assert answers[0] == answers[1]
    assert list(OutgoingMail.objects.order_by("pk").values_list("template", "recipient")) == [
        ("cagette/mail/sign_in_code", "known@example.org"),
        ("cagette/mail/no_account", "unknown@example.org"),
    ]


def test_known_and_unknown_addresses_get_the_same_answer_to_signing_up() -> None:
    user = a_user(email="known@example.org")
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    answers = []
    for email in ("known@example.org", "unknown@example.org"):
        client = Client()
        response = client.post(SIGN_UP, {"email": email, "name": "Ana"}, follow=True)
        answers.append((response.status_code, response.redirect_chain, bare(response.content.decode(), email)))
    assert [chain for _status, chain, _page in answers] == [[(VERIFY, 302)], [(VERIFY, 302)]]
    assert list(OutgoingMail.objects.order_by("pk").values_list("template", flat=True)) == [
        "cagette/mail/account_exists",
        "cagette/mail/welcome_code",
    ]


def bare(page: str, email: str) -> str:
    """The page without what differs on every request."""
    page = re.sub(r'(csrfmiddlewaretoken" value=|X-CSRFToken": )"[^"]+"', "", page)
    return page.replace(email, "")


def test_signing_up_with_a_code(client: Client) -> None:
    response = client.post(
        SIGN_UP,
        {"email": "Rose@Example.org", "name": "Rose Rostolan", "next": "/rounds/12/"},
        headers={"accept-language": "it"},
        follow=True,
    )
    assert response.redirect_chain[-1][0].startswith(VERIFY)
    response = client.post(VERIFY, {"code": the_code()})
    assert response["Location"] == "/rounds/12/"
    user = signed_in(client)
    assert user is not None
    assert (user.email, user.name, user.language, user.has_usable_password()) == (
        "rose@example.org",
        "Rose Rostolan",
        "it",
        False,
    )


def test_the_name_may_be_left_out(client: Client) -> None:
    client.post(SIGN_UP, {"email": "rose@example.org"})
    assert User.objects.get().name == ""


def test_asking_for_many_codes_is_refused(client: Client) -> None:
    user = a_user()
    for _n in range(6):
        response = Client().post(SIGN_IN, {"email": user.email})
    assert response.status_code == 200
    assert OutgoingMail.objects.count() == 5


def test_signing_up_again_and_again_asks_for_patience(client: Client) -> None:
    for _n in range(6):
        response = Client(headers={"accept-language": "en"}).post(SIGN_UP, {"email": "rose@example.org"})
    assert (response.status_code, "A little patience" in response.content.decode()) == (429, True)


def test_signing_in_with_a_password(client: Client) -> None:
    user = a_user(password="crate of leeks")
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    client.post("/accounts/login/", {"login": user.email, "password": "crate of leeks"})
    assert signed_in(client) == user
    wrong = Client().post("/accounts/login/", {"login": user.email, "password": "crate of beets"})
    assert wrong.status_code == 200


def test_a_new_password_by_mail(client: Client) -> None:
    user = a_user(password="crate of leeks")
    client.post("/accounts/password/reset/", {"email": user.email})
    mail = OutgoingMail.objects.get()
    assert (mail.secret, mail.template) == (True, "cagette/mail/password_link")
    page = client.get(mail.data["password_reset_url"], follow=True)
    client.post(page.request["PATH_INFO"], {"password1": "crate of beets", "password2": "crate of beets"})
    user.refresh_from_db()
    assert user.check_password("crate of beets")


@pytest.mark.parametrize("language", ["fr", "en", "it"])
@pytest.mark.parametrize(
    "path",
    [
        "login/",
        "login/code/",
        "signup/",
        "password/reset/",
        "email/",
        "password/set/",
        "2fa/",
        "2fa/webauthn/",
        "sessions/",
        "logout/",
        "reauthenticate/",
    ],
)
def test_every_account_page_opens_in_our_page(client: Client, path: str, language: str) -> None:
    if path not in {"login/", "login/code/", "signup/", "password/reset/"}:
        password = "crate of leeks" if path == "reauthenticate/" else None
        client.force_login(a_user(password=password), backend="allauth.account.auth_backends.AuthenticationBackend")
    response = client.get(f"/accounts/{path}", headers={"accept-language": language}, follow=True)
    page = response.content.decode()
    assert response.status_code == 200
    assert 'class="site-header"' in page
    assert "<style" not in page
    assert " style=" not in page


def test_one_changes_name_phone_and_language(client: Client) -> None:
    user = a_user()
    client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
    response = client.post("/accounts/profile/", {"name": "Rose", "phone": "06 12", "language": "it", "is_staff": "on"})
    assert response.cookies["django_language"].value == "it"
    user.refresh_from_db()
    assert (user.name, user.phone, user.language, user.is_staff) == ("Rose", "06 12", "it", False)
    assert client.post("/accounts/profile/", {"name": "Rose", "language": "klingon"}).status_code == 422
    client.logout()
    assert client.get("/accounts/profile/")["Location"].startswith("/accounts/login/")


def test_a_new_address_is_confirmed_by_a_code(client: Client, settings: Any) -> None:
    user = a_user()
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    client.post(SIGN_IN, {"email": user.email})
    client.post(SIGN_IN_CODE, {"code": the_code()})
    client.post("/accounts/email/", {"action_add": "", "email": "new@example.org"})
    assert OutgoingMail.objects.latest("pk").template == "cagette/mail/address_code"
    client.post(VERIFY, {"code": the_code()})
    assert EmailAddress.objects.get(email="new@example.org").verified


def test_a_password_set_before_the_address_was_proved_opens_nothing(client: Client) -> None:
    """Somebody signs another's address up with a password of their own, and waits until its owner signs in."""
    Client().post(SIGN_UP, {"email": "rose@example.org", "name": "", "password1": "sapins-neige-42"})
    client.post(SIGN_IN, {"email": "rose@example.org"})
    client.post(SIGN_IN_CODE, {"code": the_code()})
    assert signed_in(client) == User.objects.get(email="rose@example.org")
    other = Client()
    other.post("/accounts/login/", {"login": "rose@example.org", "password": "sapins-neige-42"})
    assert signed_in(other) is None


@pytest.mark.parametrize(
    ("name", "short"), [("Marion Ferrand", "Marion"), ("Les Ferrand", "Les Ferrand"), ("Zoé", "Zoé"), ("", "")]
)
def test_the_header_calls_people_by_their_first_name(name: str, short: str) -> None:
    assert User(name=name).get_short_name() == short
