"""What households wrote to a farm, on its pick list: frozen with it, in every file, and not lost in revisions."""

from __future__ import annotations

import pytest

from deliveries import closing, pick_lists
from deliveries.models import PickList
from deliveries.papers import pick_list_html
from orders import noting
from orders.models import Household, OrderNote, Round
from tests import cast
from tests.deliveries.frozen import a_household, a_pick_list, a_product
from tests.deliveries.test_xlsx import sheets


def a_closed_round_with_a_note() -> Round:
    round = cast.an_open_round()
    tomme = cast.offers_of(round)[0]
    for name, text, pieces in (("Ferrand", "Pain bien cuit", 2), ("Rey", "", 1), ("Sans commande", "Rien pris", 0)):
        user = cast.a_member(round.neighbourhood, name)
        household = cast.the_household(user)
        if pieces:
            cast.an_order(round, household, {tomme: pieces})
        noting.save_note(
            user_id=user.pk, round_id=round.pk, household_id=household.pk, stall_id=tomme.stall_id, seen="", text=text
        )
    cast.let_the_deadline_pass(round)
    closing.close(tomme.stall_id)
    return round


def notes_of(pick_list: PickList) -> dict[str, str]:
    return {household["name"]: household["note"] for household in pick_list.rows["households"]}


@pytest.mark.django_db
def test_the_pick_list_has_the_notes_of_who_has_ordered() -> None:
    stall = a_closed_round_with_a_note().stalls.get()
    assert notes_of(stall.pick_lists.get()) == {"Ferrand": "Pain bien cuit", "Rey": ""}


@pytest.mark.django_db
def test_a_revision_keeps_them_and_who_is_gone_says_nothing() -> None:
    stall = a_closed_round_with_a_note().stalls.get()
    Household.objects.get(name="Rey").orders.get().lines.update(allocated=0)
    again = pick_lists.freeze(stall, reason="Erreur")
    assert notes_of(again) == {"Ferrand": "Pain bien cuit", "Rey": ""}
    Household.objects.get(name="Ferrand").orders.get().lines.update(allocated=0)
    assert notes_of(pick_lists.freeze(stall, reason="Neige")) == {"Ferrand": ""}


@pytest.mark.django_db
def test_what_is_frozen_stays_whatever_becomes_of_the_note() -> None:
    stall = a_closed_round_with_a_note().stalls.get()
    OrderNote.objects.update(text="Autre chose")
    assert notes_of(stall.pick_lists.get())["Ferrand"] == "Pain bien cuit"


def test_on_paper_it_is_the_last_line_of_the_crate() -> None:
    rows = a_pick_list([a_product(1, "Tomme", "2")], [a_household(3, "Ferrand", (1, "2"), note="<Bien> cuit")])
    html = pick_list_html(rows, "fr")
    assert "\nMot\N{NO-BREAK SPACE}: &lt;Bien&gt; cuit</p>" in html
    assert html.count('<p class="crate') == 1


def test_lists_frozen_before_there_were_notes_come_out_as_they_did() -> None:
    rows = a_pick_list([a_product(1, "Tomme", "2")], [a_household(3, "Ferrand", (1, "2"))])
    assert "Mot" not in pick_list_html(rows, "fr")
    assert [row[-1] for row in sheets(rows)["List by household"]] == ["Note", None]


def test_the_workbook_has_it_beside_each_line() -> None:
    rows = a_pick_list([a_product(1, "Tomme", "2")], [a_household(3, "Ferrand", (1, "2"), note="=Bien cuit")])
    assert [row[-1] for row in sheets(rows)["List by household"]] == ["Note", "=Bien cuit"]
