"""Uploaded pictures, made safe and small: drawn anew, so that nothing but the picture is kept, in each size pages show.

All sizes are made when a photo is uploaded, before anything is written: about a second for one of 12 megapixels, less
than it takes to send, so that no page ever meets a photo that is half made. A name says what its picture is made of and
how large it is: pages ask neither database nor disk.

Every browser decodes AVIF since 2023, which takes 0.6 of JPEG's bytes where both look alike (docs/operations.md has the
measurements); older ones get JPEG.
"""

from __future__ import annotations

import hashlib
import io
import re
from typing import IO, TYPE_CHECKING, Any, NamedTuple

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile, File
from django.core.files.storage import default_storage
from django.db import connection, models
from django.db.models.fields.files import ImageFieldFile
from django.utils.translation import gettext_lazy as _
from PIL import ExifTags, Image, ImageCms, ImageFile, ImageOps, UnidentifiedImageError
from PIL.JpegImagePlugin import JpegImageFile

LONGEST_SIDE = 1600
# A line of the order sheet shows 72 px, on a phone of today two or three times as many.
THUMB_SIDE = 192
WIDTHS = (480, 960)
FALLBACK_WIDTH = 960
MOST_BYTES = 20 * 1024 * 1024
# A JPEG is read scaled down, in at most 3 bytes a pixel; the rest are read whole, in up to 16.
MOST_PIXELS = {True: 60_000_000, False: 16_000_000}
# The first key of PostgreSQL's two-key advisory locks (orders/locks.py has 1, deliveries/rendering.py 2).
STORING_LOCK = 3
FORMATS = ("JPEG", "PNG", "WEBP", "AVIF", "GIF")
# What phones write when they are told to save space; no browser but Safari shows it, and Pillow doesn't read it.
HEIC = re.compile(rb"....ftyp(hei[cxms]|hev[cxms]|mif1|msf1)", re.DOTALL)
# By any of these Pillow's decoders say that a file is broken.
UNREADABLE = (
    UnidentifiedImageError,
    OSError,
    ValueError,
    SyntaxError,
    RuntimeError,
)
# What turns a photo upright, by its orientation in EXIF. Pillow's own `exif_transpose` would write that EXIF anew, too,
# and fails over what cameras and editors have broken in it.
UPRIGHT = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
NAME = re.compile(r"(?P<stem>[a-z]+/[0-9a-f]{24}-(?P<width>\d+)x(?P<height>\d+))\.jpg")

if TYPE_CHECKING:
    BytesFile = ContentFile[bytes]
else:
    BytesFile = ContentFile  # Django's own can't be subscripted


class Photo(BytesFile):
    """A photo drawn anew, as a JPEG of at most 1600 px, and beside it the other files that pages show, by their names'
    endings. It is named by what is in it.
    """

    def __init__(self, picture: Image.Image) -> None:
        content = as_jpeg(picture, quality=85)
        stem = f"{hashlib.sha256(content).hexdigest()[:24]}-{picture.width}x{picture.height}"
        super().__init__(content, name=f"{stem}.jpg")
        self.stem = stem
        thumb = ImageOps.fit(picture, (min(THUMB_SIDE, *picture.size),) * 2, Image.Resampling.LANCZOS)
        self.renditions = {"thumb.avif": _as_avif(thumb), "thumb.jpg": as_jpeg(thumb)}
        for width in widths(picture.width):
            self.renditions[f"{width}.avif"] = _as_avif(_as_wide_as(picture, width))
        if picture.width > FALLBACK_WIDTH:
            self.renditions[f"{FALLBACK_WIDTH}.jpg"] = as_jpeg(_as_wide_as(picture, FALLBACK_WIDTH))


class StoredPhoto(ImageFieldFile):
    """A photo in storage. What is stored through it is drawn anew, whoever stores it.

    Store in the transaction that writes the row: until it ends, a lock keeps `cagette.tidying` off.
    """

    def save(self, name: str | None, content: File[bytes], save: bool = True) -> None:
        photo = content if isinstance(content, Photo) else Photo(redraw(content))
        folder = str(self.field.upload_to)
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock_shared(%s, 0)", [STORING_LOCK])
        for ending, rendition in photo.renditions.items():
            _keep(f"{folder}{photo.stem}-{ending}", rendition)
        # The photo itself comes last: where it is, all are.
        self.name = _keep(f"{folder}{photo.name}", photo.read())
        setattr(self.instance, self.field.attname, self.name)
        self._committed = True
        if save:
            self.instance.save()


class PhotoField(models.ImageField):
    """A column that names a photo."""

    attr_class = StoredPhoto

    def formfield(self, **kwargs: Any) -> Any:
        from cagette.fields import PhotoField as FormField

        return super().formfield(**{"form_class": FormField, **kwargs})

    def deconstruct(self) -> Any:
        """The database sees no more in it than in any other name of a file."""
        name, _path, args, kwargs = super().deconstruct()
        return name, "django.db.models.ImageField", args, kwargs


