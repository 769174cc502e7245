"""What a public page says of itself to search engines, and to the chat apps in which somebody pastes its link."""

from __future__ import annotations

from dataclasses import dataclass

from django.conf import settings
from django.templatetags.static import static

# What chat apps show whole; templates/_parts/preview.html says it too.
WIDTH, HEIGHT = 1200, 630
LONGEST_DESCRIPTION = 200


@dataclass(frozen=True)
class Preview:
    """`path` is the page's address for everybody; what isn't `listed` is kept out of search engines.

    `picture` is the path of a picture of WIDTH x HEIGHT, `photo` that of one of any size; without either the site's own
    is shown.
    """

    title: str
    description: str
    path: str
    picture: str = ""
    picture_says: str = ""
    photo: str = ""
    listed: bool = True

    @property
    def url(self) -> str:
        return settings.SITE_URL + self.path

    @property
    def picture_url(self) -> str:
        return settings.SITE_URL + (self.photo or self.picture or static("pictures/preview.png"))

    @property
    def summary(self) -> str:
        """The description on one line, cut at a word."""
        text = " ".join(self.description.split())
        if len(text) <= LONGEST_DESCRIPTION:
            return text
        return text[:LONGEST_DESCRIPTION].rsplit(" ", 1)[0].rstrip(" ,;:.") + "…"
