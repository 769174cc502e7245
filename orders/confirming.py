"""Confirming an order: all lines together or none, at the prices shown, however many people press at once.

The number of statements is the same for one line and for a hundred; docs/architecture.md lists them. Locks come in
one order: stalls (shared), the order, supplies, each ascending.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import astuple, dataclass
from decimal import Decimal
from typing import Any

from django.db import connection, transaction

from cagette.keys import body_hash
from cagette.money import Basis, Price, to_cents
from orders import refusals
from orders.filling import hold_order, recorded
from orders.locks import hold_stalls_shared
from orders.models import Grant, Offer, OrderLine
from orders.models.ordering import COUNTED_SQL, ORDERED_SQL
from orders.requests import Answer, Refusal, another_price, misshapen

ZERO = Decimal(0)


@dataclass(frozen=True)
class Shown:
    """One line as the page shows it when the button is pressed.

    `price` is the exact unit price it was made from, on its `basis`, and on `net` the VAT rate that was put on top;
    `seen_wanted` and `seen_quantity` what the sheet and the confirmed order held when the page was made: another device
    may have changed them since. Pages made before there were two bases name none: their price includes VAT, in cents.
    """

    offer_id: int
    quantity: Decimal
    tolerance: Decimal
    price: Decimal
    seen_wanted: Decimal
    seen_quantity: Decimal
    basis: str | None = None
    vat_rate: Decimal | None = None

    @classmethod
    def of(
        cls, offer: Offer, quantity: Decimal, tolerance: Decimal = Decimal(0), *, professional: bool = False
    ) -> Shown:
        """What a page shows of an offer that the household has nothing of yet."""
        price = offer.priced(professional=professional)
        zero = Decimal(0)
        return cls(offer.pk, quantity, tolerance, price.unit, zero, zero, price.basis, price.vat_rate)

    @property
    def body(self) -> list[str]:
        """What the request's hash is made of: of a page without a basis the same as when it was made."""
        first = (self.offer_id, self.quantity, self.tolerance, self.price, self.seen_wanted, self.seen_quantity)
        more = () if self.basis is None else (self.basis, self.vat_rate)
        return [str(value) for value in (*first, *more)]

    def saw(self, terms: Terms) -> bool:
        """Whether the page showed what `terms` say; households see no VAT rate."""
        if self.basis is None:
            return terms.basis == Basis.GROSS and self.price == to_cents(terms.price)
        same_rate = self.basis == Basis.GROSS or self.vat_rate == terms.vat_rate
        return (self.basis, self.price) == (terms.basis, terms.price) and same_rate


@dataclass(frozen=True)
class Terms:
    """What a line is sold at, and keeps once it is confirmed; `price` and `price_per_kg` on the basis.

    On weighed goods `price` is the exact estimate of a piece. `vat_regime` is the farm's at that moment.
    """

    basis: str
    price: Decimal
    vat_rate: Decimal
    vat_regime: str
    returnable_id: int | None
    deposit: Decimal
    price_per_kg: Decimal | None
    typical_weight_g: int | None
    greatest_weight_g: int | None

    @classmethod
    def of(cls, offer: Offer, *, professional: bool, vat_regime: str) -> Terms:
        price = offer.priced(professional=professional)
        return cls(
            price.basis,
            price.unit,
            offer.vat_rate,
            vat_regime,
            offer.returnable_id,
            offer.deposit,
            price.per_kg,
            offer.typical_weight_g,
            offer.greatest_weight_g,
        )

    @classmethod
    def agreed_on(cls, agreed: OrderLine | Grant) -> Terms:
        """What a line, or an offer after the close, has frozen."""
        return cls(*(getattr(agreed, field) for field in AGREED_FIELDS))

    def write_on(self, line: OrderLine | Grant) -> None:
        """Set the line's columns; `WRITE_LINES` writes the same."""
        for field, value in zip(AGREED_FIELDS, astuple(self), strict=True):
            setattr(line, field, value)

    @property
    def priced(self) -> Price:
        return Price(self.basis, self.price, self.vat_rate, self.deposit, self.price_per_kg, self.greatest_weight_g)


