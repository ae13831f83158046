"""Movers over HTTP: who has a part in a time and a box, pages, and what of one is said."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
import pytest

from api.ogc.moving_features.forms import FEATURE, FEATURES, PROPERTIES, PROPERTY
from spatial.database import connect
from tests.api.ogc.moving_features.conftest import CHIEF, ITEMS, Lane
from tests.api.ogc.moving_features.paths import COURSE, OTHER, SPEED, WALKED, lines_of, speaks
from tests.api.ogc.moving_features.test_sequence import LINES, Line, between, line_of, text_of, us_of, valid
from tests.spatial.rights.town import GRIDS

THEIRS = list(lines_of(OTHER))
MORNING = between(LINES[0], slice(0, None))


def ids(body: dict[str, Any]) -> list[int]:
    return [int(each["id"]) for each in body["features"]]


def seen(lane: Lane, **query: Any) -> list[int]:
    body = lane.get(ITEMS, **query)
    valid(FEATURES, body)
    return ids(body)


def test_the_collection_is_listed_and_described(lane: Lane) -> None:
    listed = {each["id"]: each for each in lane.get("/ogc/collections")["collections"]}
    body = lane.get("/ogc/collections/movers")
    assert listed["movers"] == body
    assert body["itemType"] == "movingfeature"
    assert {each["rel"] for each in body["links"]} >= {"self", "alternate", "items"}
    assert "movers" in {each["id"] for each in lane.get("/ogc/collections", q="轨迹")["collections"]}
    assert "movers" not in {each["id"] for each in lane.get("/ogc/collections", q="下水道")["collections"]}


def test_all_movers_with_where_they_were_last(lane: Lane) -> None:
    body = lane.get(ITEMS, limit="1000")
    valid(FEATURES, body)
    assert body["numberMatched"] == body["numberReturned"] == len(body["features"])
    found = {int(each["id"]): each for each in body["features"]}
    assert {lane.walker, lane.other} < set(found)
    walker = found[lane.walker]
    assert walker["geometry"]["coordinates"] == [WALKED.lon[-1], WALKED.lat[-1]]
    assert us_of(walker["time"][1]) == WALKED.time_us[-1]
    assert walker["properties"]["kind"] == "person"
    assert "name" not in walker["properties"]
    nobody = next(each for key, each in found.items() if key not in (lane.walker, lane.other))
    assert nobody["geometry"] is None and "time" not in nobody
    one = lane.get(str(lane.walker))
    valid(FEATURE, one)
    assert {**one, "links": None} == {**walker, "links": None}
    assert {each["title"] for each in one["links"] if each["rel"] == "related"} == {
        "tgsequence", "tproperties",
    }  # fmt: skip


def test_pages_hold_everybody_once(lane: Lane) -> None:
    whole = seen(lane, limit="1000")
    assert whole == sorted(whole)
    for limit in ("1", "3", str(len(whole))):
        assert [int(each["id"]) for each in lane.every(ITEMS, "features", limit=limit)] == whole
    timed = [int(each["id"]) for each in lane.every(ITEMS, "features", limit="1", datetime=MORNING)]
    assert timed == [lane.walker, lane.other]


def test_a_time_is_of_those_who_were_about_then(lane: Lane) -> None:
    middle = text_of(LINES[0].time_us[20] + 1_000_000)
    assert seen(lane, datetime=middle) == [lane.walker, lane.other]
    assert seen(lane, datetime=text_of(LINES[0].time_us[-1])) == [lane.walker]
    # One fix alone is about at its very moment, and not a moment later.
    alone = LINES[1].time_us[0]
    assert seen(lane, datetime=text_of(alone)) == [lane.walker]
    assert seen(lane, datetime=text_of(alone + 1)) == []
    assert seen(lane, datetime="2026-09-22/..") == [lane.walker]
    assert seen(lane, datetime="../2020-01-01") == []


def test_a_box_with_a_time_is_of_those_who_came_through(lane: Lane) -> None:
    lon, lat = LINES[0].lon[40], LINES[0].lat[40]
    box = f"{lon - 1e-7},{lat - 1e-7},{lon + 1e-7},{lat + 1e-7}"
    assert lane.walker in seen(lane, bbox=box, datetime=MORNING)
    assert lane.walker not in seen(lane, bbox=box, datetime=between(LINES[1], slice(0, None)))
    assert seen(lane, bbox="0,0,1,1", datetime=MORNING) == []


def test_a_box_alone_is_of_those_who_were_last_in_it(lane: Lane) -> None:
    lon, lat = float(WALKED.lon[-1]), float(WALKED.lat[-1])
    assert seen(lane, bbox=f"{lon - 1e-7},{lat - 1e-7},{lon + 1e-7},{lat + 1e-7}") == [lane.walker]
    assert set(seen(lane, bbox="170,-90,169,90")) == {lane.walker, lane.other}
    assert seen(lane, bbox="170,-90,-170,90") == []


def test_lines_of_movers_in_a_time(lane: Lane) -> None:
    span = f"{text_of(LINES[0].time_us[10])}/{text_of(LINES[3].time_us[5])}"
    body = lane.get(ITEMS, datetime=span, subTrajectory="true")
    valid(FEATURES, body)
    walker, other = body["features"]
    prisms = walker["temporalGeometry"]["prisms"]
    assert walker["temporalGeometry"]["type"] == "MovingGeometryCollection"
    found = [line_of(each) for each in prisms]
    assert found[1:3] == LINES[1:3]
    assert found[0].time_us == LINES[0].time_us[10:]
    assert found[3].time_us == LINES[3].time_us[:6]
    assert walker["geometry"]["type"] == "GeometryCollection"
    lon = [lon for each in found for lon in each.lon]
    assert walker["bbox"][0] == min(lon) and walker["bbox"][2] == max(lon)
    assert [us_of(each) for each in walker["time"]] == [found[0].time_us[0], found[3].time_us[-1]]
    assert line_of(other["temporalGeometry"]).time_us[-1] == THEIRS[0].time_us[-1]
    assert other["temporalGeometry"]["type"] == "MovingPoint"


def test_a_page_ends_where_there_would_be_too_much(lane: Lane, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("spatial.patrols.moving.reading.MOST_FIXES", 100)
    asked = {"datetime": between(LINES[0], slice(0, 50)), "subTrajectory": "true", "limit": "10"}
    assert seen(lane, **asked) == [lane.walker]
    assert [int(each["id"]) for each in lane.every(ITEMS, "features", **asked)] == [lane.walker, lane.other]
    # Of one mover alone there cannot be two pages.
    refused = lane.ask(ITEMS, datetime="2026-09-21/2026-09-23", subTrajectory="true")
    assert refused.status_code == 400
    assert refused.json()["errors"][0]["where"] == "datetime"
    assert "fixes" in refused.json()["errors"][0]["reason"]


def part(line: Line) -> list[int]:
    """Find the moments of a line at which the device spoke."""
    times = np.array(line.time_us)
    return times[speaks(times)].tolist()


def test_what_changes_along_a_track(lane: Lane) -> None:
    body = lane.get(f"{lane.walker}/tproperties")
    valid(PROPERTIES, body)
    named = {each["name"]: each for each in body["temporalProperties"]}
    assert set(named) == {"speed", "course", "accuracy", "unit"}
    assert body["numberMatched"] == 4
    assert all("valueSequence" not in each for each in named.values())
    speed = lane.get(named["speed"]["links"][0]["href"].removeprefix("http://testserver"))
    valid(PROPERTY, speed)
    found = [[us_of(each) for each in values["datetimes"]] for values in speed["valueSequence"]]
    assert found == [times for times in (part(line) for line in LINES) if times]
    assert {value for values in speed["valueSequence"] for value in values["values"]} == {SPEED}
    assert lane.get(f"{lane.walker}/tproperties", datetime="2020-01-01")["temporalProperties"] == []
    unit = lane.get(f"{lane.walker}/tproperties/unit")
    assert (unit["type"], set(unit["valueSequence"][0]["values"])) == ("TText", {GRIDS[0]})


def test_values_in_a_time_as_mf_json(lane: Lane) -> None:
    times = part(LINES[2])
    begin, end = times[2] + 1_000, times[7]
    span = f"{text_of(begin)}/{text_of(end)}"
    body = lane.get(f"{lane.walker}/tproperties", datetime=span, subTemporalValue="true")
    valid(PROPERTIES, body)
    found = {name: (group, group[name]) for group in body["temporalProperties"] for name in group}
    group, speed = found["speed"]
    # Interpolated at the begin, as the device is between two of its words; the course is of its fixes alone.
    assert [us_of(each) for each in group["datetimes"]] == [begin, *times[3:8]]
    assert speed["values"] == [SPEED] * 6
    assert speed["type"] == "Measure" and speed["form"] == "MTS"
    group, course = found["course"]
    assert [us_of(each) for each in group["datetimes"]] == times[3:8]
    assert course["values"] == [COURSE] * 5
    one = lane.get(f"{lane.walker}/tproperties/course", datetime=span, subTemporalValue="true")
    assert one["valueSequence"][0]["values"] == [COURSE] * 5
    leaf = lane.get(f"{lane.walker}/tproperties/speed", leaf=f"{text_of(begin)},{text_of(end)}")
    assert leaf["valueSequence"] == [
        {"datetimes": [_same(begin, end), text_of(end)], "values": [SPEED] * 2, "interpolation": "Discrete"}
    ]


def _same(one: int, two: int) -> str:
    assert one % 1_000 and two % 1_000
    return text_of(one)


def test_values_come_in_pages_too(lane: Lane) -> None:
    span = f"{text_of(LINES[0].time_us[0])}/{text_of(LINES[-1].time_us[-1])}"
    path, asked = f"{lane.walker}/tproperties", {"datetime": span, "subTemporalValue": "true"}
    whole = lane.get(path, limit="100", **asked)["temporalProperties"]
    assert len(whole) >= len(LINES)
    assert lane.every(path, "temporalProperties", limit="1", **asked) == whole


def test_days_that_lie_in_the_archive_are_named(lane: Lane) -> None:
    """Emptiness must not look as if nobody had been about; whose day it is not, is told nothing."""
    day, paths = "2026-09-25", ("tgsequence", "tproperties", "tproperties/speed")
    with connect(lane.url) as owner:
        owner.execute(
            "INSERT INTO archive_day (day, generation, fixes, octets, sha256, graded, graded_octets,"
            " graded_sha256, movers, gone_at) VALUES (%s, 1, 1, 1, '', 1, 1, '', %s, now())",
            [day, [lane.walker]],
        )
    try:
        for path in paths:
            body = lane.get(f"{lane.walker}/{path}", datetime=f"2026-09-24/{day}")
            assert body["archived_days"] == [day]
            assert "archived_days" not in lane.get(f"{lane.walker}/{path}", datetime="2026-09-24")
            assert "archived_days" not in lane.get(f"{lane.other}/{path}", datetime=f"2026-09-24/{day}")
    finally:
        with connect(lane.url) as owner:
            owner.execute("DELETE FROM archive_day WHERE day = %s", [day])


@pytest.mark.parametrize(
    ("path", "query", "where"),
    [
        ("", {"limit": "0"}, "limit"),
        ("", {"limit": "many"}, "limit"),
        ("", {"token": "-1"}, "token"),
        ("", {"token": "9" * 18}, None),
        ("", {"token": "9" * 19}, "token"),
        ("", {"token": "9" * 30}, "token"),
        ("", {"token": "٣"}, "token"),
        ("", {"bbox": "nan,0,1,1"}, "bbox"),
        ("", {"bbox": "1,2,3"}, "bbox"),
        ("", {"bbox": "0,1,1,0"}, "bbox"),
        ("", {"bbox": "-1e308,-1e308,1e308,1e308"}, None),
        ("", {"bbox": "-1e308,-1e308,1e308,1e308", "datetime": "2026-09-21"}, None),
        ("", {"datetime": "yesterday"}, "datetime"),
        ("", {"datetime": "2026-09-22/2026-09-21"}, "datetime"),
        ("", {"datetime": "9999-12-31T23:59:59Z/.."}, None),
        ("", {"datetime": "../0001-01-01T00:00:00Z"}, None),
        ("", {"subTrajectory": "yes"}, "subTrajectory"),
        ("", {"subTrajectory": "true"}, "datetime"),
        ("", {"subTrajectory": "true", "datetime": "2026-09-21T00:00:00Z"}, "datetime"),
        ("", {"subTrajectory": "true", "datetime": "2026-09-21T00:00:00Z/.."}, "datetime"),
        ("", {"subTrajectory": "true", "datetime": "2026-01-01/2026-09-21"}, "datetime"),
        ("", {"leaf": "2026-09-21T00:00:00Z"}, "leaf"),
        ("", {"f": "gpkg"}, "f"),
        ("", {"speed": "1"}, "speed"),
        ("/{}", {"datetime": "2026-09-21"}, "datetime"),
        ("/{}/tgsequence", {"leaf": ""}, "leaf"),
        ("/{}/tgsequence", {"leaf": "2026-09-21T00:00:01Z,2026-09-21T00:00:00Z"}, "leaf"),
        ("/{}/tgsequence", {"leaf": "2026-09-21T00:00:00Z,2026-09-21T00:00:00Z"}, "leaf"),
        ("/{}/tgsequence", {"leaf": "0001-01-01T00:00:00Z,9999-12-31T00:00:00Z"}, None),
        (
            "/{}/tgsequence",
            {"leaf": ",".join(f"2026-09-21T00:{n // 60:02}:{n % 60:02}Z" for n in range(501))},
            "leaf",
        ),
        (
            "/{}/tgsequence",
            {"leaf": "2026-09-21T00:00:00Z", "subTrajectory": "true", "datetime": "2026-09-21"},
            "leaf",
        ),
        ("/{}/tgsequence", {"token": "9" * 18}, None),
        ("/{}/tproperties", {"subTemporalValue": "true", "datetime": "2026-09-21/.."}, "datetime"),
        ("/{}/tproperties", {"subTrajectory": "true"}, "subTrajectory"),
        ("/{}/tproperties/speed", {"limit": "1"}, "limit"),
    ],
)
def test_what_is_asked_wrongly_is_named(
    lane: Lane, path: str, query: dict[str, str], where: str | None
) -> None:
    answer = lane.ask(ITEMS + path.format(lane.walker), **query)
    assert answer.status_code == (200 if where is None else 400), answer.text
    if where is not None:
        assert [each["where"] for each in answer.json()["errors"]] == [where]


@pytest.mark.parametrize(
    "path",
    [
        "0", "-1", "999999999", "1e3", "x", "9" * 19, "9" * 400, "٣", "{}/tgsequence/1/distance",
        "{}/tgsequence/x/distance", "{}/tgsequence/{first}/jerk", "{}/tgsequence/99999999999999999/distance",
        "{}/tproperties/colour", "x/tgsequence", "x/tproperties", "x/tproperties/speed",
    ],
)  # fmt: skip
def test_what_is_not_there_is_not_found(lane: Lane, path: str) -> None:
    answer = lane.ask(path.format(lane.walker, first=LINES[0].time_us[0]))
    assert answer.status_code == 404, answer.text


def test_nothing_can_be_changed(lane: Lane) -> None:
    headers = {"Authorization": f"Bearer {lane.tokens[CHIEF]}"}
    for path in ("", f"/{lane.walker}", f"/{lane.walker}/tgsequence", f"/{lane.walker}/tproperties/speed"):
        for method in ("POST", "PUT", "PATCH", "DELETE"):
            answer = lane.client.request(method, ITEMS + path, headers=headers, json={})
            assert answer.status_code == 405, (method, path)
            assert answer.headers["allow"] == "GET, HEAD, OPTIONS"


def test_answers_are_kept_nowhere_and_there_are_pages_for_people(lane: Lane) -> None:
    first = LINES[0].time_us[0]
    for path in (
        "/ogc/collections/movers", ITEMS, str(lane.walker), f"{lane.walker}/tgsequence",
        f"{lane.walker}/tgsequence/{first}/velocity", f"{lane.walker}/tproperties",
        f"{lane.walker}/tproperties/speed",
    ):  # fmt: skip
        for form in ("json", "html"):
            answer = lane.ask(path, f=form, lang="en")
            assert answer.status_code == 200
            assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["content-type"].startswith("text/html")
        assert "/static/ogc.css" in answer.text
    assert str(lane.walker) in lane.ask(ITEMS, f="html").text
    assert "movers" in lane.ask("/ogc/collections", f="html").text


def test_links_lead_to_what_they_say(lane: Lane) -> None:
    todo, done = ["/ogc/collections/movers", f"{ITEMS}?limit=1"], set()
    todo += [f"{ITEMS}/{lane.walker}", f"{ITEMS}/{lane.walker}/tgsequence?limit=2"]
    for path in todo:
        for each in lane.get(path)["links"]:
            if each["href"] not in done:
                done.add(each["href"])
                answer = lane.ask(each["href"].removeprefix("http://testserver"))
                assert answer.status_code == 200, each
                assert answer.headers["content-type"].split(";")[0] == each["type"].split(";")[0], each


def test_parts_of_one_time_are_in_order(lane: Lane) -> None:
    found = lane.get(f"{lane.walker}/tgsequence", limit="100")["geometrySequence"]
    ends = [(us_of(each["datetimes"][0]), us_of(each["datetimes"][-1])) for each in found]
    assert all(one[1] < two[0] for one, two in pairwise(ends))
