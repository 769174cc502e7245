"""One's account in a browser with an authenticator of its own: a passkey is added, and signs in; and who wants to goes.

Pages are all it takes: they are served by a thread of the test; codes are read from the mails' rows.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest
from allauth.account.models import EmailAddress
from django.core.cache import cache
from playwright.sync_api import expect

from cagette.models import OutgoingMail, User
from tests import cast
from tests.running import PHONE, nobody_is_shut_out, nothing_breaks

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page, ViewportSize
    from pytest_django.live_server_helper import LiveServer

SCREEN: ViewportSize = {"width": PHONE["width"], "height": PHONE["height"]}


@pytest.fixture
def user(transactional_db: None) -> Iterator[User]:
    cache.clear()
    user = cast.a_member(name="Ferrand")
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    yield user
    cache.clear()


@pytest.fixture
def phone(browser: Browser, live_server: LiveServer, settings: Any) -> Iterator[Page]:
    """A French phone whose finger always says yes. What breaks the security policy, or throws, fails the test."""
    settings.MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = True  # the test's pages come over HTTP
    context = browser.new_context(
        viewport=SCREEN, is_mobile=True, has_touch=True, locale="fr-FR", base_url=live_server.url
    )
    context.set_default_timeout(15_000)
    page = context.new_page()
    wire = context.new_cdp_session(page)
    wire.send("WebAuthn.enable")
    options = {"protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True,
               "isUserVerified": True, "automaticPresenceSimulation": True}  # fmt: skip
    wire.send("WebAuthn.addVirtualAuthenticator", {"options": options})
    with nothing_breaks(page):
        yield page
    context.close()


def the_code() -> str:
    code: str = OutgoingMail.objects.latest("pk").data["code"]
    return code


def sign_in(page: Page, user: User) -> None:
    """By a code, as people do."""
    page.goto("/accounts/login/")
    page.get_by_label("E-mail", exact=True).first.fill(user.email)
    page.get_by_role("button", name="M’envoyer un code").click()
    page.get_by_label("Code").fill(the_code())
    page.get_by_role("button", name="Continuer").click()
    expect(page.get_by_role("link", name="Mes commandes")).to_be_attached()


def sign_out(page: Page) -> None:
    page.goto("/accounts/logout/")
    page.get_by_role("main").get_by_role("button", name="Se déconnecter").click()
    expect(page.get_by_role("link", name="Se connecter")).to_be_visible()


def test_a_passkey_is_added_and_signs_in(phone: Page, user: User) -> None:
    sign_in(phone, user)
    phone.goto("/accounts/profile/")
    phone.get_by_role("link", name="Clés d’accès").click()
    phone.get_by_role("link", name="Ajouter une clé d’accès").click()
    phone.get_by_label("Son nom").fill("Téléphone de poche")
    phone.get_by_role("button", name="Ajouter une clé d’accès").click()
    expect(phone.get_by_role("heading", name="Codes de secours")).to_be_visible()
    phone.get_by_role("link", name="C’est fait").click()
    expect(phone.get_by_text("Téléphone de poche")).to_be_visible()
    sign_out(phone)

    phone.goto("/accounts/login/")
    phone.get_by_role("button", name="Se connecter avec une clé d’accès").click()
    expect(phone.get_by_role("link", name="Mes commandes")).to_be_attached()
    sign_out(phone)
    # A passkey is no second step: elsewhere the code alone still does.
    sign_in(phone, user)


def test_a_device_that_says_no_is_told_so_in_the_page(phone: Page, user: User) -> None:
    phone.add_init_script("navigator.credentials.get = () => Promise.reject(new DOMException('no', 'NotAllowedError'))")
    phone.goto("/accounts/login/")
    phone.get_by_role("button", name="Se connecter avec une clé d’accès").click()
    expect(phone.get_by_role("alert")).to_contain_text("Il ne s’est rien passé")


def test_somebody_deletes_the_account(phone: Page, user: User) -> None:
    sign_in(phone, user)
    phone.goto("/accounts/profile/")
    phone.get_by_role("link", name="Supprimer mon compte").click()
    phone.get_by_role("checkbox").check()
    phone.get_by_role("button", name="Supprimer mon compte").click()
    expect(phone.get_by_text("Votre compte est supprimé")).to_be_visible()
    assert re.fullmatch(r"gone-\d+@scrubbed\.invalid", User.objects.get(pk=user.pk).email)


def test_allauths_pages_stand_in_nobodys_way(phone: Page, user: User) -> None:
    """Our own are in the access table, and looked at with it (test_barriers.py)."""
    sign_in(phone, user)
    for path in ("email/", "2fa/", "2fa/webauthn/add/", "2fa/totp/activate/", "password/set/", "sessions/"):
        phone.goto(f"/accounts/{path}")
        nobody_is_shut_out(phone)
