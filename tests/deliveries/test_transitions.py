"""Who did it: each change of a round's or a stall's state and times leaves one row, and nothing else does."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, NamedTuple

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from cagette.errors import DomainError
from cagette.models import User
from cagette.scrubbing import redaction
from catalogs.models import Catalog
from deliveries import closing, correcting, withdrawing
from deliveries.demo import dating
from orders import rounds
from orders.models import Order, Place, Round, Stall, Transition
from tests import cast

pytestmark = pytest.mark.django_db

LINK, PAGE, PHONE = Stall.Channel.LINK, Stall.Channel.PAGE, Stall.Channel.PHONE
WHY = "Le col est fermé par la neige."


class Row(NamedTuple):
    """What a transition says. `stall` is None for the round's own."""

    kind: str
    stall: int | None
    state: tuple[str, str]
    before: dict[str, Any] = {}  # noqa: RUF012 - never changed
    after: dict[str, Any] = {}  # noqa: RUF012
    by: User | None = None
    how: str = "clock"
    reason: str = ""
    part_of: str | None = None


def iso(moment: datetime | None) -> str:
    assert moment is not None
    return moment.astimezone(UTC).isoformat()


def written(after: int = 0) -> list[Row]:
    """The rows in the order in which they were written, those with an id above `after`."""
    rows = Transition.objects.filter(pk__gt=after).select_related("by", "part_of").order_by("pk")
    return [
        Row(
            each.kind,
            each.stall_id,
            (each.state_before, each.state_after),
            each.before,
            each.after,
            each.by,
            each.how,
            each.reason,
            each.part_of.kind if each.part_of else None,
        )
        for each in rows
    ]


def last() -> int:
    return Transition.objects.order_by("-pk").values_list("pk", flat=True).first() or 0


class Scene:
    """A round with two farms, Solène who runs it, and a household that orders for 9 euros at the first farm."""

    def __init__(self) -> None:
        self.neighbourhood = cast.a_neighbourhood()
        self.by = cast.a_member(self.neighbourhood, "Solène")
        self.catalogs: list[Catalog] = [cast.a_catalog(products=1) for _n in range(2)]
        self.household = cast.a_household(self.neighbourhood, "Ferrand")
        # The last row before what is tried.
        self.since = 0

    def proposed(self) -> Scene:
        self.round = cast.a_proposed_round(self.neighbourhood, *self.catalogs, by=self.by)
        return self.again()

    def upcoming(self) -> Scene:
        self.round = cast.an_upcoming_round(self.neighbourhood, *self.catalogs, by=self.by)
        return self.again()

    def open(self, **terms: Any) -> Scene:
        self.round = cast.an_open_round(self.neighbourhood, *self.catalogs, by=self.by)
        if terms:
            self.round.stalls.filter(catalog=self.catalogs[0]).update(**terms)
        self.order = cast.an_order(self.round, self.household, {cast.offers_of(self.round)[0]: 2})
        return self.again()

    def overdue(self, **terms: Any) -> Scene:
        self.open(**terms)
        cast.let_the_deadline_pass(self.round)
        return self.again()

    def waiting(self) -> Scene:
        self.overdue(minimum_amount=50, below_minimum="ask")
        closing.close(self.stall.pk)
        return self.again()

    def closed(self) -> Scene:
        self.overdue()
        for stall in (self.stall, self.other):
            closing.close(stall.pk)
        closing.close_round(self.round.pk)
        return self.again()

    def again(self) -> Scene:
        self.round = Round.objects.select_related("neighbourhood", "place").get(pk=self.round.pk)
        self.stall, self.other = Stall.objects.filter(round=self.round).order_by("pk")
        return self


@pytest.fixture
def scene() -> Scene:
    return Scene()


# Up to the close


def test_a_proposal_says_its_times_and_whom_it_invites(scene: Scene) -> None:
    scene.proposed()
    round = scene.round
    times = {name: iso(getattr(round, name)) for name in ("opens_at", "closes_at")}
    times |= {name: iso(getattr(round, name)) for name in ("delivery_starts_at", "delivery_ends_at")}
    place = {"id": round.place_id, "name": "Salle du Prorel"}
    invited = {"closes_at": iso(round.closes_at), "below_minimum": "deliver"}
    assert written() == [
        Row("proposed", None, ("", "proposed"), {}, times | {"place": place}, scene.by, "page"),
        Row("invited", scene.stall.pk, ("", "pending"), {}, invited, scene.by, "page", part_of="proposed"),
        Row("invited", scene.other.pk, ("", "pending"), {}, invited, scene.by, "page", part_of="proposed"),
    ]


