"""The one door through which products are added and changed: nothing passes it without its `CatalogEdit` rows.

An offer already published keeps what it was published with: a product changed here changes the rounds to come.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import Max
from django.db.models.fields.files import FieldFile
from django.utils import timezone
from django.utils.translation import gettext as _

from cagette.errors import DomainError, WrongState
from cagette.models import User
from catalogs import rates
from catalogs.models import Catalog, CatalogEdit, Product, Returnable

Values = Mapping[str, Any]

# What a person or a file may set on a product, and the columns where it stands. The deposit isn't among them: it is the
# amount of what is given back, and is written with it.
COLUMNS: dict[str, str] = {
    field.name: field.attname
    for field in Product._meta.concrete_fields
    if field.name not in {"id", "catalog", "deposit"}
}
EDITABLE: tuple[str, ...] = tuple(COLUMNS)
# The field name under which an edit says that the whole product was added.
ADDED = ""


class ReferenceTaken(DomainError):
    """Another product of the catalog has this reference."""


class WrongReturnable(DomainError):
    """A product can't name it: it is another farm's, in another currency, or no longer in use."""


@dataclass(frozen=True)
class Tally:
    """What an application did: products written anew, changed, and single fields changed."""

    added: int
    changed: int
    fields: int


def add(catalog: Catalog, values: Values, *, by: User | None, source: str) -> Product:
    """A new product at the end of the catalog. Raises ReferenceTaken, WrongReturnable.

    A returnable among the values may be a new one, not written yet: it is written here.
    """
    with transaction.atomic():
        _hold(catalog)
        _refuse_taken(catalog, values.get("reference", ""), but=None)
        [values] = _settled(catalog, [values])
        product = _made(catalog, values, position=_last_position(catalog) + 1, rate=rates.usual(catalog.producer))
        product.save()  # one by one, so that the file fields store their files
        CatalogEdit.objects.create(
            catalog=catalog, product=product, by=by, field=ADDED, after=_summary(product), source=source
        )
    return product


def change(product: Product, values: Values, *, by: User | None, source: str) -> list[str]:
    """Set the fields that differ on the product as it is *now*; returns their names.

    Raises ReferenceTaken, WrongReturnable; a new returnable among the values is written here.
    """
    with transaction.atomic():
        _hold(product.catalog)
        now = Product.objects.select_for_update(no_key=True).get(pk=product.pk)
        _refuse_taken(product.catalog, values.get("reference", ""), but=now)
        [values] = _settled(product.catalog, [values])
        edits = _edits(now, values, by=by, source=source)
        if edits:
            now.save(update_fields=_written({edit.field for edit in edits}))
            # A stored file has its name only now.
            for edit in edits:
                edit.after = held(now, edit.field)
            # The same photo once more has the name it had.
            edits = [edit for edit in edits if edit.before != edit.after]
            CatalogEdit.objects.bulk_create(edits)
    for column in (*COLUMNS.values(), "deposit"):
        setattr(product, column, getattr(now, column))
    return [edit.field for edit in edits]


def duplicate(product: Product, *, by: User) -> Product:
    """The same product once more, hidden, under a name that says so, to be changed from there."""
    values = {name: getattr(product, name) for name in EDITABLE if name not in {"reference", "photo", "position"}}
    values |= {"name": _("%(name)s (copy)") % {"name": product.name[:180]}, "available": False}
    return add(product.catalog, values, by=by, source=CatalogEdit.Source.FORM)


def apply(
    catalog: Catalog,
    *,
    added: Iterable[Values],
    changed: Iterable[tuple[Product, Values]],
    by: User | None,
    source: str,
) -> Tally:
    """Add and change many products at once, all or none, in a number of statements that doesn't grow with them.

    Takes no files (photos). The products in `changed` belong to the catalog; they are locked and read again, so each
    edit's `before` is true. References are the caller's affair: one taken twice breaks a database constraint. New
    returnables among the values are written here, each once. Raises WrongReturnable.
    """
    additions, changes = list(added), list(changed)
    with transaction.atomic():
        _hold(catalog)
        after, rate = _last_position(catalog), rates.usual(catalog.producer)
        settled = _settled(catalog, [*additions, *(values for _product, values in changes)])
        new, renewed = settled[: len(additions)], settled[len(additions) :]
        products = [_made(catalog, values, position=after + n, rate=rate) for n, values in enumerate(new, 1)]
        Product.objects.bulk_create(products)
        edits = [
            CatalogEdit(catalog=catalog, product=product, by=by, field=ADDED, after=_summary(product), source=source)
            for product in products
        ]
        locked = catalog.products.select_for_update(no_key=True).in_bulk([product.pk for product, _values in changes])
        touched: dict[int, Product] = {}
        names: set[str] = set()
        for (product, _values), values in zip(changes, renewed, strict=True):
            now = locked[product.pk]
            found = _edits(now, values, by=by, source=source)
            if found:
                touched[now.pk] = now
                names |= {edit.field for edit in found}
                edits += found
        if touched:
            Product.objects.bulk_update(touched.values(), _written(names), batch_size=500)
        CatalogEdit.objects.bulk_create(edits, batch_size=2000)
    return Tally(added=len(products), changed=len(touched), fields=len(edits) - len(products))


def found_catalog(catalog: Catalog, *, by: User) -> Catalog:
    """Write a new catalog, not published yet."""
    with transaction.atomic():
        catalog.save(force_insert=True)
        CatalogEdit.objects.create(
            catalog=catalog, by=by, field="name", after=catalog.name, source=CatalogEdit.Source.FORM
        )
    return catalog


def change_catalog(catalog: Catalog, values: Values, *, by: User) -> list[str]:
    """Its name, season and currency; returns the names of the fields that changed.

    Raises WrongState for another currency once it was published.
    """
    with transaction.atomic():
        now = Catalog.objects.select_for_update(no_key=True).get(pk=catalog.pk)
        if values.get("currency", now.currency) != now.currency and now.was_published():
            raise WrongState(_("This catalogue was published: its prices stay in the currency they have."))
        edits = []
        for name, value in values.items():
            before, after = as_json(getattr(now, name)), as_json(value)
            if before != after:
                setattr(now, name, value)
                edits.append(_of_catalog(now, name, before, after, by))
        if edits:
            now.save(update_fields=[edit.field for edit in edits])
            CatalogEdit.objects.bulk_create(edits)
    for edit in edits:
        setattr(catalog, edit.field, values[edit.field])
    return [edit.field for edit in edits]


def publish(catalog: Catalog, *, by: User) -> None:
    """Show the catalog to everybody, and let coordinators invite it. Raises WrongState with nothing in it to sell."""
    with transaction.atomic():
        now = Catalog.objects.select_for_update(no_key=True).get(pk=catalog.pk)
        if now.published_at is not None:
            raise WrongState(_("This catalogue is published already."))
        if not now.products.filter(available=True).exists():
            raise WrongState(_("Add a product that is on sale first: nobody can order from an empty catalogue."))
        now.published_at = timezone.now()
        now.save(update_fields=["published_at"])
        _of_catalog(now, "published", before=False, after=True, by=by).save()
    catalog.published_at = now.published_at


def withdraw(catalog: Catalog, *, by: User) -> None:
    """Take it out of sight. Group orders it is part of already go on."""
    with transaction.atomic():
        now = Catalog.objects.select_for_update(no_key=True).get(pk=catalog.pk)
        if now.published_at is None:
            raise WrongState(_("This catalogue isn't published."))
        now.published_at = None
        now.save(update_fields=["published_at"])
        _of_catalog(now, "published", before=True, after=False, by=by).save()
    catalog.published_at = None


def as_json(value: object) -> Any:
    """How a field's value stands in a `CatalogEdit`: decimals as strings without trailing zeros, files by name,
    returnables by id. (One that isn't written yet, in a preview, by what it will be.)
    """
    if isinstance(value, Decimal):
        return f"{value.normalize():f}"
    if isinstance(value, Returnable):
        return value.pk or {"name": value.name, "amount": str(value.deposit), "currency": value.amount_currency}
    if isinstance(value, FieldFile):
        return value.name or ""
    if isinstance(value, list | tuple):
        return sorted(str(each) for each in value)  # labels and allergens: their order says nothing
    if value is None or isinstance(value, bool | int):
        return value
    return str(value)


def held(product: Product, name: str) -> Any:
    """What the product holds in a field, as `as_json` has it. No query."""
    return as_json(getattr(product, COLUMNS[name]))


def _known(values: Values) -> dict[str, Any]:
    unknown = set(values) - set(EDITABLE)
    if unknown:
        raise ValueError(f"not fields of a product: {', '.join(sorted(unknown))}")
    return dict(values)


def _settled(catalog: Catalog, several: Iterable[Values]) -> list[dict[str, Any]]:
    """Each product's values, their returnables written and found to fit the catalog, which is held.

    What ends a returnable holds all catalogs of its farm (`catalogs.returnables`): one in use here stays in use.
    """
    settled = [_known(values) for values in several]
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
                _refuse_returnable(catalog, returnable)
            values["returnable"] = fitting
    return settled


def _sameness(returnable: Returnable) -> tuple[str, Decimal]:
    return returnable.name, returnable.deposit


def _refuse_returnable(catalog: Catalog, returnable: Returnable) -> None:
    words = {"name": returnable.name, "currency": catalog.currency}
    if returnable.producer_id != catalog.producer_id:
        raise WrongReturnable(_("“%(name)s” goes back to another farm.") % words)
    if returnable.amount_currency != catalog.currency:
        raise WrongReturnable(_("The deposit for “%(name)s” isn't in %(currency)s, as this catalogue is.") % words)
    raise WrongReturnable(_("“%(name)s” is no longer in use: choose another one.") % words)


def _made(catalog: Catalog, values: Values, *, position: int, rate: Decimal) -> Product:
    """`rate` is its VAT rate where the values say none."""
    product = Product(catalog=catalog, position=position, vat_rate=rate)
    for name, value in values.items():
        _set(product, name, value)
    return product


def _set(product: Product, name: str, value: Any) -> None:
    setattr(product, name, value)
    if name == "returnable":
        product.deposit = Decimal(0) if value is None else value.deposit


def _written(names: set[str]) -> list[str]:
    """The fields to save when these were set."""
    return sorted(names | {"deposit"} if "returnable" in names else names)


def _edits(product: Product, values: Values, *, by: User | None, source: str) -> list[CatalogEdit]:
    """Set the values on `product`, and one edit for each that made a difference."""
    edits = []
    for name, value in values.items():
        before = held(product, name)
        _set(product, name, value)
        after = held(product, name)
        if before != after:
            edits.append(
                CatalogEdit(
                    catalog_id=product.catalog_id,
                    product=product,
                    by=by,
                    field=name,
                    before=before,
                    after=after,
                    source=source,
                )
            )
    return edits


def _of_catalog(catalog: Catalog, field: str, before: Any, after: Any, by: User) -> CatalogEdit:
    return CatalogEdit(catalog=catalog, by=by, field=field, before=before, after=after, source=CatalogEdit.Source.FORM)


def _summary(product: Product) -> dict[str, Any]:
    """What was added: the fields that say something, so that history can show how a product began."""
    values = {name: held(product, name) for name in EDITABLE}
    return {name: value for name, value in values.items() if value not in (None, "", [], False)}


def _hold(catalog: Catalog) -> None:
    """One editor of a catalog at a time, for the length of one edit: positions and references stay straight."""
    Catalog.objects.select_for_update(no_key=True).get(pk=catalog.pk)


def _refuse_taken(catalog: Catalog, reference: str, *, but: Product | None) -> None:
    if not reference:
        return
    others = catalog.products.filter(reference=reference)
    if but is not None:
        others = others.exclude(pk=but.pk)
    if taken := others.first():
        raise ReferenceTaken(
            _("“%(name)s” has the reference %(reference)s already.") % {"name": taken.name, "reference": reference}
        )


def _last_position(catalog: Catalog) -> int:
    return catalog.products.aggregate(last=Max("position"))["last"] or 0
