"""Big worlds to measure in: thousands of households, a million orders, made in the database and not row by row.

Everything is as ordering would have left it: lines at the offers' prices, one `OrderChange` per line, supplies drawn.
Quantities follow from the ids, so that the same call makes the same world.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from math import gcd

from django.db import connection, transaction
from django.db.models import Max
from django.utils import timezone

from cagette.models import User
from catalogs.models import Catalog, Product
from catalogs.models.products import SNAPSHOT
from orders import rounds
from orders.models import Household, Membership, Neighbourhood, Place, Round, Stall
from producers.models import PickListRecipient, Producer

HOUSEHOLDS_EACH = 100
PRODUCTS_EACH = 25
STALLS_EACH = 30
BATCH = 5_000


def neighbourhood(name: str, households: int) -> Neighbourhood:
    """A neighbourhood with so many households of one login each; the first of them coordinates."""
    serial = (Neighbourhood.objects.aggregate(last=Max("pk"))["last"] or 0) + 1
    made = Neighbourhood.objects.create(name=name, slug=f"monde-{serial}", commune="Briançon")
    users = User.objects.bulk_create(
        [
            User(email=f"foyer-{serial}-{n}@example.org", name=f"Foyer {n}", password="!")  # noqa: S106 - no password
            for n in range(1, households + 1)
        ],
        batch_size=BATCH,
    )
    homes = Household.objects.bulk_create(
        [Household(neighbourhood=made, name=user.name, pick_up_number=n) for n, user in enumerate(users, start=1)],
        batch_size=BATCH,
    )
    roles = Membership.Role
    Membership.objects.bulk_create(
        [
            Membership(user=user, household=home, role=roles.MEMBER if n else roles.COORDINATOR)
            for n, (user, home) in enumerate(zip(users, homes, strict=True))
        ],
        batch_size=BATCH,
    )
    Place.objects.create(neighbourhood=made, name="Salle communale", address="1 place du Marché, Briançon")
    return made


def farms(number: int, products_each: int, *, stock: int | None = None, cases: bool = True) -> list[Catalog]:
    """So many farms with a published catalog each; every fifth product comes in cases of six, where `cases`."""
    serial = (Producer.objects.aggregate(last=Max("pk"))["last"] or 0) + 1
    made = Producer.objects.bulk_create(
        Producer(name=f"Ferme {serial + n}", slug=f"ferme-monde-{serial + n}", commune="Briançon")
        for n in range(number)
    )
    PickListRecipient.objects.bulk_create(
        PickListRecipient(producer=producer, email=f"{producer.slug}@example.org") for producer in made
    )
    catalogs = Catalog.objects.bulk_create(
        Catalog(producer=producer, name="Toute l'année", published_at=timezone.now()) for producer in made
    )
    Product.objects.bulk_create(
        [
            Product(
                catalog=catalog,
                reference=f"R{n}",
                name=f"Produit {n} de la {catalog.producer.name}",
                price=Decimal(150 + n * 37 % 900) / 100,
                category=["vegetables", "dairy", "bread", "fruit", "honey"][n % 5],
                case_size=6 if cases and n % 5 == 4 else None,
                stock=stock,
                position=n,
            )
            for catalog in catalogs
            for n in range(products_each)
        ],
        batch_size=BATCH,
    )
    return catalogs


def open_round(at: Neighbourhood, catalogs: Sequence[Catalog], *, closes_at: datetime | None = None) -> Round:
    """A round open now with a stall of each catalog, made by the verbs that people use."""
    coordinator = User.objects.filter(
        memberships__household__neighbourhood=at, memberships__role=Membership.Role.COORDINATOR
    ).order_by("pk")[0]
    now = timezone.now()
    closes_at = closes_at or now + timedelta(days=2)
    round = rounds.propose(
        by=coordinator,
        neighbourhood=at,
        place=at.places.order_by("pk")[0],
        title=f"Commande de {at.name}",
        opens_at=now + timedelta(minutes=1),
        closes_at=closes_at,
        delivery_starts_at=closes_at + timedelta(days=1),
        delivery_ends_at=closes_at + timedelta(days=1, hours=2),
        catalogs=catalogs,
    )
    for stall in round.stalls.order_by("pk"):
        rounds.accept(stall, by=coordinator, how=Stall.Channel.PHONE)
    rounds.publish(round, by=coordinator)
    rounds.open_now(round, by=coordinator)
    # Nobody lives here to be told.
    Round.objects.filter(pk=round.pk).update(announced_at=timezone.now())
    round.refresh_from_db()
    return round


def confirmed_orders(round: Round, *, lines: int, households: int | None = None) -> int:
    """A confirmed order of `lines` lines for each household (or the first so many); returns how many orders."""
    return _orders([round.pk], lines=lines, households=households)


def _orders(round_ids: list[int], *, lines: int, households: int | None = None, closed: bool = False) -> int:
    """Confirmed orders in rounds of one neighbourhood with the same offers, `closed` with all of it allocated. Five
    statements.

    The lines of an order lie evenly over the offers, one to three pieces each, one of tolerance where there are cases.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM orders_offer f JOIN orders_stall s ON s.id = f.stall_id WHERE s.round_id = %s",
            [round_ids[0]],
        )
        offers: int = cursor.fetchone()[0]
        lines = min(lines, offers)
        stride = next(step for step in range(offers // lines, offers + 2) if gcd(step, offers) == 1)
        cursor.execute(ORDERS, {"rounds": round_ids, "households": households, "recaps": int(closed)})
        ordered: int = cursor.rowcount
        cursor.execute(
            LINES, {"rounds": round_ids, "lines": lines, "stride": stride, "offers": offers, "closed": closed}
        )
        cursor.execute(CHANGES, [round_ids])
        cursor.execute(DRAWN, [round_ids])
    return ordered


ORDERS = """
INSERT INTO orders_order (round_id, household_id, created_at, filled_at, confirmed_at, recaps)
SELECT r.id, h.id, now(), now(), now(), %(recaps)s FROM orders_round r CROSS JOIN LATERAL (
    SELECT id FROM orders_household WHERE neighbourhood_id = r.neighbourhood_id
    ORDER BY pick_up_number LIMIT %(households)s
) AS h WHERE r.id = ANY(%(rounds)s)
"""
LINES = """
WITH stand AS (
    SELECT f.*, s.round_id,
        row_number() OVER (PARTITION BY s.round_id ORDER BY f.stall_id, f.position, f.id) - 1 AS place
    FROM orders_offer f JOIN orders_stall s ON s.id = f.stall_id WHERE s.round_id = ANY(%(rounds)s)
), wish AS (
    SELECT o.id AS order_id, o.round_id, 1 + (o.id + k) %% 3 AS pieces,
        (o.id * 7 + k * %(stride)s) %% %(offers)s AS place
    FROM orders_order o CROSS JOIN generate_series(0, %(lines)s - 1) AS k WHERE o.round_id = ANY(%(rounds)s)
)
INSERT INTO orders_orderline
    (order_id, offer_id, wanted, wanted_tolerance, quantity, tolerance, allocated, unit_price, vat_rate,
    deposit, returnable_id)
SELECT w.order_id, s.id, w.pieces, t.extra, w.pieces, t.extra, CASE WHEN %(closed)s THEN w.pieces END,
    s.price, s.vat_rate, s.deposit, s.returnable_id
FROM wish w JOIN stand s ON s.round_id = w.round_id AND s.place = w.place
CROSS JOIN LATERAL (SELECT CASE WHEN s.case_size IS NULL THEN 0 ELSE 1 END AS extra) AS t
"""
CHANGES = """
INSERT INTO orders_orderchange
    (line_id, quantity_before, quantity_after, tolerance_before, tolerance_after, on_behalf, reason, at)
SELECT l.id, 0, l.quantity, 0, l.tolerance, false, '', now()
FROM orders_orderline l JOIN orders_order o ON o.id = l.order_id WHERE o.round_id = ANY(%s)
"""
DRAWN = """
UPDATE catalogs_supply AS s SET ordered = s.ordered + t.total
FROM (
    SELECT f.supply_id, sum(l.quantity) AS total FROM orders_orderline l JOIN orders_offer f ON f.id = l.offer_id
    JOIN orders_order o ON o.id = l.order_id WHERE o.round_id = ANY(%s) GROUP BY 1
) AS t WHERE t.supply_id = s.id
"""


def past_rounds(at: Neighbourhood, catalogs: Sequence[Catalog], *, orders: int, lines: int) -> int:
    """At least so many orders, in rounds handed out one a week before today, each closed with what it allocated.

    The first is made by the verbs and the others are its copies, on the same supplies: these have no limit here.
    """
    first = open_round(at, catalogs)
    weeks = -(-orders // max(1, at.households.count()))
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(COPIED_ROUNDS, {"round": first.pk, "weeks": weeks})
        copies = [pk for (pk,) in cursor.fetchall()]
        cursor.execute(COPIED_STALLS, {"round": first.pk, "copies": copies})
        cursor.execute(COPIED_OFFERS, {"round": first.pk, "copies": copies})
        made = [first.pk, *copies]
        done = _orders(made, lines=lines, closed=True)
        cursor.execute(CLOSED_STALLS, [made])
        cursor.execute(CLOSED_ROUNDS, [made])
    return done


KEPT = ", ".join((*SNAPSHOT, "position"))
COPIED_ROUNDS = """
INSERT INTO orders_round (neighbourhood_id, place_id, title, note, state, share_token, sequence, created_by_id,
    created_at, published_at, cancel_reason, latecomers, opens_at, closes_at, delivery_starts_at, delivery_ends_at)
SELECT neighbourhood_id, place_id, title, note, state, share_token || '-' || n, 0, created_by_id, created_at,
    published_at, '', latecomers, opens_at - n * interval '7 days', closes_at - n * interval '7 days',
    delivery_starts_at - n * interval '7 days', delivery_ends_at - n * interval '7 days'
FROM orders_round CROSS JOIN generate_series(2, %(weeks)s) AS n WHERE id = %(round)s RETURNING id
"""
COPIED_STALLS = """
INSERT INTO orders_stall (round_id, producer_id, catalog_id, state, answer, answered_how, closes_at, below_minimum,
    fallback, minimum_decision, word, dropped_reason)
SELECT c.id, s.producer_id, s.catalog_id, s.state, s.answer, s.answered_how, c.closes_at, s.below_minimum,
    s.fallback, s.minimum_decision, s.word, s.dropped_reason
FROM orders_stall s CROSS JOIN orders_round c WHERE s.round_id = %(round)s AND c.id = ANY(%(copies)s)
"""
COPIED_OFFERS = f"""
INSERT INTO orders_offer (stall_id, product_id, supply_id, {KEPT})
SELECT c.id, f.product_id, f.supply_id, {", ".join(f"f.{name}" for name in (*SNAPSHOT, "position"))}
FROM orders_offer f JOIN orders_stall s ON s.id = f.stall_id
JOIN orders_stall c ON c.producer_id = s.producer_id AND c.round_id = ANY(%(copies)s) WHERE s.round_id = %(round)s
"""  # noqa: S608 - names of our own columns
CLOSED_STALLS = """
UPDATE orders_stall AS s SET state = 'closed', closes_at = r.closes_at - interval '7 days',
    closed_at = r.closes_at - interval '7 days' FROM orders_round r WHERE r.id = s.round_id AND r.id = ANY(%s)
"""
CLOSED_ROUNDS = """
UPDATE orders_round SET state = 'closed', closed_at = closes_at - interval '7 days',
    opens_at = opens_at - interval '7 days', closes_at = closes_at - interval '7 days',
    delivery_starts_at = delivery_starts_at - interval '7 days', delivery_ends_at = delivery_ends_at - interval '7 days'
WHERE id = ANY(%s)
"""


def build(*, households: int, products: int, open_rounds: int, history: int, lines: int = 10) -> None:
    """A world of about these sizes: neighbourhoods of a hundred households, farms of 25 products, rounds of up to
    thirty farms.

    `history` is the number of past orders. A million of them take some minutes.
    """
    places = [
        neighbourhood(
            f"Quartier {n + 1}",
            HOUSEHOLDS_EACH if (n + 1) * HOUSEHOLDS_EACH <= households else households % HOUSEHOLDS_EACH,
        )
        for n in range(-(-households // HOUSEHOLDS_EACH))
    ]
    catalogs = farms(max(1, products // PRODUCTS_EACH), min(products, PRODUCTS_EACH))
    for n in range(open_rounds):
        round = open_round(places[n % len(places)], catalogs[:STALLS_EACH])
        confirmed_orders(round, lines=lines, households=HOUSEHOLDS_EACH // 2)
    for place in places:
        past_rounds(place, catalogs[:3], orders=-(-history // len(places)), lines=lines)
    analyze()


def analyze() -> None:
    """Let the planner know what there is now: autovacuum comes by a minute later, and until then plans are bad."""
    with connection.cursor() as cursor:
        tables = ", ".join(map(connection.ops.quote_name, connection.introspection.django_table_names()))
        cursor.execute(f"ANALYZE {tables}")
