"""Mails that say a group order has opened, to the members of its neighbourhood who take them: once per round.

The clock opens a round, so nothing is written at that moment: the tick finds the rounds that are open and unannounced.
"""

from __future__ import annotations

import logging
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import DateTimeField, Exists, Func, OuterRef
from django.utils import timezone

from cagette.mail import Draft, queue, supersede
from cagette.models import OutgoingMail
from orders.models import Membership, Round, Stall
from orders.models.rounds import RoundQuerySet
from orders.preferences import links
from orders.rounds import round_facts

logger = logging.getLogger(__name__)

TEMPLATE = "orders/mail/opening"


def due_rounds() -> list[int]:
    """The rounds that are open by the database's clock, with a farm to order from, and that nobody was told of."""
    return list(_due().order_by("closes_at", "pk").values_list("pk", flat=True))


def announce(round_id: int) -> int:
    """Write the mails of a round that has opened, one per person; returns how many. Again, or late, it does nothing.

    A round that somebody else has locked is left for the next tick. Eight statements, however many members.
    """
    with transaction.atomic():
        rounds = _due().select_for_update(no_key=True, of=("self",), skip_locked=True)
        round = rounds.select_related("neighbourhood", "place").filter(pk=round_id).first()
        if round is None:
            return 0
        facts = _facts(round)
        written = queue(
            Draft(
                key=f"{_prefix(round)}{user}",
                template=TEMPLATE,
                data=facts | links(membership, "openings"),
                recipient=email,
                language=language,
                priority=OutgoingMail.Priority.OPENING,
                about=f"round:{round.pk}",
            )
            for user, membership, email, language in _readers(round)
        )
        round.announced_at = timezone.now()
        round.save(update_fields=["announced_at"])
    logger.info("round %s announced: %s mails", round_id, written)
    return written


def take_back(round: Round) -> int:
    """Keep from leaving what hasn't left: there is nothing to order any more. Returns how many mails."""
    return supersede(_prefix(round))


def _prefix(round: Round) -> str:
    return f"opening:{round.pk}:"


def _due() -> RoundQuerySet:
    now = Func(function="clock_timestamp", output_field=DateTimeField())
    stalls = Stall.objects.filter(round=OuterRef("pk"), state=Stall.State.OPEN, closes_at__gt=now)
    return Round.objects.open(at=now).filter(Exists(stalls), announced_at=None)  # type: ignore[arg-type]


def _readers(round: Round) -> list[tuple[int, int, str, str]]:
    """User, membership, address and language of each member who takes these mails, once per person."""
    members = Membership.objects.active().filter(
        household__neighbourhood=round.neighbourhood_id,
        household__left_at=None,
        mail_openings=True,
        user__is_active=True,
        user__scrubbed_at=None,
    )
    members = members.order_by("user", "pk").distinct("user")
    return list(members.values_list("user", "pk", "user__email", "user__language"))


def _facts(round: Round) -> dict[str, Any]:
    facts = round_facts(round)
    facts["round"]["link"] = settings.SITE_URL + round.shared_path
    zone = round.neighbourhood.zone
    stalls = round.stalls.filter(state=Stall.State.OPEN).select_related("producer").order_by("producer__name", "pk")
    farms = [
        {
            "name": stall.producer.name,
            "commune": stall.producer.commune,
            "word": stall.word,
            "closes": stall.closes_at.astimezone(zone).isoformat() if stall.closes_at < round.closes_at else "",
        }
        for stall in stalls
    ]
    # How to get in is for those who order.
    return facts | {"place": facts["place"] | {"access": ""}, "note": round.note, "farms": farms}
