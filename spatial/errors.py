"""The seven errors of the platform; api/errors.py alone turns them into HTTP.

CitygridError
├── InvalidInput      the caller sent something wrong: a list of located reasons
│   ├── Unprocessable        … well formed, and impossible all the same
│   └── TooLarge             … or too much
├── Unauthenticated   nobody is logged in, or the key is not (or no longer) good
├── Forbidden         somebody is logged in, and may not
│   └── PasswordChangeNeeded   … until they have chosen a password of their own
├── NotFound          there is no such thing for this reader
├── Conflict          the thing has changed, or exists already
├── TooMany           too much was asked for or tried; it says when to come back
└── Unavailable       a part we depend on does not answer now
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Problem:
    """One reason, with the place in the input that caused it (field, row or parameter)."""

    where: str
    reason: str


class CitygridError(Exception):
    """Base of all errors that a caller may be told about."""

    def __init__(self, detail: str) -> None:
        super().__init__(detail)
        self.detail = detail


class InvalidInput(CitygridError):
    """The input is wrong; `problems` says where and why."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("; ".join(f"{p.where}: {p.reason}" for p in self.problems[:5]))

    @classmethod
    def at(cls, where: str, reason: str) -> InvalidInput:
        """Make the error of a single problem."""
        return cls([Problem(where, reason)])


class Unprocessable(InvalidInput):
    """What was sent is well formed, and cannot be so: a category that there is not, a point in the sea."""


class TooLarge(InvalidInput):
    """What was sent is larger than what is taken; the problem names the limit."""


class Unauthenticated(CitygridError):
    """Nobody is logged in, or the key is not good."""


class Forbidden(CitygridError):
    """The reader is known and may not do this."""


class PasswordChangeNeeded(Forbidden):
    """The password was made by somebody else; nothing else is open until it is changed."""


class NotFound(CitygridError):
    """There is no such thing, or none that this reader may know of."""


class Conflict(CitygridError):
    """The thing has changed since it was read, or exists already."""


class TooMany(CitygridError):
    """Too much was asked for or tried in too short a time; try again after `retry_after_s`."""

    def __init__(self, detail: str, retry_after_s: int) -> None:
        super().__init__(detail)
        self.retry_after_s = retry_after_s


class Unavailable(CitygridError):
    """A part we depend on (database, worker) does not answer."""
