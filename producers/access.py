"""Loading a farm for the person who asks."""

from __future__ import annotations

from django.core.exceptions import PermissionDenied
from django.shortcuts import get_object_or_404

from cagette.models import User
from producers.models import Producer


def editable_farm(user: User, slug: str) -> Producer:
    """404 when the person may not see it, 403 when they may only see it."""
    farms = Producer.objects.edited_by(user)
    producer = get_object_or_404(Producer.objects.visible_to(user) | farms, slug=slug)
    if not farms.filter(pk=producer.pk).exists():
        raise PermissionDenied
    return producer
