"""Tracks over HTTP: forms, sums, days, marks by hand, and who may see them."""

from __future__ import annotations

import io
from datetime import date, timedelta
from typing import Any
from xml.etree import ElementTree

import httpx
import numpy as np
import pyarrow as pa
import pytest

from api.tracks import _check_size
from spatial.database import connect
from spatial.errors import InvalidInput
from spatial.patrols.days import day_of
from spatial.patrols.track_days import moment
from spatial.patrols.verdicts import Verdict
from tests.api.town_hall import STREET_ADMINISTRATOR, Hall
from tests.spatial.patrols.field import put
from tests.spatial.patrols.grading.ways import graded
from tests.spatial.patrols.truth import walk
from tests.spatial.rights.town import GRIDS, STREETS

WALK = walk("foot", 33, seconds=2 * 3600, stand_s=900).columns
WHOLE = graded(WALK)
FIRST, LAST = moment(int(WALK.time_us[0])), moment(int(WALK.time_us[-1]))
DAY = day_of(FIRST)
SPAN = {"from": FIRST.isoformat(), "to": (LAST + timedelta(seconds=1)).isoformat()}


@pytest.fixture(scope="module")
def walker(hall: Hall) -> dict[str, int]:
    """The worker of the first grid, who has walked."""
    found = hall.ask(
        "SELECT w.id, m.id FROM worker AS w JOIN mover AS m ON m.worker_id = w.id WHERE w.unit_code = %s"
        " ORDER BY w.id LIMIT 1",
        GRIDS[0],
    )[0]
    with connect(hall.url) as connection:
        put(connection, found[1], WALK)
    return {"worker": found[0], "mover": found[1]}


def path(walker: dict[str, int], what: str = "track") -> str:
    return f"/api/movers/{walker['mover']}/{what}"


def get(client: httpx.Client, path: str, **query: Any) -> Any:
    answer = client.get(path, params={**SPAN, **query})
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_a_track_is_told_with_verdicts_and_sums(chief: httpx.Client, walker: dict[str, int]) -> None:
    found = get(chief, f"/api/workers/{walker['worker']}/track")
    assert found == get(chief, path(walker))
    assert found["worker"] == walker["worker"]
    assert [each["verdict"] for each in found["fixes"]] == [
        Verdict(code).name.lower() for code in WHOLE.verdicts.tolist()
    ]
    assert [each["lon"] for each in found["fixes"]] == WALK.lon.tolist()
    assert found["fixes"][0]["time"] == FIRST.isoformat()
    assert found["distance_m"] == WHOLE.distance_m
    assert len(found["stays"]) == len(WHOLE.stays)
    assert sum(each["distance_m"] for each in found["trips"]) == pytest.approx(found["distance_m"], rel=0.05)
    assert sum(found["verdicts"].values()) == len(WALK)


def test_the_clean_track_leaves_jumps_out(chief: httpx.Client, walker: dict[str, int]) -> None:
    found = get(chief, path(walker), fixes="clean")
    assert "jump" not in {each["verdict"] for each in found["fixes"]}
    assert len(found["fixes"]) == len(WHOLE.way.rows)
    assert found["verdicts"]["jump"] > 0


def test_geojson_draws_the_clean_track_and_stays(chief: httpx.Client, walker: dict[str, int]) -> None:
    answer = chief.get(path(walker), params={**SPAN, "form": "geojson"})
    assert answer.headers["content-type"].startswith("application/geo+json")
    assert answer.headers["cache-control"] == "no-store"
    kinds = [each["properties"]["kind"] for each in answer.json()["features"]]
    assert kinds == ["track", *["stay"] * len(WHOLE.stays)]
    line = answer.json()["features"][0]
    assert len(line["geometry"]["coordinates"]) == len(line["properties"]["times"]) == len(WHOLE.way.rows)
    drawn = get(chief, path(walker), form="geojson", simplify_m=30)["features"][0]
    assert 2 < len(drawn["geometry"]["coordinates"]) < len(WHOLE.way.rows) / 2


def test_gpx_holds_the_clean_track(chief: httpx.Client, walker: dict[str, int]) -> None:
    answer = chief.get(path(walker), params={**SPAN, "form": "gpx"})
    root = ElementTree.fromstring(answer.content)
    space = {"g": "http://www.topografix.com/GPX/1/1"}
    points = root.findall(".//g:trkpt", space)
    assert len(points) == len(WHOLE.way.rows)
    assert float(points[0].get("lon", "")) == WALK.lon[WHOLE.way.rows[0]]
    assert points[0].findtext("g:time", "", space).endswith("Z")


def test_arrow_holds_all_columns(chief: httpx.Client, walker: dict[str, int]) -> None:
    answer = chief.get(path(walker), params={**SPAN, "form": "arrow"})
    table = pa.ipc.open_stream(io.BytesIO(answer.content)).read_all()
    assert table["verdict"].to_pylist() == WHOLE.verdicts.tolist()
    assert np.array_equal(table["lon"].to_numpy(), WALK.lon)
    assert table["time"][0].as_py() == FIRST


