"""`{% load formats %}`: cagette.wording for templates. Empty values stay empty.

Mails and PDFs are made from JSON, so amounts may be strings, and times strings in ISO format.
"""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

from django import template

from cagette import wording
from cagette.money import Money
from cagette.wording import Zone

register = template.Library()

Moment = date | datetime | str | None


def parsed(value: date | datetime | str) -> datetime:
    """A time as it comes, or from its ISO string. (A bare date may pass for `day`.)"""
    return datetime.fromisoformat(value) if isinstance(value, str) else value  # type: ignore[return-value]


@register.filter
def money(amount: Money | Decimal | str | None, currency: str = "") -> str:
    """`{{ farm.missing|money }}` for `Money`, `{{ offer.price|money:round.currency }}` for what is a bare amount.

    Raises ValueError for a bare amount without its currency: no page guesses one.
    """
    if amount in (None, ""):
        return ""
    if isinstance(amount, Money):
        return wording.money(amount)
    if not currency:
        raise ValueError(f"in which currency is {amount}?")
    return wording.money(Money(Decimal(amount), currency))


@register.filter
def quantity(amount: Decimal | int | str | None) -> str:
    return "" if amount in (None, "") else wording.quantity(Decimal(amount))


@register.filter
def percent(rate: Decimal | str | None) -> str:
    return "" if rate in (None, "") else wording.percent(Decimal(rate))


@register.filter
def day(value: Moment, zone: Zone = None) -> str:
    return wording.day(parsed(value), zone) if value else ""


@register.filter
def hour(value: Moment, zone: Zone = None) -> str:
    return wording.hour(parsed(value), zone) if value else ""


@register.filter
def moment(value: Moment, zone: Zone = None) -> str:
    return wording.moment(parsed(value), zone) if value else ""


@register.filter
def near(deadline: datetime) -> int:
    """Whether less than a day, two hours, a quarter of an hour is left: 1, 2, 3, else 0."""
    return wording.nearness(deadline)


@register.simple_tag
def window(start: Moment, end: Moment, zone: Zone = None) -> str:
    return wording.window(parsed(start), parsed(end), zone) if start and end else ""


@register.simple_tag
def until(deadline: Moment, zone: Zone = None) -> str:
    return wording.until(parsed(deadline), zone) if deadline else ""
