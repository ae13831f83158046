"""What an operation does, as a value: arcs and units that go, arcs and units that come.

Both sides are complete, so the inverse is a swap, and changes after one another make one net change.
"""

from __future__ import annotations

import base64
import struct
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from operator import attrgetter
from typing import Any

import numpy as np

from spatial.errors import InvalidInput
from spatial.geometry.precision import IntArray

_VERTEX = struct.Struct("<2q")
OUTSIDE = ""
"""The side of an arc where no unit is."""
FORMAT = 1


@dataclass(frozen=True, order=True)
class Piece:
    """An arc as a value, in the canonical direction of `spatial.geometry.arcs`."""

    coords: bytes
    """int64 little-endian, lon and lat in nano-degrees of one vertex after another, both ends included."""
    left: str
    """Id of the base unit on the left; "" outside."""
    right: str
    """Id of the base unit on the right; "" outside."""

    @classmethod
    def of(cls, points: Any, left: str, right: str) -> Piece:
        """Make a piece of whole nano-degrees (n, 2) that already run in the canonical direction."""
        return cls(np.asarray(points, "<i8").tobytes(), left, right)

    @property
    def points(self) -> IntArray:
        """The vertices, (n, 2) nano-degrees lon, lat; read-only."""
        return np.frombuffer(self.coords, "<i8").reshape(-1, 2)

    @property
    def ends(self) -> tuple[tuple[int, int], tuple[int, int]]:
        """The first and the last vertex; the same one twice when the arc is closed."""
        first: tuple[int, int] = _VERTEX.unpack_from(self.coords)
        last: tuple[int, int] = _VERTEX.unpack_from(self.coords, len(self.coords) - _VERTEX.size)
        return first, last

    @property
    def sides(self) -> tuple[str, str]:
        """The units on the left and on the right."""
        return self.left, self.right


@dataclass(frozen=True, order=True)
class UnitValue:
    """A unit as a plan sees it."""

    id: str
    """The identity through all versions, a UUID as text."""
    level: int
    """1 is the whole; the highest level is the base units'."""
    code: str | None
    """None: not issued yet, given at publication."""
    parent: str | None
    """Id of the unit above. Of a first level that lies in another coverage: the code of its unit there."""
    name: str
    name_en: str
    generated: bool
    evidence: str | None = None
    people: tuple[tuple[int, str], ...] = ()
    """Worker id and role (leader, worker, liaison), sorted."""


@dataclass(frozen=True)
class Change:
    """A patch between two states; tuples are sorted, nothing stands on both sides."""

    removed: tuple[Piece, ...] = ()
    added: tuple[Piece, ...] = ()
    before: tuple[UnitValue, ...] = ()
    """Units that changed, as they were; one that stands only here is retired."""
    after: tuple[UnitValue, ...] = ()
    """Units that changed, as they are; one that stands only here is new."""

    @classmethod
    def between(
        cls,
        removed: Iterable[Piece] = (),
        added: Iterable[Piece] = (),
        before: Iterable[UnitValue] = (),
        after: Iterable[UnitValue] = (),
    ) -> Change:
        """Make the net change of two sides: what stands on both is left out."""
        gone, come, was, now = set(removed), set(added), set(before), set(after)
        return cls(
            tuple(sorted(gone - come, key=in_order)),
            tuple(sorted(come - gone, key=in_order)),
            tuple(sorted(was - now, key=_by_id)),
            tuple(sorted(now - was, key=_by_id)),
        )

    def __bool__(self) -> bool:
        return bool(self.removed or self.added or self.before or self.after)

    @cached_property
    def units(self) -> frozenset[str]:
        """Ids of all units whose borders or values change; parents whose borders follow are not named."""
        sides = {side for piece in (*self.removed, *self.added) for side in piece.sides}
        return frozenset((sides | {unit.id for unit in (*self.before, *self.after)}) - {OUTSIDE})

    @cached_property
    def reshaped(self) -> frozenset[str]:
        """Ids of the base units whose borders change, be it by a vertex only."""
        sides = {side for piece in (*self.removed, *self.added) for side in piece.sides}
        return frozenset(sides - {OUTSIDE})

    @cached_property
    def born(self) -> frozenset[str]:
        """Ids of the units that are new."""
        return frozenset({unit.id for unit in self.after} - {unit.id for unit in self.before})

    @cached_property
    def retired(self) -> frozenset[str]:
        """Ids of the units that are no more."""
        return frozenset({unit.id for unit in self.before} - {unit.id for unit in self.after})

    def inverse(self) -> Change:
        """Give the change that takes it back."""
        return Change(self.added, self.removed, self.after, self.before)

    def then(self, other: Change) -> Change:
        """Give the net change of this one and of another after it."""
        was, now = _sides(self)
        later_was, later_now = _sides(other)
        before, after = {**later_was, **was}, {**now, **later_now}
        born, retired = self.born, other.retired
        return Change.between(
            {*self.removed} | ({*other.removed} - {*self.added}),
            ({*self.added} - {*other.removed}) | {*other.added},
            [unit for id, unit in before.items() if id not in born],
            [unit for id, unit in after.items() if id not in retired],
        )

    def to_json(self) -> dict[str, Any]:
        """Write it as JSON values, coordinates as base64; `from_json` reads exactly this change again."""
        return {
            "format": FORMAT,
            "removed": [_write_piece(piece) for piece in self.removed],
            "added": [_write_piece(piece) for piece in self.added],
            "before": [dict(vars(unit)) for unit in self.before],
            "after": [dict(vars(unit)) for unit in self.after],
        }

    @classmethod
    def from_json(cls, payload: Mapping[str, Any]) -> Change:
        """Read what `to_json` wrote; InvalidInput when it is of another format."""
        if payload.get("format") != FORMAT:
            raise InvalidInput.at("change", f"is not of format {FORMAT}")
        return cls(
            tuple(_read_piece(piece) for piece in payload["removed"]),
            tuple(_read_piece(piece) for piece in payload["added"]),
            tuple(read_unit(unit) for unit in payload["before"]),
            tuple(read_unit(unit) for unit in payload["after"]),
        )


def read_unit(payload: Mapping[str, Any]) -> UnitValue:
    """Read a unit as JSON has it: people as lists."""
    people = tuple((int(worker), str(role)) for worker, role in payload.get("people", ()))
    return UnitValue(**{**payload, "people": people})


def _sides(change: Change) -> tuple[dict[str, UnitValue], dict[str, UnitValue]]:
    return {unit.id: unit for unit in change.before}, {unit.id: unit for unit in change.after}


in_order = attrgetter("coords", "left", "right")
"""Sorts pieces as they compare, and does it much faster."""
_by_id = attrgetter("id")


def _write_piece(piece: Piece) -> list[str]:
    return [base64.b64encode(piece.coords).decode("ascii"), piece.left, piece.right]


def _read_piece(piece: list[str]) -> Piece:
    coords, left, right = piece
    return Piece(base64.b64decode(coords), left, right)
