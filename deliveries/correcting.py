"""Closed is not final: a pass snows shut, a van breaks down, a line was wrong.

Every correction holds the stalls it touches exclusively, leaves a row (a `Transition` where a round or a farm changes,
a `Correction` for a line), and makes revised pick lists and mails to those concerned; nothing that was sent is taken
back, the next revision says what it replaces.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from decimal import Decimal
from functools import partial
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from cagette.errors import DomainError, WrongState
from cagette.models import User
from deliveries import closing, pick_lists, recaps, sheets, stock
from deliveries.models import Correction
from deliveries.tasks import render_soon
from orders import announcing
from orders.confirming import Terms
from orders.locks import hold_stalls_exclusively
from orders.models import Grant, Offer, Order, OrderLine, Place, Round, Stall
from orders.recording import Kind, now_is, record, record_parts
from orders.rounds import RoundRefused, database_now, round_facts


class NotAgreed(DomainError):
    """The household would get more than it has agreed to take."""


def move(
    round: Round,
    *,
    place: Place,
    delivery_starts_at: datetime,
    delivery_ends_at: datetime,
    by: User,
    reason: str = "",
) -> None:
    """Move a round to another day or place, before or after its close; everybody concerned is told what was and what
    is.
    """
    with transaction.atomic():
        stalls, round = _hold(round)
        if round.state not in (Round.State.PROPOSED, Round.State.PUBLISHED, Round.State.CLOSED):
            raise WrongState(_("This group order can't be moved any more."))
        _refuse_once_begun(round)
        if not round.closes_at <= delivery_starts_at < delivery_ends_at:
            raise RoundRefused(
                _("The pick-up begins after the close and ends after it begins: please check the times.")
            )
        if place.neighbourhood_id != round.neighbourhood_id:
            raise RoundRefused(_("This pick-up point belongs to another neighbourhood."))
        if (round.place, round.delivery_starts_at, round.delivery_ends_at) == (
            place,
            delivery_starts_at,
            delivery_ends_at,
        ):
            # The same move posted twice: nobody is told twice.
            return
        if delivery_starts_at <= timezone.now():
            raise RoundRefused(_("The pick-up day has already passed."))
        old, was = round_facts(round), now_is(round)
        round.place, round.delivery_starts_at, round.delivery_ends_at = place, delivery_starts_at, delivery_ends_at
        round.sequence += 1
        round.save(update_fields=["place", "delivery_starts_at", "delivery_ends_at", "sequence"])
        # A farm that waits for an answer must not wait past a delivery that now comes sooner.
        latest = closing.latest_answer(round, database_now())
        waiting = Stall.objects.filter(round=round, state=Stall.State.WAITING, answer_by__gt=latest)
        hurried = list(waiting.order_by("pk"))
        were = [now_is(stall) for stall in hurried]
        for stall in hurried:
            stall.answer_by = latest
        Stall.objects.bulk_update(hurried, ["answer_by"])
        moved = record(Kind.MOVED, round, was, by=by, reason=reason)
        record_parts(Kind.MOVED, moved, hurried, were, by=by)
        data = round_facts(round) | {"was": _where(old), "reason": reason}
        calendar = (recaps.calendar_of(round),)
        key = f"moved:{round.pk}:{round.sequence}"
        recaps.tell_households(round, _expecting(round), key, "moved", data, attachments=calendar)
        for stall in stalls:
            if stall.state == Stall.State.CLOSED:
                _revise(stall, reason)
            elif stall.state in (Stall.State.PENDING, Stall.State.OPEN, Stall.State.WAITING):
                recaps.tell_farm(stall, f"{key}:farm:{stall.pk}", "moved_farm", data, attachments=calendar)
        _revise_sheet(round, reason)


def call_off_stall(stall: Stall, *, by: User, reason: str) -> None:
    """Take one farm out of a round, open or closed: the households that ordered there and the farm are told why."""
    with transaction.atomic():
        hold_stalls_exclusively([stall.pk])
        stall = _locked(stall.pk)
        if stall.state in (Stall.State.DROPPED, Stall.State.DECLINED):
            raise WrongState(_("This farm is no longer part of the group order."))
        if stall.round.state not in (Round.State.PROPOSED, Round.State.PUBLISHED, Round.State.CLOSED):
            raise WrongState(_("This group order is past."))
        _refuse_once_begun(stall.round)
        was = now_is(stall)
        closing.drop(stall, reason=reason)
        record(Kind.DROPPED, stall, was, by=by, reason=reason)
        if was["state"] == Stall.State.CLOSED:
            _revise(stall, reason)
            # Those who have had their recap get another; the others' will say it when it comes.
            told = OrderLine.objects.filter(offer__stall=stall, order__recaps__gt=0).confirmed()
            recaps.recap(stall.round, sorted(set(told.values_list("order_id", flat=True))), reason=reason)
            _revise_sheet(stall.round, reason)
        transaction.on_commit(partial(closing.close_round, stall.round_id), robust=True)


def call_off_round(round: Round, *, by: User, reason: str) -> None:
    """Call the whole round off, whatever its state before the delivery; nobody owes anything for it."""
    with transaction.atomic():
        stalls, round = _hold(round)
        if round.state not in (Round.State.PROPOSED, Round.State.PUBLISHED, Round.State.CLOSED):
            raise WrongState(_("This group order has already been called off or settled."))
        _refuse_once_begun(round)
        taking_part = [stall for stall in stalls if stall.state not in (Stall.State.DROPPED, Stall.State.DECLINED)]
        was, were = now_is(round), [now_is(stall) for stall in taking_part]
        round.state, round.cancelled_at, round.cancel_reason = Round.State.CANCELLED, timezone.now(), reason
        round.sequence += 1
        round.save(update_fields=["state", "cancelled_at", "cancel_reason", "sequence"])
        announcing.take_back(round)
        data = round_facts(round) | {"reason": reason}
        # All at once: farm by farm they would be held out of order, and cross a confirmation in another round.
        closing.hold_supplies(stalls)
        key, calendar = f"cancelled:{round.pk}", (recaps.calendar_of(round),)
        recaps.tell_households(round, _expecting(round), key, "round_cancelled", data, attachments=calendar)
        for stall in taking_part:
            closed = stall.state == Stall.State.CLOSED
            closing.release(stall, reason=reason)
            if closed:
                _revise(stall, reason)
            else:
                recaps.tell_farm(stall, f"{key}:farm:{stall.pk}", "round_cancelled_farm", data)
        cancelled = record(Kind.CANCELLED, round, was, by=by, reason=reason)
        record_parts(Kind.DROPPED, cancelled, taking_part, were, by=by, reason=reason)


def correct_line(order: Order, offer: Offer, quantity: Decimal, *, by: User, reason: str, cause: str = "") -> None:
    """Set what a household gets of an offer after the close (0 takes it away), at the price it confirmed.

    What it had ordered stays on record. Going down needs a `cause`, a `Correction.Cause`, which decides what becomes of
    the stock. Going up gives back what was missing and has been found; for anything else the household has to agree
    first (deliveries/granting.py), and `NotAgreed` is raised. The farm gets a revised pick list, the household a
    revised recap.
    """
    with transaction.atomic():
        stall, order = hold_for_correction(order, offer)
        fits_step(offer, quantity)
        offer = Offer.objects.get(pk=offer.pk)
        if _set_line(stall, order, offer, quantity, by=by, reason=reason, cause=cause):
            revise_order(stall.round, [stall], order, reason)


def hold_for_correction(order: Order, offer: Offer) -> tuple[Stall, Order]:
    """Hold the offer's stall exclusively, then its round and the order; raises unless the farm has closed."""
    hold_stalls_exclusively([offer.stall_id])
    stall = _locked(offer.stall_id)
    if stall.state != Stall.State.CLOSED or order.round_id != stall.round_id:
        raise WrongState(_("Only a closed farm's list can be corrected; while it is open, change the order."))
    held = Order.objects.select_for_update(no_key=True, of=("self",)).select_related("household").get(pk=order.pk)
    held.round = stall.round
    return stall, held


