"""Tracks of a GPX 1.0 or 1.1 file. https://www.topografix.com/GPX/1/1/

Waypoints and routes were not walked, and are no fixes. A point without a time proves no patrol.
"""

from __future__ import annotations

from collections.abc import Iterator
from xml.etree.ElementTree import Element

from spatial.errors import InvalidInput, Problem
from spatial.geometry.xml_tree import XmlLimits, parse_xml
from spatial.patrols.protocols.fixes import Flag, Parsed, RawFix, kept
from spatial.patrols.protocols.values import (
    Reading,
    accuracy,
    altitude,
    angle,
    course,
    iso_us,
    optional,
    speed,
)

ELEMENTS = 20
"""In a file, for each point that it may have."""
MOST_PROBLEMS = 50
"""Points of one file that are told to be none; of the others only how many."""
_CONTAINERS = frozenset({"extensions", "TrackPointExtension"})
_NAMES = {"acc": "accuracy", "bearing": "course", "direction": "course"}


def parse(body: bytes, max_points: int) -> Parsed:
    """Read a file. Raises InvalidInput when it is no GPX, has no track, or none of its points has a time."""
    root = parse_xml(body, XmlLimits(max_elements=ELEMENTS * max_points))
    if _local(root) != "gpx":
        raise InvalidInput.at("body", f"is <{_local(root)[:40]}>, and not <gpx>")
    points = [point for point in root.iter() if _local(point) == "trkpt"]
    if not points:
        raise InvalidInput.at("trkpt", "the file has no track; waypoints and routes are no fixes")
    if len(points) > max_points:
        raise InvalidInput.at("trkpt", f"there are {len(points)}; one request may carry {max_points}")
    problems: list[Problem] = []
    fixes = tuple(_each(points, problems))
    if not fixes:
        raise InvalidInput(problems[:MOST_PROBLEMS])
    if len(problems) > MOST_PROBLEMS:
        more = len(problems) - MOST_PROBLEMS
        problems = [*problems[:MOST_PROBLEMS], Problem("trkpt", f"and {more} more things are wrong")]
    return Parsed(None, fixes, skipped=tuple(problems))


def _each(points: list[Element], problems: list[Problem]) -> Iterator[RawFix]:
    for row, point in enumerate(points):
        try:
            yield _fix(point, f"trkpt[{row}].", problems)
        except InvalidInput as wrong:
            problems += wrong.problems


def _fix(point: Element, where: str, problems: list[Problem]) -> RawFix:
    given = dict(_values(point))
    if "time" not in given:
        raise InvalidInput.at(f"{where}time", "is missing: without it nothing is proved")
    # Times of GPX are UTC by its own words, with a Z or without.
    time_us, guessed = iso_us(given["time"], f"{where}time", "UTC")
    lon, lat = angle(point.get("lon"), f"{where}lon"), angle(point.get("lat"), f"{where}lat")
    found = optional(given, _READINGS, problems, where)
    extra = kept({name: value for name, value in given.items() if name not in _OWN})
    return RawFix(time_us, lon, lat, flags=int(Flag.TIME_GUESSED) if guessed else 0, extra=extra, **found)


_READINGS: tuple[Reading, ...] = (
    ("speed_mps", "speed", speed),
    ("course_deg", "course", course),
    ("accuracy_m", "accuracy", accuracy),
    ("altitude_m", "ele", altitude),
)
_OWN = frozenset({"time", *(key for _, key, _ in _READINGS)})


def _values(point: Element) -> Iterator[tuple[str, str]]:
    """Give what stands in a point, by its plain name; extensions are looked into wherever they nest."""
    for element in point.iter():
        name = _local(element)
        if element is not point and name not in _CONTAINERS and element.text and element.text.strip():
            yield _NAMES.get(name, name), element.text.strip()


def _local(element: Element) -> str:
    return element.tag.rpartition("}")[2]
