"""In which frame a network is: real ones in feet and metres, and one in Beijing told in every wrong way."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pyogrio
import pytest
import shapely
from pyproj import Transformer

from lifeline.importers.epanet import read_epanet
from lifeline.importers.found import Found, FoundLink, FoundNode
from lifeline.importers.frames import SAME_M, Proposal, propose
from spatial.geometry.crs import geodesic_m
from spatial.geometry.datum import convert
from tests.lifeline.networks import DATA

KENTUCKY = (-85.75, 37.9, -85.45, 38.15)
BEIJING = (116.2, 39.85, 116.6, 40.05)
SIDE = 20


def lattice() -> tuple[np.ndarray, list[tuple[int, int]]]:
    """Lay a street at every 300 m or so, crooked a little; gives corners (n, 2), degrees, and streets."""
    chance = np.random.Generator(np.random.PCG64(8))
    x, y = np.meshgrid(np.arange(SIDE), np.arange(SIDE))
    corners = np.column_stack([116.30 + x.ravel() * 0.0037, 39.92 + y.ravel() * 0.0029])
    corners += chance.normal(0, 0.0004, corners.shape)
    row = np.arange(SIDE * SIDE).reshape(SIDE, SIDE)
    along = [*zip(row[:, :-1].ravel(), row[:, 1:].ravel(), strict=True)]
    across = [*zip(row[:-1].ravel(), row[1:].ravel(), strict=True)]
    return corners, [(int(a), int(b)) for a, b in along + across]


def network(points: np.ndarray, has_lengths: bool = True) -> Found:
    """Lay a pipe in every street; `points` is where a file says that the corners are."""
    corners, streets = lattice()
    nodes = [FoundNode(f"n{n}", "junction", (float(x), float(y))) for n, (x, y) in enumerate(points)]
    links = []
    for number, (a, b) in enumerate(streets):
        metres = float(geodesic_m(*corners[a], *corners[b])[0]) if has_lengths else None
        links.append(FoundLink(f"p{number}", "pipe", f"n{a}", f"n{b}", length_m=metres))
    return Found("test", "water", nodes, links, [], [])


def streets() -> np.ndarray:
    corners, edges = lattice()
    return shapely.linestrings([[corners[a], corners[b]] for a, b in edges])


def told(crs: str, unit: float = 1.0, is_swapped: bool = False) -> np.ndarray:
    """Tell where the corners are in a system; unit: of the system's in one of the file's."""
    corners, _ = lattice()
    if crs in ("gcj02", "bd09"):
        points = np.column_stack(convert(*corners.T, "wgs84", crs))
    else:
        points = np.column_stack(Transformer.from_crs(4326, crs, always_xy=True).transform(*corners.T))
    points = points / unit
    return points[:, ::-1] if is_swapped else points


def off_m(proposal: Proposal, points: np.ndarray) -> float:
    placed, (corners, _) = proposal.frame.to_lonlat(points), lattice()
    return float(geodesic_m(*placed.T, *corners.T).max())


def names(proposal: Proposal) -> set[str]:
    return {proposal.frame.crs, *proposal.same}


def test_a_model_in_feet_lands_in_kentucky() -> None:
    """Of all systems only those of Kentucky fit, and the one named in WNTR's own GeoJSON is among them."""
    found = read_epanet((DATA / "wntr" / "ky4.inp").read_bytes())
    (proposal,) = propose(found, KENTUCKY)
    assert "EPSG:3547" in names(proposal)
    assert proposal.frame.unit_m == pytest.approx(0.3048, rel=1e-5)
    assert proposal.is_sure
    assert proposal.inside == 1.0
    assert proposal.length_ratio == pytest.approx(1.0, abs=0.001)
    points = np.array([node.at for node in found.nodes])
    ours = proposal.frame.to_lonlat(points)
    theirs = Transformer.from_crs("EPSG:3547", 4326, always_xy=True).transform(*points.T)
    assert geodesic_m(*ours.T, *theirs).max() < SAME_M


