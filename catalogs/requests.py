"""Edits of a catalog on request: under the catalog's lock, each request with its edits, answered once per key."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from django.db import transaction
from django.utils.translation import gettext as _

from cagette.keys import KEY_LENGTH, body_hash
from cagette.models import User
from catalogs import refusals
from catalogs.locks import hold, require_held
from catalogs.models import Catalog, CatalogEdit, EditRequest
from catalogs.refusals import EditRefused

Answer = dict[str, Any]
# Judges first, raising EditRefused; then writes rows, and returns the answer and the edits that tell of it.
Write = Callable[[Catalog], tuple[Answer, list[CatalogEdit]]]

DONE = 200


class KeyReused(EditRefused):
    """The key has named another request: a fault of the page, or a form that was sent, changed and sent again."""

    code = "key_reused"
    status = 422

    def __str__(self) -> str:
        return _("This was sent once before with something else in it. Check it, and send it again.")


@dataclass(frozen=True)
class Key:
    """What a page or a program calls its request, and the fingerprint of what it asks for."""

    text: str
    digest: str

    @classmethod
    def of(cls, text: str, body: object) -> Key:
        return cls(text[:KEY_LENGTH], body_hash(body))


def once(catalog_id: int, key: Key | None, *, by: User | None, write: Write) -> Answer:
    """Do what `write` does under the catalog's lock, and return its answer; for a key that was answered, that answer.

    The key is looked up before anything else. A refusal is kept under it too: the transaction ends, then it is raised.
    Without a key the edits get a request of their own. Raises EditRefused, KeyReused.

    Three statements beside those of `write`, and one to look up a key.
    """
    refusal: EditRefused | None = None
    with transaction.atomic():
        catalog = hold(catalog_id)[catalog_id]
        if key is not None and (prior := answered(catalog_id, key)) is not None:
            return prior
        try:
            answer, edits = write(catalog)
        except EditRefused as error:
            refusal, answer, edits = error, error.as_json(), []
        if edits or key is not None:
            status = DONE if refusal is None else refusal.status
            _record(catalog, key or Key(uuid4().hex, ""), status, answer, edits, by)
    if refusal is not None:
        raise refusal
    return answer


def answered(catalog_id: int, key: Key) -> Answer | None:
    """Return what the key was answered; None if it is new. Raises the refusal it got, or KeyReused."""
    prior = EditRequest.objects.filter(catalog=catalog_id, key=key.text).first()
    if prior is None:
        return None
    if prior.body_hash != key.digest:
        raise KeyReused
    if prior.status != DONE:
        raise refusals.as_it_was(prior.answer)
    return dict(prior.answer)


def _record(catalog: Catalog, key: Key, status: int, answer: Answer, edits: list[CatalogEdit], by: User | None) -> None:
    """Write the request with its answer, and its edits: the only place that writes either."""
    require_held([catalog.pk])
    request = EditRequest.objects.create(
        catalog=catalog, key=key.text, body_hash=key.digest, status=status, answer=answer, by=by
    )
    for edit in edits:
        edit.request = request
        edit.by = by
    CatalogEdit.objects.bulk_create(edits, batch_size=2000)
