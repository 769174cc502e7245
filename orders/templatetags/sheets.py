"""`{% load sheets %}`: numbers as scripts and hidden fields read them, and what belongs to a row."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django import template

from orders.sheet import plain as plainly

register = template.Library()


@register.filter
def plain(number: Decimal) -> str:
    """`2`, `0.5`, whatever the language."""
    return plainly(number)


@register.filter
def of(table: Mapping[int, Any], pk: int) -> Any:
    """What `table` holds of the row with that key, if anything."""
    return table.get(pk)
