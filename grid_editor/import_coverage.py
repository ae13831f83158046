"""Brings somebody's polygons in as units: read in any datum, cleaned to a coverage, with a report of it all.

Nothing is silently lost: every feature of the file stands in the report with its area before and after, and
so does every place where area changed hands. What comes out are outlines on the precision grid, edge-matched,
that a plan can take as they are.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from psycopg import Connection

from grid_editor.adjacency import Shapes
from grid_editor.cleaning import Cleaned, Moved, Tolerances, clean
from layers.imports import PublishOptions
from layers.imports_frame import frame_of
from layers.repairs import Findings, Mender
from spatial.errors import InvalidInput, Problem
from spatial.geometry.arcs import build_polygons
from spatial.geometry.crs import CRS84, crs_of_srid, transform_geometry
from spatial.geometry.read_features import FID, GEOMETRY, FileLayer, ReadOptions, list_layers, open_layer
from spatial.types import BBox

Json = dict[str, Any]
MOST_UNITS = 50_000
FIELD_NAMES = {
    "code": ("code", "编码", "网格编码", "grid_code", "unit_code", "bgcode", "id"),
    "name": ("name", "名称", "网格名称", "grid_name", "unit_name"),
    "parent": ("parent", "parent_code", "上级编码", "所属社区编码", "community_code"),
}
"""What files call the attributes of a unit, when nobody says so; capitals do not matter."""


@dataclass(frozen=True)
class ImportOptions:
    """What whoever imports says of a file."""

    layer: str | None = None
    crs: str | None = None
    datum: str = "wgs84"
    encoding: str | None = None
    swap_axes: bool = False
    """The file has latitude before longitude."""
    code: str | None = None
    name: str | None = None
    parent: str | None = None
    """Columns with the units' codes, names and the codes of the units above; None: by their usual names."""


@dataclass(frozen=True)
class Outlines:
    """The polygons of a file, in lon/lat degrees, with what it says of them."""

    shapes: Shapes
    codes: tuple[str | None, ...]
    names: tuple[str | None, ...]
    parents: tuple[str | None, ...]
    left_out: tuple[Json, ...]
    """Features without an area: [{feature, reason}]."""
    findings: tuple[Json, ...]
    """What was found and mended while reading, as of any published file."""
    numbers: tuple[int, ...] = ()
    """The numbers of the features in the file, from 1; none: none was left out."""

    def number(self, at: int) -> int:
        """Give the number that the feature of a shape has in the file."""
        return self.numbers[at] if self.numbers else at + 1


@dataclass(frozen=True)
class ImportedUnit:
    """A unit as it will be."""

    code: str | None
    name: str | None
    parent: str | None
    """Code of the unit above."""
    shape: Any
    """MultiPolygon in degrees, edge-matched with the others."""


@dataclass(frozen=True)
class Imported:
    """Units that make a coverage, and the report."""

    units: tuple[ImportedUnit, ...]
    report: Json

    def operation(self, known: Collection[str], whole: bool) -> Json:
        """Write the operation that puts them into a plan.

        known: codes of units that are there; their units keep their identity. whole: units that the file does
        not have end; otherwise they keep what it does not cover.
        """
        units = [_placed(unit, number, known) for number, unit in enumerate(self.units, 1)]
        return {"op": "replace", "units": units, "whole": whole, "outside": True, "datum": "wgs84"}


def read_outlines(
    connection: Connection[Any],
    path: Path,
    filename: str,
    folder: Path,
    options: ImportOptions,
    city: BBox | None,
) -> Outlines:
    """Read the polygons of one layer of a file (GeoPackage, Shapefile in a ZIP, GeoJSON, GeoParquet, KML …).

    folder: empty, for what is unpacked. Raises InvalidInput at `layer`, `crs`, `datum`, `code`, `name`,
    `parent` or `body`.
    """
    asked = ReadOptions(options.encoding)
    layer = _the_layer(list_layers(path, filename, folder, asked), options.layer)
    findings = Findings()
    publish = PublishOptions(crs=options.crs, datum=options.datum, swap_axes=options.swap_axes)
    frame, stored = frame_of(connection, layer, publish, city, findings)
    mender = Mender(frame, findings)
    with open_layer(layer, asked) as batches:
        rows, geometries = _rows(batches, mender)
    if problems := mender.verdict():
        raise InvalidInput(problems)
    shapes = transform_geometry(np.asarray(geometries, object), crs_of_srid(stored.srid), CRS84)
    return _outlined(np.asarray(shapes, object), rows, options, findings)


def _placed(unit: ImportedUnit, number: int, known: Collection[str]) -> Json:
    is_known = unit.code is not None and unit.code in known
    name = unit.name or (None if is_known else unit.code or f"{number}")
    placed = {
        "unit": unit.code if is_known else None, "code": None if is_known else unit.code,
        "name": name, "parent": unit.parent, "polygon": shapely.geometry.mapping(unit.shape),
    }  # fmt: skip
    return {key: value for key, value in placed.items() if value is not None}


def _the_layer(layers: Sequence[FileLayer], wanted: str | None) -> FileLayer:
    names = [layer.name for layer in layers]
    if wanted is None and len(layers) == 1:
        return layers[0]
    if wanted not in names:
        raise InvalidInput.at("layer", f"say which layer: the file has {', '.join(names[:20])}")
    return layers[names.index(wanted)]


