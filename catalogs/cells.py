"""Setting one field of a product as a sheet does: read as the form reads it, applied if nobody else was faster."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError

from cagette.models import User
from catalogs import editing
from catalogs.forms.products import ProductForm
from catalogs.models import CatalogEdit, Product
from catalogs.refusals import EditRefused
from catalogs.requests import Key


class Misread(EditRefused):
    """What was typed isn't a value of this field. It is refused before its key is looked at: nothing was asked for."""

    code = "misread"
    status = 422

    def __str__(self) -> str:
        return str(self.figures["because"])


def read(product: Product, field: str, typed: Any) -> Any:
    """Return what somebody typed into a field, as the product's form reads it. Raises Misread.

    `product` is fetched with its catalog and producer.
    """
    form = ProductForm(instance=Product(catalog=product.catalog), producer=product.catalog.producer)
    try:
        value = form.fields[field].clean(typed)
        form.cleaned_data = {field: value}
        check = getattr(form, f"clean_{field}", None)
        return value if check is None else check()
    except ValidationError as error:
        raise Misread(field=field, because=" ".join(map(str, error.messages))) from error


def set_field(product: Product, field: str, typed: Any, *, seen: Any, by: User, key: Key | None = None) -> list[str]:
    """Set one field to what was typed, if it still is what the person saw (`seen`, as `values.as_json` has it).

    Returns the field, or nothing if it has that value already. Raises Misread; Stale with both values when somebody
    else was faster; Broken when it doesn't go with the product's other fields; ReferenceTaken.
    """
    value = read(product, field, typed)
    source = CatalogEdit.Source.FORM
    return editing.change(product, {field: value}, by=by, source=source, key=key, seen={field: seen})