def test_a_later_invitation_stands_by_itself(scene: Scene) -> None:
    scene.open()
    before = last()
    stall = rounds.invite(scene.round, cast.a_catalog(), by=scene.by)
    [row] = written(before)
    assert (row.kind, row.stall, row.by, row.part_of) == ("invited", stall.pk, scene.by, None)


def test_a_farm_accepts_and_changes_its_terms(scene: Scene) -> None:
    scene.proposed()
    farmer, early = cast.a_farmer(scene.stall.producer), scene.round.closes_at - timedelta(hours=6)
    before = last()
    rounds.accept(
        scene.stall, by=None, how=LINK, closes_at=early, minimum_amount=Decimal(60), below_minimum="ask", word="Oui !"
    )
    rounds.accept(scene.stall, by=farmer, how=PAGE, closes_at=early, minimum_amount=Decimal("45.50"))
    rounds.accept(scene.other, by=scene.by, how=PHONE)
    sixty, less = {"amount": "60.00", "currency": "EUR"}, {"amount": "45.50", "currency": "EUR"}
    assert written(before) == [
        Row(
            "accepted",
            scene.stall.pk,
            ("pending", "pending"),
            {"closes_at": iso(scene.round.closes_at), "below_minimum": "deliver"},
            {"answer": "accepted", "closes_at": iso(early), "minimum_amount": sixty, "below_minimum": "ask"},
            None,
            "link",
            "Oui !",
        ),
        Row(
            "terms", scene.stall.pk, ("pending", "pending"), {"minimum_amount": sixty}, {"minimum_amount": less},
            farmer, "page",
        ),
        Row("accepted", scene.other.pk, ("pending", "pending"), {}, {"answer": "accepted"}, scene.by, "phone"),
    ]  # fmt: skip


def test_a_farm_declines_and_thinks_better_of_it(scene: Scene) -> None:
    scene.proposed()
    before = last()
    rounds.decline(scene.stall, by=None, how=LINK, word="Nous vidangeons les bassins.")
    rounds.accept(scene.stall, by=None, how=LINK)
    yes, no = {"answer": "accepted"}, {"answer": "declined"}
    assert written(before) == [
        Row(
            "declined", scene.stall.pk, ("pending", "declined"), {}, no, None, "link", "Nous vidangeons les bassins."
        ),
        Row("accepted", scene.stall.pk, ("declined", "pending"), no, yes, None, "link"),
    ]  # fmt: skip


def test_a_farm_that_accepts_late_is_on_sale_with_the_same_row(scene: Scene) -> None:
    scene.open()
    late = rounds.invite(scene.round, cast.a_catalog(products=1), by=scene.by)
    before = last()
    rounds.accept(late, by=None, how=LINK)
    assert written(before) == [Row("accepted", late.pk, ("pending", "open"), {}, {"answer": "accepted"}, how="link")]


def test_publishing_opens_each_farm_that_accepted(scene: Scene) -> None:
    scene.proposed()
    rounds.accept(scene.stall, by=None, how=LINK)
    before = last()
    rounds.publish(scene.round, by=scene.by)
    assert written(before) == [
        Row("published", None, ("proposed", "published"), by=scene.by, how="page"),
        Row("opened", scene.stall.pk, ("pending", "open"), by=scene.by, how="page", part_of="published"),
    ]


def test_opening_early_says_when_it_would_have_opened(scene: Scene) -> None:
    scene.upcoming()
    before, announced = last(), iso(scene.round.opens_at)
    rounds.open_now(scene.round, by=scene.by)
    scene.again()
    now = {"opens_at": iso(scene.round.opens_at)}
    assert written(before) == [
        Row("opened", None, ("published", "published"), {"opens_at": announced}, now, scene.by, "page")
    ]


def test_an_extension_names_the_farms_that_it_takes_along(scene: Scene) -> None:
    scene.open()
    Stall.objects.filter(pk=scene.other.pk).update(closes_at=scene.round.closes_at - timedelta(hours=6))
    before, was, later = last(), scene.round.closes_at, scene.round.closes_at + timedelta(hours=2)
    rounds.extend(scene.round, later, by=scene.by)
    change = ({"closes_at": iso(was)}, {"closes_at": iso(later)}, scene.by, "page", "")
    assert written(before) == [
        Row("extended", None, ("published", "published"), *change),
        Row("extended", scene.stall.pk, ("open", "open"), *change, "extended"),
    ]


