"""What the provider says of a person, believed only when all of it is right (OIDC Core 1.0, 3.1.3.7)."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.errors import InvalidKeyIdError, JoseError
from joserfc.jwk import JWKRegistry, Key, KeySet
from joserfc.jws import JWSRegistry

from api.oidc.refused import Refused

ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512")
"""Signatures by a private key alone: `none` and HMAC, whose key may be a public one, are never looked at."""
CLOCK_S = 60
"""How far the provider's clock may be off."""
AGE_S = 600
"""How old a token may be when it comes: it was asked for a moment ago."""
SUBJECT_CHARACTERS = 255
"""OIDC Core 1.0, section 2."""
RSA_BITS = range(2048, 8193)
"""Weaker is no proof, and stronger takes too long to check."""


class _Signed(JWSRegistry):
    """Has room for the chain of certificates that some providers send along, and for RSA of 8192 bits."""

    max_header_length = 8192
    max_signature_length = 2048


_SIGNED = _Signed(algorithms=ALGORITHMS, strict_check_header=False)


class UnknownKey(Exception):
    """The token names a key that is not among those we know: there may be newer ones."""


@dataclass(frozen=True)
class Expected:
    """What a token must say."""

    issuer: str
    client_id: str
    nonce: str
    access_token: str | None = None
    """The access token that came with it, which `at_hash` binds."""


def read_keys(document: Any) -> KeySet:
    """Read the provider's JWKS, leaving out what cannot check a signature or is too weak."""
    listed = document.get("keys") if isinstance(document, dict) else None
    found = [_key(entry) for entry in listed] if isinstance(listed, list) else []
    keys = [key for key in found if key is not None]
    if not keys:
        raise Refused("provider", "its key set holds no key that can check a signature")
    return KeySet(keys)


def verify(token: str, keys: KeySet, expected: Expected) -> dict[str, Any]:
    """Check an ID token and return its claims.

    Refused when anything is wrong; UnknownKey when it is signed by a key that `keys` does not hold.
    """
    try:
        decoded = jwt.decode(token, keys, registry=_SIGNED)
        return _check(decoded, expected)
    except InvalidKeyIdError as error:
        raise UnknownKey(str(error)) from None
    except (JoseError, ValueError, TypeError, AttributeError, LookupError, RecursionError) as error:
        # A stranger's token may be broken in ways that the library did not foresee: no reason to trust it.
        raise Refused("token", f"{type(error).__name__}: {error}") from None


def _check(decoded: jwt.Token, expected: Expected) -> dict[str, Any]:
    options = {
        "iss": {"essential": True, "value": expected.issuer},
        "aud": {"essential": True, "value": expected.client_id},
        "sub": {"essential": True},
    }
    required = {
        "nonce": expected.nonce,
        "client_id": expected.client_id,
        "access_token": expected.access_token,
    }
    claims = CodeIDToken(decoded.claims, decoded.header, options, required)
    claims.validate(leeway=CLOCK_S)
    if claims["iat"] < time.time() - AGE_S - CLOCK_S:
        raise Refused("token", "it was issued too long ago")
    subject = claims["sub"]
    if len(subject) > SUBJECT_CHARACTERS or not subject.isascii() or not subject.isprintable():
        raise Refused("token", "its subject is no short ASCII text")
    return dict(claims)


def _key(entry: Any) -> Key | None:
    if not isinstance(entry, dict) or entry.get("kty") not in ("RSA", "EC") or entry.get("use") == "enc":
        return None
    # Six bits a character; the library would read a weak key with a warning only.
    if entry["kty"] == "RSA" and len(str(entry.get("n"))) * 6 & ~7 not in RSA_BITS:
        return None
    try:
        return JWKRegistry.import_key(entry)
    except Exception:
        # Whatever the library does not like of one key (a KeyError for a curve), the others are good.
        return None
