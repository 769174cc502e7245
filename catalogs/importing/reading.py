"""From an uploaded file to its sheets, by what the file is and not by what it is called."""

from __future__ import annotations

import io
import logging
import re
import zipfile
from itertools import pairwise

from django.utils.translation import gettext as _

from catalogs.importing.grids import Sheet, Unreadable
from catalogs.importing.opendocument import read_ods
from catalogs.importing.socialcalc import is_socialcalc, read_socialcalc
from catalogs.importing.texts import decode, read_text
from catalogs.importing.workbooks import read_xls, read_xlsx

MAX_BYTES = 5 * 1024 * 1024
# A workbook is a zip: what it unpacks to is bounded too.
MAX_UNPACKED = 80 * 1024 * 1024

logger = logging.getLogger(__name__)

_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_NOT_SPREADSHEETS = (b"%PDF", b"\x89PNG", b"\xff\xd8\xff", b"{\\rtf", b"GIF8")
_HEADING = re.compile(r"\[([^\[\]]{1,60})\]")


def read(data: bytes, filename: str) -> list[Sheet]:
    """The sheets of the file that have anything on them, in their order. Raises `Unreadable` with a sentence."""
    if len(data) > MAX_BYTES:
        raise Unreadable(_("This file is larger than 5 MB: too large for a price list."))
    if not data.strip(b"\x00 \r\n\t"):
        raise Unreadable(_("This file is empty."))
    sheets = [sheet for sheet in _sheets(data, filename) if any(not row.blank for row in sheet.rows)]
    if not sheets:
        raise Unreadable(_("There is nothing on the sheets of this file."))
    return [part for sheet in sheets for part in split_parts(sheet)]


def split_parts(sheet: Sheet) -> list[Sheet]:
    """A sheet whose lines are grouped under [HEADINGS], part by part; any other sheet as it is."""
    headings = {
        index: match[1].strip()
        for index, row in enumerate(sheet.rows)
        if row.filled() == [0] and isinstance(row[0], str) and (match := _HEADING.fullmatch(row[0].strip()))
    }
    if len(headings) < 2:
        return [sheet]
    starts = [*headings, len(sheet.rows)]
    parts = []
    for start, stop in pairwise(starts):
        # Lines of comment explain the part; they are not rows of it.
        rows = tuple(row for row in sheet.rows[start + 1 : stop] if not str(row[0] or "").startswith(("//", "#")))
        if any(not row.blank for row in rows):
            parts.append(Sheet(headings[start], rows, sheet.hidden, part=True))
    return parts


def _sheets(data: bytes, filename: str) -> list[Sheet]:
    if data.startswith(b"PK\x03\x04"):
        return _guarded(_zipped, data)
    if data.startswith(_OLE):
        if "EncryptedPackage".encode("utf-16-le") in data:
            raise Unreadable(_("This file is protected by a password. Save it without one and try again."))
        return _guarded(read_xls, data)
    if data.startswith(_NOT_SPREADSHEETS):
        raise Unreadable(_("This isn't a spreadsheet. Save the list as XLSX, ODS or CSV and try again."))
    if filename.lower().endswith((".xlsx", ".xlsm", ".ods", ".xls")) and b"\t" not in data and b";" not in data:
        # Some programs call a text list .xls, so only what isn't even that is damaged.
        raise Unreadable(
            _("This file is damaged: it can't be opened as a spreadsheet. Export it again and try once more.")
        )
    text = decode(data[:4000])
    if re.match(r"\s*(<!doctype html|<html|<\?xml|<table)", text, re.IGNORECASE):
        raise Unreadable(_("This is a web page and not a spreadsheet. Export the list as XLSX, ODS or CSV."))
    if is_socialcalc(text):
        return [read_socialcalc(decode(data))]
    return [read_text(data)]


def _zipped(data: bytes) -> list[Sheet]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        if sum(entry.file_size for entry in archive.infolist()) > MAX_UNPACKED:
            raise Unreadable(_("This file unpacks to more than a price list can be."))
        names = set(archive.namelist())
        if "content.xml" in names:
            return read_ods(archive)
    if any(name.startswith("xl/") for name in names):
        return read_xlsx(data)
    raise Unreadable(_("This isn't a spreadsheet. Save the list as XLSX, ODS or CSV and try again."))


def _guarded(reader: object, data: bytes) -> list[Sheet]:
    """Run a reader on a file from outside: whatever it stumbles over becomes one polite sentence."""
    assert callable(reader)
    try:
        sheets: list[Sheet] = reader(data)
    except Unreadable:
        raise
    except Exception as error:  # the libraries raise anything at all on a damaged file
        logger.info("unreadable spreadsheet: %s: %s", type(error).__name__, error)
        raise Unreadable(
            _("This file is damaged: it can't be opened as a spreadsheet. Export it again and try once more.")
        ) from error
    return sheets
