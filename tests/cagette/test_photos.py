"""Uploaded photos: nothing but the picture is kept, in the sizes that pages show, and what isn't one is told so."""

from __future__ import annotations

import io
import random
import re
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.template import Context, Template
from django.utils.safestring import SafeString
from PIL import Image, ImageCms
from PIL.TiffImagePlugin import IFDRational

from cagette import photos
from producers.models import Producer
from tests import cast

KINDS = ["JPEG", "PNG", "WEBP", "AVIF", "GIF"]
# What a photo at Ana's tells besides the picture.
SECRETS = (b"Camera of Ana", b"at home", b"Ana's place", b"Exif")


@pytest.fixture(autouse=True)
def own_files(settings: Any, tmp_path: Path) -> None:
    """Other tests store the same photos at the same time."""
    settings.MEDIA_ROOT = tmp_path


def saved(picture: Image.Image, kind: str = "JPEG", **options: Any) -> io.BytesIO:
    out = io.BytesIO()
    picture.save(out, kind, **options)
    return out


def a_picture(width: int, height: int, kind: str = "JPEG", mode: str = "RGB", **options: Any) -> io.BytesIO:
    return saved(Image.new(mode, (width, height), "green"), kind, **options)


def telling_exif(orientation: int = 1) -> Image.Exif:
    exif = Image.Exif()
    exif[0x0112] = orientation
    exif[0x010F] = "Camera of Ana"
    exif.get_ifd(0x8825)[2] = (IFDRational(44), IFDRational(53), IFDRational(0))
    return exif


def half_red(kind: str = "JPEG", orientation: int = 1) -> io.BytesIO:
    """Red on the left, blue on the right, 400 × 300, as the sensor saw it."""
    picture = Image.new("RGB", (400, 300), "blue")
    picture.paste("red", (0, 0, 200, 300))
    return saved(picture, kind, exif=telling_exif(orientation))


def colour(picture: Image.Image, at: tuple[int, int]) -> str:
    pixel = picture.getpixel(at)
    assert isinstance(pixel, tuple)
    return ("red", "green", "blue")[pixel.index(max(pixel))]


def all_files(photo: photos.Photo) -> dict[str, bytes]:
    return {"jpg": photo.read(), **photo.renditions}


# What is kept


def test_a_large_photo_is_1600_pixels_long() -> None:
    picture = photos.redraw(a_picture(4000, 3000))
    assert (picture.size, picture.mode, picture.info) == ((1600, 1200), "RGB", {})


@pytest.mark.parametrize("kind", KINDS)
def test_a_small_picture_keeps_its_size(kind: str) -> None:
    assert photos.redraw(a_picture(300, 200, kind)).size == (300, 200)


@pytest.mark.parametrize(("mode", "kind"), [("RGBA", "PNG"), ("LA", "PNG"), ("RGBA", "WEBP"), ("RGBA", "AVIF")])
def test_what_was_transparent_becomes_white(mode: str, kind: str) -> None:
    clear = Image.new(mode, (10, 10), (0,) * len(mode))
    assert photos.redraw(saved(clear, kind)).getpixel((5, 5)) == (255, 255, 255)


@pytest.mark.parametrize("mode", ["1", "L", "P", "CMYK"])
def test_pictures_that_arent_red_green_and_blue_are_read(mode: str) -> None:
    kind = "JPEG" if mode == "CMYK" else "PNG"
    assert photos.redraw(saved(Image.new("RGB", (20, 20), "white").convert(mode), kind)).getpixel((9, 9)) == (255,) * 3


def test_sixteen_bits_of_grey_are_read() -> None:
    assert photos.redraw(saved(Image.new("I;16", (20, 20), 32768), "PNG")).getpixel((9, 9)) == (128, 128, 128)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "AVIF"])
def test_no_file_tells_where_or_with_what_it_was_taken(kind: str) -> None:
    options: dict[str, Any] = {"comment": b"at home"} if kind == "JPEG" else {}
    xmp = b"<x:xmpmeta xmlns:x='adobe:ns:meta/'>Ana's place</x:xmpmeta>"
    upload = a_picture(400, 300, kind, exif=telling_exif(), xmp=xmp, **options)
    assert b"Camera of Ana" in upload.getvalue()
    for content in all_files(photos.Photo(photos.redraw(upload))).values():
        picture = Image.open(io.BytesIO(content))
        assert dict(picture.getexif()) == {}
        assert "icc_profile" not in picture.info
        assert not any(secret in content for secret in SECRETS)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