# The close


def test_the_clock_closes_a_farm_and_then_the_round(scene: Scene) -> None:
    scene.overdue()
    before = last()
    for stall in (scene.stall, scene.other):
        closing.close(stall.pk)
    closing.close_round(scene.round.pk)
    assert written(before) == [
        Row("closed", scene.stall.pk, ("open", "closed")),
        Row("closed", scene.other.pk, ("open", "closed")),
        Row("closed", None, ("published", "closed")),
    ]


def test_a_person_who_closes_a_farm_early_is_named_with_the_deadline_there_was(scene: Scene) -> None:
    scene.open()
    before, was = last(), iso(scene.stall.closes_at)
    closing.close(scene.stall.pk, by=scene.by)
    scene.again()
    now = {"closes_at": iso(scene.stall.closes_at)}
    assert written(before) == [
        Row("closed", scene.stall.pk, ("open", "closed"), {"closes_at": was}, now, scene.by, "page")
    ]


def test_closing_a_round_now_brings_its_deadlines_forward_and_the_clock_does_the_rest(scene: Scene) -> None:
    scene.open()
    before, was = last(), iso(scene.round.closes_at)
    closing.close_now(scene.round, by=scene.by)
    closing.close(scene.stall.pk)
    scene.again()
    change = ({"closes_at": was}, {"closes_at": iso(scene.round.closes_at)}, scene.by, "page", "")
    assert written(before) == [
        Row("shortened", None, ("published", "published"), *change),
        Row("shortened", scene.stall.pk, ("open", "open"), *change, "shortened"),
        Row("shortened", scene.other.pk, ("open", "open"), *change, "shortened"),
        Row("closed", scene.stall.pk, ("open", "closed")),
    ]


def test_below_its_minimum_a_farm_waits_and_whoever_decides_is_named(scene: Scene) -> None:
    scene.waiting()
    assert written()[-1] == Row(
        "waiting", scene.stall.pk, ("open", "waiting"), {}, {"answer_by": iso(scene.stall.answer_by)}
    )
    before = last()
    closing.decide_minimum(scene.stall, "deliver", by=scene.by)
    assert written(before) == [
        Row(
            "decided", scene.stall.pk, ("waiting", "waiting"), {}, {"minimum_decision": "deliver"}, scene.by, "page"
        ),
        Row("closed", scene.stall.pk, ("waiting", "closed"), by=scene.by, how="page"),
    ]  # fmt: skip


def test_below_its_minimum_a_farm_is_called_off_by_decision_or_by_rule(scene: Scene) -> None:
    scene.waiting()
    before = last()
    closing.decide_minimum(scene.stall, "drop", by=scene.by)
    assert written(before)[1:] == [
        Row("below", scene.stall.pk, ("waiting", "dropped"), by=scene.by, how="page"),
    ]
    ruled = Scene().overdue(minimum_amount=50, below_minimum="drop")
    before = last()
    closing.close(ruled.stall.pk)
    assert written(before) == [Row("below", ruled.stall.pk, ("open", "dropped"))]


def test_an_answer_that_never_came_is_the_clocks(scene: Scene) -> None:
    scene.waiting()
    Stall.objects.filter(pk=scene.stall.pk).update(answer_by=timezone.now() - timedelta(minutes=1))
    before = last()
    closing.close(scene.stall.pk)
    assert written(before) == [Row("closed", scene.stall.pk, ("waiting", "closed"))]


# Closed is not final


def moved(scene: Scene, *, place: Place | None = None, later: timedelta = timedelta(days=1)) -> None:
    correcting.move(
        scene.round,
        place=place or scene.round.place,
        delivery_starts_at=scene.round.delivery_starts_at + later,
        delivery_ends_at=scene.round.delivery_ends_at + later,
        by=scene.by,
        reason=WHY,
    )


def test_a_move_says_from_where_and_when_to_where_and_when(scene: Scene) -> None:
    scene.closed()
    was, elsewhere = scene.round, cast.a_place(scene.neighbourhood, "Halle")
    before = last()
    moved(scene, place=elsewhere)
    scene.again()

    def side(round: Round) -> dict[str, Any]:
        times = {name: iso(getattr(round, name)) for name in ("delivery_starts_at", "delivery_ends_at")}
        return times | {"place": {"id": round.place_id, "name": round.place.name}}

    assert written(before) == [
        Row("moved", None, ("closed", "closed"), side(was), side(scene.round), scene.by, "page", WHY)
    ]


