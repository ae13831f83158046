"""Dispatch: who learns what of the people considered, what two at once may do, and what is signed."""

from __future__ import annotations

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from threading import Barrier
from typing import Any

import httpx
import pytest

from spatial.database import connect
from spatial.errors import InvalidInput
from spatial.events.dispatch import Decision
from spatial.events.dispatch.disputes import raise_near_borders
from spatial.events.dispatch.replay import read_past
from spatial.events.dispatch.rulings import verify
from tests.api.test_dispatch import event, matter, run
from tests.api.town_hall import CITY_ADMINISTRATOR, STREET_ADMINISTRATOR, Hall
from tests.spatial.grids.cities import STEP
from tests.spatial.rights.town import COMMUNITIES, GRIDS, STREETS, middle

PERSONAL = {"on_duty", "load", "distance_m"}


@pytest.fixture(scope="module")
def hall(own_hall: Hall) -> Hall:
    """A town of this file's own, where the first grid's matter is for one of two people of two streets."""
    own_hall.ask("UPDATE worker SET on_duty = true")
    own_hall.ask(
        """INSERT INTO duty (unit_code, category, organisation_id, worker_id)
           SELECT %s, (SELECT min(code) FROM matter), organisation_id, id FROM worker
           WHERE unit_code = ANY(%s)""",
        GRIDS[0], [GRIDS[0], GRIDS[7]],
    )  # fmt: skip
    return own_hall


@pytest.fixture
def own(hall: Hall) -> int:
    return worker(hall, GRIDS[0])


@pytest.fixture
def foreign(hall: Hall) -> int:
    return worker(hall, GRIDS[7])


@pytest.fixture
def colleague(hall: Hall) -> httpx.Client:
    """Somebody in the field, of another grid of the first street."""
    standing = {"role": "field_worker", "area": STREETS[0], "worker_id": worker(hall, GRIDS[2])}
    return hall.person("colleague", **standing)


@pytest.fixture
def water(hall: Hall) -> httpx.Client:
    standing = {"role": "commander", "reach": "organisation", "organisation_id": hall.organisation("water")}
    return hall.person("water's commander", **standing)


def worker(hall: Hall, grid: str) -> int:
    return int(hall.ask("SELECT id FROM worker WHERE unit_code = %s", grid)[0][0])


def first_two(decision: dict[str, Any]) -> list[dict[str, Any]]:
    """Give the two who were named for the first grid's matter."""
    found = [each for each in decision["considered"] if each["category"] and each["unit"] == GRIDS[0]]
    assert len(found) == 2
    return found


def test_a_dry_run_tells_no_one_where_people_are_who_may_not_know(
    hall: Hall, chief: httpx.Client, street: httpx.Client, colleague: httpx.Client, own: int, foreign: int
) -> None:
    sent = {"points": [list(middle(GRIDS[0]))], "category": matter(hall)}
    for role in ("viewer", "analyst"):
        for reach in ({"reach": "city"}, {"area": STREETS[0]}):
            stranger = hall.person(f"{role} {reach}", role=role, **reach)
            assert stranger.post("/api/dispatch", json=sent).status_code == 403
    (whole,), (mine,), (theirs,) = (
        run(client, hall, middle(GRIDS[0])) for client in (chief, street, colleague)
    )
    assert [each["worker"] for each in first_two(whole)] == [own, foreign]
    assert all(set(each) >= PERSONAL and each["distance_m"] is not None for each in first_two(whole))
    near, beyond = first_two(mine)
    assert (near["worker"], near["distance_m"]) == (own, first_two(whole)[0]["distance_m"])
    assert (beyond["worker"], PERSONAL & set(beyond)) == (None, set())
    assert str(foreign) not in [str(each.get("worker")) for each in mine["considered"]]
    known, beyond = first_two(theirs)
    assert (known["worker"], PERSONAL & set(known)) == (own, {"on_duty", "load"})
    assert (beyond["worker"], PERSONAL & set(beyond)) == (None, set())
    assert all(each["text"]["zh"] and each["text"]["en"] for each in mine["considered"])


