"""Papers and mails of rows that are frozen, as the checkout it runs in draws them: `python - TO < papers.py`.

Writes to TO, as JSON, for each: the amounts that stand on it, those that should stand there by its rows and don't,
those that its rows don't hold, or what went wrong. It runs in the version before and in this one.
"""

from __future__ import annotations

import html
import io
import json
import re
import sys
from collections.abc import Callable, Iterable, Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import django

django.setup()

from openpyxl import load_workbook

from cagette import composing
from cagette.models import OutgoingMail
from deliveries.models import PickList, SignOffSheet
from deliveries.papers import pick_list_html, recap_html, sign_off_html
from deliveries.workbooks import pick_list_xlsx

EACH = 150
LANGUAGES = ("fr", "it", "en")
# `12,50 €`, `€12.50`, `CHF 12.50`, once the signs between their digits are gone.
AMOUNT = re.compile(r"(?:€|CHF)(\d+[.,]\d\d)(?!\d)|(?<![\d.,])(\d+[.,]\d\d)(?:€|CHF)")
NUMBER = re.compile(r"\d+\.\d\d")
TAG = re.compile(r"<[^>]*>")


def amounts_in(page: str) -> list[str]:
    """The amounts that people read there, in their order, as `1234.50`."""
    text = html.unescape(TAG.sub(" ", page.partition("<body")[2] or page))
    text = re.sub("[\N{NO-BREAK SPACE}\N{NARROW NO-BREAK SPACE}]|(?<=\\d)[,.’](?=\\d{3})", "", text)
    return [(before or after).replace(",", ".") for before, after in AMOUNT.findall(text)]


def due(account: dict[str, Any]) -> str:
    return str(Decimal(account["amount"]) + Decimal(account.get("deposit") or 0))


def dues_of_pick_list(rows: dict[str, Any]) -> Iterator[str]:
    yield from (due(household) for household in rows["households"])
    yield from (product["amount"] for product in rows["products"])


def dues_of_sign_off(rows: dict[str, Any]) -> Iterator[str]:
    for household in rows["households"]:
        yield due(household)
        yield from (due(farm) for farm in household["farms"])
    if rows["households"]:
        yield due(rows["totals"])


def dues_of_recap(rows: dict[str, Any]) -> Iterator[str]:
    if Decimal(rows["amount"]) > 0:
        yield from (due(farm) for farm in rows["farms"] if Decimal(due(farm)))


def held(rows: Any) -> Iterator[str]:
    """Every amount that frozen rows hold, and what is due by them, deposits in it."""
    if isinstance(rows, dict):
        if "amount" in rows:
            yield due(rows)
        for value in rows.values():
            yield from held(value)
    elif isinstance(rows, list):
        for value in rows:
            yield from held(value)
    elif isinstance(rows, str) and NUMBER.fullmatch(rows):
        yield rows


def told(draw: Callable[[], str], rows: dict[str, Any], expected: Iterable[str] = ()) -> dict[str, Any]:
    try:
        amounts = amounts_in(draw())
    except Exception as error:
        return failed(error)
    missing, strange = sorted(set(expected) - set(amounts)), sorted(set(amounts) - set(held(rows)))
    return {"amounts": amounts, "missing": missing, "strange": strange}


def failed(error: Exception) -> dict[str, Any]:
    return {"error": f"{type(error).__name__}: {error}"[:160]}


def told_of_workbook(rows: dict[str, Any], language: str) -> dict[str, Any]:
    """Its cells are numbers: they are compared as such."""
    try:
        book = load_workbook(io.BytesIO(pick_list_xlsx(rows, language)), read_only=True)
        cells = (cell for sheet in book.worksheets for row in sheet.iter_rows(values_only=True) for cell in row)
        numbers = {f"{Decimal(str(cell)):.2f}" for cell in cells if isinstance(cell, int | float)}
    except Exception as error:
        return failed(error)
    expected = {product["amount"] for product in rows["products"]}
    return {"amounts": sorted(numbers), "missing": sorted(expected - numbers)}


def pick_lists() -> Iterator[tuple[str, dict[str, Any]]]:
    # Those that correct something are the newest.
    for pick_list in PickList.objects.order_by("-pk")[:EACH]:
        rows, language = pick_list.rows, LANGUAGES[pick_list.pk % 3]
        written: dict[str, Any] = {"revision": pick_list.revision, "written_at": pick_list.created_at}
        yield (
            f"pick list {pick_list.pk}",
            told(lambda: pick_list_html(rows, language, **written), rows, dues_of_pick_list(rows)),  # noqa: B023
        )
        yield f"workbook {pick_list.pk}", told_of_workbook(rows, language)


def sign_off_sheets() -> Iterator[tuple[str, dict[str, Any]]]:
    for sheet in SignOffSheet.objects.order_by("-pk")[:EACH]:
        rows, language = sheet.rows, LANGUAGES[sheet.pk % 3]
        written: dict[str, Any] = {"revision": sheet.revision, "written_at": sheet.created_at}
        yield (
            f"sign-off sheet {sheet.pk}",
            told(lambda: sign_off_html(rows, language, **written), rows, dues_of_sign_off(rows)),  # noqa: B023
        )


def mails() -> Iterator[tuple[str, dict[str, Any]]]:
    kept = OutgoingMail.objects.filter(secret=False, erased_at=None)
    for template in sorted(set(kept.values_list("template", flat=True))):
        for mail in kept.filter(template=template).order_by("-pk")[:EACH]:
            rows = mail.data
            expected = list(dues_of_recap(rows)) if template.endswith("/recap") else []
            yield f"{template} {mail.pk}", told(lambda: composing.text_of(mail).html, rows, expected)  # noqa: B023
            yield f"{template} {mail.pk} as text", told(lambda: composing.text_of(mail).text, rows, expected)  # noqa: B023
            if template.endswith("/recap"):
                on_paper = rows | {"phase": "closed", "reason": ""}
                yield f"printed recap {mail.pk}", told(lambda: recap_html(on_paper, mail.language), rows, expected)  # noqa: B023


Path(sys.argv[1]).write_text(json.dumps(dict([*pick_lists(), *sign_off_sheets(), *mails()])))
