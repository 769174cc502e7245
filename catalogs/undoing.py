"""Taking edits back: each is a new edit that names the one it undoes. Doing it again is undoing that one.

Nothing that was written later is overwritten. An edit can be undone while its field is as it left it: what was done to
the field since has been undone itself, and the field holds the edit's `after`. A product that was added is hidden, as
products are never deleted.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from typing import Any

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from cagette.models import User
from catalogs import history, supplies
from catalogs.editing import refuse_broken, refuse_nothing_to_sell, save
from catalogs.models import Catalog, CatalogEdit, EditRequest, Product, Returnable, Supply
from catalogs.refusals import EditRefused
from catalogs.requests import Answer, Key, once
from catalogs.values import (
    ADDED,
    COLUMNS,
    PUBLISHED,
    SUPPLY,
    as_json,
    edit_of,
    edit_of_catalog,
    from_json,
    held,
    put,
    values_of,
)

FORM = CatalogEdit.Source.FORM
SENTENCES_SHOWN = 5

# A product's id and its field; no product is the catalog itself.
Spot = tuple[int | None, str]


class CantUndo(EditRefused):
    """Some of the edits can't be taken back, so none was. `edits` has each of these: its id, its product's name, its
    field, what that was set to (`after`) and is (`now`), and why not: `changed`, `undone`, `hidden`, `kept`, `taken`,
    or `rule`, whose sentence is `because`.
    """

    code = "cant_undo"

    def __str__(self) -> str:
        told = [_sentence(each) for each in self.figures["edits"][:SENTENCES_SHOWN]]
        more = len(self.figures["edits"]) - SENTENCES_SHOWN
        if more > 0:
            rest = ngettext("One more can't be undone either.", "%(n)s more can't be undone either.", more)
            told.append(rest % {"n": more})
        return " ".join(told)


def undo(edit: CatalogEdit, *, by: User | None, key: Key | None = None) -> list[int]:
    """Take one edit back; returns the ids of the edits that were. Raises CantUndo."""
    return _undo(edit.catalog_id, lambda catalog: catalog.edits.filter(pk=edit.pk), by=by, key=key)


def undo_request(request: EditRequest, *, by: User | None, key: Key | None = None) -> list[int]:
    """Take back all edits of a request, or none; returns their ids. Raises CantUndo with those that can't be."""
    return _undo(request.catalog_id, lambda catalog: catalog.edits.filter(request=request), by=by, key=key)


def _undo(
    catalog_id: int, find: Callable[[Catalog], Iterable[CatalogEdit]], *, by: User | None, key: Key | None
) -> list[int]:
    def write(catalog: Catalog) -> tuple[Answer, list[CatalogEdit]]:
        edits = sorted(find(catalog), key=lambda edit: -edit.pk)
        written = _Undoing(catalog, edits).run()
        return {"undone": [edit.pk for edit in edits]}, written

    return list(once(catalog_id, key, by=by, write=write)["undone"])


