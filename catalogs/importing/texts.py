"""CSV and its kin: which encoding, which separator, and quotes as people and programs really write them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from itertools import islice

from django.utils.translation import gettext as _

from catalogs.importing.grids import Sheet, SheetBuilder, Unreadable, text_from

_SEPARATORS = (";", "\t", ",", "|")
_ENCODINGS = ("cp1252", "mac_roman", "cp850")
# Characters a French, English or Italian price list has beyond ASCII.
_EXPECTED = set("éèêëàâäîïôöùûüçœæÉÈÊËÀÂÎÏÔÙÛÇŒÆ€°«»’‘“”–—…·²½¼¾ìòóáúíñß×±®™\u00a0\u202f\n\r\t")
_MOJIBAKE = re.compile(r"Ã[©¨ªà¢´®§¹»«¯‰ˆŠ€]|Å“|â‚¬|â€™")
# A quoted cell longer than this was never meant as one: its quote is a stray inch or ditto mark.
_LONGEST_QUOTED = 4000
_MOST_UNCLOSED = 100


def decode(data: bytes) -> str:
    """The text of `data`.

    By its byte order mark, else as UTF-8, else in the old encoding that reads most like a price list.
    """
    for mark, encoding in ((b"\xef\xbb\xbf", "utf-8"), (b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be")):
        if data.startswith(mark):
            return data[len(mark) :].decode(encoding, errors="replace")
    head = data[:2000]
    if head.count(0) > len(head) // 4:
        # UTF-16 without its mark: the zero bytes are the high halves.
        return data.decode("utf-16-be" if head[0::2].count(0) > head[1::2].count(0) else "utf-16-le", errors="replace")
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        return max((_decoded(data, encoding) for encoding in _ENCODINGS), key=_plausibility)
    return _undo_double_encoding(text)


def read_text(data: bytes) -> Sheet:
    """A sheet from CSV or tab-separated text. Raises `Unreadable` on what is no such text."""
    text = decode(data).replace("\r\n", "\n").replace("\r", "\n")
    if sum(character < " " and character not in "\n\t" for character in text[:4000]) > 3:
        raise Unreadable(_("This isn't a spreadsheet or a text list. Save it as XLSX, ODS or CSV and try again."))
    separator = ""
    told = re.match(r"sep=(.)\n", text, re.IGNORECASE)
    if told:
        separator, text = told[1], text[told.end() :]
    builder = SheetBuilder("")
    for record in split(text, separator or find_separator(text)):
        builder.add(text_from(cell) for cell in record)
        if builder.full:
            break
    return builder.sheet()


def find_separator(text: str) -> str:
    """The separator under which most of the first rows have the same number of cells (more than one)."""
    sample = text[:20_000]
    best, best_score = ",", 0.0
    for separator in _SEPARATORS:
        widths = [
            len(record) for record in islice(split(sample, separator), 80) if any(cell.strip() for cell in record)
        ]
        several = Counter(width for width in widths if width > 1)
        if not several:
            continue
        # Sections and notes have fewer cells: what counts is how many rows agree, then how many cells they have.
        usual, agreeing = max(several.items(), key=lambda item: (item[1], item[0]))
        score = agreeing / len(widths) + sum(several.values()) / len(widths) + min(usual, 10) / 100
        if score > best_score:
            best, best_score = separator, score
    return best


def split(text: str, separator: str) -> Iterator[list[str]]:
    """The records of `text`.

    Reads standard CSV (RFC 4180), and what doesn't escape its quotes too: inside a quoted cell a quote ends it only
    before a separator or the end of the line. Separators and line breaks within quotes belong to the cell.
    """
    return _Splitter(text, separator).records()


class _Splitter:
    def __init__(self, text: str, separator: str) -> None:
        self._text = text
        self._separator = separator
        self._all_quoted = _all_quoted(text, separator)
        self._unclosed = 0
        # The end of the line that was last looked at, looked for once a line.
        self._line_end = -1

    def records(self) -> Iterator[list[str]]:
        text, position, end = self._text, 0, len(self._text)
        record: list[str] = []
        while position <= end:
            cell, position = self._cell(position)
            record.append(cell)
            if position < end and text[position] == self._separator:
                position += 1
                continue
            yield record
            record = []
            position += 1
            if position >= end:
                break

    def _cell(self, start: int) -> tuple[str, int]:
        """The cell that begins at `start`, and where the separator, line break or end behind it stands."""
        text, opening = self._text, start
        while opening < len(text) and text[opening] == " ":
            opening += 1
        # Where quotes keep being left open they are no quotes; trying each to its end would take forever.
        if opening < len(text) and text[opening] == '"' and self._unclosed < _MOST_UNCLOSED:
            quoted = self._quoted(opening + 1)
            if quoted:
                return quoted
            self._unclosed += 1
        if start > self._line_end:
            found = text.find("\n", start)
            self._line_end = found if found >= 0 else len(text)
        stop = text.find(self._separator, start, self._line_end)
        stop = stop if stop >= 0 else self._line_end
        return text[start:stop], stop

    def _quoted(self, start: int) -> tuple[str, int] | None:
        """The rest of a quoted cell from behind its opening quote; None when no quote closes it."""
        text, position, kept = self._text, start, ""
        while position - start < _LONGEST_QUOTED:
            quote = text.find('"', position)
            if quote < 0:
                return None
            kept += text[position:quote]
            after = quote + 1
            while after < len(text) and text[after] == " ":
                after += 1
            ends = after >= len(text) or text[after] in (self._separator, "\n")
            if ends and (not self._all_quoted or after + 1 >= len(text) or text[after + 1] in ('"', "\n")):
                return kept, after
            kept += '"'
            position = quote + 2 if text.startswith('""', quote) else quote + 1
        return None


def _all_quoted(text: str, separator: str) -> bool:
    """Whether every value stands in quotes: then a quote before a separator ends a cell only if another quote follows.

    That is how exports that don't escape their quotes can still be read: `"la "botte"; fraîche";"1.5"`.
    """
    _header, _break, body = text[:20_000].partition("\n")
    return body.count(f'"{separator}"') >= max(3, 0.8 * body.count(separator))


def _decoded(data: bytes, encoding: str) -> str:
    return data.decode(encoding, errors="replace")


def _plausibility(text: str) -> float:
    beyond = [character for character in text if character > "\x7f"]
    expected = sum(character in _EXPECTED for character in beyond)
    # An accent inside a lowercase word is the best sign of all: "Dˇsignation" has none.
    within = len(re.findall(r"[a-z][éèêëàâîïôùûçœ]|[éèêàâîôûçœ][a-z]", text))
    return expected - 3 * (len(beyond) - expected) + 0.5 * within


def _undo_double_encoding(text: str) -> str:
    """UTF-8 once read as cp1252 and saved again ("CrÃ¨me"): set right when the whole text allows it."""
    if not _MOJIBAKE.search(text):
        return text
    try:
        return text.encode("cp1252").decode("utf-8")
    except UnicodeError:
        return text
