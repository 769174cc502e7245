"""A supply shared by several rounds: twenty cheeses for five neighbourhoods.

While it lasts, every round published with the product takes from it. Each change here holds the catalog, then the
supply's row: `ordered` is written by confirmations under the row's lock, so the two can't cross.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from decimal import Decimal
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from cagette import wording
from cagette.errors import WrongState
from cagette.models import User
from catalogs.models import Catalog, CatalogEdit, Product, Supply
from catalogs.refusals import EditRefused
from catalogs.requests import Answer, Key, once
from catalogs.values import SUPPLY, as_json, edit_of

FORM = CatalogEdit.Source.FORM


class BelowOrdered(EditRefused):
    """Less than what has been confirmed from the supply."""

    code = "below_ordered"

    def __str__(self) -> str:
        ordered = wording.quantity(Decimal(self.figures["ordered"]))
        return _("%(ordered)s have already been ordered: the quantity can't be less than that.") % {"ordered": ordered}


class ShareAbove(EditRefused):
    """More for professionals than there is in all."""

    code = "share_above"

    def __str__(self) -> str:
        return _("This is more than the quantity in all.")


class AlreadyShared(EditRefused, WrongState):
    code = "already_shared"

    def __str__(self) -> str:
        return _("This product already has a supply shared by several rounds.")


class SupplyEnded(EditRefused, WrongState):
    code = "supply_ended"

    def __str__(self) -> str:
        return _("This supply has already ended.")


def start(
    product: Product,
    quantity: Decimal | None,
    *,
    by: User,
    professional_share: Decimal | None = None,
    key: Key | None = None,
) -> Supply:
    """From now on the rounds that offer the product share `quantity` of it (None: no limit). Raises WrongState."""

    def write(catalog: Catalog) -> tuple[Answer, list[CatalogEdit]]:
        if current(product) is not None:
            raise AlreadyShared
        supply = Supply.objects.create(
            product=product, quantity=quantity, professional_share=professional_share, shared=True
        )
        return {"supply": supply.pk}, [edit_of(product, SUPPLY, None, words(supply), FORM)]

    return Supply.objects.get(pk=once(product.catalog_id, key, by=by, write=write)["supply"])


def change(
    supply: Supply,
    quantity: Decimal | None,
    *,
    by: User,
    professional_share: Decimal | None = None,
    unchanged: Collection[str] = (),
    key: Key | None = None,
) -> Supply:
    """Another quantity, another share, or both; a field named in `unchanged` stays what it is by now.

    Raises BelowOrdered when more has been confirmed, ShareAbove, and WrongState when the supply has ended.
    """

    def write(catalog: Catalog) -> tuple[Answer, list[CatalogEdit]]:
        now = Supply.objects.select_for_update(no_key=True).select_related("product").get(pk=supply.pk)
        before = words(now)
        if now.ended_at is not None:
            raise SupplyEnded
        # Goods found missing may have lowered it since the page was shown.
        if "quantity" not in unchanged:
            refuse_below_ordered(now, quantity)
            now.quantity = quantity
        if "professional_share" not in unchanged:
            now.professional_share = professional_share
        if now.quantity is not None and (now.professional_share or 0) > now.quantity:
            raise ShareAbove
        after = words(now)
        if before == after:
            return {"supply": now.pk}, []
        now.save(update_fields=["quantity", "professional_share"])
        return {"supply": now.pk}, [edit_of(now.product, SUPPLY, before, after, FORM)]

    once(supply.product.catalog_id, key, by=by, write=write)
    return Supply.objects.select_related("product").get(pk=supply.pk)


def end(product: Product, *, by: User, key: Key | None = None) -> None:
    """No further round takes from the supply; those already published go on doing so. Raises WrongState without one."""

    def write(catalog: Catalog) -> tuple[Answer, list[CatalogEdit]]:
        supply = next((supply for supply in hold([product.pk]) if supply.ended_at is None), None)
        if supply is None:
            raise SupplyEnded
        before = words(supply)
        supply.ended_at = timezone.now()
        supply.save(update_fields=["ended_at"])
        return {}, [edit_of(product, SUPPLY, before, None, FORM)]

    once(product.catalog_id, key, by=by, write=write)


def current(product: Product) -> Supply | None:
    """The supply that rounds published now would share."""
    return product.supplies.filter(shared=True, ended_at=None).first()


def left(supply: Supply) -> Decimal | None:
    """What can still be ordered; None without a limit."""
    return None if supply.quantity is None else supply.quantity - supply.ordered


def hold(product_ids: Iterable[int]) -> list[Supply]:
    """Lock the shared supplies of these products, those that have ended too: after their catalog, ascending."""
    rows = Supply.objects.select_for_update(no_key=True).filter(product__in=product_ids, shared=True)
    return list(rows.order_by("pk"))


def words(supply: Supply) -> dict[str, Any]:
    """How a supply stands in an edit. Old edits don't say which supply it was."""
    return {
        "quantity": as_json(supply.quantity),
        "professional_share": as_json(supply.professional_share),
        "supply": supply.pk,
    }


def refuse_below_ordered(supply: Supply, quantity: Decimal | None) -> None:
    if quantity is not None and quantity < supply.ordered:
        raise BelowOrdered(ordered=as_json(supply.ordered))