class _Undoing:
    """One request to take edits of a catalog back, which is held. Judges all of them, the newest first, on the rows in
    memory; then writes these, or nothing. The number of its statements doesn't grow with the edits.
    """

    def __init__(self, catalog: Catalog, edits: list[CatalogEdit]) -> None:
        self._catalog = catalog
        self._edits = edits
        product_ids = {edit.product_id for edit in edits if edit.product_id is not None}
        self._products = catalog.products.in_bulk(product_ids)
        self._before = {product.pk: values_of(product) for product in self._products.values()}
        self._undone = set(CatalogEdit.objects.filter(undoes__in=edits).values_list("undoes", flat=True))
        self._later = _later(catalog, edits)
        shared = {edit.product_id for edit in edits if edit.field == SUPPLY and edit.product_id is not None}
        self._supplies = supplies.hold(shared) if shared else []
        named = {edit.before for edit in edits if edit.field == "returnable" and edit.before is not None}
        fitting = Returnable.objects.in_use().filter(
            producer=catalog.producer_id, amount_currency=catalog.currency, pk__in=named
        )
        self._returnables = {each.pk: each for each in fitting} if named else {}
        self._taking_back: set[int] = set()
        self._fields: set[str] = set()
        self._of_catalog: set[str] = set()
        self._touched_supplies: dict[int, Supply] = {}
        self._written: list[CatalogEdit] = []
        self._hidden: list[CatalogEdit] = []
        self._problems: list[dict[str, Any]] = []

    def run(self) -> list[CatalogEdit]:
        """Return the edits that take the others back. Raises CantUndo."""
        for edit in self._edits:
            self._take_back(edit)
        if not self._written:
            # Beside others that were added with them, these are already what they should be.
            for edit in self._hidden:
                self._refuse(edit, "hidden")
        self._judge_products()
        if self._problems:
            raise CantUndo(edits=self._problems)
        if self._fields:
            touched = {edit.product_id for edit in self._written}
            save([product for product in self._products.values() if product.pk in touched], self._fields)
        if self._of_catalog:
            self._catalog.save(update_fields=sorted(self._of_catalog))
        for supply in self._touched_supplies.values():
            supply.save(update_fields=["quantity", "professional_share", "ended_at"])
        return list(reversed(self._written))

    def _take_back(self, edit: CatalogEdit) -> None:
        if edit.pk in self._undone:
            self._refuse(edit, "undone")
        elif edit.product_id is None:
            self._take_back_of_catalog(edit)
        elif edit.field == SUPPLY:
            self._take_back_supply(edit, self._products[edit.product_id])
        elif edit.field == ADDED:
            self._hide(edit, self._products[edit.product_id])
        elif edit.field not in COLUMNS:  # of a time when products had other fields
            self._refuse(edit, "kept")
        else:
            self._take_back_field(edit, self._products[edit.product_id])
        self._taking_back.add(edit.pk)

    def _take_back_field(self, edit: CatalogEdit, product: Product) -> None:
        now = held(product, edit.field)
        if now != _as_now(edit.field, edit.after) or self._changed_since(edit, edit.field):
            self._refuse(edit, "changed", now=now)
            return
        if edit.field == "returnable" and edit.before is not None and edit.before not in self._returnables:
            self._refuse(edit, "rule", because=_("What it named is no longer in use."))
            return
        self._set(edit, product, edit.field, edit.before)

    def _hide(self, edit: CatalogEdit, product: Product) -> None:
        if not (edit.after or {}).get("available"):
            self._hidden.append(edit)
        elif not product.available or self._changed_since(edit, "available"):
            self._refuse(edit, "changed", field="available", after=True, now=product.available)
        else:
            self._set(edit, product, "available", False)

    def _set(self, edit: CatalogEdit, product: Product, field: str, value: Any) -> None:
        before = held(product, field)
        if field == "returnable":
            put(product, field, self._returnables.get(value))
        else:
            setattr(product, COLUMNS[field], from_json(Product, field, value))
        self._fields.add(field)
        self._written.append(edit_of(product, field, before, held(product, field), FORM, undoes=edit))

    def _take_back_supply(self, edit: CatalogEdit, product: Product) -> None:
        mine = [supply for supply in self._supplies if supply.product_id == product.pk]
        current = next((supply for supply in mine if supply.ended_at is None), None)
        now = None if current is None else supplies.words(current)
        if not _same_supply(now, edit.after) or self._changed_since(edit, SUPPLY):
            self._refuse(edit, "changed", now=now)
            return
        if current is not None and edit.before is not None:
            try:
                supplies.refuse_below_ordered(current, _quantity(edit.before["quantity"]))
            except EditRefused as refusal:
                self._refuse(edit, "rule", because=str(refusal))
                return
        supply = current or _ended(mine, edit.before)
        if edit.before is None:
            supply.ended_at = timezone.now()
        elif current is None:
            # What it had may be less by now: goods found missing are taken out of a supply that has ended too.
            supply.ended_at = None
        else:
            supply.quantity = _quantity(edit.before["quantity"])
            supply.professional_share = _quantity(edit.before["professional_share"])
        self._touched_supplies[supply.pk] = supply
        after = None if edit.before is None else supplies.words(supply)
        self._written.append(edit_of(product, SUPPLY, now, after, FORM, undoes=edit))

    def _take_back_of_catalog(self, edit: CatalogEdit) -> None:
        catalog, name = self._catalog, edit.field
        now = catalog.published_at is not None if name == PUBLISHED else as_json(getattr(catalog, name))
        if name not in ("name", "season_from", "season_until", PUBLISHED) or (name == "name" and not edit.before):
            self._refuse(edit, "kept")
            return
        if now != edit.after or self._changed_since(edit, name):
            self._refuse(edit, "changed", now=now)
            return
        others = Catalog.objects.filter(producer=catalog.producer_id).exclude(pk=catalog.pk)
        if name == "name" and others.filter(name__iexact=edit.before).exists():
            self._refuse(edit, "taken", before=edit.before)
            return
        if name == PUBLISHED and edit.before:
            try:
                refuse_nothing_to_sell(catalog)
            except EditRefused as refusal:
                self._refuse(edit, "rule", because=str(refusal))
                return
        if name == PUBLISHED:
            catalog.published_at = timezone.now() if edit.before else None
        else:
            setattr(catalog, name, from_json(Catalog, name, edit.before))
        self._of_catalog.add("published_at" if name == PUBLISHED else name)
        self._written.append(edit_of_catalog(catalog, name, now, edit.before, undoes=edit))

    def _changed_since(self, edit: CatalogEdit, field: str) -> bool:
        """Whether something still stands that was done to the field after the edit."""
        standing: set[int] = set()
        for later in self._later[(edit.product_id, field)]:
            if later.pk <= edit.pk or later.pk in self._taking_back:
                continue
            if later.undoes_id in standing:
                standing.discard(later.undoes_id)
            else:
                standing.add(later.pk)
        return bool(standing)

    def _judge_products(self) -> None:
        """Refuse what would break a rule between fields, or take a reference that another product has now."""
        last = {edit.product_id: edit for edit in self._written if edit.product_id and edit.field != SUPPLY}
        for product_id, edit in last.items():
            product = self._products[product_id]
            try:
                refuse_broken(self._before[product_id], product)
            except EditRefused as refusal:
                self._refuse(edit.undoes or edit, "rule", because=str(refusal))
        self._judge_references()
        catalog = self._catalog
        if catalog.season_from and catalog.season_until and catalog.season_until < catalog.season_from:
            season = next(edit for edit in self._written if edit.field in ("season_from", "season_until"))
            self._refuse(season.undoes or season, "rule", because=_("The season ends before it begins."))

    def _judge_references(self) -> None:
        again = [edit for edit in self._written if edit.field == "reference" and edit.after]
        if not again:
            return
        wanted = {edit.after for edit in again}
        others = self._catalog.products.filter(reference__in=wanted).exclude(pk__in=self._products)
        taken = set(others.values_list("reference", flat=True))
        mine: list[Any] = [product.reference for product in self._products.values()]
        for edit in again:
            if edit.after in taken or mine.count(edit.after) > 1:
                self._refuse(edit.undoes or edit, "taken", before=edit.after)

    def _refuse(self, edit: CatalogEdit, why: str, **figures: Any) -> None:
        name = self._products[edit.product_id].name if edit.product_id is not None else None
        currency = self._catalog.currency
        problem = {
            "currency": currency,
            "edit": edit.pk,
            "product": name,
            "field": edit.field,
            "after": edit.after,
            "why": why,
        }
        self._problems.append(problem | figures)


