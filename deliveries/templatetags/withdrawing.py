"""`{% load withdrawing %}`: what an order's page says of withdrawing."""

from __future__ import annotations

from typing import Any

from django import template

from deliveries import withdrawing
from orders.models import Order

register = template.Library()


@register.simple_tag
def withdrawal_of(order: Order) -> dict[str, Any]:
    """What has been withdrawn from, and what still may be, until when. Four statements."""
    return {
        "made": withdrawing.made(order),
        "possible": withdrawing.withdrawable(order),
        "until": withdrawing.last_day(order.round),
    }
