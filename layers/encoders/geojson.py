"""GeoJSON (RFC 7946), as a sequence (RFC 8142), and JSON-FG 1.0 (OGC 21-045r1)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from functools import partial
from pathlib import Path
from typing import Any

import orjson

from layers.encoders.source import Batch, Export, Source
from spatial.geometry.crs import CRS84

RECORD = b"\x1e"
"""What a text of a sequence begins with (RFC 8142)."""
JSON_FG = ("http://www.opengis.net/spec/json-fg-1/1.0/conf/core",)
DIMENSIONS = {"point": 0, "line": 1, "polygon": 2}

Json = dict[str, Any]
Write = Callable[[bytes], Any]


def write_geojson(source: Source, path: Path) -> None:
    """Write one FeatureCollection; the watermark is its member `export`.

    In another system than CRS84 it has the member `crs` of GeoJSON 2008, by which GDAL and QGIS read it.
    """
    export = source.export
    head = {"type": "FeatureCollection", "title": export.title, **_old_crs(export), **_mark(export)}
    batches = source.geojson(export.axes_of_crs)
    with path.open("wb", buffering=0) as file:
        _collection(file.write, head, _features(export, batches), source)


def write_sequence(source: Source, path: Path) -> None:
    """Write features as JSON texts between RS and LF; the watermark is a member of the first.

    No features are no texts: an empty FeatureCollection is allowed, and GDAL takes it for a feature.
    """
    export, first = source.export, _mark(source.export)
    with path.open("wb", buffering=0) as file:
        for features in _features(export, source.geojson(export.axes_of_crs)):
            features[0] |= first
            first = {}
            file.write(b"".join(RECORD + _text(each) + b"\n" for each in features))


def write_json_fg(source: Source, path: Path) -> None:
    """Write JSON-FG: geometries of another system in `place`, by its own axes, and in `geometry` in CRS84."""
    export = source.export
    in_place = export.crs is not CRS84 and export.crs.name != CRS84.name
    head: Json = {"type": "FeatureCollection", "conformsTo": JSON_FG, "featureType": export.layer.name}
    head |= {"title": export.title, "coordRefSys": export.crs.uri, **_mark(export)}
    if export.layer.geometry_type in DIMENSIONS:
        head["geometryDimension"] = DIMENSIONS[export.layer.geometry_type]
    batches = source.geojson(axes_of_crs=True, flat=in_place)
    with path.open("wb", buffering=0) as file:
        _collection(file.write, head, _features(export, batches, partial(_placed, export, in_place)), source)


def _collection(write: Write, head: Json, batches: Iterator[list[Json]], source: Source) -> None:
    write(_text(head)[:-1] + b',"features":[\n')
    between = b""
    for features in batches:
        write(between + b",\n".join(map(_text, features)))
        between = b",\n"
    # How many there are stands at the end: a file that was cut off is known for it.
    end = {"numberReturned": source.rows, "timeStamp": source.export.mark.words["at"]}
    write(b"\n]," + _text(end)[1:] + b"\n")


Shape = Callable[[Any, Any, Json], Json]


def _plain(shape: str | None, _: str | None, __: Json) -> Json:
    return {"geometry": _raw(shape)}


def _placed(export: Export, in_place: bool, shape: str | None, flat: str | None, properties: Json) -> Json:
    """Write when and where: `time`, `place` and `geometry` of JSON-FG."""
    moment = properties.get(export.layer.time_column or "")
    members: Json = {"time": _time(moment) if isinstance(moment, date) else None}
    if in_place:
        return {**members, "place": _raw(shape), "geometry": _raw(flat)}
    return {**members, "place": None, "geometry": _raw(shape)}


def _features(export: Export, batches: Iterator[Batch], shape: Shape = _plain) -> Iterator[list[Json]]:
    names = [each.name for each in export.fields]
    raw = [number for number, each in enumerate(export.fields) if each.type in ("json", "array")]
    for batch in batches:
        columns = list(batch.columns)
        for number in raw:
            columns[number] = [_raw(text) for text in columns[number]]
        rows = zip(*columns, strict=True) if columns else ((),) * len(batch.ids)
        features = zip(batch.ids, batch.shapes, batch.flat, rows, strict=True)
        yield [_feature(names, *each, shape) for each in features]


def _feature(names: list[str], number: str, shape: Any, flat: Any, values: Any, write: Shape) -> Json:
    properties = dict(zip(names, values, strict=True))
    return {"type": "Feature", "id": number, **write(shape, flat, properties), "properties": properties}


def _time(moment: date) -> Json:
    if isinstance(moment, datetime):
        return {"timestamp": moment.astimezone(UTC).isoformat().replace("+00:00", "Z")}
    return {"date": moment.isoformat()}


def _mark(export: Export) -> Json:
    return {"export": export.mark.words}


def _old_crs(export: Export) -> Json:
    if export.crs.name == CRS84.name or not export.crs.name.startswith("EPSG:") or export.axes_of_crs:
        return {}
    return {"crs": {"type": "name", "properties": {"name": f"urn:ogc:def:crs:EPSG::{export.crs.srid}"}}}


def _raw(text: str | None) -> Any:
    """JSON as it is. A line break can only stand between its parts, and would end a line of a sequence."""
    return None if text is None else orjson.Fragment(text.replace("\n", " "))


def _text(value: Any) -> bytes:
    """NaN and infinity have no form in JSON and become null."""
    return orjson.dumps(value)
