"""Write lines and values over time as MF-JSON (OGC 19-045r3)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from api.ogc.call import Json
from spatial.patrols.moving.curves import Curve, Int
from spatial.patrols.moving.pieces import Kind, wrapped
from spatial.patrols.moving.reading import Row

SYSTEMS: Json = {
    "crs": {"type": "Name", "properties": {"name": "urn:ogc:def:crs:OGC:1.3:CRS84"}},
    "trs": {"type": "Name", "properties": {"name": "urn:ogc:data:time:iso8601"}},
}
MEASURES = {"TReal": "Measure", "TText": "Text"}
"""Kind of a temporal property in the API → in MF-JSON."""


def moments(time_us: Int) -> list[str]:
    """Write moments in UTC, all with as many digits as the finest of them needs."""
    unit = next((unit for unit, step in (("s", 10**6), ("ms", 1000)) if not (time_us % step).any()), "us")
    return [f"{text}Z" for text in np.datetime_as_string(time_us.astype("datetime64[us]"), unit=unit)]


def primitive(path: Curve, name: int | None = None) -> Json:
    """Write a line as a MovingPoint; name: of its piece."""
    return {
        **({} if name is None else {"id": str(name)}),
        "type": "MovingPoint",
        "datetimes": moments(path.time_us),
        "coordinates": _positions(path),
        "interpolation": path.interpolation,
        **({} if name is None else SYSTEMS),
    }


def temporal_geometry(paths: Sequence[Curve]) -> Json:
    """Write the lines of one mover: one as it is, several as a collection."""
    if len(paths) == 1:
        return {**primitive(paths[0]), **SYSTEMS}
    return {"type": "MovingGeometryCollection", "prisms": [primitive(each) for each in paths], **SYSTEMS}


def _positions(path: Curve) -> list[list[float]]:
    return [list(each) for each in wrapped(path.values).round(9).tolist()]


def geometry(paths: Sequence[Curve]) -> Json:
    """Write where the lines are, without the time, for programs that know GeoJSON alone."""
    lines = [_positions(each) for each in paths if len(each) > 1]
    points = [_positions(each)[0] for each in paths if len(each) == 1]
    shapes: list[Json] = []
    if lines:
        shapes.append(_one_or_many("LineString", lines))
    if points:
        shapes.append(_one_or_many("Point", points))
    return shapes[0] if len(shapes) == 1 else {"type": "GeometryCollection", "geometries": shapes}


def _one_or_many(kind: str, parts: list[Any]) -> Json:
    if len(parts) == 1:
        return {"type": kind, "coordinates": parts[0]}
    return {"type": f"Multi{kind}", "coordinates": parts}


def mover(row: Row, paths: Sequence[Curve] = ()) -> Json:
    """Write a mover as a feature: where it was last, or with lines these."""
    last = None if row["lon"] is None else {"type": "Point", "coordinates": [row["lon"], row["lat"]]}
    feature: Json = {
        "type": "Feature",
        "id": str(row["id"]),
        "geometry": geometry(paths) if paths else last,
        "properties": {
            **{name: row[name] for name in ("kind", "gait", "worker_code", "resource_name")},
            **{name: row[name] for name in ("unit_code", "organisation")},
            "seen_at": _moment(row["seen_at"]),
        },
        **_life(row, paths),
        **SYSTEMS,
    }
    if paths:
        feature["bbox"] = _box(paths)
        feature["temporalGeometry"] = temporal_geometry(paths)
    return feature


def _life(row: Row, paths: Sequence[Curve]) -> Json:
    """When there is anything of it: of the lines, or ever."""
    if paths:
        ends = np.array([paths[0].time_us[0], paths[-1].time_us[-1]])
        return {"time": moments(ends)} if ends[0] < ends[1] else {}
    known = [row[name] for name in ("first_at", "last_at", "seen_at") if row[name] is not None]
    if not known or min(known) == max(known):
        return {}
    return {"time": [_moment(min(known)), _moment(max(known))]}


def _moment(moment: Any) -> str | None:
    return None if moment is None else moment.isoformat().replace("+00:00", "Z")


def _box(paths: Sequence[Curve]) -> list[float]:
    """West lies beyond east where a line crosses the antimeridian."""
    found = np.concatenate([each.values for each in paths])
    corners = wrapped(np.array([found.min(axis=0), found.max(axis=0)])).round(9)
    return [float(each) for each in corners.ravel()]


def described(name: str, kind: Kind) -> Json:
    """Write what a temporal property is, without values."""
    form = {} if kind.form is None else {"form": kind.form}
    return {"name": name, "type": kind.type, **form, "description": kind.description}


def values(curve: Curve) -> Json:
    """Write values over time as a TemporalPrimitiveValue."""
    return {
        "datetimes": moments(curve.time_us),
        "values": _values(curve),
        "interpolation": curve.interpolation,
    }


def _values(curve: Curve) -> list[Any]:
    if curve.values.dtype == object:
        return list(curve.values.tolist())
    return list(curve.values.astype(np.float64).round(6).tolist())


def parametric(curves: Iterable[tuple[str, Kind, Curve]]) -> list[Json]:
    """Write what was said along one piece as MF-JSON's ParametricValues: one for each set of moments."""
    found: dict[bytes, Json] = {}
    for name, kind, curve in curves:
        group = found.setdefault(curve.time_us.tobytes(), {"datetimes": moments(curve.time_us)})
        form = {} if kind.form is None else {"form": kind.form}
        group[name] = {
            "type": MEASURES[kind.type], **form,
            "values": _values(curve), "interpolation": curve.interpolation,
        }  # fmt: skip
    return list(found.values())
