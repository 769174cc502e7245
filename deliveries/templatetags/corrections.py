"""`{% load corrections %}`: what an order's page says of its corrected lines."""

from __future__ import annotations

from decimal import Decimal

from django import template
from django.db.models import QuerySet

from deliveries import reasons
from deliveries.models import Correction
from orders.models import Order

register = template.Library()


@register.simple_tag
def reasons_of(order: Order) -> dict[int, str]:
    """By line why it gets something else than it ordered. One query."""
    return reasons.of_order(order)


@register.simple_tag
def corrections_of(order: Order) -> QuerySet[Correction]:
    """What was corrected after the close, the newest first. One query."""
    return reasons.corrections_of(order)


@register.filter
def lower_than(before: str, after: str) -> bool:
    return Decimal(before) < Decimal(after)
