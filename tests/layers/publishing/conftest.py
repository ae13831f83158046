"""A database to publish into, seen by its owner and by readers of every kind."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import pytest

from layers.catalogue import Layer, layer
from layers.imports import PublishOptions
from layers.publish import Outcome, publish_file, sweep
from spatial.database import Database, connect, session
from spatial.rights.reader import Reader

OWNER = Reader(None, "command line", "command line", "district_administrator")


@dataclass
class Desk:
    """Where files are published."""

    owner: psycopg.Connection[Any]
    database: Database
    folder: Path

    def publish(self, path: Path, **options: Any) -> list[Outcome]:
        """Publish a file, in one transaction."""
        with self.owner.transaction():
            return publish_file(self.owner, path, path.name, PublishOptions(**options), OWNER)

    def one(self, path: Path, **options: Any) -> tuple[Layer, Outcome]:
        """Publish a file of one layer; gives the catalogue's row, too."""
        (outcome,) = self.publish(path, **options)
        return layer(self.owner, outcome.layer), outcome

    def rows(self, of: Layer, *columns: str) -> list[Any]:
        """Read columns of a layer in the order of its identifier, as the owner."""
        from psycopg import sql

        listed = sql.SQL(", ").join(sql.SQL(each) for each in columns) if columns else sql.SQL("*")
        text = sql.SQL("SELECT {} FROM {} ORDER BY {}").format(listed, of.table, sql.Identifier(of.id_column))
        return self.owner.execute(text, {}).fetchall()

    def count(self, of: Layer, reader: Reader) -> int:
        """Count the features of a layer that a reader sees."""
        from psycopg import sql

        with session(self.database, reader) as connection:
            text = sql.SQL("SELECT count(*) FROM {}").format(of.table)
            return int(connection.execute(text, {}).fetchall()[0][0])

    def left_over(self) -> tuple[int, int, int]:
        """Count published layers, tables in the schema, and tables whose rights are kept."""
        rows = self.owner.execute(
            "SELECT (SELECT count(*) FROM layer WHERE schema = 'published'),"
            " (SELECT count(*) FROM pg_class"
            "  WHERE relnamespace = 'published'::regnamespace AND relkind = 'r'),"
            " (SELECT count(*) FROM published_table)"
        ).fetchall()
        return tuple(rows[0])


@pytest.fixture(scope="module")
def desk_url(make_city: Callable[..., Any]) -> Iterator[str]:
    """An empty city for the tests of one file; each cleans up behind itself."""
    with make_city(lambda _: None) as url:
        yield url


@pytest.fixture
def desk(desk_url: str, as_app: Callable[[str], str], tmp_path: Path) -> Iterator[Desk]:
    """A desk in an empty city."""
    database = Database(as_app(desk_url), 2)
    database.open()
    with connect(desk_url, autocommit=True) as owner:
        yield Desk(owner, database, tmp_path)
        owner.execute("DELETE FROM layer WHERE schema <> 'city'")
        with owner.transaction():
            sweep(owner, 0)
    database.close()


def found(outcome: Outcome) -> dict[str, int]:
    """Kind of finding → how many."""
    return {each["kind"]: each["count"] for each in outcome.problems}
