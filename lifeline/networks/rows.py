"""Rows of what was found: placed in degrees, with lengths in metres and what the tables have columns for."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely

from lifeline.importers.found import Facts, Found, FoundDevice, FoundLink, FoundNode, Problems
from lifeline.importers.frames import Frame
from spatial.geometry.crs import geodesic_m

Row = tuple[Any, ...]
SOURCES = frozenset({"source", "reservoir", "tank", "well", "outfall"})
"""Kinds of nodes that feed a network, or, of drainage, take what it carries."""
_OWN = frozenset(
    {"life", "is_source", "accuracy_m", "z_up_m", "z_down_m", "material", "pressure_class", "year"}
)
"""Facts that have columns of their own, and are not kept as attributes."""


@dataclass(frozen=True)
class Rows:
    """What goes into the tables, by table: rows in the order of the columns of copy_*.sql."""

    nodes: list[Row]
    links: list[Row]
    devices: list[Row]
    services: list[Row]
    customers: list[Row]


def rows_of(found: Found, frame: Frame, problems: Problems) -> Rows:
    """Place a network; what has no place, or hangs on such, is left out and told."""
    placed = _placed(found.nodes, frame, problems)
    links = [each for each in found.links if _has_ends(each, placed, problems)]
    shapes, drawn_m = _drawn(found, links, frame)
    known = {each.code for each in links}
    nodes = [_node(each, placed[each.code]) for each in found.nodes if each.code in placed]
    devices = {each.code: each for each in [*_modelled(links), *found.devices]}
    return Rows(
        nodes,
        [_link(each, shape, length) for each, shape, length in zip(links, shapes, drawn_m, strict=True)],
        [_device(each) for each in devices.values() if _stands(each.node, each.link, placed, known)],
        list(_services(found, frame, placed, known)),
        [
            (
                each.code,
                each.service,
                each.category,
                each.priority,
                each.meters,
                each.people,
                _json(each.facts),
            )
            for each in found.customers
        ],
    )


def _placed(
    nodes: Iterable[FoundNode], frame: Frame, problems: Problems
) -> Mapping[str, tuple[float, float]]:
    there = [each for each in nodes if each.at is not None]
    points = frame.to_lonlat(np.array([each.at for each in there], np.float64))
    with np.errstate(invalid="ignore"):
        on_earth = np.all(np.abs(points) <= np.array([180.0, 90.0]), axis=1)
    for each, is_there in zip(there, on_earth.tolist(), strict=True):
        if not is_there:
            problems.add(f"node {each.code}", f"lies nowhere in {frame.title}: it is left out")
    return {
        each.code: (float(x), float(y))
        for each, (x, y), is_there in zip(there, points.tolist(), on_earth.tolist(), strict=True)
        if is_there
    }


def _has_ends(link: FoundLink, placed: Mapping[str, Any], problems: Problems) -> bool:
    missing = next((code for code in (link.tail, link.head) if code not in placed), None)
    if missing is not None:
        problems.add(f"link {link.code}", f"its end '{missing[:40]}' has no place: it is left out")
    return missing is None


def _drawn(found: Found, links: list[FoundLink], frame: Frame) -> tuple[npt.NDArray[np.object_], list[float]]:
    """Give the lines in degrees, and their lengths (m) in the file's own plane, else on the ellipsoid."""
    if not links:
        return np.zeros(0, object), []
    own = {each.code: each.at for each in found.nodes}
    counts = np.array([len(each.via) + 2 for each in links])
    of_link = np.repeat(np.arange(len(links)), counts)
    flat = [at for each in links for at in (own[each.tail], *each.via, own[each.head])]
    given = np.array(flat, np.float64)
    degrees = frame.to_lonlat(given)
    # A bend that lies nowhere is no reason to lose the pipe.
    good = np.isfinite(degrees).all(axis=1)
    given, degrees, of_link = given[good], degrees[good], of_link[good]
    same = of_link[1:] == of_link[:-1]
    if frame.unit_m is None:
        legs = geodesic_m(degrees[:-1, 0], degrees[:-1, 1], degrees[1:, 0], degrees[1:, 1])
    else:
        legs = np.hypot(*np.diff(given, axis=0).T) * frame.unit_m
    lengths = np.bincount(of_link[1:][same], legs[same], minlength=len(links))
    return shapely.linestrings(degrees, indices=of_link), lengths.tolist()


