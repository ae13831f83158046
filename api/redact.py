"""Masks secrets in what is logged: keys, passwords, cookies, addresses of databases, rows in error texts.

The shapes of secrets are masked wherever they stand, and the secrets of this deployment letter by letter.
Masking too much is fine; a log is read by more people than the database.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any
from urllib.parse import quote, unquote, urlsplit

MASK = "***"
_SHORTEST = 6
"""A shorter secret is not masked letter by letter: it would be found inside ordinary words."""

_LONGEST = 200_000
"""Characters of one text that are logged at all."""

# Repetitions are bounded everywhere: a hostile text must not hold the process up for more than its length.
_WORD = (
    r"(?:passw(?:or)?d|passphrase|pwd|secret|token|api[_-]?key|private[_-]?key|credential|authorization"
    r"|cookie|csrf|code_verifier|client_assertion|phone|id_number)[\w-]{0,30}"
)
_NAMED = re.compile(_WORD, re.IGNORECASE)
_GIVEN = rf"({_WORD}\\?[\"']?\s{{0,3}}[=:]\s{{0,3}})"
_PATTERNS: tuple[tuple[re.Pattern[str], str], ...] = (
    # postgresql://user:password@host; a password may itself hold an @.
    (re.compile(r"(?<=://)[^\s\"'<>]{0,300}@"), f"{MASK}@"),
    (
        re.compile(r"\b(bearer|basic|negotiate|digest|dpop)\s{1,3}[\w+/=.~-]{6,}", re.IGNORECASE),
        rf"\1 {MASK}",
    ),
    # Cookie: a=b; c=d … to the end of the line.
    (re.compile(r"\b((?:set-)?cookie[\"']?\s{0,3}[:=,]\s{0,3})[^\r\n]+", re.IGNORECASE), rf"\1{MASK}"),
    (re.compile(rf"{_GIVEN}\\?\"(?:[^\"\\]|\\.)*\"?", re.IGNORECASE | re.DOTALL), rf"\1{MASK}"),
    (re.compile(rf"{_GIVEN}'(?:[^'\\]|\\.)*'?", re.IGNORECASE | re.DOTALL), rf"\1{MASK}"),
    (re.compile(rf"{_GIVEN}(?!\*\*\*)[^\s\"',;&)}}\]]+", re.IGNORECASE), rf"\1{MASK}"),
    # Codes and states of a sign-on, in an address.
    (re.compile(r"([?&](?:code|state|nonce|session_state|key|sig|signature)=)[^\s&\"']+"), rf"\1{MASK}"),
    # Apps that cannot send headers have their key in the path.
    (re.compile(r"(/api/fixes/osmand/)[^\s\"'<>?]+"), rf"\1{MASK}"),
    # What PostgreSQL says of a row: 'Failing row contains (…)', 'Key (phone)=(…) exists', COPY lines.
    (
        re.compile(r"(DETAIL: ).*?(?=\n[A-Z]{4,9}: |\n\n|\nThe above|\nDuring handling|\Z)", re.DOTALL),
        rf"\1{MASK}",
    ),
    (re.compile(r"(Failing row contains |Key \([^)]{0,200}\)=)\(.*", re.DOTALL), rf"\1{MASK}"),
    (re.compile(r"(CONTEXT:\s{1,3}(?:COPY|unnamed portal|portal)[^:\n]{0,200}:).*"), rf"\1 {MASK}"),
)
# 256 bits as we write them, and what others sign: long, and of letters and digits both.
_RANDOM = re.compile(
    r"(?<![\w/+-])(?=[\w-]*[A-Z])(?=[\w-]*[a-z])(?=[\w-]*\d)[\w-]{32,}(?:\.[\w-]+){0,4}(?![\w/+])"
)


class Redactor:
    """Masks shapes of secrets, and the given secrets themselves."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        forms = {form for secret in secrets for form in _forms(secret) if len(form) >= _SHORTEST}
        longest_first = sorted(forms, key=len, reverse=True)
        self._known = re.compile("|".join(map(re.escape, longest_first))) if forms else None

    def text(self, text: str) -> str:
        """Mask a text."""
        text = text if len(text) <= _LONGEST else text[:_LONGEST] + " … (cut)"
        if self._known is not None:
            text = self._known.sub(MASK, text)
        for pattern, instead in _PATTERNS:
            text = pattern.sub(instead, text)
        return _RANDOM.sub(MASK, text)

    def value(self, value: Any, name: str = "") -> Any:
        """Mask whatever a log line carries; a value with the name of a secret is masked whole."""
        if value is not None and _NAMED.search(name):
            return MASK
        if isinstance(value, dict):
            return {key: self.value(part, str(key)) for key, part in value.items()}
        if isinstance(value, list | tuple | set | frozenset):
            return [self.value(part) for part in value]
        if value is None or isinstance(value, bool | int | float):
            return value
        return self.text(value if isinstance(value, str) else str(value))


def _forms(secret: str) -> set[str]:
    """A secret as it may stand in a text: plain, percent-encoded, and of a database address the password."""
    forms = {secret}
    if "://" in secret:
        try:
            password = urlsplit(secret).password
        except ValueError:
            password = secret.partition("://")[2].rpartition("@")[0].partition(":")[2]
        forms |= {password} if password else set()
    forms |= set(re.findall(r"password=('(?:[^'\\]|\\.)*'|\S+)", secret))
    forms = {form.strip("'") for form in forms}
    return {each for form in forms for each in (form, unquote(form), quote(form, safe=""))}