def test_what_a_dry_run_answers_does_not_hang_on_places_that_are_not_told(
    hall: Hall, chief: httpx.Client, colleague: httpx.Client, own: int, foreign: int
) -> None:
    there = hall.ask("SELECT ST_AsEWKT(geom) FROM worker WHERE id = %s", foreign)[0][0]
    own_place = hall.ask("SELECT ST_AsEWKT(geom) FROM worker WHERE id = %s", own)[0][0]
    before = run(colleague, hall, middle(GRIDS[0]))
    try:
        for who, where in ((own, there), (foreign, own_place)):
            hall.ask("UPDATE worker SET geom = ST_GeomFromEWKT(%s) WHERE id = %s", where, who)
        _wait_until(lambda: run(chief, hall, middle(GRIDS[0]))[0]["worker"] == foreign)
        assert run(colleague, hall, middle(GRIDS[0]))[0]["line"] == before[0]["line"]
    finally:
        for who, where in ((own, own_place), (foreign, there)):
            hall.ask("UPDATE worker SET geom = ST_GeomFromEWKT(%s) WHERE id = %s", where, who)
        _wait_until(lambda: run(chief, hall, middle(GRIDS[0]))[0]["worker"] == own)


def _wait_until(holds: Callable[[], bool]) -> None:
    """Ask again until people are read anew."""
    while not holds():
        pass


def test_an_organisation_learns_of_itself_alone(hall: Hall, water: httpx.Client) -> None:
    ours = hall.organisation("water")
    own_grid, foreign_grid = run(water, hall, middle(GRIDS[0]), middle(GRIDS[7]))
    assert own_grid["organisation"] == ours
    assert {each["organisation"] for each in own_grid["considered"]} == {ours}
    assert (foreign_grid["rule"], foreign_grid["organisation"], foreign_grid["worker"]) == (
        "elsewhere", None, None,
    )  # fmt: skip
    assert {each["organisation"] for each in foreign_grid["considered"]} <= {ours}
    assert own_grid["runner_up"] is None


def test_explanations_and_rulings_keep_to_the_same(
    hall: Hall, chief: httpx.Client, street: httpx.Client, colleague: httpx.Client, water: httpx.Client,
    own: int, foreign: int,
) -> None:  # fmt: skip
    number = event(chief, hall, GRIDS[0])
    path = f"/api/events/{number}"
    looks_on = hall.person("looks on", area=STREETS[0])
    told = looks_on.get(f"{path}/explanation").json()
    assert told["worker"] is None
    assert all(each["worker"] is None and not PERSONAL & set(each) for each in told["considered"])
    assert looks_on.get(f"{path}/ruling").status_code == 403
    assert str(foreign) not in json.dumps(
        [each["worker"] for each in street.get(f"{path}/explanation").json()["considered"]]
    )
    key = chief.get("/api/dispatch/key").json()["public_key"]
    whole, mine, theirs = (client.get(f"{path}/ruling").json() for client in (chief, street, colleague))
    assert verify(whole, key) == verify(mine, key) == verify(theirs, key) == []
    assert [each["load"] is None for each in whole["facts"]["people"]] == [False, False]
    for ruling in (mine, theirs):
        assert [(each["load"], each["distance_m"]) for each in ruling["facts"]["people"]] == [
            (None, None)
        ] * 2
    assert not any("distance_m" in each for each in theirs["decision"]["considered"])
    assert {decision["decision"]["worker"] for decision in (whole, mine, theirs)} == {own}
    assert water.get(f"{path}/explanation").status_code == 200
    assert water.get(f"{path}/ruling").status_code == 403, "it rests on another organisation's people"


def together(*calls: Callable[[], httpx.Response]) -> list[int]:
    """Make calls at the same moment; gives what became of each."""
    start = Barrier(len(calls))

    def made(call: Callable[[], httpx.Response]) -> int:
        start.wait()
        return call().status_code

    with ThreadPoolExecutor(len(calls)) as pool:
        return sorted(pool.map(made, calls))


