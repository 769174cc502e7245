"""Leaving the farms one works for; cagette/scrubbing.py says what it is for."""

from __future__ import annotations

from django.db import transaction
from django.urls import reverse

from cagette.models import User
from cagette.scrubbing import Obstacle
from producers import founding
from producers.models import ProducerMember


def give_up(user: User) -> list[Obstacle]:
    """Leave every farm's team, by the door everybody uses; returns the farms that would be left to nobody."""
    obstacles = []
    for member in ProducerMember.objects.filter(user=user).select_related("producer", "user").order_by("pk"):
        try:
            with transaction.atomic():
                founding.remove_member(member, by=user)
        except founding.LastMember as error:
            team = reverse("producers:team", args=[member.producer.slug])
            obstacles.append(Obstacle(member.producer.name, str(error), team))
    return obstacles
