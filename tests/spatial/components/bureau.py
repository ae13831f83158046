"""Where surveys are done: the town as the workers' role sees it, and files to survey."""

from __future__ import annotations

import csv
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from spatial.components.surveys import queue
from spatial.components.surveys.options import Options
from spatial.components.surveys.run import Survey, keep_report, run
from spatial.database import Database, connect, query, session, standpoint_values
from spatial.grids.stamping import Stamper
from spatial.rights.reader import SYSTEM, Reader
from tests.databases import _fill_empty
from tests.spatial.rights.people import hire
from tests.spatial.rights.town import DISTRICT, GRIDS, build, middle

LAMP, LID = "01037", "01001"

OLD = "gbt30428_2_2013"


@dataclass
class Bureau:
    """Where surveys are done: the town as the workers' role sees it."""

    url: str
    database: Database
    staff: dict[str, Reader]
    folder: Path
    tell: Callable[[float], None] = lambda _: None

    def do(self, path: Path, who: str = "administrator of the city", **said: Any) -> dict[str, Any]:
        """Do a survey as the job process does, and return what its owner is told."""
        reader, options = self.staff[who], Options(**{"dry_run": False, "crs": "EPSG:4326", **said})
        with session(self.database, reader) as connection:
            number = queue.ask(connection, reader, options, "f", path.name, "0")
        with session(self.database, SYSTEM) as connection:
            assert queue.claim(connection).id == number
        try:
            with session(self.database, reader) as connection:
                stamper = Stamper(self.database)
                done = run(Survey(connection, reader, stamper, path, path.name, options, self.tell))
                connection.execute(query("spatial.database", "session"), standpoint_values(SYSTEM))
                keep_report(connection, number)
                queue.finish(connection, number, done.counts, done.left_out)
        except BaseException as error:
            with session(self.database, SYSTEM) as connection:
                queue.fail(connection, number, error)
            raise
        with session(self.database, reader) as connection:
            return {**queue.progress(connection, number), "rows": list(queue.all_rows(connection, number))}

    def ask(self, statement: str, *values: Any) -> list[Any]:
        with connect(self.url) as owner:
            cursor = owner.execute(statement, values)
            return cursor.fetchall() if cursor.description else []


def fill(url: str, master: Path) -> None:
    _fill_empty(url, master)
    with connect(url) as owner:
        build(owner)
        hire(owner)


def spot(grid: int = 0, east: float = 0.0, north: float = 0.0) -> tuple[float, float]:
    lon, lat = middle(GRIDS[grid])
    return lon + east, lat + north


def write_csv(folder: Path, rows: list[dict[str, Any]], name: str = "普查.csv") -> Path:
    names = list(dict.fromkeys(key for row in rows for key in row))
    with (folder / name).open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, names)
        writer.writeheader()
        writer.writerows(rows)
    return folder / name


def row(grid: int = 0, east: float = 0.0, north: float = 0.0, **more: Any) -> dict[str, Any]:
    lon, lat = spot(grid, east, north)
    return {"lon": f"{lon:.9f}", "lat": f"{lat:.9f}", **more}


def code(number: int, kind: str = LID, county: str = DISTRICT) -> str:
    return f"{county}{kind}{number:06d}"


def reasons(done: dict[str, Any]) -> dict[int, str]:
    return {
        each["row"]: "; ".join(each["detail"]["reasons"])
        for each in done["rows"]
        if each["verdict"] == "rejected"
    }
