"""Tiles of calculated results: features that stand in no table, held as shapes and attributes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
import orjson
import shapely
from psycopg import Connection

from spatial.database import query
from spatial.geometry.datum import convert
from spatial.geometry.tile_matrix import Tile
from tiles.drawing import BUFFER, EXTENT, made, tile_values

SCALARS = (str, int, float, bool)


@dataclass(frozen=True)
class Result:
    """Features of one result, to be drawn again and again; what has no shape is left out."""

    shapes: npt.NDArray[Any]
    """In degrees of the datum that the tiles are for, as shapely has them (n,)."""
    attributes: tuple[bytes, ...]
    """JSON of each; lists and objects are left out, as a tile has no place for them."""
    fields: Mapping[str, str]
    """Name → Number, String or Boolean, as TileJSON words them."""
    size: int
    """Bytes of the document that it was made of."""

    @classmethod
    def of(cls, collection: bytes, datum: str = "wgs84") -> Result:
        """Read a GeoJSON FeatureCollection in WGS-84 for tiles in a datum."""
        features = [each for each in orjson.loads(collection)["features"] if each["geometry"]]
        shapes = shapely.from_geojson([orjson.dumps(each["geometry"]) for each in features])
        plain = [_plain(each["properties"]) for each in features]
        fields = {name: _type(value) for row in reversed(plain) for name, value in row.items()}
        return cls(_shifted(shapes, datum), tuple(map(orjson.dumps, plain)), fields, len(collection))

    @cached_property
    def tree(self) -> shapely.STRtree:
        """The index of shapes by their boxes."""
        return shapely.STRtree(self.shapes)

    @property
    def bounds(self) -> list[float]:
        """West, south, east, north in degrees; the whole world where there is nothing."""
        found = shapely.total_bounds(self.shapes)
        return [float(each) for each in found] if np.isfinite(found).all() else [-180.0, -85.0, 180.0, 85.0]


def result_tile(connection: Connection[Any], result: Result, tile: Tile, name: str) -> bytes:
    """Draw the features that meet a tile into its source layer `name`; b"" where there is none.

    A feature's id is its number in the result, from 1 on.
    """
    found = np.sort(result.tree.query(shapely.box(*tile.bounds(BUFFER / EXTENT)))).tolist()
    if not found:
        return b""
    values = {
        "numbers": [at + 1 for at in found],
        "shapes": shapely.to_wkb(result.shapes[found]).tolist(),
        "attributes": [result.attributes[at].decode() for at in found],
    }
    return made(
        connection.execute(query("tiles", "result"), {**values, **tile_values(tile, name)}).fetchone()
    )


def _shifted(shapes: Any, datum: str) -> Any:
    if datum == "wgs84" or not len(shapes):
        return np.asarray(shapes, object)
    return shapely.transform(shapes, lambda at: np.column_stack(convert(at[:, 0], at[:, 1], "wgs84", datum)))


def _plain(properties: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in properties.items() if isinstance(value, SCALARS)}


def _type(value: Any) -> str:
    return "Boolean" if isinstance(value, bool) else "String" if isinstance(value, str) else "Number"
