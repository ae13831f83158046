"""Networks of pandapipes: equal to the same network as a GeoPackage, valves of both kinds, broken files."""

from __future__ import annotations

import gzip
import json
from collections import Counter
from typing import Any

import pyogrio
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lifeline.importers.found import Found
from lifeline.importers.frames import propose
from lifeline.importers.pandapipes import read_pandapipes
from spatial.errors import InvalidInput
from tests.lifeline.importers.mangling import check_whole
from tests.lifeline.networks import DATA


def content(name: str) -> bytes:
    return gzip.decompress((DATA / "pandapipes" / f"{name}.json.gz").read_bytes())


def wrong(found: Found) -> list[tuple[str, str]]:
    return [(problem.where, problem.reason) for problem in found.problems]


def table(columns: list[str], *rows: list[Any]) -> dict[str, Any]:
    body = {"columns": columns, "index": list(range(len(rows))), "data": list(rows)}
    return {"_module": "pandas.core.frame", "_class": "DataFrame", "_object": json.dumps(body)}


def small(**more: Any) -> bytes:
    tables = {
        "junction": table(["name", "height_m", "pn_bar"], ["a", 1.0, 4], ["b", 2.0, 4], ["c", 3.0, 4]),
        "junction_geodata": table(["x", "y"], [0, 0], [10, 0], [20, 0]),
        "pipe": table(
            ["name", "from_junction", "to_junction", "length_km", "diameter_m", "in_service"],
            ["p", 0, 1, 0.01, 0.1, True],
        ),
        "pipe_geodata": table(["coords"], [[[0, 0], [5, 1], [10, 0]]]),
        "ext_grid": table(["junction", "p_bar"], [0, 4.0]),
    }
    body = {"_module": "pandapipes.pandapipes_net", "_class": "pandapipesNet", "_object": {**tables, **more}}
    return json.dumps(body).encode()


def test_it_is_the_network_that_a_geopackage_of_it_shows() -> None:
    found = read_pandapipes(content("schutterwald_gas"))
    assert wrong(found) == []
    pipes = pyogrio.read_dataframe(DATA / "gas" / "schutterwald_gas.gpkg", layer="pipe")
    assert (found.kind, len(found.nodes), len(found.links)) == ("gas", 2559, len(pipes))
    degree = Counter(end for link in found.links for end in (link.tail, link.head))
    theirs = Counter(end for row in ("from_junction", "to_junction") for end in pipes[row])
    assert sorted(degree.values()) == sorted(theirs.values())
    assert sum(link.length_m or 0 for link in found.links) == pytest.approx(101_190, rel=1e-3)
    assert sum(node.facts.get("customers", 0) for node in found.nodes) == 1506
    (source,) = (node for node in found.nodes if node.kind == "source")
    assert source.facts["pressure_kpa"] == 100
    assert all(link.diameter_mm and 10 < link.diameter_mm < 500 for link in found.links)


def test_it_lies_in_the_black_forest() -> None:
    first = propose(read_pandapipes(content("schutterwald_gas")), (7.8, 48.4, 8.0, 48.5))[0]
    assert "EPSG:31467" in {first.frame.crs, *first.same}


def test_heat_comes_and_goes() -> None:
    found = read_pandapipes(content("schutterwald_heat"))
    kinds = Counter(link.kind for link in found.links)
    assert kinds == {"pipe": 482, "heat_consumer": 44, "pump": 1, "valve": 4}
    assert found.kind == "heat_supply"
    assert {reason for _, reason in wrong(found)} == {"its length is 0.0: it is taken without one"}


def test_valves_between_junctions_are_links() -> None:
    found = read_pandapipes(content("gas_meshed_two_valves"))
    valves = {link.code: link.facts["state"] for link in found.links if link.kind == "valve"}
    assert sorted(valves.values()) == ["closed", "open"]
    assert found.devices == []


def test_valves_at_pipes_are_devices_of_their_ends() -> None:
    valve = table(
        ["name", "junction", "element", "et", "opened"], ["v", 1, 0, "pi", False], ["w", 2, 0, "pi", True]
    )
    found = read_pandapipes(small(valve=valve))
    (device,) = found.devices
    assert (device.code, device.node, device.link, device.facts) == ("v", "b", "p", {"state": "closed"})
    assert wrong(found) == [("valve 1", "is at no end of a pipe")]


