"""`{% load formats %}`: cagette.wording for templates. Empty values stay empty."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

from django import template

from cagette import wording
from cagette.wording import Zone

register = template.Library()


@register.filter
def money(amount: Decimal | None) -> str:
    return "" if amount in (None, "") else wording.money(amount)


@register.filter
def quantity(amount: Decimal | int | None) -> str:
    return "" if amount in (None, "") else wording.quantity(amount)


@register.filter
def percent(rate: Decimal | None) -> str:
    return "" if rate in (None, "") else wording.percent(rate)


@register.filter
def day(value: date | datetime | None, zone: Zone = None) -> str:
    return wording.day(value, zone) if value else ""


@register.filter
def hour(value: datetime | None, zone: Zone = None) -> str:
    return wording.hour(value, zone) if value else ""


@register.filter
def moment(value: datetime | None, zone: Zone = None) -> str:
    return wording.moment(value, zone) if value else ""


@register.simple_tag
def window(start: datetime | None, end: datetime | None, zone: Zone = None) -> str:
    return wording.window(start, end, zone) if start and end else ""


@register.simple_tag
def until(deadline: datetime | None, zone: Zone = None) -> str:
    return wording.until(deadline, zone) if deadline else ""
