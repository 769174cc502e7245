"""How amounts, quantities, days and hours read, in the language and the time zone that are current.

Pages, mails, PDFs and spreadsheets all use these, so that the same thing reads the same everywhere. Spaces inside an
amount or an hour don't break.
"""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta, tzinfo
from decimal import Decimal
from functools import lru_cache
from typing import overload
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_date
from babel.numbers import format_currency, format_decimal, get_currency_symbol
from django.utils import timezone
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from cagette.money import Money

NBSP = "\N{NO-BREAK SPACE}"
LOCALES = {"fr": "fr_FR", "en": "en_GB", "it": "it_IT"}

# A currency's code right before its number.
_CODE_BEFORE = re.compile(r"([A-Z]{3})(?=[-−\d])")

Zone = str | tzinfo | None


def current_locale() -> Locale:
    return _locale(LOCALES.get((get_language() or "en")[:2], "en_GB"))


@lru_cache
def _locale(name: str) -> Locale:
    return Locale.parse(name)


def money(amount: Money) -> str:
    """`12,50 €`, `1 234,50 €`, `12,50 CHF`; in English `€12.50`, `CHF 12.50`. Its currency is the amount's."""
    return _in_currency(amount.amount, amount.currency.code, current_locale())


def sign(currency: str) -> str:
    """`€`, `CHF`: what stands beside an amount."""
    return get_currency_symbol(currency, locale=current_locale())


def quantity(amount: Decimal | int) -> str:
    """`0,5`, `12`: the decimal mark of the language, no trailing zeros, never rounded."""
    return _in_full(Decimal(amount), current_locale())


# An order sheet writes thousands of amounts, and the same few hundred again and again.
@lru_cache(maxsize=10_000)
def _in_currency(amount: Decimal, currency: str, locale: Locale) -> str:
    # Babel leaves out the space that CLDR wants between a code and its number ("CHF 12.50").
    return _CODE_BEFORE.sub(rf"\1{NBSP}", format_currency(amount, currency, locale=locale))


@lru_cache(maxsize=10_000)
def _in_full(amount: Decimal, locale: Locale) -> str:
    return format_decimal(amount, locale=locale, decimal_quantization=False)


def percent(rate: Decimal) -> str:
    """`5,5 %` from 5.5 (VAT rates are kept in percent)."""
    space = "" if current_locale().language == "en" else NBSP
    return f"{quantity(rate)}{space}%"


def day(value: date | datetime, zone: Zone = None, *, now: datetime | None = None) -> str:
    """`jeudi 26 novembre`; the year is added when it isn't this one."""
    value = _local(value, zone)
    locale = current_locale()
    of_month = "1er" if locale.language == "fr" and value.day == 1 else str(value.day)
    year = " y" if value.year != _local(now or timezone.now(), zone).year else ""
    return format_date(value, f"EEEE '{of_month}' MMMM{year}", locale=locale)


def hour(value: datetime, zone: Zone = None) -> str:
    """`17 h`, `17 h 30`; elsewhere than in French `17:30`."""
    value = _local(value, zone)
    if current_locale().language != "fr":
        return f"{value:%H:%M}"
    return f"{value.hour}{NBSP}h" + (f"{NBSP}{value.minute:02}" if value.minute else "")


def moment(value: datetime, zone: Zone = None, *, now: datetime | None = None) -> str:
    """`jeudi 26 novembre, 17 h`."""
    return f"{day(value, zone, now=now)}, {hour(value, zone)}"


def window(start: datetime, end: datetime, zone: Zone = None, *, now: datetime | None = None) -> str:
    """`jeudi 26 novembre, 17 h – 19 h`; both days are named when they differ."""
    if _local(start, zone).date() == _local(end, zone).date():
        return f"{moment(start, zone, now=now)}{NBSP}– {hour(end, zone)}"
    return f"{moment(start, zone, now=now)} – {moment(end, zone, now=now)}"


def until(deadline: datetime, zone: Zone = None, *, now: datetime | None = None) -> str:
    """`encore 2 jours, jusqu'à mercredi 20 h`: the relative time, and always the absolute one with it."""
    now = now or timezone.now()
    if deadline <= now:
        return _("closed since %(moment)s") % {"moment": moment(deadline, zone, now=now)}
    words = {
        "left": time_left(deadline - now),
        "hour": hour(deadline, zone),
        "weekday": format_date(_local(deadline, zone), "EEEE", locale=current_locale()),
        "day": day(deadline, zone, now=now),
    }
    match (_local(deadline, zone).date() - _local(now, zone).date()).days:
        case 0:
            return _("%(left)s left, until today %(hour)s") % words
        case 1:
            return _("%(left)s left, until tomorrow %(hour)s") % words
        case days if days < 7:
            return _("%(left)s left, until %(weekday)s %(hour)s") % words
        case _days:
            return _("%(left)s left, until %(day)s, %(hour)s") % words


# From when on a deadline is said to be near, nearer, and about to pass.
THRESHOLDS = (timedelta(hours=24), timedelta(hours=2), timedelta(minutes=15))


def nearness(deadline: datetime, *, now: datetime | None = None) -> int:
    """How near a deadline is: 0 far, then 1, 2, 3 with less than a day, two hours, a quarter of an hour left."""
    left = deadline - (now or timezone.now())
    return sum(left < threshold for threshold in THRESHOLDS)


def time_left(left: timedelta) -> str:
    """`2 jours`, `27 heures`, `5 minutes`: whole units, cut down, so that it never promises time there isn't."""
    minutes = max(1, int(left.total_seconds() // 60))
    if minutes < 60:
        return ngettext("%(n)d minute", "%(n)d minutes", minutes) % {"n": minutes}
    if (hours := minutes // 60) < 48:
        return ngettext("%(n)d hour", "%(n)d hours", hours) % {"n": hours}
    days = hours // 24
    return ngettext("%(n)d day", "%(n)d days", days) % {"n": days}


@overload
def _local(value: datetime, zone: Zone) -> datetime: ...
@overload
def _local(value: date, zone: Zone) -> date: ...
def _local(value: date, zone: Zone) -> date:
    if not isinstance(value, datetime) or timezone.is_naive(value):
        return value
    return timezone.localtime(value, ZoneInfo(zone) if isinstance(zone, str) and zone else zone or None)
