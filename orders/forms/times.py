"""Days and hours as people give them, made into moments of the neighbourhood's own time."""

from __future__ import annotations

import re
from datetime import UTC, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

_HOUR = re.compile(r"(\d{1,2})\s*(?:[h:.]\s*(\d{2})?)?(?:\s*:\d{2})?", re.IGNORECASE)


class HourField(forms.TimeField):
    """An hour, from the browser's own clock or typed as people write it: 17:30, 17 h 30, 17h, 17."""

    default_error_messages = {"invalid": _("This isn't an hour: write it as 17:30.")}  # noqa: RUF012

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("widget", forms.TimeInput(format="%H:%M", attrs={"type": "time"}))
        super().__init__(**kwargs)

    def to_python(self, value: Any) -> time | None:
        if value in self.empty_values or isinstance(value, time | datetime):
            return super().to_python(value)
        read = _HOUR.fullmatch(str(value).strip().replace("\N{NO-BREAK SPACE}", " "))
        try:
            return time(int(read[1]), int(read[2] or 0)) if read else super().to_python(value)
        except ValueError:
            raise ValidationError(self.error_messages["invalid"], code="invalid") from None


def moment(form: forms.Form, day: str, hour: str, zone: ZoneInfo) -> datetime | None:
    """The moment that two fields of a cleaned form name, in `zone`; None when either is missing or refused.

    An hour the clocks jump over that night doesn't exist, and is refused beside its field. One that comes twice is
    taken the first time.
    """
    date, at = form.cleaned_data.get(day), form.cleaned_data.get(hour)
    if date is None or at is None:
        return None
    wall = datetime.combine(date, at)
    named = wall.replace(tzinfo=zone)
    if named.astimezone(UTC).astimezone(zone).replace(tzinfo=None) != wall:
        form.add_error(hour, _("The clocks go forward that night: this hour doesn't exist."))
        return None
    return named


def split(at: datetime, zone: ZoneInfo, day: str, hour: str) -> dict[str, Any]:
    """A moment as the initial values of its two fields."""
    local = at.astimezone(zone)
    return {day: local.date(), hour: local.time().replace(second=0, microsecond=0)}
