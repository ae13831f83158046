"""Events (事件) with the rhythm of a city: hours, weekdays, rain, hot spots, repeats and two surges."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from demo.generate.contents.behaviours import BEHAVIOURS, SOURCES, behaviour_of, weights_of
from demo.generate.contents.city import City, Points, coordinates, points, points_inside
from demo.generate.contents.files import json_of
from demo.generate.contents.hotspots import HotSpots
from demo.generate.contents.rhythm import DAYS, HOUR_S, Calendar, draw_times, make_calendar
from demo.generate.contents.roads import Streets, beside, onto_streets
from demo.generate.contents.titles import Gazetteer

BACKGROUND = 23_600
CHRONIC_SITES = 130
BICYCLES = 160
DRAINS = 180
STEPS = ("reported", "accepted", "filed", "dispatched", "handled", "verified", "closed")
STEP_SHARES = ((0.001, 0.9), (0.012, 0.9), (0.03, 0.9), (0.06, 0.9), (0.45, 0.8), (0.6, 0.8), (0.7, 0.8))
"""Median of each step as a share of the deadline, and the sigma of its logarithm."""

STUCK_SHARE = 0.035
"""Share of the events that take many times as long."""


@dataclass(frozen=True)
class Scene:
    """Where events can happen, and on what days."""

    city: City
    streets: Streets
    spots: HotSpots
    components: Any
    calendar: Calendar

    @cached_property
    def street_shares(self) -> NDArray[np.float64]:
        """Share of every street section: by length and class, and more where grids are small, so crowded."""
        middles = coordinates(shapely.line_interpolate_point(self.streets.lines, 0.5, normalized=True))
        area_m2 = shapely.area(np.asarray(self.city.grids["plane"]))[self.city.grid_of(middles)]
        weight = self.streets.busy * np.sqrt(np.median(area_m2) / area_m2)
        return np.asarray(weight / weight.sum())


def make_events(
    city: City, streets: Streets, spots: HotSpots, components: Any, gazetteer: Gazetteer
) -> dict[str, Any]:
    """Make the columns of events.parquet: what, where, on which day, and how long each step takes.

    day: 0 … 97 (day 0 is a Monday); second: of the day in Beijing; `<step>_s`: seconds after `second`.
    """
    rng = city.rng("events")
    scene = Scene(city, streets, spots, components, make_calendar(rng))
    table = _background(scene, rng)
    table = _together([table, *_repeats(table, rng), *_surges(scene, rng)])
    table = _inside(city, table).sort_values(["day", "second", "category"], kind="stable")
    return _columns(scene, table.reset_index(drop=True), gazetteer, rng)


def _together(tables: list[Any]) -> Any:
    import pandas

    return pandas.concat(tables, ignore_index=True)


def _background(scene: Scene, rng: np.random.Generator) -> Any:
    """Draw the everyday events, matter by matter."""
    codes = scene.city.codes
    matters = codes[codes["kind"] == "事项"]["code"].to_numpy(dtype=str)
    counts = rng.multinomial(BACKGROUND, weights_of(matters))
    return _together([_of_matter(scene, c, n, rng) for c, n in zip(matters, counts, strict=True) if n])


def _of_matter(scene: Scene, code: str, count: int, rng: np.random.Generator) -> Any:
    behaviour = BEHAVIOURS[behaviour_of(code)]
    days, seconds = draw_times(scene.calendar, behaviour, count, rng)
    names, weights = list(behaviour.places), np.array(list(behaviour.places.values()))
    where = rng.choice(names, count, p=weights / weights.sum())
    xy = np.empty((count, 2))
    for name in names:
        rows = where == name
        xy[rows] = _draw_places(scene, name, code, int(rows.sum()), rng)
    return _table(code, days, seconds, xy, "")


def _table(code: str, days: Any, seconds: Any, xy: Points, pattern: str) -> Any:
    import pandas

    return pandas.DataFrame(
        {"category": code, "day": days, "second": seconds, "x": xy[:, 0], "y": xy[:, 1], "pattern": pattern}
    )


def _draw_places(scene: Scene, where: str, code: str, count: int, rng: np.random.Generator) -> Points:
    """Draw points (plane): at hot spots, at components of the matter's kind, inside grids or on streets."""
    if where.startswith("hot:"):
        return _near_streets(scene.streets, scene.spots.draw(where[4:], count, rng), rng)
    own = scene.components[scene.components["class_code"] == code]
    if where == "component" and count and len(own):
        return np.vstack(own["xy"].to_numpy()[rng.integers(0, len(own), count)])
    if where == "inside":
        return points_inside(rng.choice(np.asarray(scene.city.grids["plane"]), count), rng)
    return _along_streets(scene, count, rng)


def _along_streets(scene: Scene, count: int, rng: np.random.Generator) -> Points:
    streets = scene.streets
    rows = rng.choice(len(streets.lines), count, p=scene.street_shares)
    distances_m = rng.random(count) * streets.lengths_m[rows]
    return beside(streets.lines[rows], distances_m, rng.normal(0.0, 4.0, count))


def _near_streets(streets: Streets, xy: Points, rng: np.random.Generator) -> Points:
    """Three in four are reported from the street, a few metres beside it; the rest where they are."""
    moved = onto_streets(streets, xy, rng.normal(0.0, 4.5, len(xy)))
    far = np.hypot(*(moved - xy).T) > 150.0
    stay = (rng.random(len(xy)) < 0.25) | far
    return np.where(stay[:, None], xy, moved)


def _repeats(table: Any, rng: np.random.Generator) -> list[Any]:
    """Repeat some events at their very place, some days apart: the sites that are never settled."""
    chosen = table.iloc[rng.choice(len(table), CHRONIC_SITES, replace=False)]
    return [_again(row, f"repeat:{number}", rng) for number, row in enumerate(chosen.itertuples(), 1)]


