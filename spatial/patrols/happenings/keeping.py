"""Keeps what devices tell that is no fix: once each, with whoever carried the device."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
from psycopg import Connection
from psycopg.types.json import Jsonb

from spatial.database import query
from spatial.database.notify import notify
from spatial.patrols import roster
from spatial.patrols.attendance import signing
from spatial.patrols.cries import opening
from spatial.patrols.protocols.fixes import Happened, Happening

ROOM = "spatial.patrols.happenings"
PASSING = frozenset({Happening.HEARTBEAT, Happening.STATUS})
"""Only that the device lives; `last_seen_at` says as much."""
PLACES = frozenset({Happening.TRANSITION, Happening.WAYPOINT})
"""They tell where somebody was, though nobody pressed a button."""
LOUD = frozenset({Happening.SOS, Happening.ALARM})
SIGNS = {Happening.SIGN_IN: "in", Happening.SIGN_OUT: "out"}
"""Somebody begins or ends their duty with a button, or with their card in a terminal."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def keep(connection: Connection[Any], told: Sequence[tuple[int, Happened]]) -> int:
    """Keep what devices (their numbers) told; gives how much of it was new.

    Where somebody went off duty is kept no more than their fixes are; a cry for help always is.
    connection: of the platform, in a transaction. Whoever listens for "happening" is told of SOS and alarms
    at its commit, once for all. An SOS that is new opens a cry, or counts one more of the one that is open.
    """
    told = [(device, happened) for device, happened in told if happened.kind not in PASSING]
    kept = _allowed(connection, told)
    if not kept:
        return 0
    values = {
        "devices": [device for device, _, _ in kept],
        "movers": [mover for _, mover, _ in kept],
        "times": [_moment(each) for _, _, each in kept],
        "kinds": [each.kind.value for _, _, each in kept],
        "lons": [each.lon for _, _, each in kept],
        "lats": [each.lat for _, _, each in kept],
        "attributes": [Jsonb(each.attributes) for _, _, each in kept],
    }
    new = connection.execute(query(ROOM, "keep"), values).fetchall()
    loud = sorted({mover for _, _, kind, mover in new if kind in LOUD and mover is not None})
    if loud:
        notify(connection, "happening", movers=loud[:100])
    opening.told_by_devices(connection, _cries(kept, {row[:3] for row in new}))
    signing.told_by_devices(
        connection,
        [
            (device, mover, SIGNS[each.kind], _moment(each))
            for device, mover, each in kept
            if mover is not None and each.kind in SIGNS
        ],
    )
    return len(new)


def _cries(
    kept: Sequence[tuple[int, int | None, Happened]], new: set[tuple[int, datetime, str]]
) -> list[opening.Told]:
    """Name the cries for help that were not told before, each once."""
    cries = {
        (device, _moment(each)): opening.Told(
            device, mover, _moment(each), each.lon, each.lat, each.accuracy_m
        )
        for device, mover, each in kept
        if each.kind == Happening.SOS and (device, _moment(each), each.kind.value) in new
    }
    return list(cries.values())


def _allowed(
    connection: Connection[Any], told: Sequence[tuple[int, Happened]]
) -> list[tuple[int, int | None, Happened]]:
    """Say who carried the devices (None: nobody), and leave out where they went off duty.

    A cry for help is of whoever has the device now where nobody had it then: its clock may be wrong.
    """
    if not told:
        return []
    values = {
        "devices": [device for device, _ in told],
        "times": [_moment(each) for _, each in told],
    }
    rows = connection.execute(query(ROOM, "carried"), values).fetchall()
    is_loud = [each.kind in LOUD for _, each in told]
    carriers = [then or (now if loud else 0) for (then, now), loud in zip(rows, is_loud, strict=True)]
    mover = np.array(carriers, np.int64)
    time_us = np.array([each.time_us for _, each in told], np.int64)
    off = roster.off_duty(connection, mover, time_us)
    on = (off == roster.Off.TAKEN).tolist()
    return [
        (device, int(mover[row]) or None, each if on[row] else _without_place(each))
        for row, (device, each) in enumerate(told)
        if each.kind not in PLACES or on[row]
    ]


def _without_place(happened: Happened) -> Happened:
    """Leave out where somebody was who signs off duty."""
    return replace(happened, lon=None, lat=None) if happened.kind in SIGNS else happened


def _moment(happened: Happened) -> datetime:
    return _EPOCH + timedelta(microseconds=happened.time_us)


def forget(connection: Connection[Any], kept_days: int) -> int:
    """Delete what came longer ago; gives how much. connection: of the platform."""
    return connection.execute(query(ROOM, "forget"), {"days": kept_days}).rowcount


def heard(connection: Connection[Any], devices: Sequence[int]) -> None:
    """Write down that devices have sent just now; connection: of the platform."""
    if devices:
        connection.execute(query(ROOM, "heard"), {"devices": list(devices)})
