"""Keys that name a form's request, so that a form sent twice is written once."""

from __future__ import annotations

from uuid import uuid4

from django import template

register = template.Library()


@register.simple_tag
def request_key() -> str:
    """A new key each time: what comes back with an error is another request."""
    return uuid4().hex