def test_a_farm_that_must_answer_sooner_since_the_round_moved_has_its_row(scene: Scene) -> None:
    scene.waiting()
    before, was = last(), iso(scene.stall.answer_by)
    moved(scene, later=timedelta(hours=3) - (scene.round.delivery_starts_at - timezone.now()))
    scene.again()
    assert written(before)[1:] == [
        Row(
            "moved", scene.stall.pk, ("waiting", "waiting"), {"answer_by": was},
            {"answer_by": iso(scene.stall.answer_by)}, scene.by, "page", part_of="moved",
        )
    ]  # fmt: skip


def test_calling_a_farm_off_says_why_and_what_it_was(scene: Scene) -> None:
    scene.closed()
    before = last()
    correcting.call_off_stall(scene.stall, by=scene.by, reason=WHY)
    assert written(before) == [
        Row("dropped", scene.stall.pk, ("closed", "dropped"), by=scene.by, how="page", reason=WHY)
    ]


def test_calling_a_round_off_calls_off_each_farm_that_took_part(scene: Scene) -> None:
    scene.open()
    correcting.call_off_stall(scene.other, by=scene.by, reason="grêle")
    before = last()
    correcting.call_off_round(scene.round, by=scene.by, reason=WHY)
    assert written(before) == [
        Row("cancelled", None, ("published", "cancelled"), {}, {}, scene.by, "page", WHY),
        Row("dropped", scene.stall.pk, ("open", "dropped"), {}, {}, scene.by, "page", WHY, "cancelled"),
    ]


def test_settling_has_its_row_where_it_is_done(scene: Scene) -> None:
    scene.closed()
    before = last()
    dating.settle(scene.round, by=scene.by)
    assert written(before) == [Row("settled", None, ("closed", "settled"), by=scene.by, how="page")]


# Nothing else is written


def twice(verb: Callable[[Scene], object]) -> Callable[[Scene], None]:
    def both(scene: Scene) -> None:
        verb(scene)
        scene.again()
        scene.since = last()
        with suppress(DomainError):
            verb(scene)

    return both