def _later(catalog: Catalog, edits: list[CatalogEdit]) -> dict[Spot, list[CatalogEdit]]:
    """What was done after the oldest of the edits to the products they are about, by product and field, in order."""
    if not edits:
        return {}
    found: dict[Spot, list[CatalogEdit]] = defaultdict(list)
    about = Q(product__in={edit.product_id for edit in edits} - {None}) | Q(product=None)
    rows = catalog.edits.filter(about, pk__gt=edits[-1].pk)
    for edit in rows.only("catalog", "product", "field", "undoes").order_by("pk"):
        found[(edit.product_id, edit.field)].append(edit)
    return found


def _as_now(field: str, value: Any) -> Any:
    """A value of an edit as it would be written today: places were whole numbers once."""
    return as_json(from_json(Product, field, value))


def _same_supply(now: dict[str, Any] | None, then: dict[str, Any] | None) -> bool:
    if now is None or then is None:
        return now is then
    return {**now, **then} == now


def _ended(found: list[Supply], words: dict[str, Any] | None) -> Supply:
    """The supply that an edit ended: the one it names, else the last."""
    return next((supply for supply in found if supply.pk == (words or {}).get("supply")), found[-1])


def _quantity(text: str | None) -> Any:
    return from_json(Supply, "quantity", text)


def _sentence(problem: dict[str, Any]) -> str:
    model = Catalog if problem["product"] is None else Product
    field = "available" if problem["field"] == ADDED else problem["field"]
    words = {
        "product": problem["product"] or _("The catalogue"),
        "field": history.name_of(model, field),
        "now": history.in_words(model, field, problem.get("now"), problem["currency"]) or _("nothing"),
        "before": history.in_words(model, field, problem.get("before"), problem["currency"]) or _("nothing"),
    }
    match problem["why"]:
        case "changed" if field == "position":
            return _("“%(product)s”, %(field)s: this has changed since, and stays as it is.") % words
        case "changed":
            return _("“%(product)s”, %(field)s: this has changed since, and stays what it is now: %(now)s.") % words
        case "undone":
            return _("“%(product)s”, %(field)s: this has been undone already.") % words
        case "hidden":
            return _("“%(product)s” was added hidden; products aren't deleted.") % words
        case "taken" if model is Catalog:
            return _("Another catalogue of the farm is called %(before)s by now.") % words
        case "taken":
            return _("“%(product)s”, %(field)s: another product has %(before)s by now.") % words
        case "rule":
            return f"{words['product']}: {problem['because']}"
        case _:
            return _("“%(product)s”, %(field)s: this can't be undone.") % words
