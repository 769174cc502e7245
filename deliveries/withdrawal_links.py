"""The link under a recap by which a household withdraws without signing in."""

from __future__ import annotations

from django.conf import settings
from django.core import signing
from django.urls import reverse

from cagette.models import User
from orders.models import Membership, Order

SIGNER = signing.Signer(salt="deliveries.withdrawal")


def link(order_id: int, membership_id: int) -> str:
    return settings.SITE_URL + reverse("deliveries:withdrawal_link", args=[token(order_id, membership_id)])


def token(order_id: int, membership_id: int) -> str:
    return SIGNER.sign_object([order_id, membership_id])


def order_from_token(found: str) -> tuple[Order, User | None] | None:
    """The order, and whose link it is: nobody's once they have left us, but the right stays. None for a guess."""
    try:
        order_id, membership_id = SIGNER.unsign_object(found)
    except signing.BadSignature:
        return None
    order = (
        Order.objects.select_related("round__neighbourhood", "round__place", "household").filter(pk=order_id).first()
    )
    member = Membership.objects.select_related("user").filter(pk=membership_id, user__scrubbed_at=None).first()
    return (order, member.user if member else None) if order else None