IDLE: dict[str, tuple[str, Callable[[Scene], object]]] = {
    "accepting twice": ("proposed", twice(lambda on: rounds.accept(on.stall, by=None, how=LINK))),
    "accepting with the same terms": (
        "proposed",
        twice(lambda on: rounds.accept(on.stall, by=None, how=LINK, minimum_amount=Decimal("60.0"))),
    ),
    "declining twice": ("proposed", twice(lambda on: rounds.decline(on.stall, by=on.by, how=PAGE))),
    "inviting twice": ("proposed", lambda on: rounds.invite(on.round, on.catalogs[0], by=on.by)),
    "publishing without a farm": ("proposed", lambda on: rounds.publish(on.round, by=on.by)),
    "publishing twice": ("upcoming", lambda on: rounds.publish(on.round, by=on.by)),
    "opening what is open": ("open", lambda on: rounds.open_now(on.round, by=on.by)),
    "extending to the same": ("open", lambda on: rounds.extend(on.round, on.round.closes_at, by=on.by)),
    "extending what is past": (
        "overdue", lambda on: rounds.extend(on.round, timezone.now() + timedelta(hours=1), by=on.by),
    ),
    "closing before it is due": ("open", lambda on: closing.close(on.stall.pk)),
    "closing before it opens": ("upcoming", lambda on: closing.close(on.stall.pk, by=on.by)),
    "closing again": ("closed", lambda on: closing.close(on.stall.pk)),
    "closing again by hand": ("closed", lambda on: closing.close(on.stall.pk, by=on.by)),
    "closing a closed round": ("closed", lambda on: closing.close_now(on.round, by=on.by)),
    "the sweep": ("closed", lambda on: closing.close_round(on.round.pk)),
    "the sweep of what is open": ("open", lambda on: closing.close_round(on.round.pk)),
    "waiting on": ("waiting", lambda on: closing.close(on.stall.pk)),
    "deciding too early": ("open", lambda on: closing.decide_minimum(on.stall, "drop", by=on.by)),
    "deciding twice": ("waiting", twice(lambda on: closing.decide_minimum(on.stall, "drop", by=on.by))),
    "moving to where it is": ("closed", lambda on: moved(on, later=timedelta())),
    "moving to the past": ("closed", lambda on: moved(on, later=-timedelta(days=10))),
    "calling off twice": ("closed", twice(lambda on: correcting.call_off_stall(on.stall, by=on.by, reason=WHY))),
    "calling the round off twice": (
        "closed", twice(lambda on: correcting.call_off_round(on.round, by=on.by, reason=WHY)),
    ),
    "correcting a line": (
        "closed",
        lambda on: correcting.correct_line(
            on.order, cast.offers_of(on.round)[0], Decimal(1), by=on.by, reason=WHY, cause="missing"
        ),
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", IDLE)
def test_what_is_refused_or_does_nothing_writes_nothing(name: str, scene: Scene) -> None:
    state, verb = IDLE[name]
    getattr(scene, state)()
    scene.since = last()
    with suppress(DomainError):
        verb(scene)
    assert written(scene.since) == []


def test_what_is_undone_leaves_no_row(scene: Scene) -> None:
    scene.open()
    before = last()
    with suppress(ZeroDivisionError), transaction.atomic():
        rounds.extend(scene.round, scene.round.closes_at + timedelta(hours=1), by=scene.by)
        raise ZeroDivisionError
    assert written(before) == []


def test_a_withdrawal_changes_no_state(scene: Scene) -> None:
    for catalog in scene.catalogs:
        catalog.products.update(perishable=False)
    scene.closed()
    before = last()
    order = Order.objects.select_related("round__neighbourhood", "household").get(pk=scene.order.pk)
    line = order.lines.get()
    withdrawing.withdraw(order, [line.pk], key="a", name="Ana", email="ana@example.org", by=None)
    assert written(before) == []


# As it was written


def test_rows_are_dated_by_the_database_as_it_judges_deadlines(scene: Scene) -> None:
    scene.overdue()
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        earliest = cursor.fetchone()[0]
    closing.close(scene.stall.pk)
    scene.again()
    row = Transition.objects.get(stall=scene.stall, kind="closed")
    assert scene.stall.closed_at is not None
    assert earliest <= scene.stall.closed_at <= row.at <= rounds.database_now()


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE orders_transition SET state_after = 'closed'",
        "UPDATE orders_transition SET at = now()",
        "UPDATE orders_transition SET reason = 'autre'",
        "UPDATE orders_transition SET by_id = NULL",
        "DELETE FROM orders_transition",
    ],
)
def test_what_is_written_stays(statement: str, scene: Scene) -> None:
    scene.upcoming()
    with (
        pytest.raises(IntegrityError, match="orders_transition is append-only"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement)


def test_only_what_is_personal_can_be_erased(scene: Scene) -> None:
    scene.open()
    correcting.call_off_round(scene.round, by=scene.by, reason=WHY)
    with redaction():
        Transition.objects.filter(by=scene.by).update(by=None, reason="")
    rows = Transition.objects.filter(round=scene.round)
    assert {(each.by, each.reason) for each in rows} == {(None, "")}
    # That it was somebody still stands.
    assert set(rows.values_list("how", flat=True)) == {"page", "phone"}
    with pytest.raises(IntegrityError, match="append-only"), redaction():
        rows.update(how="clock")


def test_the_clock_has_no_name_and_a_row_tells_of_a_change(scene: Scene) -> None:
    scene.upcoming()
    same = {"round": scene.round, "kind": "closed", "state_before": "open"}
    with pytest.raises(IntegrityError, match="transition_clock_is_nobody"), transaction.atomic():
        Transition.objects.create(**same, state_after="closed", how="clock", by=scene.by)
    with pytest.raises(IntegrityError, match="transition_changes_something"), transaction.atomic():
        Transition.objects.create(**same, state_after="open", how="clock")


# What it costs


def statements(call: Callable[[], object]) -> list[str]:
    with CaptureQueriesContext(connection) as queries:
        call()
    return [query["sql"] for query in queries if query["sql"].startswith('INSERT INTO "orders_transition"')]


def test_the_close_takes_one_statement_more_and_verbs_for_all_farms_two(scene: Scene) -> None:
    scene.overdue()
    assert len(statements(lambda: closing.close(scene.stall.pk))) == 1
    three = [cast.a_catalog(products=1) for _n in range(3)]
    round = cast.an_open_round(None, *three)
    by = cast.the_coordinator(round)
    assert len(statements(lambda: rounds.extend(round, round.closes_at + timedelta(hours=1), by=by))) == 2
    assert len(statements(lambda: closing.close_now(round, by=by))) == 2
    assert len(statements(lambda: correcting.call_off_round(round, by=by, reason=WHY))) == 2
