"""The archive over HTTP and from the command line: days, questions, and tracks that say what is missing."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from api.__main__ import app as commands
from api.archive_jobs import ArchiveAsker, keep_archive
from spatial.database import Database, connect, session
from spatial.patrols.grader import grade_dirty
from spatial.rights.reader import SYSTEM
from spatial.settings import Secret, Settings
from tests.api.patrols.rounds import YESTERDAY, mover_of, send, walked
from tests.api.places.town import open_town
from tests.api.planning import Json, Office
from tests.api.working import opened, work_off
from tests.spatial.rights.town import GRIDS

QUESTIONS = "/api/archive/questions"
DAY = YESTERDAY
SPAN = {"from": str(DAY), "to": str(DAY)}
LATER = datetime.now(UTC) + timedelta(days=30)


@pytest.fixture(scope="module")
def office(town_url: str, as_app: Callable[[str], str], home: Path) -> Iterator[Office]:
    with open_town(town_url, as_app(town_url), home) as opened:
        yield opened


@pytest.fixture(scope="module")
def settings(office: Office, town_url: str, home: Path) -> Settings:
    """Two people walked yesterday; a month has gone by, and the night's run has been."""
    found = Settings(
        home=home,
        archive_after_days=20,
        database_url=Secret(town_url),
        app_database_url=Secret(office.app_url),
    )
    office.rows("DELETE FROM archive_day RETURNING day")
    for number, grid in enumerate(GRIDS[:2]):
        send(office, mover_of(office, grid), walked(400 + 200 * number))
    database = Database(office.app_url, pool_size=2)
    database.open()
    grade_dirty(database)
    database.close()
    keep_archive(found, town_url, LATER)
    return found


def answered(office: Office, settings: Settings, who: str, asked: Json) -> Json:
    """Ask, let the job process work, and take the answer."""
    number = office[who].post(QUESTIONS, asked)["id"]
    work(settings)
    told = office[who].get(f"{QUESTIONS}/{number}")
    assert told["state"] == "done", told
    return office[who].get(told["file"])


def work(settings: Settings) -> None:
    asker = ArchiveAsker(settings)
    assert settings.app_database_url is not None
    with opened(settings.app_database_url.value) as database:
        with session(database, SYSTEM) as connection:
            asker.begin(connection)
        work_off(asker, database)
        asker.tidy(database)


def test_administrators_see_which_days_lie_where(office: Office, settings: Settings) -> None:
    found = office["chief"].get("/api/archive")
    day = next(each for each in found["days"] if each["day"] == str(DAY))
    assert (day["tier"], day["problem"], day["gone_at"] is None) == ("full", None, False)
    assert day["fixes"] > 0 and day["bytes"] > 0 and "movers" not in day
    assert found["policy"]["after_days"] == 180
    assert office["chief"].get("/api/archive?limit=1")["next"] == found["days"][0]["day"]
    assert office["viewer"].ask("GET", "/api/archive").status_code == 403


def test_a_track_of_an_archived_day_says_so(office: Office, settings: Settings) -> None:
    mover, span = mover_of(office, GRIDS[0]), f"from={DAY}&to={DAY + timedelta(days=1)}"
    path = f"/api/movers/{mover}/track?{span}"
    found = office["chief"].get(path)
    assert found["fixes"] == [] and str(DAY) in found["archived_days"]
    assert found["distance_m"] > 300, "sums stay in the database"
    assert str(DAY) in office["chief"].ask("GET", f"{path}&form=arrow").headers["x-archived-days"]
    assert (
        office["chief"].get(f"/api/movers/{mover}/track?from=2020-01-01&to=2020-01-02")["archived_days"] == []
    )
    assert office["chief"].get(f"/api/movers/{mover}/days?from={DAY}&to={DAY}")["days"][0]["distance_m"] > 300


def test_questions_are_answered_with_the_rights_of_who_asked(office: Office, settings: Settings) -> None:
    one, two = (mover_of(office, grid) for grid in GRIDS[:2])
    found = answered(office, settings, "chief", {"kind": "mileage", **SPAN})
    assert found["archived_days"] == [str(DAY)]
    days = {each["mover_id"]: each for each in found["movers"]}
    for mover in (one, two):
        told = office["chief"].get(f"/api/movers/{mover}/days?from={DAY}&to={DAY}")["days"][0]
        assert days[mover]["distance_m"] == pytest.approx(told["distance_m"], abs=0.001)
    own = answered(office, settings, "field", {"kind": "mileage", **SPAN, "movers": [one]})
    assert [each["mover_id"] for each in own["movers"]] == [one]
    box = [116.0, 39.0, 117.0, 41.0]
    heat = answered(office, settings, "chief", {"kind": "heat", **SPAN, "bbox": box})
    span = f"from={DAY}&to={DAY + timedelta(days=1)}"
    assert heat["total_s"] == office["chief"].get(f"/api/heatmaps/patrols?{span}")["total"] > 0
    foreign = answered(office, settings, "street 2", {"kind": "mileage", **SPAN, "movers": [one, two]})
    assert foreign["movers"] == []
    assert office["viewer"].ask("POST", QUESTIONS, json={"kind": "heat", **SPAN}).status_code == 403
    assert office["field"].ask("POST", QUESTIONS, json={"kind": "mileage", **SPAN}).status_code == 403


