"""Closing a stall, exactly; then its round. However many try, however often they are interrupted, each happens once.

`close` is one transaction under the stall's exclusive lock: what it reads was confirmed, and nothing is confirmed
while it reads. The round is closed by a transaction of its own, with the round locked, after each stall and again by
the sweep. It writes a recap for each household, and farms wait for their lists: workers do it once those are printed.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from functools import partial

from django.db import connection, transaction
from django.db.models import DateTimeField, Exists, F, Func, OuterRef
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from cagette.errors import WrongState
from cagette.models import User
from cagette.money import Money
from catalogs.models import Supply
from deliveries import pick_lists, recaps, sheets
from deliveries.tasks import ask, close_stall, render_soon
from orders import announcing, sums
from orders.allocation import Claim, allocate
from orders.locks import hold_stalls_exclusively
from orders.models import OrderChange, OrderLine, Round, Stall
from orders.models.ordering import COUNTED_SQL
from orders.recording import Kind, now_is, record, record_parts
from orders.rounds import database_now

logger = logging.getLogger(__name__)

# How long a stall below its minimum waits for an answer, at most, and how long before the delivery it stops waiting.
ANSWER_WITHIN = timedelta(hours=24)
ANSWER_BEFORE_DELIVERY = timedelta(hours=12)
# Whatever else, an answer gets this long.
ANSWER_AT_LEAST = timedelta(hours=1)


class Outcome(StrEnum):
    NOT_DUE = "not_due"
    WAITING = "waiting"
    DROPPED = "dropped"
    CLOSED = "closed"


# What is written down of each.
KINDS = {Outcome.WAITING: Kind.WAITING, Outcome.DROPPED: Kind.BELOW_MINIMUM, Outcome.CLOSED: Kind.CLOSED}


def close(stall_id: int, *, by: User | None = None, then: Callable[[int], object] | None = None) -> Outcome:
    """Close a stall that is due, or that a person (`by`) closes early. Called again, it does nothing.

    Freezes pick list revision 1, also when nobody ordered, and writes the mails; workers render and send after the
    commit. Then comes the stall's round: `close_round` at once, or whatever `then` makes of its id.
    """
    with transaction.atomic():
        hold_stalls_exclusively([stall_id])
        held_since = time.perf_counter()
        stall, now = _read(stall_id)
        if not _is_due(stall, now, early=by is not None):
            return Outcome.NOT_DUE
        was = now_is(stall)
        if stall.closes_at > now:
            # From now on no request is accepted, and none was since the lock is held.
            stall.closes_at = now
        outcome = _settle_minimum(stall, now)
        transaction.on_commit(partial(_log, stall_id, outcome, held_since))
        if outcome is Outcome.CLOSED:
            allocate_stall(stall)
            stall.state, stall.closed_at = Stall.State.CLOSED, now
            stall.save(update_fields=["state", "closed_at", "closes_at"])
            pick_list = pick_lists.freeze(stall)
            pick_lists.mail(pick_list, stall)
            transaction.on_commit(partial(render_soon, f"pick-list:{pick_list.pk}:pdf"), robust=True)
        # Once somebody has decided about the minimum the clock only carries it out.
        record(KINDS[outcome], stall, was, by=by or stall.decided_by)
        transaction.on_commit(partial(then or close_round, stall.round_id), robust=True)
        return outcome


def _log(stall_id: int, outcome: Outcome, held_since: float) -> None:
    """Ordering at the stall stood still for so long."""
    logger.info("stall %s: %s, held %.1f ms", stall_id, outcome.value, (time.perf_counter() - held_since) * 1000)


def close_now(round: Round, *, by: User) -> None:
    """Bring the deadline of an open round, and of each farm still open, to this moment; workers close them at once."""
    with transaction.atomic():
        hold_stalls_exclusively(Stall.objects.filter(round=round.pk).values_list("pk", flat=True))
        rounds = Round.objects.select_for_update(no_key=True, of=("self",)).select_related("place")
        round = rounds.get(pk=round.pk)
        now = database_now()
        if not round.is_open(now):
            raise WrongState(_("Only an open group order can be closed."))
        still_open = list(round.stalls.filter(state=Stall.State.OPEN).order_by("pk"))
        stalls = [stall for stall in still_open if stall.closes_at > now]
        was, were = now_is(round), [now_is(stall) for stall in stalls]
        round.closes_at = now
        for stall in stalls:
            stall.closes_at = now
        round.save(update_fields=["closes_at"])
        Stall.objects.bulk_update(stalls, ["closes_at"])
        record_parts(Kind.SHORTENED, record(Kind.SHORTENED, round, was, by=by), stalls, were, by=by)
        for stall in still_open:
            transaction.on_commit(partial(ask, close_stall, stall.pk), robust=True)
        transaction.on_commit(partial(close_round, round.pk), robust=True)
    logger.info("round %s closed early by user %s", round.pk, by.pk)


def _read(stall_id: int) -> tuple[Stall, datetime]:
    """The stall as it is now that the lock is held, with the database's clock."""
    stall = (
        Stall.objects.select_related("producer", "round__neighbourhood", "round__place")
        .annotate(now=Func(function="clock_timestamp", output_field=DateTimeField()))
        .get(pk=stall_id)
    )
    return stall, stall.now  # type: ignore[attr-defined]


