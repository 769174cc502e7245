"""Finding by name: whatever the accents, capitals, hyphens, "St" for "Saint", and small slips of the finger."""

from __future__ import annotations

import re
import unicodedata
from typing import Any, TypeVar

from django.contrib.postgres.search import TrigramWordSimilarity
from django.db.models import Func, Model, QuerySet, TextField

# Of 0 to 1: "briancnon" is like "briancon", "gap" is not like "guillestre".
LIKE_ENOUGH = 0.45

Row = TypeVar("Row", bound=Model)


class Plainly(Func):
    """Its arguments as one lower-case text of letters and digits, a space before each word; what `plain_words` makes of
    a query is made here of a row.
    """

    function = ""
    arg_joiner = ", "
    template = (
        r"regexp_replace(regexp_replace(lower(unaccent(concat_ws(' ', '', %(expressions)s))), '[^a-z0-9]+', ' ', 'g'),"
        r" '\mst(e?)\M', 'saint\1', 'g')"
    )
    output_field = TextField()


def plain(text: str) -> str:
    """Without accents and capitals, to compare."""
    decomposed = unicodedata.normalize("NFKD", text.casefold().replace("œ", "oe").replace("æ", "ae"))
    return "".join(letter for letter in decomposed if not unicodedata.combining(letter))


def plain_words(query: str) -> list[str]:
    """`["saint", "chaffrey"]` from "St-Chaffrey"."""
    return re.sub(r"\bst(e?)\b", r"saint\1", re.sub("[^a-z0-9]+", " ", plain(query))).split()


def matching(rows: QuerySet[Row], query: str, *fields: str) -> QuerySet[Row]:
    """Those in whose `fields` each word of `query` begins a word; none for a query without letters or digits."""
    words = plain_words(query)
    if not words:
        return rows.none()
    found: Any = rows.alias(searched=Plainly(*fields))
    for word in words:
        found = found.filter(searched__contains=f" {word}")
    return found  # type: ignore[no-any-return]


def resembling(rows: QuerySet[Row], query: str, *fields: str) -> QuerySet[Row]:
    """Those in whose `fields` something is written nearly like `query`, the likest first."""
    likeness = TrigramWordSimilarity(" ".join(plain_words(query)), Plainly(*fields))
    found: Any = rows.alias(likeness=likeness).filter(likeness__gte=LIKE_ENOUGH)
    return found.order_by("-likeness", "name")  # type: ignore[no-any-return]
