"""Reports out of what a mapping gives: which targets there are, and what their values must be. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from spatial.errors import Problem
from spatial.events.intake_report import MOMENTS, Person, Report
from spatial.partners.mapping import Mapped

Json = Any
TEXTS = (
    "category", "title", "description", "datum", "address", "urgency", "external_id", "component", "until",
)  # fmt: skip
NUMBERS = ("lon", "lat")
TIMES = ("occurred_at", "reported_at", *MOMENTS)
PERSON = ("name", "phone", "id_number", "address")
_WHOLE = (*TEXTS, *NUMBERS, *TIMES, "place_id")
NAMED = "external_id"
LONGEST_NAME = 120
"""Characters of what a sender calls a report: ours is put before it."""


def refused_target(target: str) -> str | None:
    """Say why a mapping of reports has no such target; None: it has."""
    head, _, rest = target.partition(".")
    if not rest and head in _WHOLE:
        return None
    if head == "attributes" and rest:
        return None
    if head == "reporter" and rest in PERSON:
        return None
    if target == "source":
        return "is the adapter's own, the same for all of its reports"
    return f"is no field of a report; there are {', '.join(_WHOLE)}, attributes.…, reporter.name …"


def external_id(adapter: str, name: str) -> str:
    """Name a report of an adapter: two senders may use the same numbers."""
    return f"{adapter}:{name}"


def name_of(mapped: Mapped) -> str | None:
    """Find what the sender calls it."""
    value = mapped.fields.get(NAMED)
    text = "" if value is None or isinstance(value, (dict, list)) else str(value).strip()
    return text if 0 < len(text) <= LONGEST_NAME and text.isprintable() else None


def report_of(mapped: Mapped, adapter: str, source: str) -> Report | list[Problem]:
    """Make the report of what came out of a message, or say why it is none."""
    problems = list(mapped.problems)
    values = dict(mapped.values)
    name = name_of(mapped)
    if name is None and not any(each.where == NAMED for each in problems):
        problems.append(Problem(NAMED, f"must be given, in {LONGEST_NAME} printable characters at most"))
    given: dict[str, Any] = {}
    for field in _WHOLE:
        if field in values and field != NAMED:
            _take(field, values[field], given, problems)
    given |= _beside(values, problems)
    if "category" not in given and not any(each.where == "category" for each in problems):
        problems.append(Problem("category", "is missing"))
    if problems:
        return problems
    moments = {field: given.pop(field) for field in MOMENTS if field in given}
    return Report(**given, source=source, external_id=external_id(adapter, str(name)), moments=moments)


def _beside(values: Mapping[str, Json], problems: list[Problem]) -> dict[str, Any]:
    given: dict[str, Any] = {}
    if isinstance(values.get("attributes"), dict):
        given["attributes"] = values["attributes"]
    if values.get("reporter"):
        person: dict[str, Any] = {}
        for field, value in values["reporter"].items():
            _take_text(f"reporter.{field}", value, field, person, problems)
        given["reporter"] = Person(**person)
    return given


def _take(field: str, value: Json, given: dict[str, Any], problems: list[Problem]) -> None:
    if field in TEXTS:
        _take_text(field, value, field, given, problems)
    elif field in TIMES:
        moment = _moment(value)
        if moment is None:
            problems.append(Problem(field, "is no moment with an offset: give its rule a date"))
        given[field] = moment
    elif field in NUMBERS:
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            problems.append(Problem(field, "is no number: give its rule a number"))
        given[field] = value
    elif isinstance(value, bool) or not isinstance(value, int) or not 0 < value < 2**63:
        problems.append(Problem(field, "is no whole number"))
    else:
        given[field] = value


def _take_text(where: str, value: Json, field: str, given: dict[str, Any], problems: list[Problem]) -> None:
    if isinstance(value, (dict, list)):
        problems.append(Problem(where, "is an object or a list, not a text"))
    elif isinstance(value, bool):
        given[field] = "true" if value else "false"
    else:
        given[field] = str(value)


def _moment(value: Json) -> datetime | None:
    if not isinstance(value, str) or len(value) > 60:
        return None
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        return None
    return None if moment.tzinfo is None else moment


def shown(report: Report) -> dict[str, Json]:
    """Write a report as a dry run shows it."""
    plain = {name: value for name, value in vars(report).items() if value is not None and value != {}}
    if report.reporter:
        plain["reporter"] = {name: text for name, text in vars(report.reporter).items() if text is not None}
    plain.pop("generated", None)
    return plain
