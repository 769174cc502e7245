"""Settings take what makes sense and stop, with the name of the culprit, at anything else."""

import runpy
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured

from cagette import settings as settings_module

PRODUCTION = {
    "DEVELOPMENT": "off",
    "SITE_URL": "https://cagette.example",
    "SECRET_KEY": "k" * 50,
    "DATABASE_URL": "postgresql://cagette:secret@db:5432/cagette",
    "REDIS_URL": "redis://broker:6379/0",
    "EMAIL_URL": "smtp+ssl://user:password@mail:465",
    "MAIL_FROM": "cagette@cagette.example",
}


def settings_with(monkeypatch: pytest.MonkeyPatch, **changed: str) -> dict[str, Any]:
    for name in ("TEST_DATABASE", "TEST_DATABASE_TEMPLATE", "DATABASE_POOL_SIZE", "STATIC_ROOT", "MEDIA_ROOT", "PORT"):
        monkeypatch.delenv(name, raising=False)
    for name, value in (PRODUCTION | changed).items():
        monkeypatch.setenv(name, value)
    return runpy.run_path(settings_module.__file__)


def test_production_is_closed_and_encrypted(monkeypatch: pytest.MonkeyPatch) -> None:
    found = settings_with(monkeypatch)
    names = ["DEBUG", "SECURE_SSL_REDIRECT", "SESSION_COOKIE_SECURE", "CSRF_COOKIE_SECURE", "EMAIL_USE_SSL"]
    assert {name: found[name] for name in names} == dict.fromkeys(names, True) | {"DEBUG": False}
    assert found["ALLOWED_HOSTS"] == ["cagette.example", "127.0.0.1", "localhost"]
    assert found["DATABASES"]["default"]["HOST"] == "db"
    assert "pool" not in found["DATABASES"]["default"]["OPTIONS"]


def test_the_policy_allows_nothing_inline_and_nothing_from_elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    sources = settings_with(monkeypatch)["CONTENT_SECURITY_POLICY"]["DIRECTIVES"]
    assert {source for allowed in sources.values() for source in allowed} == {"'self'", "'none'"}


def test_a_pool_only_where_one_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    found = settings_with(monkeypatch, DATABASE_POOL_SIZE="6")
    assert found["DATABASES"]["default"]["OPTIONS"]["pool"]["max_size"] == 6


def test_a_socket_and_a_directory_may_be_named(monkeypatch: pytest.MonkeyPatch) -> None:
    found = settings_with(
        monkeypatch,
        DATABASE_URL="postgresql://postgres@/cagette?host=/run/Sockets",
        REDIS_URL="unix:///run/valkey.sock",
        EMAIL_URL="filemail:///var/mail/cagette",
    )
    database = found["DATABASES"]["default"]
    assert (database["NAME"], database["OPTIONS"]["host"]) == ("cagette", "/run/Sockets")
    assert found["CELERY_BROKER_URL"] == "redis+socket:///run/valkey.sock"
    assert found["EMAIL_FILE_PATH"] == "/var/mail/cagette"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DEVELOPMENT", "maybe"),
        ("DEBUG", "on"),
        ("SITE_URL", ""),
        ("SITE_URL", "cagette.example"),
        ("SITE_URL", "http://cagette.example"),
        ("SITE_URL", "https://cagette.example/shop"),
        ("SECRET_KEY", ""),
        ("SECRET_KEY", "short"),
        ("DATABASE_URL", ""),
        ("DATABASE_URL", "sqlite:///db.sqlite3"),
        ("DATABASE_URL", "postgresql://db"),
        ("DATABASE_POOL_SIZE", "many"),
        ("REDIS_URL", ""),
        ("REDIS_URL", "amqp://broker"),
        ("EMAIL_URL", ""),
        ("EMAIL_URL", "pigeon://loft"),
        ("MAIL_FROM", ""),
        ("TICK_SECONDS", "0"),
        ("TRUSTED_PROXIES", "-1"),
    ],
)
def test_what_makes_no_sense_stops_the_start_by_name(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    with pytest.raises(ImproperlyConfigured, match=name):
        settings_with(monkeypatch, **{name: value})
