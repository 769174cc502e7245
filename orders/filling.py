"""Saving one change of a sheet, the hottest path there is: three statements.

    1. the stall's shared lock        2. the order, created or locked, if this person may        3. everything else

The third is one data-modifying statement: it looks the key up, reads the clock, judges the change, writes the line
and the answer, and where a confirmed quantity goes down (a decrease applies at once) the history and the supply.
Filling reserves nothing.
"""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

from django.db import connection, transaction

from cagette.keys import body_hash
from orders import refusals
from orders.locks import hold_stalls_shared
from orders.requests import Answer, NoSuchOrder

# Creates the order or locks it (`filled_at` is what the update is for), if the household is in the round's
# neighbourhood and the person is one of its members, or coordinates: then `own` is false and changes are marked as
# made on its behalf.
HOLD_ORDER = """
INSERT INTO orders_order AS o (round_id, household_id, created_at, created_by_id, filled_at, recaps)
SELECT r.id, h.id, clock_timestamp(), %(user)s, clock_timestamp(), 0
FROM orders_round r JOIN orders_household h ON h.neighbourhood_id = r.neighbourhood_id
WHERE r.id = %(round)s AND h.id = %(household)s AND r.state <> 'proposed' AND (
    EXISTS (
        SELECT 1 FROM orders_membership m
        WHERE m.household_id = h.id AND m.user_id = %(user)s AND m.state = 'active'
    )
    OR EXISTS (SELECT 1 FROM orders_roundcoordinator c WHERE c.round_id = r.id AND c.user_id = %(user)s)
    OR EXISTS (
        SELECT 1 FROM orders_membership m JOIN orders_household mh ON mh.id = m.household_id
        WHERE m.user_id = %(user)s AND m.state = 'active' AND m.role = 'coordinator'
          AND mh.neighbourhood_id = r.neighbourhood_id
    )
)
ON CONFLICT (round_id, household_id) DO UPDATE SET filled_at = EXCLUDED.filled_at
RETURNING o.id, EXISTS (
    SELECT 1 FROM orders_membership m
    WHERE m.household_id = o.household_id AND m.user_id = %(user)s AND m.state = 'active'
)
"""

SAVE_CHANGE = """
WITH prior AS (
    SELECT body_hash, status, answer FROM orders_orderrequest WHERE order_id = %(order)s AND key = %(key)s
), place AS (
    SELECT f.id, f.step, f.minimum, f.withdrawn_at, f.supply_id,
        s.state AS stall_state, s.closes_at, r.state AS round_state, r.opens_at, clock_timestamp() AS now
    FROM orders_offer f JOIN orders_stall s ON s.id = f.stall_id JOIN orders_round r ON r.id = s.round_id
    WHERE f.id = %(offer)s AND s.id = %(stall)s AND r.id = %(round)s
), line AS (
    SELECT id, wanted, wanted_tolerance, quantity, tolerance FROM orders_orderline
    WHERE order_id = %(order)s AND offer_id = %(offer)s
), verdict AS (
    SELECT CASE
        WHEN p.id IS NULL THEN 'unknown'
        WHEN p.round_state <> 'published' OR p.stall_state <> 'open' OR p.now >= p.closes_at THEN 'closed'
        WHEN p.now < p.opens_at THEN 'not_open_yet'
        WHEN COALESCE(l.wanted, 0) <> %(seen)s
            AND (COALESCE(l.wanted, 0) <> %(wanted)s OR COALESCE(l.wanted_tolerance, 0) <> %(tolerance)s) THEN 'stale'
        WHEN p.withdrawn_at IS NOT NULL
            AND (%(wanted)s > COALESCE(l.quantity, 0) OR %(tolerance)s > COALESCE(l.tolerance, 0)) THEN 'withdrawn'
        WHEN mod(%(wanted)s, p.step) <> 0 OR mod(%(tolerance)s, p.step) <> 0 THEN 'step'
        WHEN %(wanted)s > 0 AND %(wanted)s < p.minimum THEN 'minimum'
        WHEN %(wanted)s > %(greatest)s OR %(tolerance)s > %(greatest)s THEN 'too_much'
        ELSE 'saved' END AS code,
        p.step, p.minimum, p.supply_id,
        COALESCE(l.wanted, 0) AS wanted, COALESCE(l.quantity, 0) AS quantity, COALESCE(l.tolerance, 0) AS tolerance,
        LEAST(COALESCE(l.quantity, 0), %(wanted)s) AS kept,
        LEAST(COALESCE(l.tolerance, 0), %(tolerance)s) AS kept_tolerance
    FROM (SELECT 1) AS one LEFT JOIN place p ON true LEFT JOIN line l ON true
    WHERE NOT EXISTS (SELECT 1 FROM prior)
), request AS (
    INSERT INTO orders_orderrequest (order_id, key, body_hash, status, answer, by_id, created_at)
    SELECT %(order)s, %(key)s, %(hash)s, CASE v.code WHEN 'saved' THEN 200 ELSE 409 END,
        CASE v.code WHEN 'saved' THEN jsonb_build_object(
            'offer', %(offer)s::bigint, 'wanted', %(wanted)s::text, 'tolerance', %(tolerance)s::text,
            'quantity', v.kept::text, 'confirmed_tolerance', v.kept_tolerance::text)
        ELSE jsonb_build_object('refused', jsonb_build_object(%(offer)s::text, jsonb_build_object(
            'code', v.code, 'yours', %(wanted)s::text, 'theirs', v.wanted::text, 'confirmed', v.quantity::text,
            'step', v.step::text, 'minimum', v.minimum::text))) END,
        %(user)s, clock_timestamp()
    FROM verdict v
    RETURNING id, status, answer
), saved AS (
    INSERT INTO orders_orderline AS l (order_id, offer_id, wanted, wanted_tolerance, quantity, tolerance)
    -- LEAST: the planner fits even a refused constant into the column, and would fail on one that is too large.
    SELECT %(order)s, %(offer)s, LEAST(%(wanted)s, %(greatest)s), LEAST(%(tolerance)s, %(greatest)s), 0, 0
    FROM request WHERE status = 200
    ON CONFLICT (order_id, offer_id) DO UPDATE SET
        wanted = EXCLUDED.wanted, wanted_tolerance = EXCLUDED.wanted_tolerance,
        quantity = (SELECT kept FROM verdict), tolerance = (SELECT kept_tolerance FROM verdict)
    RETURNING l.id
), history AS (
    INSERT INTO orders_orderchange (line_id, quantity_before, quantity_after, tolerance_before, tolerance_after,
        by_id, on_behalf, request_id, reason, at)
    SELECT saved.id, v.quantity, v.kept, v.tolerance, v.kept_tolerance,
        %(user)s, %(on_behalf)s, request.id, '', clock_timestamp()
    FROM verdict v, request, saved WHERE v.quantity <> v.kept OR v.tolerance <> v.kept_tolerance
), freed AS (
    UPDATE catalogs_supply SET ordered = ordered - (v.quantity - v.kept)
    FROM verdict v, saved WHERE catalogs_supply.id = v.supply_id AND v.kept < v.quantity
)
SELECT status, answer, %(hash)s, false FROM request
UNION ALL SELECT status, answer, body_hash, true FROM prior
"""