@dataclass(frozen=True)
class Standing:
    """An offer as it stands under the locks, and what the order holds of it."""

    offer: Offer
    open: bool
    opened: bool
    on_sale: bool
    currency: str
    wanted: Decimal
    wanted_tolerance: Decimal
    quantity: Decimal
    tolerance: Decimal
    current: Terms
    agreed: Terms | None

    @property
    def supply_id(self) -> int:
        return self.offer.supply_id

    def holds(self, line: Shown) -> bool:
        """Whether `line` is confirmed and filled in just so already: then there is nothing to ask of it."""
        return (
            line.quantity == self.quantity == self.wanted and line.tolerance == self.tolerance == self.wanted_tolerance
        )

    def terms_of(self, line: Shown) -> Terms:
        """More is bought at today's price, less keeps the price that was agreed on."""
        if self.agreed is None or line.quantity > self.quantity or line.tolerance > self.tolerance:
            return self.current
        return self.agreed


def confirm(*, user_id: int, round_id: int, household_id: int, key: str, lines: Sequence[Shown]) -> Answer:
    """Order `lines`, the whole sheet of the household, with the obligation to pay; all of them or none.

    The answer is 200 with the `lines` now confirmed, or 409 with `refused` per offer: what is possible instead
    (`left`, the price now, both values of a stale line). A refusal changes nothing but is remembered: the same `key`
    gets the same answer. Raises `NoSuchOrder`.
    """
    digest = body_hash([line.body for line in lines])
    offer_ids = [line.offer_id for line in lines]
    with transaction.atomic():
        hold_stalls_shared(_stalls_of(round_id, offer_ids))
        order_id, own = hold_order(user_id=user_id, round_id=round_id, household_id=household_id)
        professional, prior = _prior(order_id, household_id, key)
        if prior is not None:
            status, answer, hash_of_key = prior
            return recorded(status, answer, replayed=True, same_body=hash_of_key == digest)
        standings = _read(order_id, round_id, offer_ids, professional=professional)
        refused = _judge(lines, standings)
        if not refused:
            deltas = _deltas(lines, standings)
            refused = _draw(deltas, standings, _lock_supplies(deltas), professional=professional)
        if refused:
            answer = {"refused": {str(offer): {"code": r.code, **r.figures} for offer, r in refused.items()}}
            _record(order_id, key, digest, 409, answer, user_id)
            return Answer(409, answer)
        if not any(line.quantity for line in lines) and not any(each.quantity for each in standings.values()):
            answer = {"code": refusals.NOTHING}
            _record(order_id, key, digest, 409, answer, user_id)
            return Answer(409, answer)
        answer = {"lines": {str(line.offer_id): str(line.quantity) for line in lines if line.quantity}}
        request_id = _record(order_id, key, digest, 200, answer, user_id)
        _write(order_id, request_id, user_id, lines, standings, on_behalf=not own)
        return Answer(200, answer)


def _stalls_of(round_id: int, offer_ids: list[int]) -> list[int]:
    """The stalls these offers belong to: this never changes, so it may be read before any lock."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT DISTINCT f.stall_id FROM orders_offer f JOIN orders_stall s ON s.id = f.stall_id"
            " WHERE s.round_id = %s AND f.id = ANY(%s)",
            [round_id, offer_ids],
        )
        return [stall for (stall,) in cursor.fetchall()]


def _prior(order_id: int, household_id: int, key: str) -> tuple[bool, tuple[int, Any, str] | None]:
    """Whether the household is a professional's, and what the key was answered before, if it was."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT h.kind = 'professional', q.status, q.answer, q.body_hash FROM orders_household h"
            " LEFT JOIN orders_orderrequest q ON q.order_id = %s AND q.key = %s WHERE h.id = %s",
            [order_id, key, household_id],
        )
        professional, status, answer, digest = cursor.fetchone()
    return professional, None if status is None else (status, answer, digest)


OFFER_FIELDS = [
    *("id", "name", "unit", "price", "professional_price", "vat_rate", "weighed", "price_per_kg"),
    *("typical_weight_g", "greatest_weight_g", "step", "minimum", "case_size"),
    *("deposit", "returnable_id", "supply_id"),
]
# As `Terms` has them.
AGREED_FIELDS = [
    *("basis", "unit_price", "vat_rate", "vat_regime", "returnable_id", "deposit"),
    *("price_per_kg", "typical_weight_g", "greatest_weight_g"),
]

