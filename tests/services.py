"""A pytest plugin: what every test run stands on, started before Django reads its settings.

PostgreSQL is one server for all runs in this checkout, attached to when it runs already. Each run has databases of its
own, named after its process and copied from a template that is migrated once per state of the migrations: several
people may test at the same time. Valkey is a server of its own in each process that runs tests (a start takes 50 ms),
so that no run's worker takes another run's messages.

`DATABASE_URL` or `REDIS_URL` in the environment are used instead. `--reuse-db` keeps one database, and its run alone.
"""

import fcntl
import gc
import hashlib
import os
import subprocess
import sys
import tempfile
from contextlib import ExitStack, suppress
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

from cagette import embedded

CHECKOUT = Path(__file__).resolve().parent.parent
HOME = embedded.home_of(CHECKOUT, "test")
SERVICES = embedded.Services(HOME, settings=embedded.VOLATILE)

held = ExitStack()
# This process's own, unless REDIS_URL named another: a test may stop it and start it.
valkeys: list[embedded.Valkey] = []


@pytest.hookimpl(tryfirst=True)
def pytest_load_initial_conftests(early_config: pytest.Config, args: list[str]) -> None:
    if early_config.known_args_namespace.version or early_config.known_args_namespace.help:
        return
    # What is imported and collected stays to the end: it isn't looked through for garbage, now or later.
    gc.disable()
    os.environ.setdefault("DEVELOPMENT", "on")
    controller = "PYTEST_XDIST_WORKER" not in os.environ
    if controller:
        files = held.enter_context(tempfile.TemporaryDirectory(prefix="cagette-test-"))
        os.environ["MEDIA_ROOT"] = f"{files}/media"
        os.environ["EMAIL_URL"] = f"filemail://{files}/mail"
        if "DATABASE_URL" not in os.environ:
            embedded.warn_root(HOME)
            held.enter_context(SERVICES.held(valkey=False))
            os.environ["DATABASE_URL"] = SERVICES.postgres.url("postgres")
            reused = "--reuse-db" in args and "--create-db" not in args
            os.environ["TEST_DATABASE"] = "test_cagette" if reused else f"test_{os.getpid()}"
            os.environ["TEST_DATABASE_TEMPLATE"] = template()
            held.callback(drop, f"test_{os.getpid()}")
    if "REDIS_URL" not in os.environ or not controller:
        valkey = embedded.Valkey(held.enter_context(embedded.temporary_home()))
        valkey.start()
        held.callback(valkey.stop)
        os.environ["REDIS_URL"] = valkey.url
        valkeys.append(valkey)


def pytest_collection_finish() -> None:
    gc.collect()
    gc.freeze()
    gc.enable()


@pytest.hookimpl(trylast=True)
def pytest_unconfigure() -> None:
    held.close()


def template() -> str:
    """The name of a database with every migration applied, made by the first run that needs it."""
    state = hashlib.sha256()
    for path in sorted([*CHECKOUT.glob("*/migrations/*.py"), CHECKOUT / "requirements-dev.txt"]):
        state.update(path.read_bytes())
    name = f"template_{state.hexdigest()[:12]}"
    with (HOME / "template.lock").open("w") as turn, connected() as connection:
        fcntl.flock(turn, fcntl.LOCK_EX)
        left_behind = [
            row[0] for row in connection.execute("SELECT datname FROM pg_database WHERE datname ~ '^test_[0-9]'")
        ]
        for database in left_behind:
            if not Path(f"/proc/{database.split('_')[1]}").exists():
                drop(database)
        if connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone() is None:
            drop("migrating")
            connection.execute("CREATE DATABASE migrating")
            environment = os.environ | {"DATABASE_URL": SERVICES.postgres.url("migrating")}
            for command in ("migrate", "createcachetable"):
                migrated = subprocess.run(
                    [sys.executable, "manage.py", command, "--verbosity=0"],
                    cwd=CHECKOUT,
                    env=environment,
                    capture_output=True,
                    text=True,
                    check=False,
                )
                if migrated.returncode:
                    held.close()
                    raise pytest.UsageError(f"manage.py {command} failed:\n{migrated.stdout}{migrated.stderr}")
            connection.execute(sql.SQL("ALTER DATABASE migrating RENAME TO {}").format(sql.Identifier(name)))
    return name


def drop(database: str) -> None:
    """The database and those that xdist's workers derived from it."""
    with suppress(psycopg.Error), connected() as connection:
        names = connection.execute(
            "SELECT datname FROM pg_database WHERE datname = %s OR starts_with(datname, %s)",
            [database, f"{database}_gw"],
        ).fetchall()
        for (name,) in names:
            connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))


def connected() -> psycopg.Connection:
    return psycopg.connect(SERVICES.postgres.url("postgres"), autocommit=True)
