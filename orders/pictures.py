"""The picture that chat apps show beside the link of a round: what, which day, which place, until when.

Drawn as the site looks: a slate board on the slats of a crate, on paper. The colours are the light ones of tokens.css.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import astuple, dataclass
from functools import lru_cache
from hashlib import sha256

from django.conf import settings
from django.utils.translation import gettext as _
from PIL import Image, ImageDraw, ImageFont

from cagette import wording
from cagette.previews import HEIGHT, WIDTH
from orders.models import Round

# A change of the drawing makes other pictures, at other addresses.
DESIGN = 1
PAPER, KRAFT, POST, NAIL, BURNT = "#f7f0e3", "#cfae7c", "#8f6733", "#5c4117", "#4a3208"
SLATE, CHALK, CHALK_SOFT, TOMATO, LEAF = "#2a3437", "#f8f2e4", "#cfcbbd", "#b3321d", "#57a468"
DISPLAY, TEXT, BOLD = "young-serif-3.003.woff2", "source-sans-3.052-400.woff2", "source-sans-3.052-700.woff2"

# Drawn twice as large, then halved: edges come out smooth. All lengths below are of the large one.
SCALE = 2
BOARD = (88, 72, 2312, 976)
LEFT, RIGHT = 176, 2224
TITLE_TOP, TITLE_HEIGHT = 212, 360
# Of a title that is larger than its place, less is left: first smaller letters, then fewer.
TITLE_SIZES = (176, 152, 128, 112, 102)

Font = ImageFont.FreeTypeFont
Point = tuple[float, float]


@dataclass(frozen=True)
class Label:
    """The words of one picture; `urgent` paints the last line in red."""

    group: str
    title: str
    day: str
    place: str
    until: str
    urgent: bool

    @property
    def digest(self) -> str:
        """What the picture is called: other words, another name."""
        return sha256(repr((DESIGN, *astuple(self))).encode()).hexdigest()[:16]

    def __str__(self) -> str:
        """The same to be read aloud."""
        return " · ".join([self.title, self.day, self.place, self.until])


def label_of(round: Round) -> Label:
    """In the current language, and by the clock: nothing relative, as chat apps keep what they once got."""
    zone = round.neighbourhood.time_zone
    match round.phase():
        case "upcoming":
            until = _("Orders open on %(moment)s") % {"moment": wording.moment(round.opens_at, zone)}
        case "open":
            until = _("Order until %(moment)s") % {"moment": wording.moment(round.closes_at, zone)}
        case "cancelled":
            until = _("This group order was called off")
        case _phase:
            until = _("Orders are closed.").rstrip(".")
    return Label(
        group=round.neighbourhood.name,
        title=round.title,
        day=wording.window(round.delivery_starts_at, round.delivery_ends_at, zone),
        place=round.place.name,
        until=until,
        urgent=round.state == Round.State.CANCELLED,
    )


def png(label: Label) -> bytes:
    """1200 x 630 pixels. It takes some tenths of a second: keep what comes out."""
    picture = Image.new("RGB", (WIDTH * SCALE, HEIGHT * SCALE), PAPER)
    draw = ImageDraw.Draw(picture)
    _crate(draw)
    draw.rounded_rectangle(BOARD, 44, SLATE, corners=(True, True, False, False))
    _group(draw, label.group)
    _title(draw, label.title)
    _line(draw, 660, label.day[:1].upper() + label.day[1:], BOLD, 92, CHALK)
    _line(draw, 754, label.place, TEXT, 76, CHALK_SOFT)
    _tag(draw, 872, label.until, urgent=label.urgent)
    out = io.BytesIO()
    picture.reduce(SCALE).quantize(128, dither=Image.Dither.NONE).save(out, "PNG", optimize=True)
    return out.getvalue()


def _crate(draw: ImageDraw.ImageDraw) -> None:
    """Two slats on two posts, with our name burnt into the upper one."""
    for post in (184, 2136):
        draw.rectangle((post, 976, post + 80, HEIGHT * SCALE), POST)
    for top in (1004, 1124):
        draw.rectangle((40, top, 2360, top + 92), KRAFT)
        for nail in (212, 2164):
            draw.rectangle((nail, top + 34, nail + 24, top + 58), NAIL)
    draw.text((320, 1050), "Cagette", BURNT, _font(DISPLAY, 68), anchor="lm")


def _group(draw: ImageDraw.ImageDraw, name: str) -> None:
    _leaves(draw, LEFT, 108, 3.6)
    _line(draw, 152, name, TEXT, 72, CHALK_SOFT, left=LEFT + 100)


def _leaves(draw: ImageDraw.ImageDraw, x: float, y: float, scale: float) -> None:
    """What looks out of the crate in static/icons/logo.svg, from whose curves these are."""
    curves = (
        [((15, 11), (8, 11), (7, 5), (8, 2)), ((8, 2), (13, 2), (16, 5), (15, 11))],
        [((17, 11), (16, 6), (19, 3), (24, 3)), ((24, 3), (25, 7), (23, 11), (17, 11))],
    )
    for leaf in curves:
        points = [(x + (px - 7) * scale * 1.1, y + py * scale * 1.1) for curve in leaf for px, py in _bezier(*curve)]
        draw.polygon(points, LEAF)


def _bezier(a: Point, b: Point, c: Point, d: Point) -> Iterator[Point]:
    for step in range(25):
        t = step / 24
        weights = ((1 - t) ** 3, 3 * t * (1 - t) ** 2, 3 * t * t * (1 - t), t**3)
        yield (
            sum(weight * point[0] for weight, point in zip(weights, (a, b, c, d), strict=True)),
            sum(weight * point[1] for weight, point in zip(weights, (a, b, c, d), strict=True)),
        )


def _title(draw: ImageDraw.ImageDraw, title: str) -> None:
    """As large as it fits, in the middle of its place."""
    for size in TITLE_SIZES:
        font = _font(DISPLAY, size)
        lines = _wrapped(title := _drawable(title, font), font, RIGHT - LEFT)
        room = int(TITLE_HEIGHT // (size * 1.16))
        if len(lines) <= room:
            lines = _balanced(title, font, len(lines))
            break
    else:
        lines = [*lines[: room - 1], _cut(" ".join(lines[room - 1 :]), font)]
    top = TITLE_TOP + (TITLE_HEIGHT - len(lines) * size * 1.16) / 2
    for number, line in enumerate(lines):
        draw.text((LEFT, top + (number + 0.5) * size * 1.16), line, CHALK, font, anchor="lm")


def _line(
    draw: ImageDraw.ImageDraw, middle: int, text: str, face: str, size: int, colour: str, *, left: int = LEFT
) -> None:
    """One line around `middle`, smaller by up to a third where it is long, and cut where that isn't enough."""
    font = _font(face, size)
    text = _drawable(text, font)
    if (length := font.getlength(text)) > RIGHT - left:
        font = _font(face, max(size * 2 // 3, int(size * (RIGHT - left) / length)))
    draw.text((left, middle), _cut(text, font, RIGHT - left), colour, font, anchor="lm")


def _tag(draw: ImageDraw.ImageDraw, middle: int, text: str, *, urgent: bool) -> None:
    """The deadline on a tag of kraft paper, or in red what is no longer."""
    font = _font(BOLD, 68)
    end = LEFT + 56 + min(font.getlength(text), RIGHT - LEFT - 56)
    draw.rounded_rectangle((LEFT, middle - 56, end, middle + 56), 16, TOMATO if urgent else KRAFT)
    draw.text((LEFT + 28, middle), _cut(text, font, RIGHT - LEFT - 56), CHALK if urgent else BURNT, font, anchor="lm")


def _balanced(text: str, font: Font, count: int) -> list[str]:
    """In so many lines of about one length, instead of a last one with one word."""
    width = RIGHT - LEFT
    while width > 100 and len(_wrapped(text, font, width - 40)) == count:
        width -= 40
    return _wrapped(text, font, width)


def _wrapped(text: str, font: Font, width: int) -> list[str]:
    """In lines of at most `width`; a word that is longer than a line is broken."""
    lines = [""]
    for word in text.split():
        while font.getlength(word) > width:
            fitting = next(n for n in range(len(word), 0, -1) if n == 1 or font.getlength(word[:n]) <= width)
            lines += [word[:fitting], ""]
            word = word[fitting:]
        longer = f"{lines[-1]} {word}".strip()
        if font.getlength(longer) <= width:
            lines[-1] = longer
        else:
            lines.append(word)
    return [line for line in lines if line]


def _cut(text: str, font: Font, width: float = RIGHT - LEFT) -> str:
    if font.getlength(text) <= width:
        return text
    return next(
        f"{text[:n].rstrip()}…" for n in range(len(text), 0, -1) if font.getlength(f"{text[:n].rstrip()}…") <= width
    )


def _drawable(text: str, font: Font) -> str:
    """Without the signs the font doesn't have (emoji, mostly), which would come out as boxes or holes."""
    missing = bytes(font.getmask("\U0010ffff"))
    drawn = "".join(sign for sign in text if sign.isspace() or bytes(font.getmask(sign)) != missing)
    return " ".join(drawn.split())


@lru_cache(maxsize=64)
def _font(face: str, size: int) -> Font:
    return ImageFont.truetype(settings.BASE_DIR / "static/fonts" / face, size)
