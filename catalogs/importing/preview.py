"""A list against the catalogue: what taking it over would add, change, leave alone and refuse, row by row.

Nothing is written here. The same list and the same catalogue always give the same preview, and its `digest` is what a
person confirms: if either has changed since, the confirmation is refused.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from enum import Enum
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from catalogs.importing import deposits
from catalogs.importing.identity import Key, key_of, key_of_product, reference_key
from catalogs.importing.proposals import Proposal, Reading, Warning
from catalogs.models import Catalog, Product, Returnable
from catalogs.values import as_json, held

# A price that changes so many times over was typed in another unit.
_IMPOSSIBLE = 100
_UNLIKELY = 4


class Outcome(Enum):
    """What will happen to a row; the value is also the name of its look."""

    ADDED = "added"
    CHANGED = "changed"
    UNCHANGED = "same"
    DUPLICATE = "duplicate"
    REFUSED = "refused"
    SKIPPED = "skipped"

    @property
    def label(self) -> str:
        return str(_LABELS[self])


_LABELS = {
    Outcome.ADDED: gettext_lazy("added"),
    Outcome.CHANGED: gettext_lazy("changed"),
    Outcome.UNCHANGED: gettext_lazy("unchanged"),
    Outcome.DUPLICATE: gettext_lazy("twice in the list"),
    Outcome.REFUSED: gettext_lazy("refused"),
    Outcome.SKIPPED: gettext_lazy("no product"),
}


@dataclass(frozen=True)
class Line:
    """One row of the file. `values` are what will be written; `why` says why not, `notes` what to look at."""

    number: int
    text: str
    outcome: Outcome
    why: str = ""
    notes: tuple[str, ...] = ()
    proposal: Proposal | None = None
    product: Product | None = None
    values: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Preview:
    lines: list[Line]
    # In the catalogue and on sale, but not in the list: left alone unless one asks to hide them.
    missing: list[Product]
    warnings: list[Warning]
    # What taking it over adds to what the farm takes back.
    returnables: list[Returnable]
    counts: dict[str, int]
    digest: str

    def of(self, *outcomes: Outcome) -> list[Line]:
        return [line for line in self.lines if line.outcome in outcomes]

    @property
    def empty(self) -> bool:
        """Whether confirming would write nothing."""
        return not self.counts["added"] and not self.counts["changed"]


def compare(reading: Reading, catalog: Catalog) -> Preview:
    """The preview of a list that has been read. One query; three for a list with deposits."""
    products = list(catalog.products.select_related("returnable").order_by("pk"))
    kept, duplicates = _once_each(reading.proposals)
    matched = _match(kept, products)
    finder = deposits.Finder(catalog)
    lines = [_line(proposal, matched.get(index), finder) for index, proposal in enumerate(kept)]
    lines += duplicates
    lines += [Line(row.number, row.text, Outcome.REFUSED, row.reason) for row in reading.refusals]
    lines += [Line(row.number, row.text, Outcome.SKIPPED, row.reason) for row in reading.skipped]
    lines.sort(key=lambda line: line.number)
    found = {product.pk for product in matched.values()}
    missing = [product for product in products if product.pk not in found and product.available]
    counts = {"read": len(lines), **{outcome.name.lower(): 0 for outcome in Outcome}, "missing": len(missing)}
    counts |= {outcome.name.lower(): number for outcome, number in Counter(line.outcome for line in lines).items()}
    warnings = [*reading.warnings, *_jumps(lines)]
    made = [line.values["returnable"] for line in lines if line.values.get("returnable") is not None]
    new = list({id(each): each for each in made if each.pk is None}.values())
    return Preview(lines, missing, warnings, new, counts, _digest(lines, missing))


def _once_each(proposals: Sequence[Proposal]) -> tuple[list[Proposal], list[Line]]:
    """The proposals without exact repetitions, and those as lines.

    A reference that stands on rows of different products stays with the first: the others are known by their name.
    """
    kept: list[Proposal] = []
    duplicates: list[Line] = []
    seen: dict[object, int] = {}
    references: dict[str, int] = {}
    names: dict[Key, int] = {}
    for proposal in proposals:
        same = _sameness(proposal)
        if same in seen:
            first = kept[seen[same]]
            if proposal.available and not first.available:
                # Twice, once on sale and once not: it is on sale.
                kept[seen[same]] = replace(first, available=True)
            why = _("The same as row %(row)s.") % {"row": first.number}
            duplicates.append(Line(proposal.number, proposal.name, Outcome.DUPLICATE, why, proposal=proposal))
            continue
        notes = list(proposal.notes)
        reference = reference_key(proposal.reference)
        if reference and reference in references:
            notes.append(
                _("The reference %(reference)s stands on row %(row)s already: this product was read without it.")
                % {"reference": proposal.reference, "row": kept[references[reference]].number}
            )
            proposal = replace(proposal, reference="", given=proposal.given - {"reference"})
        elif reference:
            references[reference] = len(kept)
        key = key_of(proposal)
        if key in names and (not reference or not proposal.reference):
            notes.append(_("Row %(row)s has the same name, with another price.") % {"row": kept[names[key]].number})
        names.setdefault(key, len(kept))
        seen[same] = len(kept)
        kept.append(replace(proposal, notes=tuple(notes)))
    return kept, duplicates


def _sameness(proposal: Proposal) -> object:
    """What makes two rows one and the same: all that would be written but whether it's on sale."""
    told = replace(
        proposal, number=0, notes=(), given=frozenset(), available=True, why_no_price="", name="", reference=""
    )
    return key_of(proposal), reference_key(proposal.reference), told