def _rows(batches: Any, mender: Mender) -> tuple[list[Json], list[Any]]:
    rows: list[Json] = []
    geometries: list[Any] = []
    for batch in batches:
        wkb = np.array(batch.column(batch.schema.get_field_index(GEOMETRY)).to_pylist(), object)
        numbers = np.arange(len(rows) + 1, len(rows) + 1 + batch.num_rows)
        geometries += mender.mend(wkb, numbers).tolist()
        own = [name for name in batch.schema.names if name not in (GEOMETRY, FID)]
        rows += batch.select(own).to_pylist()
        if len(rows) > MOST_UNITS:
            raise InvalidInput.at("body", f"holds more than {MOST_UNITS} features")
    return rows, geometries


def _outlined(shapes: Shapes, rows: list[Json], options: ImportOptions, findings: Findings) -> Outlines:
    columns = {role: _column(rows, role, getattr(options, role)) for role in FIELD_NAMES}
    areal = np.isin(shapely.get_type_id(shapes), (3, 6)) & ~shapely.is_empty(shapes)
    left_out = [
        {"feature": int(at) + 1, "reason": "has no area"} for at in np.flatnonzero(~areal)
    ]  # fmt: skip
    kept = np.flatnonzero(areal)
    if not len(kept):
        raise InvalidInput.at("body", "holds no polygon")
    values = {role: tuple(_text(rows[at], column) for at in kept) for role, column in columns.items()}
    numbers = tuple((kept + 1).tolist())
    _refuse_twice(values["code"], numbers)
    return Outlines(
        shapes[kept],
        values["code"],
        values["name"],
        values["parent"],
        tuple(left_out),
        tuple(findings.listed()),
        numbers,
    )


def _column(rows: list[Json], role: str, wanted: str | None) -> str | None:
    """Find the column for a role: the one named, else one with a usual name."""
    there = list(rows[0]) if rows else []
    if wanted is not None:
        if wanted not in there:
            raise InvalidInput.at(role, f"there is no column '{wanted}'; there are {', '.join(there[:40])}")
        return wanted
    lower = {name.lower(): name for name in reversed(there)}
    return next((lower[name] for name in FIELD_NAMES[role] if name in lower), None)


def _text(row: Mapping[str, Any], column: str | None) -> str | None:
    value = row.get(column) if column else None
    return (str(value).strip() or None) if value is not None else None


def _refuse_twice(codes: Sequence[str | None], numbers: Sequence[int]) -> None:
    seen: dict[str, int] = {}
    problems = []
    for at, code in enumerate(codes):
        if code is not None and code in seen:
            problems.append(
                Problem(f"feature {numbers[at]}", f"has the code '{code}' of feature {numbers[seen[code]]}")
            )
        elif code is not None:
            seen[code] = at
    if problems:
        raise InvalidInput(problems[:20])


def import_coverage(outlines: Outlines, tolerances: Tolerances, parents: Mapping[str, Any]) -> Imported:
    """Make a coverage of outlines.

    parents: code → area in degrees of the units that they must nest in, if any. Where the file names a
    parent and the area mostly lies in another one, the area decides and the report says so.
    """
    codes = list(parents)
    cleaned = clean(list(outlines.shapes), tolerances, list(parents.values()))
    shapes = build_polygons(cleaned.arcs, len(outlines.shapes))
    above = [
        codes[at] if at >= 0 else said for at, said in zip(cleaned.parent_of, outlines.parents, strict=True)
    ]
    units = tuple(
        ImportedUnit(outlines.codes[at], outlines.names[at], above[at], shape)
        for at, shape in enumerate(shapes)
        if not shape.is_empty
    )
    return Imported(units, _report(outlines, cleaned, above))


def _report(outlines: Outlines, cleaned: Cleaned, above: Sequence[str | None]) -> Json:
    """Write what was done, in JSON values."""
    return {
        "units": [_unit_report(outlines, cleaned, at) for at in range(len(outlines.shapes))],
        "moved": [_moved(outlines, one) for one in cleaned.moved],
        "gaps": [_moved(outlines, one) for one in cleaned.gaps],
        "invalid": [_named(outlines, at) for at in cleaned.invalid],
        "lost": [_named(outlines, at) for at in cleaned.lost_units],
        "left_out": list(outlines.left_out),
        "other_parent": [
            {"unit": _named(outlines, at), "said": said, "lies_in": found}
            for at, (said, found) in enumerate(zip(outlines.parents, above, strict=True))
            if said is not None and found is not None and said != found
        ],
        "snapped_vertices": cleaned.snapped_vertices,
        "snapped_most_m": cleaned.snapped_most_m,
        "findings": list(outlines.findings),
    }


def _unit_report(outlines: Outlines, cleaned: Cleaned, at: int) -> Json:
    return {
        "unit": _named(outlines, at),
        "area_before_m2": float(cleaned.area_before_m2[at]),
        "area_after_m2": float(cleaned.area_after_m2[at]),
        "gained_m2": float(cleaned.gained_m2[at]),
        "lost_m2": float(cleaned.lost_m2[at]),
    }


def _moved(outlines: Outlines, one: Moved) -> Json:
    return {
        "kind": one.kind, "area_m2": one.area_m2, "width_m": one.width_m, "lon": one.lon, "lat": one.lat,
        "claimed_by": [_named(outlines, at) for at in one.claimed_by],
        "given_to": _named(outlines, one.given_to) if one.given_to >= 0 else None,
    }  # fmt: skip


def _named(outlines: Outlines, at: int) -> str:
    """Name a unit by its code, its name, or its number in the file."""
    return outlines.codes[at] or outlines.names[at] or f"feature {outlines.number(at)}"
