"""Passwords: how they are kept (argon2id), which are too easy, and those that are good for one use."""

from __future__ import annotations

import secrets
import unicodedata
from functools import cache
from importlib.resources import files
from threading import BoundedSemaphore

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from spatial.errors import InvalidInput, Problem

MIN_LENGTH, LONG, MAX_LENGTH = 10, 16, 1000
KINDS = 3
"""Of lower case, upper case, digits and signs, a password below LONG characters needs this many."""
MIN_DIFFERENT = 5
"""Different characters: 'aaaaaaaaaaaaaaaa' is long and no secret."""
READABLE = "abcdefghjkmnpqrstuvwxyz23456789"
"""What nobody mistakes for another when it is read out: no i, l, o, 0, 1."""

_HASHER = PasswordHasher()
_HASHING = BoundedSemaphore(2)
"""Passwords checked at once in this process: more would take its cores and memory from everybody else."""
_AROUND = "0123456789!@#$%^&*()_+-=.,?~ "
_LOOK_ALIKES = str.maketrans("@4031!5$7", "aaoeiisst")


def hash_password(password: str) -> str:
    """Hash a password with argon2id; takes a tenth of a second and 64 MiB on purpose."""
    with _HASHING:
        return _HASHER.hash(_bytes(password))


def is_password(password_hash: str | None, password: str) -> bool:
    """Tell whether a hash is of this password.

    Does the same work when there is no hash: the time must not tell whether an account exists. No connection
    should be held meanwhile.
    """
    nobody = _nobody()
    with _HASHING:
        good = _verify(password_hash or nobody, password)
    return good and password_hash is not None


def is_outdated(password_hash: str) -> bool:
    """Tell whether a hash was made with weaker parameters than today's."""
    return _HASHER.check_needs_rehash(password_hash)


def one_time_password() -> str:
    """Make a password for somebody to choose their own with: 20 characters of 99 bits, easy to read out."""
    return "-".join("".join(secrets.choice(READABLE) for _ in range(5)) for _ in range(4))


def check_policy(password: str, username: str, where: str = "password") -> None:
    """Refuse a password that is too easy; InvalidInput that lists every reason at `where`."""
    reasons = [reason for bad, reason in _weaknesses(password, username) if bad]
    if reasons:
        raise InvalidInput([Problem(where, reason) for reason in reasons])


def _weaknesses(password: str, username: str) -> list[tuple[bool, str]]:
    text = password.casefold()
    return [
        (len(password) < MIN_LENGTH, f"has fewer than {MIN_LENGTH} characters"),
        (len(password) > MAX_LENGTH, f"has more than {MAX_LENGTH} characters"),
        (
            len(password) < LONG and len({_kind(sign) for sign in password}) < KINDS,
            f"needs {KINDS} of: lower case, upper case, digits, signs; or at least {LONG} characters",
        ),
        (len(set(text)) < MIN_DIFFERENT, f"has fewer than {MIN_DIFFERENT} different characters"),
        (len(username) > 2 and username.casefold() in text, "contains the user name"),
        (_is_common(text), "is among the commonest passwords"),
    ]


def _kind(sign: str) -> str:
    if sign.isdigit():
        return "digit"
    if sign.isalpha():
        # A Chinese character has no case and is as good as an upper-case letter.
        return "lower" if sign.islower() else "upper"
    return "sign"


def _is_common(text: str) -> bool:
    """Common as it stands, or in its core: digits and signs around it, look-alikes inside (P@ssw0rd!)."""
    core = text.strip(_AROUND)
    read = text.translate(_LOOK_ALIKES).strip(_AROUND)
    return not _common().isdisjoint({text, core, core.translate(_LOOK_ALIKES), read})


@cache
def _common() -> frozenset[str]:
    lines = (files("spatial.people") / "common_passwords.txt").read_text(encoding="utf-8").splitlines()
    return frozenset(line for line in lines if line and not line.startswith("#"))


@cache
def _nobody() -> str:
    """A hash to check when there is none; made at the first check, whichever name that is for."""
    return _HASHER.hash(secrets.token_urlsafe(16))


def _verify(password_hash: str, password: str) -> bool:
    try:
        return _HASHER.verify(password_hash, _bytes(password))
    except (VerificationError, InvalidHashError):
        return False


def _bytes(password: str) -> bytes:
    """One text however a keyboard composed it; half a surrogate, which a form can carry, is no crash."""
    return unicodedata.normalize("NFC", password).encode("utf-8", "surrogatepass")
