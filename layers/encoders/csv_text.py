"""CSV (RFC 4180) in UTF-8: points as two columns of coordinates, everything else as WKT."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import orjson
import shapely

from layers.encoders.names import free, id_name
from layers.encoders.source import Batch, Export, Source
from layers.features.systems import digits_of
from spatial.rights.audit.export import FORMULA


@dataclass(frozen=True)
class Style:
    """How a CSV file is written."""

    bom: bool = False
    """A byte order mark first, without which Excel takes UTF-8 for something else."""
    safe: bool = False
    """An apostrophe before what a spreadsheet would run as a formula (OWASP, CSV injection)."""
    marked: bool = False
    """The watermark as a first line, which begins with `#`."""


SPREADSHEET = Style(bom=True, safe=True, marked=True)


def write_csv(source: Source, path: Path, style: Style = Style()) -> None:
    """Write a header and a line a feature; NULL and the empty text are both nothing between two commas."""
    export = source.export
    where, head = _where(source)
    cell = partial(_safe, _cell) if style.safe else _cell
    with path.open("wb", buffering=0) as file:
        file.write(b"\xef\xbb\xbf" if style.bom else b"")
        if style.marked:
            file.write(_lines([[f"# {export.mark.line}"]]))
        heads = [*_id_name(export), *(each.name for each in export.fields), *head]
        file.write(_lines([[cell(name) for name in heads]]))
        for batch in source.wkb():
            file.write(_lines(_rows(export, batch, where, cell)))


Where = Callable[[Batch], Iterable[Sequence[Any]]]


def _where(source: Source) -> tuple[Where, list[str]]:
    """Choose how it is said where a feature is, and the names of those columns."""
    export = source.export
    taken = [*_id_name(export), *(each.name for each in export.fields)]
    digits = digits_of(export.crs)
    if not export.with_geometry:
        return lambda batch: ((),) * len(batch.ids), []
    if source.kinds.name == "Point":
        pair = ("lon", "lat") if export.crs.in_degrees else ("x", "y")
        high = ("z",) if source.kinds.high else ()
        names = free([*pair, *high], taken)
        return partial(_coordinates, digits=digits, high=bool(high)), names
    return partial(_wkt, digits=digits), free(["wkt"], taken)


def _coordinates(batch: Batch, digits: int, high: bool) -> Iterable[Sequence[Any]]:
    points = shapely.from_wkb(np.array(batch.shapes, object))
    axes = [shapely.get_x(points), shapely.get_y(points), *([shapely.get_z(points)] if high else [])]
    return zip(*(axis.round(digits).tolist() for axis in axes), strict=True)


def _wkt(batch: Batch, digits: int) -> Iterable[Sequence[Any]]:
    shapes = shapely.from_wkb(np.array(batch.shapes, object))
    return ((text,) for text in shapely.to_wkt(shapes, rounding_precision=digits, trim=True))


def _rows(export: Export, batch: Batch, where: Where, cell: Callable[[Any], Any]) -> Iterator[list[Any]]:
    columns: list[Sequence[Any]] = [batch.ids] if _id_name(export) else []
    columns += batch.columns
    lines = zip(*columns, strict=True) if columns else ((),) * len(batch.ids)
    for values, place in zip(lines, where(batch), strict=True):
        # A coordinate below zero begins with a minus and is no formula.
        yield [*map(cell, values), *map(_cell, place)]


def _id_name(export: Export) -> list[str]:
    name = id_name(export)
    return [] if name is None else [name]


def _lines(rows: Iterable[Iterable[Any]]) -> bytes:
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    return text.getvalue().encode("utf-8")


def _cell(value: Any) -> Any:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return value if np.isfinite(value) else None
    if isinstance(value, date):
        return value.isoformat()
    return orjson.dumps(value).decode() if isinstance(value, list) else value


def _safe(cell: Callable[[Any], Any], value: Any) -> Any:
    written = cell(value)
    return f"'{written}" if isinstance(written, str) and written.startswith(FORMULA) else written
