"""Documents that are signed by the platform, to be checked anywhere without a database (Ed25519).

What is signed are all fields but the signature: sorted keys, no blanks, UTF-8. The `format` is one of them,
so that what was signed as one thing is never taken for another.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from typing import Any

import orjson
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from spatial.errors import Problem
from spatial.rights.envelope import ruling_seed

Json = dict[str, Any]


def public_key(master: bytes) -> str:
    """Write the public half of the key that signs, 32 bytes in base64."""
    return _base64(_signing_key(master).public_key().public_bytes_raw())


def sign_as(form: str, document: Mapping[str, Any], master: bytes) -> Json:
    """Sign a document of a format: the format, the public key and the signature are added."""
    whole = {**document, "format": form, "public_key": public_key(master)}
    return {**whole, "signature": _base64(_signing_key(master).sign(_canonical(whole)))}


def signature_problems(document: Mapping[str, Any], form: str, trusted: str | None) -> list[Problem]:
    """Check format and signature; [] when good. trusted: the only public key that is believed.

    KeyError, TypeError or ValueError for what is no signed document at all.
    """
    if document.get("format") != form:
        return [Problem("format", f"is not '{form}'")]
    if trusted is not None and document["public_key"] != trusted.strip():
        return [Problem("public_key", "is not the key that you trust")]
    unsigned = {name: value for name, value in document.items() if name != "signature"}
    try:
        key = Ed25519PublicKey.from_public_bytes(base64.b64decode(document["public_key"], validate=True))
        key.verify(base64.b64decode(document["signature"], validate=True), _canonical(unsigned))
    except (InvalidSignature, binascii.Error):
        return [Problem("signature", "is not good: something was changed, or somebody else signed it")]
    return []


def _signing_key(master: bytes) -> Ed25519PrivateKey:
    """Make the key that signs out of the master key; who keeps the one keeps the other."""
    return Ed25519PrivateKey.from_private_bytes(ruling_seed(master))


def _canonical(document: Mapping[str, Any]) -> bytes:
    return orjson.dumps(document, option=orjson.OPT_SORT_KEYS)


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode()
