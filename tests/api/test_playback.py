"""Playback over HTTP: the stream, its plan, what happened, and who may see it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import httpx
import numpy as np
import pyarrow as pa
import pytest

from spatial.database import connect
from spatial.patrols.track_days import moment
from tests.api.town_hall import STREET_ADMINISTRATOR, Hall
from tests.spatial.patrols.field import put
from tests.spatial.patrols.grading.ways import graded
from tests.spatial.patrols.playback.decoding import by_mover, decode
from tests.spatial.patrols.truth import walk
from tests.spatial.rights.town import GRIDS, STREETS

_WALK = walk("foot", 41, seconds=3600, stand_s=600).columns
# On a day of its own, and somebody else's: others walk in this town too.
WALK = replace(_WALK, time_us=_WALK.time_us + 30 * 86_400_000_000)
WHOLE = graded(WALK)
FIRST, LAST = moment(int(WALK.time_us[0])), moment(int(WALK.time_us[-1]))
SPAN = {"from": FIRST.isoformat(), "to": (LAST + timedelta(seconds=1)).isoformat()}
PATH = "/api/playback"


@pytest.fixture(scope="module")
def walker(hall: Hall) -> int:
    """The worker of the second grid, who has walked and cried for help."""
    found = hall.ask(
        "SELECT m.id FROM worker AS w JOIN mover AS m ON m.worker_id = w.id WHERE w.unit_code = %s"
        " ORDER BY w.id LIMIT 1",
        GRIDS[1],
    )[0][0]
    with connect(hall.url) as connection:
        put(connection, found, WALK)
        device = connection.execute(
            "INSERT INTO device (protocol, identity) VALUES ('test', 'playback') RETURNING id"
        ).fetchall()[0][0]
        connection.execute(
            "INSERT INTO happening (device_id, time, kind, mover_id) VALUES (%s, %s, 'sos', %s)",
            [device, FIRST + timedelta(minutes=5), found],
        )
    return int(found)


def play(client: httpx.Client, **query: Any) -> httpx.Response:
    answer = client.get(PATH, params={**SPAN, **query})
    assert answer.status_code == 200, answer.text
    return answer


def test_the_clean_way_is_played(chief: httpx.Client, walker: int) -> None:
    answer = play(chief, movers=walker)
    assert answer.headers["content-type"] == "application/vnd.apache.arrow.stream"
    assert answer.headers["cache-control"] == "no-store"
    rows = WHOLE.way.rows
    found = by_mover(answer.content)
    assert set(found) == {walker}
    assert [each[1] for each in found[walker]] == np.rint(WALK.lon[rows] * 1e7).tolist()
    late = WALK.time_us[rows] / 1000 - [each[0] for each in found[walker]]
    assert (late >= 0).all() and (late < 101).all()


def test_all_fixes_with_more_columns(chief: httpx.Client, walker: int) -> None:
    found = decode(play(chief, movers=walker, fixes="all", columns="speed,accuracy").content)
    assert len(found) == len(WALK)
    assert found[0][4] == {
        "gate": 0, "speed": 65_535, "accuracy": round(float(WALK.accuracy_m[0]) * 10),
    }  # fmt: skip


def test_a_plan_says_what_comes(chief: httpx.Client, walker: int) -> None:
    query = {**SPAN, "movers": str(walker), "fixes": "all"}
    found = chief.get(f"{PATH}/plan", params=query).json()
    assert found["fixes"] == len(WALK)
    assert [each["id"] for each in found["movers"]] == [walker]
    assert len(play(chief, movers=walker, fixes="all").content) <= found["bytes"]
    assert chief.get(f"{PATH}/plan", params={**SPAN, "movers": str(walker)}).json()["to_grade"] > 0


def test_what_happened_is_told_with_its_place(chief: httpx.Client, walker: int) -> None:
    found = chief.get(f"{PATH}/happenings", params=SPAN).json()["happenings"]
    (cry,) = [each for each in found if each["kind"] == "sos"]
    assert cry["mover"] == walker
    before = WALK.time_us <= int((FIRST + timedelta(minutes=5)).timestamp() * 1e6)
    assert cry["lon"] == WALK.lon[before & (WALK.gate == 0)][-1]
    times = [each["time"] for each in found]
    assert times == sorted(times)
    everywhere = chief.get(f"{PATH}/happenings", params={**SPAN, "bbox": "-10,-10,-9,-9"}).json()
    assert everywhere["happenings"] == []


def test_what_happened_comes_in_pages(chief: httpx.Client, walker: int) -> None:
    span = {"from": (FIRST - timedelta(days=1)).isoformat(), "to": (FIRST + timedelta(days=25)).isoformat()}
    whole = chief.get(f"{PATH}/happenings", params=span).json()
    pieces, after = [], None
    while True:
        query = {**span, "limit": 1, **({} if after is None else {"after": after})}
        found = chief.get(f"{PATH}/happenings", params=query).json()
        pieces += found["happenings"]
        after = found["next"]
        if after is None:
            break
    assert pieces == whole["happenings"]
    assert len(pieces) >= 1


def test_others_see_nobody(hall: Hall, walker: int) -> None:
    other = hall.person("playback-other", **{**STREET_ADMINISTRATOR, "area": STREETS[1]})
    viewer = hall.person("playback-viewer", role="viewer", reach="city")
    for client in (other, viewer):
        for query in ({}, {"movers": str(walker)}, {"fixes": "all"}):
            assert walker not in by_mover(play(client, **query).content)
        told = client.get(f"{PATH}/happenings", params=SPAN).json()["happenings"]
        assert walker not in {each["mover"] for each in told}
    assert httpx.get(str(other.base_url.join(PATH))).status_code == 401


def test_a_person_sees_the_own_way(hall: Hall, walker: int) -> None:
    worker = hall.ask("SELECT worker_id FROM mover WHERE id = %s", walker)[0][0]
    own = hall.person("playback-own", role="field_worker", worker_id=worker, area=GRIDS[0])
    assert set(by_mover(play(own).content)) == {walker}


@pytest.mark.parametrize(
    ("query", "where"),
    [
        ({"movers": "1,x"}, "movers"),
        ({"movers": ",".join(["1"] * 1001)}, "movers"),
        ({"movers": "-1"}, "movers"),
        ({"movers": "9" * 19}, "movers"),
        ({"movers": "١"}, "movers"),
        ({"bbox": "nan,0,1,1"}, "bbox"),
        ({"bbox": "179,0,-179,1"}, "bbox"),
        ({"columns": "speed,name"}, "columns"),
        ({"fixes": "good"}, "fixes"),
        ({"to": "1900-01-01"}, "to"),
        ({"from": "2026-01-01", "to": "2026-03-01"}, "from"),
        ({"unit": "\x00"}, "unit"),
        ({"rate": "1"}, "rate"),
    ],
)
def test_bad_questions_are_refused_by_name(chief: httpx.Client, query: dict[str, str], where: str) -> None:
    for path in (PATH, f"{PATH}/plan"):
        answer = chief.get(path, params={**SPAN, **query})
        assert answer.status_code == 400, answer.text
        assert where in {each["where"].split(".")[-1] for each in answer.json()["errors"]}


@pytest.mark.parametrize(
    "after", ["", "x", "1.sos", "1.sos.x", "99999999999999999.sos.1", "1.evil.1", "١.sos.1"]
)
def test_bad_places_to_go_on_are_refused(chief: httpx.Client, after: str) -> None:
    answer = chief.get(f"{PATH}/happenings", params={**SPAN, "after": after})
    assert answer.status_code == 400, answer.text


def test_nothing_is_an_empty_stream(chief: httpx.Client) -> None:
    for span in ({"from": "1971-01-01", "to": "1971-01-02"}, {"from": "9990-01-01", "to": "9990-01-02"}):
        content = chief.get(PATH, params=span).content
        assert pa.ipc.open_stream(content).read_all().num_rows == 0
