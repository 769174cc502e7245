"""What stands on the papers, read back from the PDFs."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from io import BytesIO
from typing import Any

import pytest
from pypdf import PdfReader

from deliveries import pdf
from deliveries.papers import pick_list_html, recap_html, sign_off_html
from tests.deliveries import frozen

WRITTEN = datetime(2026, 11, 25, 19, 1, tzinfo=UTC)


def pages(html: str) -> list[str]:
    """The text of each page, its spaces and line breaks as single spaces."""
    return [re.sub(r"\s+", " ", page.extract_text()) for page in PdfReader(BytesIO(pdf.to_pdf(html))).pages]


def pick_list(rows: dict[str, Any], **fields: Any) -> list[str]:
    return pages(pick_list_html(rows, "en", **({"written_at": WRITTEN} | fields)))


def test_producer_day_place_and_how_to_get_in_stand_on_top() -> None:
    (page,) = pick_list(frozen.an_ordinary_pick_list())
    assert page.startswith(
        "Pick list · Commande de novembre, Sainte-Catherine Chèvrerie des Trois Ponts"
        " Thursday 26 November, 17:00 – 19:00"
        " Salle de la Vachette 12 rue du Lavoir, Briançon Portail vert. Questions: Ada Rey 06 00 00 00 00"
    )


def test_revision_date_and_page_stand_at_the_bottom() -> None:
    (page,) = pick_list(frozen.an_ordinary_pick_list())
    assert page.endswith("Pick list, revision 1 · Commande de novembre · Wednesday 25 November, 20:01 page 1/1")


def test_each_product_has_its_total_and_its_cases() -> None:
    (page,) = pick_list(frozen.an_ordinary_pick_list())
    assert "8 × Tomme de chèvre 500 g T500" in page
    assert "12 bottles Jus de pomme 0.75 l 2 cases of 6" in page
    assert "1.5 kg Carottes" in page


def test_each_household_is_one_line_by_pick_up_number() -> None:
    (page,) = pick_list(frozen.an_ordinary_pick_list())
    ferrand = "3 · Ferrand 2 × Tomme de chèvre 500 g, 1.5 kg Carottes — €9.00"
    refuge = "12 · Le Refuge (pro) 6 × Tomme de chèvre 500 g, 12 bottles Jus de pomme 0.75 l — €73.80"
    assert page.index(ferrand) < page.index(refuge)


def test_a_farm_learns_names_and_not_phone_numbers() -> None:
    (page,) = pick_list(frozen.an_ordinary_pick_list())
    assert "06 99 99 99 99" not in page


def test_amounts_and_hours_are_in_the_farms_language_and_the_neighbourhoods_zone() -> None:
    rows = frozen.an_ordinary_pick_list()
    (page,) = pages(pick_list_html(rows, "fr", written_at=WRITTEN))
    assert "jeudi 26 novembre, 17 h – 19 h" in page
    assert "0,75 l" in page
    assert "73,80 €" in page
    assert "mercredi 25 novembre, 20 h 01" in page


def test_a_list_nobody_ordered_from_says_so() -> None:
    (page,) = pick_list(frozen.a_pick_list([], []))
    assert "Nobody ordered this time." in page
    assert "Totals by product" not in page


def test_a_revision_says_what_it_replaces_why_and_what_differs() -> None:
    rows = frozen.a_pick_list(
        [frozen.a_product(1, "Tomme", "9", before="11"), frozen.a_product(2, "Faisselle", "4")],
        [frozen.a_household(3, "Ferrand", (1, "9"), (2, "4"), changed=True)],
        replaces=1,
        reason="Erreur de saisie.",
    )
    rows["households"][0]["lines"][0]["before"] = "11"
    (page,) = pick_list(rows, revision=2)
    assert "Revision 2 replaces revision 1, please throw that one away. Erreur de saisie." in page
    assert "9 × was 11 Tomme" in page
    assert "3 · Ferrand 9 × Tomme (was 11), 4 × Faisselle" in page
    assert "revision 2 ·" in page


def test_a_moved_list_says_where_and_when_it_was() -> None:
    was = {
        "place": {"name": "Place du Temple", "address": "", "access": ""},
        "delivery": {"starts": "2026-11-25T17:00:00+01:00", "ends": "2026-11-25T18:00:00+01:00"},
    }
    (page,) = pick_list(frozen.an_ordinary_pick_list(replaces=1, was=was), revision=2)
    assert "It was: Wednesday 25 November, 17:00 – 18:00, Place du Temple." in page


def test_a_list_that_was_called_off_says_so_and_shows_zeros() -> None:
    gone = frozen.a_household(3, "Ferrand", (1, "0"), changed=True, amount="0.00")
    rows = frozen.a_pick_list(
        [frozen.a_product(1, "Tomme", "0", before="2")], [gone], replaces=1, reason="Le col est fermé.",
        totals={"households": 0, "amount": "0.00", "deposit": "0.00"},
    )  # fmt: skip
    (page,) = pick_list(rows, revision=2)
    assert "Called off: prepare nothing, deliver nothing." in page
    assert "0 × was 2 Tomme" in page


def recap(*counts: int, **fields: Any) -> list[str]:
    """A household's order with so many lines at each farm."""
    rows = frozen.a_recap(*(frozen.a_farm(f"Ferme {n}", lines) for n, lines in enumerate(counts, 1)), **fields)
    return pages(recap_html(rows, "fr", written_at=WRITTEN))


