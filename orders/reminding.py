"""Reminders of sheets that were filled in and not confirmed, 24 and 2 hours before a farm closes.

Their link leads to the button in one tap. Households without a login get none: their coordinator sees them among those
who haven't confirmed.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Min, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from cagette.errors import WrongState
from cagette.mail import Draft, queue
from cagette.models import OutgoingMail, User
from orders.due import Taken, in_all, to_farm
from orders.models import Membership, OrderLine, Round, Stall
from orders.models.ordering import ordered
from orders.preferences import links
from orders.rounds import database_now

logger = logging.getLogger(__name__)

# Hours before the close, the last first. Who is within the last two hours gets that one alone.
HOURS = (2, 24)

# Who changed the sheet so lately is still at it, and needs no reminder.
QUIET = "15 minutes"

# How many orders one transaction takes.
BATCH = 500

# The sheets that ask for more than was confirmed where a farm closes within a day, each with its first such close, the
# kind of reminder due, and those of the household's members who take reminders and haven't had this one.
DUE = """
WITH due AS (
    SELECT l.order_id, min(s.closes_at) AS closes_at
    FROM orders_stall s
    JOIN orders_round r ON r.id = s.round_id
    JOIN orders_offer f ON f.stall_id = s.id
    JOIN orders_orderline l ON l.offer_id = f.id
    WHERE s.state = 'open' AND r.state = 'published' AND r.opens_at <= clock_timestamp()
        AND s.closes_at > clock_timestamp() AND s.closes_at <= clock_timestamp() + make_interval(hours => %(first)s)
        AND f.withdrawn_at IS NULL AND (l.wanted > l.quantity OR l.wanted_tolerance > l.tolerance)
    GROUP BY l.order_id
), keyed AS (
    SELECT d.order_id, o.round_id, d.closes_at, u.email, u.language, m.id AS membership_id,
        format('reminder:%%s:%%sh:%%s:%%s', d.order_id,
            CASE WHEN d.closes_at <= clock_timestamp() + make_interval(hours => %(last)s)
                THEN %(last)s ELSE %(first)s END,
            extract(epoch FROM d.closes_at)::bigint, u.id) AS key
    FROM due d
    JOIN orders_order o ON o.id = d.order_id AND o.filled_at < clock_timestamp() - %(quiet)s::interval
    JOIN orders_membership m ON m.household_id = o.household_id AND m.state = 'active' AND m.mail_reminders
    JOIN cagette_user u ON u.id = m.user_id AND u.is_active AND u.scrubbed_at IS NULL
)
SELECT order_id, round_id, closes_at, email, language, membership_id, key FROM keyed
WHERE NOT EXISTS (SELECT 1 FROM cagette_outgoingmail q WHERE q.key = keyed.key)
ORDER BY closes_at, order_id
LIMIT %(batch)s
"""


@dataclass(frozen=True)
class Reminder:
    order_id: int
    round_id: int
    closes_at: datetime
    email: str
    language: str
    membership_id: int
    key: str


def remind() -> int:
    """Write the reminders that are due by the database's clock, each once; returns how many. Five statements each."""
    written = 0
    while found := _due():
        with transaction.atomic():
            new = _write(found)
        written += new
        if len(found) < BATCH or not new:
            break
    return written


def remind_round(round: Round, *, by: User) -> int:
    """Remind now, since a coordinator (`by`) asks for it, everybody whose sheet isn't confirmed; a person once a day.

    The mails remember who asked for them. Returns how many are new. Raises `WrongState` unless the round is open. Six
    statements.
    """
    now = database_now()
    if not round.is_open(now):
        raise WrongState(_("Only while orders are open is there something to remind of."))
    lines = OrderLine.objects.filter(
        order__round=round,
        offer__withdrawn_at=None,
        offer__stall__state=Stall.State.OPEN,
        offer__stall__closes_at__gt=now,
    ).unconfirmed()
    closes = dict(lines.order_by().values_list("order").annotate(first=Min("offer__stall__closes_at")))
    members = Membership.objects.active().filter(
        household__orders__in=closes, mail_reminders=True, user__is_active=True, user__scrubbed_at=None
    )
    day = now.astimezone(round.neighbourhood.zone).date()
    found = [
        Reminder(order, round.pk, closes[order], email, language, member, f"reminder:{order}:asked:{day}:{user}")
        for order, member, user, email, language in members.order_by("pk").values_list(
            "household__orders", "pk", "user", "user__email", "user__language"
        )
    ]
    logger.info("user %s reminds of round %s: %s mails", by.pk, round.pk, len(found))
    with transaction.atomic():
        return _write(found, asked_by=by)


