"""The one door through which products are added and changed: nothing passes it without its `CatalogEdit` rows.

An offer already published keeps what it was published with: a product changed here changes the rounds to come.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, NoReturn

from django.db import transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext as _

from cagette.errors import WrongState
from cagette.models import User
from catalogs import positions, rates, rules
from catalogs.locks import require_held
from catalogs.models import Catalog, CatalogEdit, Product, Returnable
from catalogs.refusals import EditRefused
from catalogs.requests import Answer, Key, once
from catalogs.values import (
    ADDED,
    COLUMNS,
    EDITABLE,
    OF_CATALOG,
    PUBLISHED,
    Values,
    as_json,
    checked_names,
    edit_of,
    edit_of_catalog,
    held,
    put,
    values_of,
    written,
)


class ReferenceTaken(EditRefused):
    """Another product of the catalog has this reference."""

    code = "reference_taken"

    def __str__(self) -> str:
        return _("“%(name)s” has the reference %(reference)s already.") % self.figures


class Stale(EditRefused):
    """A field is no longer what the person saw: `fields` has what it was (`seen`), is (`now`) and should be (`yours`),
    each as `as_json` has it, so that both values can be shown and neither is dropped.
    """

    code = "stale"

    def __str__(self) -> str:
        names = ", ".join(_label(name) for name in self.figures["fields"])
        return _("Somebody changed this meanwhile: %(fields)s. Nothing was written.") % {"fields": names}


class Broken(EditRefused):
    """The product would break a rule that it keeps now: `fields` has the sentences by field."""

    code = "broken"
    status = 422

    def __str__(self) -> str:
        return " ".join(f"{_label(name)}: {' '.join(sentences)}" for name, sentences in self.figures["fields"].items())


class WrongReturnable(EditRefused):
    """A product can't name it: it is another farm's, in another currency, or no longer in use (`why`)."""

    code = "wrong_returnable"

    def __str__(self) -> str:
        match self.figures["why"]:
            case "farm":
                return _("“%(name)s” goes back to another farm.") % self.figures
            case "currency":
                return _("The deposit for “%(name)s” isn't in %(currency)s, as this catalogue is.") % self.figures
            case _:
                return _("“%(name)s” is no longer in use: choose another one.") % self.figures


class PublishedAlready(EditRefused, WrongState):
    code = "published_already"

    def __str__(self) -> str:
        return _("This catalogue is published already.")


class NothingToSell(EditRefused, WrongState):
    code = "nothing_to_sell"

    def __str__(self) -> str:
        return _("Add a product that is on sale first: nobody can order from an empty catalogue.")


class CurrencyStays(EditRefused, WrongState):
    code = "currency_stays"

    def __str__(self) -> str:
        return _("This catalogue was published: its prices stay in the currency they have.")


class DepositsStay(EditRefused, WrongState):
    """Products name a deposit in the currency the catalog has now."""

    code = "deposits_stay"

    def __str__(self) -> str:
        return _("Some products have a deposit in %(currency)s: take it off them first.") % self.figures


class NotPublished(EditRefused, WrongState):
    code = "not_published"

    def __str__(self) -> str:
        return _("This catalogue isn't published.")


@dataclass(frozen=True)
class Tally:
    """What an application did: products written anew, changed, and single fields changed."""

    added: int
    changed: int
    fields: int


def add(catalog: Catalog, values: Values, *, by: User | None, source: str, key: Key | None = None) -> Product:
    """A new product at the end of the catalog; for a key that added one before, that product.

    A returnable among the values may be a new one, not written yet: it is written here. Raises ReferenceTaken,
    WrongReturnable.
    """
    made: list[Product] = []

    def write(catalog: Catalog) -> tuple[Answer, list[CatalogEdit]]:
        _refuse_taken(catalog, values.get("reference", ""), but=None)
        [settled] = _settled(catalog, [values])
        [position] = _next_positions(catalog, 1)
        product = _made(catalog, settled, position, rate=rates.usual(catalog.producer))
        product.save()  # one by one, so that the file fields store their files
        made.append(product)
        return {"product": product.pk}, [edit_of(product, ADDED, None, _summary(product), source)]

    answer = once(catalog.pk, key, by=by, write=write)
    return made[0] if made else Product.objects.get(pk=answer["product"])


def change(
    product: Product,
    values: Values,
    *,
    by: User | None,
    source: str,
    key: Key | None = None,
    seen: Values | None = None,
) -> list[str]:
    """Set the fields that differ on the product as it is *now*; returns their names.

    `seen` is what the person saw of it, by field and as `as_json` has it: a field that somebody else has changed since
    is not overwritten, and then nothing is written. A new returnable among the values is written here. Raises Stale,
    ReferenceTaken, WrongReturnable, Broken.
    """
    known = checked_names(values)
    done: list[Product] = []

    def write(catalog: Catalog) -> tuple[Answer, list[CatalogEdit]]:
        now = Product.objects.get(pk=product.pk)
        _refuse_stale(now, known, seen or {})
        if known.get("reference", now.reference) != now.reference:
            _refuse_taken(catalog, known["reference"], but=now)
        before = values_of(now)
        edits = _edits(now, {name: value for name, value in known.items() if name != "returnable"}, source)
        # Before a new returnable is written: what a product comes in plays no part in the rules.
        refuse_broken(before, now, typed=seen is not None)
        [settled] = _settled(catalog, [known])
        edits += _edits(now, {name: value for name, value in settled.items() if name == "returnable"}, source)
        if edits:
            now.save(update_fields=written({edit.field for edit in edits}))
            # A stored file has its name only now.
            for edit in edits:
                edit.after = held(now, edit.field)
            # The same photo once more has the name it had.
            edits = [edit for edit in edits if edit.before != edit.after]
        done.append(now)
        return {"fields": [edit.field for edit in edits]}, edits

    answer = once(product.catalog_id, key, by=by, write=write)
    for column in (*COLUMNS.values(), "deposit") if done else ():
        setattr(product, column, getattr(done[0], column))
    return list(answer["fields"])


def duplicate(product: Product, *, by: User, key: Key | None = None) -> Product:
    """The same product once more, hidden, under a name that says so, to be changed from there."""
    values = {name: getattr(product, name) for name in EDITABLE if name not in {"reference", "photo", "position"}}
    values |= {"name": _("%(name)s (copy)") % {"name": product.name[:180]}, "available": False}
    return add(product.catalog, values, by=by, source=CatalogEdit.Source.FORM, key=key)


def apply(
    catalog: Catalog,
    *,
    added: Iterable[Values],
    changed: Iterable[tuple[Product, Values]],
    by: User | None,
    source: str,
    key: Key | None = None,
) -> Tally:
    """Add and change many products at once, all or none, in a number of statements that doesn't grow with them.

    Takes no files (photos). The products in `changed` belong to the catalog; they are read again under its lock, so
    that each edit's `before` is true. References are the caller's affair: one taken twice breaks a database constraint.
    New returnables among the values are written here, each once. Raises WrongReturnable.
    """
    additions, changes = list(added), list(changed)

    def write(catalog: Catalog) -> tuple[Answer, list[CatalogEdit]]:
        settled = _settled(catalog, [*additions, *(values for _product, values in changes)])
        new, renewed = settled[: len(additions)], settled[len(additions) :]
        places = _next_positions(catalog, len(additions))
        rate = rates.usual(catalog.producer)
        products = [_made(catalog, values, place, rate=rate) for place, values in zip(places, new, strict=True)]
        Product.objects.bulk_create(products)
        edits = [edit_of(product, ADDED, None, _summary(product), source) for product in products]
        current = catalog.products.in_bulk([product.pk for product, _values in changes])
        touched: dict[int, Product] = {}
        for (product, _values), values in zip(changes, renewed, strict=True):
            now = current[product.pk]
            if found := _edits(now, values, source):
                touched[now.pk] = now
                edits += found
        save(touched.values(), {edit.field for edit in edits} - {ADDED})
        return {"added": len(products), "changed": len(touched), "fields": len(edits) - len(products)}, edits

    return Tally(**once(catalog.pk, key, by=by, write=write))


def found_catalog(catalog: Catalog, *, by: User) -> Catalog:
    """Write a new catalog, not published yet."""
    with transaction.atomic():
        catalog.save(force_insert=True)
        once(catalog.pk, None, by=by, write=lambda now: ({}, _founding(now)))
    return catalog


def change_catalog(catalog: Catalog, values: Values, *, by: User, key: Key | None = None) -> list[str]:
    """Its name, season and currency; returns the names of the fields that changed.

    Raises CurrencyStays for another currency once it was published, DepositsStay while products have a deposit.
    """

    def write(now: Catalog) -> tuple[Answer, list[CatalogEdit]]:
        if values.get("currency", now.currency) != now.currency:
            if now.was_published():
                raise CurrencyStays
            if now.products.filter(returnable__isnull=False).exists():
                raise DepositsStay(currency=now.currency)
        edits = []
        for name, value in values.items():
            before, after = as_json(getattr(now, name)), as_json(value)
            if before != after:
                setattr(now, name, value)
                edits.append(edit_of_catalog(now, name, before, after))
        if edits:
            now.save(update_fields=[edit.field for edit in edits])
        return {"fields": [edit.field for edit in edits]}, edits

    answer = once(catalog.pk, key, by=by, write=write)
    for name in answer["fields"]:
        setattr(catalog, name, values[name])
    return list(answer["fields"])


def publish(catalog: Catalog, *, by: User, key: Key | None = None) -> None:
    """Show the catalog to everybody, and let coordinators invite it. Raises WrongState with nothing in it to sell."""

    def write(now: Catalog) -> tuple[Answer, list[CatalogEdit]]:
        if now.published_at is not None:
            raise PublishedAlready
        refuse_nothing_to_sell(now)
        Catalog.objects.filter(pk=now.pk).update(published_at=timezone.now())
        return {}, [edit_of_catalog(now, PUBLISHED, before=False, after=True)]

    once(catalog.pk, key, by=by, write=write)
    catalog.refresh_from_db(fields=["published_at"])


def withdraw(catalog: Catalog, *, by: User, key: Key | None = None) -> None:
    """Take it out of sight. Group orders it is part of already go on."""

    def write(now: Catalog) -> tuple[Answer, list[CatalogEdit]]:
        if now.published_at is None:
            raise NotPublished
        Catalog.objects.filter(pk=now.pk).update(published_at=None)
        return {}, [edit_of_catalog(now, PUBLISHED, before=True, after=False)]

    once(catalog.pk, key, by=by, write=write)
    catalog.refresh_from_db(fields=["published_at"])


def save(products: Iterable[Product], fields: Collection[str]) -> None:
    """Write these fields of many products of a catalog that is held, in one statement. Takes no files."""
    if rows := list(products):
        require_held({product.catalog_id for product in rows})
        # Each row is there already: what conflicts is updated. In SQL this grows with the rows; `bulk_update` writes a
        # CASE per field, which grows with their square.
        Product.objects.bulk_create(
            rows, update_conflicts=True, unique_fields=["id"], update_fields=sorted(written(fields))
        )


def refuse_nothing_to_sell(catalog: Catalog) -> None:
    if not catalog.products.filter(available=True).exists():
        raise NothingToSell


def refuse_broken(before: Values, product: Product, *, typed: bool = False) -> None:
    """Refuse what the product breaks now and didn't break before: an old fault is no reason to keep a price as it is.

    `typed` is for what a person has just typed: it may be in the wrong unit.
    """
    after = values_of(product)
    faults = {name for name, _error in rules.broken(before)}
    found = [(name, error) for name, error in rules.broken(after) if name not in faults]
    if typed:
        found += rules.mistaken_unit(before, after)
    if found:
        raise Broken(fields={name: [str(sentence) for sentence in error.messages] for name, error in found})


def _refuse_stale(product: Product, values: Values, seen: Values) -> None:
    fields = {}
    for name, value in values.items():
        now, yours = held(product, name), as_json(value)
        if name in seen and now != seen[name] and now != yours:
            fields[name] = {"seen": seen[name], "now": now, "yours": yours}
    if fields:
        raise Stale(product=product.pk, fields=fields)


def _label(name: str) -> str:
    return str(Product._meta.get_field(name).verbose_name)  # type: ignore[union-attr]


def _settled(catalog: Catalog, several: Iterable[Values]) -> list[dict[str, Any]]:
    """Each product's values, their returnables written and found to fit the catalog, which is held.

    What ends a returnable holds all catalogs of its farm (`catalogs.returnables`): one in use here stays in use.
    """
    settled = [checked_names(values) for values in several]
    named = [values["returnable"] for values in settled if values.get("returnable") is not None]
    if not named:
        return settled
    new = {_sameness(returnable): returnable for returnable in named if returnable.pk is None}
    if new:
        # Somebody may have added the same to another catalog a moment ago.
        Returnable.objects.bulk_create(new.values(), ignore_conflicts=True)
    in_use = list(Returnable.objects.in_use().filter(producer=catalog.producer_id, amount_currency=catalog.currency))
    by_pk, alike = {each.pk: each for each in in_use}, {_sameness(each): each for each in in_use}
    for values in settled:
        if (returnable := values.get("returnable")) is not None:
            fitting = alike.get(_sameness(returnable)) if returnable.pk is None else by_pk.get(returnable.pk)
            if fitting is None:
                refuse_returnable(catalog, returnable)
            values["returnable"] = fitting
    return settled


def _sameness(returnable: Returnable) -> tuple[str, Decimal]:
    return returnable.name, returnable.deposit


def refuse_returnable(catalog: Catalog, returnable: Returnable) -> NoReturn:
    """Say why a product of the catalog can't name it."""
    why = "ended"
    if returnable.producer_id != catalog.producer_id:
        why = "farm"
    elif returnable.amount_currency != catalog.currency:
        why = "currency"
    raise WrongReturnable(name=returnable.name, currency=catalog.currency, why=why)


