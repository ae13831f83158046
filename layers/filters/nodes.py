"""The tree of a filter: what is asked, before it is known of which layer."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, TypeAlias


@dataclass(frozen=True, slots=True, eq=False)
class Literal:
    """A truth value, number or text; TRUE is not 1, as it is in Python."""

    value: bool | int | Decimal | str

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Literal) and self._key() == other._key()

    def __hash__(self) -> int:
        return hash(self._key())

    def _key(self) -> tuple[bool, bool | int | Decimal | str]:
        return isinstance(self.value, bool), self.value


@dataclass(frozen=True, slots=True)
class Day:
    """A date: one whole day."""

    value: date


@dataclass(frozen=True, slots=True)
class Moment:
    """A timestamp, always with its offset."""

    value: datetime


@dataclass(frozen=True, slots=True)
class Open:
    """The end of an interval that has none (`..`)."""

    at_start: bool


@dataclass(frozen=True, slots=True)
class Interval:
    """The time from start to end, both included; each an instant, a property, a function or Open."""

    start: Node
    end: Node


@dataclass(frozen=True, slots=True)
class Shape:
    """A valid Shapely geometry without heights, in the axis order in which it was sent."""

    geometry: Any


@dataclass(frozen=True, slots=True)
class Box:
    """The lower and the upper corner of a bounding box, in the axis order in which it was sent."""

    lower: tuple[float, float]
    upper: tuple[float, float]


@dataclass(frozen=True, slots=True)
class Property:
    """The value of an attribute, by its published name."""

    name: str


@dataclass(frozen=True, slots=True)
class Array:
    """A list of values."""

    items: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Call:
    """An operator or function of CQL2, in small letters, and what it is applied to."""

    name: str
    arguments: tuple[Node, ...]


Node: TypeAlias = Literal | Day | Moment | Open | Interval | Shape | Box | Property | Array | Call


@dataclass(frozen=True, slots=True)
class Expression:
    """A filter that has been read; `compile_filter` makes SQL of it for a layer."""

    root: Node


def describe(node: Node) -> str:
    """Name a part of a filter for a message to the one who wrote it."""
    if isinstance(node, Property):
        return f"'{node.name}'"
    if isinstance(node, Literal) and isinstance(node.value, str):
        return f"the text '{node.value[:40]}'"
    if isinstance(node, Literal):
        return str(node.value).lower()
    if isinstance(node, Call):
        return node.name.upper()
    if isinstance(node, Day | Moment):
        return node.value.isoformat()
    return {Interval: "the interval", Array: "the list", Open: "'..'"}.get(type(node), "the geometry")
