"""A catalog as rows for a spreadsheet: whoever changes them there can import them again."""

from __future__ import annotations

from collections.abc import Iterator

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from cagette import wording
from cagette.spreadsheets import Row, Value
from catalogs.models import Allergen, Catalog, Category, ContentUnit, Label, Product, Unit


def rows(catalog: Catalog) -> Iterator[Row]:
    """The header and a row for each product, hidden ones too, in the current language. One query."""
    yield [
        _("Reference"),
        _("Name"),
        _("Category"),
        _("Unit"),
        _("Net content"),
        _("Price incl. VAT"),
        _("Sold by weight"),
        _("Price per kg"),
        _("VAT (%)"),
        _("Professional price excl. VAT"),
        _("Deposit"),
        _("To give back"),
        _("Step"),
        _("Minimum"),
        _("Case size"),
        _("Stock"),
        pgettext("of a product", "Available"),
        _("Labels"),
        _("Origin"),
        _("Ingredients"),
        _("Allergens"),
        _("Storage"),
        _("Description"),
    ]
    for product in catalog.products.select_related("returnable"):
        yield _row(product)


def _row(product: Product) -> list[Value]:
    return [
        product.reference,
        product.name,
        str(Category(product.category).label),
        str(Unit(product.unit).label),
        _content(product),
        product.price,
        _("yes") if product.weighed else _("no"),
        product.price_per_kg,
        product.vat_rate.normalize(),
        product.professional_price,
        product.deposit or None,
        "" if product.returnable is None else product.returnable.name,
        product.step.normalize(),
        product.minimum.normalize() or None,
        None if product.case_size is None else product.case_size.normalize(),
        None if product.stock is None else product.stock.normalize(),
        _("yes") if product.available else _("no"),
        ", ".join(str(Label(label).label) for label in product.labels),
        product.origin,
        product.ingredients,
        ", ".join(str(Allergen(allergen).label) for allergen in product.allergens),
        product.storage,
        product.description,
    ]


def _content(product: Product) -> str:
    """`500 g`; of weighed goods the range whose middle is the usual weight: `600 - 1200 g`."""
    if product.weighed and product.typical_weight_g and product.greatest_weight_g:
        least = 2 * product.typical_weight_g - product.greatest_weight_g
        return f"{max(1, least)} - {product.greatest_weight_g} g"
    if product.content is None:
        return ""
    return f"{wording.quantity(product.content)} {ContentUnit(product.content_unit).label}"
