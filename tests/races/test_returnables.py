"""No product names what its farm has just retired."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import pytest
from django.db import transaction

from cagette.errors import WrongState
from catalogs import editing, returnables
from catalogs.models import Product, Returnable
from tests import cast
from tests.races.crowd import Crowd, blocked_on_rows, until

pytestmark = pytest.mark.django_db(transaction=True)


def meeting(come_about: Callable[[Crowd[None]], object]) -> tuple[list[str], bool]:
    """Somebody retires a jar while another has just named it on a product, not committed yet: what the first was told,
    and whether a product names what is no longer in use.
    """
    catalog = cast.a_catalog()
    jar = cast.a_returnable(catalog.producer)
    with transaction.atomic():
        values = {"name": "Miel", "price": Decimal(9), "returnable": jar}
        editing.add(catalog, values, by=None, source="form")
        crowd = Crowd([lambda: returnables.retire(Returnable.objects.get(pk=jar.pk))])
        come_about(crowd)
    told = [type(each).__name__ for each in crowd.gone()]
    return told, Product.objects.filter(returnable__until__isnull=False).exists()


def test_who_retires_waits_for_who_names() -> None:
    assert meeting(lambda _crowd: until(lambda: blocked_on_rows() == 1)) == ([WrongState.__name__], False)


def test_control_without_holding_the_catalogs_a_product_names_what_is_gone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(returnables, "_hold_catalogs", lambda producer: [])
    assert meeting(lambda crowd: crowd.gone()) == (["NoneType"], True)
