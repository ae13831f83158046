"""Figures of plans and borders: impact, points for live figures, and the quarrel map."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated, Any

import pyarrow as pa
from fastapi import APIRouter, Depends, Query, Response

from api.dependencies import CityOf, ConnectionOf, ReaderOf
from api.me import not_kept
from api.paging import Number
from api.plans import box
from api.schemas.plans import Bbox
from api.tags import tagged
from grid_editor import editing, store
from grid_editor.borders import BorderQuarrel, border_quarrels, borders_in, plan_quarrels
from grid_editor.change import OUTSIDE
from grid_editor.facts import NO_FACTS, box_of_areas, live_points, read_facts
from grid_editor.features import arc_features, collection, nano_box
from grid_editor.impact import Impact, impact, new_borders, touched_shapes
from grid_editor.reach import sees
from grid_editor.state import State
from spatial.errors import InvalidInput
from spatial.grids.coverages import read_coverage
from spatial.grids.quarrels import ACCURACIES, read_reports
from spatial.patrols.plans.cuts import cut_by
from spatial.rights.reader import Reader
from spatial.types import BBox

router = APIRouter(tags=["plans"], dependencies=[Depends(not_kept)])

Json = dict[str, Any]
Coverage = Annotated[str, Query(max_length=63)]
MOST_ARCS = 4_000
MOST_DEGREES = 0.3
"""Longest side of a box: a live figure is of a neighbourhood."""


@router.get("/api/plans/points", response_model=None)
def points(
    connection: ConnectionOf, reader: ReaderOf, bbox: Bbox, coverage: Coverage = "grids",
    f: Annotated[str, Query(pattern="^(json|arrow)$")] = "json",
) -> Json | Response:  # fmt: skip
    """Give what counts in a box as points with weights, to add up while a border is dragged."""
    where = _small(box(bbox))
    kinds, columns = live_points(
        read_facts(connection, reader, read_coverage(connection, coverage), where), where
    )
    if f == "json":
        return {"kinds": list(kinds), **{name: values.tolist() for name, values in columns.items()}}
    return _arrow(kinds, columns)


@router.get("/api/plans/{identifier}/impact")
def plan_impact(
    identifier: Number, connection: ConnectionOf, reader: ReaderOf, city: CityOf, answer: Response
) -> Json:
    """Compare every unit that a plan touches before and after, with what changes hands and the quarrels."""
    plan = store.read(connection, identifier)
    after = editing.state_of(connection, city.bases, plan)
    before = State(after.base)
    areas = [area for area in touched_shapes(before, after) if not area.is_empty]
    head = {"etag": plan.etag, "patrol_plans": cut_by(connection, new_borders(before, after))}
    if not areas:
        return tagged(answer, {**head, **_told(before, after, impact(before, after, NO_FACTS), reader)})
    around = box_of_areas(areas)
    facts = read_facts(connection, reader, after.base.about, around)
    told = _told(before, after, impact(before, after, facts), reader)
    found = plan_quarrels(before, after, after.change.units, read_reports(connection, around))
    return tagged(answer, {**head, **told, "quarrels": _both(before, after, found, reader)})


@router.get("/api/grids/quarrels")
def quarrels(
    connection: ConnectionOf, reader: ReaderOf, city: CityOf, bbox: Bbox, coverage: Coverage = "grids"
) -> Json:
    """Give the borders in a box with the events a year that position error puts on their wrong side."""
    where = _small(box(bbox))
    version, _ = store.newest_version(connection, coverage)
    state = State(city.bases.base(coverage, version))
    pieces = [piece for piece in borders_in(state, nano_box(where)) if _may_see(state, piece.sides, reader)]
    if len(pieces) > MOST_ARCS:
        raise InvalidInput.at("bbox", f"holds {len(pieces)} arcs: ask for a box with {MOST_ARCS} at most")
    found = border_quarrels(state, pieces, read_reports(connection, where))
    accuracies = [asdict(accuracy) for accuracy in ACCURACIES]
    return {**_features(state, found, reader), "version": version, "accuracies": accuracies}


def _small(where: BBox) -> BBox:
    if max(where.east - where.west, where.north - where.south) > MOST_DEGREES:
        raise InvalidInput.at("bbox", f"must be no longer than {MOST_DEGREES} degrees on a side")
    return where


def _may_see(state: State, sides: tuple[str, str], reader: Reader) -> bool:
    return reader.sees_everything or any(sees(state, side, reader) for side in sides if side != OUTSIDE)


def _told(before: State, after: State, found: Impact, reader: Reader) -> Json:
    """Write an impact: of units that the reader may not know there is no word, ground of theirs is null's."""

    def known(unit: str) -> bool:
        return reader.sees_everything or any(sees(state, unit, reader) for state in (after, before))

    moved = [
        {**asdict(each), "giver": _named(each.giver, known), "taker": _named(each.taker, known)}
        for each in found.moved
        if known(each.giver) or known(each.taker)
    ]
    units = [asdict(unit) for unit in found.units if known(unit.id)]
    return {"units": units, "moved": moved}


def _named(unit: str, known: Any) -> str | None:
    return unit if unit != OUTSIDE and known(unit) else None


def _both(before: State, after: State, found: Any, reader: Reader) -> Json:
    was, now = found.a_year
    return {
        "a_year_before": was,
        "a_year_after": now,
        "before": _features(before, found.before, reader),
        "after": _features(after, found.after, reader),
    }


def _features(state: State, borders: Any, reader: Reader) -> Json:
    """Write arcs as GeoJSON; a side that the reader may not know is null, and so is its figure."""
    drawn = {each["id"]: each for each in arc_features(state, [border.piece for border in borders], reader)}
    shown = [border for border in borders if _may_see(state, border.piece.sides, reader)]
    return collection(
        _feature(feature, border) for feature, border in zip(drawn.values(), shown, strict=True)
    )


def _feature(feature: Json, border: BorderQuarrel) -> Json:
    sides = feature["properties"]
    left = border.of_left if sides["left"] else None
    right = border.of_right if sides["right"] else None
    a_year = (left or 0.0) + (right or 0.0)
    per_km = a_year / border.length_m * 1000 if border.length_m else 0.0
    figures = {
        "of_left": left,
        "of_right": right,
        "a_year": a_year,
        "per_km": per_km,
        "length_m": border.length_m,
    }
    return {**feature, "properties": {**sides, **figures}}


def _arrow(kinds: tuple[str, ...], columns: dict[str, Any]) -> Response:
    table = pa.table({name: pa.array(values) for name, values in columns.items()})
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema.with_metadata({"kinds": ",".join(kinds)})) as writer:
        writer.write_table(table.replace_schema_metadata({"kinds": ",".join(kinds)}))
    return Response(sink.getvalue().to_pybytes(), media_type="application/vnd.apache.arrow.stream")