def _match(proposals: Sequence[Proposal], products: Sequence[Product]) -> dict[int, Product]:
    """Which product of the catalogue each proposal is, by index: by reference, else by name, content and unit."""
    matched: dict[int, Product] = {}
    free = {product.pk: product for product in products}
    by_reference = {reference_key(product.reference): product for product in products if product.reference}
    by_key: dict[Key, list[Product]] = {}
    # Those without a reference come first: a row without one is more likely theirs.
    for product in sorted(products, key=lambda product: (bool(product.reference), product.pk)):
        by_key.setdefault(key_of_product(product), []).append(product)

    def take(index: int, product: Product) -> None:
        matched[index] = product
        del free[product.pk]

    for index, proposal in enumerate(proposals):
        reference = reference_key(proposal.reference)
        named = by_reference.get(reference) if reference else None
        if named and named.pk in free:
            take(index, named)
    for index, proposal in enumerate(proposals):
        if index in matched:
            continue
        candidates = (product for product in by_key.get(key_of(proposal), ()) if product.pk in free)
        alike = next((product for product in candidates if _may_be(proposal, product)), None)
        if alike:
            take(index, alike)
    _match_lone_names(proposals, matched, free, take)
    return matched


def _match_lone_names(
    proposals: Sequence[Proposal], matched: dict[int, Product], free: dict[int, Product], take: Any
) -> None:
    """A name that is left over once in the list and once in the catalogue is the same product with another content."""
    left = [index for index in range(len(proposals)) if index not in matched]
    names = Counter(key_of(proposals[index]).name for index in left)
    products: dict[str, list[Product]] = {}
    for product in free.values():
        products.setdefault(key_of_product(product).name, []).append(product)
    for index in left:
        name = key_of(proposals[index]).name
        same = products.get(name, [])
        if names[name] == 1 and len(same) == 1 and _may_be(proposals[index], same[0]):
            take(index, same[0])


def _may_be(proposal: Proposal, product: Product) -> bool:
    """Two different references are two products, however alike."""
    return (
        not proposal.reference
        or not product.reference
        or (reference_key(proposal.reference) == reference_key(product.reference))
    )


def _line(proposal: Proposal, product: Product | None, finder: deposits.Finder) -> Line:
    number, name, notes = proposal.number, proposal.name, proposal.notes
    if not proposal.priced and product is None:
        why = _("%(why)s There is no price to add it with.") % {"why": proposal.why_no_price}
        return Line(number, name, Outcome.REFUSED, why, notes, proposal)
    values = values_of(proposal) | {"returnable": finder.find(proposal, product)}
    if product is None:
        why = _invalid(Product(**values))
        if why:
            return Line(number, name, Outcome.REFUSED, why, notes, proposal)
        notes = (*notes, *_deposit_notes(values))
        return Line(number, name, Outcome.ADDED, notes=notes, proposal=proposal, values=values)
    values = {
        name: value
        for name, value in _changing(proposal, product, values).items()
        if held(product, name) != as_json(value)
    }
    if not values:
        return Line(number, name, Outcome.UNCHANGED, notes=notes, proposal=proposal, product=product)
    why = _impossible_jump(proposal, product) or _invalid(_as_changed(product, values))
    if why:
        return Line(number, name, Outcome.REFUSED, why, notes, proposal, product)
    notes = (*notes, *_deposit_notes(values))
    return Line(number, name, Outcome.CHANGED, proposal.why_no_price, notes, proposal, product, values)


