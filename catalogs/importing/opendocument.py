"""Reading ODS, as a stream.

The usual readers either unfold the 1,048,576 x 16,384 cells a sheet may be padded to, or stumble over the indented
XML of EtherCalc's exports. Only cells' values are wanted here, and those are a few elements of ODF 1.2 part 1,
chapter 9.
"""

from __future__ import annotations

import zipfile
from datetime import date
from decimal import Decimal
from typing import IO, Any
from xml.parsers import expat

from catalogs.importing.grids import MAX_COLUMNS, MAX_SHEETS, Cell, Sheet, SheetBuilder, number_from, text_from

_OFFICE = "urn:oasis:names:tc:opendocument:xmlns:office:1.0 "
_TABLE = "urn:oasis:names:tc:opendocument:xmlns:table:1.0 "
_TEXT = "urn:oasis:names:tc:opendocument:xmlns:text:1.0 "
_STYLE = "urn:oasis:names:tc:opendocument:xmlns:style:1.0 "


def read_ods(archive: zipfile.ZipFile) -> list[Sheet]:
    """The sheets of an opened ODS file.

    Raises `expat.ExpatError`, `KeyError` or `zipfile.BadZipFile` on a damaged one.
    """
    with archive.open("content.xml") as content:
        return _Reader().read(content)


class _Reader:
    def __init__(self) -> None:
        self.sheets: list[SheetBuilder] = []
        self._hidden_styles: set[str] = set()
        self._style = ""
        self._row: list[Cell] = []
        self._row_times = 1
        self._cell: dict[str, str] = {}
        self._paragraphs: list[str] = []
        self._in_cell = False
        self._in_paragraph = False
        # Inside a comment or a drawing, whose paragraphs are not the cell's.
        self._aside = 0

    def read(self, content: IO[bytes]) -> list[Sheet]:
        parser = expat.ParserCreate(namespace_separator=" ")
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._characters
        parser.StartDoctypeDeclHandler = _refuse_doctype
        parser.buffer_text = True
        parser.ParseFile(content)
        return [builder.sheet() for builder in self.sheets]

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        if self._aside or name in (_OFFICE + "annotation", _TABLE + "shapes"):
            self._aside += 1
        elif name == _STYLE + "style":
            self._style = attributes.get(_STYLE + "name", "")
        elif name == _STYLE + "table-properties":
            if attributes.get(_TABLE + "display") == "false":
                self._hidden_styles.add(self._style)
        elif name == _TABLE + "table":
            hidden = attributes.get(_TABLE + "style-name") in self._hidden_styles
            self.sheets.append(SheetBuilder(attributes.get(_TABLE + "name", ""), hidden=hidden))
            if len(self.sheets) > MAX_SHEETS:
                self.sheets.pop()
                self.sheets[-1].full = True
        elif name == _TABLE + "table-row":
            self._row = []
            self._row_times = _times(attributes, "number-rows-repeated")
        elif name in (_TABLE + "table-cell", _TABLE + "covered-table-cell"):
            self._cell, self._paragraphs, self._in_cell = attributes, [], True
        elif self._in_cell and name == _TEXT + "p":
            self._paragraphs.append("")
            self._in_paragraph = True
        elif self._in_paragraph and name == _TEXT + "s":
            self._characters(" " * min(_times(attributes, "c", _TEXT), 100))
        elif self._in_paragraph and name in (_TEXT + "tab", _TEXT + "line-break"):
            self._characters("\n" if name.endswith("line-break") else "\t")

    def _end(self, name: str) -> None:
        if self._aside:
            self._aside -= 1
        elif name == _TEXT + "p":
            self._in_paragraph = False
        elif name in (_TABLE + "table-cell", _TABLE + "covered-table-cell"):
            self._in_cell = False
            times = min(_times(self._cell, "number-columns-repeated"), MAX_COLUMNS + 1 - len(self._row))
            covered = name == _TABLE + "covered-table-cell"
            self._row.extend([None if covered else self._value()] * max(0, times))
        elif name == _TABLE + "table-row" and self.sheets:
            self.sheets[-1].add(self._row, times=self._row_times)

    def _characters(self, text: str) -> None:
        if self._in_paragraph and not self._aside:
            self._paragraphs[-1] += text

    def _value(self) -> Cell:
        """The cell's value; money keeps its currency and a percentage its sign, as one reads them."""
        kind = self._cell.get(_OFFICE + "value-type", "")
        value = self._cell.get(_OFFICE + "value", "")
        text = text_from("\n".join(self._paragraphs))
        if kind in ("float", "currency", "percentage"):
            number = number_from(value)
            if not isinstance(number, Decimal):
                return text
            if kind == "currency":
                return f"{number:f} {self._cell.get(_OFFICE + 'currency', 'EUR').replace('EUR', '€')}"
            return f"{(number * 100).normalize():f} %" if kind == "percentage" else number
        if kind == "date":
            try:
                return date.fromisoformat(self._cell.get(_OFFICE + "date-value", "")[:10])
            except ValueError:
                return text
        if kind == "boolean":
            return Decimal(int(self._cell.get(_OFFICE + "boolean-value") == "true"))
        return text or text_from(self._cell.get(_OFFICE + "string-value", ""))


def _times(attributes: dict[str, str], name: str, namespace: str = _TABLE) -> int:
    value = attributes.get(namespace + name, "1")
    return max(1, int(value)) if value.isdigit() else 1


def _refuse_doctype(*_declaration: Any) -> None:
    # No office program writes one, and entities are how a small file grows without end.
    raise expat.ExpatError("document type declarations are not read")
