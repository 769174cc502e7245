"""What the papers say, as HTML made from frozen rows; deliveries/pdf.py prints it.

WeasyPrint's cost follows the number of boxes. So the short list by product is a table, and the long list by household
is one run of text for each household, with a tab between who and what: four times as fast as a table of the same lines.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.template.loader import render_to_string
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from cagette import wording
from cagette.money import EUR
from cagette.wording import NBSP
from deliveries.counting import counted, named
from orders.due import Due

Rows = Mapping[str, Any]

# A longer name than this reaches past the tab: what goes into the crate then begins on a line of its own.
WIDEST_NAME = 24


@dataclass(frozen=True)
class Crate:
    """One household's entry in a pick list: its number and name, a tab, what to put in, and what it pays the farm; on a
    line of its own what it wrote to the farm.
    """

    text: str
    changed: bool


@dataclass(frozen=True)
class Signer:
    """One household's entry in a sign-off sheet, and a line for each farm: a box to tick, what is due, what for."""

    who: str
    due: str
    farms: list[str]


def in_currency(rows: Rows) -> dict[str, Any]:
    """Return frozen rows with their currency; those frozen before there were currencies are in euros."""
    return {"currency": EUR, **rows}


def pick_list_html(rows: Rows, language: str, *, revision: int = 1, written_at: datetime | None = None) -> str:
    """The pick list to print, in `language` and the neighbourhood's time. `written_at` is when its rows were frozen."""
    rows = in_currency(rows)
    with translation.override(language), timezone.override(rows["zone"]):
        with_cases = any(product["cases"] for product in rows["products"])
        products = {product["offer"]: product for product in rows["products"]}
        return render_to_string(
            "deliveries/pdf/pick_list.html",
            {
                "rows": rows,
                "crates": [_crate(household, products, rows["currency"]) for household in rows["households"]],
                "language": language,
                "revision": revision,
                "written_at": written_at,
                "labels": 3 if with_cases else 2,
                "with_cases": with_cases,
                "with_deposits": any(Decimal(product["deposit"]) for product in rows["products"]),
                "with_weighed": any(product["weighed"] for product in rows["products"]),
            },
        )


def sign_off_html(rows: Rows, language: str, *, revision: int = 1, written_at: datetime | None = None) -> str:
    """The hand-out sheet of a whole round to print."""
    rows = in_currency(rows)
    with translation.override(language), timezone.override(rows["zone"]):
        return render_to_string(
            "deliveries/pdf/sign_off.html",
            {
                "rows": rows,
                "households": [_signer(household, rows["currency"]) for household in rows["households"]],
                "language": language,
                "revision": revision,
                "written_at": written_at,
                "with_weighed": any(
                    line["weighed"] for household in rows["households"] for line in _lines(household["farms"])
                ),
            },
        )


def recap_html(rows: Rows, language: str, *, written_at: datetime | None = None) -> str:
    """A household's own order to print: what it brings for whom, and what is in its crate."""
    with translation.override(language), timezone.override(rows["zone"]):
        return render_to_string(
            "deliveries/pdf/recap.html", {"rows": in_currency(rows), "language": language, "written_at": written_at}
        )


def _crate(household: Rows, products: Mapping[int, Rows], currency: str) -> Crate:
    who = f"{household['number']} · {_called(household)}"
    gap = "\t" if len(who) <= WIDEST_NAME else "\n"
    what = ", ".join(_piece(line, products[line["offer"]]) for line in household["lines"])
    # Lists frozen before there were notes have none.
    note = "\n" + _("Note: %(note)s") % {"note": household["note"]} if household.get("note") else ""
    return Crate(text=f"☐ {who}{gap}{what} —{NBSP}{_due(household, currency)}{note}", changed=household["changed"])


def _called(household: Rows) -> str:
    name, pro = named(household["name"], ""), _("pro")
    return f"{name} ({pro})" if household["professional"] else name


def _piece(line: Rows, product: Rows) -> str:
    words = f"{counted(line['quantity'], product['unit'])}{NBSP}{named(product['name'], product['content'])}"
    said = []
    if line["before"] is not None:
        said.append(_("was %(before)s") % {"before": wording.quantity(Decimal(line["before"]))})
    if line.get("ordered"):
        said.append(_explained(line))
    return f"{words} ({', '.join(said)})" if said else words


def _explained(line: Rows) -> str:
    """`3 ordered: one jar broken`, of a line that was corrected."""
    ordered = _("%(ordered)s ordered") % {"ordered": wording.quantity(Decimal(line["ordered"]))}
    return f"{ordered} — {line['why']}" if line["why"] else ordered


def _signer(household: Rows, currency: str) -> Signer:
    who = f"{household['number']}\t{_called(household)}"
    return Signer(
        who=f"{who} · {household['phone']}" if household["phone"] else who,
        due=Due.thawed(household, currency).about,
        farms=[_stop(farm, currency) for farm in household["farms"]],
    )


def _stop(farm: Rows, currency: str) -> str:
    return f"☐ {Due.thawed(farm, currency).about}\t{farm['producer']} · {_contents(farm['lines'])}"


def _due(account: Rows, currency: str) -> str:
    """What a household pays; of a professional also what that is without VAT."""
    due = Due.thawed(account, currency)
    return f"{due.about} ({due.vat_words})" if due.vat_words else due.about


def _contents(lines: Iterable[Rows]) -> str:
    to_weigh = _("to weigh")
    return ", ".join(
        f"{counted(line['quantity'], line['unit'])}{NBSP}{named(line['name'], line['content'])}"
        + (f" ({to_weigh})" if line["weighed"] else "")
        + (f" ({_explained(line)})" if line.get("ordered") else "")
        for line in lines
    )


def _lines(farms: Iterable[Rows]) -> Iterable[Rows]:
    return (line for farm in farms for line in farm["lines"])
