from __future__ import annotations

from dataclasses import dataclass

from django import template
from django.utils import timezone

from deliveries.granting import due_of
from orders.due import Due
from orders.models import Grant, Order
from orders.models.granting import has_login

register = template.Library()


@dataclass(frozen=True)
class Offered:
    """An offer that can still be agreed to, and what the household would owe for it."""

    grant: Grant
    due: Due


@register.simple_tag
def grants_of(order: Order) -> list[Offered]:
    """What the household is offered after the close. One query."""
    grants = order.grants.open(at=timezone.now()).select_related("offer__stall__producer").order_by("pk")
    found = []
    for grant in grants:
        grant.order = order
        found.append(Offered(grant, due_of(grant)))
    return found


@register.simple_tag
def signs_in(order: Order) -> bool:
    """Whether the household has a login: then only its own members agree to anything."""
    return has_login(order.household)
