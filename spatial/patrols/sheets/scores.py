"""Scores (考核得分) by rules that are data: each part explained, what cannot be told left out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from psycopg import Connection
from psycopg.rows import dict_row
from psycopg.types.json import Jsonb

from spatial.database import query
from spatial.drawn.refusals import refusals
from spatial.errors import InvalidInput, NotFound, Problem
from spatial.patrols.days import moments
from spatial.patrols.sheets.shifts import ROOM

PARTS = ("compliance", "attendance", "mileage", "hours", "records")
WORDS = ("done", "partly", "missed", "cannot_tell", "no_fixes")
SHARES = ("ratio", "probability")
"""What a word may count instead of a number: the covered share, or the share that is to be expected."""
_LATE_COUNTS = 0.5

Row = dict[str, Any]


@dataclass(frozen=True)
class Rule:
    """How a score is added up."""

    name: str
    title: str
    parts: Mapping[str, Any]
    """Part → weight; `full_at` of mileage (m), hours (share of the planned ones) and records: a day."""
    words: Mapping[str, Any]
    title_en: str = ""

    def problems(self) -> list[Problem]:
        """Say what is wrong with it."""
        found = [Problem(f"parts.{name}", "is not a part") for name in self.parts if name not in PARTS]
        found += [Problem(f"words.{name}", "is not a word") for name in self.words if name not in WORDS]
        for name, part in self.parts.items():
            found += _problems_of_part(name, part)
        for name, value in self.words.items():
            if value is not None and value not in SHARES and not _is_number(value, 0, 1):
                found.append(Problem(f"words.{name}", "must be 0 to 1, ratio, probability or null"))
        if not found and sum(part["weight"] for part in self.parts.values()) <= 0:
            found.append(Problem("parts", "must weigh something"))
        return found


def _problems_of_part(name: str, part: Any) -> list[Problem]:
    if not isinstance(part, Mapping):
        return [Problem(f"parts.{name}", "must be an object")]
    found = [Problem(f"parts.{name}.{key}", "is not known") for key in part if key not in _PART_KEYS]
    if not _is_number(part.get("weight"), 0, 1000):
        found.append(Problem(f"parts.{name}.weight", "must be a number from 0 to 1000"))
    if name in ("mileage", "records") and not _is_number(part.get("full_at"), 0.01, 1e6):
        found.append(Problem(f"parts.{name}.full_at", "must be a number above 0"))
    return found


_PART_KEYS = ("weight", "full_at")


def _is_number(value: Any, least: float, most: float) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and least <= value <= most


@dataclass
class Facts:
    """What is known of one mover in a span."""

    patrols: list[Row] = field(default_factory=list)
    """word, reason, ratio, probability of each that is over."""
    days: list[Row] = field(default_factory=list)
    """Rows of the shift sheet."""
    records: int = 0


def score(rule: Rule, facts: Facts) -> Row:
    """Add a score of 0 … 100 up, part by part; parts of which nothing is known weigh nothing."""
    parts = [_part(rule, name, facts) for name in PARTS if name in rule.parts]
    known = [part for part in parts if part["value"] is not None]
    weight = sum(part["weight"] for part in known)
    total = sum(part["weight"] * part["value"] for part in known)
    return {"score": round(100 * total / weight, 1) if weight else None, "parts": parts}


def _part(rule: Rule, name: str, facts: Facts) -> Row:
    value, reasons = _VALUES[name](rule, facts)
    return {"part": name, "weight": rule.parts[name]["weight"], "value": value, "because": reasons}


def _compliance(rule: Rule, facts: Facts) -> tuple[float | None, Row]:
    counts = [_worth(rule, each) for each in facts.patrols]
    known = [value for value in counts if value is not None]
    words = {word: sum(each["word"] == word for each in facts.patrols) for word in WORDS[:4]}
    reasons = {"patrols": len(counts), **words, "left_out": len(counts) - len(known)}
    return (sum(known) / len(known) if known else None), reasons


def _worth(rule: Rule, patrol: Row) -> float | None:
    no_fixes = patrol["word"] == "cannot_tell" and patrol["reason"] == "no_fixes"
    worth = rule.words.get("no_fixes" if no_fixes else patrol["word"])
    return patrol[worth] if worth in SHARES else worth


def _attendance(_: Rule, facts: Facts) -> tuple[float | None, Row]:
    planned = [row for row in facts.days if row["state"] not in ("no_shift", "expected")]
    states = {state: sum(row["state"] == state for row in planned) for state in {r["state"] for r in planned}}
    came = sum(1.0 if s == "present" else 0.0 if s == "absent" else _LATE_COUNTS
               for s in (row["state"] for row in planned))  # fmt: skip
    return (came / len(planned) if planned else None), {"shifts": len(planned), **states}


def _mileage(rule: Rule, facts: Facts) -> tuple[float | None, Row]:
    days = [row for row in facts.days if row["state"] != "expected"]
    metres = sum(row["distance_m"] for row in days)
    full = rule.parts["mileage"]["full_at"] * len(days)
    return (min(1.0, metres / full) if days else None), {"distance_m": round(metres), "full_at_m": full}


def _hours(_: Rule, facts: Facts) -> tuple[float | None, Row]:
    days = [row for row in facts.days if row["planned_s"]]
    planned = sum(row["planned_s"] for row in days)
    seen = sum(min(row["planned_s"], row["moving_s"] + row["standing_s"]) for row in days)
    return (seen / planned if planned else None), {"planned_s": planned, "seen_s": seen}


def _records(rule: Rule, facts: Facts) -> tuple[float | None, Row]:
    full = rule.parts["records"]["full_at"] * len(facts.days)
    return (min(1.0, facts.records / full) if full else None), {"records": facts.records, "full_at": full}


_VALUES = {
    "compliance": _compliance, "attendance": _attendance, "mileage": _mileage, "hours": _hours,
    "records": _records,
}  # fmt: skip


def scores(
    connection: Connection[Any], rule: Rule, rows: Sequence[Row], first: date, last: date
) -> list[Row]:
    """Score everybody on a shift sheet, best first; rows: of `attendance.whole_sheet` of the same days."""
    facts = gathered(connection, rows, first, last)
    names = {row["mover_id"]: {key: row[key] for key in _ABOUT} for row in rows}
    found = [{**names[mover], **score(rule, known)} for mover, known in facts.items()]
    return sorted(found, key=lambda each: (each["score"] is None, -(each["score"] or 0), each["mover_id"]))


_ABOUT = ("mover_id", "worker_id", "code", "name", "organisation", "unit_code")


def gathered(connection: Connection[Any], rows: Iterable[Row], first: date, last: date) -> dict[int, Facts]:
    """Read what is known of everybody on a sheet."""
    facts: dict[int, Facts] = {}
    for row in rows:
        facts.setdefault(row["mover_id"], Facts()).days.append(row)
    values = {"movers": list(facts), "since": moments(first)[0], "until": moments(last)[1]}
    with connection.cursor(row_factory=dict_row) as cursor:
        for patrol in cursor.execute(query(ROOM, "score_patrols"), values):
            facts[patrol["mover_id"]].patrols.append(patrol)
    for mover, count in connection.execute(query(ROOM, "score_records"), values):
        facts[mover].records = count
    return facts


def rules(connection: Connection[Any]) -> list[Row]:
    """List the rules by name."""
    with connection.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(query(ROOM, "score_rules")).fetchall()


def rule_named(connection: Connection[Any], name: str) -> Rule:
    """Read a rule; NotFound."""
    found = next((row for row in rules(connection) if row["name"] == name), None)
    if found is None:
        raise NotFound(f"there is no score rule '{name}'")
    return Rule(found["name"], found["title"], found["parts"], found["words"], found["title_en"])


def put_rule(connection: Connection[Any], rule: Rule) -> None:
    """Write a rule in the place of the one of its name; InvalidInput names what is wrong."""
    problems = rule.problems()
    if problems:
        raise InvalidInput(problems)
    values = {"name": rule.name, "title": rule.title, "title_en": rule.title_en}
    with refusals(connection, "score rules"):
        connection.execute(
            query(ROOM, "score_rule_put"),
            {**values, "parts": Jsonb(rule.parts), "words": Jsonb(rule.words)},
        )


def remove_rule(connection: Connection[Any], name: str) -> None:
    """Take a rule away; NotFound."""
    rule_named(connection, name)
    with refusals(connection, "score rules"):
        connection.execute(query(ROOM, "score_rule_delete"), {"name": name})