@pytest.mark.parametrize(
    ("orientation", "size", "red_at"),
    [
        (1, (400, 300), (50, 150)),
        (2, (400, 300), (350, 150)),
        (3, (400, 300), (350, 150)),
        (4, (400, 300), (50, 150)),
        (5, (300, 400), (150, 50)),
        (6, (300, 400), (150, 50)),
        (7, (300, 400), (150, 350)),
        (8, (300, 400), (150, 350)),
    ],
)
def test_a_turned_photo_stands_upright(
    kind: str, orientation: int, size: tuple[int, int], red_at: tuple[int, int]
) -> None:
    picture = photos.redraw(half_red(kind, orientation))
    opposite = (size[0] - 1 - red_at[0], size[1] - 1 - red_at[1])
    assert (picture.size, colour(picture, red_at), colour(picture, opposite)) == (size, "red", "blue")


def test_colours_of_another_profile_are_brought_into_srgb() -> None:
    lab = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB"))
    same = photos.redraw(a_picture(20, 20, "PNG", icc_profile=lab.tobytes()))
    assert same.getpixel((9, 9)) == (0, 128, 0)
    torn = photos.redraw(a_picture(20, 20, "PNG", icc_profile=lab.tobytes()[:200]))
    assert torn.getpixel((9, 9)) == (0, 128, 0)


def test_of_an_animation_the_first_frame_is_kept() -> None:
    frames = [Image.new("RGB", (40, 40), colour) for colour in ("red", "blue")]
    upload = saved(frames[0], "GIF", save_all=True, append_images=frames[1:])
    assert colour(photos.redraw(upload), (20, 20)) == "red"


# Its sizes


def test_the_sizes_of_a_large_photo() -> None:
    photo = photos.Photo(photos.redraw(a_picture(4000, 3000)))
    sizes = {ending: Image.open(io.BytesIO(content)).size for ending, content in photo.renditions.items()}
    assert sizes == {
        "thumb.avif": (192, 192),
        "thumb.jpg": (192, 192),
        "480.avif": (480, 360),
        "960.avif": (960, 720),
        "1600.avif": (1600, 1200),
        "960.jpg": (960, 720),
    }


def test_nothing_is_enlarged() -> None:
    photo = photos.Photo(photos.redraw(a_picture(100, 300)))
    sizes = {ending: Image.open(io.BytesIO(content)).size for ending, content in photo.renditions.items()}
    assert sizes == {"thumb.avif": (100, 100), "thumb.jpg": (100, 100), "100.avif": (100, 300)}


@pytest.mark.parametrize("size", [(1, 1), (1, 5000), (5000, 1)])
def test_the_thinnest_pictures_are_read(size: tuple[int, int]) -> None:
    assert photos.Photo(photos.redraw(a_picture(*size, "PNG"))).renditions.keys() >= {"thumb.avif", "thumb.jpg"}


@pytest.mark.django_db
def test_a_photo_is_stored_with_all_its_sizes_under_what_is_in_it() -> None:
    farm = cast.a_producer()
    farm.photo.save("IMG 2041 chez Ana.JPG", ContentFile(half_red().getvalue()))
    name = str(Producer.objects.get(pk=farm.pk).photo)
    assert re.fullmatch(r"producers/[0-9a-f]{24}-400x300\.jpg", name)
    stem = name.removesuffix(".jpg").removeprefix("producers/")
    stored = {file for file in default_storage.listdir("producers")[1] if file.startswith(stem)}
    assert stored == {f"{stem}{ending}" for ending in (".jpg", "-thumb.avif", "-thumb.jpg", "-400.avif")}


@pytest.mark.django_db
def test_the_same_photo_twice_is_one_file_and_a_torn_one_is_mended() -> None:
    farms = [cast.a_producer() for _n in range(3)]
    for farm in farms[:2]:
        farm.photo.save("a.jpg", ContentFile(half_red().getvalue()))
    name = str(farms[0].photo)
    whole = default_storage.open(name).read()
    default_storage.delete(name)
    default_storage.save(name, ContentFile(whole[:100]))
    farms[2].photo.save("b.jpg", ContentFile(half_red().getvalue()))
    assert [farm.photo.name for farm in farms] == [name] * 3
    assert default_storage.open(name).read() == whole


# What is refused


def refusal_of(content: bytes) -> str | None:
    with pytest.raises(ValidationError) as refusal:
        photos.redraw(io.BytesIO(content))
    return refusal.value.code


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"not a picture",
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        b"\x89PNG\r\n\x1a\n" + b"\0" * 50,
        b"\0\0\0\x1cftypavif" + b"\0" * 50,
    ],
)
def test_what_isnt_a_photo_gets_a_sentence(content: bytes) -> None:
    assert refusal_of(content) == "unread"