def _again(row: Any, pattern: str, rng: np.random.Generator) -> Any:
    count = int(rng.integers(4, 22))
    first = int(rng.integers(0, DAYS // 2))
    days = np.sort(rng.integers(first, DAYS, count))
    seconds = np.clip(row.second + rng.normal(0, HOUR_S, count), 0, 24 * HOUR_S - 1).astype(int)
    xy = np.array([[row.x, row.y]]) + rng.normal(0.0, 3.0, (count, 2))
    return _table(row.category, days, seconds, xy, pattern)


def _surges(scene: Scene, rng: np.random.Generator) -> list[Any]:
    """Make two surges: shared bicycles round the strongest station, and drains after a downpour."""
    return [_bicycles(scene, rng), _downpour(scene, rng)]


def _bicycles(scene: Scene, rng: np.random.Generator) -> Any:
    spots = scene.spots
    strongest = int(np.argmax(np.where(spots.kind == "station", spots.strength, 0.0)))
    xy = spots.xy[strongest] + rng.normal(0.0, 90.0, (BICYCLES, 2))
    days, seconds = draw_times(scene.calendar, BEHAVIOURS["parking"], BICYCLES, rng)
    return _table("09011", 82 + days % 3, seconds, _near_streets(scene.streets, xy, rng), "surge:bicycles")


def _downpour(scene: Scene, rng: np.random.Generator) -> Any:
    wet = np.flatnonzero(scene.calendar.rain)
    day = int(wet[np.argmin(np.abs(wet - 70))])
    drains = _of_matter(scene, "01004", DRAINS, rng)
    seconds = rng.integers(15 * HOUR_S, 22 * HOUR_S, DRAINS)
    return drains.assign(day=day, second=seconds, pattern="surge:rain")


def _inside(city: City, table: Any) -> Any:
    """Bring the few points beyond the extent just inside the nearest grid, so that all lie in the city."""
    xy = table[["x", "y"]].to_numpy(copy=True)
    out = np.flatnonzero(~city.is_inside(xy))
    polygons = np.asarray(city.grids["plane"])[city.grid_of(xy[out])]
    xy[out] = _just_inside(polygons, xy[out])
    return table.assign(x=xy[:, 0], y=xy[:, 1])


def _just_inside(polygons: Any, xy: Points) -> Points:
    """Move points three metres into their polygons (plane), or to the label point where that misses."""
    middles = coordinates(shapely.point_on_surface(polygons))
    feet = coordinates(shapely.get_point(shapely.shortest_line(polygons, shapely.points(xy)), 0))
    inward = middles - feet
    near = feet + inward * np.minimum(1.0, 3.0 / np.maximum(np.hypot(*inward.T), 1e-6))[:, None]
    good = shapely.contains_xy(polygons, near[:, 0], near[:, 1])
    return np.where(good[:, None], near, middles)


def _columns(scene: Scene, table: Any, gazetteer: Gazetteer, rng: np.random.Generator) -> dict[str, Any]:
    xy = table[["x", "y"]].to_numpy()
    codes = table["category"].to_numpy(dtype=str)
    titles, addresses = gazetteer.describe(xy, codes)
    return {
        "category": codes.tolist(),
        "source": _sources(codes, table["second"].to_numpy(), rng),
        "title": titles,
        "address": addresses,
        "day": table["day"].to_numpy(dtype=np.int16),
        "second": table["second"].to_numpy(dtype=np.int32),
        **_steps(codes, rng),
        "generated": [True] * len(table),
        "attributes": _attributes(codes, scene.calendar.rain[table["day"].to_numpy()], table["pattern"]),
        "geom": points(xy),
    }


def _attributes(codes: Any, rain: Any, patterns: Any) -> list[str]:
    """Say the deadline, and for what was planted on purpose (repeats, surges) which pattern it belongs to."""
    return [
        json_of(
            deadline_h=BEHAVIOURS[behaviour_of(code)].deadline_h,
            **({"rain": True} if wet else {}),
            **({"pattern": pattern} if pattern else {}),
        )
        for code, wet, pattern in zip(codes, rain, patterns, strict=True)
    ]


def _sources(codes: Any, seconds: Any, rng: np.random.Generator) -> list[str]:
    """Choose who reported; nobody patrols between eight in the evening and seven in the morning."""
    weights = np.array([BEHAVIOURS[behaviour_of(code)].sources for code in codes])
    hour = seconds // HOUR_S
    weights[(hour < 7) | (hour >= 20), SOURCES.index("patrol")] = 0.0
    limits = np.cumsum(weights / weights.sum(axis=1, keepdims=True), axis=1)
    chosen = (rng.random(len(codes))[:, None] > limits).sum(axis=1)
    return [SOURCES[min(i, len(SOURCES) - 1)] for i in chosen]


def _steps(codes: Any, rng: np.random.Generator) -> dict[str, Any]:
    """Draw after how many seconds each step is done; steps never overtake each other."""
    deadline_s = np.array([BEHAVIOURS[behaviour_of(code)].deadline_h for code in codes]) * HOUR_S
    slow = np.where(rng.random(len(codes)) < STUCK_SHARE, rng.uniform(5.0, 40.0, len(codes)), 1.0)
    done = np.zeros(len(codes))
    columns = {}
    for step, (share, sigma) in zip(STEPS, STEP_SHARES, strict=True):
        own = deadline_s * share * rng.lognormal(0.0, sigma, len(codes)) * np.where(share > 0.1, slow, 1.0)
        done = np.maximum(done + 60.0, own)
        columns[f"{step}_s"] = done.astype(np.int64)
    return columns
