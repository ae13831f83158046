"""A published coverage as a process keeps it in memory: the compiled index and who is above whom."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
from psycopg import Connection

from spatial.errors import InvalidInput, NotFound
from spatial.geometry.arcs import Arcs
from spatial.geometry.precision import from_nano
from spatial.grids.locate import LocateIndex, compile_index, load_index
from spatial.grids.versions import Snapshot, UnitDraft, read_snapshot


@dataclass(frozen=True)
class Published:
    """One version of a coverage, immutable: whoever holds it answers from this version only."""

    coverage: str
    version: int
    valid_from: datetime
    tolerance_m: float
    levels: tuple[str, ...]
    index: LocateIndex
    chains: tuple[tuple[UnitDraft, ...], ...]
    """For each base unit, in the order of the index: itself and its parents, from coarse to fine."""
    nodes: frozenset[tuple[float, float]]
    """Where two or more arcs meet, in degrees: the border rule is another one there."""


def load_published(
    connection: Connection[Any], home: Path | None, coverage: str, at: datetime | None = None
) -> Published:
    """Read the version in force at a moment (now, unless told) and open or compile its index.

    The compiled index is a file of the state folder named by its content, so that every process of the
    machine maps the same pages and none compiles twice; without a folder it is kept in memory. NotFound when
    nothing was in force.
    """
    snapshot = read_snapshot(connection, coverage, at)
    index = compiled_index(home, snapshot)
    _warm(index)
    return Published(
        snapshot.coverage,
        snapshot.version,
        snapshot.valid_from,
        snapshot.tolerance_m,
        snapshot.levels,
        index,
        _chains(snapshot),
        _nodes(snapshot.arcs),
    )


def compiled_index(home: Path | None, snapshot: Snapshot) -> LocateIndex:
    """Open the compiled index of a snapshot under the state folder `home`, or make it."""
    codes = [unit.code for unit in snapshot.units[: snapshot.base_count]]
    if home is None:
        return compile_index(snapshot.arcs, codes, snapshot.tolerance_m)
    folder = home / "cache" / "locate"
    path = folder / f"{_content(snapshot.arcs, codes, snapshot.tolerance_m)}.index"
    try:
        return load_index(path)
    except (NotFound, InvalidInput):
        # Missing, cut off by a full disk, or written by another version of the program: made anew.
        index = compile_index(snapshot.arcs, codes, snapshot.tolerance_m)
        path.parent.mkdir(parents=True, exist_ok=True)
        index.save(path)
        return load_index(path)


def _warm(index: LocateIndex) -> None:
    """Have every kernel compiled before the first question, not during it."""
    unit, _ = index.locate([0.0], [0.0])
    index.border([0.0], [0.0], unit)
    index.answer(0.0, 0.0)


def _content(arcs: Arcs, codes: list[str], tolerance_m: float) -> str:
    content = hashlib.blake2b(f"{tolerance_m}|{'|'.join(codes)}".encode(), digest_size=16)
    for part in (arcs.coords, arcs.offsets, arcs.left, arcs.right):
        content.update(part.tobytes())
    return content.hexdigest()


def _nodes(arcs: Arcs) -> frozenset[tuple[float, float]]:
    """A ring that meets no other arc begins and ends at its node; that is no meeting."""
    ends = np.bincount(np.concatenate([arcs.start_node, arcs.end_node]), minlength=len(arcs.nodes))
    return frozenset(map(tuple, from_nano(arcs.nodes[ends > 2]).tolist()))


def _chains(snapshot: Snapshot) -> tuple[tuple[UnitDraft, ...], ...]:
    by_code = {unit.code: unit for unit in snapshot.units}

    def up(unit: UnitDraft) -> tuple[UnitDraft, ...]:
        # A first level may lie in a unit of another coverage.
        return (*up(by_code[str(unit.parent_code)]), unit) if unit.level > 1 else (unit,)

    return tuple(up(unit) for unit in snapshot.units[: snapshot.base_count])