@pytest.mark.parametrize(
    ("file", "layer", "ends", "crs", "city"),
    [
        ("santboi/santboi_water.gpkg", "arc", ("node_1", "node_2"), "EPSG:25831", (1.9, 41.3, 2.1, 41.4)),
        (
            "gas/schutterwald_gas.gpkg", "pipe", ("from_junction", "to_junction"), "EPSG:31467",
            (7.8, 48.4, 8.0, 48.5),
        ),
    ],
)  # fmt: skip
def test_real_networks_are_found_again(
    file: str, layer: str, ends: tuple[str, str], crs: str, city: Any
) -> None:
    """Take the system off them; it is proposed first or second among the few that fit."""
    rows = pyogrio.read_dataframe(DATA / file, layer=layer)
    nodes: dict[str, FoundNode] = {}
    links = []
    for number, (tail, head, line) in enumerate(
        zip(rows[ends[0]], rows[ends[1]], rows.geometry.explode(index_parts=False), strict=True)
    ):
        bends = [(float(x), float(y)) for x, y in line.coords]
        nodes[str(tail)] = FoundNode(str(tail), "junction", bends[0])
        nodes[str(head)] = FoundNode(str(head), "junction", bends[-1])
        links.append(FoundLink(str(number), "pipe", str(tail), str(head), tuple(bends[1:-1]), line.length))
    proposals = propose(Found("test", "water", list(nodes.values()), links, [], []), city)
    assert any(crs in names(proposal) for proposal in proposals[:2])
    assert proposals[0].inside == 1


@pytest.mark.parametrize(
    ("crs", "unit", "word"),
    [
        ("EPSG:4548", 1.0, "m"), ("EPSG:4548", 0.001, "mm"), ("EPSG:4527", 1.0, "m"),
        ("EPSG:32650", 1.0, "m"), ("EPSG:3857", 1.0, "m"),
        ("EPSG:4326", 1.0, "degrees"), ("EPSG:4548", 0.3048, "ft"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("is_swapped", [False, True])
def test_it_is_found_by_where_it_lands(crs: str, unit: float, word: str, is_swapped: bool) -> None:
    points = told(crs, unit, is_swapped)
    # Web Mercator's metres are longer than those of the ground: only the told length shows that they are not.
    proposals = propose(network(points), BEIJING)
    fitting = [each for each in proposals if crs in names(each)]
    assert len(fitting) == 1
    (proposal,) = fitting
    assert proposal.frame.is_swapped is is_swapped
    assert off_m(proposal, points) < SAME_M
    assert proposal.length_ratio == pytest.approx(1.0, abs=0.002)
    assert {each.what: each.value for each in proposal.evidence} == {
        "crs": proposal.frame.crs, "unit": word,
        "axes": "northing, easting" if is_swapped else "easting, northing",
    }  # fmt: skip


@pytest.mark.parametrize("crs", ["EPSG:4326", "gcj02", "bd09", "EPSG:4548", "EPSG:2436", "EPSG:2345"])
def test_datums_are_told_apart_by_the_streets(crs: str) -> None:
    """Beijing 1954 (2436) and Xi'an 1980 (2345) lie about 100 m from CGCS2000, web maps 500 m and more."""
    points = told(crs)
    without = propose(network(points), BEIJING)
    assert len(without) > 1
    assert not without[0].is_sure, "coordinates alone cannot say it"
    first = propose(network(points), BEIJING, streets())[0]
    assert crs in names(first)
    assert off_m(first, points) < SAME_M
    assert first.is_sure
    assert first.off_street_m is not None
    assert first.off_street_m < 2.0


def test_a_wrong_unit_is_told_by_the_lengths() -> None:
    """Pipes told in feet as if they were metres: nothing fits, and nothing is proposed as sure."""
    found = network(told("EPSG:4548"))
    wrong = [replace(link, length_m=(link.length_m or 0) / 0.3048) for link in found.links]
    assert propose(replace(found, links=wrong), BEIJING) == []


def test_no_lengths_no_ratio() -> None:
    proposals = propose(network(told("EPSG:4548"), has_lengths=False), BEIJING)
    assert {each.length_ratio for each in proposals} == {None}
    assert any("EPSG:4548" in names(each) for each in proposals)


def test_what_lies_nowhere_is_not_placed() -> None:
    """A disguised model (metres from a corner of its own), and one without coordinates."""
    corners, _ = lattice()
    local = (corners - corners.min(axis=0)) * (85_000, 111_000)
    assert propose(network(local), BEIJING) == []
    found = network(local)
    nowhere = [replace(node, at=None) for node in found.nodes]
    assert propose(replace(found, nodes=nowhere), BEIJING) == []


def test_a_few_that_lie_far_off_do_not_turn_it() -> None:
    points = told("EPSG:4548")
    points[:5] = 0.0
    first = propose(network(points), BEIJING)[0]
    assert first.inside == pytest.approx(1 - 5 / len(points))
    points[:5] = 1e300
    again = propose(network(points), BEIJING)[0]
    assert np.isnan(again.frame.to_lonlat(points[:5])).all()
    assert again.inside == first.inside
