"""Text is legible in the sun: the contrasts of WCAG 2.2 AA, computed from tokens.css in both schemes."""

import re

import pytest
from django.conf import settings

TOKENS = (settings.BASE_DIR / "static/css/tokens.css").read_text()
LIGHT_PART, DARK_PART = TOKENS.split("@media (prefers-color-scheme: dark)")


def colours(css: str) -> dict[str, str]:
    return dict(re.findall(r"--([\w-]+):\s*#([0-9a-f]{6});", css))


SCHEMES = {"light": colours(LIGHT_PART), "dark": colours(LIGHT_PART) | colours(DARK_PART)}

TEXT = [
    (text, ground)
    for text in ("text", "text-soft", "green-text", "tomato-text", "ochre-text", "kraft-text")
    for ground in ("paper", "surface", "surface-sunk")
] + [
    *[("text", f"{tint}-tint") for tint in ("green", "tomato", "ochre")],
    *[("text-soft", f"{tint}-tint") for tint in ("green", "tomato", "ochre")],
    *[(f"{tint}-text", f"{tint}-tint") for tint in ("green", "tomato", "ochre")],
    ("text", "kraft-soft"),
    ("kraft-text", "kraft-soft"),
    ("on-green", "green"),
    ("on-green", "green-strong"),
    ("on-tomato", "tomato"),
    ("chalk", "board"),
    ("chalk", "board-raised"),
    ("chalk-soft", "board"),
    ("chalk-urgent", "board"),
]
EDGES = [(edge, ground) for edge in ("line-strong", "focus", "green", "tomato") for ground in ("paper", "surface")] + [
    ("ochre-line", "surface-sunk"),
]


def luminance(colour: str) -> float:
    """WCAG 2.2, relative luminance."""
    channels = (int(colour[i : i + 2], 16) / 255 for i in (0, 2, 4))
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize(("text", "ground"), TEXT)
def test_text_stands_out_from_its_ground(scheme: str, text: str, ground: str) -> None:
    assert contrast(SCHEMES[scheme][text], SCHEMES[scheme][ground]) >= 4.5


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize(("edge", "ground"), EDGES)
def test_the_edges_of_controls_are_seen(scheme: str, edge: str, ground: str) -> None:
    assert contrast(SCHEMES[scheme][edge], SCHEMES[scheme][ground]) >= 3
