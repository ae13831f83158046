"""The default alphabet of short messages: GSM 03.38 (3GPP TS 23.038, 6.2.1), one septet in each octet."""

from __future__ import annotations

_BASIC = (
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞ\x1bÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_ESCAPE = 0x1B
_EXTENSION = {
    "\f": 0x0A, "^": 0x14, "{": 0x28, "}": 0x29, "\\": 0x2F, "[": 0x3C, "~": 0x3D, "]": 0x3E, "|": 0x40,
    "€": 0x65,
}  # fmt: skip
_CODES = {letter: bytes([code]) for code, letter in enumerate(_BASIC) if code != _ESCAPE}
_CODES |= {letter: bytes([_ESCAPE, code]) for letter, code in _EXTENSION.items()}
_LETTERS = dict(enumerate(_BASIC))
_EXTENDED = {code: letter for letter, code in _EXTENSION.items()}


def is_gsm7(text: str) -> bool:
    """Tell whether a text can be written in the default alphabet and its extension."""
    return all(letter in _CODES for letter in text)


def encode(text: str) -> bytes:
    """Write a text in the default alphabet, unpacked; KeyError for a letter that it does not have.

    >>> encode("a€").hex()
    '611b65'
    """
    return b"".join(_CODES[letter] for letter in text)


def decode(octets: bytes) -> str:
    """Read unpacked septets; what stands for nothing becomes U+FFFD.

    >>> decode(bytes.fromhex("611b65"))
    'a€'
    """
    letters, escaped = [], False
    for octet in octets:
        if escaped:
            # What a phone does not know of the extension it shows from the basic table.
            letters.append(_EXTENDED.get(octet) or _LETTERS.get(octet, "\ufffd"))
        elif octet != _ESCAPE:
            letters.append(_LETTERS.get(octet, "\ufffd"))
        escaped = octet == _ESCAPE and not escaped
    return "".join(letters)