@pytest.mark.parametrize("kind", KINDS)
def test_a_file_torn_off_on_its_way_is_refused(kind: str) -> None:
    noise = Image.effect_noise((400, 300), 80).convert("RGB")
    whole = saved(noise, kind).getvalue()
    assert refusal_of(whole[: len(whole) // 2]) == "unread"


@pytest.mark.parametrize("brand", [b"heic", b"heix", b"mif1"])
def test_an_iphones_heic_is_told_what_to_do(brand: bytes) -> None:
    assert refusal_of(b"\0\0\0\x24ftyp" + brand + b"\0" * 100) == "heic"


@pytest.mark.filterwarnings("ignore::UserWarning:PIL")
@pytest.mark.parametrize("kind", KINDS)
def test_broken_bytes_never_raise_anything_else(kind: str) -> None:
    chance = random.Random(kind)
    options = {} if kind == "GIF" else {"exif": telling_exif(6)}
    whole = saved(Image.effect_noise((32, 24), 80).convert("RGB"), kind, **options).getvalue()
    for _n in range(150):
        broken = bytearray(whole)
        for _byte in range(chance.choice((1, 3, 20))):
            broken[chance.randrange(min(len(broken), 300))] = chance.randrange(256)
        with suppress(ValidationError):
            assert photos.redraw(io.BytesIO(bytes(broken))).mode == "RGB"


@pytest.mark.filterwarnings("ignore::PIL.Image.DecompressionBombWarning")
@pytest.mark.parametrize(("kind", "side"), [("PNG", 15_000), ("PNG", 10_000), ("GIF", 5_000), ("JPEG", 8_000)])
def test_a_small_file_of_very_many_pixels_is_refused_before_it_unpacks(kind: str, side: int) -> None:
    bomb = a_picture(side, side, kind, "1" if kind == "PNG" else "L").getvalue()
    assert len(bomb) < side * side / 50
    assert refusal_of(bomb) == "large"


def test_a_jpeg_of_sixty_megapixels_is_read_scaled_down() -> None:
    assert photos.redraw(a_picture(9000, 6600, mode="L")).size == (1600, 1173)


def test_a_heavy_file_is_refused() -> None:
    assert refusal_of(b"\0" * (photos.MOST_BYTES + 1)) == "heavy"


# On a page

NAME = f"producers/{'a' * 24}-1600x1200.jpg"


def shown(tag: str, **values: object) -> SafeString:
    return Template(f"{{% load photos %}}{{% {tag} %}}").render(Context(values))


def test_a_page_offers_the_browser_each_width_and_says_how_large_the_photo_is() -> None:
    base = f"/media/producers/{'a' * 24}-1600x1200"
    assert shown('photo name size="card" alt=words', name=NAME, words="Les <chèvres>") == (
        '<picture><source type="image/avif"'
        f' srcset="{base}-480.avif 480w, {base}-960.avif 960w, {base}-1600.avif 1600w"'
        ' sizes="(min-width: 42rem) 20rem, 100vw">'
        f'<img src="{base}-960.jpg" alt="Les &lt;chèvres&gt;" width="1600" height="1200"'
        ' loading="lazy" decoding="async"></picture>'
    )


def test_a_photo_in_view_from_the_start_comes_first() -> None:
    page = shown('photo name size="page" lazy=False', name=NAME)
    assert 'fetchpriority="high"' in page
    assert "lazy" not in page


def test_a_product_shows_its_photo_or_the_drawing_of_its_category() -> None:
    base = f"/media/products/{'b' * 24}-300x200"
    assert shown('product_picture name "dairy"', name=f"products/{'b' * 24}-300x200.jpg") == (
        f'<picture><source type="image/avif" srcset="{base}-thumb.avif"><img src="{base}-thumb.jpg" alt="" width="72"'
        ' height="72" loading="lazy" decoding="async"></picture>'
    )
    assert "categories.svg#dairy" in shown('product_picture "" "dairy"')


@pytest.mark.parametrize("name", ["", None, "products/x.jpg", f'products/{"a" * 24}-1x1.jpg"><script>'])
def test_a_name_that_isnt_a_photos_shows_nothing(name: object) -> None:
    assert shown('photo name size="page"', name=name) == ""


def test_every_file_a_page_asks_for_is_stored() -> None:
    photo = photos.Photo(photos.redraw(a_picture(1000, 500)))
    name = f"products/{photo.name}"
    asked = shown('photo name size="page"', name=name) + shown('product_picture name "dairy"', name=name)
    addresses = set(re.findall(rf"/media/products/{photo.stem}-([\w.]+)", asked))
    assert addresses == set(photo.renditions)
