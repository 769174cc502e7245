"""The lock of a catalog, which each of its writers holds: its row.

With it, one edit of a catalog follows the other: what a writer has read stays true until it has written, and the ids of
`CatalogEdit` are in the order of the commits, so that the edits after a known one are all that has happened since.

It comes first in the order of locks (docs/architecture.md): catalogs, ascending, then stalls. Ordering takes none. The
row is held `FOR NO KEY UPDATE`: rows that point at the catalog are written meanwhile, but no other edit is.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.db import connection, transaction

from catalogs.models import Catalog


class NotHeld(RuntimeError):
    """A lock was asked for outside a transaction, or a function that needs it was called without: a mistake in ours."""


@dataclass(frozen=True)
class _Held:
    """Says that a catalog is held, as one of the transaction's `on_commit` callbacks.

    Django forgets those when PostgreSQL lets go of the row: at the commit, at the rollback, and at the rollback of the
    savepoint in which the row was locked.
    """

    catalog_id: int

    def __call__(self) -> None:
        """There is nothing to do after the commit."""


def hold(*catalog_ids: int) -> dict[int, Catalog]:
    """Wait until nobody else edits these catalogs, and keep it so until the transaction ends. One statement, ascending.

    Returns them as they are now, by id. Raises NotHeld outside a transaction.
    """
    if not connection.in_atomic_block:
        raise NotHeld("a catalog can be held in a transaction only")
    catalogs = _lock(sorted(set(catalog_ids)))
    for catalog_id in catalogs:
        if not is_held(catalog_id):
            transaction.on_commit(_Held(catalog_id))
    return catalogs


def is_held(catalog_id: int) -> bool:
    """Whether this transaction holds the catalog. No statement."""
    return any(callback[1] == _Held(catalog_id) for callback in connection.run_on_commit)


def require_held(catalog_ids: Iterable[int]) -> None:
    """Raise NotHeld unless this transaction holds the catalogs: a writer that forgot would make replays incomplete."""
    for catalog_id in catalog_ids:
        if not is_held(catalog_id):
            raise NotHeld(f"catalog {catalog_id} isn't held")


def _lock(catalog_ids: list[int]) -> dict[int, Catalog]:
    rows = Catalog.objects.select_for_update(no_key=True).filter(pk__in=catalog_ids).order_by("pk")
    return {catalog.pk: catalog for catalog in rows}
