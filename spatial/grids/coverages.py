"""Which coverages the city has: definitions are data, so a city may add its own."""

from __future__ import annotations

from typing import Any

from psycopg import Connection
from psycopg.types.json import Jsonb

from spatial.database import query
from spatial.errors import InvalidInput, NotFound, Problem
from spatial.grids.codes import PROFILES
from spatial.grids.units import Coverage

ROOM = "spatial.grids"
KINDS = ("administrative", "social", "city_management", "special")


def read_coverages(connection: Connection[Any]) -> dict[str, Coverage]:
    """Read all definitions by name."""
    rows = connection.execute(query(ROOM, "coverage"), {"coverage": None}).fetchall()
    return {row[0]: _coverage(row) for row in rows}


def read_coverage(connection: Connection[Any], name: str) -> Coverage:
    """Read one definition; NotFound when there is none of that name."""
    row = connection.execute(query(ROOM, "coverage"), {"coverage": name}).fetchone()
    if row is None:
        raise NotFound(f"there is no coverage '{name}'")
    return _coverage(row)


def _coverage(row: Any) -> Coverage:
    name, title, title_en, kind, levels, *rest = row
    return Coverage(name, title, title_en, kind, tuple(levels), *rest)


def define(connection: Connection[Any], coverage: Coverage) -> None:
    """Add a coverage to the city, as the owner; InvalidInput names every field that is wrong."""
    problems = list(_problems(read_coverages(connection), coverage))
    if problems:
        raise InvalidInput(problems)
    values = {**vars(coverage), "levels": list(coverage.levels), "limits": Jsonb(dict(coverage.limits))}
    connection.execute(query(ROOM, "define"), values)


def _problems(known: dict[str, Coverage], coverage: Coverage) -> list[Problem]:
    above = known.get(coverage.within or "")
    tests = (
        ("name", coverage.name in known, "is taken"),
        ("kind", coverage.kind not in KINDS, f"must be one of {', '.join(KINDS)}"),
        ("levels", not coverage.levels, "must name at least the base units' level"),
        ("code_profile", coverage.code_profile not in PROFILES, f"must be one of {', '.join(PROFILES)}"),
        ("within", coverage.within is not None and above is None, "is not a coverage"),
        ("within_level", (coverage.within is None) != (coverage.within_level is None), "goes with within"),
        (
            "within_level",
            above is not None and not 1 <= (coverage.within_level or 0) <= above.depth,
            "is not a level of the coverage it lies within",
        ),
        (
            "composed_of",
            coverage.composed_of is not None
            and (coverage.composed_of not in known or known[coverage.composed_of].composed_of is not None),
            "must be a coverage with borders of its own",
        ),
    )
    return [Problem(where, reason) for where, wrong, reason in tests if wrong]
