"""Erasing photos that nobody shows any more: taken away, replaced, or of a form whose writing failed.

Two rows may name one photo, since it is named by what is in it; so nothing is erased where a photo is changed.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from django.apps import apps
from django.core.files.storage import default_storage
from django.db import connection, transaction

from cagette.photos import STORING_LOCK, PhotoField

# What else names photos of a column: each app says what its history may bring back.
REMEMBERED: list[Callable[[PhotoField], set[str]]] = []

FILE = re.compile(r"(?P<stem>[0-9a-f]{24}-\d+x\d+)[-.][\w.]+")


def erase_unused_photos() -> int:
    """Erase every size of the photos that no row names, nor the history of one; returns how many files are gone.

    While somebody stores a photo, whose row isn't there yet, all is left to the next time.
    """
    gone = 0
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_try_advisory_xact_lock(%s, 0)", [STORING_LOCK])
            if not cursor.fetchone()[0]:
                return 0
        for field in _photo_fields():
            used = set(field.model._default_manager.exclude(**{field.name: ""}).values_list(field.name, flat=True))
            for remembered in REMEMBERED:
                used |= remembered(field)
            for name in _unused(str(field.upload_to), used):
                default_storage.delete(name)
                gone += 1
    return gone


def _photo_fields() -> Iterator[PhotoField]:
    for model in apps.get_models():
        yield from (field for field in model._meta.local_fields if isinstance(field, PhotoField))


def _unused(folder: str, used: set[str]) -> Iterator[str]:
    try:
        files = default_storage.listdir(folder)[1]
    except FileNotFoundError:  # none has been stored yet
        return
    for file in files:
        match = FILE.fullmatch(file)
        if match and f"{folder}{match['stem']}.jpg" not in used:
            yield f"{folder}{file}"
