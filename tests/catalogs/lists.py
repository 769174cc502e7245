"""What a price list must yield, and trying it: used on our own small lists and on the real ones of the shared data."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path

from catalogs.importing import applying
from catalogs.importing.headers import Field
from catalogs.importing.mapping import Mapping, guess, read_mapped
from catalogs.importing.proposals import Proposal, Reading
from catalogs.importing.reading import read
from catalogs.models import CatalogImport
from tests import cast


@dataclass(frozen=True)
class Expected:
    """What a file must yield: how many rows of each kind, and some of its products.

    A product is (name, measure, price): the measure is the content ("500 g"), "kg" or "litre" for a price per measure,
    "" when unknown; the price incl. VAT, or per kg for what is weighed.
    """

    file: str
    proposals: int
    priced: int | None = None
    unavailable: int = 0
    refused: int = 0
    skipped: int = 0
    products: tuple[tuple[str, str, str], ...] = ()
    warnings: tuple[str, ...] = ()
    duplicates: int = 0
    # Chosen on the mapping screen, for lists whose columns can't be known.
    chosen: dict[int, Field] = field(default_factory=dict)


def name_of(expected: Expected) -> str:
    return expected.file


def mapping_of(folder: Path, expected: Expected) -> Mapping:
    data = (folder / expected.file).read_bytes()
    mapping = guess(read(data, expected.file))
    return replace(mapping, columns={**mapping.columns, **expected.chosen})


def reading_of(folder: Path, expected: Expected) -> Reading:
    data = (folder / expected.file).read_bytes()
    return read_mapped(read(data, expected.file), mapping_of(folder, expected))


def find(reading: Reading, name: str) -> Proposal:
    (proposal,) = [proposal for proposal in reading.proposals if proposal.name == name]
    return proposal


def told(proposal: Proposal) -> tuple[str, str, str]:
    price = proposal.price_per_kg if proposal.weighed else proposal.price
    return proposal.name, proposal.measure, str(price)


def assert_reads_as_expected(folder: Path, expected: Expected) -> None:
    reading = reading_of(folder, expected)
    proposals = reading.proposals
    rows = (len(proposals), len(reading.refusals), len(reading.skipped))
    assert rows == (expected.proposals, expected.refused, expected.skipped)
    priced = expected.proposals if expected.priced is None else expected.priced
    assert sum(proposal.priced for proposal in proposals) == priced
    assert sum(not proposal.available for proposal in proposals) == expected.unavailable
    assert set(expected.products) <= {told(proposal) for proposal in proposals}
    assert tuple(warning.code for warning in reading.warnings) == expected.warnings


def assert_imports_once(folder: Path, expected: Expected) -> None:
    """Importing writes what the preview says; importing again changes nothing; the counts add up both times."""
    catalog = cast.a_catalog(name="Liste")
    user = cast.a_farmer(catalog.producer)
    results = []
    for _time in range(2):
        started = applying.begin(catalog, (folder / expected.file).read_bytes(), expected.file, by=user)
        applying.settle(started, mapping_of(folder, expected))
        preview = applying.preview_of(started)
        counts = preview.counts
        outcomes = ("added", "changed", "unchanged", "duplicate", "refused", "skipped")
        assert counts["read"] == sum(counts[outcome] for outcome in outcomes) == len(preview.lines)
        seen = frozenset(warning.code for warning in preview.warnings)
        results.append(applying.apply(started, by=user, digest=preview.digest, seen=seen))
    first, second = results
    unpriced = sum(not proposal.priced for proposal in reading_of(folder, expected).proposals)
    assert first["added"] == expected.proposals - unpriced - expected.duplicates == catalog.products.count()
    assert first["duplicate"] == expected.duplicates
    assert (second["added"], second["changed"], second["missing"]) == (0, 0, 0)
    assert second["unchanged"] == first["added"]
    assert CatalogImport.objects.filter(catalog=catalog, state="applied").count() == 2
