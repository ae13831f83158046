"""Portable rulings out of the store: a dispatch of an event with the facts that it rests on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import shapely
from psycopg import Connection

from spatial.database import query
from spatial.errors import Conflict, Forbidden, NotFound
from spatial.events.dispatch import disputes
from spatial.events.dispatch.explanations import named, read_explanations
from spatial.events.dispatch.facts import GRIDS, Line
from spatial.events.dispatch.reading import line_of
from spatial.events.dispatch.ruling_borders import written_arc
from spatial.events.dispatch.rulings import as_orders, people_of, written_line
from spatial.events.dispatch.seen import is_told_of, read_known, seen_by, sees_place, workers_of
from spatial.rights.reader import Reader
from spatial.rights.rules import RESPONDERS

ROOM = "spatial.events.dispatch"
Json = dict[str, Any]


def ruling_document(
    reading: Connection[Any], platform: Connection[Any], reader: Reader, event_id: int
) -> Json:
    """Write the newest dispatch of an event as a document to be signed.

    reading: of the reader, who must see the event; platform: of the platform, for borders and lines. To a
    reader of an area a neighbour beyond it is not named; loads and distances are told as orders to who may
    not see all of the people and their places. NotFound; Forbidden for who does not handle events, and for an
    organisation where others were considered; Conflict when a line is no longer known, or when the event has
    gone to somebody else by now.
    """
    if reader.role not in RESPONDERS:
        raise Forbidden("rulings are for those who handle events")
    body = read_explanations(reading, event_id)[0]
    event = _event(reading, event_id, body)
    if not all(is_told_of(reader, each) for each in body["considered"]):
        raise Forbidden("other organisations were considered: ask an administrator for this ruling")
    (seen,) = seen_by(reading, reader, [body])
    decision = {**seen, **{name: body[name] for name in ("rule", "line", "organisation", "worker")}}
    facts = _facts(platform, reader, body)
    known = read_known(reading, workers_of([body]))
    if any(each["id"] not in known or not sees_place(reader, each["id"]) for each in facts["people"]):
        facts["people"] = as_orders(facts["people"])
    return {
        "event": event,
        "decision": decision,
        "facts": facts,
        "names": named(reading, [decision]),
        "ruled": _ruled(reading, event_id),
        "issued_at": datetime.now(UTC).isoformat(),
    }


def _event(reading: Connection[Any], event_id: int, body: Mapping[str, Any]) -> Json:
    """Write down the event that a decision is about; Conflict when it went on to somebody else."""
    row = reading.execute(query(ROOM, "ruling_event"), {"event": event_id}).fetchone()
    if row is None:
        raise NotFound("there is no such event")
    number, no, occurred_at, state, *whom = row
    if whom != [body["organisation"], body["worker"]]:
        raise Conflict("the event is no longer with whom it was dispatched to: there is nothing to sign")
    return {
        "id": number, "no": no, "point": body["point"], "category": body["category"],
        "occurred_at": occurred_at.isoformat(), "state": state,
    }  # fmt: skip


def _facts(platform: Connection[Any], reader: Reader, body: Mapping[str, Any]) -> Json:
    lines = _lines(platform, body["considered"])
    units = {GRIDS: body["unit"], **body["units"]}
    return {
        "at": body["at"],
        "coverages": {
            name: _coverage(platform, reader, name, code, body)
            for name, code in units.items()
            if code is not None and name in body["versions"]
        },
        "lines": [written_line(lines[number]) for number in sorted(lines)],
        **people_of(body["considered"], lines),
    }


def _lines(platform: Connection[Any], considered: Sequence[Mapping[str, Any]]) -> dict[int, Line]:
    """Read the lines of an explanation as they were then."""
    wanted = sorted({(each["line"], each["edition"]) for each in considered})
    values = {"ids": [number for number, _ in wanted], "editions": [edition for _, edition in wanted]}
    rows = platform.execute(query(ROOM, "ruling_lines"), values, binary=True).fetchall()
    lines = {line.id: line for line in map(line_of, rows)}
    missing = [number for number, _ in wanted if number not in lines]
    if missing:
        raise Conflict(f"what line {missing[0]} of the duty list said then is not kept any more")
    return lines


def _coverage(
    platform: Connection[Any], reader: Reader, name: str, code: str, body: Mapping[str, Any]
) -> Json:
    """Read a unit's chain and border as they were in the version of the decision."""
    version = body["versions"][name]
    values = {
        "coverage": name,
        "version": version,
        "code": code,
        "lon": body["point"][0],
        "lat": body["point"][1],
    }
    chain = platform.execute(query(ROOM, "ruling_chain"), values).fetchall()
    arcs = platform.execute(query(ROOM, "ruling_arcs"), values, binary=True).fetchall()
    return {
        "version": version,
        "tolerance_m": chain[0][1] if chain else 0.0,
        "chain": [link for link, _ in chain],
        "arcs": [_arc(row, name, reader, code) for row in arcs],
    }


def _arc(row: Sequence[Any], coverage: str, reader: Reader, own: str) -> Json:
    shape, *sides = row
    left, right = (side if _is_seen(side, coverage, reader, own) else None for side in sides)
    return written_arc(shapely.get_coordinates(shapely.from_wkb(bytes(shape))), left, right)


def _is_seen(code: str | None, coverage: str, reader: Reader, own: str) -> bool:
    return code == own or reader.sees_everything or (coverage == GRIDS and reader.holds(code))


def _ruled(reading: Connection[Any], event_id: int) -> list[Json]:
    """List what a person ruled on the event since."""
    found = disputes.listed(reading, event_id=event_id, state="ruled")
    names = ("id", "reason", "ruled_username", "scope", "ruled_organisation_id", "ruled_worker_id",
             "ruling_reason", "duty_id")  # fmt: skip
    return [{**{name: each[name] for name in names}, "at": each["ruled_at"].isoformat()} for each in found]