class Address(NamedTuple):
    """Where a photo's files are, and the size of the photo."""

    base: str
    width: int
    height: int

    def of(self, ending: str) -> str:
        return f"{self.base}-{ending}"

    @property
    def fallback(self) -> str:
        """A JPEG for browsers and mail programs that know nothing better."""
        return self.of(f"{FALLBACK_WIDTH}.jpg") if self.width > FALLBACK_WIDTH else f"{self.base}.jpg"


def address(name: str) -> Address | None:
    """Where to fetch the photo stored under `name`, or None where that isn't the name of one. Opens no file."""
    match = NAME.fullmatch(name)
    if match is None:
        return None
    return Address(f"{settings.MEDIA_URL}{match['stem']}", int(match["width"]), int(match["height"]))


def widths(width: int) -> list[int]:
    """The widths in which a photo of `width` px is kept; none is larger than itself or nearly the same."""
    return [*(each for each in WIDTHS if each < width * 0.9), width]


def redraw(upload: IO[bytes] | File[bytes]) -> Image.Image:
    """The picture alone, without metadata (place, camera, owner): upright, in sRGB, 1600 px long at most, and on white
    where it was transparent.

    Raises ValidationError with a sentence for what isn't a picture, or too large a one. The size is read off the header
    before any pixel is, so that a small file can't unpack into all memory; of several frames only the first is read.
    """
    upload.seek(0, io.SEEK_END)
    if upload.tell() > MOST_BYTES:
        raise ValidationError(_("This photo is too heavy: 20 MB at most."), code="heavy")
    upload.seek(0)
    if HEIC.match(upload.read(12)):
        raise ValidationError(
            _("This photo is in HEIC, which we can't read: choose JPEG (“Most compatible”) in your camera's settings."),
            code="heic",
        )
    upload.seek(0)
    try:
        return _read(upload)
    except Image.DecompressionBombError as error:
        raise _too_large() from error
    except UNREADABLE as error:
        raise ValidationError(
            _("This file isn't a photo we can read: use JPEG, PNG or WebP."), code="unread"
        ) from error


def as_jpeg(picture: Image.Image, quality: int = 75) -> bytes:
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=quality, optimize=True, progressive=True)
    return out.getvalue()


def _read(upload: IO[bytes] | File[bytes]) -> Image.Image:
    # WeasyPrint, where it is loaded, makes Pillow content with half a file.
    ImageFile.LOAD_TRUNCATED_IMAGES = False
    file = Image.open(upload, formats=FORMATS)
    if file.width * file.height > MOST_PIXELS[isinstance(file, JpegImageFile)]:
        raise _too_large()
    reduction = min(1, LONGEST_SIDE / max(file.size))
    file.draft("RGB", (int(file.width * reduction), int(file.height * reduction)))
    turn = UPRIGHT.get(file.getexif().get(ExifTags.Base.Orientation, 1))
    picture: Image.Image = file
    if picture.mode.startswith("I"):
        picture = picture.convert("I").point(lambda value: value / 256).convert("L")  # 16 bits of grey
    elif picture.mode in {"1", "P", "PA"}:
        picture = picture.convert("RGBA")
    picture.thumbnail((LONGEST_SIDE, LONGEST_SIDE), Image.Resampling.LANCZOS)
    flat = _on_white(_in_srgb(picture))
    return flat if turn is None else flat.transpose(turn)


def _too_large() -> ValidationError:
    return ValidationError(
        _("This photo has too many pixels: 60 million at most in a JPEG, 16 million in any other file."), code="large"
    )


def _in_srgb(picture: Image.Image) -> Image.Image:
    """In the colours that files without a profile are taken to be in. A profile that can't be read counts as none."""
    profile = picture.info.get("icc_profile")
    if not profile or picture.mode not in {"RGB", "RGBA", "L", "CMYK"}:
        return picture
    try:
        converted = ImageCms.profileToProfile(
            picture,
            ImageCms.ImageCmsProfile(io.BytesIO(profile)),
            ImageCms.createProfile("sRGB"),
            outputMode="RGBA" if picture.mode == "RGBA" else "RGB",
        )
    except (ImageCms.PyCMSError, OSError):
        return picture
    return converted or picture


def _on_white(picture: Image.Image) -> Image.Image:
    """Without transparency, which JPEG doesn't have, and as a new image that carries no information over."""
    coloured = picture.convert("RGBA")
    flat = Image.new("RGB", coloured.size, "white")
    flat.paste(coloured, mask=coloured.getchannel("A"))
    return flat


def _as_wide_as(picture: Image.Image, width: int) -> Image.Image:
    if width == picture.width:
        return picture
    return picture.resize((width, max(1, round(picture.height * width / picture.width))), Image.Resampling.LANCZOS)


def _as_avif(picture: Image.Image) -> bytes:
    out = io.BytesIO()
    picture.save(out, "AVIF", quality=55, speed=8)
    return out.getvalue()


def _keep(name: str, content: bytes) -> str:
    """Store `content` under this very name; what is there already is kept, unless a killed process left it torn."""
    if default_storage.exists(name):
        with default_storage.open(name) as file:
            if file.read() == content:
                return name
        default_storage.delete(name)
    stored = default_storage.save(name, ContentFile(content))
    if stored != name:  # somebody else has just stored the same
        default_storage.delete(stored)
    return name
