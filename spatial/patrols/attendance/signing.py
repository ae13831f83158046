"""Sign in (签到) and out (签退): by one's own phone, by a device that one carries, or by a supervisor."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
from psycopg import Connection
from psycopg.rows import dict_row

from spatial.database import as_platform, query
from spatial.errors import Conflict, Forbidden, InvalidInput
from spatial.patrols import roster
from spatial.patrols.attendance.calling import ROOM, correct
from spatial.patrols.movers import of_worker
from spatial.rights.reader import Reader
from spatial.rights.rules import ADMINISTRATORS
from spatial.types import LngLat

AHEAD = timedelta(minutes=5)
"""A clock may be so fast: it is now then. Beyond, nothing is signed."""
LATE = timedelta(hours=24)
"""So long a phone may have been without a network."""
SUPERVISED = timedelta(days=7)
"""So long afterwards a supervisor may sign for somebody who forgot."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

Row = dict[str, Any]


@dataclass(frozen=True)
class Sign:
    """One sign: `in` or `out`, and when."""

    kind: str
    at: datetime | None = None
    """None: now."""
    client_id: str | None = None
    place: LngLat | None = None
    """WGS-84 degrees."""
    accuracy_m: float | None = None


def sign_self(connection: Connection[Any], reader: Reader, sign: Sign) -> tuple[int, bool]:
    """Sign in or out oneself; gives the number of the sign, and whether it is a new one.

    connection: of a session of the reader. The place is kept where a fix of that moment would be, and where
    it is the sign-in itself that begins the duty. Forbidden for an account that is nobody in the field;
    InvalidInput; Conflict where the same client_id said something else.
    """
    mover = None if reader.worker_id is None else of_worker(connection, reader.worker_id)
    if mover is None:
        raise Forbidden("this account is nobody in the field who could sign in")
    at = _moment(sign.at, LATE)
    with as_platform(connection, reader):
        _wait(connection, [mover])
        is_kept = sign.place is not None and _place_counts(connection, mover, sign.kind, at)
        where = {"place": sign.place, "accuracy_m": sign.accuracy_m} if is_kept else {}
        return _add(connection, reader, mover, sign, at=at, way="self", **where)


def sign_for(
    connection: Connection[Any], reader: Reader, mover: int, sign: Sign, reason: str
) -> tuple[int, bool]:
    """Sign somebody in or out in their stead, for a reason; gives the number, and whether it is new.

    connection: of a session of the reader. Forbidden for roles that plan no shifts, and for oneself;
    InvalidInput for somebody whom the reader does not see.
    """
    if reader.role not in ADMINISTRATORS:
        raise Forbidden("signing for others is for administrators")
    found = connection.execute(query(ROOM, "whom"), {"mover": mover}).fetchone()
    if found is None:
        raise InvalidInput.at("mover_id", "is nobody that you can see")
    if found[0] is not None and found[0] == reader.worker_id:
        raise Forbidden("for yourself you sign without a supervisor")
    if not reason.strip():
        raise InvalidInput.at("reason", "is empty")
    at = _moment(sign.at, SUPERVISED)
    with as_platform(connection, reader):
        _wait(connection, [mover])
        return _add(connection, reader, mover, sign, at=at, way="supervisor", reason=reason)


def told_by_devices(connection: Connection[Any], told: Sequence[tuple[int, int, str, datetime]]) -> int:
    """Sign for whoever carried devices that tell of it: (device, mover, in or out, when); gives how many.

    connection: of the platform. What lies further back or ahead than a phone's own sign may is left out: it
    is kept as it was told, and signs nobody in. Where somebody stood is not kept.
    """
    now = datetime.now(UTC)
    good = [each for each in told if now - LATE <= each[3] <= now + AHEAD]
    if not good:
        return 0
    devices, movers, kinds, times = zip(*good, strict=True)
    _wait(connection, movers)
    values = {"devices": [*devices], "movers": [*movers], "kinds": [*kinds], "times": [*times]}
    count = connection.execute(query(ROOM, "add_told"), values).rowcount
    for mover in sorted(set(movers)):
        _follow(connection, mover, min(at for _, whose, _, at in good if whose == mover))
    return count


def follow_duty(connection: Connection[Any], movers: Sequence[int] | None = None) -> int:
    """Set who is on duty of those whose duty goes by signs; movers None: of all. Gives how many changed.

    connection: of the platform.
    """
    values = {"movers": None if movers is None else list(movers), "longest": roster.LONGEST}
    return connection.execute(query(ROOM, "follow_duty"), values).rowcount


def forget_places(connection: Connection[Any], kept_days: int) -> int:
    """Forget where people stood who signed longer ago; gives how many. connection: of the platform."""
    return connection.execute(query(ROOM, "forget_places"), {"days": kept_days}).rowcount


def _add(
    connection: Connection[Any], reader: Reader, mover: int, sign: Sign, *, at: datetime, **more: Any
) -> tuple[int, bool]:
    place: LngLat | None = more.pop("place", None)
    values = {
        "mover": mover, "kind": sign.kind, "at": at, "client_id": sign.client_id, "reason": "",
        "account_id": reader.account_id, "username": reader.username, "accuracy_m": None,
        "lon": place and place.lon, "lat": place and place.lat, **more,
    }  # fmt: skip
    known = _known(connection, mover, sign.client_id)
    if known is not None:
        if known["kind"] != sign.kind or known["way"] != values["way"]:
            raise Conflict(f"'{sign.client_id}' has said something else before")
        return int(known["id"]), False
    number = connection.execute(query(ROOM, "add"), values).fetchall()[0][0]
    _follow(connection, mover, at)
    return int(number), True


def _follow(connection: Connection[Any], mover: int, at: datetime) -> None:
    """Let duty and the roll calls since then follow from a sign, which may come late."""
    follow_duty(connection, [mover])
    correct(connection, mover, at, at + roster.LONGEST)


def _known(connection: Connection[Any], mover: int, client_id: str | None) -> Row | None:
    with connection.cursor(row_factory=dict_row) as cursor:
        values = {"mover": mover, "client_id": client_id}
        return cursor.execute(query(ROOM, "known"), values).fetchone()


def _place_counts(connection: Connection[Any], mover: int, kind: str, at: datetime) -> bool:
    """Tell whether the place of a sign is kept: as that of a fix, or because duty begins with it."""
    time_us = np.array([(at - _EPOCH) // timedelta(microseconds=1)], np.int64)
    (off,) = roster.off_duty(connection, np.array([mover], np.int64), time_us)
    if off == roster.Off.TAKEN:
        return True
    return kind == "in" and bool(connection.execute(query(ROOM, "by_sign"), {"mover": mover}).fetchone())


def _moment(said: datetime | None, back: timedelta) -> datetime:
    """Give when a sign was; InvalidInput at `at` for what lies too far back, or ahead."""
    now = datetime.now(UTC)
    if said is None:
        return now
    if said > now + AHEAD:
        raise InvalidInput.at("at", "lies in the future")
    if said < now - back:
        raise InvalidInput.at("at", f"lies more than {back // timedelta(hours=1)} hours back")
    return min(said, now)


def _wait(connection: Connection[Any], movers: Sequence[int]) -> None:
    """Let signs of one mover come one after another, so that the last one says who is on duty."""
    connection.execute(query(ROOM, "wait"), {"movers": sorted(set(movers))})
