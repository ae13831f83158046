"""The table of jobs: what a process was asked, by whom, how far it is, and what came out, for a day."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from psycopg import Connection
from psycopg.rows import class_row
from psycopg.types.json import Jsonb

from spatial.database import query
from spatial.database.notify import notify
from spatial.errors import Conflict

ROOM = "layers.processing"
KIND = "process"
"""The message that there is work for the job process."""
MOST_TRIES = 3
MOST_JOBS = 20
"""Jobs that one account may have at a time, those that have ended included until they are deleted."""
STATES = ("accepted", "running", "successful", "failed", "dismissed")

Json = dict[str, Any]


@dataclass(frozen=True)
class Job:
    """A job as its owner sees it."""

    number: UUID
    process: str
    state: str
    progress: int
    message: str
    media_type: str | None
    rights: str | None
    created_at: datetime
    started_at: datetime | None
    updated_at: datetime
    ended_at: datetime | None


@dataclass(frozen=True)
class Claimed:
    """A job that this process is to do."""

    number: UUID
    account_id: int
    process: str
    asked: Json


@dataclass(frozen=True)
class Wanted:
    """Which of the own jobs are listed."""

    number: UUID | None = None
    processes: Sequence[str] | None = None
    states: Sequence[str] | None = None
    since: datetime | None = None
    until: datetime | None = None
    shortest: float | None = None
    """Seconds that it took at least, up to now where it has not ended."""
    longest: float | None = None
    limit: int = 1
    offset: int = 0


def add(connection: Connection[Any], account_id: int, process: str, asked: Json) -> UUID:
    """Ask for a calculation, in the name of the platform; Conflict when the account has MOST_JOBS already."""
    connection.execute(query(ROOM, "lock_account"), {"account_id": account_id})
    if (
        connection.execute(query(ROOM, "count_live"), {"account_id": account_id}).fetchall()[0][0]
        >= MOST_JOBS
    ):
        raise Conflict(f"you have {MOST_JOBS} jobs already: delete some, or wait until they expire")
    values = {"account_id": account_id, "process": process, "asked": Jsonb(asked)}
    number: UUID = connection.execute(query(ROOM, "add"), values).fetchall()[0][0]
    notify(connection, KIND)
    return number


def own(connection: Connection[Any], wanted: Wanted) -> list[Job]:
    """List the reader's own jobs, newest first."""
    with connection.cursor(row_factory=class_row(Job)) as cursor:
        return cursor.execute(query(ROOM, "own"), vars(wanted)).fetchall()


def result(connection: Connection[Any], number: UUID) -> tuple[Json, Json | None, bytes | None]:
    """Read of one of the reader's own jobs what was asked, why it failed, and what came out."""
    asked, problem, body = connection.execute(query(ROOM, "result"), {"number": number}).fetchall()[0]
    return asked, problem, body


def dismiss(connection: Connection[Any], account_id: int, number: UUID) -> None:
    """Dismiss a job of an account that has not ended, or forget one that has; in the name of the platform."""
    connection.execute(query(ROOM, "dismiss"), {"number": number, "account_id": account_id})


def claim(connection: Connection[Any]) -> Claimed | None:
    """Take the job whose turn it is; None when none waits."""
    with connection.cursor(row_factory=class_row(Claimed)) as cursor:
        return cursor.execute(query(ROOM, "claim")).fetchone()


def note(connection: Connection[Any], number: UUID, progress: int, message: str) -> bool:
    """Note how far a job is, in percent; False when nobody wants it any more."""
    values = {"number": number, "progress": progress, "message": message}
    return connection.execute(query(ROOM, "note"), values).rowcount == 1


def finish(connection: Connection[Any], number: UUID, media_type: str, body: bytes, rights: str) -> None:
    """Keep what came out, unless nobody wants it any more."""
    values = {"number": number, "media_type": media_type, "result": body, "rights": rights}
    connection.execute(query(ROOM, "finish"), values)


def fail(connection: Connection[Any], number: UUID, problem: Json) -> None:
    """Note why nothing came out: a problem document."""
    values = {"number": number, "problem": Jsonb(problem), "message": str(problem["detail"])[:1000]}
    connection.execute(query(ROOM, "fail"), values)


def give_back(connection: Connection[Any], problem: Json) -> None:
    """Let what a process that died was doing be begun anew; after three times it has failed for `problem`."""
    values = {"most": MOST_TRIES, "problem": Jsonb(problem), "message": problem["detail"]}
    connection.execute(query(ROOM, "give_back"), values)


def forget_expired(connection: Connection[Any]) -> None:
    """Delete jobs whose time has come."""
    connection.execute(query(ROOM, "forget_expired"))
