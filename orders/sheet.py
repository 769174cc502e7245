"""What the order sheet and the recap show of a round: stalls, lines, what is left, and what it all costs.

Six queries at most, however many products there are. Whatever is judged here is for display: `filling` and
`confirming` ask the database again, under its locks.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property

from django.db.models import BooleanField, Exists, F, OuterRef, QuerySet, Subquery, Value
from django.utils import timezone

from cagette import wording
from cagette.money import Money, seen
from catalogs import labels
from catalogs.models import Category, Label
from orders import progress
from orders.due import Due, Taken, in_all, to_farm
from orders.lines import Line, plain
from orders.models import Favourite, Household, Offer, OrderLine, OrderNote, Round, Stall
from orders.posted import Entry
from orders.progress import NONE, Minimum
from orders.requests import Refusal, stake
from producers.models import Certificate

# What the sheet can be cut down to, beside a category: what is starred, what is on it.
FAVOURITES, MINE = "favourites", "mine"


@dataclass
class Part:
    """One stall of the sheet. `note` is the household's word to the farm, `typed_note` what was typed instead and could
    not be saved, because of `note_error`.
    """

    stall: Stall
    is_open: bool
    closes_earlier: bool
    minimum: Minimum | None
    note: str
    net: bool = False
    typed_note: str | None = None
    note_error: str = ""
    lines: list[Line] = field(default_factory=list)

    @cached_property
    def counted(self) -> list[Line]:
        return [line for line in self.lines if line.counted]

    @cached_property
    def due(self) -> Due:
        """What the farm gets once everything on the sheet is confirmed."""
        return self._due(line.taken for line in self.counted)

    @cached_property
    def ordered(self) -> Due:
        """What the farm gets by what is ordered."""
        taken = (line.ordered for line in self.lines)
        return self._due(each for each in taken if each is not None)

    def _due(self, taken: Iterable[Taken]) -> Due:
        return to_farm(taken, self.stall.round.currency, net=self.net)

    @property
    def rows(self) -> list[tuple[Line, Money, Money]]:
        """The lines of the recap, each with what it comes to and the most that it can; for professionals excl. VAT."""
        lines, currency = self.counted, self.stall.round.currency
        amounts = seen([line.taken.price.item(line.counted) for line in lines], net=self.net)
        greatest = seen([line.taken.price.greatest_item(line.counted) for line in lines], net=self.net)
        return [
            (line, Money(amount, currency), Money(most, currency))
            for line, amount, most in zip(lines, amounts, greatest, strict=True)
        ]

    @property
    def hidden(self) -> bool:
        return bool(self.lines) and all(line.hidden for line in self.lines)

    @property
    def note_field(self) -> str:
        return self.note if self.typed_note is None else self.typed_note

    @property
    def labels(self) -> list[Label]:
        """Those that some of its products bear."""
        borne = {label for line in self.lines for label in line.labels}
        return [label for label in Label if label in borne]


@dataclass
class Sheet:
    """The whole sheet of a round, for one household or for somebody who only looks."""

    round: Round
    household: Household | None
    parts: list[Part]
    order_id: int | None
    show: str = ""

    @cached_property
    def lines(self) -> list[Line]:
        return [line for part in self.parts for line in part.lines]

    @cached_property
    def shown(self) -> int:
        """How many lines aren't hidden."""
        return sum(not line.hidden for line in self.lines)

    @cached_property
    def due(self) -> Due:
        """What the order will come to once everything on the sheet is confirmed."""
        return in_all((part.due for part in self.parts), self.round.currency)

    @cached_property
    def ordered(self) -> Due:
        return in_all((part.ordered for part in self.parts), self.round.currency)

    @property
    def difference(self) -> str:
        """`+ 3,50 €`: what the button would add to what is ordered."""
        by = self.due.amount - self.ordered.amount
        return f"{'+' if by.amount >= 0 else '−'}{wording.NBSP}{wording.money(abs(by))}"

    @cached_property
    def has_order(self) -> bool:
        return any(line.quantity for line in self.lines)

    @cached_property
    def pending(self) -> bool:
        return any(line.pending for line in self.lines)

    @property
    def state(self) -> str:
        """empty, filled (nothing confirmed yet), ordered, or more (confirmed, and then raised)."""
        if self.pending:
            return "more" if self.has_order else "filled"
        return "ordered" if self.has_order else "empty"

    @cached_property
    def is_open(self) -> bool:
        return any(part.is_open for part in self.parts)

    @cached_property
    def categories(self) -> list[Category]:
        there = {line.offer.category for line in self.lines}
        return [category for category in Category if category in there]

    @cached_property
    def refused(self) -> list[Line]:
        return [line for line in self.lines if line.refusal is not None]

    @cached_property
    def to_send(self) -> list[Line]:
        """What the button sends: all that is or was in the order, where orders are still open."""
        return [line for line in self.lines if line.is_open and (line.wanted or line.quantity or line.extra)]