def test_of_two_rulings_at_once_one_takes_effect(hall: Hall, chief: httpx.Client) -> None:
    other = hall.person("second chief", **CITY_ADMINISTRATOR)
    other.base_url = httpx.URL(hall.workers[1])
    for nth in range(4):
        number = event(chief, hall, GRIDS[4], nth)
        dispute = chief.post(f"/api/events/{number}/dispute", json={"reason": "?"}).json()["id"]
        path = f"/api/disputes/{dispute}"
        sent = [
            {"organisation_id": hall.organisation(name), "reason": name, "scope": "place", "radius_m": 5}
            for name in ("roads", "water")
        ]
        last = (
            (lambda path=path: other.post(f"{path}/withdrawal"))
            if nth % 2
            else (lambda path=path, sent=sent: other.post(f"{path}/ruling", json=sent[1]))
        )
        found = together(lambda path=path, sent=sent: chief.post(f"{path}/ruling", json=sent[0]), last)
        assert found == [200, 409]
        ruled = chief.get(path).json()
        lines = hall.ask("SELECT organisation_id FROM duty WHERE dispute_id = %s", dispute)
        assert lines == ([(ruled["ruled_organisation_id"],)] if ruled["state"] == "ruled" else [])
        steps = hall.ask(
            "SELECT count(*) FROM event_step WHERE event_id = %s AND verb = 'redispatch'", number
        )
        assert steps[0][0] <= len(lines)
        hall.ask("DELETE FROM duty WHERE dispute_id = %s", dispute)


def test_a_draft_is_applied_once(hall: Hall, chief: httpx.Client) -> None:
    drafts = "/api/duties/drafts"
    line = {"unit_code": GRIDS[3], "organisation_id": hall.organisation("roads"), "rank": 88}
    other = hall.person("third chief", **CITY_ADMINISTRATOR)
    for nth in range(4):
        name = f"{drafts}/once{nth}"
        assert chief.post(drafts, json={"name": f"once{nth}"}).status_code == 201
        changes = {"changes": [{"verb": "add", "line": {**line, "rank": 80 + nth}}]}
        assert chief.put(f"{name}/changes", json=changes).status_code == 200
        calls = [lambda client=client, name=name: client.post(f"{name}/apply") for client in (chief, other)]
        assert together(*calls) == [200, 409]
        assert hall.ask("SELECT count(*) FROM duty WHERE rank = %s", 80 + nth) == [(1,)]
        assert chief.put(f"{name}/changes", json=changes).status_code == 409
    hall.ask("DELETE FROM duty WHERE rank BETWEEN 80 AND 89")


def test_whoever_makes_somebody_responsible_is_named_and_signed(hall: Hall, chief: httpx.Client) -> None:
    number, key = event(chief, hall, GRIDS[2]), chief.get("/api/dispatch/key").json()["public_key"]
    path, roads = f"/api/events/{number}", hall.organisation("roads")

    def step(**sent: Any) -> None:
        answer = chief.post(f"{path}/transitions", json=sent)
        assert answer.status_code == 200, answer.text

    def newest() -> tuple[Any, ...]:
        told, signed = (chief.get(f"{path}/{name}").json() for name in ("explanation", "ruling"))
        assert verify(signed, key) == []
        stored = hall.ask("SELECT organisation_id, worker_id FROM event WHERE id = %s", number)[0]
        for each in (told, signed["decision"]):
            assert (each["organisation"], each["worker"]) == stored
        assert told["note"] in told["text"]["zh"] and told["username"] in told["text"]["en"]
        return told["rule"], told["organisation"], told["username"], told["note"], told["line"]

    step(verb="redispatch", to_organisation=roads, note="路面归路政")
    assert newest() == ("hand", roads, "chief", "路面归路政", None)
    step(verb="escalate", note="up", to_organisation=hall.organisation("water"))
    assert newest()[0] == "escalated"
    dispute = chief.post(f"{path}/dispute", json={"reason": "?"}).json()["id"]
    ruling = {"organisation_id": roads, "reason": "会商"}
    assert chief.post(f"/api/disputes/{dispute}/ruling", json=ruling).json()["dispatched"] is True
    assert newest() == ("ruling", roads, "chief", "会商", None)
    told = chief.get(f"{path}/explanation").json()
    assert [each["rule"] for each in told["before"]] == ["escalated", "hand", "grid"]
    signed = chief.get(f"{path}/ruling").json()
    assert signed["decision"]["unit"] == GRIDS[2] and signed["facts"]["coverages"]["grids"]["arcs"]


