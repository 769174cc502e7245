"""An import's way into the catalogue: uploaded, mapped, previewed, and applied once."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from cagette.errors import DomainError, WrongState
from cagette.models import User
from catalogs import editing, locks, rates
from catalogs.importing.headers import Field
from catalogs.importing.identity import name_key
from catalogs.importing.mapping import Mapping, guess, mapping_from, read_mapped
from catalogs.importing.markets import market_of
from catalogs.importing.preview import Outcome, Preview, compare
from catalogs.importing.proposals import Reading
from catalogs.importing.reading import read
from catalogs.models import Catalog, CatalogEdit, CatalogImport
from catalogs.requests import Key

# A file may hold more than its prices; it's kept as long as somebody may want to look at it again.
KEPT_DAYS = 30


class ChangedMeanwhile(DomainError):
    """The catalogue or the columns are no longer what the person saw when confirming."""


class NotSeen(DomainError):
    """A warning wasn't ticked off."""

    status = 422


def begin(catalog: Catalog, data: bytes, filename: str, *, by: User) -> CatalogImport:
    """Keep the file with a first guess of its columns; writes nothing into the catalogue. Raises `Unreadable`.

    Of a list of several farms only the catalogue's own is taken, if it's among them.
    """
    sheets = read(data, filename)
    mapping = guess(sheets)
    mapping = replace(mapping, options=replace(mapping.options, vat_rate=rates.usual(catalog.producer)))
    if Field.FARM in mapping.columns.values():
        farms = read_mapped(sheets, mapping).farms
        own = [farm for farm in farms if name_key(farm) == name_key(catalog.producer.name)]
        if own and len(farms) > 1:
            mapping = replace(mapping, options=replace(mapping.options, farm=own[0]))
    return CatalogImport.objects.create(
        catalog=catalog, by=by, filename=filename[-200:], content=data, mapping=mapping.as_json()
    )


def settle(catalog_import: CatalogImport, mapping: Mapping) -> None:
    """Keep what somebody chose for the columns. Raises WrongState once the import was applied."""
    with transaction.atomic():
        now = hold(catalog_import.pk)
        if now.state != CatalogImport.State.DRAFT:
            raise WrongState(_("This list has been taken over already."))
        now.mapping = mapping.as_json()
        now.save(update_fields=["mapping"])
    catalog_import.mapping = now.mapping


def hold(pk: int) -> CatalogImport:
    """The import as it is, nobody else's until the transaction ends: who confirms second finds it applied."""
    return CatalogImport.objects.select_for_update(no_key=True).get(pk=pk)


def reading_of(catalog_import: CatalogImport) -> Reading:
    """The file of an import, read as it is mapped. Raises `Unreadable`."""
    sheets = read(bytes(catalog_import.content), catalog_import.filename)
    market = market_of(catalog_import.catalog)
    return read_mapped(sheets, mapping_from(catalog_import.mapping), market)


def preview_of(catalog_import: CatalogImport) -> Preview:
    return compare(reading_of(catalog_import), catalog_import.catalog)


def apply(
    catalog_import: CatalogImport,
    *,
    by: User,
    digest: str,
    seen: frozenset[str] = frozenset(),
    hide_missing: bool = False,
) -> dict[str, int]:
    """Write what the preview said, all in one transaction, and return its counts.

    Once only: confirming again answers the same counts and writes nothing. `digest` is that of the preview the person
    saw; raises ChangedMeanwhile when the catalogue or the mapping has changed since, NotSeen when a warning isn't
    among `seen`. With `hide_missing`, what is on sale but not in the list is hidden.
    """
    with transaction.atomic():
        now = hold(catalog_import.pk)
        if now.state == CatalogImport.State.APPLIED:
            return {name: int(count) for name, count in now.result.items()}
        # Held from here, so that the preview stays true until it is written.
        catalog = locks.hold(now.catalog_id)[now.catalog_id]
        preview = compare(reading_of(now), catalog)
        if preview.digest != digest:
            raise ChangedMeanwhile(_("The catalogue has changed since you looked: here is what would happen now."))
        if any(warning.code not in seen for warning in preview.warnings):
            raise NotSeen(_("Tick each warning first: nothing was taken over yet."))
        changed = [(line.product, line.values) for line in preview.of(Outcome.CHANGED) if line.product is not None]
        hidden = preview.missing if hide_missing else []
        editing.apply(
            catalog,
            added=[line.values for line in preview.of(Outcome.ADDED)],
            changed=[*changed, *((product, {"available": False}) for product in hidden)],
            by=by,
            source=CatalogEdit.Source.IMPORT,
            key=Key.of(f"import:{now.pk}", digest),
        )
        now.state, now.applied_at = CatalogImport.State.APPLIED, timezone.now()
        now.result = {**preview.counts, "hidden": len(hidden)}
        now.save(update_fields=["state", "applied_at", "result"])
    return dict(now.result)


def erase_old() -> None:
    """Erase the files that were taken over, and the imports that were left lying, more than `KEPT_DAYS` ago."""
    horizon = timezone.now() - timedelta(days=KEPT_DAYS)
    CatalogImport.objects.filter(applied_at__lt=horizon).exclude(content=b"").update(content=b"")
    CatalogImport.objects.filter(state=CatalogImport.State.DRAFT, created_at__lt=horizon).delete()
