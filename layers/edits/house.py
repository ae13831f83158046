"""What the platform writes by itself when somebody draws a place or a component: source, code, owner."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from psycopg import Connection

from layers.edits.target import Target
from spatial.database import SCHEMA, query
from spatial.errors import InvalidInput, Problem
from spatial.rights.reader import Reader

ROOM = "layers.edits"
SOURCE = "manual"
"""Source of what was drawn by hand; who drew it is in the audit log."""
COUNTY_DIGITS = 6
NEEDS_A_GRID = "must be given, because the point lies in no grid that a code could be made from"


def is_component(target: Target) -> bool:
    """Tell whether a target is the table of city components."""
    return (target.schema, target.relation) == (SCHEMA, "component")


def fill(
    connection: Connection[Any],
    target: Target,
    reader: Reader,
    rows: Sequence[dict[str, Any]],
    where: Sequence[str],
) -> None:
    """Fill in what new rows leave open; raises InvalidInput where a component can be given no code."""
    if target.schema != SCHEMA:
        return
    for row in rows:
        if "source" in target.columns:
            row["source"] = row.get("source") or SOURCE
        if is_component(target) and reader.reach == "organisation":
            row["organisation_id"] = str(reader.organisation_id)
    if is_component(target):
        issue_codes(connection, target, rows, where)


def keep(target: Target, row: dict[str, Any], stored: dict[str, Any]) -> None:
    """Keep what a replacement leaves open and may not be empty: the source, and the code of the same kind."""
    if target.schema != SCHEMA:
        return
    if row.get("source", "") is None:
        row["source"] = stored.get("source") or SOURCE
    if is_component(target) and row.get("code", "") is None and row.get("class_code") == stored["class_code"]:
        row["code"] = stored["code"]


def issue_codes(
    connection: Connection[Any], target: Target, rows: Sequence[dict[str, Any]], where: Sequence[str]
) -> None:
    """Give components without a code the next one of their county and kind, and check those given."""
    wanted: dict[str, list[dict[str, Any]]] = {}
    problems: list[Problem] = []
    for row, place in zip(rows, where, strict=True):
        kind, unit = str(row["class_code"]), row.get(target.unit_column or "") or ""
        if row.get("code") is not None:
            problems += _misfit(place, row["code"], kind)
        elif not re.fullmatch(r"[0-9]{6,}", unit):
            problems.append(Problem(f"{place}properties.code", NEEDS_A_GRID))
        else:
            wanted.setdefault(unit[:COUNTY_DIGITS] + kind, []).append(row)
    if problems:
        raise InvalidInput(problems)
    for prefix, nameless in sorted(wanted.items()):
        found = connection.execute(query(ROOM, "next_code"), {"prefix": prefix}).fetchone()
        first = int(found[0]) if found else 1
        for number, row in enumerate(nameless, first):
            row["code"] = f"{prefix}{number:06d}"


def _misfit(place: str, code: str, kind: str) -> list[Problem]:
    """Check a component code: 6 digits of the county, those of its kind, and 6 of its own."""
    if re.fullmatch(rf"[0-9]{{6}}{re.escape(kind)}[0-9]{{6}}", code):
        return []
    wanted = (
        f"must be 6 digits of the county, then {kind} (its kind), then 6 of its own; null asks for the next"
    )
    return [Problem(f"{place}properties.code", wanted)]
