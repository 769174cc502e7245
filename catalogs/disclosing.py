"""What a person has written in catalogues; cagette/disclosing.py begins it."""

from __future__ import annotations

from typing import Any

from cagette.models import User
from catalogs.models import CatalogEdit, CatalogImport


def of(user: User) -> dict[str, Any]:
    """Two statements. The files of imports are the farm's, and stay there."""
    edits = CatalogEdit.objects.filter(by=user).select_related("catalog__producer", "product").order_by("pk")
    imports = CatalogImport.objects.filter(by=user).select_related("catalog__producer").defer("content").order_by("pk")
    return {
        "catalogue_edits": [
            {
                "at": edit.at,
                "catalogue": str(edit.catalog),
                "product": edit.product.name if edit.product else None,
                "field": edit.field,
                "before": edit.before,
                "after": edit.after,
                "source": edit.source,
            }
            for edit in edits
        ],
        "imports": [
            {"at": found.created_at, "catalogue": str(found.catalog), "file": found.filename, "state": found.state}
            for found in imports
        ],
    }
