"""One's account: the hub, one proved address, passkeys beside the code, a second step, where one is signed in."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.core.cache import cache
from django.test import Client

from cagette.models import OutgoingMail, User
from tests.cast import a_user

pytestmark = pytest.mark.django_db

PHONE = "Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0 Mobile Safari/537.36"


@pytest.fixture(autouse=True)
def no_limits_used_up() -> Iterator[None]:
    cache.clear()
    yield
    cache.clear()


@pytest.fixture
def user() -> User:
    user = a_user()
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    return user


def the_code() -> str:
    code: str = OutgoingMail.objects.latest("pk").data["code"]
    return code


def entered(user: User, client: Client | None = None) -> Client:
    """Signed in by a code, as people do."""
    client = client or Client()
    client.post("/accounts/login/code/", {"email": user.email})
    client.post("/accounts/login/code/confirm/", {"code": the_code()})
    return client


def is_in(client: Client) -> bool:
    return "_auth_user_id" in client.session


def a_passkey(user: User, name: str = "Téléphone") -> Authenticator:
    return Authenticator.objects.create(
        user=user, type=Authenticator.Type.WEBAUTHN, data={"name": name, "credential": {}}
    )


def test_the_hub_leads_to_everything(user: User) -> None:
    page = entered(user).get("/accounts/profile/").content.decode()
    links = {"email/", "2fa/", "password/set/", "sessions/", "export/", "deletion/"}
    assert {path for path in links if f'href="/accounts/{path}"' in page} == links
    assert 'href="/mails/"' in page


def test_a_new_address_replaces_the_old_one_once_it_is_proved(user: User) -> None:
    client, old = entered(user), user.email
    client.post("/accounts/email/", {"action_add": "", "email": "New@example.org"})
    user.refresh_from_db()
    assert user.email == old
    client.post("/accounts/confirm-email/", {"code": the_code()})
    user.refresh_from_db()
    assert user.email == "new@example.org"
    assert list(EmailAddress.objects.values_list("email", "verified", "primary")) == [("new@example.org", True, True)]


def test_somebody_elses_address_is_not_taken_over(user: User) -> None:
    """Not even by who reads its mail too: both accounts are there, and neither is merged."""
    other, client = a_user("Rey"), entered(user)
    client.post("/accounts/email/", {"action_add": "", "email": other.email})
    response = client.post("/accounts/confirm-email/", {"code": the_code()}, follow=True)
    assert response.status_code == 200
    user.refresh_from_db()
    assert user.email != other.email
    assert not EmailAddress.objects.filter(email=other.email).exists()


def test_a_wrong_address_is_told_so_beside_its_field(user: User) -> None:
    page = entered(user).post("/accounts/email/", {"action_add": "", "email": "pas une adresse"}).content.decode()
    assert 'aria-invalid="true"' in page and "pas une adresse" in page


def test_a_passkey_is_no_second_step(user: User) -> None:
    a_passkey(user)
    assert is_in(entered(user))


def test_an_app_is_a_second_step(user: User) -> None:
    Authenticator.objects.create(user=user, type=Authenticator.Type.TOTP, data={"secret": "x"})
    client = entered(user)
    assert not is_in(client)
    assert client.get("/accounts/2fa/authenticate/").status_code == 200


def test_passkeys_are_named_and_removed(user: User) -> None:
    passkey, client = a_passkey(user), entered(user)
    assert "Téléphone" in client.get("/accounts/2fa/").content.decode()
    client.post(f"/accounts/2fa/webauthn/keys/{passkey.pk}/edit/", {"name": "Vieux téléphone"})
    passkey.refresh_from_db()
    assert passkey.wrap().name == "Vieux téléphone"
    client.post(f"/accounts/2fa/webauthn/keys/{passkey.pk}/remove/")
    assert not Authenticator.objects.exists()


def test_who_signed_in_long_ago_proves_it_again_before_a_passkey_is_changed(user: User) -> None:
    passkey, client = a_passkey(user), entered(user)
    session = client.session
    records = session["account_authentication_methods"]
    session["account_authentication_methods"] = [record | {"at": record["at"] - 3600} for record in records]
    session.save()
    path = f"/accounts/2fa/webauthn/keys/{passkey.pk}/remove/"
    assert "reauthenticate" in client.post(path)["Location"]
    client.post("/accounts/proof/code/")
    client.post("/accounts/proof/", {"code": the_code()})
    client.post(path)
    assert not Authenticator.objects.exists()


def test_a_strangers_passkey_is_not_there(user: User) -> None:
    passkey = a_passkey(a_user("Rey"))
    client = entered(user)
    assert client.post(f"/accounts/2fa/webauthn/keys/{passkey.pk}/remove/").status_code == 404


def test_the_app_is_shown_its_key_in_the_page_itself(user: User) -> None:
    page = entered(user).get("/accounts/2fa/totp/activate/").content.decode()
    assert "<svg" in page and "data:image" not in page and "<?xml" not in page


def test_pages_with_passkeys_have_no_inline_script(user: User) -> None:
    client = entered(user)
    for path in ("/accounts/2fa/webauthn/add/", "/accounts/2fa/recovery-codes/"):
        page = client.get(path, follow=True).content.decode()
        assert re.findall(r"<script(?![^>]*(?:src=|application/json))[^>]*>", page) == []
    page = Client().get("/accounts/login/").content.decode()
    assert re.findall(r"<script(?![^>]*(?:src=|application/json))[^>]*>", page) == []


def test_one_sees_where_one_is_signed_in_and_signs_out_elsewhere(user: User) -> None:
    here, elsewhere = entered(user), entered(user, Client(headers={"user-agent": PHONE}))
    assert "Chrome, Android" in here.get("/accounts/sessions/").content.decode()
    here.post("/accounts/sessions/")
    answers = [client.get("/accounts/profile/").status_code for client in (here, elsewhere)]
    assert answers == [200, 302]
