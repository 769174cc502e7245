"""What is kept about a person's work for farms; cagette/disclosing.py begins it."""

from __future__ import annotations

from typing import Any

from cagette.disclosing import addresses_of
from cagette.models import User
from producers.models import PickListRecipient, Producer, ProducerMember


def of(user: User) -> dict[str, Any]:
    """Four statements."""
    members = ProducerMember.objects.filter(user=user).select_related("producer").order_by("pk")
    recipients = (
        PickListRecipient.objects.filter(email__in=addresses_of(user)).select_related("producer").order_by("pk")
    )
    begun = Producer.objects.filter(created_by=user).order_by("pk")
    return {
        "farms": [{"farm": member.producer.name, "role": member.role} for member in members],
        "farms_begun": [{"farm": producer.name, "at": producer.created_at} for producer in begun],
        "pick_lists_by_mail": [{"farm": recipient.producer.name, "email": recipient.email} for recipient in recipients],
    }