def _made(catalog: Catalog, values: Values, position: Decimal, *, rate: Decimal) -> Product:
    """`rate` is its VAT rate where the values say none."""
    product = Product(catalog=catalog, position=position, vat_rate=rate)
    for name, value in values.items():
        put(product, name, value)
    return product


def _edits(product: Product, values: Values, source: str) -> list[CatalogEdit]:
    """Set the values on `product`, and one edit for each that made a difference."""
    edits = []
    for name, value in values.items():
        before = held(product, name)
        put(product, name, value)
        after = held(product, name)
        if before != after:
            edits.append(edit_of(product, name, before, after, source))
    return edits


def _summary(product: Product) -> dict[str, Any]:
    """What was added: the fields that say something, so that history can show how a product began."""
    values = {name: held(product, name) for name in EDITABLE}
    return {name: value for name, value in values.items() if value not in (None, "", [], False)}


def _founding(catalog: Catalog) -> list[CatalogEdit]:
    """What a catalog began with: its name, and what else somebody chose."""
    usual = Catalog()
    return [
        edit_of_catalog(catalog, name, None, as_json(getattr(catalog, name)))
        for name in OF_CATALOG
        if getattr(catalog, name) != getattr(usual, name)
    ]


def _refuse_taken(catalog: Catalog, reference: str, *, but: Product | None) -> None:
    if not reference:
        return
    others = catalog.products.filter(reference=reference)
    if but is not None:
        others = others.exclude(pk=but.pk)
    if taken := others.first():
        raise ReferenceTaken(name=taken.name, reference=reference)


def _next_positions(catalog: Catalog, number: int) -> list[Decimal]:
    """Places for so many new products at the end. One query."""
    last = catalog.products.aggregate(last=Max("position"))["last"]
    return positions.at_the_end([] if last is None else [last], number)
