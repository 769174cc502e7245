"""All that is kept about a person, from every app, as one JSON document; docs/operations.md has its shape."""

from __future__ import annotations

from typing import Any

from django.db.models import Q
from django.utils import timezone

import catalogs.disclosing
import orders.disclosing
import producers.disclosing
from cagette import disclosing
from cagette.models import User
from deliveries.models import Correction, PickList, Withdrawal
from orders.models import Membership

VERSION = 1


def export(user: User) -> dict[str, Any]:
    """The same number of statements however much there is; times and decimals are for a JSON encoder to write."""
    return {
        "format": "cagette-export",
        "version": VERSION,
        "exported": timezone.now(),
        **disclosing.of(user),
        **producers.disclosing.of(user),
        **catalogs.disclosing.of(user),
        **orders.disclosing.of(user),
        **of(user),
    }


def of(user: User) -> dict[str, Any]:
    """What deliveries keep. Four statements."""
    seen = PickList.objects.filter(acknowledged_by=user).select_related("stall__producer", "stall__round").defer("rows")
    households = Membership.objects.active().filter(user=user).values("household")
    # Their own, and those of what their households had ordered.
    corrections = Correction.objects.filter(Q(by=user) | Q(line__order__household__in=households))
    corrections = corrections.select_related("round", "stall__producer", "line__offer")
    withdrawals = Withdrawal.objects.filter(Q(by=user) | Q(order__household__in=households))
    return {
        "corrections": [
            {
                "at": each.at,
                "round": each.round.title,
                "kind": each.kind,
                "cause": each.cause,
                "by_me": each.by_id == user.pk,
                "farm": each.stall.producer.name if each.stall else None,
                "product": each.line.offer.name if each.line else None,
                "before": each.before,
                "after": each.after,
                "reason": each.reason,
            }
            for each in corrections.order_by("pk")
        ],
        "pick_lists_seen": [
            {"at": each.acknowledged_at, "farm": each.stall.producer.name, "round": each.stall.round.title}
            for each in seen.order_by("pk")
        ],
        "withdrawals": [
            {
                "at": each.at,
                "order": each.order_id,
                "name": each.name,
                "email": each.email,
                "after_the_pick_up": each.handed_out,
                "lines": [
                    {"product": line.line.offer.name, "quantity": line.quantity, "amount": line.amount,
                     "deposit": line.deposit}
                    for line in each.lines.all()
                ],
            }
            for each in withdrawals.distinct().prefetch_related("lines__line__offer").order_by("pk")
        ],
    }  # fmt: skip
