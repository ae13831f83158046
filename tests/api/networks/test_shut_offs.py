"""Shut-offs through HTTP: planned, checked against the network and each other, run valve by valve, signed."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import orjson
import pytest

from lifeline.shutoffs.statements import verify
from spatial.rights.envelope import make_master
from tests.api.networks.desk import NETWORKS, Desk
from tests.api.places.town import wrong
from tests.api.planning import Json
from tests.lifeline.store.brought import sant_boi

SHUT_OFFS = "/api/lifeline/shut-offs"
TO_CLOSE = ["1089", "1095", "1096", "1108"]
SOON = datetime.now(UTC) + timedelta(days=1)
BREAK: Json = {
    "network": "town", "cause": "planned", "start": {"feature": "link:2108"}, "check_valves": "border",
    "from_at": SOON.isoformat(), "until_at": (SOON + timedelta(hours=4)).isoformat(),
}  # fmt: skip


@pytest.fixture
def water(desk: Desk, tmp_path: Path) -> Iterator[Desk]:
    """The water of the sample town, as it was brought in, and no shut-off of it."""
    if desk.office["chief"].ask("GET", f"{NETWORKS}/town").status_code == 404:
        found = desk.brought(sant_boi(tmp_path).read_bytes(), name="town", filename="santboi_water.zip")
        assert found["state"] == "done", found
    yield desk
    desk.office.rows("DELETE FROM shut_off RETURNING id")
    desk.office.rows("UPDATE network_device SET is_open = normally_open, is_operable = true RETURNING id")


def plan(desk: Desk, **more: Any) -> Json:
    """Plan one as the chief."""
    return desk.office["chief"].post(SHUT_OFFS, {**BREAK, **more})


def do(desk: Desk, number: int, verb: str, body: Json | None = None, who: str = "chief") -> Any:
    """Do something with one."""
    return desk.office[who].ask("POST", f"{SHUT_OFFS}/{number}/{verb}", json=body)


def states(shown: Json) -> dict[str, str]:
    """Tell how far the valves are."""
    return {each["code"]: each["state"] for each in shown["valves"]}


def is_open(desk: Desk, code: str) -> bool:
    """Ask the table of devices."""
    return dict(desk.office.rows("SELECT code, is_open FROM network_device"))[code]


def test_one_is_planned_announced_run_valve_by_valve_and_ended(water: Desk) -> None:
    made = plan(water, title="换管")
    number = made["id"]
    assert sorted(states(made)) == TO_CLOSE and set(states(made).values()) == {"waiting"}
    assert (made["state"], made["found"]["cut_off"]["links"]) == ("planned", 8)
    assert (made["found"]["customers"]["meters"], made["proposal"]) == (23, None)
    assert made["conflicts"] == {"conflicts": [], "more": False}
    assert do(water, number, "valves/1089", {"closed": True}).status_code == 409
    assert do(water, number, "announce").json()["state"] == "announced"
    assert do(water, number, "start").json()["state"] == "running"
    for code in TO_CLOSE:
        shown = do(water, number, f"valves/{code}", {"closed": True}).json()
        assert (states(shown)[code], shown["proposal"]) == ("closed", None)
    assert not any(is_open(water, code) for code in TO_CLOSE)
    asked = {"type": "isolation", "start": {"feature": "link:2108"}, "check_valves": "border"}
    traced = water.office["commander"].post(f"{NETWORKS}/town/traces", asked)
    assert sorted(each["code"] for each in traced["closed_already"]) == TO_CLOSE
    assert do(water, number, "cancel").status_code == 409
    assert wrong(do(water, number, "done", {})) == {"valves"}
    ended = do(water, number, "done", {"valves": "opened"}).json()
    assert (ended["state"], ended["conflicts"], set(states(ended).values())) == ("done", None, {"opened"})
    assert all(is_open(water, code) for code in TO_CLOSE)
    for verb in ("start", "announce", "cancel"):
        assert do(water, number, verb).status_code == 409
    listed = water.office["commander"].get(f"{SHUT_OFFS}?network=town&state=done")["shut_offs"]
    assert [(each["id"], each["title"]) for each in listed] == [(number, "换管")]


def test_a_valve_found_stuck_meanwhile_proposes_the_wider_set(water: Desk) -> None:
    number = plan(water, cause="accidental")["id"]
    do(water, number, "start")
    do(water, number, "valves/1089", {"closed": True})
    stuck = do(water, number, "valves/1096", {"stuck": True}).json()
    proposed = stuck["proposal"]
    assert stuck["found"]["cut_off"]["links"] == 8
    assert proposed["differs"]["close"] == {"added": ["1087", "1094"], "gone": ["1096"]}
    assert proposed["found"]["customers"]["meters"] == 416
    assert do(water, number, "confirm", {"edition": proposed["edition"] - 1}).status_code == 409
    shown = do(water, number, "confirm", {"edition": proposed["edition"]}).json()
    assert (shown["proposal"], shown["found"]["cut_off"]["links"]) == (None, 31)
    assert states(shown) == {
        "1087": "waiting", "1089": "closed", "1094": "waiting", "1095": "waiting", "1096": "stuck",
        "1108": "waiting",
    }  # fmt: skip
    # It does close after all: the smaller part is proposed again.
    after = do(water, number, "valves/1096", {"closed": True}).json()
    assert after["proposal"]["differs"]["close"]["gone"] == ["1087", "1094"]
    shown = do(water, number, "confirm", {"edition": after["proposal"]["edition"]}).json()
    assert (sorted(states(shown)), shown["found"]["cut_off"]["links"]) == (TO_CLOSE, 8)
    assert do(water, number, "valves/1096", {"stuck": True}).status_code == 409


def test_a_network_that_changed_since_is_said_at_the_start(water: Desk) -> None:
    made = plan(water)
    water.office.rows("UPDATE network_device SET attributes = '{}' || attributes, normally_open = true"
                      " WHERE code = '1089' RETURNING id")  # fmt: skip
    water.office.rows("UPDATE network_device SET is_accessible = false WHERE code = '1096' RETURNING id")
    refused = do(water, made["id"], "start")
    assert refused.status_code == 409
    assert all(word in refused.json()["detail"] for word in ("close +1087 +1094 -1096", "customers"))
    shown = water.office["chief"].get(f"{SHUT_OFFS}/{made['id']}")
    assert shown["proposal"]["differs"]["close"]["gone"] == ["1096"]
    do(water, made["id"], "confirm", {"edition": shown["proposal"]["edition"]})
    assert do(water, made["id"], "start").json()["state"] == "running"
    water.office.rows("UPDATE network_device SET is_accessible = true WHERE code = '1096' RETURNING id")


def test_an_edit_that_changes_nothing_of_it_does_not_stop_the_start(water: Desk) -> None:
    made = plan(water)
    water.office.rows("UPDATE network_device SET attributes = attributes || '{\"n\": 1}' RETURNING id")
    started = do(water, made["id"], "start").json()
    assert started["state"] == "running" and started["edition"] > made["edition"]


def test_what_is_gone_from_the_network_cannot_be_asked_again(water: Desk) -> None:
    made = plan(water)
    water.office.rows("UPDATE network_link SET state = 'out_of_service' WHERE code = '2108' RETURNING id")
    shown = water.office["chief"].get(f"{SHUT_OFFS}/{made['id']}")
    assert shown["proposal"]["refused"][0]["where"] == "starts[0].feature"
    assert do(water, made["id"], "start").status_code == 409
    assert do(water, made["id"], "cancel").json()["state"] == "cancelled"
    water.office.rows("UPDATE network_link SET state = 'in_service' WHERE code = '2108' RETURNING id")


def test_a_valve_that_two_need_is_told_and_kept_closed(water: Desk) -> None:
    first = plan(water, cause="accidental", from_at=None)["id"]
    second = plan(water, cause="accidental", from_at=None, title="again")["id"]
    found = water.office["commander"].get(f"{SHUT_OFFS}/conflicts?network=town")["conflicts"]
    assert [[each["id"] for each in one["shut_offs"]] for one in found] == [[first, second]]
    assert [each["code"] for each in found[0]["valves"]] == TO_CLOSE
    for number in (first, second):
        do(water, number, "start")
    do(water, first, "valves/1089", {"closed": True})
    do(water, second, "confirm", {"edition": water.office["chief"].get(f"{SHUT_OFFS}/{second}")["proposal"]
                                  ["edition"]})  # fmt: skip
    refused = do(water, first, "valves/1089", {"closed": False})
    assert refused.status_code == 409 and f"shut-off {second}" in refused.json()["detail"]
    assert states(do(water, first, "done", {"valves": "opened"}).json())["1089"] == "left"
    assert not is_open(water, "1089")


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"cause": "whim"}, "cause"), ({"start": {"feature": "link:0"}}, "start.feature"),
        ({"until_at": SOON.isoformat()}, "until_at"), ({"until_at": None}, "until_at"),
        ({"from_at": "tomorrow"}, "from_at"), ({"title": "a\x00"}, "title"),
        ({"unusable": ["2108"]}, "unusable"),
        ({"barriers": [{"feature": "x"}]}, "barriers[0].feature"), ({"depth": 1}, "depth"),
        ({"from_at": None}, "from_at"), ({"until_at": "9999-12-31T23:59:59-12:00"}, "until_at"),
        ({"from_at": "0001-01-01T00:00:00+14:00"}, "from_at"),
    ],
)  # fmt: skip
def test_a_wrong_plan_is_refused_by_its_field(water: Desk, changed: Json, field: str) -> None:
    assert wrong(water.office["chief"].ask("POST", SHUT_OFFS, json={**BREAK, **changed})) == {field}


def test_a_wrong_step_is_refused(water: Desk) -> None:
    number = plan(water)["id"]
    do(water, number, "start")
    for body in ({}, {"closed": True, "stuck": True}, {"stuck": False}, {"closed": "yes"}):
        assert do(water, number, "valves/1089", body).status_code == 400
    assert do(water, number, "valves/2108", {"closed": True}).status_code == 404
    assert do(water, number, "valves/a%00b", {"closed": True}).status_code in (400, 404)
    assert do(water, number, "valves/1089", {"closed": False}).status_code == 409
    assert wrong(do(water, number, "done", {"valves": "lost"})) == {"valves"}
    assert wrong(do(water, number, "confirm", {"edition": 2**70})) == {"edition"}
    assert do(water, 999_999_999, "start").status_code == 404


@pytest.mark.parametrize("who", ["viewer", "street 1", "field"])
def test_whoever_does_not_see_the_network_sees_no_shut_off(water: Desk, who: str) -> None:
    number = plan(water)["id"]
    person = water.office[who]
    assert person.ask("GET", f"{SHUT_OFFS}/{number}").status_code == 404
    assert person.ask("GET", f"{SHUT_OFFS}/{number}/statement").status_code == 404
    assert person.ask("GET", f"{SHUT_OFFS}/conflicts?network=town").status_code == 404
    assert person.ask("POST", SHUT_OFFS, json=BREAK).status_code == 404
    assert do(water, number, "start", who=who).status_code == 404
    assert number not in [each["id"] for each in person.get(SHUT_OFFS)["shut_offs"]]


@pytest.mark.parametrize("who", ["commander", "analyst"])
def test_whoever_only_reads_networks_shuts_nothing_off(water: Desk, who: str) -> None:
    number = plan(water)["id"]
    assert water.office[who].get(f"{SHUT_OFFS}/{number}")["id"] == number
    assert water.office[who].ask("POST", SHUT_OFFS, json=BREAK).status_code == 403
    assert do(water, number, "start", who=who).status_code == 403
    assert do(water, number, "valves/1089", {"stuck": True}, who).status_code == 403


def test_a_statement_is_checked_without_the_database(water: Desk, home: Path) -> None:
    if not (home / "secrets" / "master").exists():
        make_master(home / "secrets" / "master")
    number = plan(water)["id"]
    text = water.office["commander"].ask("GET", f"{SHUT_OFFS}/{number}/statement").content
    key = water.office["commander"].get("/api/dispatch/key")["public_key"]
    document = orjson.loads(text)
    assert verify(document, key) == []
    changed = orjson.loads(text.replace(b'"1089"', b'"1088"', 1))
    assert [each.where for each in verify(changed, key)] == ["signature"]