def test_a_household_reads_what_to_bring_and_what_it_gets() -> None:
    (page,) = recap(1)
    assert page.startswith(
        "Commande de novembre, Sainte-Catherine Cagette n° 7 · Ferrand jeudi 26 novembre, 17 h – 19 h"
    )
    for words in (
        "Ferme 1 · espèces, chèque à l’ordre de EARL DU LAC ou virement · dont 1,20 € de consignes",
        "par virement : EARL DU LAC, IBAN FR7630006000011234567890189, référence Cagette 84 no 7 Ferrand 10,20 €",
        "si ce n’est pas déjà rendu : 2 × bocal 500 g (Rucher)",
        "Un sac isotherme pour : Tomme",
        "2 × Tomme 500 g 9,00 €",
        "Un retard, un empêchement ? Chez Lucie.",
    ):
        assert words in page


@pytest.mark.parametrize(("counts", "sheets"), [((1,), 1), ((4, 4, 4, 4, 4), 1), ((10,) * 10, 3)])
def test_an_ordinary_order_fits_on_one_page(counts: tuple[int, ...], sheets: int) -> None:
    read = recap(*counts)
    assert len(read) == sheets
    assert sum(page.count("2 × Tomme 500 g") for page in read) == sum(counts)
    for page in read[1:]:
        assert "Cagette n° 7 · jeudi 26 novembre · Salle de la Vachette" in page


def test_two_hundred_orders_stay_orderly() -> None:
    read = pick_list(frozen.many_orders(200))
    assert len(read) < 12
    for number, page in enumerate(read, start=1):
        assert page.endswith(f"page {number}/{len(read)}")
    for page in read[1:]:
        assert "Chèvrerie des Trois Ponts · Thursday 26 November · Salle de la Vachette" in page
    listed = [
        int(n) for page in read for n in re.findall(r"(\d+) · Foyer \d+ 1 × Tomme, 1 jar Faisselle — €9.00", page)
    ]
    assert listed == list(range(1, 201))


def test_long_names_leave_nothing_out() -> None:
    name = "Colocation de la rue des Grandes-Gargouilles chez Éléonore de La Tour d'Auvergne"
    read = " ".join(pick_list(frozen.many_orders(3, name=name)))
    assert f"2 · {name} 2 1 × Tomme, 1 jar Faisselle" in read


def test_what_people_type_is_text_and_never_markup() -> None:
    rows = frozen.many_orders(1, name="<b>Rey</b> & <img src=file:///etc/hostname>")
    (page,) = pick_list(rows)
    assert "<b>Rey</b> & <img src=file:///etc/hostname>" in page


@pytest.mark.parametrize(
    "url", ["file:///etc/hostname", "http://127.0.0.1:8000/", "https://cagette.example/x.css", "data:text/css,x", ""]
)
def test_papers_fetch_nothing_but_their_fonts(url: str) -> None:
    with pytest.raises(pdf.ForbiddenAddressError):
        pdf.fetch(url)


def test_papers_are_tagged_titled_and_carry_their_fonts() -> None:
    html = pick_list_html(frozen.an_ordinary_pick_list(), "fr", written_at=WRITTEN)
    reader = PdfReader(BytesIO(pdf.to_pdf(html)))
    root: Any = reader.trailer["/Root"]
    assert root["/MarkInfo"]["/Marked"] == True  # noqa: E712  # pypdf's own boolean
    assert root["/Lang"] == "fr"
    assert b"pdfuaid:part" in reader.xmp_metadata.stream.get_data()  # type: ignore[union-attr]
    assert reader.metadata is not None
    assert "Chèvrerie des Trois Ponts" in (reader.metadata.title or "")
    fonts: Any = reader.pages[0]["/Resources"]["/Font"]  # type: ignore[index]
    names = {font.get_object()["/BaseFont"].split("+")[-1] for font in fonts.values()}
    assert {"Young-Serif", "Source-Sans", "Source-Sans-Bold"} <= names


def test_the_same_rows_give_the_same_bytes() -> None:
    html = pick_list_html(frozen.an_ordinary_pick_list(), "fr", written_at=WRITTEN)
    assert pdf.to_pdf(html) == pdf.to_pdf(html)


def test_the_sign_off_sheet_lists_crates_dues_and_totals() -> None:
    rows = frozen.a_sign_off_sheet(
        frozen.a_signer(3, "Ferrand", ("Chèvrerie des Trois Ponts", "2", "9.00"), ("Le Rucher", "1", "15.00")),
        frozen.a_signer(12, "Rey", ("Le Rucher", "4", "24.00"), phone="06 00 00 00 12", professional=True),
    )
    (page,) = pages(sign_off_html(rows, "en", written_at=WRITTEN))
    assert "Salle de la Vachette" in page
    assert "Chèvrerie des Trois Ponts €24.00 €0.60 €24.60" in page
    assert "☐ €9.60 Chèvrerie des Trois Ponts · 2 × Tomme" in page
    assert "12 Rey (pro) · 06 00 00 00 12" in page
    assert page.endswith("page 1/1")


def test_a_household_stays_on_one_page_of_the_sign_off_sheet() -> None:
    farms = [(f"Ferme {n}", "1", "4.00") for n in range(4)]
    rows = frozen.a_sign_off_sheet(*(frozen.a_signer(n, f"Foyer {n}.", *farms) for n in range(1, 61)))
    read = pages(sign_off_html(rows, "en", written_at=WRITTEN))
    assert len(read) > 5
    for n in range(1, 61):
        (page,) = [page for page in read if f"Foyer {n}." in page]
        assert page.split(f"Foyer {n}.")[1].count("Ferme 3 · ") >= 1


def test_a_round_without_orders_has_nothing_to_sign() -> None:
    (page,) = pages(sign_off_html(frozen.a_sign_off_sheet(), "en", written_at=WRITTEN))
    assert "Nobody ordered this time. There is nothing to hand out." in page
