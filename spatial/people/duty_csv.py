"""The duty list as a table to be kept in a spreadsheet: written, and read back with a report."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import shapely
from psycopg import Connection

from spatial.database import query
from spatial.errors import InvalidInput, Problem
from spatial.people import duty_changes as changes
from spatial.people.duty_values import BLANK, MOST_REPORTED, as_multipolygon, problems_of, unknown_in
from spatial.rights.reader import Reader

ROOM = "spatial.people"
COLUMNS = (
    "id", "coverage", "unit_code", "category", "organisation", "worker", "rank", "anybody", "skills", "hours",
    "valid_from", "valid_until", "area", "basis", "remove",
)  # fmt: skip
"""organisation and worker are codes; skills are parted by `;`, area is WKT; remove: `1` takes it away."""
MOST_ROWS = 100_000
_TRUE, _FALSE = ("1", "true", "yes", "是"), ("", "0", "false", "no", "否")
Json = dict[str, Any]


@dataclass(frozen=True)
class Import:
    """What became, or would become, of the rows of a file."""

    added: int = 0
    changed: int = 0
    removed: int = 0
    unchanged: int = 0
    problems: tuple[Problem, ...] = ()
    stored: bool = False


@dataclass
class _Sorted:
    """Lines of a file by what is to be done with them."""

    add: list[tuple[str, Json]] = field(default_factory=list)
    change: list[tuple[str, int, Json]] = field(default_factory=list)
    remove: list[tuple[str, int, Json]] = field(default_factory=list)
    unchanged: int = 0
    problems: list[Problem] = field(default_factory=list)


def write_csv(lines: Iterable[Mapping[str, Any]]) -> str:
    """Write lines as `duty_changes.listed` gives them; a spreadsheet must not take a text for a formula."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    writer.writerows([_cell(value) for value in _row(line)] for line in lines)
    return text.getvalue()


def _row(line: Mapping[str, Any]) -> tuple[Any, ...]:
    area = "" if line["area"] is None else shapely.to_wkt(line["area"], rounding_precision=-1)
    moments = [line[name].isoformat() if line[name] else "" for name in ("valid_from", "valid_until")]
    return (
        line["id"], line["coverage"], line["unit_code"], line["category"] or "", line["organisation_code"],
        line["worker_code"] or "", line["rank"], int(line["anybody"]), ";".join(line["skills"]),
        line["hours"] or "", *moments, area, line["basis"] or "", "",
    )  # fmt: skip


def _cell(value: Any) -> Any:
    return f"'{value}" if isinstance(value, str) and value[:1] in ("=", "+", "-", "@", "\t") else value


def read_csv(connection: Connection[Any], reader: Reader, content: bytes, store: bool) -> Import:
    """Read a table into the duty list, all of it or, when anything is wrong, nothing.

    A row with an `id` changes that line, one without adds a line unless there is the very same already.
    store: False only tells what would be. InvalidInput when the file is no such table.
    """
    found = _sorted(connection, reader, _rows(content))
    counts = (len(found.add), len(found.change), len(found.remove), found.unchanged)
    if found.problems or not store:
        return Import(*counts, tuple(found.problems[:MOST_REPORTED]))
    for _, number, line in found.change:
        changes.update(connection, number, line)
    for _, number, _line in found.remove:
        changes.remove(connection, reader, number)
    changes.insert(connection, [line for _, line in found.add])
    return Import(*counts, stored=True)


def _rows(content: bytes) -> list[tuple[str, dict[str, str]]]:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InvalidInput.at("body", f"is not UTF-8: {error.reason} at byte {error.start}") from None
    reader = csv.DictReader(io.StringIO(text))
    missing = {"unit_code", "organisation"} - set(reader.fieldnames or ())
    unknown = [name for name in reader.fieldnames or () if name not in COLUMNS]
    if missing or unknown:
        reason = f"lacks the column {min(missing)}" if missing else f"has an unknown column '{unknown[0]}'"
        raise InvalidInput.at("body", f"{reason}; the columns are {', '.join(COLUMNS)}")
    rows = [(f"row {number}: ", row) for number, row in enumerate(reader, 2)]
    if len(rows) > MOST_ROWS:
        raise InvalidInput.at("body", f"has {len(rows)} rows; {MOST_ROWS} are read at once")
    return rows


def _sorted(connection: Connection[Any], reader: Reader, rows: list[tuple[str, dict[str, str]]]) -> _Sorted:
    """Read rows and sort them by what is to be done; collects everything that is wrong."""
    found = _Sorted()
    known = _Known.read(connection)
    read = [(place, row, *_line(row, place, known)) for place, row in rows]
    found.problems += [problem for *_, problems in read for problem in problems]
    good = [(place, row, line) for place, row, line, problems in read if not problems]
    found.problems += unknown_in(connection, [line for *_, line in good], [place for place, *_ in good])
    for place, row, line in good:
        _sort(found, known, reader, place, row, line)
    return found


