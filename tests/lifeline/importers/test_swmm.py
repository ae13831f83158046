"""SWMM models: the same network as the graph that one was made of, units, and what can be wrong."""

from __future__ import annotations

import json
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lifeline.importers.found import Found
from lifeline.importers.frames import propose
from lifeline.importers.swmm import UNITS, read_swmm
from spatial.errors import InvalidInput
from tests.lifeline.importers.mangling import check_whole, mangled
from tests.lifeline.networks import DATA

SMALL = """
[OPTIONS]
 FLOW_UNITS LPS
[JUNC]
;ID Invert Depth
 a  10  3 0 0 0
 b  9   3
[OUTFALLS]
 o  5 FREE NO
[STORAGE]
 s  8 4 1 FUNCTIONAL 1000 0 0
[DIVIDERS]
 d  7 c3 CUTOFF 1.0
[CONDUITS]
 c1 a b 100 0.013 0.5 0.1 0 250
 c2 b s 80.5 0.013 * *
 c3 d o 60 0.013 0 0
[PUMPS]
 p  s d curve OFF 1.5 0.5
[WEIRS]
 w  s o TRANSVERSE 2.5 1.84 YES
[ORIFICES]
 h  s d SIDE 0 0.65 NO
[OUTLETS]
 u  d a 0.25 FUNCTIONAL/HEAD 10 0.5 NO
[XSECTIONS]
 c1 CIRCULAR 0.4 0 0 0 2
 c2 RECT_CLOSED 0.8 1.2 0 0
 c3 IRREGULAR creek
 w  RECT_OPEN 1 2 0 0
[LOSSES]
 c1 0 0 0 YES
[COORDINATES]
 a 0 0
 b 100 0
 s 180 0
 d 180 50
 o 240 50
[VERTICES]
 c1 50 1
[SUBCATCHMENTS]
 area gauge a 1 50 10 0.5 0
"""


def read(text: str) -> Found:
    return read_swmm(text.encode())


def wrong(found: Found) -> list[tuple[str, str]]:
    return [(problem.where, problem.reason) for problem in found.problems]


def test_a_model_is_the_graph_that_it_was_made_of() -> None:
    """The graph beside it is of another program: levels, depths, lengths, diameters, ends, places."""
    found = read_swmm((DATA / "swmm" / "bellinge_small.inp").read_bytes())
    graph = json.loads((DATA / "swmm" / "bellinge_small_graph.json").read_bytes())
    nodes, links = ({each.code: each for each in rows} for rows in (found.nodes, found.links))
    assert wrong(found) == []
    assert len(graph["nodes"]) == 15
    for theirs in graph["nodes"]:
        ours = nodes[theirs["id"]]
        assert ours.elevation_m == pytest.approx(theirs["chamber_floor_elevation"])
        deep_m = theirs["surface_elevation"] - theirs["chamber_floor_elevation"]
        assert ours.facts["depth_max_m"] == pytest.approx(deep_m)
        assert ours.at == pytest.approx((theirs["x"], theirs["y"]), rel=1e-12)
    for theirs in graph["links"]:
        link = links[theirs["id"]]
        assert (link.tail, link.head) == (theirs["u"], theirs["v"])
        assert link.length_m == pytest.approx(theirs["length"])
        assert link.diameter_mm == pytest.approx(theirs["diameter"] * 1000)
    assert set(nodes) - {each["id"] for each in graph["nodes"]} == {"G72F050_outfall"}


def test_it_lies_in_odense() -> None:
    found = read_swmm((DATA / "swmm" / "bellinge_small.inp").read_bytes())
    first = propose(found, (10.2, 55.2, 10.5, 55.5))[0]
    assert {"EPSG:32632", "EPSG:25832"} & {first.frame.crs, *first.same}


