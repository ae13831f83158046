"""libsodium's secret box written out by its definition (XSalsa20 and Poly1305), to seal without libsodium.

D. J. Bernstein, "Extending the Salsa20 nonce" and "The Poly1305-AES message-authentication code".
"""

from __future__ import annotations

import struct

from cryptography.hazmat.primitives.poly1305 import Poly1305

_SIGMA = struct.unpack("<4I", b"expand 32-byte k")
_ROUNDS = (
    (0, 4, 8, 12), (5, 9, 13, 1), (10, 14, 2, 6), (15, 3, 7, 11),
    (0, 1, 2, 3), (5, 6, 7, 4), (10, 11, 8, 9), (15, 12, 13, 14),
)  # fmt: skip


def seal(message: bytes, key: bytes, nonce: bytes) -> bytes:
    """Give the nonce, the tag and the encrypted message, as the apps send them."""
    stream = b"".join(
        _block(_words(_hsalsa(key, nonce[:16]), nonce[16:] + struct.pack("<Q", number)))
        for number in range((len(message) + 32) // 64 + 1)
    )
    cipher = bytes(a ^ b for a, b in zip(message, stream[32:], strict=False))
    return nonce + Poly1305.generate_tag(stream[:32], cipher) + cipher


def _words(key: bytes, middle: bytes) -> list[int]:
    k, n = struct.unpack("<8I", key), struct.unpack("<4I", middle)
    return [_SIGMA[0], *k[:4], _SIGMA[1], *n, _SIGMA[2], *k[4:], _SIGMA[3]]


def _stirred(words: list[int]) -> list[int]:
    x = list(words)
    for _ in range(10):
        for a, b, c, d in _ROUNDS:
            for to, one, two, by in ((b, a, d, 7), (c, b, a, 9), (d, c, b, 13), (a, d, c, 18)):
                total = (x[one] + x[two]) & 0xFFFFFFFF
                x[to] ^= (total << by | total >> (32 - by)) & 0xFFFFFFFF
    return x


def _hsalsa(key: bytes, nonce: bytes) -> bytes:
    x = _stirred(_words(key, nonce))
    return struct.pack("<8I", *(x[place] for place in (0, 5, 10, 15, 6, 7, 8, 9)))


def _block(words: list[int]) -> bytes:
    pairs = zip(words, _stirred(words), strict=True)
    return struct.pack("<16I", *((a + b) & 0xFFFFFFFF for a, b in pairs))