# One row per offer asked for and per line the order has, with the clock read after the locks.
READ = f"""
SELECT s.state = 'open' AND r.state = 'published' AND clock_timestamp() < s.closes_at, clock_timestamp() >= r.opens_at,
    f.withdrawn_at IS NULL, p.vat_regime, r.currency, COALESCE(l.wanted, 0), COALESCE(l.wanted_tolerance, 0),
    COALESCE(l.quantity, 0), COALESCE(l.tolerance, 0),
    {", ".join("l." + field for field in AGREED_FIELDS)},
    {", ".join("f." + field for field in OFFER_FIELDS)}
FROM orders_offer f
JOIN orders_stall s ON s.id = f.stall_id
JOIN orders_round r ON r.id = s.round_id
JOIN producers_producer p ON p.id = s.producer_id
LEFT JOIN orders_orderline l ON l.offer_id = f.id AND l.order_id = %s
WHERE s.round_id = %s AND (f.id = ANY(%s) OR l.id IS NOT NULL)
"""  # noqa: S608 (our own column names)


def _read(order_id: int, round_id: int, offer_ids: list[int], *, professional: bool) -> dict[int, Standing]:
    with connection.cursor() as cursor:
        cursor.execute(READ, [order_id, round_id, offer_ids])
        rows = cursor.fetchall()
    standings = {}
    for is_open, opened, on_sale, vat_regime, currency, wanted, wanted_tolerance, quantity, tolerance, *rest in rows:
        agreed, fields = rest[: len(AGREED_FIELDS)], rest[len(AGREED_FIELDS) :]
        offer = Offer(**dict(zip(OFFER_FIELDS, fields, strict=True)))
        standings[offer.pk] = Standing(
            offer,
            is_open,
            opened,
            on_sale,
            currency,
            wanted,
            wanted_tolerance,
            quantity,
            tolerance,
            Terms.of(offer, professional=professional, vat_regime=vat_regime),
            Terms(*agreed) if quantity else None,
        )
    return standings


def _judge(lines: Sequence[Shown], standings: Mapping[int, Standing]) -> dict[int, Refusal]:
    """Why each line can't be ordered as shown, supplies aside; empty when all can."""
    refused = {}
    for line in lines:
        standing = standings.get(line.offer_id)
        refusal = Refusal(refusals.UNKNOWN) if standing is None else _judge_line(line, standing)
        if refusal is not None:
            refused[line.offer_id] = refusal
    shown = {line.offer_id for line in lines}
    for offer_id, standing in standings.items():
        if offer_id not in shown and standing.open and (standing.quantity or standing.wanted):
            refused[offer_id] = _stale(standing, ZERO)
    return refused


def _judge_line(line: Shown, standing: Standing) -> Refusal | None:
    offer = standing.offer
    if standing.holds(line):
        return None
    if standing.open and not standing.opened:
        return Refusal(refusals.NOT_OPEN_YET)
    if not standing.open:
        return Refusal(refusals.CLOSED, {"confirmed": str(standing.quantity)})
    elsewhere = standing.wanted not in (line.seen_wanted, line.quantity)
    if line.seen_quantity != standing.quantity or elsewhere:
        return _stale(standing, line.quantity)
    if not standing.on_sale and (line.quantity > standing.quantity or line.tolerance > standing.tolerance):
        return Refusal(refusals.WITHDRAWN, {"left": str(standing.quantity)})
    if (refusal := misshapen(line.quantity, line.tolerance, step=offer.step, minimum=offer.minimum)) is not None:
        return refusal
    if line.quantity and not line.saw(standing.terms_of(line)):
        return another_price(standing.terms_of(line).priced, standing.currency)
    return None


def _stale(standing: Standing, yours: Decimal) -> Refusal:
    theirs = standing.quantity if standing.wanted == yours else standing.wanted
    return Refusal(
        refusals.STALE,
        {
            "theirs": str(theirs),
            "yours": str(yours),
            "wanted": str(standing.wanted),
            "confirmed": str(standing.quantity),
        },
    )


