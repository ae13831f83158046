"""What the public may report and follow: matters in plain words, and stages without a name or a note."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from psycopg import Connection, errors
from psycopg.rows import dict_row

from spatial.database import query
from spatial.errors import Conflict, InvalidInput, NotFound
from spatial.events.public_codes import digest_of
from spatial.rights.reader import Reader

ROOM = "spatial.events"
PUBLIC = Reader(None, "public", "公众", "system")
"""The platform, as it works for somebody who is not known."""

STAGES: dict[str, tuple[str, str]] = {
    "received": ("已收到，等待受理", "Received, waiting to be looked at"),
    "accepted": ("已受理，正在安排处理单位", "Accepted; it is being given to the unit that handles it"),
    "working": ("已派遣，处理单位正在处理", "Being handled"),
    "checking": ("已处理，正在核查", "Handled; the result is being checked"),
    "closed": ("已办结", "Done"),
    "declined": (
        "未受理：不属于受理范围，或无法核实",
        "Not accepted: not for the city, or not found",
    ),
    "withdrawn": ("已撤销", "Withdrawn"),
}
"""What each stage is called, in Chinese and English."""
_STAGE_OF = {
    "reported": "received", "accepted": "accepted", "filed": "accepted", "dispatched": "working",
    "handled": "checking", "verified": "checking", "closed": "closed", "rejected": "declined",
    "cancelled": "withdrawn", "merged": "received",
}  # fmt: skip
"""State of an event → stage; one that is merged has the stage of the other one."""
_MOMENTS = {
    "received": "reported_at", "accepted": "accepted_at", "working": "dispatched_at",
    "checking": "handled_at", "closed": "closed_at",
}  # fmt: skip
_WAY = tuple(_MOMENTS)
MOST_PHOTOS = 5
PHOTO_HOURS = 24
"""How long after a report photos can be added to it."""

Json = dict[str, Any]


def matters(connection: Connection[Any]) -> list[Json]:
    """List what can be reported, in the order in which it is shown."""
    with connection.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(query(ROOM, "public_matters")).fetchall()


def put_matters(connection: Connection[Any], rows: Sequence[Mapping[str, Any]]) -> None:
    """Put other matters in place of those that are; InvalidInput for an unknown category or a key twice."""
    connection.execute(query(ROOM, "public_matters_lock"))
    connection.execute(query(ROOM, "public_matters_forget"))
    for rank, row in enumerate(rows, 1):
        try:
            with connection.transaction():
                connection.execute(query(ROOM, "public_matters_put"), {**row, "rank": rank})
        except errors.ForeignKeyViolation:
            raise InvalidInput.at(f"matters.{rank - 1}.category", "is no matter") from None
        except errors.UniqueViolation:
            raise InvalidInput.at(f"matters.{rank - 1}.key", "stands twice") from None


def keep_code(connection: Connection[Any], event: int, code: str) -> None:
    """Keep the digest of a new report's code; Conflict when it has another one."""
    values = {"event": event, "digest": digest_of(code)}
    if connection.execute(query(ROOM, "public_report_add"), values).fetchone() is None:
        raise Conflict("this report was sent before, under another key of the city; its first code is good")


def followed(connection: Connection[Any], code: str) -> Json:
    """Tell what became of the report of a code; NotFound, in the same words for whatever is no code."""
    with connection.cursor(row_factory=dict_row) as cursor:
        row = cursor.execute(query(ROOM, "public_follow"), {"digest": digest_of(code)}).fetchone()
    if row is None:
        raise _no_such_code()
    stage = _STAGE_OF[row["state"]]
    return {
        "stage": stage,
        "says": dict(zip(("zh", "en"), STAGES[stage], strict=True)),
        "matter": {"zh": row["title"], "en": row["title_en"]},
        "joined": row["joined"],
        "reported_at": row["reported_at"],
        "steps": _steps(row, stage),
        "photos": row["photos"],
        "can_add_photos": row["photos"] < MOST_PHOTOS and row["is_fresh"],
    }


def _steps(row: Mapping[str, Any], stage: str) -> list[Json]:
    """List the stages that were reached, oldest first; nothing of the other report from before this one."""
    last = _WAY.index(stage) if stage in _WAY else 0
    reached = [(name, row[_MOMENTS[name]]) for name in _WAY[: last + 1]]
    steps = [_step(name, max(at, row["reported_at"])) for name, at in reached if at is not None]
    return steps if stage in _WAY else [*steps, _step(stage, row["ended_at"])]


def _step(stage: str, at: datetime | None) -> Json:
    return {"stage": stage, "says": dict(zip(("zh", "en"), STAGES[stage], strict=True)), "at": at}


def event_for_photo(connection: Connection[Any], code: str) -> int:
    """Find the event that a photo may be added to and keep others from adding at the same time.

    NotFound as above; Conflict when it has enough of them, is too old, or is done with.
    """
    row = connection.execute(query(ROOM, "public_report_lock"), {"digest": digest_of(code)}).fetchone()
    if row is None:
        raise _no_such_code()
    event = int(row[0])
    found = connection.execute(query(ROOM, "public_report_photos"), {"event": event}).fetchall()
    is_fresh, photos = found[0] if found else (False, 0)
    if not is_fresh:
        raise Conflict(f"photos can be added for {PHOTO_HOURS} hours, and until the matter is done with")
    if photos >= MOST_PHOTOS:
        raise Conflict(f"a report has {MOST_PHOTOS} photos at most")
    return event


def _no_such_code() -> NotFound:
    return NotFound("no report has this code")
