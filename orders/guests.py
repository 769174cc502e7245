"""What somebody fills in before they may order here: kept in their session, and put on their sheet once they are in.

A guest is whoever has no seat at the sheet: signed out, or signed in and not yet of the neighbourhood. Nothing of
theirs is in a table of orders, and nothing is reserved. A member whose session has ended is kept for in the same way.

    session["guests"] = {round: {key, household, script, notes: [[stall, typed, seen]],
                                 lines: {offer: [stall, quantity, extra, seen, price, basis, VAT rate]}}}
    session["arrivals"] = {round: {name, phone}}, what somebody said of themselves on the way in
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.contrib.sessions.backends.base import SessionBase
from django.http import HttpRequest

from orders.confirming import Terms
from orders.models import Household, Neighbourhood, Offer, Round
from orders.posted import Entry, Filled, Note, Posted, Unreadable
from orders.requests import Refusal, another_price, misshapen

KEPT = "guests"
ARRIVALS = "arrivals"
# The last ones: a session is one row, read with every page.
MOST_ROUNDS = 5
NONE = Decimal(0)

# Browsers that live inside a chat app. They forget, and share nothing with the phone's own: a rough guess is enough.
CHAT_APPS = ("WhatsApp", "FBAN", "FBAV", "FB_IAB", "Instagram", "Telegram", "Messenger", "Snapchat", "Line/")


@dataclass(frozen=True)
class Introduction:
    """What somebody said of themselves before their code came; both may be blank."""

    name: str
    phone: str


def in_a_chat_app(request: HttpRequest) -> bool:
    """Whether the page is open in a chat app's own browser."""
    agent = request.headers.get("User-Agent", "")
    return any(mark in agent for mark in CHAT_APPS)


def keep(session: SessionBase, round: Round, filled: Filled) -> dict[int, Refusal]:
    """Keep what was filled in; returns why some lines can't be, with the rest kept. One query.

    Raises Unreadable for what isn't on the round's stalls.
    """
    wanted = {entry.offer_id: entry for entry in filled.kept()}
    offers = Offer.objects.filter(stall__round=round).in_bulk(list(wanted))
    if wanted.keys() - offers.keys():
        raise Unreadable
    refused = {}
    for pk, entry in wanted.items():
        offer, typed = offers[pk], (entry.typed_quantity or NONE, entry.typed_tolerance or NONE)
        refusal = entry.refusal or misshapen(*typed, step=offer.step, minimum=offer.minimum)
        if refusal is not None:
            refused[pk] = refusal
    lines = {str(pk): _written(entry) for pk, entry in wanted.items() if pk not in refused}
    notes = [[note.stall_id, note.typed, note.seen] for note in filled.notes]
    _put(session, KEPT, round.pk, {**filled.about(), "lines": lines, "notes": notes} if lines or notes else None)
    return refused


def kept(session: SessionBase, round: Round, household: Household | None = None) -> Posted | None:
    """What is kept of this round, as a posted sheet of `household`; None where nothing is, or it is another's."""
    found = session.get(KEPT, {}).get(str(round.pk))
    if found is None or (household is not None and found["household"] not in (None, household.pk)):
        return None
    entries = {int(offer): _read(int(offer), *line) for offer, line in found["lines"].items()}
    household_id = 0 if household is None else household.pk
    return Posted(found["key"], household_id, entries, [Note(household_id, *note) for note in found["notes"]])


def last_kept(session: SessionBase, neighbourhood: Neighbourhood) -> Round | None:
    """The round of this neighbourhood in whose sheet something was filled in last."""
    rounds = Round.objects.filter(neighbourhood=neighbourhood).in_bulk([int(pk) for pk in session.get(KEPT, {})])
    return next((rounds[int(pk)] for pk in reversed(session.get(KEPT, {})) if int(pk) in rounds), None)


def has_script(session: SessionBase, round: Round) -> bool:
    """Whether the page on which it was filled in ran scripts."""
    return bool(session.get(KEPT, {}).get(str(round.pk), {}).get("script"))


def forget(session: SessionBase, round: Round) -> None:
    """It is on the sheet now, or the sheet has told why not."""
    _put(session, KEPT, round.pk, None)


def introduce(session: SessionBase, round: Round, *, name: str, phone: str) -> None:
    """Note what somebody says of themselves until their code has come."""
    _put(session, ARRIVALS, round.pk, {"name": name, "phone": phone})


def introduction(session: SessionBase, round: Round) -> Introduction | None:
    said = session.get(ARRIVALS, {}).get(str(round.pk))
    return None if said is None else Introduction(**said)


def forget_introduction(session: SessionBase, round: Round) -> None:
    """One has joined, or asked to: doing that again takes saying it again."""
    _put(session, ARRIVALS, round.pk, None)


def prices_that_changed(sent: Posted, household: Household, currency: str) -> dict[int, Refusal]:
    """The lines of `sent` that cost another price by now, with it: the recap asks for that one. One query."""
    changed = {}
    for offer in Offer.objects.filter(pk__in=sent.entries):
        terms = Terms.of(offer, professional=household.professional, vat_regime="")
        if not sent.entries[offer.pk].shown().saw(terms):
            changed[offer.pk] = another_price(terms.priced, currency)
    return changed


def _put(session: SessionBase, name: str, round_id: int, value: Mapping[str, Any] | None) -> None:
    rounds = {pk: each for pk, each in session.get(name, {}).items() if pk != str(round_id)}
    if value is not None:
        rounds[str(round_id)] = dict(value)
    if rounds or name in session:
        session[name] = dict(list(rounds.items())[-MOST_ROUNDS:])


def _written(entry: Entry) -> list[str]:
    numbers = (entry.typed_quantity, entry.typed_tolerance, entry.wanted, entry.price)
    basis = [] if entry.basis is None else [entry.basis, "" if entry.vat_rate is None else str(entry.vat_rate)]
    return [str(entry.stall_id), *(str(number) for number in numbers), *basis]


def _read(
    offer_id: int, stall: str, quantity: str, extra: str, seen: str, price: str, basis: str = "", vat_rate: str = ""
) -> Entry:
    # What was kept before there were two bases has none.
    on = basis or None, Decimal(vat_rate) if vat_rate else None
    return Entry(offer_id, int(stall), quantity, extra, Decimal(seen), NONE, NONE, NONE, Decimal(price), *on)