def fits_step(offer: Offer, quantity: Decimal) -> None:
    """Raise `RoundRefused` unless the quantity is a multiple of the product's step."""
    if quantity < 0 or quantity % offer.step:
        raise RoundRefused(_("This quantity is off the product's step."))


def take_off(order: Order, lines: Iterable[OrderLine], *, by: User | None, reason: str) -> None:
    """Take whole lines of closed farms off, since their household has withdrawn from them: as corrected to 0 and not
    wanted, with one revision per farm and one recap for all.

    Call it with the farms held exclusively, then the round and the order locked.
    """
    stalls: dict[int, Stall] = {}
    for line in sorted(lines, key=lambda each: each.offer.supply_id):
        stall = line.offer.stall
        stall.round = order.round
        cause = Correction.Cause.NOT_WANTED
        if _set_line(stall, order, line.offer, Decimal(0), by=by, reason=reason, cause=cause):
            stalls[stall.pk] = stall
    revise_order(order.round, stalls.values(), order, reason)


def _set_line(
    stall: Stall, order: Order, offer: Offer, quantity: Decimal, *, by: User | None, reason: str, cause: str
) -> bool:
    """Write what the order gets of the offer, and why; returns whether that is something new."""
    line = OrderLine.objects.filter(order=order, offer=offer).first()
    given = line.counted_now if line else Decimal(0)
    if quantity == given:
        return False
    if line is None or quantity > given + found_again(line):
        raise NotAgreed(_("The household has to agree before it gets more than it ordered: offer it instead."))
    begun = has_begun(stall.round)
    professional = order.household.professional
    if quantity > given:
        cause = Correction.Cause.MISSING
        stock.write_off(offer.supply_id, given - quantity, professional=professional)
    elif cause not in Correction.Cause.values:
        raise RoundRefused(_("Say whether the goods are missing or not wanted."))
    elif cause == Correction.Cause.MISSING or begun:
        stock.write_off(offer.supply_id, given - quantity, professional=professional)
    else:
        stock.give_back(offer.supply_id, given - quantity)
    before = _facts(line)
    write_counted(line, quantity, begun=begun)
    line.save(update_fields=["allocated", "delivered"])
    _note(
        stall.round, Correction.Kind.LINE, by, reason, cause=cause, stall=stall, line=line,
        before=before, after=_facts(line),
    )  # fmt: skip
    return True


