"""What a measurement stands on: its own database on the embedded servers, and the processes of production."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psycopg

from cagette import embedded

CHECKOUT = Path(__file__).resolve().parent.parent


@contextmanager
def servers() -> Iterator[tuple[embedded.Services, Path]]:
    """PostgreSQL and Valkey for the benches of this checkout, and a directory for a run's files.

    PostgreSQL runs with its own durable defaults: a commit is on the disk when it is counted.
    """
    services = embedded.Services(embedded.home_of(CHECKOUT, "bench"))
    with tempfile.TemporaryDirectory(prefix="cagette-bench-") as files, services.held():
        yield services, Path(files)


@contextmanager
def empty_database(beside: str, name: str) -> Iterator[str]:
    """A database of this run alone, without any table, on the server of the URL `beside`; yields its URL."""
    with psycopg.connect(beside, autocommit=True) as connection:
        connection.execute(psycopg.sql.SQL("CREATE DATABASE {}").format(psycopg.sql.Identifier(name)))
    try:
        yield urlsplit(beside)._replace(path=f"/{name}").geturl()
    finally:
        _drop(beside, name)


@contextmanager
def stage() -> Iterator[Path]:
    """Set Django up on an empty, migrated database of this run alone; yields a directory for its files."""
    with (
        servers() as (services, files),
        empty_database(services.postgres.url("postgres"), f"bench_{os.getpid()}") as url,
    ):
        os.environ |= {
            "DEVELOPMENT": "on",
            "DJANGO_SETTINGS_MODULE": "cagette.settings",
            "DATABASE_URL": url,
            "REDIS_URL": services.valkey.url,
            "MEDIA_ROOT": f"{files}/media",
            "EMAIL_URL": f"filemail://{files}/mail",
        }
        _set_up()
        yield files


def compile_words(checkout: Path) -> None:
    """What `bin/setup` makes of the translations."""
    for po in checkout.glob("locale/*/LC_MESSAGES/*.po"):
        if not po.with_suffix(".mo").exists():
            subprocess.run(["msgfmt", f"--output-file={po.with_suffix('.mo')}", str(po)], check=True)


def _set_up() -> None:
    import django

    django.setup()
    import redis
    from django.conf import settings
    from django.core.management import call_command

    redis.Redis.from_url(settings.REDIS_URL).flushall()
    call_command("migrate", verbosity=0)
    call_command("createcachetable", verbosity=0)


def _drop(url: str, name: str) -> None:
    if "django.db" in sys.modules:
        from django.db import connections

        connections.close_all()
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(
            psycopg.sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(psycopg.sql.Identifier(name))
        )


@contextmanager
def copy(source: str, name: str) -> Iterator[str]:
    """A copy of a database that nobody is connected to, while it is needed; yields its URL."""
    from django.db import connections

    from cagette.processes import database_url

    connections.close_all()
    maintenance = database_url("postgres")
    with psycopg.connect(maintenance, autocommit=True) as connection:
        _wait_until_nobody_is_connected(connection, source)
        names = (psycopg.sql.Identifier(name), psycopg.sql.Identifier(source))
        connection.execute(psycopg.sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(*names))
    try:
        yield database_url(name)
    finally:
        _drop(maintenance, name)


def _wait_until_nobody_is_connected(connection: psycopg.Connection, database: str) -> None:
    """A process that ended a moment ago may still have a session that is ending."""
    deadline = time.monotonic() + 10
    while connection.execute("SELECT 1 FROM pg_stat_activity WHERE datname = %s", [database]).fetchone():
        if time.monotonic() > deadline:
            raise TimeoutError(f"Somebody is still connected to {database}.")
        time.sleep(0.05)


WEB_WORKERS = 2


@contextmanager
def web(port: int, log: Path, database_url: str, **more: str) -> Iterator[None]:
    """The web server with production settings, on this database, once it answers."""
    from cagette import processes

    surroundings = processes.environment(port=port, DATABASE_URL=database_url, WEB_WORKERS=str(WEB_WORKERS), **more)
    with processes.Process("web", surroundings, log) as server:
        server.wait_until_it_answers(f"http://127.0.0.1:{port}/healthz")
        yield


@contextmanager
def proxied(files: Path, database_url: str) -> Iterator[str]:
    """The web server behind the proxy of deploy/Caddyfile, in plain HTTP on loopback, once it answers; yields its URL.

    `bin/bench` sets Caddy up where a measurement wants it.
    """
    from cagette import processes

    port, inner = processes.free_port(), processes.free_port()
    address = f"http://127.0.0.1:{port}"
    written = (CHECKOUT / "deploy" / "Caddyfile").read_text().replace("web:8000", f"127.0.0.1:{inner}")
    (files / "Caddyfile").write_text("{\n\tadmin off\n\tauto_https off\n}\n" + written)
    surroundings = {"PATH": os.environ["PATH"], "HOME": str(files), "SITE_HOST": address}
    command = ["caddy", "run", "--adapter", "caddyfile", "--config", str(files / "Caddyfile")]
    with (
        web(inner, files / "web.log", database_url, SITE_URL=address, TRUSTED_PROXIES="1"),
        (files / "caddy.log").open("wb") as log,
    ):
        proxy = subprocess.Popen(command, env=surroundings, stdout=log, stderr=subprocess.STDOUT)
        try:
            _wait_until_it_answers(f"{address}/healthz")
            yield address
        finally:
            proxy.terminate()
            proxy.wait(10)


def _wait_until_it_answers(url: str) -> None:
    deadline = time.monotonic() + 20
    while True:
        try:
            with urllib.request.urlopen(url, timeout=5):
                return
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)


def server_log() -> Path:
    """What PostgreSQL says, for every database of the benches' server."""
    return embedded.home_of(CHECKOUT, "bench") / "postgres" / "log"


def report(figures: Mapping[str, Any], *, targets: Mapping[str, str] | None = None) -> None:
    """The table, each figure beside what it should be; then the figures as one JSON object, on the last line."""
    targets = targets or {}
    width = max(map(len, figures))
    for key, value in figures.items():
        shown = json.dumps(value) if isinstance(value, dict) else str(value)
        sys.stdout.write(f"{key:<{width}}  {shown:>14}  {targets.get(key, '')}\n")
    sys.stdout.write(f"{json.dumps(dict(figures))}\n")


def p95(times: list[float]) -> float:
    """The 95th percentile, in whatever unit the times have."""
    return statistics.quantiles(times, n=20)[-1]
