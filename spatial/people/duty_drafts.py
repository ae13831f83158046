"""Drafts of the duty list: named lists of changes that can be tried on past events, and then applied."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

import shapely
from psycopg import Connection, errors
from psycopg.rows import dict_row
from psycopg.types.json import Jsonb

from spatial.database import query
from spatial.errors import Conflict, InvalidInput, NotFound
from spatial.events.dispatch.facts import Line
from spatial.people import duty_changes as changes
from spatial.people.duty_values import BLANK, check_lines
from spatial.rights.reader import Reader

ROOM = "spatial.people"
MOST_CHANGES = 10_000
Json = dict[str, Any]


def begin(
    connection: Connection[Any], reader: Reader, name: str, title: str, unit_code: str | None = None
) -> Json:
    """Begin a draft; Conflict when the name is taken, Forbidden for who is no administrator there."""
    area = unit_code or reader.area
    changes.check_may_change(reader, {"unit_code": area})
    values = {
        "name": name, "title": title, "unit_code": area, "account": reader.account_id,
        "username": reader.username,
    }  # fmt: skip
    try:
        with connection.transaction():
            connection.execute(query(ROOM, "duty_draft_add"), values)
    except errors.UniqueViolation:
        raise Conflict(f"there is a draft '{name}' already") from None
    return one(connection, f"{name}@{area or ''}")


def listed(connection: Connection[Any], name: str | None = None, unit: str | None = None) -> list[Json]:
    """List drafts that the reader may see, newest first, with how many changes they have.

    unit: those of this very unit; "" is the city.
    """
    with connection.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(query(ROOM, "duty_drafts"), {"name": name, "unit": unit}).fetchall()


def one(connection: Connection[Any], name: str) -> Json:
    """Read a draft with its changes; NotFound.

    name: NAME, or NAME@UNIT (NAME@ is the city's) where several units have one of that name. NAME alone is
    that of the largest area; Conflict when there are two.
    """
    draft = _find(connection, name)
    with connection.cursor(row_factory=dict_row) as cursor:
        rows = cursor.execute(query(ROOM, "duty_draft_changes"), {"draft": draft["id"]}).fetchall()
    return {**draft, "changes": rows}


def _find(connection: Connection[Any], name: str) -> Json:
    own, at, unit = name.partition("@")
    found = sorted(listed(connection, own, unit if at else None), key=_size)
    if not found:
        raise NotFound(f"there is no draft '{name}' of the duty list")
    if len(found) > 1 and _size(found[0]) == _size(found[1]):
        choice = " or ".join(f"{own}@{each['unit_code']}" for each in found if _size(each) == _size(found[0]))
        raise Conflict(f"several units have a draft '{own}': write {choice}")
    return found[0]


def _size(draft: Mapping[str, Any]) -> int:
    """Tell how large the area of a draft is: the longer the code, the smaller."""
    return len(draft["unit_code"] or "")


def newest_open(connection: Connection[Any]) -> str:
    """Name the newest draft that has not been applied, with its unit; NotFound."""
    for draft in listed(connection):
        if draft["applied_at"] is None:
            return f"{draft['name']}@{draft['unit_code'] or ''}"
    raise NotFound("there is no draft of the duty list")


def write(connection: Connection[Any], reader: Reader, name: str, given: Sequence[Mapping[str, Any]]) -> Json:
    """Set the changes of a draft: each a verb (add, change, remove), a duty_id and a line's fields.

    InvalidInput naming `changes[n].field`; Conflict for a draft that has been applied.
    """
    draft = _locked(connection, name)
    if len(given) > MOST_CHANGES:
        raise InvalidInput.at("changes", f"are {len(given)}; a draft has up to {MOST_CHANGES}")
    whole = [_whole(connection, reader, n, each) for n, each in enumerate(given)]
    kept = [(n, each["line"]) for n, each in enumerate(whole) if each["line"] is not None]
    check_lines(connection, [line for _, line in kept], [f"changes[{n}].line." for n, _ in kept])
    connection.execute(query(ROOM, "duty_draft_clear"), {"draft": draft["id"]})
    rows = [{**each, "draft": draft["id"], "seq": n, "line": _written(each["line"])}
            for n, each in enumerate(whole, 1)]  # fmt: skip
    with connection.cursor() as cursor:
        cursor.executemany(query(ROOM, "duty_draft_change_add"), rows)
    return one(connection, name)


def _whole(connection: Connection[Any], reader: Reader, n: int, given: Mapping[str, Any]) -> Json:
    """Complete a change by what the line says now."""
    verb, number, line = given["verb"], given.get("duty_id"), given.get("line")
    fits = {"add": line and not number, "change": line and number, "remove": number and not line}.get(verb)
    if not fits:
        raise InvalidInput.at(
            f"changes[{n}]", "add has a line, change a line and a duty_id, remove a duty_id"
        )
    held = dict(BLANK) if number is None else changes.one(connection, number)
    after = None if line is None else {**{name: held[name] for name in BLANK}, **line}
    for each in (held if number else None, after):
        if each is not None:
            changes.check_may_change(reader, each)
    return {"verb": verb, "duty_id": number, "edition": held.get("edition"), "line": after}


def _written(line: Mapping[str, Any] | None) -> Jsonb | None:
    if line is None:
        return None
    moments = {name: line[name] and line[name].isoformat() for name in ("valid_from", "valid_until")}
    area = None if line["area"] is None else shapely.to_wkt(line["area"], rounding_precision=-1)
    return Jsonb({**line, **moments, "area": area, "skills": sorted(line["skills"])})


def _read(line: Mapping[str, Any]) -> Json:
    """Read a line as it is kept in a draft."""
    moments = {
        name: datetime.fromisoformat(line[name]) if line[name] else None
        for name in ("valid_from", "valid_until")
    }
    area = None if line["area"] is None else shapely.from_wkt(line["area"])
    return {**line, **moments, "area": area}


def forget(connection: Connection[Any], name: str) -> None:
    """Forget a draft and its changes; NotFound."""
    found = one(connection, name)
    if not connection.execute(query(ROOM, "duty_draft_forget"), {"draft": found["id"]}).rowcount:
        raise NotFound(f"there is no draft '{name}' of the duty list that you may change")


def apply(connection: Connection[Any], reader: Reader, name: str) -> Json:
    """Apply a draft to the duty list, all of it or nothing.

    changes.Outdated when a line has been changed since the draft was written, Conflict for one that has been
    applied already.
    """
    found = _find(connection, name)
    # Whoever comes second waits here, and then finds it applied.
    if not connection.execute(query(ROOM, "duty_draft_applied"), {"draft": found["id"]}).rowcount:
        raise _applied(name)
    draft = one(connection, name)
    lines = [_read(each["line"]) for each in draft["changes"] if each["line"] is not None]
    check_lines(connection, lines, [f"changes[{n}].line." for n in range(len(lines))])
    for each in draft["changes"]:
        line = None if each["line"] is None else _read(each["line"])
        if each["duty_id"] is not None and line is None:
            changes.remove(connection, reader, each["duty_id"], each["edition"])
        elif line is not None:
            changes.check_may_change(reader, line)
            _store(connection, reader, each, line)
    return draft


def _store(connection: Connection[Any], reader: Reader, each: Json, line: Json) -> None:
    if each["duty_id"] is None:
        changes.insert(connection, [line])
        return
    changes.check_may_change(reader, changes.one(connection, each["duty_id"]))
    changes.update(connection, each["duty_id"], line, each["edition"])


def _locked(connection: Connection[Any], name: str) -> Json:
    """Find a draft that nobody else writes or applies until the transaction ends; Conflict."""
    draft = _find(connection, name)
    if connection.execute(query(ROOM, "duty_draft_lock"), {"draft": draft["id"]}).fetchone() is None:
        raise _applied(name)
    return draft


def _applied(name: str) -> Conflict:
    return Conflict(f"draft '{name}' has been applied: begin another one")


def drafted(lines: Iterable[Line], draft: Mapping[str, Any]) -> list[Line]:
    """Lay a draft (of `one`) over the lines of the duty list; its new lines have numbers below zero.

    When its lines begin to hold, and end again, is left out: past events are decided as if they held then. A
    line that only ends has held always, and keeps its end.
    """
    held = {line.id: line for line in lines}
    gone = {each["duty_id"] for each in draft["changes"] if each["duty_id"] is not None}
    kept = [line for line in held.values() if line.id not in gone]
    for each in draft["changes"]:
        if each["line"] is not None:
            line = _as_line(each["duty_id"] or -each["seq"], _read(each["line"]))
            before = held.get(line.id)
            kept.append(line if before is None else replace(line, dispute_id=before.dispute_id))
    return kept


def _as_line(number: int, line: Mapping[str, Any]) -> Line:
    return Line(
        number, line["unit_code"], line["category"] or "", line["organisation_id"], line["worker_id"],
        line["rank"], line["coverage"], line["anybody"], frozenset(line["skills"]), line["hours"],
        None, None if line["valid_from"] else line["valid_until"], line["area"], line["basis"],
    )  # fmt: skip