def _node(node: FoundNode, at: tuple[float, float]) -> Row:
    facts = node.facts
    is_source = facts.get("is_source", node.kind in SOURCES)
    return (
        node.code, node.kind, bool(is_source), node.elevation_m, facts.get("life", "in_service"),
        facts.get("accuracy_m"), _installed(facts), at[0], at[1], _json(facts),
    )  # fmt: skip


def _link(link: FoundLink, shape: Any, drawn_m: float) -> Row:
    facts = link.facts
    length_m = link.length_m if link.length_m is not None else drawn_m
    return (
        link.code, link.kind, link.tail, link.head, link.diameter_mm, length_m, facts.get("z_up_m"),
        facts.get("z_down_m"), facts.get("material"), facts.get("pressure_class"),
        facts.get("life", "in_service"), facts.get("accuracy_m"), _installed(facts),
        shapely.to_wkb(shape, hex=True, include_srid=False), _json(facts),
    )  # fmt: skip


def _modelled(links: Iterable[FoundLink]) -> Iterator[FoundDevice]:
    """Give what a model has as links: its valves and pumps, and pipes that are shut or have a check valve."""
    for each in links:
        state = each.facts.get("state", "open")
        is_open: Facts = {"is_open": state != "closed"}
        if each.kind in ("valve", "pump", "regulator", "compressor"):
            is_throttle = each.kind == "valve" and each.facts.get("valve") in ("PRV", "PSV", "PBV", "FCV")
            yield FoundDevice(each.code, "regulator" if is_throttle else each.kind, "", each.code, is_open)
        elif state == "check":
            yield FoundDevice(each.code, "check_valve", "", each.code, {}, each.head)
        elif state == "closed":
            yield FoundDevice(each.code, "valve", "", each.code, is_open)


def _stands(node: str, link: str, placed: Mapping[str, Any], links: set[str]) -> bool:
    return bool(node or link) and (not node or node in placed) and (not link or link in links)


def _device(device: FoundDevice) -> Row:
    facts = dict(device.facts)
    is_open = facts.pop("is_open", facts.pop("state", "open") != "closed")
    flags = [bool(facts.pop(name, True)) for name in ("is_operable", "is_accessible")]
    into_link, into_node = (device.into, "") if not device.link else ("", device.into)
    return (
        device.code, device.kind, device.node or None, device.link or None, into_node or None,
        into_link or None, bool(is_open), *flags, _json(facts),
    )  # fmt: skip


def _services(
    found: Found, frame: Frame, placed: Mapping[str, tuple[float, float]], links: set[str]
) -> Iterator[Row]:
    there = [each for each in found.services if _stands(each.node, each.link, placed, links)]
    points = frame.to_lonlat(np.array([each.at or (np.nan, np.nan) for each in there], np.float64))
    for each, (x, y) in zip(there, points.tolist(), strict=True):
        lon, lat = (x, y) if x == x and y == y else placed.get(each.node, (None, None))
        life = each.facts.get("life", "in_service")
        yield each.code, each.node or None, each.link or None, life, lon, lat, _json(each.facts)


def _installed(facts: Facts) -> date | None:
    year = facts.get("year")
    return date(year, 1, 1) if isinstance(year, int) and 1800 < year < 2200 else None


def _json(facts: Facts) -> str:
    kept = {key: value for key, value in facts.items() if key not in _OWN}
    return json.dumps(kept, ensure_ascii=False).replace("\\u0000", "\ufffd")
