"""An order that changes while a worker prints it: the file that says what was is nobody's."""

from __future__ import annotations

from functools import partial

import pytest
from django.db import transaction
from django.utils import timezone

from deliveries import printing
from deliveries.models import PrintedRecap
from tests import cast
from tests.races.crowd import Crowd, blocked_on_rows, until

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_file_of_rows_that_changed_meanwhile_is_not_kept() -> None:
    round = cast.an_open_round()
    household = cast.a_household(round.neighbourhood)
    printing.on_paper(cast.an_order(round, household, {cast.offers_of(round)[0]: 1}), "fr")
    paper = PrintedRecap.objects.get()
    with transaction.atomic():
        PrintedRecap.objects.select_for_update().get()
        crowd = Crowd([partial(printing.make, paper.pk)])
        until(lambda: blocked_on_rows() > 0)
        PrintedRecap.objects.update(rows=paper.rows, asked_at=timezone.now())
    assert crowd.gone() == [None]
    assert PrintedRecap.objects.get().pdf is None
    printing.make(paper.pk)
    assert PrintedRecap.objects.get().pdf is not None