def found_again(line: OrderLine) -> Decimal:
    """Return how much of the line was reported missing and has not been given back: it may be, within what the
    household agreed to take.
    """
    rows = Correction.objects.filter(line=line, cause=Correction.Cause.MISSING).values_list("before", "after")
    missing = sum((Decimal(before["quantity"]) - Decimal(after["quantity"]) for before, after in rows), Decimal(0))
    room = line.quantity + line.tolerance + line.granted - line.counted_now
    return max(min(missing, room), Decimal(0))


def take_more(stall: Stall, order: Order, grant: Grant, *, by: User, reason: str) -> None:
    """Give the household what it has agreed to take more, and draw it from the supply. Raises `NotEnough`.

    A line it had ordered nothing of gets the price of the grant; of another the grant has the line's.
    """
    line = OrderLine.objects.filter(order=order, offer=grant.offer).first()
    line = line or OrderLine(order=order, offer=grant.offer)
    stock.draw(grant.offer.supply_id, grant.quantity, professional=order.household.professional)
    before = _facts(line)
    quantity = line.counted_now + grant.quantity
    line.granted = max(line.granted, quantity - line.quantity - line.tolerance)
    if not line.quantity:
        Terms.agreed_on(grant).write_on(line)
    write_counted(line, quantity, begun=has_begun(stall.round))
    line.save()
    _note(
        stall.round, Correction.Kind.LATE, by, reason, stall=stall, line=line, grant=grant,
        before=before, after=_facts(line),
    )  # fmt: skip


