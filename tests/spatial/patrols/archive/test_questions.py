"""The archive answers to the bit what the database answered, and to each what they may know."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import shapely

from spatial.database import Database, connect, session
from spatial.errors import Forbidden, InvalidInput, NotFound
from spatial.events.calendar import Calendar
from spatial.patrols.archive.questions import answering
from spatial.patrols.archive.questions.asked import Asked
from spatial.patrols.archive.questions.cluster import calculators, here
from spatial.patrols.archive.running import run
from spatial.patrols.archive.store import Store
from spatial.patrols.archive.tiers import Policy
from spatial.patrols.compliance.targets import Target
from spatial.patrols.days import moments
from spatial.patrols.grader import grade_dirty
from spatial.patrols.heat import asking
from spatial.patrols.plans import dues, judging, store
from spatial.rights.reader import SYSTEM, Reader
from spatial.settings import Settings
from spatial.types import BBox
from tests.spatial.patrols.archive.conftest import EVERYTHING, LAST, TODAY, Vault, fill
from tests.spatial.patrols.heat.rounds import MONDAY, movers_of
from tests.spatial.rights.people import cast
from tests.spatial.rights.town import GRIDS, STREETS, middle

ALWAYS = Calendar.of([(day, time(0), time(23, 59)) for day in range(1, 8)], {})
FIRST, END = MONDAY - timedelta(days=1), LAST
CHIEF = "district_administrator of the city"
WATCHERS = [
    CHIEF, "street_administrator of street 1", "district_administrator of a grid, roads",
    "commander of street 1", "commander of water",
]  # fmt: skip


class Town:
    """A vault with patrols that were due, before and after its days went to the archive."""

    def __init__(self, vault: Vault, readers: dict[str, Reader], plan: int) -> None:
        self.vault, self.readers, self.plan = vault, readers, plan
        self.before: dict[str, Any] = {}

    def ask(self, who: str | Reader, kind: str, calculate: Any = here, **more: Any) -> Any:
        reader = self.readers[who] if isinstance(who, str) else who
        asked = Asked(kind, more.pop("first", FIRST), more.pop("last", END), **more)
        return answering.answer(
            lambda: session(self.vault.database, reader), reader, self.vault.store, asked, calculate
        )


def plan_patrols(url: str) -> int:
    """Write a plan for everybody's rounds, one over midnight among them, as if it had always been there."""
    with connect(url) as owner:
        movers = sorted(movers_of(owner).values())
        lon, lat = middle(GRIDS[0])
        # Where inspectors walk, and a part of the way where nobody does.
        ways = [[(0, 0), (240, 240)], [(240, 240), (300, 300), (300, 0)]]
        lines = [[(lon + east / 85_300, lat + north / 111_000) for east, north in way] for way in ways]
        shapes = [store.GivenTarget(Target(shapely.LineString(each))) for each in lines]
        columns = {"name": "p", "kind": "lines", "valid_from": FIRST, "starts": time(13), "ends": time(3)}
        given = store.Given(
            columns, shapes, [store.Member(mover_id=each) for each in movers[:6] + movers[-4:]]
        )
        plan = store.add(owner, SYSTEM, given)
        owner.execute("UPDATE patrol_plan SET since = '2026-01-01' WHERE id = %s", (plan,))
        owner.execute("UPDATE patrol_member SET since = '2026-01-01' WHERE plan_id = %s", (plan,))
        dues.make(owner, FIRST, END, ALWAYS, plan)
        owner.execute("UPDATE track_dirty SET marks = marks")
        owner.execute(
            "INSERT INTO track_dirty (mover_id, day) SELECT mover_id, day FROM track_day"
            " ON CONFLICT DO NOTHING"
        )
    return plan