def _is_due(stall: Stall, now: datetime, *, early: bool) -> bool:
    if stall.round.state != Round.State.PUBLISHED:
        return False
    if stall.state == Stall.State.OPEN:
        return stall.closes_at <= now or (early and stall.round.opens_at <= now)
    if stall.state == Stall.State.WAITING:
        assert stall.answer_by is not None
        return bool(stall.minimum_decision) or stall.answer_by <= now
    return False


def _settle_minimum(stall: Stall, now: datetime) -> Outcome:
    """What the minimum makes of the close: it goes on, it waits for an answer, or the stall is dropped."""
    if stall.state == Stall.State.WAITING:
        decision = stall.minimum_decision or stall.fallback
        return _drop_below_minimum(stall) if decision == Stall.Decision.DROP else Outcome.CLOSED
    total = confirmed_amount(stall)
    if stall.minimum_amount is None or total >= stall.minimum_amount:
        return Outcome.CLOSED
    if stall.below_minimum == Stall.BelowMinimum.DROP:
        return _drop_below_minimum(stall)
    if stall.below_minimum == Stall.BelowMinimum.DELIVER or not total:
        return Outcome.CLOSED
    stall.state = Stall.State.WAITING
    stall.answer_by = min(now + ANSWER_WITHIN, latest_answer(stall.round, now))
    stall.save(update_fields=["state", "answer_by", "closes_at"])
    recaps.ask_about_minimum(stall, total)
    return Outcome.WAITING


def latest_answer(round: Round, now: datetime) -> datetime:
    """Until when a stall of the round may wait: early enough before the delivery, but always for a while."""
    return max(round.delivery_starts_at - ANSWER_BEFORE_DELIVERY, now + ANSWER_AT_LEAST)


def _drop_below_minimum(stall: Stall) -> Outcome:
    drop(stall, reason="", below_minimum=True)
    return Outcome.DROPPED


def drop(stall: Stall, *, reason: str, below_minimum: bool = False) -> None:
    """Take a stall out of its round, held exclusively: nobody gets anything, and each household is told why.

    `reason` is what a person wrote; `below_minimum` when the rule decided.
    What had been confirmed stays on record; it is allocated as zero, and its supply is free again.
    """
    release(stall, reason=reason)
    recaps.tell_dropped(stall, reason=reason, below_minimum=below_minimum)


def release(stall: Stall, *, reason: str) -> None:
    """Mark a stall, held exclusively, as dropped, and give its supplies back; telling people is the caller's part."""
    given = {
        pk: Decimal(0) for pk in OrderLine.objects.filter(offer__stall=stall).confirmed().values_list("pk", flat=True)
    }
    _give_back(stall)
    _write_allocated(given)
    stall.state, stall.dropped_reason = Stall.State.DROPPED, reason
    stall.save(update_fields=["state", "dropped_reason", "closes_at"])


def confirmed_amount(stall: Stall) -> Money:
    """Return what is confirmed at the stall incl. VAT, deposits aside."""
    lines = OrderLine.objects.filter(offer__stall=stall).confirmed()
    found = Stall.objects.filter(pk=stall.pk).values_list(sums.goods(lines, quantity=F("quantity")))
    return Money(found[0][0], stall.round.currency)


def allocate_stall(stall: Stall) -> None:
    """Give each confirmed line of the stall its share, and set supplies to what was really taken.

    Six statements, however many lines.
    """
    lines = OrderLine.objects.filter(offer__stall=stall)
    lines.confirmed().filter(offer__case_size=None).update(allocated=F("quantity"))
    changes = (
        OrderChange.objects.filter(line__offer__stall=stall, line__offer__case_size__isnull=False)
        .order_by("pk")
        .values_list(
            "line__offer_id", "line__offer__supply_id", "line__offer__case_size", "pk", "line_id",
            "quantity_before", "quantity_after", "tolerance_before", "tolerance_after",
        )
    )  # fmt: skip
    claims: dict[tuple[int, int, Decimal | None], list[Claim]] = {}
    for offer_id, supply_id, case_size, rank, line_id, before, after, less, more in changes:
        claims.setdefault((offer_id, supply_id, case_size), []).append(Claim(rank, line_id, before, after, less, more))
    if not claims:
        return
    by_supply = {supply_id for _offer, supply_id, _case in claims}
    supplies = Supply.objects.filter(pk__in=by_supply).order_by("pk").select_for_update(no_key=True).in_bulk()
    given: dict[int, Decimal] = {}
    for (_offer_id, supply_id, case_size), of_offer in claims.items():
        supply = supplies[supply_id]
        confirmed = sum((claim.quantity_after - claim.quantity_before for claim in of_offer), Decimal(0))
        available = None if supply.quantity is None else supply.quantity - supply.ordered + confirmed
        shares = allocate(of_offer, case_size=case_size, supply=available)
        given |= shares
        # Whole cases may take less than was confirmed, or tolerances more: what is free serves the other rounds.
        supply.ordered += sum(shares.values(), Decimal(0)) - confirmed
    Supply.objects.bulk_update(supplies.values(), ["ordered"])
    _write_allocated(given)