def _deltas(lines: Sequence[Shown], standings: Mapping[int, Standing]) -> dict[int, Decimal]:
    """By how much each supply's `ordered` moves; each serves one offer of a round, as a product is at one stall."""
    moves = ((standings[line.offer_id], line.quantity) for line in lines)
    return {each.supply_id: quantity - each.quantity for each, quantity in moves if quantity != each.quantity}


@dataclass(frozen=True)
class Stock:
    quantity: Decimal | None
    ordered: Decimal
    professional_share: Decimal | None


def _lock_supplies(deltas: Mapping[int, Decimal]) -> dict[int, Stock]:
    """Lock the supplies in ascending order, and read them as they are once the lock is held."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id, quantity, ordered, professional_share FROM catalogs_supply WHERE id = ANY(%s)"
            " ORDER BY id FOR NO KEY UPDATE",
            [sorted(deltas)],
        )
        return {supply: Stock(*row) for supply, *row in cursor.fetchall()}


class SuppliesRaced(RuntimeError):
    """A supply moved between its lock and its update: the lock was not held. Never told to a person; it must crash."""


def _draw(
    deltas: Mapping[int, Decimal],
    standings: Mapping[int, Standing],
    stocks: Mapping[int, Stock],
    *,
    professional: bool,
) -> dict[int, Refusal]:
    """Take `deltas` from the supplies, or say per offer what is left, its own confirmed quantity included."""
    taken = taken_by_kind([supply for supply, stock in stocks.items() if stock.professional_share is not None])
    refused = {}
    for offer_id, standing in standings.items():
        delta = deltas.get(standing.supply_id, ZERO)
        stock = stocks.get(standing.supply_id)
        if delta <= 0 or stock is None or stock.quantity is None:
            continue
        left = stock.quantity - stock.ordered
        if stock.professional_share is not None:
            share = stock.professional_share if professional else stock.quantity - stock.professional_share
            left = min(left, share - taken.get((standing.supply_id, professional), ZERO))
        if delta > left:
            refused[offer_id] = _what_is_left(standing, max(left, ZERO))
    if refused or not deltas:
        return refused
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE catalogs_supply AS s SET ordered = s.ordered + d.delta"
            " FROM unnest(%s::bigint[], %s::numeric[]) AS d (id, delta)"
            " WHERE s.id = d.id AND (s.quantity IS NULL OR d.delta < 0 OR s.ordered + d.delta <= s.quantity)",
            [list(deltas), list(deltas.values())],
        )
        if cursor.rowcount != len(deltas):
            raise SuppliesRaced
    return {}


def _what_is_left(standing: Standing, left: Decimal) -> Refusal:
    possible = standing.quantity + left
    possible -= possible % standing.offer.step
    if possible <= standing.quantity or possible < standing.offer.minimum:
        return Refusal(refusals.SOLD_OUT, {"left": str(standing.quantity)})
    return Refusal(refusals.SHORT, {"left": str(possible)})


def taken_by_kind(supply_ids: list[int]) -> dict[tuple[int, bool], Decimal]:
    """How much of each supply professionals (True) and households (False) hold; for those with a share.

    A supply may serve several rounds: of each line what counts now, which is nothing where the farm was called off.
    """
    if not supply_ids:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT f.supply_id, h.kind = 'professional', sum({COUNTED_SQL})"  # noqa: S608 (our own expressions)
            " FROM orders_orderline l"
            " JOIN orders_offer f ON f.id = l.offer_id JOIN orders_order o ON o.id = l.order_id"
            f" JOIN orders_household h ON h.id = o.household_id WHERE f.supply_id = ANY(%s) AND {ORDERED_SQL}"
            " GROUP BY 1, 2",
            [supply_ids],
        )
        return {(supply, professional): total for supply, professional, total in cursor.fetchall()}


def _record(order_id: int, key: str, digest: str, status: int, answer: Mapping[str, Any], user_id: int) -> int:
    """Keep the answer under its key, and note on the order that it was confirmed."""
    with connection.cursor() as cursor:
        cursor.execute(
            "WITH noted AS (UPDATE orders_order SET confirmed_at = clock_timestamp() WHERE id = %(order)s AND %(done)s)"
            " INSERT INTO orders_orderrequest (order_id, key, body_hash, status, answer, by_id, created_at)"
            " VALUES (%(order)s, %(key)s, %(hash)s, %(status)s, %(answer)s, %(user)s, clock_timestamp()) RETURNING id",
            {
                "order": order_id,
                "done": status == 200,
                "key": key,
                "hash": digest,
                "status": status,
                "answer": json.dumps(answer),
                "user": user_id,
            },
        )
        request_id: int = cursor.fetchone()[0]
    return request_id


WRITE_LINES = """
INSERT INTO orders_orderline (order_id, offer_id, wanted, wanted_tolerance, quantity, tolerance,
    basis, unit_price, vat_rate, vat_regime, returnable_id, deposit, price_per_kg, typical_weight_g, greatest_weight_g)
