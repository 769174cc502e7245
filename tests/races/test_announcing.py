"""A group order that is called off while a worker announces it: nobody is told that it has opened."""

from __future__ import annotations

from functools import partial

import pytest
from django.db import transaction

from cagette.models import OutgoingMail
from deliveries import correcting
from orders import announcing, rounds
from orders.models import Round
from orders.models.rounds import RoundQuerySet
from tests import cast
from tests.races.crowd import Crowd, at_once, blocked_on_rows, until

pytestmark = pytest.mark.django_db(transaction=True)


def just_opened() -> Round:
    neighbourhood = cast.a_neighbourhood()
    round = cast.an_upcoming_round(neighbourhood)
    rounds.open_now(round, by=cast.the_coordinator(round))
    cast.a_member(neighbourhood)
    return round


def to_leave() -> int:
    return OutgoingMail.objects.unfinished().filter(template=announcing.TEMPLATE).count()


def call_off(round: Round) -> None:
    correcting.call_off_round(round, by=cast.the_coordinator(round), reason="Neige")


def test_what_is_being_called_off_is_not_announced() -> None:
    round = just_opened()
    with transaction.atomic():
        call_off(round)
        assert at_once(partial(announcing.announce, round.pk)) == [0]
    assert (to_leave(), announcing.announce(round.pk)) == (0, 0)


def test_control_without_the_lock_it_is_announced_as_it_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    round = just_opened()
    with transaction.atomic():
        call_off(round)
        monkeypatch.setattr(RoundQuerySet, "select_for_update", lambda rounds, **_how: rounds)
        crowd = Crowd([partial(announcing.announce, round.pk)])
        until(lambda: blocked_on_rows() > 0)
    assert crowd.gone() == [2]
    assert to_leave() == 2


def test_ten_workers_announce_it_once() -> None:
    round = just_opened()
    assert sorted(at_once(*[partial(announcing.announce, round.pk)] * 10), key=str) == [0] * 9 + [2]
    assert to_leave() == 2
