"""Write results: GeoJSON features or a table, from columns."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import orjson

from spatial.errors import InvalidInput

GEOJSON, CSV = "application/geo+json", "text/csv"
FORMS: Mapping[str, dict[str, Any]] = {GEOJSON: {"type": "object"}, CSV: {"type": "string"}}
MOST_BYTES = 48 * 2**20

Columns = Mapping[str, Sequence[Any]]


def write(form: str, columns: Columns, geometries: Sequence[Any], facts: Mapping[str, Any]) -> bytes:
    """Write rows as features with geometries (texts of GeoJSON or objects), or as a table without them.

    facts: what is said of all of them, a member of the collection. The first column is the identifier.
    """
    plain = {name: _plain(column) for name, column in columns.items()}
    body = _table(plain) if form == CSV else _collection(plain, geometries, facts)
    if len(body) > MOST_BYTES:
        raise InvalidInput.at(
            "outputs", f"the result is larger than {MOST_BYTES // 2**20} MiB: ask for less, or for text/csv"
        )
    return body


def rings(outlines: Sequence[Any]) -> list[dict[str, Any]]:
    """Make polygons of closed rings."""
    return [{"type": "Polygon", "coordinates": [ring]} for ring in outlines]


def rounded(values: Any, digits: int) -> list[float | None]:
    """Round numbers (n,); what is not finite is None."""
    return [round(value, digits) if np.isfinite(value) else None for value in np.asarray(values).tolist()]


def _plain(column: Any) -> list[Any]:
    return column.tolist() if isinstance(column, np.ndarray) else list(column)


def _collection(columns: Columns, geometries: Sequence[Any], facts: Mapping[str, Any]) -> bytes:
    names = tuple(columns)
    features = [
        {
            "type": "Feature",
            "id": row[0],
            "geometry": orjson.Fragment(shape) if isinstance(shape, str) else shape,
            "properties": dict(zip(names, row, strict=True)),
        }
        for shape, row in zip(geometries, zip(*columns.values(), strict=True), strict=True)
    ]
    return orjson.dumps({"type": "FeatureCollection", "facts": dict(facts), "features": features})


def _table(columns: Columns) -> bytes:
    sheet = io.StringIO()
    writer = csv.writer(sheet)
    writer.writerow(columns)
    writer.writerows(zip(*columns.values(), strict=True))
    return sheet.getvalue().encode()