def _due() -> list[Reminder]:
    last, first = HOURS
    with connection.cursor() as cursor:
        cursor.execute(DUE, {"first": first, "last": last, "quiet": QUIET, "batch": BATCH})
        return [Reminder(*row) for row in cursor.fetchall()]


def _write(reminders: list[Reminder], *, asked_by: User | None = None) -> int:
    rounds = Round.objects.select_related("neighbourhood", "place").in_bulk({each.round_id for each in reminders})
    sheets = _sheets({each.order_id for each in reminders})
    return queue(
        Draft(
            key=each.key,
            template="orders/mail/reminder",
            data=_facts(rounds[each.round_id], each.closes_at)
            | sheets[each.order_id]
            | links(each.membership_id, "reminders"),
            recipient=each.email,
            language=each.language,
            priority=OutgoingMail.Priority.REMINDER,
            about=f"round:{each.round_id}",
            asked_by=asked_by,
        )
        for each in reminders
        # Confirmed between the two statements: then there is nothing to say any more.
        if each.order_id in sheets
    )


def _sheets(order_ids: set[int]) -> dict[int, dict[str, Any]]:
    """Per order what waits for the button, what the button says, and whether something was ordered before."""
    filled = Q(wanted__gt=0) | ordered()
    lines = (
        OrderLine.objects.filter(filled, order__in=order_ids)
        .exclude(offer__stall__state=Stall.State.DROPPED)
        .select_related("offer__stall", "order__household", "order__round")
        .order_by("order_id", "offer__stall_id", "offer__position", "offer_id")
    )
    sheets: dict[int, dict[str, Any]] = {}
    taken: dict[int, dict[int, list[Taken]]] = {}
    for line in lines:
        taken.setdefault(line.order_id, {}).setdefault(line.offer.stall_id, []).append(_taken(line))
        if not _waits(line):
            continue
        sheet = sheets.setdefault(
            line.order_id,
            {
                "lines": [],
                "ordered": line.order.confirmed_at is not None,
                "currency": line.order.round.currency,
                "net": line.order.household.professional,
                "link": settings.SITE_URL
                + reverse("orders:recap", args=[line.order.round_id])
                + f"?household={line.order.household_id}",
            },
        )
        sheet["lines"].append({"name": line.offer.name, "quantity": f"{line.wanted.normalize():f}"})
    return {order: sheet | _sums(taken[order], sheet) for order, sheet in sheets.items()}


def _waits(line: OrderLine) -> bool:
    """Whether more of it is filled in than was confirmed, and can still be ordered."""
    open = line.offer.stall.state == Stall.State.OPEN and line.offer.withdrawn_at is None
    return open and (line.wanted > line.quantity or line.wanted_tolerance > line.tolerance)


def _taken(line: OrderLine) -> Taken:
    """What the order will hold of the line once the button is pressed, as `orders.lines.Line` has it."""
    if _waits(line):
        price = line.offer.priced(professional=line.order.household.professional)
        return Taken(price, line.wanted, line.wanted_tolerance)
    price = line.agreed or line.offer.priced(professional=line.order.household.professional)
    return Taken(price, line.counted_now, line.open_tolerance)


def _sums(by_stall: dict[int, list[Taken]], sheet: dict[str, Any]) -> dict[str, Any]:
    dues = (to_farm(taken, sheet["currency"], net=sheet["net"]) for taken in by_stall.values())
    return {"sums": in_all(dues, sheet["currency"]).frozen}


def _facts(round: Round, closes_at: datetime) -> dict[str, Any]:
    zone = round.neighbourhood.zone
    return {
        "round": {"id": round.pk, "title": round.title},
        "neighbourhood": round.neighbourhood.name,
        "place": {"name": round.place.name, "address": round.place.address},
        "zone": round.neighbourhood.time_zone,
        "delivery": {
            "starts": round.delivery_starts_at.astimezone(zone).isoformat(),
            "ends": round.delivery_ends_at.astimezone(zone).isoformat(),
        },
        "closes": closes_at.astimezone(zone).isoformat(),
    }