@pytest.mark.parametrize(
    ("name", "kind", "nodes", "links", "length_ft"),
    [
        (
            "model_full_features_network", "storm",
            {"junction": 7, "outfall": 1, "storage": 1, "divider": 1}, {"conduit": 7, "pump": 1, "weir": 1},
            2910.63,
        ),
        ("model_state_plane", "storm", {"junction": 31, "outfall": 1, "storage": 13}, {"conduit": 44}, None),
        (
            "invalid_model", "storm", {"junction": 7, "outfall": 1, "storage": 1},
            {"conduit": 6, "pump": 1, "orifice": 1, "weir": 1}, 2510.63,
        ),
    ],
)  # fmt: skip
def test_models_of_others(
    name: str, kind: str, nodes: dict[str, int], links: dict[str, int], length_ft: float | None
) -> None:
    found = read_swmm((DATA / "swmm" / f"{name}.inp").read_bytes())
    assert found.kind == kind
    assert Counter(node.kind for node in found.nodes) == nodes
    assert Counter(link.kind for link in found.links) == links
    if length_ft is not None:
        assert sum(link.length_m or 0 for link in found.links) == pytest.approx(length_ft * 0.3048)


def test_links_to_nodes_that_there_are_not_are_told_and_all_that_is_said_of_them() -> None:
    told = wrong(read_swmm((DATA / "swmm" / "invalid_model.inp").read_bytes()))
    assert [reason for where, reason in told if where.startswith("[CONDUITS]")] == [
        "there is no node 'NonExistantNode2'", "there is no node 'NonExistantNode1'",
    ]  # fmt: skip
    assert [reason for where, reason in told if where.startswith("[XSECTIONS]")] == [
        "there is no link 'InvalidLink2'", "there is no link 'InvalidLink1'",
    ]  # fmt: skip


def test_each_kind_says_what_it_has() -> None:
    found = read(SMALL)
    assert wrong(found) == []
    nodes, links = ({each.code: each for each in rows} for rows in (found.nodes, found.links))
    assert nodes["a"].facts == {"depth_max_m": 3, "level_m": 0, "surcharge_m": 0}
    assert nodes["o"].facts == {"outfall": "FREE", "has_flap_gate": False}
    assert nodes["s"].facts == {"depth_max_m": 4, "level_m": 1, "storage_shape": "FUNCTIONAL"}
    assert nodes["d"].facts == {"diverted_link": "c3"}
    assert links["c1"].facts == {
        "roughness": 0.013, "level_tail_m": 10.5, "level_head_m": 9.1, "flow_max_m3s": 0.25,
        "section": "CIRCULAR", "barrels": 2, "has_flap_gate": True,
    }  # fmt: skip
    assert (links["c1"].diameter_mm, links["c1"].via) == (400, ((50, 1),))
    assert links["c2"].diameter_mm is None
    assert (links["c2"].facts["level_tail_m"], links["c2"].facts["level_head_m"]) == (9, 8)
    assert (links["c2"].facts["height_mm"], links["c2"].facts["width_mm"]) == (800, 1200)
    assert (links["c3"].facts["section"], links["c3"].facts["transect"]) == ("IRREGULAR", "creek")
    assert links["p"].facts == {
        "state": "closed", "pump_curve": "curve", "start_depth_m": 1.5, "stop_depth_m": 0.5,
    }  # fmt: skip
    assert links["w"].facts["crest_m"] == 10.5
    assert links["w"].facts["has_flap_gate"] is True
    assert (links["h"].facts["opening"], links["h"].facts["coefficient"]) == ("SIDE", 0.65)
    assert links["u"].facts == {"crest_m": 7.25}


def test_ends_of_conduits_are_levels_where_the_file_says_so() -> None:
    text = SMALL.replace("FLOW_UNITS LPS", "FLOW_UNITS LPS\n LINK_OFFSETS ELEVATION")
    (link,) = (each for each in read(text.replace("0.5 0.1", "10.5 9.1")).links if each.code == "c1")
    assert (link.facts["level_tail_m"], link.facts["level_head_m"]) == (10.5, 9.1)


