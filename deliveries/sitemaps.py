"""What search engines may find: the pages that anybody reads, and none of an unlisted group."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.contrib.sitemaps import Sitemap
from django.db.models import QuerySet
from django.urls import reverse
from django.utils import timezone

from deliveries.farm_list import shown_farms
from orders.models import Neighbourhood, Round
from producers.models import Producer


class Section(Sitemap[Any]):
    """At the address by which people reach the site, not the one by which this request came."""

    protocol = urlsplit(settings.SITE_URL).scheme

    def get_domain(self, site: object = None) -> str:
        return urlsplit(settings.SITE_URL).netloc


class Pages(Section):
    def items(self) -> list[str]:
        return ["home", "producers:farms", "about"]

    def location(self, item: str) -> str:
        return reverse(item)


class Neighbourhoods(Section):
    def items(self) -> QuerySet[Neighbourhood]:
        return Neighbourhood.objects.visible_to(AnonymousUser()).order_by("pk")

    def location(self, item: Neighbourhood) -> str:
        return reverse("orders:neighbourhood", args=[item.slug])


class Rounds(Section):
    """Those that one can still order from, or soon can."""

    def items(self) -> QuerySet[Round]:
        rounds = Round.objects.public().visible_to(AnonymousUser())
        return rounds.filter(state=Round.State.PUBLISHED, closes_at__gt=timezone.now()).order_by("pk")

    def location(self, item: Round) -> str:
        return reverse("orders:round", args=[item.pk])

    def lastmod(self, item: Round) -> datetime | None:
        return item.published_at


class Farms(Section):
    def items(self) -> QuerySet[Producer]:
        return shown_farms().order_by("pk")

    def location(self, item: Producer) -> str:
        return reverse("producers:detail", args=[item.slug])


SECTIONS = {"pages": Pages, "neighbourhoods": Neighbourhoods, "rounds": Rounds, "farms": Farms}
