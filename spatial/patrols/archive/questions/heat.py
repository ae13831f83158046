"""Time by cell over archived days: what each graded day put into the heat, added up."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import numpy as np
from psycopg import Connection

from spatial.database import query
from spatial.patrols.archive import days_file
from spatial.patrols.archive.questions.asked import ROOM, Allowed, Asked, Int
from spatial.patrols.archive.store import DAYS, Store
from spatial.patrols.days import moments
from spatial.patrols.heat import cells as lattice
from spatial.patrols.heat.asking import Found
from spatial.patrols.heat.records import Contributions
from spatial.types import BBox


@dataclass(frozen=True)
class Cells:
    """Milliseconds by cell (n,), cells sorted."""

    cells: Int
    ms: Int

    @classmethod
    def added(cls, parts: Iterable[Cells]) -> Cells:
        """Add up; whole numbers, so that no order of them matters."""
        held = list(parts)
        cells = np.concatenate([np.zeros(0, np.int64), *(each.cells for each in held)])
        ms = np.concatenate([np.zeros(0, np.int64), *(each.ms for each in held)])
        order = np.argsort(cells, kind="stable")
        cells, ms = cells[order], ms[order]
        if not len(cells):
            return cls(cells, ms)
        starts = np.flatnonzero(np.concatenate([[True], cells[1:] != cells[:-1]]))
        return cls(cells[starts], np.add.reduceat(ms, starts))


def of_file(store: Store, day: date, generation: int, level: int, box: BBox | None, who: Allowed) -> Cells:
    """Add up a day of the archive."""
    with store.open(DAYS, day, generation) as file:
        table = days_file.read(file, columns=["mover_id", "heat"])
    movers = table.column("mover_id").to_numpy()
    rows = np.flatnonzero(np.isin(movers, who.movers))
    heats = table.column("heat").take(rows).to_pylist()
    return of_rows(zip(movers[rows].tolist(), heats, strict=True), level, box, who)


def of_database(
    connection: Connection[Any], days: list[date], level: int, box: BBox | None, who: Allowed
) -> Cells:
    """Add up days of the database, on a connection of whoever asks."""
    found = []
    for day in days:
        values = {"day": day, "movers": who.movers.tolist()}
        rows = connection.execute(query(ROOM, "heat"), values, binary=True).fetchall()
        found.append(of_rows(rows, level, box, who))
    return Cells.added(found)


def of_rows(rows: Iterable[tuple[int, bytes | None]], level: int, box: BBox | None, who: Allowed) -> Cells:
    """Add up what movers' days put into the heat: movers and bytes of `Contributions.packed`."""
    ours = dict(zip(who.movers.tolist(), who.ours.tolist(), strict=True))
    return Cells.added(
        _window(_allowed(Contributions.unpacked(heat), who.every if ours[mover] else who.units), level, box)
        for mover, heat in rows
    )


def _allowed(given: Contributions, units: frozenset[str] | None) -> Cells:
    """Leave out what lies where the reader may not look: units by their place, none first."""
    entries = given.entries
    if units is None:
        return Cells(entries.cells, entries.ms)
    kept = np.array([False, *(code in units for code in given.units)])[entries.units]
    return Cells(entries.cells[kept], entries.ms[kept])


def _window(given: Cells, level: int, box: BBox | None) -> Cells:
    cells = lattice.coarser(given.cells, level)
    if box is not None:
        west, north, east, south = lattice.window(level, box)
        column, row = lattice.columns_rows(cells)
        inside = (column >= west) & (column <= east) & (row >= north) & (row <= south)
        return Cells.added([Cells(cells[inside], given.ms[inside])])
    return Cells.added([Cells(cells, given.ms)])


def found(asked: Asked, cells: Cells) -> Found:
    """Say it as the heat of the database does."""
    since, until = moments(asked.first)[0], moments(asked.last + timedelta(days=1))[0]
    return Found(asked.level, cells.cells, cells.ms, since, until, len(asked.days), None)


def told(asked: Asked, cells: Cells) -> dict[str, Any]:
    """Write an answer as JSON has it."""
    lon, lat = lattice.middles(asked.level, cells.cells)
    middle = float(np.median(lat)) if len(lat) else 0.0
    return {
        "level": asked.level, "cell_m": round(lattice.side_m(asked.level, middle), 2),
        "total_s": int(cells.ms.sum()) / 1000,
        "cells": {
            "cell": cells.cells.tolist(), "lon": np.round(lon, 7).tolist(), "lat": np.round(lat, 7).tolist(),
            "ms": cells.ms.tolist(),
        },
    }  # fmt: skip