@pytest.mark.parametrize("unit", UNITS)
def test_the_unit_of_flow_says_what_lengths_are(unit: str) -> None:
    (link,) = (each for each in read(SMALL.replace("LPS", unit)).links if each.code == "c1")
    foot = 0.3048 if unit in ("CFS", "GPM", "MGD") else 1.0
    assert link.length_m == pytest.approx(100 * foot)
    assert link.diameter_mm == pytest.approx(400 * foot)


def test_a_file_that_does_not_say_its_units_is_taken_for_feet_and_says_so() -> None:
    evidence = {each.what: each for each in read(SMALL.replace(" FLOW_UNITS LPS", "")).evidence}
    assert (evidence["units"].value, evidence["units"].is_sure) == ("CFS", False)


@pytest.mark.parametrize(
    ("more", "less", "kind"),
    [
        ("[DWF]\n a FLOW 1\n", "", "combined"),
        ("[DWF]\n a FLOW 1\n", "[SUBCATCHMENTS]", "sewer"),
        ("", "", "storm"),
    ],
)
def test_what_flows_is_told_by_what_flows_in(more: str, less: str, kind: str) -> None:
    found = read(SMALL.replace(less, "[LABELS]") + more if less else SMALL + more)
    assert found.kind == kind
    assert not {each.what: each for each in found.evidence}["kind"].is_sure


@pytest.mark.parametrize(
    ("old", "new", "where", "reason"),
    [
        (" c1 a b 100", " c1 a x 100", "[CONDUITS] line 15", "there is no node 'x'"),
        (" c1 a b 100", " c1 a a 100", "[CONDUITS] line 15", "begins and ends at one node"),
        (" c1 a b 100", " c1 a b 0", "[CONDUITS] line 15", "its length is 0"),
        (" c1 a b 100", " c1 a b nan", "[CONDUITS] line 15", "'nan' is no finite number"),
        (" c2 b s", " c1 b s", "[CONDUITS] line 16", "'c1' is there twice"),
        (" b  9   3", " b  9   -3", "[JUNCTIONS] line 7", "its depth max is -3"),
        (" b  9   3", " a  9   3", "[JUNCTIONS] line 7", "'a' is there twice"),
        ("curve OFF", "curve IDLE", "[PUMPS] line 19", "'IDLE' is no state of a pump; there are ON, OFF"),
        (" c2 RECT", " c9 RECT", "[XSECTIONS] line 28", "there is no link 'c9'"),
        (" c2 RECT", " c9 RECT", "[XSECTIONS]", "conduit 'c2' has no cross-section"),
        ("FLOW_UNITS LPS", "FLOW_UNITS CUP", "[OPTIONS] line 3", "'CUP' is no unit of flow"),
        (" o  5 FREE NO", "", "[OUTFALLS]", "there is no outfall"),
        (" a 0 0", "", "[COORDINATES]", "node 'a' has no place"),
    ],
)
def test_what_is_wrong_is_left_out_and_told(old: str, new: str, where: str, reason: str) -> None:
    assert old in SMALL
    told = wrong(read(SMALL.replace(old, new)))
    assert any(place == where and why.startswith(reason) for place, why in told), told


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "no section"),
        (b"\x00[CONDUITS]", "no text"),
        (b"[CONDUITS]\n", "no conduit"),
        (b"[PIPES]\np1 a b 10 10 10\n", "EPANET"),
    ],
)
def test_what_is_no_model_is_refused(content: bytes, reason: str) -> None:
    with pytest.raises(InvalidInput, match=reason):
        read_swmm(content)


def test_other_sections_are_kept_word_for_word() -> None:
    assert read(SMALL).rest == {"SUBCATCHMENTS": [" area gauge a 1 50 10 0.5 0"]}


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_whatever_is_done_to_a_file_it_is_read_or_refused(data: st.DataObject) -> None:
    try:
        found = read_swmm(mangled(data, SMALL))
    except InvalidInput:
        return
    check_whole(found)
