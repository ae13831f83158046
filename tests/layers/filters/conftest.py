"""The OGC's test data as tables of a real PostGIS, and layers over them."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pyogrio
import pytest
import shapely
from psycopg import sql

from layers.catalogue import Field, Layer
from layers.filters import Expression, compile_filter
from spatial.database import connect
from spatial.geometry.crs import CRS84, Crs

DATA = Path(__file__).parents[2] / "data" / "cql2"
_TYPES = {
    "object": ("string", "text"),
    "int64": ("integer", "bigint"),
    "float64": ("number", "double precision"),
    "bool": ("boolean", "boolean"),
    "datetime64[D]": ("date", "date"),
    "datetime64[ms]": ("date-time", "timestamptz"),
}

Count = Callable[..., int]


def make_layer(name: str, fields: dict[str, str], **more: Any) -> Layer:
    """Describe a layer by the names and types of its attributes."""
    return Layer(
        **{
            "name": name,
            "title": name,
            "title_en": name,
            "description": "",
            "relation": name,
            "id_column": "fid",
            "geometry_column": "geom",
            "geometry_type": "geometry",
            "time_column": None,
            "fields": tuple(Field(field, type_, field, field) for field, type_ in fields.items()),
            "tile_fields": (),
            "min_zoom": 0,
            **more,
        }
    )


@pytest.fixture(scope="session")
def desk(make_city: Callable[..., Any]) -> Iterator[psycopg.Connection[Any]]:
    """A connection of all tests of this folder to a database of their own.

    Not in one transaction: open for as long as the run, it would hold up whoever waits for old ones to end.
    """
    with make_city(lambda _: None) as url, connect(url, autocommit=True) as connection:
        yield connection


@pytest.fixture(scope="session")
def world(desk: psycopg.Connection[Any]) -> dict[str, Layer]:
    """The layers of the OGC's test data, loaded."""
    path = DATA / "ne110m4cql2.gpkg"
    return {name: _load(desk, path, name) for name, _ in pyogrio.list_layers(path)}


def _load(connection: psycopg.Connection[Any], path: Path, name: str) -> Layer:
    info = pyogrio.read_info(path, layer=name)
    types = {field: _TYPES[dtype] for field, dtype in zip(info["fields"], info["dtypes"], strict=True)}
    frame = pyogrio.read_dataframe(path, layer=name)
    columns = [
        sql.SQL("{} {}").format(sql.Identifier(field), sql.SQL(type_)) for field, (_, type_) in types.items()
    ]
    connection.execute(
        sql.SQL("CREATE TABLE {} (fid serial PRIMARY KEY, geom geometry(Geometry, 4326), {})").format(
            sql.Identifier(name), sql.SQL(", ").join(columns)
        )
    )
    target = sql.SQL("INSERT INTO {} (geom, {}) VALUES (ST_GeomFromWKB(%s, 4326), {})").format(
        sql.Identifier(name),
        sql.SQL(", ").join(map(sql.Identifier, types)),
        sql.SQL(", ").join([sql.Placeholder()] * len(types)),
    )
    with connection.cursor() as cursor:
        cursor.executemany(
            target,
            [
                [shapely.to_wkb(geometry), *(_value(row[field], types[field][0]) for field in types)]
                for geometry, (_, row) in zip(frame.geometry, frame.iterrows(), strict=True)
            ],
        )
    return make_layer(name, {field: type_ for field, (type_, _) in types.items()})


def _value(given: Any, type_: str) -> Any:
    if given is None or given != given or (isinstance(given, float) and math.isnan(given)):
        return None
    if type_ in ("date", "date-time"):
        moment = given.to_pydatetime()
        return moment.date() if type_ == "date" else f"{moment.isoformat()}Z"
    return {"boolean": bool, "integer": int, "number": float, "string": str}[type_](given)


@pytest.fixture(scope="session")
def count(desk: psycopg.Connection[Any]) -> Count:
    """Count the rows of a layer that a filter finds."""

    def counted(layer: Layer, expression: Expression, crs: Crs = CRS84) -> int:
        condition = compile_filter(expression, layer, crs)
        statement = sql.SQL("SELECT count(*) FROM {} WHERE {}").format(
            sql.Identifier(layer.relation), condition.text
        )
        with desk.transaction():
            row = desk.execute(statement, condition.values).fetchone()
        assert row
        return int(row[0])

    return counted
