"""Catalogs, their products, how much of them there is, and every edit ever made."""

from catalogs.models.catalogs import Catalog, CatalogImport, VatRate
from catalogs.models.edits import CatalogEdit, EditRequest
from catalogs.models.products import Allergen, Category, ContentUnit, Label, Product, Unit
from catalogs.models.returnables import Returnable
from catalogs.models.supplies import Supply

__all__ = [
    "Allergen",
    "Catalog",
    "CatalogEdit",
    "CatalogImport",
    "Category",
    "ContentUnit",
    "EditRequest",
    "Label",
    "Product",
    "Returnable",
    "Supply",
    "Unit",
    "VatRate",
]
