"""EPANET models: the same network as WNTR reads, units, and everything that can be wrong with a file."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lifeline.importers.epanet import read_epanet
from lifeline.importers.epanet_units import FLOWS, Units
from lifeline.importers.found import MOST_PROBLEMS, Found
from spatial.errors import InvalidInput
from tests.lifeline.importers.mangling import check_whole, mangled
from tests.lifeline.networks import DATA

SMALL = """
[JUNCTIONS]
;ID Elev Demand
 a  10  5
 b  12
[RESERVOIRS]
 r  50
[TANKS]
 t  30 3 1 5 12 0
[PIPES]
 p1 r a 100 200 130
 p2 a b 80.5 150 130 0 CV
[PUMPS]
 u  b t POWER 5
[COORDINATES]
 a 1 2
 b 2 2
 r 0 2
 t 3 2
[VERTICES]
 p2 1.5 2.5
[OPTIONS]
 Units LPS
"""


def read(text: str) -> Found:
    return read_epanet(text.encode())


def wrong(found: Found) -> list[tuple[str, str]]:
    return [(problem.where, problem.reason) for problem in found.problems]


@pytest.mark.parametrize(
    ("name", "nodes", "links"),
    [
        ("Net3", {"junction": 92, "tank": 3, "reservoir": 2}, {"pipe": 117, "pump": 2}),
        ("ky4", {"junction": 959, "tank": 4, "reservoir": 1}, {"pipe": 1156, "pump": 2}),
        ("Net6", {"junction": 3323, "tank": 32, "reservoir": 1}, {"pipe": 3829, "pump": 61, "valve": 2}),
    ],
)
def test_whole_models_are_read(name: str, nodes: dict[str, int], links: dict[str, int]) -> None:
    found = read_epanet((DATA / "wntr" / f"{name}.inp").read_bytes())
    assert Counter(node.kind for node in found.nodes) == nodes
    assert Counter(link.kind for link in found.links) == links
    assert wrong(found) == []
    assert all(node.at is not None for node in found.nodes)


def test_figures_are_those_that_wntr_wrote_in_si() -> None:
    """Another program's reading of the same model, as GeoJSON in SI, with coordinates in feet."""
    found = read_epanet((DATA / "wntr" / "ky4.inp").read_bytes())
    links = {link.code: link for link in found.links}
    nodes = {node.code: node for node in found.nodes}
    theirs = json.loads((DATA / "wntr" / "ky4_pipes.geojson").read_bytes())["features"]
    assert len(theirs) == 1156
    for feature in theirs:
        facts, link = feature["properties"], links[feature["properties"]["name"]]
        assert link.length_m == pytest.approx(facts["length"], rel=1e-9)
        assert link.diameter_mm == pytest.approx(facts["diameter"] * 1000, rel=1e-9)
        assert (link.tail, link.head) == (facts["start_node_name"], facts["end_node_name"])
        assert link.facts["roughness"] == facts["roughness"]
        line = [nodes[link.tail].at, *link.via, nodes[link.head].at]
        assert line == [tuple(at) for at in feature["geometry"]["coordinates"]]


def test_each_kind_says_what_it_has() -> None:
    found = read(SMALL)
    nodes, links = ({each.code: each for each in rows} for rows in (found.nodes, found.links))
    assert nodes["a"].facts["demand_m3s"] == pytest.approx(0.005)
    assert (nodes["r"].elevation_m, nodes["r"].facts["head_m"]) == (50, 50)
    assert nodes["t"].facts == {
        "level_m": 3, "level_min_m": 1, "level_max_m": 5, "diameter_m": 12, "volume_min_m3": 0,
    }  # fmt: skip
    assert (links["p2"].facts["state"], links["p2"].via) == ("check", ((1.5, 2.5),))
    assert links["u"].facts == {"state": "open", "power_kw": 5}
    assert [(each.value, each.is_sure) for each in found.evidence] == [("LPS", True)]


@pytest.mark.parametrize("name", FLOWS)
def test_every_unit_of_flow_says_what_the_others_are(name: str) -> None:
    units = Units.of(name.lower())
    assert units.is_metric is (name in ("LPS", "LPM", "MLD", "CMH", "CMD", "CMS"))
    assert units.length_m == (1.0 if units.is_metric else 0.3048)
    (pipe,) = (link for link in read(SMALL.replace("LPS", name)).links if link.code == "p1")
    assert pipe.length_m == pytest.approx(100 * units.length_m)
    assert pipe.diameter_mm == pytest.approx(200 * units.diameter_mm)


def test_flows_are_those_of_the_manual() -> None:
    flows = {name: round(FLOWS[name][0] * 1e6, 3) for name in FLOWS}
    assert flows["GPM"] == 63.09
    assert flows["CFS"] == 28_316.847
    assert flows["MGD"] == 43_812.636
    assert flows["IMGD"] == 52_616.782
    assert flows["AFD"] == 14_276.41
    assert flows["CMH"] == 277.778


def test_a_file_that_does_not_say_its_units_is_taken_for_gallons_and_says_so() -> None:
    (evidence,) = read(SMALL.replace(" Units LPS", "")).evidence
    assert (evidence.what, evidence.value, evidence.is_sure) == ("units", "GPM", False)


