"""Houston's police incidents of 2010, in squares that anybody can count."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from psycopg import Connection

from tests.api.real.city import FOLDERS, City, Squares, appoint, counted, folder_of, opened

HOUSTON = Squares("482011", -95.8137, 29.4713, 0.0291, 30, 22)
OFFENCES = {
    "theft": "09001", "burglary": "06001", "auto theft": "09009", "aggravated assault": "09003",
    "robbery": "09006", "rape": "09012", "murder": "10002",
}  # fmt: skip
"""Matters of the list for what it has none for: any that are apart."""
SQUADS = {"theft": "property", "burglary": "property", "auto theft": "vehicles"}
STEPS = ("accept", "file", "dispatch", "handle", "verify", "close")


@dataclass
class Houston:
    """The incidents as the file has them, what became of them, and the city."""

    raw: pd.DataFrame
    taken: pd.DataFrame
    city: City


def read(folder: Path) -> pd.DataFrame:
    rows = pd.read_parquet(folder / "houston_crime_2010.parquet").reset_index(drop=True)
    rows["id"] = [f"h{number}" for number in rows.index]
    rows["at"] = rows["time"].dt.tz_localize("UTC")
    rows["unit"] = HOUSTON.codes(rows["lon"], rows["lat"])
    rows["squad"] = rows["offense"].map(SQUADS).fillna("violence")
    rows["matter"] = rows["offense"].map(OFFENCES)
    return rows


def fill(connection: Connection[Any]) -> None:
    HOUSTON.publish(connection)
    appoint(connection, [("grids", HOUSTON.code, None, "violence")])
    lines = [("grids", HOUSTON.code, OFFENCES[offence], squad) for offence, squad in SQUADS.items()]
    appoint(connection, lines)


def report(row: Any) -> dict[str, Any]:
    point = {} if np.isnan(row.lon) else {"lon": row.lon, "lat": row.lat}
    return {
        "category": row.matter, "source": "hotline", "title": row.offense, "external_id": row.id, **point,
        "reported_at": row.at.isoformat(), "until": "dispatched", "attributes": {"beat": row.beat},
    }  # fmt: skip


@pytest.fixture(scope="module", params=FOLDERS)
def houston(
    request: pytest.FixtureRequest, make_city: Callable[..., Any], as_app: Callable[[str], str],
    tmp_path_factory: pytest.TempPathFactory, master_key: Path,
) -> Iterator[Houston]:  # fmt: skip
    raw = read(folder_of(request.param))
    with (
        make_city(fill) as url,
        opened(url, as_app(url), tmp_path_factory.mktemp("home"), master_key) as city,
    ):
        yield Houston(raw, city.take([report(row) for row in raw.itertuples()]), city)


def test_every_incident_is_taken_or_refused_for_what_is_wrong_with_it(houston: Houston) -> None:
    raw, taken = houston.raw, houston.taken
    assert len(raw) in (1705, 86_314)
    assert (taken["status"] == 201).tolist() == raw["unit"].notna().tolist()
    refused = taken["status"] == 422
    assert set(taken.loc[refused, "where"]) == {"lon"}
    # Five lie nowhere, the others far away: none was stored, no half of one either.
    assert raw["lon"].isna().sum() == 5
    assert houston.city.ids() == sorted(raw.loc[~refused, "id"])
    steps = houston.city.town.ask("SELECT count(*), count(DISTINCT event_id) FROM event_step")[0]
    explained = houston.city.town.ask("SELECT count(*), count(DISTINCT event_id) FROM explanation")[0]
    assert steps == (4 * int((~refused).sum()), int((~refused).sum()))
    assert explained == (int((~refused).sum()),) * 2


def test_each_lies_in_the_square_that_counting_gives(houston: Houston) -> None:
    good = houston.taken["status"] == 201
    assert houston.taken.loc[good, "unit_code"].tolist() == houston.raw.loc[good, "unit"].tolist()
    assert set(houston.taken.loc[good, "ruling"]) == {"inside"}


def test_each_goes_to_its_squad(houston: Houston) -> None:
    names = dict(houston.city.town.ask("SELECT id, name FROM organisation"))
    good = houston.taken["status"] == 201
    whose = houston.taken.loc[good, "organisation_id"].map(names)
    assert whose.tolist() == houston.raw.loc[good, "squad"].tolist()


def test_sent_again_they_are_the_same_events(houston: Houston) -> None:
    some = houston.raw[houston.raw["unit"].notna()].head(300)
    again = houston.city.take([report(row) for row in some.itertuples()])
    assert set(again["status"]) == {200}
    assert again["id"].tolist() == houston.taken.loc[some.index, "id"].astype(int).tolist()


@pytest.mark.parametrize(
    ("asked", "key", "period"),
    [
        ({"by": "all", "bucket": "day"}, None, "D"),
        ({"by": "all", "bucket": "week"}, None, "W"),
        ({"by": "category", "bucket": "month"}, "matter", "M"),
        ({"by": "organisation", "bucket": "month"}, "squad", "M"),
        ({"by": "unit", "level": 4, "bucket": "month"}, "unit", "M"),
        ({"by": "unit", "level": 2, "bucket": "quarter"}, "street", "Q"),
    ],
)
def test_figures_are_what_pandas_counts(houston: Houston, asked: Any, key: Any, period: str) -> None:
    rows = houston.raw[houston.raw["unit"].notna()].assign(street=lambda found: found["unit"].str[:9])
    one = pd.Series(1, index=rows.index)
    expected = counted(rows, key, "at", {"reported": one, "dispatched": one}, period)
    assert houston.city.figures(("reported", "dispatched"), **asked) == expected


def test_some_go_their_way_to_the_end(houston: Houston) -> None:
    """The file has no life cycle: each hundredth is taken to its end by hand, and the figures follow."""
    rows = houston.raw[houston.raw["unit"].notna()].iloc[:: max(100, len(houston.raw) // 40)]
    chief = houston.city.chief
    before = houston.city.figures(("closed",), by="category", bucket="all")
    for event in houston.taken.loc[rows.index, "id"].astype(int):
        for verb in STEPS[3:]:
            chief.post(f"/api/events/{event}/transitions", {"verb": verb})
        line = chief.get(f"/api/events/{event}/timeline")["timeline"]
        assert [step["verb"] for step in line if step["kind"] == "step"] == ["report", *STEPS]
    expected = counted(rows, "matter", None, {"closed": pd.Series(1, index=rows.index)})
    assert before == {}
    assert houston.city.figures(("closed",), by="category", bucket="all") == expected