SELECT %s, offer, quantity, tolerance, quantity, tolerance,
    basis, unit_price, vat_rate, vat_regime, returnable_id, deposit, price_per_kg, typical_weight_g, greatest_weight_g
FROM unnest(%s::bigint[], %s::numeric[], %s::numeric[], %s::text[], %s::numeric[], %s::numeric[], %s::text[],
        %s::bigint[], %s::numeric[], %s::numeric[], %s::int[], %s::int[])
    AS n (offer, quantity, tolerance, basis, unit_price, vat_rate, vat_regime, returnable_id, deposit, price_per_kg,
        typical_weight_g, greatest_weight_g)
ON CONFLICT (order_id, offer_id) DO UPDATE SET
    wanted = EXCLUDED.wanted, wanted_tolerance = EXCLUDED.wanted_tolerance,
    quantity = EXCLUDED.quantity, tolerance = EXCLUDED.tolerance,
    basis = EXCLUDED.basis, unit_price = EXCLUDED.unit_price, vat_rate = EXCLUDED.vat_rate,
    vat_regime = EXCLUDED.vat_regime, returnable_id = EXCLUDED.returnable_id, deposit = EXCLUDED.deposit,
    price_per_kg = EXCLUDED.price_per_kg, typical_weight_g = EXCLUDED.typical_weight_g,
    greatest_weight_g = EXCLUDED.greatest_weight_g
RETURNING offer_id, id
"""
WRITE_CHANGES = """
INSERT INTO orders_orderchange (line_id, quantity_before, quantity_after, tolerance_before, tolerance_after,
    by_id, on_behalf, request_id, reason, at)
SELECT line, quantity_before, quantity_after, tolerance_before, tolerance_after, %s, %s, %s, '', clock_timestamp()
FROM unnest(%s::bigint[], %s::numeric[], %s::numeric[], %s::numeric[], %s::numeric[])
    AS n (line, quantity_before, quantity_after, tolerance_before, tolerance_after)
"""


def _write(
    order_id: int,
    request_id: int,
    user_id: int,
    lines: Sequence[Shown],
    standings: Mapping[int, Standing],
    *,
    on_behalf: bool,
) -> None:
    """The lines that change, and their history, in two statements."""
    changed = [(line, standings[line.offer_id]) for line in lines if not standings[line.offer_id].holds(line)]
    if not changed:
        return
    rows = [
        (
            line.offer_id,
            line.quantity,
            line.tolerance if line.quantity else ZERO,
            *astuple(standing.terms_of(line)),
        )
        for line, standing in changed
    ]
    with connection.cursor() as cursor:
        cursor.execute(WRITE_LINES, [order_id, *map(list, zip(*rows, strict=True))])
        ids = dict(cursor.fetchall())
        history = [
            (ids[line.offer_id], standing.quantity, line.quantity, standing.tolerance, row[2])
            for (line, standing), row in zip(changed, rows, strict=True)
            if (line.quantity, row[2]) != (standing.quantity, standing.tolerance)
        ]
        if history:
            columns = map(list, zip(*history, strict=True))
            cursor.execute(WRITE_CHANGES, [user_id, on_behalf, request_id, *columns])
