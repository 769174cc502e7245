"""The countries Cagette is used in, and the currencies people there order in."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class Country(models.TextChoices):
    """Where a group or a farm is: VAT rates, legal numbers, holidays and the right to withdraw follow it."""

    FR = "FR", _("France")
    IT = "IT", _("Italy")
    CH = "CH", _("Switzerland")


# Whose law lets a consumer withdraw from what was ordered online. Swiss law gives no general right.
WITHDRAWAL = frozenset({Country.FR, Country.IT})

# django-money's own list has three hundred.
CURRENCY_CHOICES = [("EUR", _("euro")), ("CHF", _("Swiss franc"))]
# What people there usually pay in.
CURRENCIES: dict[str, str] = {Country.FR: "EUR", Country.IT: "EUR", Country.CH: "CHF"}
