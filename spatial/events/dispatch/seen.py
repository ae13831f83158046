"""What of a decision a reader may know: nobody whom the reader may not see, and places for few."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from psycopg import Connection

from spatial.database import query
from spatial.events.dispatch.decide import Dispatcher
from spatial.rights.reader import Reader
from spatial.rights.rules import rule_of

ROOM = "spatial.events.dispatch"
SEE_PLACES = rule_of("fix").read
"""Roles that may see where people are, and so how far from a point they are."""
ELSEWHERE = "elsewhere"
"""As a rule: another organisation is responsible, for a reader who may not know which."""
_OF_PERSONS = ("on_duty", "load", "distance_m", "missing")
Json = dict[str, Any]


def read_known(connection: Connection[Any], workers: Iterable[int | None]) -> frozenset[int]:
    """Find which of these people the connection's reader may see."""
    ids = sorted(set(workers) - {None}, key=lambda number: number or 0)
    rows = connection.execute(query(ROOM, "people_known"), {"ids": ids}).fetchall()
    return frozenset(number for (number,) in rows)


def workers_of(bodies: Sequence[Mapping[str, Any]]) -> set[int | None]:
    """List the people that explanations name."""
    return {each["worker"] for body in bodies for each in (body, *body["considered"])}


def seen_by(connection: Connection[Any], reader: Reader, bodies: Sequence[Mapping[str, Any]]) -> list[Json]:
    """Leave out of explanations what a reader may not know.

    That is the neighbour beyond the reader's area; people whom the connection does not give, with their work;
    distances, but for roles that see places; and to a reader for an organisation all other organisations.
    """
    known = read_known(connection, workers_of(bodies))
    return [_seen(body, reader, known) for body in bodies]


def _seen(body: Mapping[str, Any], reader: Reader, known: frozenset[int]) -> Json:
    considered = [_row(each, reader, known) for each in body["considered"] if is_told_of(reader, each)]
    found = {
        **body,
        "runner_up": body["runner_up"] if reader.holds(body["runner_up"]) else None,
        "worker": body["worker"] if body["worker"] in known else None,
        "considered": considered,
    }
    if body["organisation"] is None or is_told_of(reader, body):
        return found
    return {**found, "rule": ELSEWHERE, "line": None, "organisation": None, "worker": None}


def is_told_of(reader: Reader, each: Mapping[str, Any]) -> bool:
    """Tell whether a reader may know of whom a row names: one for an organisation, of that one alone."""
    return reader.reach != "organisation" or each["organisation"] == reader.organisation_id


def _row(each: Mapping[str, Any], reader: Reader, known: frozenset[int]) -> Json:
    """Write somebody who was considered, as far as the reader may know of the person."""
    number = each["worker"]
    if number is None or (number in known and sees_place(reader, number)):
        return dict(each)
    hidden = _OF_PERSONS if number not in known else ("distance_m",)
    left = {name: value for name, value in each.items() if name not in hidden}
    return {**left, "worker": number if number in known else None}


def sees_place(reader: Reader, worker: int) -> bool:
    """Tell whether a reader may know where somebody is whom the reader may see."""
    return reader.role in SEE_PLACES or worker == reader.worker_id


def without_places(connection: Connection[Any], reader: Reader, dispatcher: Dispatcher) -> Dispatcher:
    """Forget where people are whose places the reader may not see, for questions the reader makes up.

    Left in, they would tell: of a few hundred points, who is nearer to each shows where somebody stands.
    """
    if reader.role in SEE_PLACES and reader.sees_everything:
        return dispatcher
    asked = dispatcher.people if reader.role in SEE_PLACES else [reader.worker_id]
    known = read_known(connection, asked)
    people = {
        number: person if number in known else replace(person, lon=math.nan, lat=math.nan)
        for number, person in dispatcher.people.items()
    }
    return dispatcher.with_people(people)
