"""The gate of the roster (排班): what becomes of fixes of people who are not on duty."""

from __future__ import annotations

from datetime import timedelta
from enum import IntEnum
from typing import Any

import numpy as np
import numpy.typing as npt
from psycopg import Connection, Cursor
from psycopg.rows import dict_row

from spatial.database import query
from spatial.errors import Forbidden, NotFound
from spatial.patrols.batches import Ints, ranks
from spatial.patrols.verdicts import Verdict
from spatial.rights.reader import Reader
from spatial.rights.rules import rule_of

ROOM = "spatial.patrols"
Row = dict[str, Any]
REFUSED = "off_duty"
"""Why a fix is not taken."""
LONGEST = timedelta(hours=16)
"""Whoever signs in and does not sign out is off duty after this, where duty goes by signs."""


class Off(IntEnum):
    """What becomes of a fix."""

    TAKEN = 0
    REFUSED = 1
    MASKED = 2
    """Kept without its position: the unit stays, and the time."""


def ask(connection: Connection[Any]) -> Cursor[Any]:
    """Ask whether anybody's fixes are not simply taken, and whether any are masked; connection: as below."""
    return connection.execute(query(ROOM, "roster_gate"))


def off_duty(connection: Connection[Any], mover: Ints, time_us: Ints) -> npt.NDArray[np.int8]:
    """Decide on fixes (n,) by movers and times, POSIX microseconds; gives `Off` (n,).

    connection: of the platform, in the transaction that writes. Where an organisation has no policy of its
    own, the city's counts. Somebody who has no shift at all is off duty; so is, where duty goes by signs,
    whoever has not signed in.
    """
    decided = np.zeros(len(mover), np.int8)
    if len(mover):
        values = {
            "movers": np.unique(mover).tolist(),
            "begin_us": int(time_us.min()),
            "end_us": int(time_us.max()),
            "longest": LONGEST,
        }
        rows = connection.execute(query(ROOM, "roster_shifts"), values).fetchall()
        for off, masks in ((Off.REFUSED, False), (Off.MASKED, True)):
            of = np.unique(np.array([row[0] for row in rows if row[1] == masks], np.int64))
            shifts = [(row[0], *row[2:]) for row in rows if row[2] is not None]
            asked = np.flatnonzero(np.isin(mover, of))
            decided[asked[~_on(shifts, mover[asked], time_us[asked])]] = off
    return decided


def masked_before(
    connection: Connection[Any], mover: Ints, time_us: Ints, mark: npt.NDArray[np.int32]
) -> npt.NDArray[np.bool_]:
    """Tell which fixes (n,), by the keys that they have when masked, are there like that.

    connection: as above. What was masked stays so, whatever is said later of who was on duty.
    """
    found = np.zeros(len(mover), bool)
    if len(mover):
        values = {"movers": mover.tolist(), "times": time_us.tolist(), "marks": mark.tolist()}
        values["gate"] = int(Verdict.OFF_DUTY)
        rows = connection.execute(query(ROOM, "roster_masked"), values).fetchall()
        found[[row for (row,) in rows]] = True
    return found


def _on(shifts: list[tuple[int, int, int]], mover: Ints, time_us: Ints) -> npt.NDArray[np.bool_]:
    """Tell who is in a shift: more of the mover's have begun than ended. Widened, they may overlap."""
    owner, begins, ends = np.array(shifts, np.int64).reshape(-1, 3).T
    begun, over = (ranks(owner, moments, mover, time_us) for moments in (begins, ends))
    return np.asarray(begun > over)


def policies(connection: Connection[Any]) -> list[Row]:
    """List what becomes of fixes off duty: the city's (organisation None), then those that differ."""
    with connection.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(query(ROOM, "roster_policies")).fetchall()


def set_policy(
    connection: Connection[Any],
    reader: Reader,
    organisation: str | None,
    mode: str,
    margin_min: int,
    duty_by: str = "shift",
) -> None:
    """Say what becomes of fixes off duty, of an organisation or of the city; Forbidden, NotFound.

    duty_by: whether a `shift` says who is on duty, or a `sign_in`.
    """
    _check_keeper(reader)
    values = {"organisation": organisation, "mode": mode, "margin_min": margin_min, "duty_by": duty_by}
    if connection.execute(query(ROOM, "roster_set"), values).rowcount != 1:
        raise NotFound(f"there is no organisation '{organisation}'")


def drop_policy(connection: Connection[Any], reader: Reader, organisation: str) -> None:
    """Let the city's policy count for an organisation again; Forbidden, NotFound."""
    _check_keeper(reader)
    if connection.execute(query(ROOM, "roster_drop"), {"organisation": organisation}).rowcount != 1:
        raise NotFound(f"organisation '{organisation}' has no policy of its own")


def _check_keeper(reader: Reader) -> None:
    if reader.role not in rule_of("roster_policy").update or not reader.sees_everything:
        raise Forbidden("what becomes of fixes off duty is the whole city's to say")
