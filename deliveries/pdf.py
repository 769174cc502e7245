"""HTML to PDF. Only workers do this: importing WeasyPrint takes seconds, so it is imported when the first PDF is
made.
"""

from __future__ import annotations

import atexit
import gc
from functools import cache
from typing import Any

from django.conf import settings

# All a document may ask for, by the addresses that templates/deliveries/pdf/paper.css uses. Nothing else is fetched.
FONTS = {
    "cagette:young-serif": "young-serif-3.003.woff2",
    "cagette:source-sans": "source-sans-3.052-400.woff2",
    "cagette:source-sans-bold": "source-sans-3.052-700.woff2",
}


class ForbiddenAddressError(ValueError):
    """A document asked for something that isn't on the list."""


def to_pdf(html: str) -> bytes:
    """`html` as PDF/UA-1: tagged, with its fonts inside. The same HTML gives the same bytes."""
    import weasyprint

    # A great many objects are made that all live until the end. Looking for cycles among them meanwhile takes a tenth
    # of the time and finds none.
    collecting = gc.isenabled()
    gc.disable()
    try:
        document = weasyprint.HTML(string=html, url_fetcher=fetch)
        content: bytes = document.write_pdf(font_config=_font_configuration(), pdf_variant="pdf/ua-1")
    finally:
        if collecting:
            gc.enable()
    return content


def fetch(url: str) -> Any:
    """WeasyPrint's way to the world: the fonts above, from memory."""
    from weasyprint.urls import URLFetcherResponse

    if url not in FONTS:
        raise ForbiddenAddressError(f"Papers fetch nothing from {url[:200]!r}.")
    return URLFetcherResponse(url, _font(FONTS[url]), {"Content-Type": "font/woff2"})


@cache
def _font(name: str) -> bytes:
    return (settings.BASE_DIR / "static" / "fonts" / name).read_bytes()


@cache
def _font_configuration() -> Any:
    """One for the whole process: each font is unpacked once, into a folder that goes when the process ends."""
    from weasyprint.text.fonts import FontConfiguration

    atexit.register(_font_configuration.cache_clear)
    return FontConfiguration()