def write_counted(line: OrderLine, quantity: Decimal, *, begun: bool) -> None:
    """Set what counts of the line: once the delivery has begun, what is seen in the yard."""
    if begun or line.delivered is not None:
        line.delivered = quantity
    else:
        line.allocated = quantity


def has_begun(round: Round) -> bool:
    """Return whether the delivery has begun, by the database's clock. Call it with the round locked."""
    return database_now() >= round.delivery_starts_at


def _facts(line: OrderLine) -> dict[str, str]:
    return {
        "ordered": pick_lists.plain(Decimal(line.quantity + line.granted)),
        "quantity": pick_lists.plain(Decimal(line.counted_now)),
    }


def _refuse_once_begun(round: Round) -> None:
    """From the delivery on what went differently is declared, household by household."""
    if round.state in (Round.State.PUBLISHED, Round.State.CLOSED) and has_begun(round):
        raise WrongState(
            _("The pick-up has begun: nothing can be moved or called off any more. Correct what went differently.")
        )


def revise_order(round: Round, stalls: Iterable[Stall], order: Order, reason: str) -> None:
    for stall in stalls:
        _revise(stall, reason)
    # Whoever comes in only now has had no recap; while other farms are still open, it will come by itself.
    if order.recaps or round.state == Round.State.CLOSED:
        recaps.recap(round, [order.pk], reason=reason)
    _revise_sheet(round, reason)


def _hold(round: Round) -> tuple[Sequence[Stall], Round]:
    """All stalls of the round held exclusively, then the round's row; both as they are now."""
    hold_stalls_exclusively(Stall.objects.filter(round=round.pk).values_list("pk", flat=True))
    held = (
        Round.objects.select_for_update(no_key=True, of=("self",))
        .select_related("neighbourhood", "place")
        .get(pk=round.pk)
    )
    stalls = list(Stall.objects.filter(round=held).select_related("producer").order_by("pk"))
    for stall in stalls:
        stall.round = held
    return stalls, held


def _locked(stall_id: int) -> Stall:
    """A stall that is held exclusively, as it is now, with its round, whose row is locked.

    The round before its orders and supplies, as `closing.close_round` does.
    """
    stall = Stall.objects.select_related("producer").get(pk=stall_id)
    stall.round = (
        Round.objects.select_for_update(no_key=True, of=("self",))
        .select_related("neighbourhood", "place")
        .get(pk=stall.round_id)
    )
    return stall


def _expecting(round: Round) -> QuerySet[OrderLine, int]:
    """The households that expect something of the round; whose farms have all been called off know it already."""
    lines = OrderLine.objects.filter(order__round=round).exclude(offer__stall__state=Stall.State.DROPPED).confirmed()
    return lines.values_list("order__household_id", flat=True)


def _revise(stall: Stall, reason: str) -> None:
    pick_list = pick_lists.freeze(stall, reason=reason)
    pick_lists.mail(pick_list, stall)
    transaction.on_commit(partial(render_soon, f"pick-list:{pick_list.pk}:pdf"), robust=True)


def _revise_sheet(round: Round, reason: str) -> None:
    """A closed round's hand-out sheet follows its corrections; before the close there is none to revise."""
    if not round.sign_off_sheets.exists():
        return
    sheet = sheets.freeze(round, reason=reason)
    recaps.write_summary(round, sheet)
    transaction.on_commit(partial(render_soon, f"sign-off:{sheet.pk}:pdf"), robust=True)


def _where(facts: dict[str, Any]) -> dict[str, Any]:
    return {"place": facts["place"], "delivery": facts["delivery"]}


def _note(
    round: Round,
    kind: Correction.Kind,
    by: User | None,
    reason: str,
    *,
    stall: Stall | None = None,
    line: OrderLine | None = None,
    grant: Grant | None = None,
    cause: str = "",
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
) -> None:
    Correction.objects.create(
        round=round, stall=stall, line=line, grant=grant, kind=kind, cause=cause, by=by, reason=reason,
        before=before or {}, after=after or {},
    )  # fmt: skip
