"""Open cries for help: one for each who cries until it is closed, however often and however told."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from psycopg import Connection

from spatial.database import query
from spatial.database.notify import notify
from spatial.geometry.datum import DATUMS, convert

ROOM = "spatial.patrols.cries"
AHEAD = timedelta(minutes=5)
"""A clock may be so fast: it is now then."""
LATE = timedelta(hours=24)
"""What is older when it comes is marked: it may be over, or the clock of the device is wrong."""
OLDEST = timedelta(days=30)
"""A clock that says more is wrong: such a cry is of when it comes, and marked."""
MOST_LAT = 85.0

Row = dict[str, Any]


@dataclass(frozen=True)
class Told:
    """A device tells of an SOS; mover None: nobody carries it. lon, lat: as sent, in the device's datum."""

    device: int
    mover: int | None
    at: datetime
    lon: float | None = None
    lat: float | None = None
    accuracy_m: float | None = None

    @property
    def whose(self) -> int:
        """Whose it is, as the table has it."""
        return -self.device if self.mover is None else self.mover


def told_by_devices(connection: Connection[Any], told: Sequence[Told]) -> list[int]:
    """Open a cry for each who has none that is not closed; gives the numbers of the new ones.

    connection: of the platform, in the transaction that keeps what was told; each of `told` is new there.
    What was before a cry was closed belongs to that one, whenever it comes.
    """
    if not told:
        return []
    datums, now, new = _datums(connection, told), datetime.now(UTC), []
    # In one order, so that two processes never wait in a circle.
    for _, those in sorted(_by_whose(_not_closed(connection, told)).items()):
        first, last = those[0], those[-1]
        values = {
            "mover": first.mover, "device": first.device, "way": "device", "times": len(those),
            **_times(first.at, last.at, now), **_place(first, datums[first.device]),
        }  # fmt: skip
        number, is_new = put(connection, values)
        if is_new:
            new.append(number)
    return new


def put(connection: Connection[Any], values: Row) -> tuple[int, bool]:
    """Open a cry or count one more; gives its number, and whether it is new. connection: of the platform.

    values: mover, device, way, at, last_at, times, late, lon, lat, accuracy_m; note, account, username and
    client_id of whoever raised it. Watchers are told of a new one at the commit.
    """
    blank = {"note": "", "account": None, "username": "", "client_id": None, "accuracy_m": None}
    values = {**blank, **values}
    number, is_new = connection.execute(query(ROOM, "open"), values).fetchall()[0]
    if is_new:
        add_step(connection, number, "opened", account=values["account"], username=values["username"])
        tell(connection, number, "opened", values["mover"], late=values["late"])
    return int(number), bool(is_new)


def add_step(connection: Connection[Any], number: int, what: str, **more: Any) -> None:
    """Add to the time line of a cry: word, note, account, username; connection: of the platform."""
    blank = {"word": None, "note": "", "account": None, "username": ""}
    connection.execute(query(ROOM, "step_add"), {"id": number, "what": what, **blank, **more})


def tell(connection: Connection[Any], number: int, what: str, mover: int | None, **facts: Any) -> None:
    """Let those who watch know at the commit."""
    movers = [] if mover is None else [mover]
    notify(connection, "cry", cry=number, what=what, **facts, movers=movers)


def _times(first: datetime, last: datetime, now: datetime) -> Row:
    is_believed = now - OLDEST <= first <= now + AHEAD
    at = min(first, now) if is_believed else now
    is_late = not now - LATE <= first <= now + AHEAD
    return {"at": at, "last_at": max(at, min(last, now)), "late": is_late}


def _place(told: Told, datum: str) -> Row:
    lon, lat = told.lon, told.lat
    if lon is None or lat is None or not (abs(lon) <= 180 and abs(lat) <= MOST_LAT) or lon == lat == 0:
        return {"lon": None, "lat": None, "accuracy_m": None}
    there = convert([lon], [lat], datum, DATUMS[0])
    return {"lon": float(there[0][0]), "lat": float(there[1][0]), "accuracy_m": told.accuracy_m}


def _datums(connection: Connection[Any], told: Sequence[Told]) -> Mapping[int, str]:
    values = {"devices": sorted({each.device for each in told})}
    rows = connection.execute(query(ROOM, "datums"), values).fetchall()
    return {device: datum if datum in DATUMS else DATUMS[0] for device, datum in rows}


def _by_whose(told: Sequence[Told]) -> dict[int, list[Told]]:
    """Sort by whose, and those of each by when."""
    found: dict[int, list[Told]] = {}
    for each in sorted(told, key=lambda one: one.at):
        found.setdefault(each.whose, []).append(each)
    return found


def _not_closed(connection: Connection[Any], told: Sequence[Told]) -> list[Told]:
    """Count what belongs to a cry that is closed, and give the rest."""
    values = {"whose": sorted({each.whose for each in told}), "since": min(each.at for each in told)}
    rest = list(told)
    for number, whose, since, until in connection.execute(query(ROOM, "closed_since"), values).fetchall():
        of_it = [each for each in rest if each.whose == whose and since <= each.at <= until]
        if of_it:
            last_at = max(each.at for each in of_it)
            connection.execute(query(ROOM, "again"), {"id": number, "times": len(of_it), "last_at": last_at})
            rest = [each for each in rest if each not in of_it]
    return rest