def _deposit_notes(values: dict[str, Any]) -> tuple[str, ...]:
    returnable = values.get("returnable")
    return () if returnable is None else (deposits.note(returnable),)


def values_of(proposal: Proposal) -> dict[str, Any]:
    """All fields of a new product, but what is given back for its deposit."""
    values: dict[str, Any] = {
        "reference": proposal.reference,
        "name": proposal.name,
        "description": proposal.description,
        "category": proposal.category or "other",
        "labels": list(proposal.labels),
        "origin": proposal.origin,
        "ingredients": proposal.ingredients,
        "storage": proposal.storage,
        "unit": proposal.unit,
        "content": proposal.content,
        "content_unit": proposal.content_unit,
        "price": proposal.price,
        "professional_price": proposal.professional_price,
        "weighed": proposal.weighed,
        "price_per_kg": proposal.price_per_kg,
        "typical_weight_g": proposal.typical_weight_g,
        "greatest_weight_g": proposal.greatest_weight_g,
        "step": proposal.step,
        "minimum": proposal.minimum,
        "case_size": proposal.case_size,
        "available": proposal.available,
        "stock": proposal.stock,
    }
    return values if proposal.vat_rate is None else {**values, "vat_rate": proposal.vat_rate}


def _changing(proposal: Proposal, product: Product, values: dict[str, Any]) -> dict[str, Any]:
    """What the list says of a product that is there already; what it doesn't speak of stays."""
    if not proposal.priced:
        return {"available": False}
    changing = {name: value for name, value in values.items() if name in proposal.given}
    if proposal.reference == "" or reference_key(proposal.reference) == reference_key(product.reference):
        changing.pop("reference", None)
    if proposal.weighed:
        changing |= {"unit": "piece", "step": Decimal(1), "case_size": None}
    return changing


def _as_changed(product: Product, values: dict[str, Any]) -> Product:
    fields = {item.attname: getattr(product, item.attname) for item in Product._meta.concrete_fields}
    changed = Product(**fields)
    for name, value in values.items():
        setattr(changed, name, value)
    return changed


def _invalid(product: Product) -> str:
    """Why the catalogue would refuse the product; empty when it wouldn't."""
    try:
        product.clean_fields(exclude=["catalog", "photo", "returnable"])
    except ValidationError as error:
        names = {item.name: str(item.verbose_name) for item in Product._meta.concrete_fields}
        return " ".join(
            f"{names.get(name, name)}: {' '.join(map(str, messages))}" for name, messages in error.message_dict.items()
        )
    if product.case_size is not None and product.case_size % product.step:
        return _("The case is no multiple of the step.")
    if product.minimum % product.step:
        return _("The minimum is no multiple of the step.")
    return ""


def _factor(proposal: Proposal, product: Product) -> Decimal | None:
    """How many times higher (or lower) the new price is, where both are of the same kind."""
    before, after = (
        (product.price_per_kg, proposal.price_per_kg) if product.weighed else (product.price, proposal.price)
    )
    if not before or not after or product.unit != proposal.unit:
        return None
    return max(after / before, before / after)


def _impossible_jump(proposal: Proposal, product: Product) -> str:
    factor = _factor(proposal, product)
    if factor is None or factor < _IMPOSSIBLE:
        return ""
    return _("The price would change more than 100 times over: it was probably typed in another unit.")


def _jumps(lines: Iterable[Line]) -> list[Warning]:
    rows = [
        line.number
        for line in lines
        if line.outcome is Outcome.CHANGED
        and line.product
        and line.proposal
        and (_factor(line.proposal, line.product) or 0) >= _UNLIKELY
    ]
    if not rows:
        return []
    listed = ", ".join(map(str, rows[:8]))
    return [Warning("price-jump", _("Prices change more than four times over on row %(rows)s.") % {"rows": listed})]


def _digest(lines: Iterable[Line], missing: Iterable[Product]) -> str:
    told = hashlib.sha256()
    for line in lines:
        product = line.product.pk if line.product else 0
        values = sorted((name, as_json(value)) for name, value in line.values.items())
        told.update(repr((line.number, line.outcome.value, product, values)).encode())
    told.update(repr([product.pk for product in missing]).encode())
    return told.hexdigest()
