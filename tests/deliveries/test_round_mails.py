"""The mails of a round as people read them. Their data comes from the verbs that write them."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

import pytest
from django.conf import settings
from django.utils import translation

from cagette import wording
from cagette.composing import Text, text_of
from cagette.models import OutgoingMail
from catalogs.models import Catalog
from deliveries import closing, correcting
from orders.models import OrderLine, Round, Stall
from tests import cast

pytestmark = pytest.mark.django_db


def a_round(*catalogs: Catalog) -> Round:
    """One farm (or these), and one household with a login that has confirmed two of each first product."""
    round = cast.an_open_round(None, *(catalogs or (cast.a_catalog(products=2),)))
    for stall in round.stalls.all():
        household = cast.the_household(cast.a_member(round.neighbourhood, "Ferrand"))
        cast.an_order(round, household, {stall.offers.all()[0]: 2})
    return round


def close(round: Round) -> None:
    for stall in round.stalls.all():
        closing.close(stall.pk, by=cast.the_coordinator(round))
    closing.close_round(round.pk)


def said(template: str, language: str = "en") -> Text:
    """What the latest mail of that template says, its spaces as plain spaces."""
    mail = OutgoingMail.objects.filter(template=f"deliveries/mail/{template}").latest("pk")
    mail.language = language
    text = text_of(mail)
    return Text(*(part.replace("\N{NO-BREAK SPACE}", " ") for part in (text.subject, text.text, text.html)))


def everything_happens() -> None:
    """Every mail about a round that there is."""
    moved = a_round()
    close(moved)
    by = cast.the_coordinator(moved)
    place = cast.a_place(moved.neighbourhood, "Place du Temple")
    times = {"delivery_starts_at": moved.delivery_starts_at, "delivery_ends_at": moved.delivery_ends_at}
    correcting.move(Round.objects.get(pk=moved.pk), place=place, **times, by=by, reason="Neige")
    line = OrderLine.objects.filter(order__round=moved).latest("pk")
    correcting.correct_line(line.order, line.offer, Decimal(1), by=by, reason="Erreur de saisie", cause="not_wanted")
    correcting.call_off_stall(moved.stalls.get(), by=by, reason="Panne")

    still_open = a_round()
    by = cast.the_coordinator(still_open)
    place = cast.a_place(still_open.neighbourhood, "Place du Temple")
    correcting.move(still_open, place=place, **times, by=by, reason="")
    correcting.call_off_round(Round.objects.get(pk=still_open.pk), by=by, reason="Neige")

    small = a_round()
    Stall.objects.filter(round=small).update(minimum_amount=Decimal(100), below_minimum=Stall.BelowMinimum.ASK)
    closing.close(small.stalls.get().pk, by=cast.the_coordinator(small))


TEMPLATES = {
    "deliveries/mail/minimum_question",
    "deliveries/mail/moved",
    "deliveries/mail/moved_farm",
    "deliveries/mail/pick_list",
    "deliveries/mail/recap",
    "deliveries/mail/round_cancelled",
    "deliveries/mail/round_cancelled_farm",
    "deliveries/mail/stall_dropped",
    "deliveries/mail/stall_dropped_farm",
    "deliveries/mail/summary",
    "orders/mail/invitation",
}


@pytest.mark.parametrize("language", [code for code, _name in settings.LANGUAGES])
def test_day_and_place_stand_in_every_subject_and_text(language: str) -> None:
    everything_happens()
    mails = [mail for mail in OutgoingMail.objects.all() if mail.template in TEMPLATES]
    assert {mail.template for mail in mails} == TEMPLATES
    for mail in mails:
        mail.language = language
        text = text_of(mail)
        with translation.override(language):
            starts, zone = mail.data["delivery"]["starts"], mail.data["zone"]
            day = wording.day(datetime.fromisoformat(starts), zone)
        for part in (text.subject, text.text, text.html):
            assert day in part, mail.key
            assert mail.data["place"]["name"] in part, mail.key
        assert "{{" not in text.text + text.html
        assert "{%" not in text.text + text.html


def test_a_pick_list_says_the_essentials() -> None:
    close(a_round())
    mail = said("pick_list")
    assert mail.subject.startswith("Pick list: ")
    assert "  2 × Tomme 1\n" in mail.text
    assert "For 1 household, €9.00" in mail.text
    for part in (mail.text, mail.html):
        assert f"{settings.SITE_URL}/seen/" in part
    assert "Seen, I deliver" in mail.html


def test_a_pick_list_names_no_household() -> None:
    close(a_round())
    mail = said("pick_list")
    assert "Ferrand" not in mail.text + mail.html


def test_a_list_nobody_ordered_from_says_so_in_its_subject() -> None:
    close(cast.an_open_round())
    mail = said("pick_list")
    assert mail.subject.startswith("Nobody ordered: ")
    assert "there is nothing to prepare and nothing to deliver" in mail.text


def test_a_revised_list_says_what_changed_and_why() -> None:
    round = a_round()
    close(round)
    line = OrderLine.objects.get(order__round=round)
    by = cast.the_coordinator(round)
    correcting.correct_line(line.order, line.offer, Decimal(1), by=by, reason="Erreur de saisie", cause="not_wanted")
    mail = said("pick_list")
    assert mail.subject.startswith("Revised pick list (2): ")
    for part in (mail.text, mail.html):
        assert "It replaces revision 1: please throw that one away." in part
        assert "Why: Erreur de saisie" in part
        assert "was 2" in part
    recap = said("recap")
    for part in (recap.text, recap.html):
        assert "you had ordered 2 — Erreur de saisie" in part
    assert said("recap").subject.startswith("Corrected: your crate no. ")


def test_a_list_that_is_called_off_says_so_in_its_subject() -> None:
    round = a_round()
    close(round)
    correcting.call_off_stall(round.stalls.get(), by=cast.the_coordinator(round), reason="Panne")
    mail = said("pick_list")
    assert mail.subject.startswith("Called off: ")
    assert "Prepare nothing and deliver nothing" in mail.text


def test_a_recap_says_what_to_bring_for_each_farm() -> None:
    iban = "FR7630006000011234567890189"
    goats = cast.a_producer("Chèvrerie", payment_means=["cheque", "transfer"], iban=iban, iban_holder="EARL DU LAC")
    goat, honey = cast.a_catalog(goats), cast.a_catalog(cast.a_producer("Rucher"))
    cast.a_product(goat, category="dairy")
    cast.a_product(honey, "Miel", "8.00", deposit=Decimal("0.50"), unit="jar")
    round = cast.an_open_round(None, goat, honey)
    household = cast.the_household(cast.a_member(round.neighbourhood, "Ferrand"))
    cast.an_order(round, household, dict.fromkeys(cast.offers_of(round), 2))
    close(round)
    mail = said("recap")
    assert mail.subject.startswith(f"Your crate no. {household.pick_up_number}: ")
    assert "€9.00 for Chèvrerie\n    cheque to the order of EARL DU LAC or bank transfer\n" in mail.text
    for part in (mail.text, mail.html):
        assert f"by transfer: EARL DU LAC, IBAN {iban}, reference Cagette " in part
        assert "cash (the farm hasn" in part
        assert "A cool bag for: Tomme" in part
        assert "the jars, bottles and crates you have to return" in part
    assert "€17.00 for Rucher (deposit €1.00 included)" in mail.text
    assert "2 jars Miel · €16.00" in mail.text


def test_a_recap_names_the_jars_to_bring_back_and_the_rule_for_latecomers() -> None:
    honey = cast.a_catalog(cast.a_producer("Rucher"))
    cast.a_product(honey, "Miel", "8.00", deposit=Decimal("0.50"), unit="jar")
    past = cast.a_past_round(None, honey)
    household = cast.the_household(cast.a_member(past.neighbourhood, "Ferrand"))
    cast.an_order_of_the_past(past, household, {cast.offers_of(past)[0]: 3})
    round = cast.an_open_round(past.neighbourhood, honey, latecomers="Chez Lucie & Paul")
    cast.an_order(round, household, dict.fromkeys(cast.offers_of(round), 1))
    close(round)
    mail = said("recap")
    for part in (mail.text, mail.html):
        assert "What you took with a deposit, if it isn" in part
        assert "3 × bocal (Rucher)" in part
        assert "Have a neighbour fetch your crate" not in part
    assert "Late, or can't come? Chez Lucie & Paul\n" in mail.text


def test_a_recap_says_the_most_that_the_scales_can_make_of_it() -> None:
    catalog = cast.a_catalog()
    cast.a_weighed_product(catalog)
    close(a_round(catalog))
    mail = said("recap")
    assert "€10.80 for Ferme du Prorel, at most €14.40" in mail.text
    assert "at most €14.40" in mail.html


def test_a_recap_written_before_farms_could_say_how_they_are_paid_still_reads() -> None:
    close(a_round())
    mail = OutgoingMail.objects.get(template="deliveries/mail/recap")
    for farm in mail.data["farms"]:
        for line in farm["lines"]:
            del line["chilled"]
        for key in ("means", "payee", "iban", "at_most"):
            del farm[key]
    for key in ("returnables", "reference", "latecomers", "at_most", "sums", "currency"):
        del mail.data[key]
    mail.save()
    assert "€9.00 for Ferme du Prorel\n  You pay each farm yourself.\n" in said("recap").text


def test_a_recap_says_what_was_not_allotted_and_why() -> None:
    catalog = cast.a_catalog()
    cast.a_product(catalog, "Jus", "3.00", case_size=Decimal(6), unit="bottle")
    round = cast.an_open_round(None, catalog)
    household = cast.the_household(cast.a_member(round.neighbourhood, "Ferrand"))
    cast.an_order(round, household, {cast.offers_of(round)[0]: 8})
    close(round)
    mail = said("recap")
    assert "6 bottles Jus · €18.00" in mail.text
    assert "you had ordered 8: the farm packs whole cases, and the last one wasn't filled" in mail.text


def test_a_summary_gives_the_figures_and_who_to_ring() -> None:
    round = a_round()
    alone = cast.a_household(round.neighbourhood, "Rey", phone="06 00 00 00 09")
    cast.an_order(round, alone, {cast.offers_of(round)[0]: 1})
    close(round)
    mail = said("summary")
    assert "2 households, €13.50 at 1 farm" in mail.text
    assert f"{alone.pick_up_number} · Rey · 06 00 00 00 09" in mail.text
    assert "Ferrand" not in mail.text


def test_the_question_about_a_minimum_says_until_when_and_what_happens_else() -> None:
    round = a_round()
    Stall.objects.filter(round=round).update(
        minimum_amount=Decimal(100), below_minimum=Stall.BelowMinimum.ASK, fallback=Stall.Decision.DROP
    )
    closing.close(round.stalls.get().pk, by=cast.the_coordinator(round))
    mail = said("minimum_question")
    assert "has orders for €9.00; it wants €100.00 at least to come." in mail.text
    assert "Without an answer by " in mail.text
    assert "the farm is called off" in mail.text


def test_a_move_says_what_was_and_what_is() -> None:
    round = a_round()
    correcting.move(
        round,
        place=cast.a_place(round.neighbourhood, "Place du Temple"),
        delivery_starts_at=round.delivery_starts_at,
        delivery_ends_at=round.delivery_ends_at,
        by=cast.the_coordinator(round),
        reason="Neige",
    )
    for template in ("moved", "moved_farm"):
        mail = said(template)
        assert mail.subject.endswith("Place du Temple")
        assert "It was: " in mail.text
        assert "Salle du Prorel" in mail.text
        assert "Why: Neige" in mail.text


def test_what_people_type_is_text_in_html_and_as_typed_in_plain_text() -> None:
    round = cast.an_open_round(title="Choux & <b>carottes</b>")
    close(round)
    mail = said("pick_list")
    assert "Choux & <b>carottes</b>" in mail.text
    assert "Choux &amp; &lt;b&gt;carottes&lt;/b&gt;" in mail.html
