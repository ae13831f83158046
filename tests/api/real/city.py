"""A city of real requests: its coverages published, its duty list written, its desk open.

What must come out is worked out beside it from the raw file with pandas and geopandas, never by our code.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import shapely
from psycopg import Connection
from starlette.testclient import TestClient

from api.app import create_app
from spatial.database import connect
from spatial.geometry.arcs import build_arcs
from spatial.geometry.precision import snap
from spatial.grids.units import UnitDraft
from spatial.grids.versions import publish
from spatial.people.accounts import create_account
from spatial.people.keys import issue_key
from spatial.rights.reader import Reader
from spatial.settings import Settings
from tests.api.planning import Json, Person
from tests.spatial.events.desk import Town, open_town

EXTRACTS = Path(__file__).parents[2] / "data" / "events"
BEFORE = datetime(2001, 1, 1, tzinfo=UTC)
"""When the coverages came into force: before any of the events."""
CLOCK = "Asia/Shanghai"
BATCH = 5000
FOLDERS = ["extract", pytest.param("whole", marks=pytest.mark.slow)]


def folder_of(which: str) -> Path:
    """Give the folder of the extracts, or of the whole files, which are not in the repository."""
    if which == "extract":
        return EXTRACTS
    named = os.environ.get("REAL_EVENTS")
    if not named:
        pytest.skip("REAL_EVENTS names no folder with the whole files; see tests/data/events")
    return Path(named)


@dataclass(frozen=True)
class Squares:
    """A chessboard over a city: streets of five columns, communities by row, grids by column."""

    code: str
    west: float
    south: float
    step: float
    columns: int
    rows: int

    def code_at(self, column: Any, row: Any) -> str:
        """Name the square of a column and row."""
        return f"{self.code}{column // 5 + 1:03d}{row + 1:03d}{column % 5 + 1:03d}"

    def codes(self, lon: pd.Series, lat: pd.Series) -> pd.Series:
        """Name the squares that points lie in by counting; None outside."""
        columns = np.floor((lon - self.west) / self.step)
        rows = np.floor((lat - self.south) / self.step)
        inside = columns.between(0, self.columns - 1) & rows.between(0, self.rows - 1)
        found = [
            self.code_at(int(column), int(row)) if good else None
            for column, row, good in zip(columns, rows, inside, strict=True)
        ]
        return pd.Series(found, index=lon.index, dtype=object)

    def publish(self, connection: Connection[Any]) -> None:
        """Make it the grids in force."""
        places = [(i, j) for i in range(self.columns) for j in range(self.rows)]
        x, y, step = self.west, self.south, self.step
        shapes = [
            snap(shapely.box(x + i * step, y + j * step, x + (i + 1) * step, y + (j + 1) * step, ccw=True))
            for i, j in places
        ]
        publish_grids(connection, [self.code_at(*place) for place in places], shapes)


def publish_grids(connection: Connection[Any], codes: Sequence[str], shapes: Sequence[Any]) -> None:
    """Publish grids of 15 digits with all units above them."""
    units = [UnitDraft(4, code, code[:12], code, code, False) for code in codes]
    for level, digits in ((3, 12), (2, 9), (1, 6)):
        above = sorted({code[:digits] for code in codes})
        parents = [code[: digits - 3] if level > 1 else None for code in above]
        units += [
            UnitDraft(level, code, parent, code, code, False)
            for code, parent in zip(above, parents, strict=True)
        ]
    publish(connection, "grids", units, build_arcs(list(shapes)), "real", BEFORE)


def appoint(connection: Connection[Any], lines: Iterable[tuple[str, str, str | None, str]]) -> None:
    """Write the duty list: coverage, unit, matter (None: everything) and the name of who is responsible."""
    for coverage, unit, category, name in lines:
        connection.execute(
            "INSERT INTO organisation (code, name, name_en, kind) VALUES (%s, %s, %s, 'bureau')"
            " ON CONFLICT DO NOTHING", (name, name, name),
        )  # fmt: skip
        connection.execute(
            "INSERT INTO duty (coverage, unit_code, category, organisation_id, rank)"
            " SELECT %s, %s, %s, id, 1 FROM organisation WHERE code = %s",
            (coverage, unit, category, name),
        )


@dataclass
class City:
    """A city with its chief at the doors, and its desk."""

    chief: Person
    reader: Reader
    town: Town

    def take(self, reports: Sequence[Json]) -> pd.DataFrame:
        """Send reports in batches; gives status, id, unit_code …, and `where` of what was refused."""
        found: list[Json] = []
        for first in range(0, len(reports), BATCH):
            sent = reports[first : first + BATCH]
            answer = self.chief.post("/api/events/batch", {"reports": sent})
            assert answer["taken"] + answer["known"] + answer["refused"] == len(sent)
            found += answer["results"]
        rows = [{**each, "where": ",".join(p["where"] for p in each.get("errors", []))} for each in found]
        return pd.DataFrame(rows)

    def figures(self, measures: Sequence[str], **asked: Any) -> dict[tuple[str | None, str | None], Any]:
        """Ask for figures of ten years: (bucket, name of the key) → counts of the measures."""
        span = {"from": "2010-01-01", "to": "2020-01-01"}
        found = self.chief.get("/api/figures/events", params={**span, **asked})
        named = "name" if asked["by"] == "organisation" else "key"
        counted = {
            (row["starts"], row[named] or None): tuple(row["counts"][name] for name in measures)
            for row in found["rows"]
        }
        assert len(counted) == len(found["rows"])
        return {key: counts for key, counts in counted.items() if any(counts)}

    def ids(self) -> list[str]:
        """Name what is stored by the sender's numbers."""
        return [name for (name,) in self.town.ask("SELECT external_id FROM event ORDER BY external_id")]


@contextmanager
def opened(url: str, app_url: str, home: Path, master: Path) -> Iterator[City]:
    """Serve a city from this process."""
    app = create_app(Settings(home=home, master_key_file=master, quota_per_minute=0), app_url)
    with (
        open_town(url, app_url, home, master) as town,
        TestClient(app, client=("127.0.0.1", 50_000), raise_server_exceptions=False) as client,
    ):
        with connect(url) as owner:
            role = "district_administrator"
            account = create_account(owner, "chief", "chief", role, "an unlikely Passw0rd", "city")
            key = issue_key(owner, account, "chief", timedelta(hours=5))
        yield City(Person(client, key.token), Reader(account, "chief", "chief", role), town)


def counted(
    rows: pd.DataFrame, by: str | None, at: str | None, measures: Mapping[str, pd.Series], period: str = "M"
) -> dict[tuple[str | None, str | None], Any]:
    """Count with pandas what the figures must say: (first day of the bucket, key) → sums of the measures."""
    starts = None if at is None else rows[at].dt.tz_convert(CLOCK).dt.tz_localize(None).dt.to_period(period)
    frame = pd.DataFrame({name: series.astype(int) for name, series in measures.items()})
    keys = [
        pd.Series([None] * len(rows), index=rows.index, dtype=object)
        if at is None
        else starts.dt.start_time.dt.strftime("%Y-%m-%d"),
        pd.Series([None] * len(rows), index=rows.index, dtype=object) if by is None else rows[by],
    ]
    sums = frame.groupby([key.fillna("-") for key in keys]).sum()
    found = {
        tuple(None if part == "-" else part for part in key): tuple(int(n) for n in row)
        for key, row in zip(sums.index, sums.to_numpy(), strict=True)
    }
    return {key: counts for key, counts in found.items() if any(counts)}