def of_round(
    round: Round,
    household: Household | None,
    *,
    entries: Mapping[int, Entry] | None = None,
    refused: Mapping[int, Refusal] | None = None,
    kept: Mapping[int, Entry] | None = None,
    unsaved_notes: Mapping[int, tuple[str, str]] | None = None,
    show: str = "",
    at: datetime | None = None,
) -> Sheet:
    """The sheet as it stands. `entries` is what was just posted, `refused` why some of it could not be accepted: those
    lines show what is possible instead, or what was typed, with the sentence beside; `unsaved_notes` likewise, per
    stall. `kept` is what a guest has filled in. `show` cuts it down to a category, FAVOURITES or MINE; the other lines
    are there, hidden.
    """
    at = at or timezone.now()
    professional = household is not None and household.professional
    parts = {stall.pk: _part(round, stall, at, net=professional) for stall in _stalls(round, household)}
    for stall_id, (typed, sentence) in (unsaved_notes or {}).items():
        if stall_id in parts:
            parts[stall_id].typed_note, parts[stall_id].note_error = typed, sentence
    certificates = _certificates(part.stall for part in parts.values())
    offers = list(_offers(parts, household))
    have = _lines_of(round, household) or _lines_kept(kept or {})
    left = progress.what_is_left(offers, professional=professional)
    cases = progress.cases(offers)
    today = timezone.localdate(at, round.neighbourhood.zone)
    nothing = OrderLine(wanted=NONE, wanted_tolerance=NONE, quantity=NONE, tolerance=NONE)
    for offer in offers:
        part = parts[offer.stall_id]
        own = have.get(offer.pk, nothing)
        if offer.withdrawn_at is not None and not (own.quantity or own.wanted):
            continue
        entry, refusal = (entries or {}).get(offer.pk), (refused or {}).get(offer.pk)
        favourite: bool = offer.favourite  # type: ignore[attr-defined]
        taken = bool(own.wanted or own.quantity or own.granted)
        part.lines.append(
            Line(
                offer=offer,
                is_open=part.is_open,
                currency=round.currency,
                net=professional,
                price=offer.priced(professional=professional),
                measure=offer.measure_price(net=professional),
                labels=labels.shown(offer, certificates.get(part.stall.producer_id, ()), today),
                left=NONE if offer.withdrawn_at else left.get(offer.pk),
                case=cases.get(offer.pk),
                photo=offer.photo,  # type: ignore[attr-defined]
                returnable=offer.to_give_back or "",  # type: ignore[attr-defined]
                favourite=favourite,
                hidden=show not in ("", offer.category)
                and not (show == FAVOURITES and favourite)
                and not (show == MINE and taken)
                and refusal is None,
                wanted=own.wanted,
                extra=own.wanted_tolerance,
                quantity=own.quantity,
                confirmed_extra=own.tolerance,
                agreed=own.agreed if own.quantity or own.granted else None,
                brought=NONE if part.stall.state == Stall.State.DROPPED else own.counted_now,
                typed=_typed(entry, refusal),
                typed_extra=entry.typed_extra if entry and refusal else None,
                refusal=refusal,
            )
        )
    order_id = next((line.order_id for line in have.values()), None)
    return Sheet(round, household, list(parts.values()), order_id, show)


def held(round: Round, household: Household) -> dict[int, list[str]]:
    """Per offer [wanted, extra, confirmed, confirmed extra, stake agreed on], as `Line` shows them. One query."""
    return {
        offer: [
            *(plain(number) for number in (line.wanted, line.wanted_tolerance, line.quantity, line.tolerance)),
            stake(line.agreed) if line.quantity and line.agreed else "",
        ]
        for offer, line in _lines_of(round, household).items()
    }


def stalls_of(round: Round) -> QuerySet[Stall]:
    """Those that the sheet shows."""
    shown = [Stall.State.OPEN, Stall.State.WAITING, Stall.State.CLOSED, Stall.State.DROPPED]
    return progress.with_confirmed(Stall.objects.filter(round=round, state__in=shown))


def _stalls(round: Round, household: Household | None) -> Iterable[Stall]:
    notes = OrderNote.objects.filter(stall=OuterRef("pk"), order__household=household)
    stalls = stalls_of(round).annotate(note=Subquery(notes.values("text")))
    return stalls.select_related("producer").order_by("producer__name", "pk")


def _offers(stalls: Iterable[int], household: Household | None) -> QuerySet[Offer]:
    starred = Favourite.objects.filter(household=household, product=OuterRef("product"))
    favourite = Value(False, BooleanField()) if household is None else Exists(starred)
    offers = Offer.objects.filter(stall__in=stalls).select_related("supply")
    return offers.annotate(photo=F("product__photo"), favourite=favourite, to_give_back=F("returnable__name"))


def _part(round: Round, stall: Stall, at: datetime, *, net: bool) -> Part:
    # The round is at hand: the stall need not fetch its own.
    stall.round = round
    is_open = round.state == Round.State.PUBLISHED and stall.is_open(at)
    note: str = stall.note or ""  # type: ignore[attr-defined]
    return Part(
        stall,
        is_open,
        closes_earlier=stall.closes_at < round.closes_at,
        minimum=progress.minimum_of(stall) if is_open else None,
        note=note,
        net=net,
    )


def _certificates(stalls: Iterable[Stall]) -> dict[int, list[Certificate]]:
    found: dict[int, list[Certificate]] = {}
    for certificate in Certificate.objects.filter(producer__in=[stall.producer_id for stall in stalls]):
        found.setdefault(certificate.producer_id, []).append(certificate)
    return found


def _lines_of(round: Round, household: Household | None) -> dict[int, OrderLine]:
    if household is None:
        return {}
    lines = OrderLine.objects.filter(order__round=round, order__household=household)
    return {line.offer_id: line for line in lines}


def _lines_kept(kept: Mapping[int, Entry]) -> dict[int, OrderLine]:
    return {
        offer: OrderLine(
            wanted=entry.typed_quantity or NONE,
            wanted_tolerance=entry.typed_tolerance or NONE,
            quantity=NONE,
            tolerance=NONE,
        )
        for offer, entry in kept.items()
    }


def _typed(entry: Entry | None, refusal: Refusal | None) -> str | None:
    """What the field shows of a refused line: what is possible, else what was typed."""
    if refusal is None:
        return None
    if refusal.possible is not None:
        return plain(refusal.possible)
    return entry.typed if entry else None
