"""The queue of surveys: who sent which file, how far it is, and the report of what it did."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from psycopg import Connection
from psycopg.rows import dict_row
from psycopg.types.json import Jsonb

from spatial.components.surveys.options import Options
from spatial.database import query
from spatial.database.notify import notify
from spatial.endings import ended_by
from spatial.errors import Conflict, Forbidden, NotFound
from spatial.rights.reader import Reader
from spatial.rights.rules import rule_of

ROOM = "spatial.components.surveys"
KIND = "survey"
"""The message that there is work for the job process."""
MOST_TRIES = 3
MOST_WAITING = 5
KEPT_DAYS = 90
PAGE = 10_000

Json = dict[str, Any]


@dataclass(frozen=True)
class Claimed:
    """A survey that this process is to do."""

    id: int
    account_id: int | None
    file: str
    filename: str
    options: Options


def check_may_survey(reader: Reader) -> None:
    """Refuse who may not bring in surveys; Forbidden."""
    if reader.scope != "all" or reader.role not in rule_of("component_survey").create:
        raise Forbidden("you may not bring in surveys of components")


def ask(
    connection: Connection[Any], reader: Reader, options: Options, file: str, filename: str, sha256: str
) -> int:
    """Put a file down to be done, and return the survey's number; Conflict when too many of yours wait."""
    check_may_survey(reader)
    if connection.execute(query(ROOM, "waiting")).fetchall()[0][0] >= MOST_WAITING:
        raise Conflict(f"{MOST_WAITING} surveys of yours wait already")
    values: Json = {"username": reader.username, "file": file, "filename": filename, "sha256": sha256}
    values |= {"options": Jsonb(asdict(options)), "dry_run": options.dry_run}
    number = int(connection.execute(query(ROOM, "ask"), values).fetchall()[0][0])
    notify(connection, KIND)
    return number


def progress(connection: Connection[Any], number: int) -> Json:
    """Tell how far one's own survey is, and what it found; NotFound."""
    with connection.cursor(row_factory=dict_row) as cursor:
        row = cursor.execute(query(ROOM, "progress"), {"id": number}).fetchone()
    if row is None:
        raise NotFound(f"there is no survey '{number}'")
    return row


def listed(connection: Connection[Any]) -> list[Json]:
    """List one's own surveys, newest first."""
    with connection.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(query(ROOM, "listed")).fetchall()


def rows(
    connection: Connection[Any], number: int, verdict: str | None = None, after: int = 0, limit: int = 1000
) -> list[Json]:
    """List the rows of a report behind `after`, in the order of the file, what is missing last."""
    values = {"id": number, "verdict": verdict, "after": after, "limit": limit}
    with connection.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(query(ROOM, "rows"), values).fetchall()


def all_rows(connection: Connection[Any], number: int, verdict: str | None = None) -> Iterator[Json]:
    """Go through all rows of a report, a page at a time."""
    after = 0
    while page := rows(connection, number, verdict, after, PAGE):
        yield from page
        after = page[-1]["nr"]


def claim(connection: Connection[Any]) -> Claimed | None:
    """Take the survey that waits longest; None when none does. connection: of the platform."""
    row = connection.execute(query(ROOM, "claim")).fetchone()
    if row is None:
        return None
    number, account_id, file, filename, options = row
    return Claimed(number, account_id, file, filename, Options.of(options))


def note(connection: Connection[Any], number: int, part: float) -> None:
    """Put down how much is done, 0 to 1."""
    connection.execute(query(ROOM, "note"), {"id": number, "progress": part})


def finish(connection: Connection[Any], number: int, counts: Mapping[str, int], left_out: list[str]) -> None:
    """Put down what was found; `left_out` are columns of the file that were not used."""
    reasons = [{"where": name, "reason": "is no field of a component, and was left out"} for name in left_out]
    values = {"id": number, "state": "done", "counts": Jsonb(dict(counts)), "problems": Jsonb(reasons[:100])}
    connection.execute(query(ROOM, "end"), values)


def fail(connection: Connection[Any], number: int, error: BaseException) -> None:
    """Put down why nothing was done."""
    state, problems = ended_by(error)
    values = {"id": number, "state": state, "counts": Jsonb({}), "problems": Jsonb(problems)}
    connection.execute(query(ROOM, "end"), values)


def give_back(connection: Connection[Any]) -> None:
    """Let what a process that died was doing be begun anew; after MOST_TRIES it has failed."""
    connection.execute(query(ROOM, "give_back"), {"most": MOST_TRIES})


def forget_old(connection: Connection[Any]) -> None:
    """Delete reports that are old; what they changed is in the audit log."""
    connection.execute(query(ROOM, "forget"), {"days": KEPT_DAYS})


def waited_for(connection: Connection[Any]) -> set[str]:
    """Name the files that are still to be read."""
    return {file for (file,) in connection.execute(query(ROOM, "waited_for")).fetchall()}


def ended_at(seen: Json) -> datetime | None:
    """Tell when a survey ended."""
    moment: datetime | None = seen["ended_at"]
    return moment
