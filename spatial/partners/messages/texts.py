"""The text of a message: checked, put together from a template, measured and split into short messages.

Pure. A short message (短信) holds 140 octets: 160 letters of GSM 03.38, or 70 units of UTF-16 (what SMPP
calls UCS-2). In a long one each part loses six octets to the header that says where it belongs.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from spatial.errors import InvalidInput
from spatial.partners.messages import gsm7

GSM7, UCS2 = "gsm7", "ucs2"
SINGLE_OCTETS = {GSM7: 160, UCS2: 140}
"""Most octets of a text alone, as SMPP carries them: septets of GSM 03.38 unpacked, one to an octet."""
PART_OCTETS = {GSM7: 153, UCS2: 134}
"""Most octets of a part of a long one, beside its header of six octets (3GPP TS 23.040, 9.2.3.24.1)."""
MOST_PARTS = 10
"""Short messages for one person at a time: 670 Chinese characters."""
MOST_VALUE = 500
_HOLE = re.compile(r"\{\{|\}\}|\{([a-z_]{1,40})\}|[{}]")


@dataclass(frozen=True)
class Split:
    """A text as it is sent."""

    text: str
    alphabet: str
    """gsm7 or ucs2."""
    parts: tuple[bytes, ...]
    """Octets of each short message, without headers."""


def clean(text: str, where: str = "text") -> str:
    """Give a text as it may be sent; InvalidInput at `where` for an empty one and for control characters.

    Ends of lines become \\n; nothing else is changed.
    """
    text = text.replace("\r\n", "\n").replace("\r", "\n").strip()
    if not text:
        raise InvalidInput.at(where, "is empty")
    for place, letter in enumerate(text):
        kind = unicodedata.category(letter)
        if kind == "Cs" or (kind == "Cc" and letter != "\n"):
            name = f"U+{ord(letter):04X}"
            raise InvalidInput.at(where, f"holds {name} at character {place + 1}, which no phone can show")
    return text


def split(text: str, where: str = "text") -> Split:
    """Split a clean text into short messages; InvalidInput when it takes more than MOST_PARTS.

    No letter is torn apart: neither an escaped one of GSM 03.38 nor a pair of surrogates (an emoji).
    """
    alphabet = GSM7 if gsm7.is_gsm7(text) else UCS2
    write = gsm7.encode if alphabet == GSM7 else _utf16
    letters = [write(letter) for letter in text]
    if sum(map(len, letters)) <= SINGLE_OCTETS[alphabet]:
        return Split(text, alphabet, (b"".join(letters),))
    parts = tuple(_filled(letters, PART_OCTETS[alphabet]))
    if len(parts) > MOST_PARTS:
        raise InvalidInput.at(
            where, f"takes {len(parts)} short messages ({len(text)} characters); {MOST_PARTS} is the most"
        )
    return Split(text, alphabet, parts)


def _utf16(letter: str) -> bytes:
    return letter.encode("utf-16-be")


def _filled(letters: list[bytes], most: int) -> Iterator[bytes]:
    part = bytearray()
    for letter in letters:
        if len(part) + len(letter) > most:
            yield bytes(part)
            part.clear()
        part += letter
    yield bytes(part)


def holes(template: str, where: str = "template") -> set[str]:
    """Name what a template has places for ({name}); InvalidInput for a brace that stands alone.

    `{{` and `}}` stand for the braces themselves.
    """
    found = set()
    for match in _HOLE.finditer(template):
        if match[0] in ("{", "}"):
            raise InvalidInput.at(
                where, f"has a '{match[0]}' at character {match.start() + 1} that belongs to nothing"
            )
        if match[1]:
            found.add(match[1])
    return found


def fill(template: str, values: Mapping[str, str], where: str = "template") -> str:
    """Fill a template; InvalidInput when a value is missing. What a value holds is not looked into again."""
    if missing := holes(template, where) - values.keys():
        raise InvalidInput.at("values", f"lacks {', '.join(sorted(missing))}, which stands in the template")

    def put(match: re.Match[str]) -> str:
        return values[match[1]][:MOST_VALUE] if match[1] else match[0][0]

    return _HOLE.sub(put, template)
