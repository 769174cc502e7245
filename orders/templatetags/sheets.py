"""`{% load sheets %}`: the lines of a sheet, numbers as scripts and hidden fields read them, what belongs to a row."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from threading import Lock
from typing import Any

from cachetools import LRUCache, cached
from django import template
from django.template import Context, Template
from django.utils.safestring import SafeString
from django.utils.translation import get_language

from orders.due import Due
from orders.lines import Line
from orders.lines import plain as plainly
from orders.sums import Summed

register = template.Library()

# In characters, of which a line has some 1,600: the open sheets of a few neighbourhoods, in some 40 MB with what they
# are found by. What isn't looked at any more makes room.
KEPT = 8_000_000


@register.simple_tag(takes_context=True)
def drawn(context: Context, line: Line) -> SafeString:
    """The line as HTML. It is the same for everybody who has the same of it, and drawing is most of a sheet's work."""
    page = context.template
    assert page is not None
    drawing = page.engine.get_template("orders/_line.html")
    seen = line.seen
    draw = _draw if seen is None else _draw_once
    return draw(drawing, line, seen, bool(context.get("fill")), str(context.get("star_url", "")))


def _draw(drawing: Template, line: Line, _seen: object, fill: bool, star_url: str) -> SafeString:
    return drawing.render(Context({"offer": line.offer, "line": line, "fill": fill, "star_url": star_url}))


def _as_seen(drawing: Template, _line: Line, *looks: object) -> tuple[object, ...]:
    return drawing, get_language(), *looks


_draw_once = cached(LRUCache[Any, SafeString](KEPT, getsizeof=len), key=_as_seen, lock=Lock())(_draw)


@register.filter
def plain(number: Decimal) -> str:
    """`2`, `0.5`, whatever the language."""
    return plainly(number)


@register.filter
def summed(row: Any, currency: str) -> Summed:
    """The sums of a row that was annotated with `orders.sums.summed`."""
    return Summed.of(row, currency)


@register.filter
def due(account: Mapping[str, Any], currency: str) -> Due:
    """What a frozen account says is to be paid."""
    return Due.thawed(account, currency)


@register.filter
def of(table: Mapping[int, Any], pk: int) -> Any:
    """What `table` holds of the row with that key, if anything."""
    return table.get(pk)