def test_a_dispatch_that_is_no_longer_true_is_not_signed(hall: Hall, chief: httpx.Client) -> None:
    number = event(chief, hall, GRIDS[0])
    path = f"/api/events/{number}"
    assert chief.get(f"{path}/ruling").status_code == 200
    assert chief.post(f"{path}/transitions", json={"verb": "return", "note": "no"}).status_code == 200
    assert chief.get(f"{path}/ruling").status_code == 409
    assert chief.post(f"{path}/transitions", json={"verb": "dispatch"}).status_code == 200
    assert chief.get(f"{path}/ruling").status_code == 200


def test_borders_are_disputed_once_before_handling_and_name_no_foreign_unit(
    hall: Hall, chief: httpx.Client, street: httpx.Client
) -> None:
    rules = {"rules": [{"category": None, "returns": None, "border_m": 1.0}]}
    assert chief.put("/api/disputes/rules", json=rules).status_code == 200
    lon, lat = middle(GRIDS[1])
    number = event(chief, hall, GRIDS[1], lon=lon + 0.499999 * STEP, lat=lat)
    asked = {"event_id": number}
    (whole,), (mine,) = (
        client.get("/api/disputes", params=asked).json()["disputes"] for client in (chief, street)
    )
    assert (whole["raised_by"], whole["facts"]["runner_up"]) == ("border", GRIDS[5])
    assert "border_m" in mine["facts"] and GRIDS[5] not in json.dumps(mine)
    stored = hall.ask("SELECT reason FROM dispute WHERE id = %s", whole["id"])
    assert GRIDS[5] not in stored[0][0]
    ruling = {"organisation_id": hall.organisation("roads"), "reason": "r"}
    assert chief.post(f"/api/disputes/{whole['id']}/ruling", json=ruling).status_code == 200
    for sent in ({"verb": "return", "note": "n"}, {"verb": "dispatch"}):
        assert chief.post(f"/api/events/{number}/transitions", json=sent).status_code == 200
    states = [each["state"] for each in chief.get("/api/disputes", params=asked).json()["disputes"]]
    assert states == ["ruled"], "a border that was ruled on is not in doubt again"
    chief.put("/api/disputes/rules", json={"rules": [{"category": None, "returns": 2, "border_m": 1.0}]})
    near = Decision(GRIDS[2], "inside", 0.5, 1, {}, None, None, None, "nobody", GRIDS[6], matter(hall))
    later = event(chief, hall, GRIDS[2])
    with connect(hall.url) as owner:
        for state, raised in (("handled", []), ("closed", []), ("filed", [later])):
            owner.execute("UPDATE event SET state = %s WHERE id = %s", (state, later))
            assert raise_near_borders(owner, [later], [near]) == raised
        owner.rollback()
    chief.put("/api/disputes/rules", json={"rules": [{"category": None, "returns": 2, "border_m": None}]})


def test_a_replay_reads_no_more_than_it_takes(hall: Hall, chief: httpx.Client) -> None:
    event(chief, hall, GRIDS[6])
    since = datetime(2026, 1, 1, tzinfo=UTC)
    with connect(hall.url) as owner:
        count = len(read_past(owner, since))
        assert len(read_past(owner, since, most=count)) == count
        with pytest.raises(InvalidInput, match=f"more than {count - 1} events"):
            read_past(owner, since, most=count - 1)


