"""The VAT rates of a farm: those of its country, and only of a farm that charges VAT."""

from __future__ import annotations

from decimal import Decimal

from django.utils import timezone

from catalogs.models import VatRate
from producers.models import Producer


def usual(producer: Producer) -> Decimal:
    """Return the rate that most food bears in the farm's country, in percent; 0 for a farm that charges no VAT."""
    return food_rate(producer.country) if producer.charges_vat else Decimal(0)


def food_rate(country: str) -> Decimal:
    """Return the rate that most food bears there today, in percent: the one marked usual, else the lowest above 0."""
    rates = VatRate.objects.in_force(timezone.localdate()).filter(country=country, percent__gt=0)
    rate = rates.order_by("-usual", "percent").first()
    return Decimal(0) if rate is None else rate.percent


def in_use(country: str) -> frozenset[Decimal]:
    """Return the rates above 0 in force there today, in percent."""
    rates = VatRate.objects.in_force(timezone.localdate()).filter(country=country, percent__gt=0)
    return frozenset(rates.values_list("percent", flat=True))
