"""Operations on single borders: whoever lies beside them follows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import ClassVar

from grid_editor.change import Change, Piece
from grid_editor.linking import relink
from grid_editor.noding import SNAP_NANO, Chain, Line, Spot, Vertex, nearest, vertices
from grid_editor.operations.operation import Operation, refuse_composed, refuse_crossing_itself
from grid_editor.operations.reading import Payload
from grid_editor.pieces import Box
from grid_editor.state import State
from spatial.errors import InvalidInput

REACH_NANO = 10_000
"""About a metre: so near must a place lie to the vertex or border that is meant."""


@dataclass(frozen=True)
class MoveVertex(Operation):
    """Move a vertex (顶点) of borders; all units that have it follow."""

    at: Vertex
    to: Vertex
    name: ClassVar[str] = "move_vertex"
    course: ClassVar[str] = "to"

    @classmethod
    def read(cls, given: Payload) -> MoveVertex:
        """Read {at, to}."""
        return cls(given.vertex("at"), given.vertex("to"))

    def draft(self, state: State) -> Change:
        """Replace the vertex in every arc that has it."""
        vertex = _vertex_at(state, self.at)
        taken = nearest(self.to, state.pieces_in(around(self.to, SNAP_NANO)), SNAP_NANO)
        if taken is not None and taken.is_vertex and taken.at != vertex:
            raise InvalidInput.at("to", "another vertex of a border lies there already")
        before = _pieces_with(state, vertex)
        moved = [tuple(self.to if v == vertex else v for v in vertices(piece)) for piece in before]
        return relink(state, before, _chains(before, moved))


@dataclass(frozen=True)
class InsertVertex(Operation):
    """Put a vertex into a border where it runs straight."""

    at: Vertex
    name: ClassVar[str] = "insert_vertex"
    course: ClassVar[str] = "at"
    changes: ClassVar[tuple[str, ...] | None] = ()

    @classmethod
    def read(cls, given: Payload) -> InsertVertex:
        """Read {at}."""
        return cls(given.vertex("at"))

    def draft(self, state: State) -> Change:
        """Insert the place on the edge that is nearest."""
        spot = _border_at(state, self.at, SNAP_NANO)
        line = vertices(spot.piece)
        if spot.at in line:
            raise InvalidInput.at("at", "the border has a vertex there already")
        longer = (*line[: spot.index + 1], spot.at, *line[spot.index + 1 :])
        return relink(state, [spot.piece], _chains([spot.piece], [longer]))


@dataclass(frozen=True)
class RemoveVertex(Operation):
    """Take a vertex out of a border, which then runs straight between its neighbours."""

    at: Vertex
    name: ClassVar[str] = "remove_vertex"
    course: ClassVar[str] = "at"

    @classmethod
    def read(cls, given: Payload) -> RemoveVertex:
        """Read {at}."""
        return cls(given.vertex("at"))

    def draft(self, state: State) -> Change:
        """Remove a vertex that is no node."""
        vertex = _vertex_at(state, self.at)
        before = _pieces_with(state, vertex)
        line = vertices(before[0])
        inner = line[0] == line[-1] and len(state.pieces_at(vertex)) == 1 == len(before)
        if len(before) > 1 or (vertex in (line[0], line[-1]) and not (inner and _is_ring(state, before[0]))):
            raise InvalidInput.at("at", "borders meet in this vertex: it can be moved, but not removed")
        rest = tuple(v for v in line if v != vertex)
        rest = (*rest, rest[0]) if vertex == line[0] else rest
        if len(set(rest)) < (3 if rest[0] == rest[-1] else 2):
            raise InvalidInput.at("at", "the border needs this vertex: no area would be left inside it")
        return relink(state, before, _chains(before, [rest]))


@dataclass(frozen=True)
class MoveBorder(Operation):
    """Give a border (弧段) a new course between the same ends."""

    at: Vertex
    line: Line
    name: ClassVar[str] = "move_border"
    course: ClassVar[str] = "line"

    @classmethod
    def read(cls, given: Payload) -> MoveBorder:
        """Read {at: a place on the border, line: its new course, in either direction}."""
        return cls(given.vertex("at"), given.line("line"))

    def draft(self, state: State) -> Change:
        """Replace the arc; a border that meets no other may lie anywhere, and its line must be closed."""
        piece = _border_at(state, self.at, -1).piece
        course = self._course(state, piece)
        refuse_crossing_itself("line", course)
        return relink(state, [piece], _chains([piece], [course]))

    def _course(self, state: State, piece: Piece) -> Line:
        start, end = piece.ends
        first, last = self.line[0], self.line[-1]
        if _is_ring(state, piece):
            if not _near(first, last):
                raise InvalidInput.at("line", "this border is closed: the line must end where it begins")
            return _oriented((*self.line[:-1], first))
        if _near(first, end) and _near(last, start) and not _near(first, start):
            start, end = end, start
        if not _near(first, start) or not _near(last, end):
            raise InvalidInput.at("line", "the line must begin and end at the two ends of the border")
        course = _thin((start, *self.line[1:-1], end))
        if start == end:
            return _oriented(course)
        return course if start == piece.ends[0] else course[::-1]


def around(vertex: Vertex, reach: int = 0) -> Box:
    """Give the box around a vertex."""
    return vertex[0] - reach, vertex[1] - reach, vertex[0] + reach, vertex[1] + reach


def _border_at(state: State, place: Vertex, vertex_nano: int = REACH_NANO) -> Spot:
    refuse_composed(state, "at")
    spot = nearest(place, state.pieces_in(around(place, REACH_NANO)), REACH_NANO, vertex_nano)
    if spot is None:
        raise InvalidInput.at("at", "there is no border within a metre of this place")
    return spot


def _vertex_at(state: State, place: Vertex) -> Vertex:
    spot = _border_at(state, place)
    if not spot.is_vertex:
        raise InvalidInput.at("at", "no border has a vertex within a metre of this place")
    return spot.at


def _pieces_with(state: State, vertex: Vertex) -> list[Piece]:
    return sorted(piece for piece in state.pieces_in(around(vertex)) if vertex in vertices(piece))


def _chains(pieces: Sequence[Piece], lines: Sequence[Line]) -> list[Chain]:
    return [Chain(line, piece.left, piece.right) for piece, line in zip(pieces, lines, strict=True)]


def _is_ring(state: State, piece: Piece) -> bool:
    start, end = piece.ends
    return start == end and len(state.pieces_at(start)) == 1


def _near(one: Vertex, other: Vertex) -> bool:
    return max(abs(one[0] - other[0]), abs(one[1] - other[1])) <= REACH_NANO


def _thin(line: Line) -> Line:
    return (line[0], *(b for a, b in pairwise(line) if a != b))


def _oriented(ring: Line) -> Line:
    """Let a closed course run as closed arcs do, counter-clockwise."""
    twice = sum(a[0] * b[1] - b[0] * a[1] for a, b in pairwise(ring))
    return _thin(ring if twice > 0 else ring[::-1])
