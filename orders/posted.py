"""What a sheet posts, read strictly: by script one change at a time, as a plain form the whole sheet.

    quantity-<offer>    what was typed
    extra-<offer>       how much more one would take to fill a case, as typed
    shown-<offer>       what the page showed when it was made: stall/wanted/extra/confirmed/confirmed extra/price/basis,
                        and on the basis `net` the VAT rate; pages made before there were two bases end with the price
    note-<stall>        a word to the farm, as typed
    noted-<stall>       what the page showed of it when it was made
    key, household      made with the page; a guest's has no household

What a person typed is judged kindly, line by line; what the page itself wrote is either well formed or `Unreadable`.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal, InvalidOperation

from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from cagette.errors import DomainError
from cagette.money import Basis
from orders import refusals
from orders.confirming import Shown
from orders.requests import Refusal, read_quantity

# The columns' own limits: a larger number names nothing.
GREATEST_ID = 2**63 - 1
GREATEST_STALL_ID = 2**31 - 1

# A round of 1,000 products fits; more is no sheet of ours. Nobody changes so many at once.
MOST_LINES = 3_000
MOST_CHANGES = 400
MOST_NOTES = 200


class TooMuchAtOnce(DomainError):
    """Each change is saved by itself: a person's patience is enough for some hundreds."""

    status = 422


class Unreadable(DomainError):
    """The page is broken, or somebody made it up."""

    status = 422

    def __init__(self) -> None:
        super().__init__(_("Something is wrong with this page: please reload it. Nothing was changed."))


@dataclass(frozen=True)
class Change:
    """One change, as the script sends it. None stands for what isn't a number."""

    key: str
    household_id: int
    stall_id: int
    offer_id: int
    seen: Decimal
    wanted: Decimal | None
    tolerance: Decimal | None


@dataclass(frozen=True)
class Entry:
    """One line of a posted sheet: what was typed, and what the page showed of it before."""

    offer_id: int
    stall_id: int
    typed: str
    typed_extra: str
    wanted: Decimal
    tolerance: Decimal
    quantity: Decimal
    confirmed_tolerance: Decimal
    price: Decimal
    basis: str | None = None
    vat_rate: Decimal | None = None

    @property
    def typed_quantity(self) -> Decimal | None:
        return read_quantity(self.typed)

    @property
    def typed_tolerance(self) -> Decimal | None:
        return read_quantity(self.typed_extra)

    @property
    def refusal(self) -> Refusal | None:
        """Set when what was typed isn't a quantity at all."""
        if self.typed_quantity is None or self.typed_tolerance is None:
            return Refusal(refusals.NOT_A_NUMBER)
        return None

    @property
    def changed(self) -> bool:
        return (self.typed_quantity, self.typed_tolerance) != (self.wanted, self.tolerance)

    @property
    def touched(self) -> bool:
        """Whether there is, was or shall be anything of it in the order."""
        return self.changed or bool(self.wanted or self.quantity)

    def shown(self) -> Shown:
        """The line to confirm. Ask for it only when there is no `refusal`."""
        return Shown(
            self.offer_id,
            self.typed_quantity or Decimal(0),
            self.typed_tolerance or Decimal(0),
            self.price,
            self.wanted,
            self.quantity,
            self.basis,
            self.vat_rate,
        )


@dataclass(frozen=True)
class Note:
    """A household's word to a farm: what was typed, and what the page showed before."""

    household_id: int
    stall_id: int
    typed: str
    seen: str


@dataclass(frozen=True)
class Posted:
    """A whole sheet, as a form without script sends it, or the recap. `notes` are those that were changed."""

    key: str
    household_id: int
    entries: Mapping[int, Entry]
    notes: Sequence[Note] = ()

    def changes(self) -> list[Entry]:
        """What was typed anew. Raises `TooMuchAtOnce`."""
        return _patiently([entry for entry in self.entries.values() if entry.changed])

    def refusals(self) -> dict[int, Refusal]:
        return {offer: entry.refusal for offer, entry in self.entries.items() if entry.refusal is not None}


@dataclass(frozen=True)
class Filled:
    """A sheet posted by somebody who can't save it: a guest, or a member whose session has ended (`household_id`)."""

    key: str
    household_id: int | None
    script: bool
    entries: Mapping[int, Entry]
    notes: Sequence[Note]

    def kept(self) -> list[Entry]:
        """What there is to keep: all that a guest wants, all that a member has changed. Raises `TooMuchAtOnce`."""
        if self.household_id is not None:
            return _patiently([entry for entry in self.entries.values() if entry.changed])
        # A guest's sheet stands on nothing that was saved.
        wanted = [entry for entry in self.entries.values() if entry.typed_quantity != 0]
        return _patiently([replace(entry, wanted=Decimal(0)) for entry in wanted])

    def about(self) -> dict[str, object]:
        return {"key": self.key, "household": self.household_id, "script": self.script}


