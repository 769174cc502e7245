"""`{% load icons %}`: our drawings, inline where they are few, from one sprite where they are many."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from django import template
from django.contrib.staticfiles import finders
from django.templatetags.static import static
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

register = template.Library()

# The categories drawn in static/icons/categories.svg; anything else gets the crate.
CATEGORIES = frozenset(
    {
        "vegetables",
        "fruit",
        "dairy",
        "bread",
        "meat",
        "fish",
        "honey",
        "drinks",
        "grocery",
        "herbs",
        "eggs",
        "other",
    }
)


@register.simple_tag
def icon(name: str, label: str = "") -> SafeString:
    """The drawing static/icons/<name>.svg, inline. Without a label it is decoration and screen readers pass over it."""
    if label:
        return format_html(
            '<svg class="icon" viewBox="0 0 24 24" role="img" aria-label="{}">{}</svg>', label, drawing(name)
        )
    return format_html('<svg class="icon" viewBox="0 0 24 24" aria-hidden="true">{}</svg>', drawing(name))


@register.simple_tag
@cache
def category_icon(category: str = "") -> SafeString:
    """The drawing of a product category. One cached sprite serves a sheet of 300 products."""
    name = category if category in CATEGORIES else "other"
    return format_html(
        '<svg class="category-icon category-{}" viewBox="0 0 48 48" aria-hidden="true"><use href="{}#{}"/></svg>',
        name,
        static("icons/categories.svg"),
        name,
    )


@cache
def drawing(name: str) -> SafeString:
    """What stands between <svg> and </svg> in the file. Raises LookupError for an icon that isn't drawn."""
    path = finders.find(f"icons/{name}.svg")
    if not isinstance(path, str):
        raise LookupError(f"no icon is called {name!r}")
    text = Path(path).read_text()
    return mark_safe(text[text.index(">") + 1 : text.rindex("</svg>")].strip())