def hold_order(*, user_id: int, round_id: int, household_id: int) -> tuple[int, bool]:
    """The id of the household's order in the round, created if need be and locked, and whether it is the person's own.

    Raises `NoSuchOrder` when the person may not order there. One statement; stall locks come first.
    """
    with connection.cursor() as cursor:
        cursor.execute(HOLD_ORDER, {"user": user_id, "round": round_id, "household": household_id})
        row = cursor.fetchone()
    if row is None:
        raise NoSuchOrder
    return row[0], row[1]


def save_change(
    *,
    user_id: int,
    round_id: int,
    household_id: int,
    stall_id: int,
    offer_id: int,
    key: str,
    seen: Decimal,
    wanted: Decimal,
    tolerance: Decimal = Decimal(0),
) -> Answer:
    """Save what a sheet shows for one offer: `wanted` pieces and up to `tolerance` more, where `seen` was shown before.

    Reserves nothing; a decrease below what is confirmed applies at once. Refused when the stall is not open by the
    database's clock, when `seen` is stale (the answer carries both values), off the step or below the minimum. The
    same `key` gets the same answer. Without pieces there are none more to take. Three statements. Raises `NoSuchOrder`.
    """
    if not wanted:
        tolerance = Decimal(0)
    body = [offer_id, seen.normalize(), wanted.normalize(), tolerance.normalize()]
    digest = body_hash(body)
    with transaction.atomic():
        hold_stalls_shared([stall_id])
        order_id, own = hold_order(user_id=user_id, round_id=round_id, household_id=household_id)
        with connection.cursor() as cursor:
            cursor.execute(
                SAVE_CHANGE,
                {
                    "user": user_id,
                    "order": order_id,
                    "round": round_id,
                    "stall": stall_id,
                    "offer": offer_id,
                    "key": key,
                    "hash": digest,
                    "seen": seen,
                    "wanted": wanted,
                    "tolerance": tolerance,
                    "on_behalf": not own,
                    "greatest": refusals.GREATEST,
                },
            )
            status, answer, hash_of_key, replayed = cursor.fetchone()
    return recorded(status, answer, replayed=replayed, same_body=hash_of_key == digest)


def recorded(status: int, answer: str | dict[str, Any], *, replayed: bool, same_body: bool) -> Answer:
    """The answer kept under a key; another body under the same key is a fault of the page and is told so."""
    if not same_body:
        return Answer(422, {"code": refusals.KEY_REUSED})
    data = json.loads(answer) if isinstance(answer, str) else answer
    return Answer(status, data, replayed=replayed)
