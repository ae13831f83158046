"""Random coverages and random operations on whatever state they have come to."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

import numpy as np
import shapely
from hypothesis import strategies as st

from grid_editor.base import Base
from grid_editor.change import UnitValue
from grid_editor.state import State
from spatial.geometry.arcs import build_arcs
from spatial.geometry.precision import from_nano
from tests.grid_editor.cities import about, uid, unit
from tests.spatial.coverages import as_multi, polygonise

ORIGIN = (116_300_000_000, 39_900_000_000)
Numbers = tuple[float, ...]
Payload = dict[str, Any]


@st.composite
def cities(draw: st.DrawFn) -> State:
    """Draw a coverage with its tree: units of several parts, enclaves, gaps, units that touch at points."""
    size = draw(st.sampled_from([6, 20, 400]))
    point = st.tuples(st.integers(0, size), st.integers(0, size))
    lines = draw(st.lists(st.lists(point, min_size=2, max_size=4), min_size=1, max_size=7))
    lines.append([(0, 0), (size, 0), (size, size), (0, size), (0, 0)])
    faces = polygonise(lines, ORIGIN, 8_000_000 // size)
    complete = draw(st.booleans())
    least = 0 if complete else -1
    of = [
        0,
        *draw(st.lists(st.integers(least, len(faces)), min_size=len(faces) - 1, max_size=len(faces) - 1)),
    ]
    shapes = [
        as_multi(shapely.coverage_union_all([faces[i] for i in np.flatnonzero(np.equal(of, owner))]))
        for owner in sorted(set(of) - {-1})
    ]
    parents = draw(st.lists(st.integers(0, 2), min_size=len(shapes), max_size=len(shapes)))
    units = [unit(3, f"g{i}", f"c{parent}") for i, parent in enumerate(parents)]
    units += [unit(2, f"c{parent}", "d") for parent in sorted(set(parents))] + [unit(1, "d", None)]
    levels = ("street", "community", "grid")
    return State(Base.compile(about(complete, levels), 1, units, build_arcs(shapes)))


def edits(least: int, most: int) -> st.SearchStrategy[list[tuple[str, Numbers]]]:
    """Draw names of operations with eight numbers from 0 to 1 that decide about the rest."""
    seeds = st.integers(0, 2**32 - 1)
    numbers = seeds.map(lambda seed: tuple(np.random.default_rng(seed).random(8).tolist()))
    return st.lists(st.tuples(st.sampled_from(sorted(EDITS)), numbers), min_size=least, max_size=most)


def payload(state: State, edit: tuple[str, Numbers]) -> Payload:
    """Make the payload of an edit for a state."""
    op, numbers = edit
    new = str(UUID(int=int.from_bytes(np.array(numbers).tobytes()[:16], "little")))
    return {"op": op, **EDITS[op](state, numbers, new)}


def _pick(state: State, level: int, number: float) -> UnitValue:
    units = sorted(state.units(level), key=lambda unit: unit.id)
    return units[min(int(number * len(units)), len(units) - 1)]


def _grid(state: State, number: float) -> UnitValue:
    return _pick(state, state.base.depth, number)


def _in(state: State, unit: UnitValue, x: float, y: float, room: float = 0.2) -> list[float]:
    """A place in the box of a unit, or a little beyond it."""
    west, south, east, north = state.polygon(unit.id).bounds
    lon = west - room * (east - west) + x * (1 + 2 * room) * (east - west)
    lat = south - room * (north - south) + y * (1 + 2 * room) * (north - south)
    return [round(lon, 9), round(lat, 9)]


def _line(state: State, unit: UnitValue, n: Numbers) -> list[list[float]]:
    line = [_in(state, unit, n[0], n[1]), _in(state, unit, n[2], n[3])]
    return [*line, _in(state, unit, n[4], n[5])] if n[6] < 0.5 else line


def _triangle(state: State, unit: UnitValue, n: Numbers) -> dict[str, Any]:
    ring = [_in(state, unit, n[i], n[i + 1]) for i in (0, 2, 4)]
    return {"type": "Polygon", "coordinates": [[*ring, ring[0]]]}


def _vertex(state: State, n: float, m: float) -> list[float]:
    pieces = state.pieces_of(_grid(state, n).id)
    points = np.concatenate([piece.points for piece in sorted(pieces)])
    found: list[float] = from_nano(points[min(int(m * len(points)), len(points) - 1)]).tolist()
    return found


def _beside(state: State, n: float, m: float, x: float, y: float) -> list[float]:
    lon, lat = _vertex(state, n, m)
    return [round(lon + (x - 0.5) * 2e-3, 9), round(lat + (y - 0.5) * 2e-3, 9)]


def _middle(state: State, n: float, m: float) -> list[float]:
    pieces = sorted(state.pieces_of(_grid(state, n).id))
    points = pieces[min(int(m * len(pieces)), len(pieces) - 1)].points
    found: list[float] = from_nano((points[0] + points[1]) // 2).tolist()
    return found


def _move_border(state: State, n: Numbers, new: str) -> Payload:
    pieces = sorted(state.pieces_of(_grid(state, n[0]).id))
    points = from_nano(pieces[min(int(n[1] * len(pieces)), len(pieces) - 1)].points)
    middle = points.mean(axis=0) + (np.array(n[2:4]) - 0.5) * 2e-3
    at = ((points[0] + points[1]) / 2).tolist()
    return {"at": at, "line": [points[0].tolist(), middle.round(9).tolist(), points[-1].tolist()]}


def _replace(state: State, n: Numbers, new: str) -> Payload:
    unit = _grid(state, n[7])
    fresh = {"new": new, "name": "imported", "parent": _pick(state, state.base.depth - 1, n[6]).id}
    whose = {"unit": unit.id} if n[6] < 0.5 else fresh
    return {"units": [{**whose, "polygon": _triangle(state, unit, n)}], "outside": n[6] > 0.75}


EDITS: dict[str, Callable[[State, Numbers, str], Payload]] = {
    "split": lambda s, n, new: {"unit": _grid(s, n[7]).id, "line": _line(s, _grid(s, n[7]), n), "new": new},
    "merge": lambda s, n, new: {
        "units": [_grid(s, n[0]).id, _grid(s, n[1]).id],
        "into": _grid(s, n[1]).id,
    },
    "transfer": lambda s, n, new: {
        "from": _grid(s, n[7]).id,
        "to": _grid(s, n[6]).id,
        "polygon": _triangle(s, _grid(s, n[7]), n),
    },
    "draw": lambda s, n, new: {
        "name": "drawn",
        "new": new,
        "polygon": _triangle(s, _grid(s, n[7]), n),
        "parent": _pick(s, s.base.depth - 1, n[6]).id,
        "outside": n[6] < 0.2,
    },
    "cut": lambda s, n, new: {
        "unit": _grid(s, n[7]).id,
        "new": new,
        "polygon": _triangle(s, _grid(s, n[7]), n),
        **({"name": "cut out"} if n[6] < 0.7 else {"reason": "a lake"}),
    },
    "reshape": lambda s, n, new: {
        "unit": _grid(s, n[7]).id,
        "line": _line(s, _grid(s, n[7]), n),
        "outside": n[6] < 0.2,
    },
    "move_vertex": lambda s, n, new: {
        "at": _vertex(s, n[0], n[1]),
        "to": _beside(s, n[0], n[1], n[2], n[3]) if n[5] < 0.8 else _vertex(s, n[2], n[3]),
    },
    "insert_vertex": lambda s, n, new: {"at": _middle(s, n[0], n[1])},
    "remove_vertex": lambda s, n, new: {"at": _vertex(s, n[0], n[1])},
    "move_border": _move_border,
    "retire": lambda s, n, new: {
        "unit": _grid(s, n[0]).id,
        **({"to": _grid(s, n[1]).id} if n[2] < 0.6 else {}),
    },
    "migrate": lambda s, n, new: {
        "units": [_grid(s, n[0]).id, _grid(s, n[1]).id],
        "parent": _pick(s, s.base.depth - 1, n[2]).id,
    },
    "rename": lambda s, n, new: {"unit": _grid(s, n[0]).id, "name": f"name {n[1]}"},
    "recode": lambda s, n, new: {"unit": _grid(s, n[0]).id, "code": f"g{int(n[1] * 30)}"},
    "assign": lambda s, n, new: {"unit": _grid(s, n[0]).id, "people": [[int(n[1] * 9), "leader"]]},
    "replace": _replace,
}

__all__ = ["cities", "edits", "payload", "uid"]
