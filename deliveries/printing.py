"""One's order on paper: asked for on its page, made by a worker, gone after a day."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from typing import Any

from django.db import transaction
from django.utils import timezone

from deliveries import recaps
from deliveries.models import PrintedRecap
from deliveries.papers import recap_html
from deliveries.pdf import to_pdf
from deliveries.tasks import render_soon
from orders.models import Order

KEPT = timedelta(days=1)


def on_paper(order: Order, language: str) -> bytes | None:
    """The order as it stands now, as PDF; None while it is being made: a worker has been asked, so ask again soon."""
    rows = _rows(order)
    with transaction.atomic():
        paper, new = PrintedRecap.objects.get_or_create(order=order, language=language, defaults={"rows": rows})
        if not new and paper.rows != rows:
            paper.rows, paper.pdf, paper.asked_at = rows, None, timezone.now()
            paper.save(update_fields=["rows", "pdf", "asked_at"])
            new = True
        if new:
            transaction.on_commit(partial(render_soon, f"recap:{paper.pk}:pdf"), robust=True)
    return None if paper.pdf is None else bytes(paper.pdf)


def _rows(order: Order) -> dict[str, Any]:
    """What the recap mail says, and how far the order is: until its round has closed it can still change."""
    round = order.round
    return recaps.contents(round, [order])[order.pk] | {"phase": round.phase(), "reason": round.cancel_reason}


def make(pk: int) -> None:
    """Print the rows of that recap. If they change meanwhile, this file is nobody's, and another is asked for."""
    paper = PrintedRecap.objects.filter(pk=pk, pdf=None).first()
    if paper is None:
        return
    pdf = to_pdf(recap_html(paper.rows, paper.language, written_at=paper.asked_at))
    PrintedRecap.objects.filter(pk=pk, asked_at=paper.asked_at).update(pdf=pdf)


def erase_old() -> int:
    """Erase the recaps that were asked for more than a day ago; returns how many."""
    erased, _by_model = PrintedRecap.objects.filter(asked_at__lt=timezone.now() - KEPT).delete()
    return erased