@pytest.fixture(scope="module")
def town(
    make_city: Callable[..., Any], as_app: Callable[[str], str], tmp_path_factory: Any
) -> Iterator[Town]:
    with make_city(fill) as url:
        plan = plan_patrols(url)
        database = Database(as_app(url), pool_size=3)
        database.open()
        grade_dirty(database)
        judging.close_over(database, datetime(2026, 6, 1, tzinfo=UTC), 10_000)
        with connect(url) as owner:
            readers = cast(owner)
        folder: Path = tmp_path_factory.mktemp("archive")
        found = Town(Vault(url, database, Store(str(folder)), folder), readers, plan)
        for who in WATCHERS:
            for kind, more in QUESTIONS:
                found.before[f"{who} {kind} {more}"] = answered(found, who, kind, **more)
        found.before["results"] = results_of(found)
        # Not all of them: a local day then lies here and there.
        run(url, found.vault.store, Policy(after_days=(TODAY - MONDAY).days - 2), TODAY)
        found.before["archived"] = [
            str(day) for (day,) in found.vault.ask("SELECT day FROM archive_day ORDER BY 1")
        ]
        yield found
        database.close()


QUESTIONS: list[tuple[str, dict[str, Any]]] = [
    *(("heat", {"level": level}) for level in (0, 2, 5, 7)),
    ("heat", {"box": BBox(116.302, 39.903, 116.306, 39.906), "level": 1}),
    ("heat", {"unit": GRIDS[0]}), ("heat", {"unit": STREETS[0], "role": "inspector"}),
    ("heat", {"first": MONDAY, "last": MONDAY}),
    ("mileage", {}), ("mileage", {"role": "grid_worker"}), ("mileage", {"role": "vehicle"}),
]  # fmt: skip


def answered(town: Town, who: str, kind: str, **more: Any) -> Any:
    """Answer from the database: the heat by its own question, the mileage by the days as they are kept."""
    if kind == "mileage":
        return {**town.ask(who, kind, **more), "archived_days": None}
    reader, more = town.readers[who], dict(more)
    first, last = more.pop("first", FIRST), more.pop("last", END)
    span = moments(first)[0], moments(last + timedelta(days=1))[0]
    question = asking.Question(*span, more.pop("level", 2), **more)
    with session(town.vault.database, reader) as connection:
        found = asking.ask(connection, reader, question, 3)
    return found.cells.tolist(), found.ms.tolist()


def results_of(town: Town) -> dict[int, Any]:
    """Read what became of the patrols, as it was judged from the database."""
    rows = town.vault.ask(
        "SELECT due_id, word, reason, ratio, probability, false_accusation_rate, missed_rate, figures,"
        " targets FROM patrol_result WHERE due_id IN (SELECT id FROM patrol_due WHERE plan_id = %s)",
        town.plan,
    )
    return {row[0]: row[1:] for row in rows}


def same(town: Town, calculate: Any) -> None:
    archived = {
        str(day) for (day,) in town.vault.ask("SELECT day FROM archive_day WHERE gone_at IS NOT NULL")
    }
    for who in WATCHERS:
        for kind, more in QUESTIONS:
            found, wanted = town.ask(who, kind, calculate, **more), town.before[f"{who} {kind} {more}"]
            span = [
                more.get("first", FIRST) + timedelta(days=n)
                for n in range((more.get("last", END) - more.get("first", FIRST)).days + 1)
            ]
            assert set(found["archived_days"]) == archived & {str(day) for day in span}
            if kind == "mileage":
                assert {**found, "archived_days": None} == wanted
            else:
                assert (found["cells"]["cell"], found["cells"]["ms"]) == wanted


def same_results(town: Town, calculate: Any) -> None:
    found = town.ask(CHIEF, "compliance", calculate, plan=town.plan)
    assert len(found["results"]) == len(town.before["results"]) > 50
    names = (
        "word",
        "reason",
        "ratio",
        "probability",
        "false_accusation_rate",
        "missed_rate",
        "figures",
        "targets",
    )
    for each in found["results"]:
        mine = tuple(each[name] for name in names)
        assert json.loads(json.dumps(mine)) == json.loads(
            json.dumps(list(town.before["results"][each["id"]]))
        )
    words = {target["word"] for each in found["results"] for target in each["targets"]}
    assert "done" in words and len(words) > 1 and any(0 < each["ratio"] < 1 for each in found["results"])


