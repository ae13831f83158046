"""What the platform writes by itself when somebody draws a place or a component: source, code, owner."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from psycopg import Connection

from layers.edits.target import Target
from spatial.components import codes
from spatial.components.book import Book, read_book
from spatial.database import SCHEMA
from spatial.errors import InvalidInput, Problem
from spatial.rights.reader import Reader

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
        if "organisation_id" in target.columns and reader.reach == "organisation":
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
    """Give components without a code the next one of their county and kind, and check those given.

    Raises InvalidInput, and Conflict when the numbers of a county and kind are used up.
    """
    book = read_book(connection)
    wanted: dict[str, list[dict[str, Any]]] = {}
    problems: list[Problem] = []
    for row, place in zip(rows, where, strict=True):
        kind, unit = str(row["class_code"]), row.get(target.unit_column or "") or ""
        row["profile"] = book.default.name
        if kind not in book.default.kinds:
            problems.append(Problem(f"{place}properties.class_code", "names something that does not exist"))
        elif row.get("code") is not None:
            problems += _misfit(book, place, row, kind, unit)
        elif not re.fullmatch(r"[0-9]{6,}", unit):
            problems.append(Problem(f"{place}properties.code", NEEDS_A_GRID))
        else:
            wanted.setdefault(unit[:COUNTY_DIGITS] + kind, []).append(row)
    if problems:
        raise InvalidInput(problems)
    sent = [str(row["code"]) for row in rows if row.get("code") is not None]
    for prefix, nameless in sorted(wanted.items()):
        issued = codes.issue(connection, prefix, len(nameless), sent)
        for row, code in zip(nameless, issued, strict=True):
            row["code"] = code


def _misfit(book: Book, place: str, row: dict[str, Any], kind: str, unit: str) -> list[Problem]:
    """Check form and kind of a code, and that its county is that of the grid; notes its profile."""
    of, wrong = book.check_code(row["code"], kind, unit[:COUNTY_DIGITS] or None)
    row["profile"] = (of or book.default).name
    return [] if wrong is None else [Problem(f"{place}properties.code", f"{wrong}; null asks for the next")]
