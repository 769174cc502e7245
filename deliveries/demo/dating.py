"""Giving what was done a moment ago the dates of the story.

The demo is the one place where rows are younger than what they tell of. Those that a trigger keeps as they were
written are dated with the trigger away, inside the transaction that wrote them: nobody has seen them yet.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import connection
from django.db.models import F, OuterRef, Subquery
from django.utils import timezone

from cagette.composing import subject_of
from cagette.models import OutgoingMail, User
from catalogs.models import Catalog
from deliveries.demo.ordering import chance
from deliveries.models import PickList
from orders import announcing
from orders.models import Household, Membership, Neighbourhood, Order, OrderRequest, Round, Stall
from orders.recording import Kind, now_is, record
from orders.rounds import round_facts
from producers.models import Producer

FOUNDED = timedelta(days=110)
# How long after the close somebody rang up, and after what the farms had seen their lists.
CORRECTED = timedelta(minutes=90)
SEEN = timedelta(hours=3)
CALLED_OFF = timedelta(hours=5)


def settle(round: Round, *, by: User) -> None:
    """Handed out, paid and over."""
    round.refresh_from_db()
    was = now_is(round)
    round.state = Round.State.SETTLED
    round.save(update_fields=["state"])
    record(Kind.SETTLED, round, was, by=by)


def date_what_is_past() -> None:
    now = timezone.now()
    founded = now - FOUNDED
    Neighbourhood.objects.update(created_at=founded)
    Producer.objects.update(created_at=founded)
    Catalog.objects.update(created_at=founded, published_at=founded + timedelta(days=1))
    Membership.objects.exclude(state=Membership.State.PENDING).update(joined_at=founded)
    Membership.objects.filter(state=Membership.State.PENDING).update(joined_at=now - timedelta(hours=9))
    Household.objects.exclude(memberships__state=Membership.State.PENDING).update(created_at=founded)
    about_people = OutgoingMail.objects.filter(about="")
    about_people.update(created_at=founded)
    for round in Round.objects.select_related("neighbourhood", "place"):
        _date_round(round, now)
    _date_what_is_kept()
    take_mails_for_sent()
    OutgoingMail.objects.filter(sent_at__isnull=False).update(sent_at=F("created_at") + timedelta(seconds=20))


def _date_round(round: Round, now: datetime) -> None:
    proposed = min(round.opens_at - timedelta(days=3), now - timedelta(days=2))
    published = min(round.opens_at - timedelta(days=1), now - timedelta(hours=20))
    closed = min(round.closes_at, now)
    round.created_at = proposed
    if round.published_at:
        round.published_at = published
        if round.opens_at <= now:
            round.announced_at = round.opens_at
    if round.closed_at:
        round.closed_at = closed
    if round.cancelled_at:
        round.cancelled_at = now - CALLED_OFF
    round.save()
    round.stalls.exclude(answered_at=None).update(answered_at=proposed + timedelta(hours=21))
    round.stalls.filter(state=Stall.State.CLOSED).update(closed_at=closed)
    PickList.objects.filter(stall__round=round).exclude(acknowledged_at=None).update(acknowledged_at=closed + SEEN)
    _date_orders(round, round.cancelled_at or closed)
    mails = OutgoingMail.objects.about(f"round:{round.pk}")
    news = round.cancelled_at or closed
    mails.update(created_at=news)
    mails.filter(data__reason__gt="", key__contains=":2:").update(created_at=news + CORRECTED)
    mails.filter(template=announcing.TEMPLATE).update(created_at=round.opens_at)
    # The farms were asked when the round had its own times already.
    for mail in mails.filter(template="orders/mail/invitation"):
        mail.data |= round_facts(round)
        mail.created_at = proposed
        mail.save(update_fields=["data", "created_at"])


def _date_orders(round: Round, until: datetime) -> None:
    """Over the days in which the sheet was open."""
    orders = list(Order.objects.filter(round=round).select_related("household"))
    for order in orders:
        at = round.opens_at + (until - round.opens_at) * chance("when", round.title, order.household.name).random()
        order.created_at, order.filled_at = at - timedelta(minutes=12), at
        if order.confirmed_at:
            order.confirmed_at = at
    Order.objects.bulk_update(orders, ["created_at", "filled_at", "confirmed_at"])
    filled = Order.objects.filter(pk=OuterRef("order")).values("filled_at")
    OrderRequest.objects.filter(order__round=round).update(created_at=Subquery(filled))


# When each kind of transition happened, and with which times a round was proposed that closes in the past.
TRANSITIONS = """
UPDATE orders_transition AS t SET at = d.at, after = t.after || d.times FROM (
    SELECT t.id, CASE
        WHEN t.kind IN ('proposed', 'invited') THEN r.created_at
        WHEN t.kind IN ('accepted', 'terms', 'declined') THEN s.answered_at
        WHEN t.kind = 'opened' AND s.id IS NULL THEN r.opens_at
        WHEN t.kind IN ('published', 'opened') THEN r.published_at
        WHEN t.kind IN ('waiting', 'below') THEN s.closes_at
        WHEN t.kind IN ('cancelled', 'dropped') THEN r.cancelled_at
        WHEN t.kind = 'settled' THEN r.delivery_ends_at + %(corrected)s::interval
        ELSE COALESCE(s.closed_at, r.closed_at)
    END AS at, CASE t.kind
        WHEN 'proposed' THEN jsonb_build_object('closes_at', r.closes_at, 'delivery_starts_at', r.delivery_starts_at,
            'delivery_ends_at', r.delivery_ends_at)
        WHEN 'invited' THEN jsonb_build_object('closes_at', r.closes_at)
        ELSE '{}'
    END AS times
    FROM orders_transition t JOIN orders_round r ON r.id = t.round_id LEFT JOIN orders_stall s ON s.id = t.stall_id
) AS d WHERE d.id = t.id
"""

# Table, the trigger that keeps it, and what dates its rows.
KEPT = (
    (
        "orders_orderchange",
        "append_only",
        "UPDATE orders_orderchange AS c SET at = o.filled_at"
        " FROM orders_orderline l JOIN orders_order o ON o.id = l.order_id WHERE l.id = c.line_id",
    ),
    ("orders_transition", "append_only", TRANSITIONS),
    (
        "deliveries_correction",
        "append_only",
        "UPDATE deliveries_correction AS c SET at = COALESCE(r.cancelled_at, r.closed_at + %(corrected)s::interval)"
        " FROM orders_round r WHERE r.id = c.round_id",
    ),
    (
        "deliveries_picklist",
        "frozen",
        "UPDATE deliveries_picklist AS p SET created_at = s.closed_at + (p.revision - 1) * %(corrected)s::interval"
        " FROM orders_stall s WHERE s.id = p.stall_id",
    ),
    (
        "deliveries_signoffsheet",
        "frozen",
        "UPDATE deliveries_signoffsheet AS p SET created_at = r.closed_at + (p.revision - 1) * %(corrected)s::interval"
        " FROM orders_round r WHERE r.id = p.round_id",
    ),
    (
        "catalogs_catalogedit",
        "append_only",
        "UPDATE catalogs_catalogedit AS e SET at = c.created_at + %(corrected)s::interval"
        " FROM catalogs_catalog c WHERE c.id = e.catalog_id",
    ),
    (
        "catalogs_editrequest",
        "append_only",
        "UPDATE catalogs_editrequest AS e SET at = c.created_at + %(corrected)s::interval"
        " FROM catalogs_catalog c WHERE c.id = e.catalog_id",
    ),
)


def _date_what_is_kept() -> None:
    with connection.cursor() as cursor:
        # What a foreign key has still to check would keep the tables from being altered.
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        # All was written a moment ago: without these figures the planner takes every table for a few rows.
        cursor.execute("ANALYZE orders_orderchange, orders_orderline, orders_order, orders_transition")
        for table, trigger, dated in KEPT:
            cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER {trigger}")
            cursor.execute(dated, {"corrected": f"{CORRECTED.total_seconds():.0f} s"})
            cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER {trigger}")
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")


def take_mails_for_sent() -> None:
    """They were, in the story: only what happens from now on leaves."""
    mails = list(OutgoingMail.objects.unfinished())
    for mail in mails:
        mail.subject = subject_of(mail)[:300]
        mail.attempts = 1
    OutgoingMail.objects.bulk_update(mails, ["subject", "attempts"], batch_size=200)
    OutgoingMail.objects.unfinished().update(sent_at=F("created_at"))
