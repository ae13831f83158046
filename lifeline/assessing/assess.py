"""From an alarm to what is to be done: trace, people, places, neighbours, forces, and drafts to confirm.

Nothing is changed by it: each part is read with the rights of whoever asks, and drafts are bodies that a
person sends, or does not.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from psycopg import Connection
from psycopg.rows import dict_row

from layers import nearby
from lifeline.alarms.kept import reading
from lifeline.assessing.drafts import event_of, shut_off_of
from lifeline.assessing.warning import warning_of
from lifeline.traces.answers import MOST_LOOKED_AROUND, answer
from lifeline.traces.asking import NEAREST_M, Kind, Question, Spot, Traced, trace
from lifeline.traces.held import Networks, read_known
from lifeline.traces.isolation import CheckValves
from spatial.database import query
from spatial.errors import InvalidInput, NotFound
from spatial.streets.streets import Roads
from spatial.types import LngLat

Json = dict[str, Any]
ROOM = "lifeline.assessing"
BESIDE_M = 10.0
"""Other networks so near are told of: trenches of a street lie within that."""
MOST_CODES = 20
FORCES = ("team", "supply", "vehicle", "equipment", "station", "hospital", "worker")
_M_A_DEGREE = 60_000.0
"""Metres a degree of longitude has at least, at 57 degrees of latitude."""


@dataclass(frozen=True)
class Wish:
    """What is known beyond the alarm. network, start: where the break is, if not where the alarm is."""

    network: str | None = None
    start: Spot | None = None
    unusable: Sequence[str] = ()
    checks: CheckValves = "directed"
    radius_m: float = 3_000.0
    limit: int = 5
    shapes: bool = False


@dataclass(frozen=True)
class Walked:
    """Traces of an alarm: as they are told, and the links that they touch."""

    network: int | None
    told: list[Json]
    links: list[int]


def assess(
    connection: Connection[Any], networks: Networks, roads: Roads | None, number: int, wish: Wish
) -> Json:
    """Answer an alarm; NotFound, or InvalidInput of what the wish says.

    connection: of a session of the reader. Where no network is near there are no traces; `why_none` says so.
    """
    alarm = reading.read(connection, number)
    at = _where(connection, alarm, wish)
    name = wish.network or alarm["network"] or _network_near(connection, at)
    start = _start(alarm, wish, at, name)
    walked = _walked(connection, networks, name, start, wish) if name and start else Walked(None, [], [])
    beside = _adjacent(connection, walked, at)
    told: Json = {
        "alarm": {key: value for key, value in alarm.items() if key != "steps"},
        "stands": alarm["closed_at"] is None,
        "at": None if at is None else {"lon": at.lon, "lat": at.lat},
        "network": name if walked.told else None,
        "traces": walked.told,
        "why_none": None if walked.told else _why_none(at),
        "adjacent": beside,
        "nearest": _forces(connection, roads, at, wish),
        "warning": warning_of(alarm, walked.told, beside),
    }
    drafts: dict[str, Json | None] = {"event": event_of(alarm, at, told["network"], told["warning"])}
    if walked.told and start is not None:
        drafts["shut_off"] = shut_off_of(walked.told[0], start, wish.unusable)
    return {**told, "drafts": drafts}


def _where(connection: Connection[Any], alarm: Json, wish: Wish) -> LngLat | None:
    if wish.start is not None and wish.start.point is not None:
        return wish.start.point
    code = alarm["feature"] if wish.start is None else (wish.start.feature or "").rpartition(":")[2]
    name = wish.network or alarm["network"]
    network = None
    if name is not None:
        try:
            network = read_known(connection, name).id
        except NotFound:
            if wish.network is not None:
                raise InvalidInput.at("network", f"there is no network '{name}'") from None
    values = {"network": network, "code": code, "thing": alarm["thing_id"]}
    found = connection.execute(query(ROOM, "where"), values).fetchone()
    return None if found is None else LngLat(*found)


def _network_near(connection: Connection[Any], at: LngLat | None) -> str | None:
    if at is None:
        return None
    values = {**at._asdict(), "metres": NEAREST_M, "degrees": NEAREST_M / _M_A_DEGREE}
    found = connection.execute(query(ROOM, "network_near"), values).fetchone()
    return None if found is None else str(found[0])


def _start(alarm: Json, wish: Wish, at: LngLat | None, name: str | None) -> Spot | None:
    if wish.start is not None:
        return wish.start
    if alarm["feature"] is not None and name == alarm["network"]:
        return Spot("start", alarm["feature"])
    return None if at is None else Spot("start", point=at)


def _walked(
    connection: Connection[Any], networks: Networks, name: str, start: Spot, wish: Wish
) -> Walked:  # fmt: skip
    try:
        known, held = networks.current(connection, name)
    except NotFound:
        return Walked(None, [], [])
    # What runs off by itself backs up above and is carried on below; all else is shut.
    kinds: tuple[Kind, ...] = ("upstream", "downstream") if known.flow_mode == "sink" else ("isolation",)
    told, touched = [], []
    for kind in kinds:
        question = Question(kind, [start], unusable=wish.unusable, checks=wish.checks)
        try:
            found = trace(connection, known, held, question)
        except InvalidInput:
            # Of a wish that is wrong somebody must hear; an alarm whose pipe is gone is answered without.
            if wish.start is not None or wish.unusable:
                raise
            return Walked(known.id, [], [])
        told.append(answer(connection, known, held, question, found, wish.shapes))
        touched.append(held.link_ids[_links(found)])
    return Walked(known.id, told, np.unique(np.concatenate(touched)).tolist())


def _links(found: Traced) -> Any:
    if found.isolation is None:
        return found.reached.links
    return np.concatenate([found.reached.links, found.isolation.dry_links])


def _why_none(at: LngLat | None) -> str:
    return "no_place" if at is None else "no_network_near"


def _adjacent(connection: Connection[Any], walked: Walked, at: LngLat | None) -> list[Json] | None:
    """Name the networks beside it; None where it is too much to look around."""
    if len(walked.links) > MOST_LOOKED_AROUND:
        return None
    values = {
        "links": walked.links, "lon": at and at.lon, "lat": at and at.lat, "network": walked.network,
        "metres": BESIDE_M, "degrees": BESIDE_M / _M_A_DEGREE, "limit": MOST_CODES,
    }  # fmt: skip
    with connection.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(query(ROOM, "adjacent"), values).fetchall()


def _forces(connection: Connection[Any], roads: Roads | None, at: LngLat | None, wish: Wish) -> Json | None:
    """Find who and what is near, in the order of the way; people on duty alone."""
    if at is None:
        return None
    near = nearby.around(connection, at, wish.radius_m, FORCES, wish.limit, on_duty=True, roads=roads)
    return {"radius_m": wish.radius_m, **asdict(near)}