def test_bends_and_diameters_of_older_versions() -> None:
    (link,) = read_pandapipes(small()).links
    assert (link.via, link.diameter_mm, link.length_m) == (((5, 1),), 100, 10)


def test_what_flows_in_and_out() -> None:
    taken = table(["junction", "mdot_kg_per_s", "scaling"], [1, 0.5, 2.0], [1, 0.25, None])
    given_in = table(["junction", "mdot_kg_per_s", "in_service"], [2, 0.5, True], [2, 9.0, False])
    found = read_pandapipes(small(sink=taken, source=given_in))
    assert [node.facts.get("demand_kg_s") for node in found.nodes] == [None, 1.25, -0.5]
    assert found.nodes[1].facts["customers"] == 2


@pytest.mark.parametrize(
    ("more", "where", "reason"),
    [
        ({"pipe": ["p", 0, 9, 0.1, 0.1, True]}, "pipe 0", "there is no junction 9"),
        ({"pipe": ["p", 0, 0, 0.1, 0.1, True]}, "pipe 0", "begins and ends at one junction"),
        ({"pipe": ["p", 0, 1, None, 0.1, True]}, "pipe 0", "its length is None: it is taken without one"),
        ({"sink": [7, 1.0, 1.0]}, "sink 0", "there is no junction 7"),
        ({"valve": [0, 9, "ju"]}, "valve 0", "there is no junction 9"),
        ({"junction_geodata": None}, "junction_geodata", "is missing or empty"),
        ({"ext_grid": None}, "ext_grid", "is empty: nothing feeds"),
        ({"pipe_geodata": [["no", "line"]]}, "pipe_geodata 0", "is no line"),
    ],
)
def test_what_is_wrong_is_told(more: dict[str, Any], where: str, reason: str) -> None:
    columns = {
        "pipe": ["name", "from_junction", "to_junction", "length_km", "diameter_m", "in_service"],
        "sink": ["junction", "mdot_kg_per_s", "scaling"], "valve": ["junction", "element", "et"],
        "junction_geodata": ["x", "y"], "ext_grid": ["junction", "p_bar"], "pipe_geodata": ["coords"],
    }  # fmt: skip
    whole = table(columns["pipe"], ["q", 1, 2, 0.01, 0.1, True]) if "pipe" not in more else None
    tables = {} if whole is None else {"pipe": whole}
    for name, row in more.items():
        good = [["q", 1, 2, 0.01, 0.1, True]] if name == "pipe" else []
        tables[name] = table(columns[name], *([row] if row else []), *good)
    told = wrong(read_pandapipes(small(**tables)))
    assert any(place == where and why.startswith(reason) for place, why in told), told


@pytest.mark.parametrize(
    "given_bytes",
    [
        b"", b"{}", b"[1]", b'{"_module": "os", "_class": "system", "_object": "rm"}', b"[" * 100_000,
        json.dumps({"_module": "pandapipes", "_object": "["}).encode(),
        json.dumps({"_module": "pandapipes", "_object": {}}).encode(),
    ],
)  # fmt: skip
def test_what_is_no_network_is_refused(given_bytes: bytes) -> None:
    with pytest.raises(InvalidInput):
        read_pandapipes(given_bytes)


@settings(max_examples=100, deadline=None)
@given(st.data())
def test_whatever_stands_in_the_tables_it_is_read_or_refused(data: st.DataObject) -> None:
    cell = st.one_of(
        st.none(),
        st.booleans(),
        st.integers(-1, 3),
        st.floats(),
        st.text(max_size=3),
        st.lists(st.none(), max_size=2),
    )
    tables = {}
    for name in data.draw(
        st.lists(st.sampled_from(["pipe", "valve", "sink", "ext_grid", "pipe_geodata"]), max_size=3)
    ):
        columns = ["name", "from_junction", "to_junction", "junction", "element", "et", "coords", "length_km"]
        rows = data.draw(st.lists(st.lists(cell, min_size=7, max_size=8), max_size=3))
        tables[name] = table(columns, *rows)
    try:
        found = read_pandapipes(small(**tables))
    except InvalidInput:
        return
    check_whole(found)
