"""Making the files that mails and people wait for: pick lists, sign-off sheets, calendar entries, orders on paper.

A file is named by its source (`MailAttachment.source`). Whoever makes it first has made it for all: every recipient
gets the same bytes, whatever is asked for twice, side by side, or again after a worker was killed.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable

from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import connection, transaction
from django.utils import timezone

from cagette import mail
from cagette.models import MailAttachment, OutgoingMail
from deliveries import printing, recaps
from deliveries.calendars import round_calendar
from deliveries.models import PickList, PrintedRecap, SignOffSheet
from deliveries.papers import pick_list_html, sign_off_html
from deliveries.pdf import to_pdf
from deliveries.workbooks import pick_list_xlsx
from orders.models import Round
from orders.rounds import producer_addresses

logger = logging.getLogger(__name__)

# The first key of PostgreSQL's two-key advisory locks (orders/locks.py has 1).
RENDERING_LOCK = 2


class UnknownSourceError(ValueError):
    """Nothing is made from a source of this name."""


def render(source: str) -> None:
    """Make the file of `source`, if nobody has, store it, and let the mails go that waited for it.

    A pick list's PDF and XLSX are made together, whichever is asked for. One transaction, holding an advisory lock on
    what is made: who finds it taken leaves it to the other; should that one die, the next sweep asks again.
    """
    match source.split(":"):
        case ["pick-list", pk, "pdf" | "xlsx"]:
            _alone(f"pick-list:{pk}", lambda: _pick_list(int(pk)))
        case ["sign-off", pk, "pdf"]:
            _alone(f"sign-off:{pk}", lambda: _sign_off_sheet(int(pk)))
        case ["recap", pk, "pdf"]:
            _alone(source, lambda: printing.make(int(pk)))
        case ["calendar", pk, _sequence]:
            _alone(source, lambda: _calendar(source, int(pk)))
        case _:
            raise UnknownSourceError(source)


def unfinished() -> list[str]:
    """One source for each thing that still has to be made: what a killed worker or an emptied broker forgot.

    Pick lists come first, then what mails wait for, then sign-off sheets and what households print.
    """
    pick_lists = PickList.objects.filter(rendered_at=None).order_by("pk").values_list("pk", flat=True)
    sheets = SignOffSheet.objects.filter(rendered_at=None).order_by("pk").values_list("pk", flat=True)
    printed = PrintedRecap.objects.filter(pdf=None).order_by("pk").values_list("pk", flat=True)
    waiting = MailAttachment.objects.filter(ready_at=None, mail__in=OutgoingMail.objects.unfinished())
    sources = waiting.order_by("source").values_list("source", flat=True).distinct()
    found = [
        *(f"pick-list:{pk}:pdf" for pk in pick_lists),
        *(source.replace(":xlsx", ":pdf") for source in sources),
        *(f"sign-off:{pk}:pdf" for pk in sheets),
        *(f"recap:{pk}:pdf" for pk in printed),
    ]
    return list(dict.fromkeys(found))


def _alone(what: str, make: Callable[[], None]) -> None:
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_try_advisory_xact_lock(%s, hashtext(%s))", [RENDERING_LOCK, what])
            free: bool = cursor.fetchone()[0]
        if free:
            make()
        else:
            logger.info("%s is being made by somebody else", what)


def _pick_list(pk: int) -> None:
    paper = PickList.objects.select_related("stall__producer").get(pk=pk)
    if paper.rendered_at is None:
        addresses = producer_addresses(paper.stall)
        language = spoken([language for _email, language in addresses] + paper.stall.producer.languages)
        html = pick_list_html(paper.rows, language, revision=paper.revision, written_at=paper.created_at)
        folder = f"pick-lists/{paper.stall.round_id}"
        paper.pdf_name, paper.pdf_sha256 = store(folder, "pdf", to_pdf(html))
        paper.xlsx_name, paper.xlsx_sha256 = store(folder, "xlsx", pick_list_xlsx(paper.rows, language))
        paper.rendered_at = timezone.now()
        paper.save(update_fields=["pdf_name", "pdf_sha256", "xlsx_name", "xlsx_sha256", "rendered_at"])
    _let_go(
        (f"pick-list:{pk}:pdf", paper.pdf_name, paper.pdf_sha256),
        (f"pick-list:{pk}:xlsx", paper.xlsx_name, paper.xlsx_sha256),
    )


def _sign_off_sheet(pk: int) -> None:
    paper = SignOffSheet.objects.select_related("round").get(pk=pk)
    if paper.rendered_at is None:
        language = spoken([language for _email, language in recaps.coordinator_addresses(paper.round)])
        html = sign_off_html(paper.rows, language, revision=paper.revision, written_at=paper.created_at)
        paper.pdf_name, paper.pdf_sha256 = store(f"sign-off-sheets/{paper.round_id}", "pdf", to_pdf(html))
        paper.rendered_at = timezone.now()
        paper.save(update_fields=["pdf_name", "pdf_sha256", "rendered_at"])
    _let_go((f"sign-off:{pk}:pdf", paper.pdf_name, paper.pdf_sha256))


def _calendar(source: str, round_id: int) -> None:
    """The round as it is now: of one that has moved once more since the mail was written, the later entry goes out."""
    made = MailAttachment.objects.filter(source=source, ready_at__isnull=False).first()
    if made is not None:
        _let_go((source, made.storage_name, made.sha256))
        return
    round = Round.objects.select_related("neighbourhood", "place").get(pk=round_id)
    content = round_calendar(round, settings.LANGUAGE_CODE, inside=True)
    _let_go((source, *store(f"calendars/{round_id}", "ics", content)))


def store(folder: str, ending: str, content: bytes) -> tuple[str, str]:
    """Keep `content` under a name nobody can guess; returns the name and the SHA-256 the name is made of.

    What is there already is kept, unless it is the torn half of a file that a killed worker left: then storage finds
    another name.
    """
    sha = hashlib.sha256(content).hexdigest()
    name = f"{folder}/{sha}.{ending}"
    if default_storage.exists(name):
        with default_storage.open(name) as file:
            if hashlib.sha256(file.read()).hexdigest() == sha:
                return name, sha
    return default_storage.save(name, ContentFile(content)), sha


def spoken(languages: list[str]) -> str:
    """The first of these languages that Cagette speaks."""
    known = dict(settings.LANGUAGES)
    return next((language for language in languages if language in known), settings.LANGUAGE_CODE)


def _let_go(*made: tuple[str, str, str]) -> None:
    """Each file by its source, its name in storage and its SHA-256; the mails that have all theirs can go."""
    now = timezone.now()
    ready = sum(MailAttachment.fulfil(source, storage_name=name, sha256=sha, at=now) for source, name, sha in made)
    if ready:
        mail.wake(1 + ready // 25)
