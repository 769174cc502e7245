"""Whatever two people do and take back: the edits alone make the catalog what it is, and no later edit is lost."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from random import Random
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cagette.models import User
from cagette.money import Money
from catalogs import cells, editing, moving, replaying, supplies, undoing
from catalogs.models import Catalog, CatalogEdit, EditRequest, Product, Returnable
from catalogs.refusals import EditRefused
from tests import cast

pytestmark = pytest.mark.django_db

TYPED: dict[str, list[Any]] = {
    "price": ["", "4", "6"],
    "name": ["Tomme", "Bûche"],
    "reference": ["", "T1", "T2"],
    "step": ["1", "0,5"],
    "minimum": ["", "0,5", "1"],
    "labels": [[], ["organic"], ["pdo", "farmhouse"]],
    "perishable": ["on", ""],
    "available": ["on", ""],
    "stock": ["", "12"],
}
STEPS = st.tuples(
    st.sampled_from(
        ["set"] * 6 + ["undo"] * 6 + ["undo request", "undo request", "add", "copy", "move", "import", "publish",
         "withdraw", "rename", "season", "start", "change supply", "end"]
    ),
    st.integers(0, 1),
    # What is chosen at each step; hypothesis' own chance would choose the first of everything most of the time.
    st.integers(0, 2**32).map(Random),
)  # fmt: skip


class Desk:
    """A catalog that begins empty, and two people who edit it."""

    def __init__(self) -> None:
        self.people = [cast.a_user("Paul"), cast.a_user("Lucie")]
        farm = cast.a_producer()
        self.catalog = editing.found_catalog(Catalog(producer=farm, name="Automne"), by=self.people[0])
        editing.add(self.catalog, {"name": "Tomme", "price": Decimal(4)}, by=self.people[0], source="form")
        self.jar = Returnable.objects.create(producer=farm, name="Bocal", amount=Money("0.50", "EUR"))

    def do(self, verb: str, by: User, chance: Random) -> None:
        verbs: dict[str, Callable[[User, Any], object]] = {
            "set": self._set,
            "undo": self._undo,
            "undo request": self._undo_request,
            "add": lambda by, chance: editing.add(
                self.catalog, {"name": "Miel", "price": Decimal(9)}, by=by, source="form"
            ),
            "copy": lambda by, chance: editing.duplicate(self._product(chance), by=by),
            "move": lambda by, chance: moving.move(self._product(chance), after=self._product(chance, None), by=by),
            "import": self._import,
            "publish": lambda by, chance: editing.publish(self.catalog, by=by),
            "withdraw": lambda by, chance: editing.withdraw(self.catalog, by=by),
            "rename": lambda by, chance: editing.change_catalog(
                self.catalog, {"name": chance.choice(["Automne", "Hiver"])}, by=by
            ),
            "season": lambda by, chance: editing.change_catalog(
                self.catalog, {"season_from": chance.choice([None, date(2027, 1, 5)])}, by=by
            ),
            "start": lambda by, chance: supplies.start(self._product(chance), Decimal(chance.choice([5, 20])), by=by),
            "change supply": self._change_supply,
            "end": lambda by, chance: supplies.end(self._product(chance), by=by),
        }
        verbs[verb](by, chance)

    def _product(self, chance: Random, *others: None) -> Any:
        return chance.choice([*self.catalog.products.select_related("catalog__producer").order_by("pk"), *others])

    def _set(self, by: User, chance: Random) -> None:
        product = self._product(chance)
        field = chance.choice(["price", "price", "available", "returnable", *sorted(TYPED)])
        seen = replaying.present(self.catalog)[product.pk][field]
        typed = chance.choice(TYPED.get(field, ["", str(self.jar.pk)]))
        cells.set_field(product, field, typed, seen=seen, by=by)

    def _undo(self, by: User, chance: Random) -> None:
        # One of the last, as people do; any other now and then, of which some value has come back.
        edits = list(CatalogEdit.objects.order_by("-pk"))
        edit = chance.choice(edits[:3] if chance.random() < 0.7 else edits)
        before = replaying.present(self.catalog)
        later = _standing(edit)
        undoing.undo(edit, by=by)
        # It worked: nothing that still stood was done to the field after it.
        assert not later
        undone = CatalogEdit.objects.get(undoes=edit)
        after = replaying.present(self.catalog)
        assert _differences(before, after) <= {(undone.product_id, undone.field)}

    def _undo_request(self, by: User, chance: Random) -> None:
        undoing.undo_request(chance.choice(list(EditRequest.objects.order_by("pk"))), by=by)

    def _import(self, by: User, chance: Random) -> None:
        changed = [(product, {"price": Decimal(chance.choice([4, 7]))}) for product in self.catalog.products.all()]
        editing.apply(
            self.catalog, added=[{"name": "Pain", "price": Decimal(3)}], changed=changed, by=by, source="import"
        )

    def _change_supply(self, by: User, chance: Random) -> None:
        if supply := supplies.current(self._product(chance)):
            supplies.change(supply, Decimal(chance.choice([5, 20])), by=by)


def _standing(edit: CatalogEdit) -> list[int]:
    """The later edits of the same field that haven't been taken back, and don't take back one of these: told by whole
    chains of undoing, unlike in the code.
    """
    field = "available" if edit.field == "" else edit.field
    later = list(CatalogEdit.objects.filter(product=edit.product_id, field=field, pk__gt=edit.pk).order_by("pk"))
    known = {each.pk for each in later}
    undone = {each.undoes_id: each for each in later if each.undoes_id in known}
    standing = []
    for each in later:
        if each.undoes_id in known:
            continue
        chain, last = 0, each
        while last.pk in undone:
            last, chain = undone[last.pk], chain + 1
        if chain % 2 == 0:
            standing.append(each.pk)
    return standing


def _differences(one: replaying.State, other: replaying.State) -> set[tuple[int | None, str]]:
    return {
        (row, field) for row in one | other for field in (one | other)[row]
        if one.get(row, {}).get(field) != other.get(row, {}).get(field)
    }  # fmt: skip


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(STEPS, min_size=1, max_size=40))
def test_the_edits_alone_make_the_catalog_what_it_is(steps: list[tuple[str, int, Random]]) -> None:
    with transaction.atomic():
        desk = Desk()
        for verb, person, chance in steps:
            before = replaying.present(desk.catalog), CatalogEdit.objects.count()
            try:
                desk.do(verb, desk.people[person], chance)
            except EditRefused:
                assert (replaying.present(desk.catalog), CatalogEdit.objects.count()) == before
        for product in desk.catalog.products.select_related("returnable"):
            assert product.deposit == (product.returnable.deposit if product.returnable else 0)
        edits = list(replaying.since(desk.catalog, 0))
        assert replaying.replay(edits) == replaying.present(desk.catalog)
        # And from the middle on, as a screen does that was cut off.
        half = len(edits) // 2
        assert replaying.replay(edits[half:], replaying.replay(edits[:half])) == replaying.present(desk.catalog)
        transaction.set_rollback(True)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.integers(0, 11), min_size=3, max_size=14))
def test_an_undo_never_changes_what_somebody_did_later(steps: list[int]) -> None:
    """One price that is 4 or 6, so that values come back again and again; each edit is by another person."""
    with transaction.atomic():
        product = editing.add(cast.a_catalog(), {"name": "Tomme", "price": Decimal(4)}, by=None, source="form")
        edits: list[CatalogEdit] = []
        for step in steps:
            if step < 5:
                editing.change(product, {"price": Decimal(4 + step % 2 * 2)}, by=None, source="form")
            elif edits:
                edit = edits[step % len(edits)]
                may = not _standing(edit) and not CatalogEdit.objects.filter(undoes=edit).exists()
                try:
                    undoing.undo(edit, by=None)
                    done = True
                except EditRefused:
                    done = False
                assert done == may
            edits = list(CatalogEdit.objects.filter(product=product, field="price").order_by("pk"))
        transaction.set_rollback(True)


def test_edits_from_before_places_were_decimals_are_replayed() -> None:
    product = cast.a_product(price="4", position=Decimal(3))
    summary = {"name": product.name, "price": "4", "reference": product.reference, "unit": "piece", "position": 2,
               "category": "other", "vat_rate": "5.5", "step": "1", "minimum": "0", "deposit": "0",
               "perishable": True, "available": True}  # fmt: skip
    row = {"catalog": product.catalog, "product": product, "source": "form"}
    CatalogEdit.objects.create(**row, field="", after=summary)
    CatalogEdit.objects.create(**row, field="position", before=2, after=3)
    state = replaying.replay(replaying.since(product.catalog, 0))
    assert state[product.pk] == replaying.present(product.catalog)[product.pk]
    undoing.undo(CatalogEdit.objects.latest("pk"), by=cast.a_user())
    assert Product.objects.get().position == 2
