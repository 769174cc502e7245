"""The key that a form carries, with the fingerprint of all it posts."""

from __future__ import annotations

import hashlib

from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest

from cagette.keys import KEY_LENGTH
from catalogs.refusals import EditRefused
from catalogs.requests import Answer, Key, answered

NOT_ASKED = frozenset({"csrfmiddlewaretoken", "key"})


def posted_key(request: HttpRequest) -> Key | None:
    """Return the key of a posted form; None for one without. The same form at another address asks something else."""
    text = request.POST.get("key", "").strip()
    if not text or len(text) > KEY_LENGTH:
        return None
    fields = {name: values for name, values in request.POST.lists() if name not in NOT_ASKED}
    files = {name: [_digest(file) for file in found] for name, found in request.FILES.lists()}
    return Key.of(text, [request.path, fields, files])


def done_before(catalog_id: int, key: Key | None) -> Answer | None:
    """Return what this form was answered before. Don't read its fields again: they would be compared with what it has
    changed itself. A refusal is left to the verb, which repeats it.
    """
    try:
        return answered(catalog_id, key) if key is not None else None
    except EditRefused:
        return None


def _digest(file: UploadedFile[bytes]) -> str:
    told = hashlib.sha256()
    for chunk in file.chunks():
        told.update(chunk)
    file.seek(0)
    return told.hexdigest()
