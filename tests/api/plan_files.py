"""Files for plans: written in squares of the town, sent, and brought in as the job process does."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
import shapely

from api.plan_import_jobs import PlanImporter
from spatial.database import session
from spatial.geometry.datum import convert
from spatial.rights.reader import SYSTEM
from tests.api import working
from tests.api.planning import Json, Office, Person, corner, good
from tests.api.working import opened
from tests.spatial.rights.town import GRIDS


def box(west: float, south: float, east: float, north: float) -> Any:
    """A rectangle in squares from the south-west corner of the town."""
    return shapely.Polygon(
        [corner(west, south), corner(east, south), corner(east, north), corner(west, north)]
    )


def square(grid: int) -> Any:
    """Where a grid of the town lies."""
    column, row = divmod(grid, 4)
    return box(column, row, column + 1, row + 1)


def geojson(features: Iterable[tuple[Any, Json]]) -> bytes:
    listed = [
        {"type": "Feature", "properties": facts, "geometry": shape and shapely.geometry.mapping(shape)}
        for shape, facts in features
    ]
    return json.dumps({"type": "FeatureCollection", "features": listed}).encode()


def send(who: Person, plan: int, body: bytes, name: str = "grids.geojson", **fields: Any) -> Any:
    return who.ask("POST", f"/api/plans/{plan}/imports", files={"file": (name, body)}, data=fields)


def work_off(office: Office, home: Path) -> int:
    """Do what the job process does, until nothing waits."""
    importer = PlanImporter(office.app_url, home)
    with opened(office.app_url, 3) as database:
        with session(database, SYSTEM) as connection:
            importer.begin(connection)
        return working.work_off(importer, database)


def brought(office: Office, home: Path, who: str, plan: int, body: bytes, **fields: Any) -> Json:
    """Send a file, have it done, and read what became of it."""
    sent = good(send(office[who], plan, body, **fields))
    work_off(office, home)
    return office[who].get(f"/api/plans/{plan}/imports/{sent['id']}")


def shifted(shape: Any, datum: str) -> Any:
    """Write a shape as a map in another datum has it."""
    return shapely.transform(shape, lambda xy: np.stack(convert(xy[:, 0], xy[:, 1], "wgs84", datum), axis=1))


def as_they_are(datum: str = "wgs84", codes: bool = True) -> bytes:
    """All grids of the town as a file."""
    return geojson(
        (shifted(square(at), datum), {"code": code} if codes else {"name": f"n{at}"})
        for at, code in enumerate(GRIDS)
    )
