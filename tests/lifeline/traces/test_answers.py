"""Traces of networks whose answers are known: WNTR's and Giswater's own samples."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

import numpy as np
import pytest

from lifeline.traces.isolation import Isolation, State, Supply, isolate
from lifeline.traces.walks import loops, reach, segments
from tests.lifeline.networks import Town, drainage, expected, gas, model, rows, table, water

SEGMENTS = [
    ("K1", "CCWI17", "CCWI17-HermanMahmoud", "ccwi17_valve_layer"),
    ("K2", "Net3", "Net3", "valve_layer_random"),
    ("K3", "Net3", "Net3", "valve_layer_stategic_1"),
    ("K4", "Net3", "Net3", "net3_valve_layer_strategic2_seed1"),
    ("K4", "ky4", "ky4", "ky4_valve_layer_strategic2_seed1"),
    ("K4", "Net6", "Net6", "net6_valve_layer_strategic2_seed1"),
]


@pytest.mark.parametrize(("case", "network", "name", "layer"), SEGMENTS)
def test_valves_part_a_network_into_segments(case: str, network: str, name: str, layer: str) -> None:
    told = expected(case)
    count, labels = segments(model(name).mesh(layer))
    assert count == int(told[network, "number of segments (atoms = nodes + links)"])
    assert np.bincount(labels).max() == int(told[network, "atoms in the largest segment"])


@pytest.mark.parametrize(
    ("layer", "kind"), [("valve_layer_random", "random"), ("valve_layer_stategic_1", "strategic")]
)
def test_the_segments_are_those_of_wntr(layer: str, kind: str) -> None:
    net = model("Net3")
    _, labels = segments(net.mesh(layer))
    ours, theirs = defaultdict(set), defaultdict(set)
    for name, names, first in (("node", net.nodes, 0), ("link", net.links, len(net.nodes))):
        for row in rows(f"wntr/{name}_segments_{kind}.csv"):
            atom = f"{name} {row['']}"
            theirs[row["0"]].add(atom)
            ours[int(labels[first + names.index(row[""])])].add(atom)
    assert sorted(map(sorted, ours.values())) == sorted(map(sorted, theirs.values()))


def cut(town: Town, stuck: Sequence[int] = ()) -> Isolation:
    unusable = [*town.broken, *(town.gates.index(valve) for valve in stuck)]
    state = State.of(town.mesh, town.closed, np.array(unusable), "border")
    supply = Supply.of(town.mesh, state, town.sources)
    return isolate(town.mesh, state, supply, town.atom(2108))


def ids(text: str) -> list[int]:
    return sorted(map(int, text.split(";")))


@pytest.mark.parametrize(("case", "stuck"), [("K6", []), ("K7", [1096])])
def test_a_break_is_cut_off_as_giswater_does(case: str, stuck: list[int]) -> None:
    town, told = water(), {question: found for (_, question), found in expected(case).items()}
    found = cut(town, stuck)
    arcs = sorted(town.arcs[row] for row in found.links)
    assert arcs == ids(told["arcs cut off (ids)"])
    assert len(arcs) == int(told["arcs cut off"])
    assert float(town.length_m[found.links].sum()) == pytest.approx(
        float(told["length cut off, m"]), abs=0.05
    )
    assert sorted(town.gates[row] for row in found.close) == ids(told["valves to close"])
    needed = found.close[found.needed]
    assert sorted(town.gates[row] for row in needed) == ids(
        told["valves to close that have water behind them"]
    )
    assert [town.gates[row] for row in found.passed] == stuck
    assert [town.gates[row] for row in found.checks] == ([1092] if stuck else [])
    assert (len(found.dry_links), len(found.sources)) == (0, 0)


@pytest.mark.parametrize(("case", "stuck", "meters"), [("K6", [], 23), ("K7", [1096], 412)])
def test_whoever_is_cut_off_is_counted(case: str, stuck: list[int], meters: int) -> None:
    town, told = water(), {question: found for (_, question), found in expected(case).items()}
    arcs = {town.arcs[row] for row in cut(town, stuck).links}
    connecs = table("santboi/santboi_water.gpkg", "connec")
    there = {int(row.connec_id) for row in connecs.itertuples() if row.arc_id and int(row.arc_id) in arcs}
    question = next(each for each in told if each.startswith("connecs cut off"))
    assert len(there) == int(told[question])
    codes = {
        row["customer_code"]
        for row in rows("santboi/water_service.csv")
        if row["service_type"] == "connec" and int(row["service_id"]) in there
    }
    hydrometers = rows("santboi/water_hydrometer.csv")
    assert sum(row["customer_code"] in codes for row in hydrometers) == meters
    if stuck:
        # One service stands in a node of the part, not on an arc: 416 of 416.
        (service,) = (row for row in rows("santboi/water_service.csv") if row["service_type"] == "node")
        assert town.nodes.index(int(service["service_id"])) in cut(town, stuck).nodes
        assert sum(row["customer_code"] == service["customer_code"] for row in hydrometers) == 4


@pytest.mark.parametrize(("word", "ahead"), [("upstream", -1), ("downstream", 1)])
def test_what_lies_upstream_and_downstream_of_a_manhole(word: str, ahead: int) -> None:
    town, told = drainage(), {question: found for (_, question), found in expected("K11").items()}
    found = reach(town.mesh, np.array([town.nodes.index(20607)]), ahead)
    assert len(found.nodes) == int(told[f"{word}: nodes (start included)"])
    assert len(found.links) == int(told[f"{word}: arcs"])
    length_m = float(town.length_m[found.links].sum())
    assert length_m == pytest.approx(float(told[f"{word}: length, m"]), abs=0.05)


def test_the_gas_network_is_one_with_one_loop() -> None:
    mesh = gas()
    count, _ = segments(mesh)
    assert count == 1
    assert mesh.links - mesh.nodes + count == 1
    ring = loops(mesh)
    ends = np.concatenate([mesh.tail[ring], mesh.head[ring]])
    assert len(ring) > 2
    assert set(np.bincount(ends)[np.unique(ends)]) == {2}, "each node of the loop has two of its pipes"
