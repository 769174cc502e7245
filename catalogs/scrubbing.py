"""Who wrote what in catalogues is forgotten, what was written stays; cagette/scrubbing.py says what it is for."""

from __future__ import annotations

from cagette.models import User
from cagette.scrubbing import redaction
from catalogs.models import CatalogEdit, EditRequest


def scrub(user: User) -> None:
    with redaction():
        CatalogEdit.objects.filter(by=user).update(by=None)
        EditRequest.objects.filter(by=user).update(by=None)
