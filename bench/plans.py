"""How long an operation of a plan takes on a coverage of 10,000 grids with 37 vertices each: kernel only.

    python -m bench.plans [grids]

Times are of one core (CPU, so that a busy machine does not count), median and 95 % over many places; what the
database and HTTP add is not in them.
"""

from __future__ import annotations

import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any
from uuid import NAMESPACE_OID, uuid5

import numpy as np
import shapely

from bench.synthetic import coverage
from grid_editor.base import Base
from grid_editor.change import UnitValue
from grid_editor.operations import parse
from grid_editor.proof import prove, prove_all
from grid_editor.state import State
from spatial.errors import InvalidInput
from spatial.geometry.arcs import build_arcs
from spatial.grids.units import Coverage

GRIDS = 10_000
ROUNDS = 60
ABOUT = Coverage("bench", "网格", "Grids", "social", ("street", "community", "grid"), "local", 50.0)


def uid(name: str) -> str:
    """Give the identity of a synthetic unit."""
    return str(uuid5(NAMESPACE_OID, name))


def polygons(grids: int) -> Any:
    """Make that many polygons at least, and drop what is too much."""
    found = coverage(int(grids * 1.235), step_degrees=2.35e-4 * np.sqrt(8_000 / grids))
    return found[:grids]


def units(shapes: Any) -> list[UnitValue]:
    """Give twenty grids to a community, twenty communities to a street."""
    communities = (len(shapes) + 19) // 20
    made = [
        UnitValue(uid(f"g{i}"), 3, f"g{i}", uid(f"c{i // 20}"), f"g{i}", "", True) for i in range(len(shapes))
    ]
    made += [
        UnitValue(uid(f"c{i}"), 2, f"c{i}", uid(f"s{i // 20}"), f"c{i}", "", True) for i in range(communities)
    ]
    streets = (communities + 19) // 20
    return made + [UnitValue(uid(f"s{i}"), 1, f"s{i}", None, f"s{i}", "", True) for i in range(streets)]


class Clock:
    """Times by name."""

    def __init__(self) -> None:
        self.times: dict[str, list[float]] = defaultdict(list)

    def take(self, name: str, work: Callable[[], Any]) -> Any:
        """Do some work and note how long it took."""
        began = time.thread_time()
        result = work()
        self.times[name].append(time.thread_time() - began)
        return result

    def lines(self) -> Iterator[str]:
        """Say median and 95 % in milliseconds."""
        for name, times in self.times.items():
            median, high = np.percentile(times, [50, 95]) * 1e3
            yield f"{name:<44}{median:>10.2f}{high:>10.2f}{len(times):>7}"


def payloads(state: State, unit: UnitValue, rng: np.random.Generator) -> Iterator[dict[str, Any]]:
    """Make an operation of every kind near a grid."""
    west, south, east, north = state.polygon(unit.id).bounds
    middle = (south + north) / 2
    other = sorted(state.neighbours(unit.id))[0]
    vertex = (sorted(state.pieces_of(unit.id))[0].points[1] / 1e9).tolist()
    shift = rng.normal(0, 1e-5, 2)
    part = shapely.box((west + east) / 2, south - 1e-4, east + 1e-4, north + 1e-4).__geo_interface__
    small = shapely.Point(state.polygon(unit.id).point_on_surface()).buffer(3e-5).__geo_interface__
    yield {"op": "split", "unit": unit.id, "line": [[west - 1e-4, middle], [east + 1e-4, middle + 1e-5]]}
    yield {"op": "merge", "units": [unit.id, other], "into": unit.id}
    yield {"op": "transfer", "from": unit.id, "to": other, "polygon": part}
    yield {"op": "cut", "unit": unit.id, "polygon": small, "name": "cut"}
    yield {"op": "draw", "polygon": part, "name": "drawn", "parent": unit.parent}
    yield {"op": "reshape", "unit": unit.id, "line": [[west - 1e-4, middle], [east, north + 1e-4]]}
    yield {"op": "move_vertex", "at": vertex, "to": [vertex[0] + shift[0], vertex[1] + shift[1]]}
    yield {"op": "rename", "unit": unit.id, "name": "renamed"}


def measure(clock: Clock, state: State, rng: np.random.Generator) -> None:
    """Do one operation of every kind near a random grid, each on the same state."""
    grids = list(state.base.pieces_of)
    unit = state.unit(grids[rng.integers(len(grids))])
    for said in payloads(state, unit, rng):
        operation = parse(said)
        try:
            change = clock.take(f"{said['op']}: apply with proof", partial(operation.change, state))
        except InvalidInput:
            continue
        after = State.of(state.base, state.change.then(change))
        if change.reshaped:
            clock.take("local proof", partial(prove, state, after, change))
        clock.take("change to JSON", change.to_json)


def main() -> None:
    """Compile a coverage, and operate on it fresh and with a plan of a hundred steps behind it."""
    shapes = polygons(int(sys.argv[1]) if len(sys.argv) > 1 else GRIDS)
    each = shapely.get_num_coordinates(shapes).mean()
    print(f"{len(shapes)} grids, {each:.0f} vertices each")
    clock = Clock()
    arcs = build_arcs(shapes)
    base = clock.take("compile a version", lambda: Base.compile(ABOUT, 1, units(shapes), arcs).warm())
    state = State(base)
    rng = np.random.default_rng(1)
    for _ in range(ROUNDS):
        measure(clock, state, rng)
    busy = behind(state, 100, rng)
    aged = Clock()
    for _ in range(ROUNDS // 4):
        measure(aged, busy, rng)
    clock.take("full proof of all grids", lambda: prove_all(busy))
    print(f"{'ms':<44}{'median':>10}{'95 %':>10}{'n':>7}")
    print("\n".join(clock.lines()))
    print(f"with {len(busy.change.added)} new arcs behind it:")
    print("\n".join(aged.lines()))


def behind(state: State, steps: int, rng: np.random.Generator) -> State:
    """Give a state after that many splits."""
    grids = list(state.base.pieces_of)
    done = 0
    while done < steps:
        unit = state.unit(grids[rng.integers(len(grids))])
        try:
            state = state.apply(parse(next(payloads(state, unit, rng))).change(state))
            done += 1
        except InvalidInput:
            continue
    return state


if __name__ == "__main__":
    main()
