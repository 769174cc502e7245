"""What a deposit in a list is for: one of the farm's returnables, or a new one for the farm to check."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from functools import cached_property

from django.utils.translation import gettext as _

from cagette import wording
from cagette.money import Money
from catalogs import returnables
from catalogs.importing.identity import name_key
from catalogs.importing.proposals import Proposal
from catalogs.models import Catalog, Product, Returnable

# A unit, a content and its unit: what a product comes in.
Packing = tuple[str, Decimal | None, str]


class Finder:
    """Finds returnables for one list. Two queries for the first deposit, none for a list without any.

    New ones are made, not written: rows with the same deposit and packing get the same.
    """

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog
        self._new: dict[tuple[str, Decimal], Returnable] = {}

    def find(self, proposal: Proposal, product: Product | None) -> Returnable | None:
        """Return what the row's deposit is for; `product`, where it is in the catalog already, keeps what it names."""
        if not proposal.deposit:
            return None
        alike = [each for each in self._in_use if each.deposit == proposal.deposit]
        if proposal.returnable:
            named = [each for each in alike if name_key(each.name) == name_key(proposal.returnable)]
            return named[0] if named else self._make(proposal.returnable, proposal.deposit, to_check=False)
        if product is not None and product.returnable is not None and product.deposit == proposal.deposit:
            return product.returnable
        packing = proposal.unit, proposal.content, proposal.content_unit
        name, of_unit = returnables.named_after(*packing), returnables.named_after(proposal.unit)
        tests: tuple[Callable[[Returnable], bool], ...] = (
            lambda each: packing in self._packings.get(each.pk, set()),
            lambda each: each.name == name,
            lambda each: each.name == of_unit,
        )
        for fits in tests:
            found = [each for each in alike if fits(each)]
            if len(found) == 1:
                return found[0]
        return self._make(name, proposal.deposit, to_check=True)

    @cached_property
    def _in_use(self) -> list[Returnable]:
        in_use = Returnable.objects.in_use().filter(producer=self._catalog.producer_id)
        return list(in_use.filter(amount_currency=self._catalog.currency).order_by("pk"))

    @cached_property
    def _packings(self) -> dict[int, set[Packing]]:
        """What comes in each of them already, in all catalogs of the farm."""
        found: dict[int, set[Packing]] = {}
        products = Product.objects.filter(catalog__producer=self._catalog.producer_id, returnable__isnull=False)
        rows = products.order_by().values_list("returnable_id", "unit", "content", "content_unit").distinct()
        for pk, unit, content, content_unit in rows:
            if pk is not None:
                found.setdefault(pk, set()).add((unit, content, content_unit))
        return found

    def _make(self, name: str, amount: Decimal, *, to_check: bool) -> Returnable:
        made = Returnable(
            producer_id=self._catalog.producer_id,
            name=name,
            amount=Money(amount, self._catalog.currency),
            to_check=to_check,
        )
        return self._new.setdefault((name_key(name), amount), made)


def note(returnable: Returnable) -> str:
    """What the preview says of a row's deposit."""
    words = {"amount": wording.money(returnable.amount), "name": returnable.name}
    if returnable.pk:
        return _("deposit %(amount)s → %(name)s") % words
    if returnable.to_check:
        return _("deposit %(amount)s → %(name)s, new, to check") % words
    return _("deposit %(amount)s → %(name)s, new") % words
