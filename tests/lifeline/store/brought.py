"""Brings networks of the test data into a database in short."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Any

from psycopg import Connection

from lifeline.networks.loading import Target, load
from lifeline.networks.reading import Read, read_network
from lifeline.networks.wish import Wish
from spatial.types import BBox
from tests.lifeline.networks import DATA

CITY = BBox(116.2, 39.9, 116.4, 40.1)
KENTUCKY = Wish(crs="EPSG:3547")
SANT_BOI = ("santboi_water.gpkg", "santboi_water_plus.gpkg", "water_service.csv", "water_hydrometer.csv")


def sant_boi(folder: Path) -> Path:
    """Put the tables of the sample town into one archive."""
    path = folder / "santboi_water.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for name in SANT_BOI:
            archive.write(DATA / "santboi" / name, name)
    return path


def read(path: Path, wish: Wish) -> Read:
    """Read a file for a city that lies elsewhere."""
    return read_network(path, path.name, wish, CITY)


def bring(connection: Connection[Any], path: Path, wish: Wish, name: str = "n") -> tuple[int, dict[str, Any]]:
    """Read a file and put it in."""
    seen = read(path, wish)
    assert seen.frame is not None
    return load(connection, Target(name, None, path.name, "digest"), seen.found, seen.frame, wish)


def one(connection: Connection[Any], statement: str, *values: Any) -> tuple[Any, ...]:
    """Read one row."""
    found = connection.execute(statement, values).fetchone()
    assert found is not None
    return tuple(found)
