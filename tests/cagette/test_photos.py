from __future__ import annotations

import io

import pytest
from django.core.exceptions import ValidationError
from PIL import Image
from PIL.TiffImagePlugin import IFDRational

from cagette import photos


def a_picture(width: int, height: int, kind: str = "JPEG", mode: str = "RGB", **options: object) -> io.BytesIO:
    out = io.BytesIO()
    Image.new(mode, (width, height), "green").save(out, kind, **options)
    return out


def opened(upload: io.BytesIO) -> Image.Image:
    return Image.open(photos.redraw(upload))


def test_a_large_photo_becomes_a_small_jpeg() -> None:
    picture = opened(a_picture(4000, 3000))
    assert (picture.format, picture.size, picture.mode) == ("JPEG", (1600, 1200), "RGB")


@pytest.mark.parametrize("kind", ["PNG", "WEBP", "GIF"])
def test_a_small_picture_of_another_kind_keeps_its_size(kind: str) -> None:
    assert opened(a_picture(300, 200, kind)).size == (300, 200)


def test_what_was_transparent_becomes_white() -> None:
    out = io.BytesIO()
    Image.new("RGBA", (10, 10), (0, 0, 0, 0)).save(out, "PNG")
    assert opened(out).getpixel((5, 5)) == (255, 255, 255)


def test_no_metadata_is_kept_and_a_turned_photo_stands_upright() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # the camera was held upright
    exif[0x010F] = "Camera of Ana"
    exif.get_ifd(0x8825)[2] = (IFDRational(44), IFDRational(53), IFDRational(0))
    picture = opened(a_picture(400, 300, exif=exif, comment=b"at home", icc_profile=b"x" * 200))
    assert picture.size == (300, 400)
    assert dict(picture.getexif()) == {}
    assert set(picture.info) <= {"jfif", "jfif_version", "jfif_unit", "jfif_density", "progressive", "progression"}


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"not a picture",
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        a_picture(100, 100).getvalue()[:200],
        b"\x89PNG\r\n\x1a\n" + b"\0" * 50,
    ],
)
def test_what_isnt_a_photo_gets_a_sentence(content: bytes) -> None:
    with pytest.raises(ValidationError) as refusal:
        photos.redraw(io.BytesIO(content))
    assert refusal.value.code == "unread"


def test_a_small_file_of_very_many_pixels_is_refused_before_it_unpacks() -> None:
    bomb = a_picture(12_000, 12_000, "PNG", "1")
    assert len(bomb.getvalue()) < 100_000
    with pytest.raises(ValidationError):
        photos.redraw(bomb)


def test_a_heavy_file_is_refused() -> None:
    with pytest.raises(ValidationError) as refusal:
        photos.redraw(io.BytesIO(b"\0" * (photos.MOST_BYTES + 1)))
    assert refusal.value.code == "heavy"
