"""What a line of the duty list may say: checked without a database, and then against what there is."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

import shapely
from psycopg import Connection

from spatial.database import query
from spatial.errors import InvalidInput, Problem
from spatial.events.dispatch.hours import read_hours

ROOM = "spatial.people"
Json = dict[str, Any]

BLANK: Json = {
    "coverage": "grids", "unit_code": "", "category": None, "organisation_id": None, "worker_id": None,
    "rank": 1, "anybody": False, "skills": [], "hours": None, "valid_from": None, "valid_until": None,
    "area": None, "basis": None,
}  # fmt: skip
"""A line that says nothing yet; `area` is a MultiPolygon, EPSG:4326."""
MOST_SKILLS = 20
MOST_VERTICES = 10_000
MOST_REPORTED = 200


def problems_of(values: Mapping[str, Any], where: str = "") -> list[Problem]:
    """Find what is wrong with a line by itself; `where` stands before the name of the field."""
    return [Problem(f"{where}{field}", reason) for field, reason in _wrong(values)]


def _wrong(values: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    if not values["unit_code"]:
        yield "unit_code", "is missing"
    if values["organisation_id"] is None:
        yield "organisation_id", "is missing"
    if values["anybody"] and values["worker_id"] is not None:
        yield "anybody", "goes with lines that name no person"
    if not 1 <= values["rank"] <= 99:
        yield "rank", "must be between 1 and 99"
    if len(values["skills"]) > MOST_SKILLS or not all(0 < len(skill) <= 40 for skill in values["skills"]):
        yield "skills", f"are up to {MOST_SKILLS} words of up to 40 signs"
    if values["skills"] and values["worker_id"] is None and not values["anybody"]:
        yield "skills", "are asked of a person: name one, or take anybody of the organisation"
    yield from _wrong_times(values)
    yield from _wrong_area(values["area"])


def _wrong_times(values: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    try:
        read_hours(values["hours"] or "24/7")
    except ValueError as error:
        yield "hours", str(error)
    begin, end = values["valid_from"], values["valid_until"]
    if any(isinstance(moment, datetime) and moment.tzinfo is None for moment in (begin, end)):
        yield "valid_from", "must say its zone"
    elif begin and end and begin >= end:
        yield "valid_until", "is not after valid_from"


def _wrong_area(area: Any) -> Iterator[tuple[str, str]]:
    if area is None:
        return
    if area.geom_type != "MultiPolygon" or area.is_empty:
        yield "area", "must be a Polygon or MultiPolygon"
    elif shapely.get_num_coordinates(area) > MOST_VERTICES:
        yield "area", f"has more than {MOST_VERTICES} vertices"
    elif not area.is_valid:
        yield "area", f"is no valid polygon: {shapely.is_valid_reason(area)}"


def as_multipolygon(shape: Any) -> Any:
    """Give a polygon as a multi-polygon of one; anything else as it is."""
    return shapely.MultiPolygon([shape]) if getattr(shape, "geom_type", "") == "Polygon" else shape


def unknown_in(
    connection: Connection[Any], lines: Sequence[Mapping[str, Any]], places: Sequence[str]
) -> list[Problem]:
    """Find the units, matters, organisations and people of lines that the reader does not know of.

    places: what stands before the name of the field, for each line.
    """
    values = {
        name: [line[name] for line in lines]
        for name in ("coverage", "unit_code", "category", "organisation_id", "worker_id")
    }
    rows = connection.execute(query(ROOM, "duty_unknown"), values).fetchall()
    return [Problem(f"{places[row - 1]}{field}", reason) for row, field, reason in rows]


def check_lines(
    connection: Connection[Any], lines: Sequence[Mapping[str, Any]], places: Sequence[str] = ("",)
) -> None:
    """Refuse lines that are wrong by themselves or name what there is not: InvalidInput naming the fields."""
    found = [each for line, place in zip(lines, places, strict=True) for each in problems_of(line, place)]
    found = found or unknown_in(connection, lines, places)
    if found:
        raise InvalidInput(found[:MOST_REPORTED])
