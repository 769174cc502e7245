"""An import confirmed by several at once is applied once, and each is answered the same."""

from __future__ import annotations

import threading
from functools import partial

import pytest
from django.db import transaction

from cagette.models import User
from catalogs.importing import applying
from catalogs.models import CatalogEdit, CatalogImport
from tests import cast
from tests.races.crowd import Crowd, blocked_on_rows, until

pytestmark = pytest.mark.django_db(transaction=True)

LIST = "Produit;Prix\nMiel;9,00 €\nPain;4,20 €\n".encode()


def an_import() -> tuple[CatalogImport, User]:
    catalog = cast.a_catalog(name="Hiver")
    farmer = cast.a_farmer(catalog.producer)
    return applying.begin(catalog, LIST, "tarif.csv", by=farmer), farmer


def test_an_import_confirmed_ten_times_at_once_is_applied_once() -> None:
    started, farmer = an_import()
    confirm = partial(applying.apply, started, by=farmer, digest=applying.preview_of(started).digest)
    with transaction.atomic():
        applying.hold(started.pk)
        crowd = Crowd([confirm] * 10)
        until(lambda: blocked_on_rows() > 0)
    answers = crowd.gone()
    assert [answer["added"] for answer in answers if isinstance(answer, dict)] == [2] * 10
    assert (started.catalog.products.count(), CatalogEdit.objects.count()) == (2, 2)


def test_control_without_the_imports_lock_the_second_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    started, farmer = an_import()
    confirm = partial(applying.apply, started, by=farmer, digest=applying.preview_of(started).digest)
    meet = threading.Barrier(2, timeout=20)

    def look_together(pk: int) -> CatalogImport:
        found = CatalogImport.objects.get(pk=pk)
        meet.wait()
        return found

    monkeypatch.setattr(applying, "hold", look_together)
    answers = Crowd([confirm] * 2).gone()
    assert sorted(type(answer).__name__ for answer in answers) == ["ChangedMeanwhile", "dict"]
    assert started.catalog.products.count() == 2