def test_a_replay_shows_what_lines_will_do_that_begin_later(hall: Hall, chief: httpx.Client) -> None:
    event(chief, hall, GRIDS[6])
    roads, name = hall.organisation("roads"), "/api/duties/drafts/next year"
    chief.post("/api/duties/drafts", json={"name": "next year"})
    line = {
        "unit_code": GRIDS[6], "category": matter(hall), "organisation_id": roads,
        "valid_from": "2099-01-01T00:00:00+08:00", "valid_until": "2099-07-01T00:00:00+08:00",
    }  # fmt: skip
    changes = {"changes": [{"verb": "add", "line": line}]}
    assert chief.put(f"{name}/changes", json=changes).status_code == 200
    said = chief.post(
        "/api/dispatch/replays", json={"since": "2026-01-01T00:00:00Z", "draft": "next year"}
    ).json()
    here = hall.ask("SELECT count(*) FROM event WHERE unit_code = %s", GRIDS[6])[0][0]
    assert said["changed"] == here > 0
    assert {each["after"]["organisation"] for each in said["changes"]} == {roads}


def test_gaps_are_for_who_keeps_the_list_or_commands(hall: Hall, chief: httpx.Client) -> None:
    for role, status in (("viewer", 403), ("analyst", 403), ("field_worker", 403), ("commander", 200)):
        asking = hall.person(f"gaps {role}", role=role, reach="city")
        assert asking.get("/api/duties/gaps").status_code == status, role
    assert chief.get("/api/duties/gaps").status_code == 200


def test_no_edition_is_lost_in_a_long_transaction(hall: Hall) -> None:
    with connect(hall.url) as slow:
        slow.execute("SELECT now()")
        ((line,),) = hall.ask(
            "INSERT INTO duty (unit_code, organisation_id, rank) VALUES (%s, %s, 70) RETURNING id",
            GRIDS[5], hall.organisation("roads"),
        )  # fmt: skip
        slow.execute("UPDATE duty SET rank = 71 WHERE id = %s", (line,))
        slow.execute("UPDATE duty SET rank = 72 WHERE id = %s", (line,))
        slow.commit()
    past = hall.ask("SELECT edition, rank, since < until FROM duty_past WHERE id = %s", line)
    assert past == [(1, 70, True)]
    now = hall.ask(
        "SELECT rank, since >= (SELECT max(until) FROM duty_past AS p WHERE p.id = d.id) FROM duty AS d"
        " WHERE id = %s", line,
    )  # fmt: skip
    assert now == [(72, True)]
    hall.ask("DELETE FROM duty WHERE id = %s", line)


def test_each_unit_names_its_drafts(hall: Hall, chief: httpx.Client, street: httpx.Client) -> None:
    drafts = "/api/duties/drafts"
    beside = hall.person("beside", **{**STREET_ADMINISTRATOR, "area": STREETS[1]})
    for client in (street, beside):
        assert client.post(drafts, json={"name": "winter"}).status_code == 201
        assert client.post(drafts, json={"name": "winter"}).status_code == 409
    assert street.get(f"{drafts}/winter").json()["unit_code"] == STREETS[0]
    assert beside.get(f"{drafts}/winter").json()["unit_code"] == STREETS[1]
    assert beside.get(f"{drafts}/winter@{STREETS[0]}").status_code == 404
    unclear = chief.get(f"{drafts}/winter")
    assert unclear.status_code == 409 and f"winter@{STREETS[0]}" in unclear.text
    assert chief.get(f"{drafts}/winter@{STREETS[1]}").json()["unit_code"] == STREETS[1]
    assert chief.post(drafts, json={"name": "winter"}).json()["unit_code"] is None
    assert chief.get(f"{drafts}/winter").json()["unit_code"] is None
    assert chief.get(f"{drafts}/winter@").json()["unit_code"] is None
    assert chief.post(drafts, json={"name": "win@ter"}).status_code == 400
    below = street.post(drafts, json={"name": "winter", "unit_code": COMMUNITIES[0]})
    assert (below.status_code, below.json()["unit_code"]) == (201, COMMUNITIES[0])
