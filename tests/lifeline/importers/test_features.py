"""Networks out of GIS layers: real ones by the nodes they name and by place alone, and a mess of layers."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pyogrio
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from lifeline.importers.features import Feature, read_features
from lifeline.importers.found import Found
from spatial.errors import InvalidInput
from tests.lifeline.importers.mangling import check_whole
from tests.lifeline.networks import DATA, water


def layer(file: str, name: str, in_service: bool = True) -> list[Feature]:
    rows = pyogrio.read_dataframe(DATA / file, layer=name)
    if in_service and "state" in rows:
        rows = rows[rows["state"] == 1]
    facts = rows.drop(columns="geometry").to_dict("records")
    return [Feature(shape, each) for shape, each in zip(rows.geometry, facts, strict=True)]


def wrong(found: Found) -> list[tuple[str, str]]:
    return [(problem.where, problem.reason) for problem in found.problems]


def parts(found: Found) -> int:
    number = {node.code: at for at, node in enumerate(found.nodes)}
    tail, head = ([number[getattr(link, end)] for link in found.links] for end in ("tail", "head"))
    graph = coo_array((np.ones(len(tail)), (tail, head)), shape=(len(number), len(number)))
    used = np.zeros(len(number), bool)
    used[tail + head] = True
    labels = connected_components(graph, directed=False)[1]
    return len(set(labels[used].tolist()))


def line(*points: tuple[float, float], **facts: Any) -> Feature:
    return Feature(shapely.LineString(points), facts)


def point(x: float, y: float, **facts: Any) -> Feature:
    return Feature(shapely.Point(x, y), facts)


def test_a_real_network_by_the_nodes_that_its_lines_name() -> None:
    """The water of the sample town is the network that a few lines of another program read of it."""
    file = "santboi/santboi_water.gpkg"
    found = read_features(layer(file, "arc"), layer(file, "node"), chosen={"code": "code", "kind": "kind"})
    ours = {(link.tail, link.head) for link in found.links}
    town = water()
    nodes = {node for ends in ours for node in ends}
    assert len(found.links) == len(town.arcs) == 261
    assert nodes == {str(node) for node in town.nodes}
    (evidence,) = (each for each in found.evidence if each.what == "ends")
    assert (evidence.value, evidence.is_sure) == ("node_1, node_2", True)
    kinds = {node.code: node.kind for node in found.nodes}
    assert sum(kind == "valve" for kind in kinds.values()) >= 40
    assert sum(kind == "hydrant" for kind in kinds.values()) >= 5


def test_the_same_by_place_alone() -> None:
    file = "santboi/santboi_water.gpkg"
    arcs = [
        Feature(each.shape, {"code": each.facts["code"], "arccat_id": each.facts["arccat_id"]})
        for each in layer(file, "arc")
    ]
    found = read_features(arcs, layer(file, "node"), tolerance=0.05)
    named = read_features(layer(file, "arc"), layer(file, "node"))
    by_place, by_name = (
        {link.code: (link.tail, link.head) for link in each.links} for each in (found, named)
    )
    same = sum(by_place[code] == ends for code, ends in by_name.items())
    assert same >= 0.99 * len(by_name)


def test_gas_with_lengths_in_kilometres() -> None:
    file = "gas/schutterwald_gas.gpkg"
    pipes, junctions = layer(file, "pipe"), layer(file, "junction")
    found = read_features(pipes, junctions, kind="gas", chosen={"code": "junction_id"})
    assert (len(found.nodes), len(found.links), parts(found)) == (2559, 2559, 1)
    assert sum(link.length_m or 0 for link in found.links) == pytest.approx(101_190, rel=1e-3)
    assert found.links[0].diameter_mm == 102.2
    assert found.nodes[0].elevation_m == 149.28


def test_k17_torn_pipes_are_one_network_again() -> None:
    rows = json.loads((DATA / "wntr" / "ky4_disconnected_pipes.geojson").read_bytes())["features"]
    lines = [
        Feature(
            shapely.geometry.shape(row["geometry"]),
            {"name": row["properties"]["name"], "diameter": row["properties"]["diameter"]},
        )
        for row in rows
    ]
    found = read_features(lines, tolerance=100.0)
    assert (len(found.links), parts(found)) == (1156, 1)
    assert {each.what: each.value for each in found.evidence} == {"unit of diameter": "m"}
    assert found.links[0].diameter_mm == pytest.approx(152.4)
    assert parts(read_features(lines, tolerance=5.0)) > 1000


def test_ends_that_name_no_node_are_joined_by_place() -> None:
    lines = [
        line((0, 0), (10, 0), code="a", from_node="n", to_node="m"),
        line((10.1, 0), (20, 0), code="b", from_node="m", to_node="?"),
        line((20, 0.1), (30, 0), code="c", from_node=None, to_node=None),
    ]
    found = read_features(lines, [point(0, 0, code="n"), point(10, 0, code="m")], tolerance=0.5)
    ends = {link.code: (link.tail, link.head) for link in found.links}
    assert ends["a"] == ("n", "m")
    assert ends["b"][0] == "m"
    assert ends["b"][1] == ends["c"][0]
    (evidence,) = found.evidence
    assert (evidence.because, evidence.is_sure) == ("50.0% of the ends name a point", False)


def test_names_that_are_no_nodes_are_not_believed() -> None:
    lines = [
        line((0, 0), (1, 0), from_node="x", to_node="y"),
        line((1, 0), (2, 0), from_node="y", to_node="z"),
    ]
    found = read_features(lines, [point(0, 0, code="n")])
    assert found.evidence[0].value == "by place"
    assert found.links[0].tail == "n"
    assert found.links[0].head == found.links[1].tail


def test_an_end_far_from_the_node_it_names_is_told() -> None:
    lines = [line((0, 0), (7, 0), code="a", from_node="n", to_node="m")]
    found = read_features(lines, [point(0, 0, code="n"), point(10, 0, code="m")], tolerance=1.0)
    assert wrong(found) == [("lines a", "ends 3 from the node 'm' that it names")]


def test_a_branch_without_a_node_on_the_main_is_told() -> None:
    found = read_features(
        [line((0, 0), (100, 0), code="main"), line((40, 0.3), (40, 9), code="b")], tolerance=0.5
    )
    ((where, reason),) = wrong(found)
    assert where == "lines main"
    assert reason.startswith("passes the node")
    assert "within 0.3, 40 from its beginning" in reason


def test_lines_of_parts() -> None:
    whole = shapely.MultiLineString([[(0, 0), (1, 0)], [(1, 0), (2, 0)]])
    torn = shapely.MultiLineString([[(0, 5), (1, 5)], [(3, 5), (4, 5)]])
    found = read_features([Feature(whole, {"code": "w"}), Feature(torn, {"code": "t"})])
    assert [link.code for link in found.links] == ["w", "t/1", "t/2"]
    assert wrong(found) == [("lines t", "is of 2 parts that do not meet: each is a link")]


@pytest.mark.parametrize(
    ("feature", "reason"),
    [
        (Feature(None, {"code": "x"}), "is no line"),
        (Feature(shapely.LineString(), {"code": "x"}), "is no line"),
        (point(0, 0, code="x"), "is no line"),
        (line((5, 5), (5, 5), code="x"), "has no length"),
        (line((5, 5), (float("inf"), 5), code="x"), "has a vertex that is no number"),
        (line((5, 5), (5, 5.0001), code="x"), None),
    ],
)
def test_what_is_no_line_is_told(feature: Feature, reason: str | None) -> None:
    found = read_features([line((0, 0), (1, 0), code="good"), feature], tolerance=0.01)
    assert wrong(found) == ([("lines x", reason)] if reason else [])
    assert len(found.links) == (1 if reason else 2)


def test_points_without_a_place_are_told() -> None:
    points = [Feature(None, {"code": "a"}), point(float("inf"), 0, code="b"), point(0, 0, code="c")]
    found = read_features([line((0, 0), (1, 0))], points)
    assert wrong(found) == [("points a", "has no place"), ("points b", "has no place")]


def test_codes_that_are_there_twice_are_not_taken() -> None:
    found = read_features([line((0, 0), (1, 0), code="x"), line((1, 0), (2, 0), code="x")])
    assert [link.code for link in found.links] == ["l1", "l2"]


def test_what_stands_in_columns() -> None:
    facts = {
        "编号": 12.0,
        "管径": 300,
        "材质": "球墨铸铁",
        "建设年代": "1998-05-01",
        "状态": "关闭",
        "管长": 5,
    }
    (link,) = read_features([line((0, 0), (1, 0), **facts)]).links
    assert (link.code, link.diameter_mm, link.length_m) == ("12", 300, 5)
    assert link.facts == {"material": "ductile_iron", "year": 1998, "state": "closed"}


def test_no_lines_is_refused() -> None:
    with pytest.raises(InvalidInput, match="lines: has no line"):
        read_features([], [point(0, 0)])


@settings(max_examples=100, deadline=None)
@given(st.data())
def test_whatever_is_drawn_there_is_a_network_or_a_word(data: st.DataObject) -> None:
    places = st.tuples(st.sampled_from([0.0, 1.0, 1.01, 5.0]), st.sampled_from([0.0, 0.01, 3.0]))
    words = st.sampled_from(["", "a", "b", "n", None, 1.0])
    lines = [
        line(
            *data.draw(st.lists(places, min_size=2, max_size=4)),
            code=data.draw(words),
            from_node=data.draw(words),
            to_node=data.draw(words),
        )
        for _ in range(data.draw(st.integers(1, 6)))
    ]
    points = [point(*data.draw(places), code=data.draw(words)) for _ in range(data.draw(st.integers(0, 3)))]
    try:
        found = read_features(lines, points, tolerance=data.draw(st.sampled_from([0.0, 0.1, 2.0])))
    except InvalidInput:
        return
    check_whole(found)
