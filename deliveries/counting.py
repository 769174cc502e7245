"""How many of what, in words: `2 bottes`, `1,5 kg`, `3 ×`."""

from __future__ import annotations

from decimal import Decimal
from functools import lru_cache

from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from cagette import wording
from cagette.wording import NBSP


def counted(amount: Decimal | int | str, unit: str) -> str:
    """`amount` with its unit (a `catalogs.models.Unit`), to be followed by the product's name. It doesn't break."""
    return _counted(str(amount), unit, get_language())


# Most lines of a list are for one, two or three of something.
@lru_cache(maxsize=2048)
def _counted(amount: str, unit: str, _language: str | None) -> str:
    exact = Decimal(amount)
    number, n = {"n": wording.quantity(exact)}, int(exact)
    match unit:
        case "kg":
            words = _("%(n)s kg") % number
        case "litre":
            words = ngettext("%(n)s litre", "%(n)s litres", n) % number
        case "bunch":
            words = ngettext("%(n)s bunch", "%(n)s bunches", n) % number
        case "jar":
            words = ngettext("%(n)s jar", "%(n)s jars", n) % number
        case "bottle":
            words = ngettext("%(n)s bottle", "%(n)s bottles", n) % number
        case "bag":
            words = ngettext("%(n)s bag", "%(n)s bags", n) % number
        case "box":
            words = ngettext("%(n)s box", "%(n)s boxes", n) % number
        case "dozen":
            words = ngettext("%(n)s dozen", "%(n)s dozen", n) % number
        case _piece:
            words = f"{number['n']} ×"
    return words.replace(" ", NBSP)


def named(name: str, content: str) -> str:
    """`Tomme de chèvre 500 g`: the name with what one of it holds, unless the name says so already.

    `content` is as frozen rows have it: a number, a space and a `catalogs.models.ContentUnit`.
    """
    # Papers keep the line breaks and tabs they are given, and these are not people's to give.
    name = " ".join(name.split())
    held = holding(content)
    return name if _squeezed(held) in _squeezed(name) else f"{name} {held}"


def holding(content: str) -> str:
    """`0,5 l`, `6 pièces`, from `0.5 l` and `6 piece`."""
    return _held(content, get_language())


@lru_cache(maxsize=2048)
def _held(content: str, _language: str | None) -> str:
    amount, _space, unit = content.partition(" ")
    if not unit:
        return content
    number = {"n": wording.quantity(Decimal(amount))}
    if unit == "piece":
        words = ngettext("%(n)s piece", "%(n)s pieces", int(Decimal(amount))) % number
    else:
        words = f"{number['n']} {unit}"
    return words.replace(" ", NBSP)


def _squeezed(text: str) -> str:
    return "".join(text.casefold().split())


def cases(quantity: Decimal | str, size: Decimal | str) -> str:
    """`2 colis de 6`, `1 colis de 6 + 2`; nothing where it doesn't fill a case."""
    whole, loose = divmod(Decimal(quantity), Decimal(size))
    if not whole:
        return ""
    words = ngettext("%(n)s case of %(size)s", "%(n)s cases of %(size)s", int(whole))
    words %= {"n": wording.quantity(whole), "size": wording.quantity(Decimal(size))}
    return f"{words} + {wording.quantity(loose)}" if loose else words