def _patiently(changes: list[Entry]) -> list[Entry]:
    if len(changes) > MOST_CHANGES:
        raise TooMuchAtOnce(_("These are too many changes at once: please save more often. Nothing was changed."))
    return changes


def read_change(post: QueryDict) -> Change:
    """Raises `Unreadable` for what no page of ours sends."""
    seen = read_quantity(post.get("seen", ""))
    if seen is None:
        raise Unreadable
    return Change(
        key=_key(post),
        household_id=_id(post.get("household", "")),
        stall_id=_id(post.get("stall", ""), GREATEST_STALL_ID),
        offer_id=_id(post.get("offer", "")),
        seen=seen,
        wanted=read_quantity(post.get("wanted", "")),
        tolerance=read_quantity(post.get("tolerance", "")),
    )


def read_sheet(post: QueryDict) -> Posted:
    """Raises `Unreadable` for what no page of ours sends. Fields of other names are passed over."""
    household_id = _id(post.get("household", ""))
    return Posted(_key(post), household_id, _entries(post), _notes(post, household_id))


def read_note(post: QueryDict) -> Note:
    """A note, as the script sends it. Raises `Unreadable` for what no page of ours sends."""
    household_id = _id(post.get("household", ""))
    return _note(household_id, post.get("stall", ""), post.get("text", ""), post.get("seen", ""))


def _notes(post: QueryDict, household_id: int) -> list[Note]:
    """Those that were changed."""
    notes = []
    for name, value in post.items():
        prefix, _dash, stall = name.partition("-")
        if prefix == "noted" and post.get(f"note-{stall}", value) != value:
            notes.append(_note(household_id, stall, post.get(f"note-{stall}", ""), str(value)))
    if len(notes) > MOST_NOTES:
        raise Unreadable
    return notes


def _note(household_id: int, stall: str, typed: str, seen: str) -> Note:
    return Note(household_id, _id(stall, GREATEST_STALL_ID), typed, seen)


def read_filled(post: QueryDict) -> Filled:
    """As `read_sheet`, of somebody who isn't signed in or has no household here. Notes are a household's."""
    household = _id(post.get("household", "")) if "household" in post else None
    notes = [] if household is None else _notes(post, household)
    return Filled(_key(post), household, "script" in post, _entries(post), notes)


def _entries(post: QueryDict) -> dict[int, Entry]:
    entries = {}
    for name, value in post.items():
        prefix, _dash, offer = name.partition("-")
        if prefix == "shown":
            entry = _entry(_id(offer), str(value), post)
            entries[entry.offer_id] = entry
    if len(entries) > MOST_LINES:
        raise Unreadable
    return entries


def _entry(offer_id: int, shown: str, post: QueryDict) -> Entry:
    stall, *parts = shown.split("/")
    figures, basis = parts[:5], parts[5:]
    if len(figures) != 5:
        raise Unreadable
    return Entry(
        offer_id,
        _id(stall, GREATEST_STALL_ID),
        # Where there is no field, nothing was changed.
        post.get(f"quantity-{offer_id}", figures[0]),
        post.get(f"extra-{offer_id}", figures[1]),
        *_figures(figures),
        *_basis(basis),
    )


def _figures(parts: list[str]) -> tuple[Decimal, Decimal, Decimal, Decimal, Decimal]:
    wanted, extra, confirmed, confirmed_extra, price = map(_number, parts)
    return wanted, extra, confirmed, confirmed_extra, price


def _basis(parts: list[str]) -> tuple[str | None, Decimal | None]:
    match parts:
        case []:
            return None, None
        case [Basis.GROSS]:
            return Basis.GROSS.value, None
        case [Basis.NET, rate]:
            return Basis.NET.value, _number(rate)
    raise Unreadable


def _key(post: QueryDict) -> str:
    try:
        return str(uuid.UUID(post.get("key", "")))
    except ValueError:
        raise Unreadable from None


def _id(text: str, greatest: int = GREATEST_ID) -> int:
    # isdecimal takes other scripts' digits too: nobody's page sends those.
    if not (text.isascii() and text.isdecimal() and len(text) < 20 and 0 < int(text) <= greatest):
        raise Unreadable
    return int(text)


def _number(text: str) -> Decimal:
    try:
        number = Decimal(text)
    except InvalidOperation:
        raise Unreadable from None
    if len(text) > 12 or not (number.is_finite() and 0 <= number < 1_000_000):
        raise Unreadable
    return number
