"""`{% load sheets %}`: numbers as scripts and hidden fields read them."""

from __future__ import annotations

from decimal import Decimal

from django import template

from orders.sheet import plain as plainly

register = template.Library()


@register.filter
def plain(number: Decimal) -> str:
    """`2`, `0.5`, whatever the language."""
    return plainly(number)
