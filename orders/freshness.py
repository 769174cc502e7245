"""What changes on a round's page while it stays open: what is left, cases, minimums, and when each farm closes.

It holds nothing that is anybody's own, so that one answer serves all who look; who buys at a professional's share
has another. Texts are in the current language, ready to be put on the page.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db.models import Q
from django.utils import timezone

from cagette import wording
from orders import progress, sheet
from orders.lines import plain
from orders.models import Offer, Round, Stall

# What `progress` asks of an offer.
FIELDS = ("stall_id", "step", "case_size", "withdrawn_at", "supply__quantity", "supply__ordered")


def of_round(round: Round, *, professional: bool, at: datetime | None = None) -> dict[str, Any]:
    """Plain JSON: per stall whether it is open, until when, and its minimum; per offer that has a limit or comes in
    cases what is left and the last case. Four queries at most, however many products.
    """
    at = at or timezone.now()
    stalls = list(sheet.stalls_of(round))
    for stall in stalls:
        stall.round = round
    limited = Q(supply__quantity__isnull=False) | Q(case_size__isnull=False) | Q(withdrawn_at__isnull=False)
    offers = list(
        Offer.objects.filter(limited, stall__in=[stall.pk for stall in stalls if _is_open(stall, at)])
        .select_related("supply")
        .only(*FIELDS, "supply__professional_share")
    )
    left = progress.what_is_left(offers, professional=professional)
    left |= {offer.pk: progress.NONE for offer in offers if offer.withdrawn_at is not None}
    cases = progress.cases(offers)
    return _clock(round.closes_at, round, at) | {
        "stalls": {str(stall.pk): _stall(stall, round, at) for stall in stalls},
        "offers": {str(offer.pk): _offer(offer, left, cases) for offer in offers},
    }


def _clock(closes_at: datetime, round: Round, at: datetime) -> dict[str, Any]:
    near = wording.nearness(closes_at, now=at)
    return {"until": wording.until(closes_at, round.neighbourhood.time_zone, now=at), "near": near}


def _is_open(stall: Stall, at: datetime) -> bool:
    return stall.round.state == Round.State.PUBLISHED and stall.is_open(at)


def _stall(stall: Stall, round: Round, at: datetime) -> dict[str, Any]:
    if not _is_open(stall, at):
        return {"open": False}
    told = {"open": True} | (_clock(stall.closes_at, round, at) if stall.closes_at < round.closes_at else {})
    minimum = progress.minimum_of(stall)
    return told | ({} if minimum is None else {"minimum": [minimum.words, str(minimum.confirmed.amount)]})


def _offer(offer: Offer, left: dict[int, Any], cases: dict[int, progress.Case]) -> dict[str, Any]:
    told: dict[str, Any] = {}
    if offer.pk in left:
        told |= {"left": plain(left[offer.pk]), "little": progress.little(left[offer.pk], offer)}
    if (case := cases.get(offer.pk)) is not None:
        told["case"] = [case.words, plain(case.started) if case.missing else ""]
    return told
