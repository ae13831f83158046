"""Policies must not cost the index: plans of the hot statements, as the workers' role runs them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest

from layers import catalogue, features
from layers.features import Selection
from spatial.addresses.search import search
from spatial.database import Database, query, session, standpoint_values
from spatial.rights.reader import Reader
from spatial.types import BBox
from tiles.overview import overview_tile
from tiles.vector import Tile, layer_tile

CITY = Reader(None, "analyst", "analyst", "analyst")
BOX = BBox(116.3, 39.97, 116.31, 39.98)


class Plans:
    """A connection that explains what it is asked to execute, and remembers the plans."""

    def __init__(self, connection: psycopg.Connection[Any]) -> None:
        self.connection = connection
        self.seen: list[str] = []

    def execute(self, statement: Any, values: Any = None) -> Any:
        """Explain, then execute."""
        text = psycopg.sql.SQL("EXPLAIN {}").format(
            statement if isinstance(statement, psycopg.sql.Composable) else psycopg.sql.SQL(statement)
        )
        rows = self.connection.execute(text, values).fetchall()
        self.seen.append("\n".join(line for (line,) in rows))
        return self.connection.execute(statement, values)

    def __getattr__(self, name: str) -> Any:
        """Be the connection in everything else."""
        return getattr(self.connection, name)

    def cursor(self, **options: Any) -> Any:
        """Give a cursor that explains as well."""
        plans, cursor = self, self.connection.cursor(**options)

        class Explaining:
            def __enter__(self) -> Any:
                return self

            def __exit__(self, *_: object) -> None:
                cursor.close()

            def execute(self, statement: Any, values: Any = None) -> Any:
                plans.execute(statement, values)
                return cursor.execute(statement, values)

        return Explaining()


@pytest.fixture(scope="module")
def street(database: Database) -> Reader:
    """The administrator of the street with most events."""
    with session(database, CITY) as connection:
        row = connection.execute(
            "SELECT left(unit_code, 9) FROM event WHERE unit_code IS NOT NULL"
            " GROUP BY 1 ORDER BY count(*) DESC"
        ).fetchone()
    assert row is not None
    return Reader(
        None, "s", "s", "street_administrator", reach="area", area=row[0], above=(row[0][:6],),
        organisation_id=1,
    )  # fmt: skip


def plans_of(database: Database, reader: Reader, ask: Any) -> str:
    """Ask as `reader`, and give the plans of what was executed."""
    with session(database, reader) as connection:
        plans = Plans(connection)
        ask(plans)
    return "\n".join(plans.seen)


def _items(connection: Any) -> None:
    layer = catalogue.layer(connection, "events")
    features.features(connection, layer, Selection(bbox=BOX, limit=100))
    features.count(connection, layer, Selection(bbox=BOX))


def _tile(connection: Any) -> None:
    layer_tile(connection, catalogue.layer(connection, "events"), Tile(16, 53948, 24823))


def _overview(connection: Any) -> None:
    overview_tile(connection, catalogue.layer(connection, "events"), Tile(13, 6743, 3102))


BOXES = {"items": _items, "tile": _tile}


@pytest.fixture(params=["city", "area"])
def reader(request: pytest.FixtureRequest, street: Reader) -> Reader:
    return CITY if request.param == "city" else street


@pytest.mark.parametrize("ask", BOXES.values(), ids=BOXES)
def test_a_box_is_answered_by_the_spatial_index(database: Database, reader: Reader, ask: Any) -> None:
    plans = plans_of(database, reader, ask)
    assert "ix_event_geom" in plans
    assert "Seq Scan on event" not in plans


def test_from_afar_events_are_counted_without_reading_them(database: Database, reader: Reader) -> None:
    plans = plans_of(database, reader, _overview)
    assert "layer_count" in plans
    assert "Seq Scan on layer_count" not in plans
    assert " on event" not in plans


def test_a_code_is_answered_by_its_index(database: Database, reader: Reader) -> None:
    plans = plans_of(database, reader, lambda connection: search(connection, "DEMO202611", "wgs84", 5))
    assert "uq_event_no" in plans


def test_a_count_of_an_area_reads_that_area_alone(database: Database, street: Reader) -> None:
    def count(connection: Any) -> None:
        features.count(connection, catalogue.layer(connection, "events"), Selection())

    plans = plans_of(database, street, count)
    assert "ix_event_unit_code" in plans
    assert "ix_event_organisation_id" in plans


@pytest.fixture
def superuser(cluster: Any, city_url: str) -> Iterator[psycopg.Connection[Any]]:
    name = city_url.split("@/")[1].split("?")[0]
    with psycopg.connect(cluster.url("postgres", name), options="-c search_path=city,public") as connection:
        yield connection
        connection.rollback()


def test_without_the_mark_the_index_would_be_lost(superuser: psycopg.Connection[Any], street: Reader) -> None:
    """Were this to pass one day, PostgreSQL would have learned it and the mark could go."""
    superuser.execute("ALTER FUNCTION geometry_overlaps(geometry, geometry) NOT LEAKPROOF")
    superuser.execute(query("spatial.database", "session"), standpoint_values(street))
    plans = Plans(superuser)
    _tile(plans)
    assert "ix_event_geom" not in "\n".join(plans.seen)
