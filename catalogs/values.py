"""The values of products and catalogs as their edits hold them: plain JSON, and the way back."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from decimal import Decimal
from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.core.files import File
from django.db.models import BooleanField, Field, Model

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
# What a person sets on a catalog itself; and the name under which its edits tell whether everybody sees it.
OF_CATALOG = ("name", "currency", "season_from", "season_until")
PUBLISHED = "published"
# Under this name the history of a product tells of its shared supplies.
SUPPLY = "shared_supply"


def as_json(value: object) -> Any:
    """How a field's value stands in a `CatalogEdit`: decimals as strings without trailing zeros, files by name, rows by
    id. `from_json` is the way back. (A returnable that isn't written yet, in a preview, by what it will be.)
    """
    if isinstance(value, Decimal):
        return f"{value.normalize():f}"
    if isinstance(value, Returnable):
        return value.pk or {"name": value.name, "amount": str(value.deposit), "currency": value.amount_currency}
    if isinstance(value, Model):
        return value.pk
    if isinstance(value, File):
        return value.name or ""
    if isinstance(value, list | tuple):
        return sorted(str(each) for each in value)  # labels and allergens: their order says nothing
    if value is None or isinstance(value, bool | int):
        return value
    return str(value)


def from_json(model: type[Model], name: str, value: Any) -> Any:
    """Return a field's value from what stands in a `CatalogEdit`, as its column takes it. Nothing is the field's own
    way to say nothing.
    """
    field = model._meta.get_field(name)
    assert isinstance(field, Field)
    if value is not None:
        return field.to_python(value) if field.remote_field is None else value
    if field.null:
        return None
    return {BooleanField: False, ArrayField: []}.get(type(field), "")


def held(product: Product, name: str) -> Any:
    """What the product holds in a field, as `as_json` has it. No query."""
    return as_json(getattr(product, COLUMNS[name]))


def values_of(product: Product) -> dict[str, Any]:
    """What the product holds in its columns, by field name, as Python has it. No query."""
    return {name: getattr(product, column) for name, column in COLUMNS.items()}


def put(product: Product, name: str, value: Any) -> None:
    """Set a field of the product, and with what is given back its deposit."""
    setattr(product, name, value)
    if name == "returnable":
        product.deposit = Decimal(0) if value is None else value.deposit


def written(names: Collection[str]) -> set[str]:
    """Return the fields to save when these were set."""
    return {*names, "deposit"} if "returnable" in names else set(names)


def checked_names(values: Values) -> dict[str, Any]:
    """The values, all of which are fields of a product: others are a mistake in the program."""
    unknown = set(values) - set(EDITABLE)
    if unknown:
        raise ValueError(f"not fields of a product: {', '.join(sorted(unknown))}")
    return dict(values)


def edit_of(
    product: Product, field: str, before: Any, after: Any, source: str, *, undoes: CatalogEdit | None = None
) -> CatalogEdit:
    """An edit of a product, to be written with its request."""
    return CatalogEdit(
        catalog_id=product.catalog_id,
        product=product,
        field=field,
        before=before,
        after=after,
        source=source,
        undoes=undoes,
    )


def edit_of_catalog(
    catalog: Catalog, field: str, before: Any, after: Any, *, undoes: CatalogEdit | None = None
) -> CatalogEdit:
    """An edit of the catalog itself, to be written with its request."""
    source = CatalogEdit.Source.FORM
    return CatalogEdit(catalog=catalog, field=field, before=before, after=after, source=source, undoes=undoes)