def _sort(
    found: _Sorted, known: _Known, reader: Reader, place: str, row: Mapping[str, str], line: Json
) -> None:
    number = int(row["id"]) if (row.get("id") or "").strip() else None
    held = known.lines.get(number) if number is not None else None
    if number is not None and held is None:
        found.problems.append(Problem(f"{place}id", f"there is no line {number}, or none that you may see"))
    elif not reader.holds(line["unit_code"]) or (held and not reader.holds(held["unit_code"])):
        found.problems.append(Problem(f"{place}unit_code", "is not in your area"))
    elif held and number is not None and (row.get("remove") or "").strip() in _TRUE:
        found.remove.append((place, number, line))
    elif (held is not None and _same(held, line)) or (held is None and _key(line) in known.keys):
        found.unchanged += 1
    elif number is not None:
        found.change.append((place, number, line))
    else:
        found.add.append((place, line))


@dataclass(frozen=True)
class _Known:
    """What the reader knows: organisations and workers by code, and lines by number."""

    organisations: dict[str, int]
    workers: dict[str, int]
    lines: dict[int, Json]
    keys: frozenset[Any]

    @classmethod
    def read(cls, connection: Connection[Any]) -> _Known:
        rows = connection.execute(query(ROOM, "duty_codes")).fetchall()
        by_kind: dict[str, dict[str, int]] = {"organisation": {}, "worker": {}}
        for kind, code, number in rows:
            by_kind[kind][code] = number
        lines = {line["id"]: line for line in changes.listed(connection, 2**31)}
        keys = frozenset(map(_key, lines.values()))
        return cls(by_kind["organisation"], by_kind["worker"], lines, keys)


def _key(line: Mapping[str, Any]) -> Any:
    area = line["area"]
    plain = {name: line[name] for name in BLANK if name not in ("area", "skills")}
    return (*plain.values(), frozenset(line["skills"]), None if area is None else shapely.normalize(area).wkb)


def _same(held: Mapping[str, Any], line: Mapping[str, Any]) -> bool:
    return bool(_key(held) == _key(line))


def _line(row: Mapping[str, str | None], place: str, known: _Known) -> tuple[Json, list[Problem]]:
    """Read one row as a line, and what is wrong with it by itself."""
    given = {name: (row.get(name) or "").strip() for name in COLUMNS}
    line, problems = dict(BLANK), []
    for name, read in _READ.items():
        try:
            value = read(given[name], known)
        except ValueError as error:
            problems.append(Problem(f"{place}{name}", str(error)))
        else:
            line |= value
    if row.get(None) is not None:  # type: ignore[call-overload]
        problems.append(Problem(place, "has more cells than there are columns"))
    return line, problems or list(_told(problems_of(line, place)))


def _told(problems: Iterable[Problem]) -> Iterator[Problem]:
    """Name the columns of the table, where fields are called otherwise."""
    for problem in problems:
        yield Problem(problem.where.removesuffix("_id"), problem.reason)


def _text(name: str) -> Any:
    return lambda text, _: {name: text.removeprefix("'") or None}


def _code(name: str, kind: str) -> Any:
    def read(text: str, known: _Known) -> Json:
        codes: dict[str, int] = getattr(known, kind)
        if text and text not in codes:
            raise ValueError(f"there is none with the code '{text[:40]}', or none that you may know of")
        return {name: codes[text] if text else None}

    return read


def _number(text: str, _: _Known) -> Json:
    if text and not (text.isascii() and text.isdecimal() and len(text) < 4):
        raise ValueError("must be a whole number")
    return {"rank": int(text or "1")}


def _truth(name: str) -> Any:
    def read(text: str, _: _Known) -> Json:
        if text.lower() not in (*_TRUE, *_FALSE):
            raise ValueError("must be 1 or 0")
        return {name: text.lower() in _TRUE}

    return read


def _moment(name: str) -> Any:
    def read(text: str, _: _Known) -> Json:
        moment = datetime.fromisoformat(text) if text else None
        if moment is not None and moment.tzinfo is None:
            raise ValueError("must say its zone, such as 2026-01-01T00:00:00+08:00")
        return {name: moment}

    return read


def _area(text: str, _: _Known) -> Json:
    try:
        return {"area": as_multipolygon(shapely.from_wkt(text)) if text else None}
    except shapely.GEOSException:
        raise ValueError("is no WKT of a polygon") from None


def _id(text: str, _: _Known) -> Json:
    if text and not (text.isascii() and text.isdecimal() and len(text) < 19):
        raise ValueError("must be the number of a line")
    return {}


def _removal(text: str, known: _Known) -> Json:
    _truth("remove")(text, known)
    return {}


_READ: dict[str, Any] = {
    "id": _id,
    "coverage": lambda text, _: {"coverage": text or "grids"},
    "unit_code": lambda text, _: {"unit_code": text},
    "category": _text("category"),
    "organisation": _code("organisation_id", "organisations"),
    "worker": _code("worker_id", "workers"),
    "rank": _number,
    "anybody": _truth("anybody"),
    "skills": lambda text, _: {"skills": [skill.strip() for skill in text.split(";") if skill.strip()]},
    "hours": _text("hours"),
    "valid_from": _moment("valid_from"),
    "valid_until": _moment("valid_until"),
    "area": _area,
    "basis": _text("basis"),
    "remove": _removal,
}
