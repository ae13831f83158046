"""One log-in under way: what this browser must bring back from the provider, sealed into a cookie."""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
import time
from dataclasses import asdict, dataclass

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwe import JWERegistry
from joserfc.jwk import OctKey

from api.oidc.refused import Refused
from spatial.errors import InvalidInput

LIFE_S = 600
"""Time to log in at the provider, a second factor included."""
NEXT_CHARACTERS = 1000
"""Sealed, it must fit into a cookie of 4,096 bytes."""

_SEALED = JWERegistry(algorithms=["dir", "A256GCM"])
_OWN_PATH = re.compile(r"/([\w-][\w.-]*(/[\w-][\w.-]*)*/?)?(\?[!-\[\]-~]*)?(#[!-\[\]-~]*)?", re.ASCII)
"""Plain segments, none empty and none of dots, then anything printable but the backslash."""


@dataclass(frozen=True)
class Attempt:
    """A log-in that was begun and not yet finished."""

    state: str
    nonce: str
    verifier: str
    """PKCE's code verifier."""
    callback: str
    """The address that the provider sends the browser back to."""
    next: str
    """Where the person wants to go: a path of our own."""
    exp: int
    """End of its life, in seconds since 1970."""

    @property
    def digest(self) -> bytes:
        """What is kept of a used attempt."""
        return hashlib.sha256(self.state.encode()).digest()


def begin(callback: str, following: str) -> Attempt:
    """Start a log-in that leads to the path `following`."""
    state, nonce, verifier = (secrets.token_urlsafe(32) for _ in range(3))
    return Attempt(state, nonce, verifier, callback, following, int(time.time()) + LIFE_S)


def own_path(text: str) -> str:
    """Check where a log-in is to lead: a path of this site, with its query and fragment.

    InvalidInput for everything that a browser could take for another site, and for what is no page: the
    log-in itself would go round in circles.
    """
    if len(text) > NEXT_CHARACTERS or not _OWN_PATH.fullmatch(text):
        raise InvalidInput.at("next", "must be a path of this site, such as /?lang=en")
    if text.startswith("/api/"):
        raise InvalidInput.at("next", "must be a page, not a part of the API")
    return text


def sealing_key(master: bytes) -> OctKey:
    """Derive the key that cookies are sealed with from the master key."""
    derive = HKDF(algorithm=SHA256(), length=32, salt=None, info=b"citygrid single sign-on cookie")
    return OctKey.import_key(derive.derive(master))


def seal(attempt: Attempt, key: OctKey) -> str:
    """Encrypt and authenticate an attempt."""
    return jwt.encode({"alg": "dir", "enc": "A256GCM"}, asdict(attempt), key, registry=_SEALED)


def unseal(text: str, key: OctKey, state: str) -> Attempt:
    """Read the attempt of this browser again; Refused when it is not the one of `state`, or too old."""
    try:
        attempt = Attempt(**jwt.decode(text, key, registry=_SEALED).claims)
    except (JoseError, ValueError, TypeError, RecursionError) as error:
        raise Refused("state", f"the cookie cannot be read: {type(error).__name__}") from None
    if not hmac.compare_digest(attempt.state.encode(), state.encode()):
        raise Refused("state", "the state is not the one of this browser")
    if attempt.exp < time.time():
        raise Refused("state", "the log-in took too long")
    return attempt
