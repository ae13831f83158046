"""What a file is by its content, never by its name; and how large a picture is, without decoding it. Pure."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import BinaryIO

from spatial.errors import InvalidInput

HEAD_BYTES = 4096
"""Bytes of a file that its type is told by."""
MEGABYTE = 1_000_000
LIMITS = {"photo": 20 * MEGABYTE, "video": 200 * MEGABYTE, "audio": 50 * MEGABYTE, "document": 50 * MEGABYTE}
"""Most bytes of each kind."""
MOST_PIXELS = 120_000_000
"""Of a picture; the largest sensors of phones have 108 or 200 million, of which they send a quarter."""


@dataclass(frozen=True)
class Kind:
    """A kind of file that is taken."""

    kind: str
    """photo, video, audio or document."""
    media_type: str


_BEGINNINGS: tuple[tuple[bytes, Kind], ...] = (
    (b"\xff\xd8\xff", Kind("photo", "image/jpeg")),
    (b"\x89PNG\r\n\x1a\n", Kind("photo", "image/png")),
    (b"GIF87a", Kind("photo", "image/gif")),
    (b"GIF89a", Kind("photo", "image/gif")),
    (b"%PDF-", Kind("document", "application/pdf")),
    (b"#!AMR", Kind("audio", "audio/amr")),
    (b"ID3", Kind("audio", "audio/mpeg")),
    (b"fLaC", Kind("audio", "audio/flac")),
    (b"OggS", Kind("audio", "audio/ogg")),
    (b"\x1a\x45\xdf\xa3", Kind("video", "video/webm")),
)
_BRANDS = {
    b"heic": Kind("photo", "image/heic"), b"heix": Kind("photo", "image/heic"),
    b"mif1": Kind("photo", "image/heif"), b"avif": Kind("photo", "image/avif"),
    b"M4A ": Kind("audio", "audio/mp4"), b"qt  ": Kind("video", "video/quicktime"),
    b"3gp4": Kind("video", "video/3gpp"), b"3gp5": Kind("video", "video/3gpp"),
}  # fmt: skip
_RIFF = {
    b"WEBP": Kind("photo", "image/webp"),
    b"WAVE": Kind("audio", "audio/wav"),
    b"AVI ": Kind("video", "video/x-msvideo"),
}
_MEASURED = frozenset({"image/jpeg", "image/png", "image/gif", "image/webp"})


def kind_of(head: bytes) -> Kind:
    """Tell a file by its first bytes; InvalidInput for anything but photo, video, audio and PDF."""
    found = next((kind for beginning, kind in _BEGINNINGS if head.startswith(beginning)), None)
    if found is None and head[:4] == b"RIFF":
        found = _RIFF.get(head[8:12])
    if found is None and head[4:8] == b"ftyp":
        found = _BRANDS.get(head[8:12], Kind("video", "video/mp4"))
    if found is None and len(head) > 1 and head[0] == 0xFF and head[1] & 0xE6 == 0xE2:
        found = Kind("audio", "audio/mpeg")
    if found is None:
        raise InvalidInput.at("file", "is no photo, video, sound or PDF, whatever its name says")
    return found


def check_picture(kind: Kind, file: BinaryIO) -> None:
    """Refuse a picture that would fill the memory of who looks at it; only its head is read.

    InvalidInput also for one whose head is damaged. The file stands at its beginning afterwards.
    """
    if kind.media_type not in _MEASURED:
        return
    width, height = _size(file, kind.media_type.rpartition("/")[2].upper())
    file.seek(0)
    if width * height > MOST_PIXELS:
        raise InvalidInput.at(
            "file", f"has {width} × {height} pixels; {MOST_PIXELS // MEGABYTE} million are the most"
        )


def _size(file: BinaryIO, form: str) -> tuple[int, int]:
    from PIL import Image

    file.seek(0)
    try:
        with warnings.catch_warnings():
            # Our own limit is asked below; Pillow's speaks of what it would decode.
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            with Image.open(file, formats=[form]) as picture:
                return picture.size
    except Image.DecompressionBombError:
        raise InvalidInput.at(
            "file", f"has too many pixels; {MOST_PIXELS // MEGABYTE} million are the most"
        ) from None
    except (OSError, ValueError, SyntaxError, EOFError, OverflowError):
        raise InvalidInput.at("file", "is damaged: its head does not say how large the picture is") from None
