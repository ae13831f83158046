"""What a watcher asks for, read from the text of a message; whatever is wrong with it is named."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import orjson

from spatial.database.matching import end_of
from spatial.errors import InvalidInput, Problem

KINDS = ("person", "vehicle")
MOST_MOVERS = 1000
MOST_CODE = 64
SLOWEST_HZ, USUAL_HZ, FASTEST_HZ = 0.2, 2.0, 5.0
_MOST = 2**53 - 1
"""The largest whole number that JSON carries everywhere."""


class Resume(NamedTuple):
    """From where on a line that was cut off goes on."""

    epoch: int
    sequence: int


@dataclass(frozen=True)
class Whom:
    """Which movers are asked for, wherever they are; what is None asks for all."""

    kinds: frozenset[str] | None = None
    unit: str | None = None
    organisation: str | None = None
    movers: tuple[int, ...] | None = None

    @property
    def until(self) -> str | None:
        """The code behind all units below `unit`."""
        return None if self.unit is None else end_of(self.unit)


@dataclass(frozen=True)
class View:
    """Whom and where: two lines with equal views and rights are shown the same."""

    bbox: tuple[float, float, float, float] | None = None
    """West, south, east, north in degrees, WGS-84; west of more than east: across the antimeridian."""
    whom: Whom = field(default_factory=Whom)


@dataclass(frozen=True)
class Wish:
    """A message of a watcher; it takes the place of the one before, whole."""

    view: View = field(default_factory=View)
    rate_hz: float = USUAL_HZ
    resume: Resume | None = None


def read_wish(text: str) -> Wish:
    """Read a message; InvalidInput names every field that is wrong."""
    try:
        found = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise InvalidInput.at("message", f"is no JSON: {error.msg}") from None
    if not isinstance(found, dict):
        raise InvalidInput.at("message", "must be an object")
    known = {"view", "kinds", "unit", "organisation", "movers", "rate_hz", "resume"}
    problems = [Problem(name[:60], "is not a field here") for name in sorted(found.keys() - known)][:20]
    read = Reading(found, problems)
    whom = Whom(
        read.field("kinds", _kinds), read.field("unit", _code), read.field("organisation", _code),
        read.field("movers", _movers),
    )  # fmt: skip
    wish = Wish(
        View(read.field("view", _view), whom),
        read.field("rate_hz", _rate) or USUAL_HZ,
        read.field("resume", _resume),
    )
    if problems:
        raise InvalidInput(problems)
    return wish


class Reading(NamedTuple):
    """The fields of a message, and what was wrong with them so far."""

    fields: dict[str, Any]
    problems: list[Problem]

    def field(self, name: str, read: Callable[[Any], Any]) -> Any:
        """Read a field; None when it is not there, is null or is wrong."""
        value = self.fields.get(name)
        if value is None:
            return None
        try:
            return read(value)
        except ValueError as error:
            self.problems.append(Problem(name, str(error)))
            return None


def _view(value: Any) -> tuple[float, float, float, float] | None:
    if not isinstance(value, dict) or value.keys() != {"bbox"}:
        raise ValueError("must be null, or an object with `bbox`")
    box = value["bbox"]
    if not isinstance(box, list) or len(box) != 4 or not all(map(_is_number, box)):
        raise ValueError("bbox must be four numbers: west, south, east, north")
    west, south, east, north = map(float, box)
    if max(abs(west), abs(east)) > 180 or max(abs(south), abs(north)) > 90:
        raise ValueError("bbox must be degrees: longitudes up to 180, latitudes up to 90")
    if south > north:
        raise ValueError("bbox must have its south below its north")
    return west, south, east, north


def _kinds(value: Any) -> frozenset[str]:
    if not isinstance(value, list) or len(value) > 10 or not all(each in KINDS for each in value):
        raise ValueError(f"must be a list of {', '.join(KINDS)}")
    return frozenset(value)


def _code(value: Any) -> str:
    if not isinstance(value, str) or not 1 <= len(value) <= MOST_CODE or not value.isprintable():
        raise ValueError(f"must be a code of 1 to {MOST_CODE} characters")
    return value


def _movers(value: Any) -> tuple[int, ...]:
    if not isinstance(value, list) or len(value) > MOST_MOVERS:
        raise ValueError(f"must be a list of up to {MOST_MOVERS} numbers")
    if not all(_is_whole(each) for each in value):
        raise ValueError("must be a list of whole numbers from 0 on")
    return tuple(sorted(set(value)))


def _rate(value: Any) -> float:
    if not _is_number(value) or not SLOWEST_HZ <= value <= FASTEST_HZ:
        raise ValueError(f"must be a number from {SLOWEST_HZ} to {FASTEST_HZ}")
    return float(value)


def _resume(value: Any) -> Resume:
    is_named = isinstance(value, dict) and value.keys() == {"epoch", "seq"}
    if not is_named or not all(map(_is_whole, value.values())):
        raise ValueError("must be an object with the whole numbers `epoch` and `seq`")
    return Resume(value["epoch"], value["seq"])


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _is_whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= _MOST
