"""What goes back to a farm against a deposit: adding one, naming it, asking for another amount, retiring it.

Products name a returnable through `catalogs.editing`, which holds their catalog. What ends a returnable holds all
catalogs of its farm, ascending: no product can come to name it meanwhile.
"""

from __future__ import annotations

from decimal import Decimal

from django.db import IntegrityError, transaction
from django.db.models import Count
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from cagette import wording
from cagette.countries import CURRENCIES
from cagette.errors import DomainError, WrongState
from cagette.models import User
from cagette.money import Money
from catalogs import editing
from catalogs.locks import hold
from catalogs.models import Catalog, CatalogEdit, Returnable
from catalogs.models.returnables import ReturnableQuerySet
from producers.models import Producer


class ReturnableTaken(DomainError):
    """The farm has one of this name and amount already."""


def of_farm(producer: Producer) -> ReturnableQuerySet:
    """Those in use by name, each with `used`: how many products name it, hidden ones too."""
    return producer.returnables.in_use().annotate(used=Count("products")).order_by("name", "amount", "pk")


def currencies_of(producer: Producer) -> list[str]:
    """In which currencies the farm may take a deposit: those of its catalogs; its country's while it has none."""
    found = Catalog.objects.filter(producer=producer).order_by("currency").values_list("currency", flat=True).distinct()
    return list(found) or [CURRENCIES[producer.country]]


def add(producer: Producer, name: str, amount: Money) -> Returnable:
    """A new one, which the farm has named itself. Raises ReturnableTaken."""
    try:
        with transaction.atomic():
            return Returnable.objects.create(producer=producer, name=name, amount=amount)
    except IntegrityError as error:
        raise _taken(error, name, amount) from error


def change(returnable: Returnable, *, name: str, amount: Money, by: User) -> Returnable:
    """Give it another name, another amount or both: the farm has checked it then. Return the one that is in use.

    Another amount ends this one today and begins the next, and the products follow. Offers already published and lines
    already ordered keep what they were sold with. Raises ReturnableTaken, WrongState once it is no longer in use.
    """
    try:
        with transaction.atomic():
            catalogs = _hold_catalogs(returnable.producer_id)
            now = _in_use(returnable)
            now.name, now.to_check = name, False
            if amount == now.amount:
                now.save(update_fields=["name", "to_check"])
                return now
            today = timezone.localdate()
            now.until = today
            now.save(update_fields=["name", "to_check", "until"])
            following = Returnable.objects.create(producer_id=now.producer_id, name=name, amount=amount, since=today)
            for catalog in catalogs:
                editing.apply(
                    catalog,
                    added=[],
                    changed=[(each, {"returnable": following}) for each in catalog.products.filter(returnable=now)],
                    by=by,
                    source=CatalogEdit.Source.FORM,
                )
            return following
    except IntegrityError as error:
        raise _taken(error, name, amount) from error


def check(returnable: Returnable) -> None:
    """The farm says that its name and amount are right."""
    returnable.producer.returnables.filter(pk=returnable.pk).update(to_check=False)


def retire(returnable: Returnable) -> None:
    """No product will name it any more. Raises WrongState while one does, or once it is no longer in use."""
    with transaction.atomic():
        _hold_catalogs(returnable.producer_id)
        now = _in_use(returnable)
        if used := now.products.count():
            words = ngettext(
                "%(n)d product names “%(name)s”: choose another one for it first.",
                "%(n)d products name “%(name)s”: choose another one for them first.",
                used,
            )
            raise WrongState(words % {"n": used, "name": now.name})
        now.until, now.to_check = timezone.localdate(), False
        now.save(update_fields=["until", "to_check"])


def in_words(name: str, amount: Money) -> str:
    """`bocal 500 g · 0,50 €`."""
    return f"{name} · {wording.money(amount)}"


# Farms write their lists in French, and so are these called until their farm names them. A vessel takes its content
# with it: "bocal 500 g".
_VESSELS = {"jar": "bocal", "bottle": "bouteille", "bag": "sac", "box": "caisse"}
_LOOSE = {
    "piece": "consigne",
    "bunch": "consigne à la botte",
    "dozen": "consigne à la douzaine",
    "kg": "consigne au kilo",
    "litre": "consigne au litre",
}


def named_after(unit: str, content: Decimal | None = None, content_unit: str = "") -> str:
    """How to call what a product comes in, by its unit and its content, until the farm has named it."""
    if unit not in _VESSELS:
        return _LOOSE[unit]
    if content is None:
        return _VESSELS[unit]
    number = f"{content.normalize():f}".replace(".", ",")
    return f"{_VESSELS[unit]} {number} {'pièces' if content_unit == 'piece' else content_unit}"


def _in_use(returnable: Returnable) -> Returnable:
    now = Returnable.objects.select_for_update(no_key=True).get(pk=returnable.pk)
    if now.until is not None:
        raise WrongState(_("“%(name)s” is no longer in use.") % {"name": now.name})
    return now


def _hold_catalogs(producer: int) -> list[Catalog]:
    """All of the farm's, and those founded while this waited: their ids are greater, so the order stays ascending."""
    held: dict[int, Catalog] = {}
    ids = Catalog.objects.filter(producer=producer).values_list("pk", flat=True)
    while new := set(ids.all()) - held.keys():
        held |= hold(*new)
    return list(held.values())


def _taken(error: IntegrityError, name: str, amount: Money) -> Exception:
    if "returnable_in_use_once" not in str(error):
        return error
    words = {"name": name, "amount": wording.money(amount)}
    return ReturnableTaken(_("You have “%(name)s” for %(amount)s already.") % words)