def test_days_stays_and_trips(chief: httpx.Client, walker: dict[str, int]) -> None:
    found = chief.get(path(walker, "days"), params={"from": str(DAY), "to": str(DAY)}).json()
    assert found["gait"] == "foot"
    (day,) = found["days"]
    assert (day["day"], day["fixes"], day["distance_m"]) == (str(DAY), len(WALK), WHOLE.distance_m)
    assert day["good"] == len(WHOLE.way.rows)
    assert len(get(chief, path(walker, "stays"))["stays"]) == len(WHOLE.stays) == day["stays"]
    assert len(get(chief, path(walker, "trips"))["trips"]) == len(WHOLE.trips) == day["trips"]


def test_a_track_of_too_many_fixes_is_refused_before_it_is_read() -> None:
    _check_size(300_000, "json")
    _check_size(3_000_000, "arrow")
    with pytest.raises(InvalidInput) as refused:
        _check_size(2_678_400, "geojson")
    assert "2,678,400 fixes" in str(refused.value)
    assert "form=arrow" in str(refused.value)
    with pytest.raises(InvalidInput, match="more than 3,000,000"):
        _check_size(3_000_001, "arrow")


def test_a_mark_by_hand_and_back(chief: httpx.Client, walker: dict[str, int]) -> None:
    at = int(np.flatnonzero(WHOLE.verdicts == Verdict.GOOD)[5])
    sent = {"time": moment(int(WALK.time_us[at])).isoformat(), "reason": "  by the neighbour's phone "}
    made = chief.post(path(walker, "marks"), json=sent)
    assert made.status_code == 201, made.text
    assert made.json()["marks"] == [int(WALK.mark[at])]
    assert str(DAY) in made.json()["days"]
    assert chief.post(path(walker, "marks"), json=sent).status_code == 409
    (mark,) = get(chief, path(walker, "marks"))["marks"]
    assert (mark["reason"], mark["username"]) == ("by the neighbour's phone", "chief")
    assert get(chief, path(walker))["fixes"][at]["verdict"] == "marked_bad"
    gone = chief.delete(path(walker, "marks"), params={"time": sent["time"], "mark": int(WALK.mark[at])})
    assert gone.json()["removed"] == 1
    assert chief.delete(path(walker, "marks"), params={"time": sent["time"]}).status_code == 404
    assert get(chief, path(walker))["fixes"][at]["verdict"] == "good"


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ({"from": "2026-01-02", "to": "2026-01-01"}, 400),
        ({"from": "2026-01-01", "to": "2026-03-01"}, 400),
        ({"from": "yesterday"}, 400),
        ({"from": "2026-01-01T00:00:00"}, 400),
        ({"form": "shapefile"}, 400),
        ({"speed": "1"}, 400),
        ({}, 200),
        ({"from": "2026-01-01", "to": "2026-01-02"}, 200),
    ],
)
def test_what_is_asked_wrongly_is_named(
    chief: httpx.Client, walker: dict[str, int], query: dict[str, str], status: int
) -> None:
    assert chief.get(path(walker), params=query).status_code == status


def test_wrong_marks_are_named(chief: httpx.Client, walker: dict[str, int]) -> None:
    there = FIRST.isoformat()
    for sent, status in (
        ({"time": there}, 400),
        ({"time": there, "reason": " "}, 400),
        ({"time": "2026-01-01T00:00:00", "reason": "test"}, 400),
        ({"time": "2026-01-01T00:00:00Z", "reason": "test"}, 404),
        ({"time": there, "mark": 2**40, "reason": "test"}, 400),
    ):
        assert chief.post(path(walker, "marks"), json=sent).status_code == status, sent


def test_a_street_sees_its_own_people_alone(hall: Hall, walker: dict[str, int]) -> None:
    own = hall.person("track-own", **STREET_ADMINISTRATOR)
    other = hall.person("track-other", **{**STREET_ADMINISTRATOR, "area": STREETS[1]})
    assert get(own, path(walker))["fixes"]
    nobody = other.get("/api/movers/999999999/track", params=SPAN)
    assert other.get(path(walker), params=SPAN).status_code == nobody.status_code == 404


def test_a_field_worker_sees_the_own_track_and_marks_nothing(hall: Hall, walker: dict[str, int]) -> None:
    standing = {"role": "field_worker", "reach": "area", "area": STREETS[0]}
    me = hall.person("track-me", **standing, worker_id=walker["worker"])
    colleague = hall.person("track-colleague", **standing)
    assert get(me, path(walker))["fixes"]
    sent = {"time": FIRST.isoformat(), "reason": "I was elsewhere"}
    assert me.post(path(walker, "marks"), json=sent).status_code == 403
    assert colleague.get(path(walker), params=SPAN).status_code == 404


def test_days_are_those_of_the_city(chief: httpx.Client, walker: dict[str, int]) -> None:
    assert isinstance(DAY, date)
    found = chief.get(path(walker, "days"), params={"from": str(DAY - timedelta(days=400)), "to": str(DAY)})
    assert found.status_code == 400
    wide = chief.get(path(walker, "days"), params={"from": str(DAY - timedelta(days=300)), "to": str(DAY)})
    assert [each["day"] for each in wide.json()["days"]] == [str(DAY)]
