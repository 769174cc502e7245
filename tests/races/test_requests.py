"""The same key, the same answer: twenty times at once, and again after the close."""

from __future__ import annotations

import threading

import pytest
from django.db import connection

from deliveries import closing
from orders import confirming
from orders.models import OrderChange, OrderLine, OrderRequest
from tests import cast
from tests.races.crowd import Crowd, at_once, buying, gate, until, waiting

pytestmark = pytest.mark.django_db(transaction=True)


def test_the_same_request_twenty_times_at_once_and_again_after_the_close() -> None:
    round = cast.an_open_round(None, cast.a_catalog(products=1))
    offer, by = cast.offers_of(round)[0], cast.the_coordinator(round)
    household = cast.a_household(round.neighbourhood)
    request = buying(household, offer, 3, user_id=by.pk, key="once")
    with gate(offer.stall):
        crowd = Crowd([request] * 20)
        until(lambda: waiting(offer.stall) == 20)
    answers = crowd.gone()
    closing.close(offer.stall_id, by=by)
    answers.append(request())

    assert [(answer.status, answer.data) for answer in answers] == [(200, {"lines": {str(offer.pk): "3"}})] * 21  # type: ignore[union-attr]
    assert [line.quantity for line in OrderLine.objects.all()] == [3]
    assert OrderChange.objects.count() == OrderRequest.objects.count() == 1


def test_a_refusal_is_answered_again_as_it_was_after_the_reason_is_gone() -> None:
    catalog = cast.a_catalog()
    cast.a_product(catalog, stock=2)
    round = cast.an_open_round(None, catalog)
    offer, by = cast.offers_of(round)[0], cast.the_coordinator(round)
    request = buying(cast.a_household(round.neighbourhood), offer, 3, user_id=by.pk, key="too much")
    first = request()
    offer.supply.quantity = 10
    offer.supply.save()
    again = request()
    assert (first.status, first.data) == (again.status, again.data)
    assert not first.accepted


def test_control_without_the_orders_lock_the_second_does_not_see_the_first(monkeypatch: pytest.MonkeyPatch) -> None:
    round = cast.an_open_round(None, cast.a_catalog(products=1))
    offer, by = cast.offers_of(round)[0], cast.the_coordinator(round)
    household = cast.a_household(round.neighbourhood)
    order = cast.a_sheet(round, household, {})
    meet = threading.Barrier(2, timeout=20)
    look_up = confirming._prior

    def look_up_together(*arguments: object) -> object:
        found = look_up(*arguments)  # type: ignore[arg-type]
        meet.wait()
        return found

    monkeypatch.setattr(confirming, "hold_order", lambda **_who: (order.pk, False))
    monkeypatch.setattr(confirming, "_prior", look_up_together)
    request = buying(household, offer, 3, user_id=by.pk, key="once")
    answers = at_once(request, request)
    assert sorted(type(answer).__name__ for answer in answers) == ["Answer", "IntegrityError"]
    connection.close()