def test_answers_are_the_same_when_half_of_the_days_are_files(town: Town) -> None:
    assert 1 < len(town.before["archived"]) < 8
    same(town, here)
    same_results(town, here)
    assert any(each["cells"]["ms"] for each in [town.ask(CHIEF, "heat")])


def test_answers_are_the_same_when_all_days_are_files(town: Town, tmp_path: Path) -> None:
    """On processes of their own, with the tables emptied that the database would answer from."""
    run(town.vault.url, town.vault.store, EVERYTHING, TODAY)
    assert town.vault.ask("SELECT count(*) FROM fix") == [(0,)]
    town.vault.ask("UPDATE track_day SET heat = NULL, distance_m = 0, fixes = 0, trips = '[]'")
    town.vault.ask("TRUNCATE heat, patrol_part")
    same(town, here)
    same_results(town, here)
    with calculators(Settings(home=tmp_path)) as calculate:
        found = town.ask(CHIEF, "heat", calculate, level=0)
        assert (found["cells"]["cell"], found["cells"]["ms"]) == town.before[f"{CHIEF} heat {{'level': 0}}"]
        found = town.ask(CHIEF, "mileage", calculate)
        assert {**found, "archived_days": None} == town.before[f"{CHIEF} mileage {{}}"]
        same_results(town, calculate)


def test_whoever_may_not_see_tracks_is_told_nothing_but_of_themselves(town: Town) -> None:
    for role in ("viewer", "analyst", "field_worker"):
        for place in ("the city", "street 1", "water"):
            for kind in ("heat", "mileage"):
                with pytest.raises(Forbidden):
                    town.ask(f"{role} of {place}", kind)
    own = town.readers["field_worker of a grid, roads"]
    (mover,) = town.vault.ask("SELECT id FROM mover WHERE worker_id = %s", own.worker_id)[0]
    (row,) = town.ask(own, "mileage", movers=(mover,))["movers"]
    assert row["mover_id"] == mover and row["fixes"] > 0
    for movers in (None, (mover + 1,), (mover, mover + 1)):
        with pytest.raises(Forbidden):
            town.ask(own, "mileage", movers=movers)


def test_people_of_others_are_in_no_answer(town: Town) -> None:
    reader = town.readers["street_administrator of street 1"]
    with session(town.vault.database, reader) as connection:
        seen = {mover for (mover,) in connection.execute("SELECT id FROM mover").fetchall()}
    everybody = {row["mover_id"] for row in town.ask(CHIEF, "mileage")["movers"]}
    found = {row["mover_id"] for row in town.ask(reader, "mileage")["movers"]}
    assert found == seen & everybody and found < everybody
    foreign = max(everybody - seen)
    assert town.ask(reader, "mileage", movers=(foreign,))["movers"] == []
    assert town.ask(reader, "heat", movers=(foreign,))["cells"]["cell"] == []
    results = town.ask(CHIEF, "compliance", plan=town.plan)["results"]
    with pytest.raises(NotFound):
        town.ask("commander of water", "compliance", plan=10**9)
    try:
        mine = town.ask(reader, "compliance", plan=town.plan)["results"]
    except NotFound:
        mine = []
    assert {each["id"] for each in mine} <= {each["id"] for each in results if set(each["movers"]) <= seen}


def test_a_question_that_makes_no_sense_says_where(town: Town) -> None:
    wrong: list[tuple[str, dict[str, Any]]] = [
        ("kind", {"kind": "x"}), ("to", {"last": FIRST - timedelta(days=1)}),
        ("from", {"first": date(1900, 1, 1)}), ("plan", {"kind": "compliance"}), ("level", {"level": 99}),
    ]  # fmt: skip
    for where, given in wrong:
        with pytest.raises(InvalidInput) as caught:
            town.ask(CHIEF, given.pop("kind", "heat"), **given)
        assert caught.value.problems[0].where == where
    assert town.ask(CHIEF, "heat", movers=(10**15, -1))["cells"]["ms"] == []
    assert not np.any(town.ask(CHIEF, "heat", first=date(1980, 1, 1), last=date(1981, 1, 1))["cells"]["ms"])
