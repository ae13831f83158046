"""Codes of components: county, class, kind and a number, by the form of a profile; each is given once."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from psycopg import Connection

from spatial.database import query
from spatial.errors import Conflict

ROOM = "spatial.components"
NUMBER_DIGITS = 6
MOST_NUMBER = 10**NUMBER_DIGITS - 1
_FORM = re.compile(r"([1-9])\+([1-9])\+([1-9])\+([1-9])")


@dataclass(frozen=True)
class Parts:
    """What a code says."""

    county: str
    kind: str
    """Class and kind: the code of the class in its profile."""
    number: int


@dataclass(frozen=True)
class Form:
    """How many digits of a code are of the county, the class, the kind and the number: 6+2+3+6."""

    county: int
    major: int
    minor: int
    number: int

    @classmethod
    def of(cls, text: str) -> Form:
        """Read `6+2+3+6`; ValueError for anything else."""
        found = _FORM.fullmatch(text)
        if found is None:
            raise ValueError(f"'{text}' is no form of a code, such as 6+2+3+6")
        return cls(*map(int, found.groups()))

    @property
    def kind(self) -> int:
        """Digits of a class's own code."""
        return self.major + self.minor

    @property
    def length(self) -> int:
        """Digits of a whole code."""
        return self.county + self.kind + self.number

    def parse(self, code: str) -> Parts | None:
        """Take a code apart; None for what has another form. Whether county and class exist is not asked."""
        if len(code) != self.length or not (code.isascii() and code.isdecimal()):
            return None
        until = self.county + self.kind
        return Parts(code[: self.county], code[self.county : until], int(code[until:]))

    def __str__(self) -> str:
        return f"{self.county}+{self.major}+{self.minor}+{self.number}"


def issue(connection: Connection[object], prefix: str, many: int, reserved: Sequence[str] = ()) -> list[str]:
    """Give the next codes of a county and class (its first digits), in order; none that was ever anybody's.

    reserved: codes that the caller is about to write, and that are not given either. Codes that people typed
    are stepped over. Whoever asks for the same prefix waits until this transaction has ended. Conflict when
    the numbers are used up.
    """
    values = {"prefix": prefix, "many": min(many, MOST_NUMBER), "reserved": list(reserved)}
    row = connection.execute(query(ROOM, "issue_numbers"), values).fetchall()
    numbers: list[int] = row[0][0]  # type: ignore[index]
    if len(numbers) < many:
        raise Conflict(f"the numbers of components that begin with {prefix} are used up")
    return [f"{prefix}{number:0{NUMBER_DIGITS}d}" for number in numbers]


def taken(connection: Connection[object], codes: Sequence[str]) -> set[str]:
    """Name the codes that some component has or had, whoever may see it."""
    rows = connection.execute(query(ROOM, "codes_taken"), {"codes": list(codes)}).fetchall()
    return {code for (code,) in rows}  # type: ignore[misc,has-type]