def test_an_answer_is_its_askers_and_only_while_the_rights_are_the_same(
    office: Office, settings: Settings
) -> None:
    number = office["street 1"].post(QUESTIONS, {"kind": "mileage", **SPAN})["id"]
    path = f"{QUESTIONS}/{number}"
    assert office["street 1"].ask("GET", f"{path}/file").status_code == 404
    work(settings)
    assert office["street 1"].ask("GET", f"{path}/file").status_code == 200
    for verb, more in (("GET", ""), ("GET", "/file"), ("DELETE", "")):
        assert office["chief"].ask(verb, path + more).status_code == 404
    office.rows("UPDATE archive_question SET rights = 'others' WHERE id = %s RETURNING id", number)
    assert office["street 1"].ask("GET", f"{path}/file").status_code == 409
    assert office["street 1"].ask("DELETE", path).status_code == 204
    assert office["street 1"].ask("GET", path).status_code == 404


@pytest.mark.parametrize(
    ("where", "sent"),
    [
        ("kind", {"kind": "x"}), ("from", {"from": "x"}), ("to", {"from": "2026-02-02", "to": "2026-02-01"}),
        ("from", {"from": "0001-01-01", "to": "9999-12-31"}), ("level", {"level": 10**30}),
        ("bbox", {"bbox": [170, 0, -170, 1]}), ("bbox", {"bbox": [1]}), ("movers", {"movers": [10**30]}),
        ("movers", {"movers": list(range(1, 20_000))}), ("movers", {"movers": []}),
        ("unit", {"unit": "\x00"}),
        ("plan", {"kind": "compliance"}), ("organisation", {"organisation": -1}), ("x", {"x": 1}),
    ],
)  # fmt: skip
def test_a_wrong_question_is_refused_by_its_name(office: Office, where: str, sent: Json) -> None:
    answer = office["chief"].ask("POST", QUESTIONS, json={"kind": "heat", **SPAN, **sent})
    assert answer.status_code == 400, answer.text
    assert any(where in each["where"] for each in answer.json()["errors"]), answer.text


def test_nobody_fills_the_queue(office: Office, settings: Settings) -> None:
    answers = [
        office["commander"].ask("POST", QUESTIONS, json={"kind": "mileage", **SPAN}) for _ in range(22)
    ]
    assert [each.status_code for each in answers] == [202] * 20 + [409] * 2
    for each in answers[:20]:
        assert office["commander"].ask("DELETE", each.headers["location"]).status_code == 204


def test_the_command_line(settings: Settings, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert settings.database_url is not None
    for name, value in (
        ("HOME", str(settings.home)), ("DATABASE_URL", settings.database_url.value),
        ("ARCHIVE_AFTER_DAYS", "20"),
    ):  # fmt: skip
        monkeypatch.setenv(f"CITYGRID_{name}", value)

    def call(*words: str, code: int = 0) -> str:
        found: Any = CliRunner().invoke(commands, ["archive", *words])
        assert found.exit_code == code, (found.output, found.exception)
        return str(found.output)

    assert str(DAY) in call("list")
    assert "0 of them not as written" in call("verify")
    with connect(settings.database_url.value) as owner:
        mover = owner.execute("SELECT movers[1] FROM archive_day WHERE day = %s", [DAY]).fetchall()[0][0]
    told = json.loads(call("ask", "mileage", str(DAY), "--mover", str(mover)))
    assert [each["mover_id"] for each in told["movers"]] == [mover]
    call("ask", "heat", str(DAY), "--out", str(tmp_path / "heat.json"))
    assert json.loads((tmp_path / "heat.json").read_text())["total_s"] > 0
    call("drop", str(DAY), code=2)
    call("erase", "1", code=2)
    assert "are in the database again" in call("restore", str(DAY), "--days", "1")
    assert "in the database as well" in call("list")
    assert "erased" in call("erase", str(mover), "--yes")
    call("run")
