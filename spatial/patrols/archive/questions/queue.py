"""The table of questions to the archive: what was asked, by whom, and what came out, for a day."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from psycopg import Connection
from psycopg.rows import class_row
from psycopg.types.json import Jsonb

from spatial.database import query
from spatial.database.notify import notify
from spatial.errors import Conflict, NotFound

ROOM = "spatial.patrols.archive.questions"
KIND = "archive"
"""The message that there is work for the job process."""
MOST_QUESTIONS = 20
"""That one account may have at a time, those that are answered included."""
MOST_TRIES = 3

Json = dict[str, Any]


@dataclass(frozen=True)
class Listed:
    """A question as its owner sees it."""

    id: int
    asked: Json
    state: str
    problem: Json | None
    octets: int
    rights: str | None
    asked_at: datetime
    started_at: datetime | None
    ended_at: datetime | None


@dataclass(frozen=True)
class Claimed:
    """A question that this process is to answer."""

    id: int
    account_id: int
    asked: Json


def add(connection: Connection[Any], account_id: int, asked: Json) -> int:
    """Put a question, in the name of the platform; Conflict when the account has MOST_QUESTIONS already."""
    connection.execute(query(ROOM, "lock_account"), {"account": account_id})
    count = connection.execute(query(ROOM, "count_live"), {"account": account_id}).fetchall()[0][0]
    if count >= MOST_QUESTIONS:
        raise Conflict(f"you have {MOST_QUESTIONS} questions already: delete some, or wait until they expire")
    values = {"account": account_id, "asked": Jsonb(asked)}
    number: int = connection.execute(query(ROOM, "add"), values).fetchall()[0][0]
    notify(connection, KIND)
    return number


def own(connection: Connection[Any], number: int | None = None) -> list[Listed]:
    """List the reader's own questions, newest first."""
    with connection.cursor(row_factory=class_row(Listed)) as cursor:
        return cursor.execute(query(ROOM, "own"), {"id": number}).fetchall()


def own_one(connection: Connection[Any], number: int) -> Listed:
    """Find one of the reader's own questions; NotFound when there is none of the number."""
    for found in own(connection, number):
        return found
    raise NotFound("there is no such question")


def result(connection: Connection[Any], number: int) -> bytes:
    """Read what came out of one of the reader's own questions; NotFound when nothing has yet."""
    rows = connection.execute(query(ROOM, "result"), {"id": number}, binary=True).fetchall()
    if not rows or rows[0][0] is None:
        raise NotFound("this question has no answer, or not yet")
    return bytes(rows[0][0])


def drop(connection: Connection[Any], account_id: int, number: int) -> None:
    """Delete a question of an account, in the name of the platform; NotFound when there is none."""
    if connection.execute(query(ROOM, "drop"), {"id": number, "account": account_id}).rowcount != 1:
        raise NotFound("there is no such question")


def claim(connection: Connection[Any]) -> Claimed | None:
    """Take the question whose turn it is; None when none waits."""
    with connection.cursor(row_factory=class_row(Claimed)) as cursor:
        return cursor.execute(query(ROOM, "claim")).fetchone()


def finish(connection: Connection[Any], number: int, body: bytes, rights: str) -> None:
    """Keep what came out, unless the question was deleted."""
    connection.execute(query(ROOM, "finish"), {"id": number, "result": body, "rights": rights})


def fail(connection: Connection[Any], number: int, problem: Json) -> None:
    """Note why nothing came out: a problem document."""
    connection.execute(query(ROOM, "fail"), {"id": number, "problem": Jsonb(problem)})


def give_back(connection: Connection[Any], problem: Json) -> None:
    """Let what a process that died was answering be begun anew; after some times it has failed."""
    connection.execute(query(ROOM, "give_back"), {"most": MOST_TRIES, "problem": Jsonb(problem)})


def forget(connection: Connection[Any]) -> int:
    """Delete questions that were answered a day ago; returns how many."""
    return connection.execute(query(ROOM, "forget")).rowcount
