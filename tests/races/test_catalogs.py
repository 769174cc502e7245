"""Several at one catalog: its edits follow each other, so that who knows the last one misses none; each with a control
in which the lock of the catalog is replaced by nothing.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from decimal import Decimal
from functools import partial

import pytest
from django.db import connection, transaction

from cagette.models import User
from catalogs import cells, editing, locks, moving, replaying, requests, supplies, undoing
from catalogs.editing import Stale
from catalogs.locks import NotHeld
from catalogs.models import Catalog, CatalogEdit, EditRequest, Product, Supply
from catalogs.requests import Key
from catalogs.undoing import CantUndo
from orders import rounds
from orders.models import Offer
from tests import cast
from tests.races.crowd import Crowd, at_once, blocked, blocked_on_rows, until

pytestmark = pytest.mark.django_db(transaction=True)


def without_lock(monkeypatch: pytest.MonkeyPatch) -> None:
    """The catalogs are read as ever, but nobody waits for anybody."""
    monkeypatch.setattr(locks, "_lock", lambda ids: Catalog.objects.filter(pk__in=ids).order_by("pk").in_bulk())


def a_catalog() -> tuple[Catalog, Product, Product]:
    catalog = editing.found_catalog(Catalog(producer=cast.a_producer(), name="Automne"), by=cast.a_user())
    one, two = (
        editing.add(catalog, {"name": name, "price": Decimal(8)}, by=None, source="form") for name in ("Tomme", "Bûche")
    )
    return catalog, one, two


class Screen:
    """What somebody looks at, kept up with the edits after the last one they know."""

    def __init__(self, catalog: Catalog) -> None:
        self.catalog = catalog
        self.last = 0
        self.state: replaying.State | None = None
        self.look()

    def look(self) -> None:
        edits = list(replaying.since(self.catalog, self.last))
        self.state = replaying.replay(edits, self.state)
        self.last = edits[-1].pk if edits else self.last

    def is_true(self) -> bool:
        return self.state == replaying.present(self.catalog)


class Slow:
    """The first writer stops between its edit and its commit until it is let go."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.written, self.go_on = threading.Event(), threading.Event()
        self._record = requests._record
        self._first = threading.Lock()
        monkeypatch.setattr(requests, "_record", self._record_and_wait)

    def _record_and_wait(self, *arguments: object) -> None:
        self._record(*arguments)  # type: ignore[arg-type]
        if self._first.acquire(blocking=False):
            self.written.set()
            assert self.go_on.wait(30)


def two_editors(monkeypatch: pytest.MonkeyPatch, *, locked: bool) -> Screen:
    """One writes and hasn't committed when another comes; somebody looks as soon as the other is through, or waits."""
    catalog, one, two = a_catalog()
    screen, slow = Screen(catalog), Slow(monkeypatch)
    first = Crowd([partial(editing.change, one, {"price": Decimal(9)}, by=None, source="form")])
    assert slow.written.wait(30)
    second = Crowd([partial(editing.change, two, {"price": Decimal(5)}, by=None, source="form")])
    if locked:
        until(lambda: blocked_on_rows() > 0)
    else:
        second.gone()
    screen.look()
    slow.go_on.set()
    first.gone()
    second.gone()
    screen.look()
    assert CatalogEdit.objects.filter(field="price").count() == 2
    return screen


def test_who_replays_the_edits_after_the_last_one_they_know_misses_none(monkeypatch: pytest.MonkeyPatch) -> None:
    assert two_editors(monkeypatch, locked=True).is_true()


def test_control_without_the_catalogs_lock_an_edit_is_missed(monkeypatch: pytest.MonkeyPatch) -> None:
    without_lock(monkeypatch)
    assert not two_editors(monkeypatch, locked=False).is_true()


EDITORS, EACH = 8, 12


def test_what_many_write_at_once_is_on_a_screen_that_looks_all_the_time() -> None:
    catalog, one, two = a_catalog()
    screen, done = Screen(catalog), threading.Event()
    supply = supplies.start(two, Decimal(100), by=cast.a_user())

    def edit(person: int) -> None:
        for n in range(EACH):
            try:
                match (person + n) % 4:
                    case 0:
                        editing.change(one, {"price": Decimal(person * EACH + n + 1)}, by=None, source="form")
                    case 1:
                        moving.move(one, after=(None, two)[n % 2], by=None)
                    case 2:
                        supplies.change(supply, Decimal(100 + person * EACH + n), by=cast.a_user())
                    case _:
                        undoing.undo(CatalogEdit.objects.filter(product=one).latest("pk"), by=None)
            except CantUndo:
                pass

    def look() -> None:
        while not done.is_set():
            screen.look()

    watcher = Crowd([look])
    assert at_once(*(partial(edit, person) for person in range(EDITORS))) == [None] * EDITORS
    done.set()
    assert watcher.gone() == [None]
    screen.look()
    assert screen.is_true()
    assert replaying.replay(replaying.since(catalog, 0)) == replaying.present(catalog)


# One key


def asking(product: Product, key: str) -> Callable[[], list[str]]:
    return partial(
        editing.change, product, {"price": Decimal(9)}, by=None, source="form", key=Key.of(key, "price 9"), seen={}
    )


def test_the_same_request_ten_times_at_once_is_written_once() -> None:
    catalog, one, _two = a_catalog()
    ask = asking(one, "once")
    with transaction.atomic():
        locks.hold(catalog.pk)
        crowd = Crowd([ask] * 10)
        until(lambda: blocked() == 10)
    assert crowd.gone() == [["price"]] * 10
    assert (CatalogEdit.objects.filter(field="price").count(), EditRequest.objects.filter(key="once").count()) == (1, 1)


