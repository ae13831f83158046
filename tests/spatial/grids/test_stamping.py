"""The stamp of what is being written never comes apart from the coverage that is being published."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from spatial.database import Database, connect, session
from spatial.grids.stamping import Stamper
from spatial.grids.versions import publish
from spatial.rights.reader import SYSTEM
from tests.spatial.grids.cities import SOUTH, STEP, WEST, chessboard

LON, LAT = np.array([WEST + STEP / 2, 0.0]), np.array([SOUTH + STEP / 2, 0.0])


@pytest.fixture
def database(fresh_url: str, as_app: Callable[[str], str]) -> Iterator[Database]:
    pool = Database(as_app(fresh_url), pool_size=4)
    pool.open()
    yield pool
    pool.close()


def renamed(prefix: str) -> tuple[Any, Any]:
    """Give the chessboard with codes of its own."""
    units, arcs = chessboard()
    for unit in units:
        object.__setattr__(unit, "code", prefix + unit.code)
        object.__setattr__(unit, "parent_code", unit.parent_code and prefix + unit.parent_code)
    return units, arcs


def codes(stamper: Stamper, database: Database) -> list[str | None]:
    with session(database, SYSTEM) as connection:
        return stamper.codes(connection, LON, LAT)


@pytest.mark.parametrize("with_files", [False, True])
def test_the_version_in_force_stamps(
    database: Database, fresh_url: str, tmp_path: Path, with_files: bool
) -> None:
    stamper = Stamper(database, tmp_path if with_files else None)
    assert codes(stamper, database) == [None, None]
    for prefix in ("a", "b"):
        with connect(fresh_url) as owner:
            publish(owner, "grids", *renamed(prefix), prefix, datetime.now(UTC) - timedelta(seconds=1))
        assert codes(stamper, database) == [f"{prefix}1-0-0-0", None]
    assert any(tmp_path.rglob("*.index")) is with_files


def test_a_publication_waits_for_who_is_writing(database: Database, fresh_url: str) -> None:
    """The row is written in time to be stamped anew, and the writer stamps by what was in force."""
    with connect(fresh_url) as owner:
        publish(owner, "grids", *renamed("a"), "a", datetime.now(UTC) - timedelta(seconds=1))
    stamper, done = Stamper(database), threading.Event()

    def publish_again() -> None:
        with connect(fresh_url) as owner:
            publish(owner, "grids", *renamed("b"), "b", datetime.now(UTC) - timedelta(seconds=1))
        done.set()

    with session(database, SYSTEM) as connection:
        code, _ = stamper.codes(connection, LON, LAT)
        publisher = threading.Thread(target=publish_again)
        publisher.start()
        connection.execute(
            "INSERT INTO place (kind, name, risk_level, geom, unit_code, source)"
            " VALUES ('school', 'n', 1, ST_SetSRID(ST_MakePoint(%s, %s), 4326), %s, 's')",
            (LON[0], LAT[0], code),
        )
        assert code == "a1-0-0-0"
        assert not done.wait(0.5)
    publisher.join(30)
    assert done.is_set()
    with connect(fresh_url) as owner:
        assert owner.execute("SELECT unit_code FROM place").fetchall() == [("b1-0-0-0",)]
