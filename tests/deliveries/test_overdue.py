"""What /readyz finds late."""

from datetime import timedelta

import pytest

from deliveries import overdue
from tests import cast

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(("minutes", "late"), [(-10, False), (4, False), (6, True)])
def test_a_stall_is_late_five_minutes_after_its_deadline(*, minutes: int, late: bool) -> None:
    cast.let_the_deadline_pass(cast.an_open_round(), by=timedelta(minutes=minutes))
    assert (overdue.probe() is not None) is late


def test_what_has_closed_is_not_late() -> None:
    cast.a_past_round()
    assert overdue.probe() is None
