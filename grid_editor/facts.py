"""What is known of the ground below a plan: who lives there, what happens, what stands there.

Read for a box, under the rights of the reader: who sees a part of the city only has the figures of that
part only. Nothing of it is kept, so nothing of it is old and nobody meets the rows of somebody else.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely
from psycopg import Connection

from spatial.database import query
from spatial.errors import InvalidInput
from spatial.geometry.precision import FloatArray
from spatial.geometry.rasters import Raster, quarter_points, zonal_sums
from spatial.grids.units import Coverage
from spatial.rasters import POPULATION, load_raster
from spatial.rights.reader import Reader
from spatial.rights.rules import RESPONDERS
from spatial.types import BBox

ROOM = "grid_editor"

KINDS = ("events_open", "events_year", "places", "components", "on_duty")
"""What is counted by points: events not closed, events of the last 365 days, and so on."""
PEOPLE, HOUSEHOLDS = "people", "households"
FIGURES = (PEOPLE, HOUSEHOLDS, "buildings", *KINDS)
"""Everything that is counted for an area."""

MOST_POINTS = 200_000
"""Most points that are given at once to be added up elsewhere."""

Figures = dict[str, float | None]
"""Counts by name of FIGURES; None where nothing is known."""


@dataclass(frozen=True)
class Points:
    """Places of one kind, each with how much it counts."""

    lon: FloatArray
    lat: FloatArray
    weight: FloatArray


@dataclass(frozen=True)
class Thing:
    """A building or street on the base map."""

    id: str
    name: str
    shape: Any


@dataclass(frozen=True)
class Nested:
    """A unit of a coverage whose units lie in units of this one (微网格 in 网格)."""

    coverage: str
    id: str
    code: str
    name: str
    parent_code: str | None
    shape: Any


@dataclass(frozen=True)
class Facts:
    """The ground in a box. Empty facts say nothing, and no rule that needs them finds anything."""

    points: Mapping[str, Points] = field(default_factory=dict)
    population: Raster | None = None
    buildings: tuple[Thing, ...] = ()
    streets: tuple[Thing, ...] = ()
    nested: tuple[Nested, ...] = ()
    parents: Mapping[str, Any] = field(default_factory=dict)
    """Polygons by code of the units that the units of the first level lie in."""
    staffed: frozenset[str] | None = None
    """Codes of the units that somebody works in by the register; None: the reader may not know."""
    codes: tuple[str, str] | None = None
    """From which code until which (not included) the reader sees rows; None: all of them."""

    def knows(self, code: str | None) -> bool:
        """Tell whether what is counted in a unit of this code is all that there is."""
        return self.codes is None or (code is not None and self.codes[0] <= code < self.codes[1])

    @cached_property
    def building_tree(self) -> Any:
        """The buildings as a search tree, in their order."""
        return shapely.STRtree([thing.shape for thing in self.buildings])

    @cached_property
    def street_tree(self) -> Any:
        """The streets as a search tree, in their order."""
        return shapely.STRtree([thing.shape for thing in self.streets])

    @cached_property
    def building_middles(self) -> Points:
        """One point in each building: where the whole of it counts."""
        at = shapely.get_coordinates(shapely.point_on_surface([thing.shape for thing in self.buildings]))
        return Points(at[:, 0], at[:, 1], np.ones(len(at)))

    def count(self, areas: Sequence[Any]) -> list[Figures]:
        """Count for each area (Shapely, lon, lat) all FIGURES.

        People and households are those of the cells, by exact shares; everything else is counted by points,
        one on the border of two areas for the first of them.
        """
        columns: dict[str, Sequence[float | None]] = {
            kind: _tally(areas, self.points[kind]) if kind in self.points else [None] * len(areas)
            for kind in KINDS
        }
        columns["buildings"] = _tally(areas, self.building_middles)
        columns |= self._people(areas)
        return [{name: columns[name][row] for name in FIGURES} for row in range(len(areas))]

    def _people(self, areas: Sequence[Any]) -> dict[str, Sequence[float | None]]:
        if self.population is None:
            return dict.fromkeys((PEOPLE, HOUSEHOLDS), [None] * len(areas))
        sums = zonal_sums(self.population, areas)
        bands = self.population.bands
        return {
            name: sums[:, bands.index(name)].tolist() if name in bands else [None] * len(areas)
            for name in (PEOPLE, HOUSEHOLDS)
        }


NO_FACTS = Facts()


def _tally(areas: Sequence[Any], points: Points) -> list[float]:
    """Sum the weights of the points in each area."""
    tree = shapely.STRtree(np.asarray(areas, dtype=object))
    point, area = tree.query(shapely.points(points.lon, points.lat), predicate="intersects")
    order = np.lexsort((-area, point))
    owner = np.full(len(points.lon), -1)
    owner[point[order]] = area[order]
    inside = owner >= 0
    return [float(count) for count in np.bincount(owner[inside], points.weight[inside], len(areas))]


def read_facts(connection: Connection[Any], reader: Reader, about: Coverage, box: BBox) -> Facts:
    """Read what a reader, whose session this is, may know of the ground in a box (degrees)."""
    values = {**box._asdict(), "coverage": about.name, "within": about.within, "level": about.within_level}
    things = _rows(connection, "facts_things", values)
    knows_people = reader.role in RESPONDERS
    return Facts(
        _points(connection, values, knows_people),
        load_raster(connection, POPULATION),
        tuple(Thing(str(row[1]), row[2], _shape(row[3])) for row in things if row[0] == "building"),
        tuple(Thing(str(row[1]), row[2], _shape(row[3])) for row in things if row[0] == "road"),
        tuple(_nested(row) for row in _rows(connection, "facts_nested", values)),
        {row[0]: _shape(row[1]) for row in _rows(connection, "facts_parents", values)},
        frozenset(row[0] for row in _rows(connection, "facts_staff", values)) if knows_people else None,
        None if reader.sees_everything else reader.area_range,
    )


def live_points(facts: Facts, box: BBox) -> tuple[tuple[str, ...], dict[str, npt.NDArray[Any]]]:
    """Give everything that counts in a box as points, to be added up where exact shares are not needed.

    Returns the kinds, and columns lon, lat, kind (number of the kind) and weight. The people of a cell stand
    in the middle of its quarters; InvalidInput when there are too many points.
    """
    found = dict(facts.points)
    if facts.buildings:
        found["buildings"] = facts.building_middles
    if facts.population is not None:
        found |= _quarters(facts.population, box)
    kinds = tuple(name for name in FIGURES if name in found)
    parts = [found[name] for name in kinds]
    if (count := sum(len(part.lon) for part in parts)) > MOST_POINTS:
        raise InvalidInput.at("bbox", f"holds {count} points: ask for a box with {MOST_POINTS} at most")
    number = np.repeat(np.arange(len(kinds), dtype=np.int8), [len(part.lon) for part in parts])
    return kinds, {
        "lon": np.concatenate([part.lon for part in parts]).round(6),
        "lat": np.concatenate([part.lat for part in parts]).round(6),
        "kind": number,
        "weight": np.concatenate([part.weight for part in parts]).round(3),
    }


def _quarters(raster: Raster, box: BBox) -> dict[str, Points]:
    lon, lat, figures = quarter_points(raster)
    inside = (lon >= box.west) & (lon <= box.east) & (lat >= box.south) & (lat <= box.north)
    return {
        name: Points(lon[inside], lat[inside], figure[inside])
        for name, figure in zip(raster.bands, figures, strict=True)
    }


def box_of_areas(areas: Sequence[Any]) -> BBox:
    """Give the box around some areas (degrees), at least one of which is not empty."""
    west, south, east, north = shapely.total_bounds(np.asarray(areas, dtype=object)).tolist()
    return BBox(west, south, east, north)


def _points(connection: Connection[Any], values: Mapping[str, Any], knows_people: bool) -> dict[str, Points]:
    rows = {row[0]: row[1:] for row in _rows(connection, "facts_points", values)}
    kinds = KINDS if knows_people else KINDS[:-1]
    return {
        kind: Points(*(np.array(part, np.float64) for part in rows.get(kind, ([], [], [])))) for kind in kinds
    }


def _rows(connection: Connection[Any], name: str, values: Mapping[str, Any]) -> list[Any]:
    return connection.execute(query(ROOM, name), values).fetchall()


def _shape(wkb: Any) -> Any:
    return shapely.from_wkb(bytes(wkb))


def _nested(row: Any) -> Nested:
    coverage, id, code, name, parent_code, wkb = row
    return Nested(coverage, id, code, name, parent_code, _shape(wkb))