@pytest.mark.parametrize(
    ("old", "new", "where", "reason"),
    [
        (" p1 r a 100", " p1 r x 100", "[PIPES] line 11", "there is no node 'x'"),
        (" p1 r a 100", " p1 a a 100", "[PIPES] line 11", "begins and ends at one node"),
        (" p1 r a 100", " p1 r a 0", "[PIPES] line 11", "its length is 0"),
        (" p1 r a 100", " p1 r a nan", "[PIPES] line 11", "'nan' is no finite number"),
        (" p1 r a 100", " p1 r a 1e999", "[PIPES] line 11", "'1e999' is no finite number"),
        (" p1 r a 100", " p1 r a -3", "[PIPES] line 11", "its length is -3"),
        (" p1 r a 100 200", " p1 r a", "[PIPES] line 11", "has 4 words, and needs 5"),
        (" b  12", " a  12", "[JUNCTIONS] line 5", "'a' is there twice"),
        (" p2 a b", " p1 a b", "[PIPES] line 12", "'p1' is there twice"),
        ("130 0 CV", "130 0 AJAR", "[PIPES] line 12", "'AJAR' is no state; there are OPEN, CLOSED, CV"),
        ("POWER 5", "STEAM 5", "[PUMPS] line 14", "'STEAM' is no property of a pump"),
        ("t  30 3 1 5 12 0", "t  30 3 9 5 12 0", "[TANKS] line 9", "its levels or its diameter cannot be"),
        ("Units LPS", "Units FURLONG", "[OPTIONS] line 23", "'FURLONG' is no unit of flow"),
        (" a 1 2", " a here 2", "[COORDINATES] line 16", "'here' is no number"),
    ],
)
def test_what_is_wrong_is_left_out_and_told(old: str, new: str, where: str, reason: str) -> None:
    assert old in SMALL
    told = wrong(read(SMALL.replace(old, new)))
    assert any(place == where and why.startswith(reason) for place, why in told), told


def test_what_is_missing_is_told() -> None:
    told = dict(wrong(read(SMALL.partition("[COORDINATES]")[0])))
    assert "no place on the map" in told["[COORDINATES]"]
    dry = SMALL.replace(" r  50", "").replace(" t  30 3 1 5 12 0", "")
    assert "nothing feeds" in dict(wrong(read(dry)))["[RESERVOIRS]"]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "no section"),
        (b"\x00\x01[PIPES]", "no text"),
        (b"[PIPES]\n", "no pipe"),
        (b"PK\x03\x04 not an inp", "no section"),
        (b"[CONDUITS]\nc1 a b 10\n", "SWMM"),
        (SMALL.replace("[PIPES]", "[PIPE]").replace("[PUMPS]", "[PUMP]").encode(), "no pipe"),
    ],
)
def test_what_is_no_model_is_refused(content: bytes, reason: str) -> None:
    with pytest.raises(InvalidInput, match=reason):
        read_epanet(content)


def test_a_thousand_problems_are_told_and_the_rest_counted() -> None:
    pipes = "\n".join(f" x{n} r nowhere 1 1 1" for n in range(5_000))
    found = read(SMALL.replace("[PIPES]", f"[PIPES]\n{pipes}"))
    assert (len(found.problems), found.more_problems) == (MOST_PROBLEMS, 5_000 - MOST_PROBLEMS)
    assert len(found.links) == 3


def test_other_sections_are_kept_word_for_word() -> None:
    text = f"{SMALL}[CONTROLS]\nLINK u CLOSED IF NODE t ABOVE 4.5 ; full\n"
    assert read(text).rest["CONTROLS"] == ["LINK u CLOSED IF NODE t ABOVE 4.5 ; full"]


def test_a_file_in_chinese_is_read_in_whatever_it_is_written() -> None:
    text = SMALL.replace(" a  10  5", " a  10  5 ; 清华园泵站").replace("p1 r a", "输水管 r a")
    for encoding in ("utf-8", "gbk", "utf-8-sig"):
        found = read_epanet(text.encode(encoding))
        assert found.nodes[0].facts["note"] == "清华园泵站"
        assert found.links[0].code == "输水管"


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_whatever_is_done_to_a_file_it_is_read_or_refused(data: st.DataObject) -> None:
    try:
        found = read_epanet(mangled(data, SMALL))
    except InvalidInput:
        return
    check_whole(found)


def test_a_large_model_takes_memory_in_proportion(tmp_path: Path) -> None:
    """A link for each of 50,000 nodes; nothing is quadratic, or this would never end."""
    count = 50_000
    nodes = "\n".join(f" n{n} 10" for n in range(count))
    pipes = "\n".join(f" p{n} n{n} n{n + 1} 10 100 130" for n in range(count - 1))
    places = "\n".join(f" n{n} {n} 0" for n in range(count))
    text = f"[JUNCTIONS]\n{nodes}\n[RESERVOIRS]\n r 5\n[PIPES]\n{pipes}\n[COORDINATES]\n{places}\n r 0 1\n"
    found = read(text)
    assert (len(found.nodes), len(found.links), wrong(found)) == (count + 1, count - 1, [])