def test_control_without_the_catalogs_lock_the_second_doesnt_see_the_first(monkeypatch: pytest.MonkeyPatch) -> None:
    _catalog, one, _two = a_catalog()
    without_lock(monkeypatch)
    meet, look_up = threading.Barrier(2, timeout=20), requests.answered

    def look_up_together(catalog_id: int, key: Key) -> requests.Answer | None:
        found = look_up(catalog_id, key)
        meet.wait()
        return found

    monkeypatch.setattr(requests, "answered", look_up_together)
    answers = at_once(*[asking(one, "once")] * 2)
    assert sorted(type(answer).__name__ for answer in answers) == ["IntegrityError", "list"]


# One field


def setting(product: Product, typed: str, by: User) -> Callable[[], list[str]]:
    return partial(cells.set_field, product, "price", typed, seen="8", by=by)


def outcomes(answers: list[list[str] | Exception]) -> list[str]:
    return sorted(type(answer).__name__ for answer in answers)


def test_of_two_who_set_one_field_at_once_one_is_asked() -> None:
    catalog, one, _two = a_catalog()
    product, paul = Product.objects.select_related("catalog__producer").get(pk=one.pk), cast.a_user()
    with transaction.atomic():
        locks.hold(catalog.pk)
        crowd = Crowd([setting(product, "9", paul), setting(product, "10", paul)])
        until(lambda: blocked() == 2)
    answers = crowd.gone()
    assert outcomes(answers) == ["Stale", "list"]
    [stale] = [answer for answer in answers if isinstance(answer, Stale)]
    values = stale.figures["fields"]["price"]
    assert {values["now"], values["yours"]} == {"9", "10"}
    assert CatalogEdit.objects.filter(field="price").count() == 1


def test_control_without_the_catalogs_lock_one_overwrites_the_other(monkeypatch: pytest.MonkeyPatch) -> None:
    _catalog, one, _two = a_catalog()
    product, paul = Product.objects.select_related("catalog__producer").get(pk=one.pk), cast.a_user()
    without_lock(monkeypatch)
    meet, judge = threading.Barrier(2, timeout=20), editing._refuse_stale

    def judge_together(*arguments: object) -> None:
        judge(*arguments)  # type: ignore[arg-type]
        meet.wait()

    monkeypatch.setattr(editing, "_refuse_stale", judge_together)
    assert outcomes(at_once(setting(product, "9", paul), setting(product, "10", paul))) == ["list", "list"]
    befores = CatalogEdit.objects.filter(field="price").values_list("before", flat=True)
    assert list(befores) == ["8", "8"]


def test_two_who_undo_one_edit_at_once_undo_it_once() -> None:
    catalog, one, _two = a_catalog()
    editing.change(one, {"price": Decimal(9)}, by=None, source="form")
    undo = partial(undoing.undo, CatalogEdit.objects.latest("pk"), by=None)
    with transaction.atomic():
        locks.hold(catalog.pk)
        crowd = Crowd([undo] * 2)
        until(lambda: blocked() == 2)
    assert sorted(type(answer).__name__ for answer in crowd.gone()) == ["CantUndo", "list"]
    assert Product.objects.get(pk=one.pk).price == Decimal(8)


def test_two_products_moved_to_one_place_at_once_stand_behind_each_other() -> None:
    catalog, one, two = a_catalog()
    three = editing.add(catalog, {"name": "Miel", "price": Decimal(8)}, by=None, source="form")
    with transaction.atomic():
        locks.hold(catalog.pk)
        crowd = Crowd([partial(moving.move, each, after=one, by=None) for each in (two, three)])
        until(lambda: blocked() == 2)
    crowd.gone()
    places = list(catalog.products.values_list("position", flat=True))
    assert len(set(places)) == 3
    assert catalog.products.all()[0] == one


# Supplies and rounds


def test_an_undo_of_a_supply_and_an_order_dont_cross() -> None:
    catalog, one, _two = a_catalog()
    supply = supplies.start(one, Decimal(10), by=cast.a_user())
    supplies.change(supply, Decimal(20), by=cast.a_user())
    undo = partial(undoing.undo, CatalogEdit.objects.latest("pk"), by=None)
    with transaction.atomic():
        Supply.objects.select_for_update(no_key=True).get(pk=supply.pk)
        Supply.objects.filter(pk=supply.pk).update(ordered=15)
        crowd = Crowd([undo])
        until(lambda: blocked_on_rows() == 1)
    [answer] = crowd.gone()
    assert isinstance(answer, CantUndo)
    assert Supply.objects.get().quantity == Decimal(20)
    assert not catalog.edits.exclude(undoes=None).exists()


def test_a_round_is_published_between_two_edits_and_never_waits_in_a_circle() -> None:
    catalog, one, _two = a_catalog()
    editing.publish(catalog, by=cast.a_user())
    round = cast.a_proposed_round(None, catalog)
    by = cast.the_coordinator(round)
    rounds.accept(round.stalls.get(), by=by, how="phone")
    with transaction.atomic():
        locks.hold(catalog.pk)
        crowd = Crowd([partial(rounds.publish, round, by=by)])
        until(lambda: blocked_on_rows() == 1)
        editing.change(one, {"price": Decimal(9)}, by=None, source="form")
    assert crowd.gone() == [None]
    assert Offer.objects.get(product=one).price == Decimal(9)


def test_a_lock_outside_a_transaction_is_a_mistake_in_the_program() -> None:
    catalog = cast.a_catalog()
    with pytest.raises(NotHeld):
        locks.hold(catalog.pk)
    with transaction.atomic():
        locks.hold(catalog.pk)
    assert not locks.is_held(catalog.pk)
    connection.close()
