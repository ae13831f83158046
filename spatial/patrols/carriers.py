"""Whose a fix is: who carried the device at the time of the fix."""

from __future__ import annotations

from typing import Any

import numpy as np
from psycopg import Connection, Cursor

from spatial.database import query
from spatial.patrols.batches import Columns, Ints, ranks

NOT_ACTIVE, NOBODY, ANOTHERS = REASONS = "device_not_active", "nobody_carries", "another's"
"""Why a fix is not taken: nobody has said yet whose the device is, or it is blocked; nobody had it then;
somebody else had it then than the one whose key it came with."""


def ask(connection: Connection[Any], columns: Columns) -> Cursor[Any]:
    """Ask how the devices of a batch stand, and who carried them when.

    connection: of the platform, in the transaction that writes: a device that was blocked, or handed on,
    before it began is seen as it is.
    """
    devices = np.unique(columns["device"])
    return connection.execute(query("spatial.patrols", "carriers"), {"devices": devices.tolist()})


def carried(columns: Columns, rows: list[tuple[Any, ...]]) -> tuple[Ints, Ints]:
    """Tell the movers of fixes (n,) from their devices and times; and 1 to 3 where a fix is not taken.

    rows: what `ask` was answered. 1 to 3: which of REASONS. Who is named as mover stays.
    """
    mover, why = columns["mover"].copy(), np.zeros(len(columns["mover"]), np.int64)
    asked = columns["device"] > 0
    if asked.any():
        _carry(columns, mover, why, np.flatnonzero(asked), rows)
    why[(mover == 0) & (why == 0)] = 2
    why[(columns["only"] > 0) & (mover != columns["only"]) & (why == 0)] = 3
    return mover, why


def _carry(columns: Columns, mover: Ints, why: Ints, asked: Ints, rows: list[tuple[Any, ...]]) -> None:
    active = np.array([device for device, is_active, *_ in rows if is_active], np.int64)
    why[asked[~np.isin(columns["device"][asked], active)]] = 1
    spans = [span for _, is_active, *span in rows if is_active and span[0] is not None]
    owners = [device for device, is_active, *span in rows if is_active and span[0] is not None]
    if not spans:
        return
    device, (carrier, since, until) = np.array(owners, np.int64), np.array(spans, np.int64).T
    asked = asked[(why[asked] == 0) & (mover[asked] == 0)]
    own, time_us = columns["device"][asked], columns["time_us"][asked]
    place = ranks(device, since, own, time_us) - 1
    found = (place >= 0) & (device[place] == own) & (time_us < until[place]) & (time_us >= since[place])
    mover[asked[found]] = carrier[place[found]]
