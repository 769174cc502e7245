"""`{% load photos %}`: uploaded photos in the sizes and formats that the place and the browser want."""

from __future__ import annotations

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from cagette import photos
from cagette.templatetags.icons import category_icon

register = template.Library()

# How wide the photo is shown, which the browser has to know before it has read any CSS.
SIZES = {
    "page": "(min-width: 74rem) 72rem, 100vw",
    "card": "(min-width: 42rem) 20rem, 100vw",
    "field": "7.5rem",
}


@register.simple_tag
def photo(name: object, size: str, alt: str = "", *, lazy: bool = True) -> SafeString:
    """The photo stored under this name, whole: `size` is page, card or field. Nothing where there is none.

    A photo that is in view when the page opens isn't lazy, and there is one at most.
    """
    at = photos.address(str(name or ""))
    if at is None:
        return mark_safe("")
    each = (f"{at.of(f'{width}.avif')} {width}w" for width in photos.widths(at.width))
    return format_html(
        '<picture><source type="image/avif" srcset="{}" sizes="{}">'
        '<img src="{}" alt="{}" width="{}" height="{}" {} decoding="async"></picture>',
        ", ".join(each),
        SIZES[size],
        at.fallback,
        alt,
        at.width,
        at.height,
        mark_safe('loading="lazy"' if lazy else 'fetchpriority="high"'),
    )


@register.simple_tag
def product_picture(name: object, category: str) -> SafeString:
    """A product's photo as a square of 72 px, or the drawing of its category. A sheet has up to a thousand."""
    at = photos.address(str(name or ""))
    if at is None:
        return category_icon(category)
    # An address is made of letters, digits and dashes: nothing in it wants escaping.
    return mark_safe(
        f'<picture><source type="image/avif" srcset="{at.base}-thumb.avif"><img src="{at.base}-thumb.jpg" alt=""'
        ' width="72" height="72" loading="lazy" decoding="async"></picture>'
    )
