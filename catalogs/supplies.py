"""A supply shared by several rounds: twenty cheeses for five neighbourhoods.

While it lasts, every round published with the product takes from it. `ordered` is written by confirmations under the
supply's row lock; each change here is one conditional update of the same row, so the two can't cross.
"""

from __future__ import annotations

from decimal import Decimal

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from cagette import wording
from cagette.errors import DomainError, WrongState
from cagette.models import User
from catalogs.editing import as_json
from catalogs.models import CatalogEdit, Product, Supply

# Under this name a catalog's history tells of its shared supplies.
FIELD = "shared_supply"


class BelowOrdered(DomainError):
    """Less than what has been confirmed from the supply."""


def start(product: Product, quantity: Decimal | None, *, by: User, professional_share: Decimal | None = None) -> Supply:
    """From now on the rounds that offer the product share `quantity` of it (None: no limit). Raises WrongState."""
    try:
        with transaction.atomic():
            supply = Supply.objects.create(
                product=product, quantity=quantity, professional_share=professional_share, shared=True
            )
            _note(product, before=None, after=_words(supply), by=by)
    except IntegrityError as error:
        if "supply_one_shared_at_a_time" not in str(error):
            raise
        raise WrongState(_("This product already has a supply shared by several rounds.")) from error
    return supply


def change(supply: Supply, quantity: Decimal | None, *, by: User, professional_share: Decimal | None = None) -> Supply:
    """Another quantity. Raises BelowOrdered when more has been confirmed, WrongState when the supply has ended."""
    enough = Q() if quantity is None else Q(ordered__lte=quantity)
    with transaction.atomic():
        before = Supply.objects.select_for_update(no_key=True).select_related("product").get(pk=supply.pk)
        changed = (
            Supply.objects.filter(enough, pk=supply.pk, ended_at=None)
            .update(quantity=quantity, professional_share=professional_share)
        )  # fmt: skip
        after = Supply.objects.select_related("product").get(pk=supply.pk)
        if not changed:
            _refuse(after)
        if _words(before) != _words(after):
            _note(after.product, before=_words(before), after=_words(after), by=by)
    return after


def end(product: Product, *, by: User) -> None:
    """No further round takes from the supply; those already published go on doing so. Raises WrongState without one."""
    with transaction.atomic():
        supply = (
            Supply.objects.select_for_update(no_key=True).filter(product=product, shared=True, ended_at=None).first()
        )
        if supply is None:
            raise WrongState(_("This supply has already ended."))
        supply.ended_at = timezone.now()
        supply.save(update_fields=["ended_at"])
        _note(product, before=_words(supply), after=None, by=by)


def current(product: Product) -> Supply | None:
    """The supply that rounds published now would share."""
    return product.supplies.filter(shared=True, ended_at=None).first()


def left(supply: Supply) -> Decimal | None:
    """What can still be ordered; None without a limit."""
    return None if supply.quantity is None else supply.quantity - supply.ordered


def _refuse(supply: Supply) -> None:
    if supply.ended_at is not None:
        raise WrongState(_("This supply has already ended."))
    raise BelowOrdered(
        _("%(ordered)s have already been ordered: the quantity can't be less than that.")
        % {"ordered": wording.quantity(supply.ordered)}
    )


def _words(supply: Supply) -> dict[str, str | None]:
    return {"quantity": as_json(supply.quantity), "professional_share": as_json(supply.professional_share)}


def _note(product: Product, *, before: object, after: object, by: User) -> None:
    CatalogEdit.objects.create(
        catalog_id=product.catalog_id,
        product=product,
        by=by,
        field=FIELD,
        before=before,
        after=after,
        source=CatalogEdit.Source.FORM,
    )
