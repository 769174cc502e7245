"""A household's word to a farm, saved as it is typed, and fixed when the farm's orders close.

It is no part of what is confirmed: nobody pays for a word, so it holds at once and waits for no button. It goes with
the crate, onto the pick list, where something was ordered. The locks are those of filling, so that what the close
freezes is what was saved.
"""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.db.models import DateTimeField, Func
from django.utils.translation import gettext_lazy as _

from cagette.errors import DomainError
from orders import refusals
from orders.filling import hold_order
from orders.locks import hold_stalls_shared
from orders.models import OrderNote, Round, Stall


class NoteRefused(DomainError):
    """The note stays what it was."""


class NoteTooLong(NoteRefused):
    status = 422

    def __init__(self) -> None:
        super().__init__(_("At most %(n)s characters, please.") % {"n": OrderNote.LONGEST})


class NoteChanged(NoteRefused):
    """Somebody else has written meanwhile: `theirs`."""

    def __init__(self, theirs: str) -> None:
        self.theirs = theirs
        words = _("Changed on another device, it says there: “%(theirs)s”. Save once more to keep yours.")
        super().__init__(words % {"theirs": theirs})


def tidy(text: str) -> str:
    """One line, as papers want it, without what can't be printed."""
    return "".join(letter for letter in " ".join(text.split()) if letter.isprintable())


def save_note(*, user_id: int, round_id: int, household_id: int, stall_id: int, seen: str, text: str) -> str:
    """Save what a household writes to a farm, where `seen` was shown before; returns it as it is kept, on one line.

    Sent twice it changes nothing. Raises `NoteRefused` when the stall is not open by the database's clock, when `seen`
    is stale or the text too long, and `NoSuchOrder`.
    """
    text = tidy(text)
    if len(text) > OrderNote.LONGEST:
        raise NoteTooLong
    with transaction.atomic():
        hold_stalls_shared([stall_id])
        order_id, own = hold_order(user_id=user_id, round_id=round_id, household_id=household_id)
        _check_open(stall_id, round_id)
        note = OrderNote.objects.filter(order=order_id, stall=stall_id).first()
        kept = note.text if note else ""
        if kept not in (tidy(seen), text):
            raise NoteChanged(kept)
        if kept != text:
            OrderNote.objects.update_or_create(
                order_id=order_id,
                stall_id=stall_id,
                defaults={"text": text, "by_id": user_id, "on_behalf": not own, "at": _now()},
            )
    return text


def _check_open(stall_id: int, round_id: int) -> None:
    """Read after the lock, with the clock that decides (rule 2)."""
    stalls = Stall.objects.select_related("round").annotate(now=_now())
    stall = stalls.filter(pk=stall_id, round=round_id).first()
    if stall is None:
        raise NoteRefused(refusals.sentence(refusals.UNKNOWN, {}))
    now: datetime = stall.now  # type: ignore[attr-defined]
    if stall.round.state != Round.State.PUBLISHED or stall.state != Stall.State.OPEN or now >= stall.closes_at:
        raise NoteRefused(_("Orders for this farm are closed: the note could not be changed."))
    if now < stall.round.opens_at:
        raise NoteRefused(refusals.sentence(refusals.NOT_OPEN_YET, {}))


def _now() -> Func:
    return Func(function="clock_timestamp", output_field=DateTimeField())
