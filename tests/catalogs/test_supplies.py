from __future__ import annotations

from decimal import Decimal

import pytest
from django.utils import translation

from cagette.errors import WrongState
from catalogs import supplies
from catalogs.models import CatalogEdit, Supply
from catalogs.supplies import BelowOrdered
from tests import cast

pytestmark = pytest.mark.django_db


def the_supply(quantity: str = "20", ordered: str = "0") -> Supply:
    supply = supplies.start(cast.a_product(), Decimal(quantity), by=cast.a_user())
    Supply.objects.filter(pk=supply.pk).update(ordered=Decimal(ordered))
    return Supply.objects.get(pk=supply.pk)


def test_a_product_has_one_shared_supply_at_a_time() -> None:
    ana, product = cast.a_user(), cast.a_product()
    supply = supplies.start(product, Decimal(20), by=ana)
    with pytest.raises(WrongState):
        supplies.start(product, Decimal(5), by=ana)
    assert supplies.current(product) == supply
    supplies.end(product, by=ana)
    assert supplies.current(product) is None
    assert supplies.start(product, Decimal(5), by=ana).pk != supply.pk


def test_a_quantity_never_goes_below_what_is_ordered() -> None:
    supply = the_supply("20", ordered="7.5")
    with translation.override("fr"):
        with pytest.raises(BelowOrdered) as refusal:
            supplies.change(supply, Decimal(7), by=cast.a_user())
        assert "7,5" in str(refusal.value)
    assert supplies.change(supply, Decimal("7.5"), by=cast.a_user()).quantity == Decimal("7.5")


def test_what_is_ordered_meanwhile_counts() -> None:
    stale = the_supply("20")
    Supply.objects.filter(pk=stale.pk).update(ordered=Decimal(15))
    with pytest.raises(BelowOrdered):
        supplies.change(stale, Decimal(10), by=cast.a_user())
    assert Supply.objects.get().quantity == Decimal(20)


def test_a_quantity_may_become_unlimited() -> None:
    supply = supplies.change(the_supply("20", ordered="7"), None, by=cast.a_user())
    assert (supply.quantity, supplies.left(supply)) == (None, None)


def test_an_ended_supply_changes_no_more() -> None:
    supply = the_supply()
    supplies.end(supply.product, by=cast.a_user())
    with pytest.raises(WrongState):
        supplies.change(supply, Decimal(30), by=cast.a_user())
    with pytest.raises(WrongState):
        supplies.end(supply.product, by=cast.a_user())


def test_history_tells_who_gave_how_much() -> None:
    ana, product = cast.a_user(), cast.a_product()
    supply = supplies.start(product, Decimal(20), by=ana)
    supplies.change(supply, Decimal(25), by=ana)
    supplies.change(supply, Decimal(25), by=ana)
    supplies.end(product, by=ana)
    told = CatalogEdit.objects.order_by("pk").values_list("field", "before__quantity", "after__quantity", "by")
    assert list(told) == [
        ("shared_supply", None, "20", ana.pk),
        ("shared_supply", "20", "25", ana.pk),
        ("shared_supply", "25", None, ana.pk),
    ]


def test_what_somebody_left_alone_stays_what_it_is_by_now() -> None:
    supply = the_supply("20")
    # The page shows 20; then two are found missing.
    Supply.objects.update(quantity=Decimal(18))
    changed = supplies.change(
        supply, Decimal(20), by=cast.a_user(), professional_share=Decimal(5), unchanged={"quantity"}
    )
    assert (changed.quantity, changed.professional_share) == (Decimal(18), Decimal(5))
    with pytest.raises(supplies.ShareAbove):
        supplies.change(supply, Decimal(20), by=cast.a_user(), professional_share=Decimal(19), unchanged={"quantity"})
