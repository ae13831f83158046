"""Why an event went to whom it went (派遣说明): facts that are kept with it, and the words made of them."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import orjson
from psycopg import Connection
from psycopg.types.json import Jsonb

from spatial.database import query
from spatial.errors import NotFound
from spatial.events.dispatch.plans import ROW

if TYPE_CHECKING:
    from spatial.events.dispatch.decide import Decision

ROOM = "spatial.events.dispatch"
Json = dict[str, Any]
FORM = 1
"""Of the facts; a reader of kept explanations goes by it."""
HAND, ESCALATED, RULING = "hand", "escalated", "ruling"
BY_HAND = (HAND, ESCALATED, RULING)
"""Rules of steps that no line of the duty list decided: somebody said who is responsible, took the event up
a level, or ruled on a dispute."""


def body_of(decision: Decision) -> Json:
    """Write the facts of a decision: keys and numbers only, so that its words can be in any language."""
    return _opened({**_facts(decision), "considered": _considered(decision)})


def _facts(decision: Decision) -> Json:
    moment = decision.moment
    return {
        "form": FORM,
        "at": moment and moment.at.isoformat(),
        "point": moment and [moment.lon, moment.lat],
        "category": decision.category,
        "versions": dict(decision.versions),
        "unit": decision.unit_code,
        "ruling": decision.ruling,
        "border_m": None if decision.border_m is None else round(decision.border_m, 3),
        "runner_up": decision.runner_up,
        "units": dict(decision.units),
        "rule": decision.rule,
        "line": decision.line,
        "organisation": decision.organisation_id,
        "worker": decision.worker_id,
    }


def _considered(decision: Decision) -> list[list[Any]]:
    """Write who was considered as it is kept: rows of ROW and its two more columns."""
    if decision.plan is None or decision.moment is None:
        return []
    rows = decision.plan.considered(decision.moment)
    return [[*seat.row, why, None if math.isinf(metres) else metres] for seat, why, metres in rows]


def _opened(body: Json) -> Json:
    """Open what is kept: each who was considered by names of columns, without those that say nothing."""
    return {**body, "considered": [_by_name(row) for row in body["considered"]]}


def _by_name(row: Sequence[Any]) -> Json:
    named = dict(zip((*ROW, "why", "distance_m"), row, strict=True))
    if named["worker"] is None:
        for name in ("on_duty", "load", "distance_m"):
            del named[name]
    if not named["missing"]:
        del named["missing"]
    return named


def keep(connection: Connection[Any], event_ids: Sequence[int], decisions: Sequence[Decision]) -> None:
    """Keep the explanations of decisions with their events, and raise disputes where a rule says so.

    connection: of whoever stores the events, in that transaction; the events must be there already.
    """
    from spatial.events.dispatch.disputes import raise_near_borders

    if not event_ids:
        return
    bodies = [{**_facts(decision), "considered": _considered(decision)} for decision in decisions]
    values = {
        "event_ids": list(event_ids),
        "organisation_ids": [decision.organisation_id for decision in decisions],
        "worker_ids": [decision.worker_id for decision in decisions],
        "bodies": [Jsonb(body, orjson.dumps) for body in bodies],
    }
    connection.execute(query(ROOM, "explanation_add"), values)
    raise_near_borders(connection, event_ids, decisions)


def rule_by_hand(verb: str, detail: Mapping[str, Any]) -> str | None:
    """Name the rule of a step that somebody made, one of `BY_HAND`; None when it makes nobody responsible."""
    if verb == "escalate":
        return ESCALATED
    if verb not in ("dispatch", "redispatch"):
        return None
    return RULING if "dispute" in detail else HAND


def keep_by_hand(
    connection: Connection[Any],
    event_id: int,
    organisation_id: int | None,
    worker_id: int | None,
    rule: str,
    username: str,
    note: str,
) -> None:
    """Keep who made somebody responsible and why, in the transaction of the step; rule: of `BY_HAND`."""
    values = {
        "event": event_id, "organisation": organisation_id, "worker": worker_id, "rule": rule,
        "username": username, "note": note, "form": FORM,
    }  # fmt: skip
    connection.execute(query(ROOM, "explanation_by_hand"), values)


def read_explanations(connection: Connection[Any], event_id: int) -> list[Json]:
    """Read the explanations of an event, newest first, as the connection's reader may see them; NotFound."""
    rows = connection.execute(query(ROOM, "explanations"), {"event": event_id}).fetchall()
    if not rows:
        raise NotFound("there is no such event, or none that was dispatched")
    return [{"id": number, "decided_at": at.isoformat(), **_opened(body)} for number, at, body in rows]


def named(connection: Connection[Any], bodies: Sequence[Mapping[str, Any]]) -> Json:
    """Find what the units, organisations, people and matters in explanations are called.

    Names are those that the connection's reader may see; whatever has none is called by its number.
    """
    considered = [each for body in bodies for each in body["considered"]]
    codes = {(each["coverage"], each["unit"]) for each in considered}
    for body in bodies:
        codes |= {("grids", code) for code in (body["unit"], body["runner_up"]) if code}
        codes |= set(body["units"].items())
    values = {
        "organisations": sorted({each["organisation"] for each in (*bodies, *considered)} - {None}),
        "workers": sorted({each["worker"] for each in (*bodies, *considered)} - {None}),
        "coverages": [coverage for coverage, _ in sorted(codes)],
        "codes": [code for _, code in sorted(codes)],
        "matters": sorted({body["category"] for body in bodies}),
    }
    rows = connection.execute(query(ROOM, "names"), values).fetchall()
    return {f"{kind}:{key}": {"zh": zh, "en": en} for kind, key, zh, en in rows}
