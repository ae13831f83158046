"""Layers with awkward content, and a session to write them out in."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from layers.catalogue import Field, Layer
from layers.encoders.formats import FORMATS
from layers.encoders.source import Export, Mark, Source
from layers.features import Selection
from spatial.database import Database, connect, session
from spatial.geometry.crs import CRS84, Crs
from spatial.rights.reader import Reader

TESTER = Reader(1, "tester", "测试 <b>", "analyst")
MARK = Mark("tester", "测试 <b>", datetime(2026, 11, 22, 3, 4, 5, tzinfo=UTC), 77)
HOSTILE = '=1+1|"quoted", 100% 中文\nline'


def _field(name: str, kind: str) -> Field:
    return Field(name, kind, name, name)


def layer(name: str, fields: dict[str, str], geometry_type: str = "point", srid: int = 4326) -> Layer:
    """Describe a table of gallery.sql."""
    time = "moment" if "moment" in fields else None
    return Layer(
        name, "东西", "Things", "d", f"enc_{name}", "id", "geom", geometry_type, time,
        tuple(_field(*pair) for pair in fields.items()), (), 0, srid=srid,
    )  # fmt: skip


THINGS = {
    "whole": "integer", "part": "number", "exact": "number", "words": "string", "mood": "string",
    "is_listed": "boolean", "day": "date", "moment": "date-time", "naive": "date-time", "tags": "array",
    "facts": "json", "uid": "string", "Words": "string", HOSTILE: "string", "geometry": "string",
    "fid": "integer",
}  # fmt: skip

LAYERS = {
    each.name: each
    for each in (
        layer("things", THINGS),
        layer("gaps", {"words": "string"}),
        layer("nothing", {"words": "string", "moment": "date-time"}, "polygon"),
        layer("shapeless", {"id": "integer", "words": "string"}),
        layer("lines", {"id": "string", "name": "string"}, "line", 4547),
        layer("areas", {"name": "string"}, "polygon"),
        layer("mixed", {}, "geometry"),
        layer("high", {}),
        layer("pole", {}),
    )
}


@pytest.fixture(scope="module")
def gallery(make_city: Callable[..., Any], as_app: Callable[[str], str]) -> Iterator[Database]:
    """The workers' pool over a database with the tables of gallery.sql."""
    text = (Path(__file__).parent / "gallery.sql").read_text(encoding="utf-8")
    with make_city(lambda connection: connection.execute(text)) as url:
        pool = Database(as_app(url), pool_size=4)
        pool.open()
        yield pool
        pool.close()


@contextmanager
def reading(database: Database, export: Export, **more: Any) -> Iterator[Source]:
    """Open the source of an export in a session of the tester."""
    with session(database, TESTER) as connection:
        yield Source(connection, export, **more)


def export(name: str, crs: Crs = CRS84, **more: Any) -> Export:
    """Describe the export of a layer of the gallery, whole unless told."""
    chosen = LAYERS[name]
    return Export(chosen, Selection(**{"limit": None, **more}), MARK, chosen.title, crs)


@pytest.fixture
def write(gallery: Database, tmp_path: Path) -> Callable[..., Path]:
    """Write a layer of the gallery in a format; gives the file."""

    def writing(form: str, name: str, crs: Crs = CRS84, **more: Any) -> Path:
        path = tmp_path / f"{name}{FORMATS[form].extension}"
        path.unlink(missing_ok=True)
        with reading(gallery, export(name, crs, **more)) as source:
            FORMATS[form].write(source, path)
        return path

    return writing


__all__ = ["HOSTILE", "LAYERS", "connect", "export", "layer", "reading"]
