"""Photos of the public, made anew from their pixels: no position, no camera, nothing hidden behind them."""

from __future__ import annotations

import io
import re
import warnings
from typing import TYPE_CHECKING

from spatial.errors import InvalidInput
from spatial.events.attachments_kinds import MEGABYTE, kind_of

if TYPE_CHECKING:
    from PIL.Image import Image

LONGEST_PX = 2560
MOST_PIXELS = 60_000_000
"""Of a JPEG, which is read at a part of its size; phones send 12 to 50 million."""
MOST_PIXELS_WHOLE = 25_000_000
"""As it is read: a PNG or WebP whole, 100 MB at four bytes; a JPEG at the part of its size."""
MOST_SCANS = 100
"""Of a progressive JPEG; cameras and programs write about ten, each of which goes over all the pixels."""
MOST_PIXELS_OF_SCANS = 1_000_000_000
MOST_FRAMES = 100
"""Of a moving PNG or WebP, of which the first one is read."""
_SEGMENT = re.compile(rb"\xff[\xc0-\xcf\xda-\xfe]")
"""A marker with a length behind it; what else begins so is of the pixels, or a beginning or an end."""
TAKEN = {"image/jpeg": "JPEG", "image/png": "PNG", "image/webp": "WEBP"}


def made_anew(body: bytes) -> bytes:
    """Decode a photo, turn it upright and write its pixels as a JPEG of at most 2560 px a side.

    InvalidInput for what is no JPEG, PNG or WebP by its content, is damaged, or has too many pixels.
    """
    from PIL import Image

    form = TAKEN.get(kind_of(body[:4096]).media_type) if body else None
    if form is None:
        raise InvalidInput.at("photo", "must be a JPEG, PNG or WebP")
    scans = scans_of(body) if form == "JPEG" else 1
    if scans > MOST_SCANS:
        raise InvalidInput.at("photo", f"is a JPEG of more than {MOST_SCANS} scans")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(body), formats=[form]) as picture:
                return _small(picture, form, scans)
    except Image.DecompressionBombError:
        raise InvalidInput.at("photo", "has too many pixels") from None
    except (OSError, ValueError, SyntaxError, EOFError, OverflowError, KeyError, TypeError):
        raise InvalidInput.at("photo", "is damaged and cannot be read") from None


def scans_of(body: bytes) -> int:
    """Count the scans of a JPEG (SOS segments), up to one more than are read, without decoding any."""
    scans, at = 0, 2
    while scans <= MOST_SCANS and (found := _SEGMENT.search(body, at)):
        at = found.end()
        scans += body[at - 1] == 0xDA
        at += max(2, int.from_bytes(body[at : at + 2]))
    return scans


def _small(picture: Image, form: str, scans: int) -> bytes:
    from PIL import ImageOps

    most = MOST_PIXELS if form == "JPEG" else MOST_PIXELS_WHOLE
    _check_size(picture.size, min(most, MOST_PIXELS_OF_SCANS // max(1, scans)))
    if form != "JPEG" and getattr(picture, "n_frames", 1) > MOST_FRAMES:
        raise InvalidInput.at("photo", f"has more than {MOST_FRAMES} frames")
    # JPEG alone: read at a half, a quarter or an eighth, no smaller than is wanted; what is long and thin
    # is not made smaller.
    picture.draft("RGB", (LONGEST_PX, LONGEST_PX))
    _check_size(picture.size, MOST_PIXELS_WHOLE)
    ImageOps.exif_transpose(picture, in_place=True)
    picture.thumbnail((LONGEST_PX, LONGEST_PX))
    return _written(picture)


def _check_size(size: tuple[int, int], most: int) -> None:
    if size[0] * size[1] > most:
        raise InvalidInput.at(
            "photo", f"has {size[0]} × {size[1]} pixels; {most // MEGABYTE} million are the most"
        )


def _written(picture: Image) -> bytes:
    from PIL import Image

    # A picture of its own, with these pixels and nothing else that came along.
    plain = Image.new("RGB", picture.size, "white")
    rgba = picture.convert("RGBA")
    plain.paste(rgba, mask=rgba.getchannel("A"))
    out = io.BytesIO()
    plain.save(out, "JPEG", quality=85, optimize=True)
    return out.getvalue()
