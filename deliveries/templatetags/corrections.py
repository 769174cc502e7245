"""`{% load corrections %}`: what an order's page says of its corrected lines."""

from __future__ import annotations

from decimal import Decimal

from django import template

from deliveries import reasons
from deliveries.reasons import Corrected
from orders.models import Order

register = template.Library()


@register.simple_tag
def corrected_of(order: Order) -> Corrected:
    """What was corrected after the close, and why. One query."""
    return reasons.of_order(order)


@register.filter
def lower_than(before: str, after: str) -> bool:
    return Decimal(before) < Decimal(after)
