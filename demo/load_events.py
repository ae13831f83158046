"""The life of the demo city's events: who had them when, by when, and every step as the time line has it.

The files say how many seconds after an event each state was reached; what lies after `now` has not happened.
Every twenty-third event that was dispatched was sent back once by whoever got it, and dispatched again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from psycopg import Connection

from spatial.database import query
from spatial.events.deadlines import Deadlines, read_deadlines
from spatial.events.intake_rows import STRAIGHT
from spatial.events.lifecycle_verbs import DISPATCHED, FILED, HANDLED, STAGES, WAY

Columns = dict[str, Any]
Times = NDArray[np.int64]

RETURNED_EVERY = 23
_SENT, _HANDLED = WAY.index(DISPATCHED), WAY.index(HANDLED)
NEVER = np.datetime64("NaT", "us")


def returned(done: NDArray[Any]) -> NDArray[np.bool_]:
    """Tell which events (n,) were sent back once: handled by now, so that the second dispatch lies behind."""
    number = np.arange(len(done))
    return (number % RETURNED_EVERY == 0) & (done > _HANDLED)


def life(
    connection: Connection[Any], events: Mapping[str, Any], steps_s: Times, done: NDArray[Any]
) -> Columns:
    """Make the columns that follow from the steps.

    events: category of each (n,). steps_s: POSIX seconds (n, 7) of the states of the straight way, of which
    the first `done` (n,) have been reached.
    """
    sent_back = returned(done)
    reached = _reached(steps_s, sent_back)
    found: Columns = {
        f"{state}_at": np.where(done > place, _moments(reached[:, place]), NEVER)
        for place, state in enumerate(WAY)
        if 0 < place < len(WAY) - 1
    }
    found["valid"] = [True if count > 1 else None for count in done]
    found["returned_count"] = sent_back.astype(np.int64)
    return found | _deadlines(read_deadlines(connection), events["category"], reached, done)


def steps(events: Mapping[str, Any], steps_s: Times, done: NDArray[Any]) -> Columns:
    """Make the columns of event_step, event by event in the order of time; events: id, organisation_id …"""
    again = np.flatnonzero(returned(done))
    rows, place = np.nonzero(np.arange(len(WAY)) < done[:, None])
    sent = np.full(len(again), _SENT)
    back_s, anew_s = _between(steps_s[again], 0.2), _between(steps_s[again], 0.4)
    parts = (
        _steps(events, rows, place, steps_s[rows, place]),
        {**_steps(events, again, sent, back_s), **_back(len(again))},
        _steps(events, again, sent, anew_s),
    )
    # Within a second: what was sent comes back, and is sent again.
    after = np.concatenate([10 * place, 10 * sent + 1, 10 * sent + 2])
    order = np.lexsort(
        (after, np.concatenate([steps_s[rows, place], back_s, anew_s]), np.concatenate([rows, again, again]))
    )
    found = {name: np.concatenate([part[name] for part in parts])[order] for name in parts[0]}
    return {name: values if name == "at" else values.tolist() for name, values in found.items()}


def whose(connection: Connection[Any], events: Mapping[str, Any], done: NDArray[Any]) -> Columns:
    """Name the organisation and the person that the duty list gives an event to, once it was dispatched."""
    from spatial.people.duty_lists import read_duty_list

    duties = read_duty_list(connection)
    keys = dict(connection.execute(query("demo", "load_organisations")).fetchall())
    lines = [
        # Codes of the demo's coverage hold those of the units above: 6 + 3 + 3 + 3 digits.
        duties.find([code, code[:12], code[:9], code[:6]], category) if code and count > _SENT else None
        for code, category, count in zip(events["unit_code"], events["category"], done, strict=True)
    ]
    return {
        "organisation_id": [None if line is None else keys[line.organisation] for line in lines],
        "worker_id": [None if line is None else line.worker_id for line in lines],
    }


def forget_ended(connection: Connection[Any]) -> None:
    """Spare the job process a look at events that ended before the city began."""
    connection.execute(query("demo", "load_watch"))


def _reached(steps_s: Times, sent_back: NDArray[np.bool_]) -> Times:
    """The last time that each state was reached."""
    reached = steps_s.copy()
    reached[sent_back, _SENT] = _between(steps_s[sent_back], 0.4)
    return reached


def _between(steps_s: Times, share: float) -> Times:
    """A moment between dispatch and handling."""
    spent = steps_s[:, _HANDLED] - steps_s[:, _SENT]
    return np.asarray(steps_s[:, _SENT] + (spent * share).astype(np.int64))


def _deadlines(
    deadlines: Deadlines, categories: Sequence[str], reached: Times, done: NDArray[Any]
) -> Columns:
    urgencies = ["ordinary"] * len(categories)
    never = np.full(len(done), -1, np.int64)
    due = never.copy()
    for place, state in enumerate(WAY[:-1]):
        now = done == place + 1
        starts = np.where(now, reached[:, place], -1)
        due = np.where(now, deadlines.due_many(STAGES[state], categories, urgencies, starts), due)
    handle = deadlines.due_many(
        "handle", categories, urgencies, np.where(done > _SENT, reached[:, _SENT], -1)
    )
    verify = deadlines.due_many("verify", categories, urgencies, handle)
    close = deadlines.due_many("close", categories, urgencies, verify)
    in_time = [
        bool(at <= until) if count > _HANDLED and until >= 0 else None
        for at, until, count in zip(
            reached[:, _HANDLED].tolist(), handle.tolist(), done.tolist(), strict=True
        )
    ]
    named = {"due_at": due, "handle_due_at": handle, "close_due_at": close}
    return {name: np.where(at < 0, NEVER, _moments(at)) for name, at in named.items()} | {
        "handled_on_time": in_time
    }


def _steps(events: Mapping[str, Any], rows: NDArray[Any], place: NDArray[Any], at_s: Times) -> Columns:
    sent = place == _SENT
    whom = {name: _objects(events[name])[rows] for name in ("organisation_id", "worker_id")}
    return {
        "event_id": _objects(events["id"])[rows],
        "at": _moments(at_s),
        "verb": _objects(STRAIGHT)[place],
        "from_state": _objects([None, *WAY])[place],
        "to_state": _objects(WAY)[place],
        "username": _objects(["demo"] * len(rows)),
        **{name: np.where(sent, keys, None) for name, keys in whom.items()},
        "note": _objects([""] * len(rows)),
    }


def _back(count: int) -> Columns:
    """What is otherwise with a return than with a dispatch."""
    said = {"verb": "return", "from_state": DISPATCHED, "to_state": FILED, "note": "不属于本单位职责"}
    said |= {"organisation_id": None, "worker_id": None}
    return {name: _objects([value] * count) for name, value in said.items()}


def _objects(values: Sequence[Any]) -> NDArray[Any]:
    found = np.empty(len(values), object)
    found[:] = values
    return found


def _moments(posix_s: Times) -> NDArray[np.datetime64]:
    return np.asarray(posix_s).astype("datetime64[s]").astype("datetime64[us]")
