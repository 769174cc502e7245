"""The migration of a small world that the version before made; `bin/bench migration` does the same with a large one."""

import os
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from bench import migration, stage


@pytest.fixture
def before(tmp_path: Path) -> Iterator[Path]:
    try:
        with migration.version(migration.BEFORE, tmp_path) as checkout:
            yield checkout
    except migration.NoSuchVersion as missing:
        if os.environ.get("CI"):
            raise
        pytest.skip(f"THE MIGRATION OF AN OLDER WORLD IS NOT TRIED: {missing}")


@pytest.fixture
def database() -> Iterator[str]:
    with stage.empty_database(os.environ["DATABASE_URL"], f"test_{os.getpid()}_before") as url:
        yield url


def test_nobody_owes_another_cent_after_the_migration(before: Path, database: str, tmp_path: Path) -> None:
    surroundings = {"DATABASE_URL": database, "REDIS_URL": os.environ["REDIS_URL"]}
    now = migration.Side(stage.CHECKOUT, tmp_path, surroundings)

    proof = migration.prove(migration.Side(before, tmp_path, surroundings), now, history=100, cases=20, thorough=False)

    wrong = {name for name in migration.TARGETS if proof.figures[name]}
    assert wrong == set(), proof.examples
    reading = migration.Reading.of(now, "due-again")
    with psycopg.connect(database) as connection:
        connection.execute(ONE_CENT_MORE)
    dearer = migration.Reading.of(now, "due-more")
    proof.differing("orders_differing", reading.orders, dearer.orders)
    proof.differing("desks_differing", reading.desks, dearer.desks)
    assert (proof.figures["orders_differing"], proof.figures["desks_differing"]) == (1, 1)


ONE_CENT_MORE = """
UPDATE orders_orderline SET deposit = deposit + 0.01
WHERE id = (SELECT min(id) FROM orders_orderline WHERE quantity = 1 AND allocated = 1)
"""