def _give_back(stall: Stall) -> None:
    """Return to the supplies what the stall's orders hold of them: what counts of each line."""
    hold_supplies([stall])
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE catalogs_supply AS s SET ordered = s.ordered - t.held FROM ("  # noqa: S608 (our own expression)
            f" SELECT f.supply_id, sum({COUNTED_SQL}) AS held FROM orders_orderline l"
            " JOIN orders_offer f ON f.id = l.offer_id WHERE f.stall_id = %s GROUP BY 1"
            ") AS t WHERE s.id = t.supply_id AND t.held > 0",
            [stall.pk],
        )


def hold_supplies(stalls: Iterable[Stall]) -> None:
    """Lock what the stalls sell from, ascending, as confirmations do; the stalls are held exclusively."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id FROM catalogs_supply"
            " WHERE id IN (SELECT supply_id FROM orders_offer WHERE stall_id = ANY(%s)) ORDER BY id FOR NO KEY UPDATE",
            [[stall.pk for stall in stalls]],
        )


def _write_allocated(given: dict[int, Decimal]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE orders_orderline AS l SET allocated = n.given"
            " FROM unnest(%s::bigint[], %s::numeric[]) AS n (id, given) WHERE l.id = n.id",
            [list(given), list(given.values())],
        )


def decide_minimum(stall: Stall, decision: str, *, by: User) -> None:
    """The coordinator's answer for a stall below its minimum; the stall is then closed or dropped at once."""
    with transaction.atomic():
        hold_stalls_exclusively([stall.pk])
        stall, _now = _read(stall.pk)
        if stall.state != Stall.State.WAITING:
            raise WrongState(_("This farm isn't waiting for an answer any more."))
        was = now_is(stall)
        stall.minimum_decision, stall.decided_by = decision, by
        stall.save(update_fields=["minimum_decision", "decided_by"])
        record(Kind.DECIDED, stall, was, by=by)
    close(stall.pk)


def close_round(round_id: int, *, patient: bool = True) -> bool:
    """Write the recaps of households none of whose farms is still to close, and close the round with its last stall.

    Idempotent; with the round locked, so that of the last two stalls closing at the same moment the later one finds
    both closed. Returns whether the round is closed now. Unless `patient`, a round that somebody else has locked is
    left to them: the sweep comes back.
    """
    with transaction.atomic():
        rounds = Round.objects.select_for_update(no_key=True, of=("self",), skip_locked=not patient)
        round = rounds.select_related("neighbourhood", "place").filter(pk=round_id).first()
        if round is None:
            return False
        if round.state != Round.State.PUBLISHED:
            return round.state == Round.State.CLOSED
        # Asked before the recaps are written: a stall that closes in between is then a later call's business. The other
        # way round the round would close over it, and its households would never be told.
        unsettled = round.stalls.unsettled().exists()
        recaps.write_recaps(round)
        if unsettled:
            return False
        if round.closes_at > timezone.now() and round.stalls.filter(state=Stall.State.PENDING).exists():
            # A farm may still accept while the window lasts.
            return False
        was = now_is(round)
        round.state, round.closed_at = Round.State.CLOSED, timezone.now()
        round.save(update_fields=["state", "closed_at"])
        record(Kind.CLOSED, round, was, by=None)
        announcing.take_back(round)
        sheet = sheets.freeze(round)
        recaps.write_summary(round, sheet)
        transaction.on_commit(partial(render_soon, f"sign-off:{sheet.pk}:pdf"), robust=True)
    return True


def due_stalls() -> list[int]:
    """The stalls the clock should act on now, the longest overdue first."""
    now = Func(function="clock_timestamp", output_field=DateTimeField())
    stalls = Stall.objects.due(at=now).filter(round__state=Round.State.PUBLISHED)  # type: ignore[arg-type]
    return list(stalls.order_by("closes_at", "pk").values_list("pk", flat=True))


def unfinished_rounds() -> list[int]:
    """Published rounds to close, or with recaps to write: what a worker killed between two commits leaves behind."""
    unsettled = Stall.objects.filter(round=OuterRef("pk")).unsettled()
    begun = Stall.objects.filter(round=OuterRef("pk"), state__in=[Stall.State.CLOSED, Stall.State.DROPPED])
    published = Round.objects.filter(state=Round.State.PUBLISHED)
    to_close = published.filter(~Exists(unsettled), Exists(begun)).values_list("pk", flat=True)
    to_recap = recaps.ready_orders().values_list("round", flat=True)
    return sorted({*to_close, *to_recap})
