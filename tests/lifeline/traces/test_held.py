"""Networks kept in memory and asked: the known answers out of the tables, and whatever changes there."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from lifeline.networks.wish import Wish
from lifeline.traces.answers import answer
from lifeline.traces.asking import Question, Spot, trace
from lifeline.traces.held import Networks
from spatial.errors import InvalidInput, NotFound
from spatial.types import LngLat
from tests.lifeline.networks import expected
from tests.lifeline.store.brought import KENTUCKY, bring, one, sant_boi
from tests.lifeline.store.test_loading import KY4


def ask(networks: Networks, connection: Any, kind: str, start: str, **more: Any) -> dict[str, Any]:
    """Ask about a feature; `starts`, barriers and end by their codes."""
    more = {"checks": "border", **more}
    barriers = [Spot(f"barriers[{at}]", code) for at, code in enumerate(more.pop("barriers", []))]
    end = more.pop("end", None)
    question = Question(
        kind,
        [Spot("start", start)],
        end and Spot("end", end),
        barriers,
        **more,  # type: ignore[arg-type]
    )
    known, held = networks.current(connection, "n")
    return answer(connection, known, held, question, trace(connection, known, held, question), True)


@pytest.fixture
def town(postgis: Any, tmp_path: Path) -> Any:
    """The sample town in the tables."""
    bring(postgis, sant_boi(tmp_path), Wish())
    return postgis


@pytest.mark.parametrize(("case", "stuck", "meters"), [("K6", [], 23), ("K7", ["1096"], 416)])
def test_a_break_of_the_sample_town_is_cut_off_as_is_known(
    town: Any, case: str, stuck: list[str], meters: int
) -> None:
    told = {question: found for (_, question), found in expected(case).items()}
    found = ask(Networks(), town, "isolation", "link:2108", unusable=stuck)
    assert sorted(found["cut_off"]["link_codes"], key=int) == told["arcs cut off (ids)"].split(";")
    assert found["cut_off"]["length_m"] == pytest.approx(float(told["length cut off, m"]), abs=0.05)
    assert sorted(each["code"] for each in found["close"]) == told["valves to close"].split(";")
    wet = sorted(each["code"] for each in found["close"] if each["needed"])
    assert wet == told["valves to close that have water behind them"].split(";")
    assert [each["code"] for each in found["passed"]] == stuck
    assert [each["code"] for each in found["check_valves"]] == (["1092"] if stuck else [])
    assert (found["customers"]["meters"], found["dry"]["links"]) == (meters, 0)
    assert {each["id"] for each in found["features"]["features"]} >= {"link:2108", "device:1089"}


def test_a_valve_that_is_turned_is_known_without_reading_all_anew(town: Any) -> None:
    networks = Networks()
    before = ask(networks, town, "isolation", "link:2108")
    _, held = networks.current(town, "n")
    town.execute("UPDATE network_device SET is_open = false WHERE code = '1089'")
    after = ask(networks, town, "isolation", "link:2108")
    assert after["edition"] > before["edition"]
    assert [each["code"] for each in after["closed_already"]] == ["1089"]
    assert "1089" not in {each["code"] for each in after["close"]}
    assert networks.current(town, "n")[1].mesh is held.mesh
    town.execute("UPDATE network_device SET is_operable = false WHERE code = '1096'")
    stuck = ask(networks, town, "isolation", "link:2108")
    assert [each["code"] for each in stuck["passed"]] == ["1096"]
    fresh = ask(Networks(), town, "isolation", "link:2108")
    assert fresh == stuck
    town.execute("UPDATE network_link SET state = 'out_of_service' WHERE code = '2071'")
    assert "2071" not in ask(networks, town, "isolation", "link:2108")["cut_off"]["link_codes"]
    assert networks.current(town, "n")[1].mesh is not held.mesh


def test_a_pinched_pipe_and_a_stopped_manhole_are_gates_for_one_question(town: Any) -> None:
    networks = Networks()
    plain = ask(networks, town, "isolation", "link:2108")
    spared = next(each for each in plain["cut_off"]["link_codes"] if each != "2108")
    found = ask(networks, town, "isolation", "link:2108", barriers=[f"link:{spared}"])
    assert [each["feature"] for each in found["pinch"]] == [f"link:{spared}"]
    assert set(found["cut_off"]["link_codes"]) < set(plain["cut_off"]["link_codes"])
    assert ask(networks, town, "isolation", "link:2108") == plain
    with pytest.raises(InvalidInput, match="begins"):
        ask(networks, town, "isolation", "link:2108", barriers=["link:2108"])


@pytest.mark.parametrize(
    ("start", "more", "where"),
    [
        ("nothing", {}, "start.feature"), ("link:", {}, "start.feature"),
        ("link:2108", {"barriers": ["node:nowhere"]}, "barriers[0].feature"),
        ("link:2108", {"unusable": ["2108"]}, "unusable"),
    ],
)  # fmt: skip
def test_what_is_not_of_the_network_is_named(town: Any, start: str, more: dict[str, Any], where: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        ask(Networks(), town, "isolation", start, **more)
    assert [problem.where for problem in caught.value.problems] == [where]


def test_a_click_finds_the_pipe_beside_it_and_none_far_away(town: Any) -> None:
    networks = Networks()
    known, held = networks.current(town, "n")
    lon, lat = one(
        town,
        "SELECT ST_X(p), ST_Y(p) FROM (SELECT ST_LineInterpolatePoint(geom, 0.5) AS p FROM network_link"
        " WHERE code = '2108') AS x",
    )
    near = Question("connected", [Spot("start", point=LngLat(lon + 1e-5, lat))])
    (stood,) = trace(town, known, held, near).starts
    assert (stood.name, 0 <= stood.metres < 2) == ("link:2108", True)
    with pytest.raises(InvalidInput, match="within 100 m; the nearest"):
        trace(town, known, held, Question("connected", [Spot("start", point=LngLat(lon + 0.1, lat))]))


def test_a_code_of_a_pipe_and_of_a_junction_must_be_told_apart(postgis: Any) -> None:
    bring(postgis, KY4, KENTUCKY)
    networks = Networks()
    _, held = networks.current(postgis, "n")
    assert (held.mesh.nodes, held.mesh.links, len(held.sources)) == (964, 1158, 5)
    code = next(iter(held.links))
    postgis.execute("UPDATE network_node SET code = %s WHERE id = %s", [code, int(held.node_ids[0])])
    with pytest.raises(InvalidInput, match=f"link:{code} or node:{code}"):
        ask(networks, postgis, "connected", code)
    whole = ask(networks, postgis, "connected", f"link:{code}")
    assert (whole["reached"]["nodes"], whole["reached"]["links"]) == (964, 1158)


def test_paths_go_by_length_and_sources_are_found(town: Any) -> None:
    networks = Networks()
    _, held = networks.current(town, "n")
    fed = ask(networks, town, "controllers", "link:2108", checks="directed")
    assert fed["sources"] and set(fed["sources"]) <= {held.node_codes[row] for row in held.sources}
    found = ask(networks, town, "path", "link:2108", end=f"node:{fed['sources'][0]}", checks="open")
    assert found["path"][0] == "link:2108" and found["path"][-1] == f"node:{fed['sources'][0]}"
    kinds = [each.partition(":")[0] for each in found["path"]]
    assert all(kind != other for kind, other in pairwise(kinds))
    lengths = np.array([held.length_m[held.links[each[5:]]] for each in found["path"] if each[0] == "l"])
    assert found["reached"]["length_m"] == pytest.approx(lengths.sum(), abs=0.01)
    cut = ask(networks, town, "path", "link:2108", end=found["path"][-1], barriers=[found["path"][1]])
    assert found["path"][1] not in cut["path"]


def test_a_network_that_is_not_there(postgis: Any) -> None:
    with pytest.raises(NotFound):
        Networks().current(postgis, "n")
