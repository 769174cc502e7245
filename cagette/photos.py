"""Uploaded pictures, made safe and small: drawn anew, so that nothing but the picture is kept."""

from __future__ import annotations

import io
import secrets
import warnings
from typing import IO

from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.utils.translation import gettext_lazy as _
from PIL import Image, ImageOps, UnidentifiedImageError

LONGEST_SIDE = 1600
MOST_BYTES = 20 * 1024 * 1024
MOST_PIXELS = 60_000_000
# By any of these Pillow's decoders say that a file is broken.
UNREADABLE = (
    UnidentifiedImageError,
    Image.DecompressionBombWarning,
    Image.DecompressionBombError,
    OSError,
    ValueError,
    SyntaxError,
)
FORMATS = ("JPEG", "PNG", "WEBP", "GIF")


def redraw(upload: IO[bytes] | ContentFile[bytes]) -> ContentFile[bytes]:
    """The picture as a JPEG of at most 1600 px, without metadata (place, camera, owner), under a meaningless name.

    Raises ValidationError with a sentence for what isn't a picture, or too large a one. The size is read off the header
    before any pixel is, so that a small file can't unpack into all memory.
    """
    upload.seek(0, io.SEEK_END)
    if upload.tell() > MOST_BYTES:
        raise ValidationError(_("This photo is too heavy: 20 MB at most."), code="heavy")
    upload.seek(0)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            file = Image.open(upload, formats=FORMATS)
            if file.width * file.height > MOST_PIXELS:
                raise ValidationError(_("This photo has too many pixels: 60 million at most."), code="large")
            file.draft("RGB", (LONGEST_SIDE, LONGEST_SIDE))
            picture = ImageOps.exif_transpose(file)
            picture.thumbnail((LONGEST_SIDE, LONGEST_SIDE), Image.Resampling.LANCZOS)
            flat = _on_white(picture)
    except ValidationError:
        raise
    except UNREADABLE as error:
        raise ValidationError(
            _("This file isn't a photo we can read: use JPEG, PNG or WebP."), code="unread"
        ) from error
    out = io.BytesIO()
    flat.save(out, "JPEG", quality=82, optimize=True, progressive=True)
    return ContentFile(out.getvalue(), name=f"{secrets.token_hex(12)}.jpg")


def _on_white(picture: Image.Image) -> Image.Image:
    """Without transparency, which JPEG doesn't have, and as a new image that carries no information over."""
    coloured = picture.convert("RGBA")
    flat = Image.new("RGB", coloured.size, "white")
    flat.paste(coloured, mask=coloured.getchannel("A"))
    return flat
