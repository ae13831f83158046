"""What is asked to be published, and the queue in which it waits for the job process.

Only the owner of the database may make tables, and the workers are not it: they put down who asks for what,
and the job process does it in that name.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from datetime import datetime
from typing import Any, Literal

from psycopg import Connection
from psycopg.rows import dict_row
from psycopg.types.json import Jsonb

from spatial.database import query
from spatial.endings import ended_by
from spatial.errors import Forbidden, NotFound
from spatial.rights.reader import Reader

ROOM = "layers"
PUBLISHERS = ("district_administrator", "analyst")
"""Roles that may publish; the policies of the tables layer and import say the same."""


@dataclass(frozen=True)
class PublishOptions:
    """What whoever publishes says of a file or table."""

    name: str | None = None
    """The layer's name; of a file with several layers each has its own."""
    layer: str | None = None
    """Only this layer of the file."""
    title: str | None = None
    title_en: str | None = None
    crs: str | None = None
    """EPSG:code: for a file that does not say, or says it wrongly."""
    datum: str = "wgs84"
    """gcj02 or bd09: shifted on the way in."""
    encoding: str | None = None
    lon: str | None = None
    lat: str | None = None
    id_column: str | None = None
    """The attribute that names features; it must be there and unlike in each. None: they are numbered."""
    geometry_column: str | None = None
    """Of a table with several."""
    time_column: str | None = None
    audience: Literal["all", "granted"] = "all"
    organisation: str | None = None
    """Code of the organisation that the layer belongs to."""
    editable: bool = False
    unit_column: str | None = None
    organisation_column: str | None = None
    invalid: Literal["mend", "refuse"] = "mend"
    mixed: Literal["split", "keep"] = "split"
    """Points, lines and areas in one: a layer each, or one of them all."""
    swap_axes: bool = False
    group: str | None = None

    @classmethod
    def of(cls, given: Mapping[str, Any]) -> PublishOptions:
        """Read options that were kept as JSON; what is not known is left out."""
        known = {each.name for each in fields(cls)}
        return cls(**{name: value for name, value in given.items() if name in known})


@dataclass(frozen=True)
class Request:
    """One row of the queue."""

    id: int
    action: str
    """table, file or replace."""
    target: str | None
    file: str | None
    filename: str | None
    options: PublishOptions
    who: Reader


@dataclass(frozen=True)
class Progress:
    """How far it is, for whoever asked."""

    id: int
    state: str
    progress: float
    layers: list[str]
    problems: list[dict[str, str]]
    filename: str | None
    asked_at: datetime
    ended_at: datetime | None


def ask(
    connection: Connection[Any], reader: Reader, action: str, options: PublishOptions, **more: str | None
) -> int:
    """Put down what is asked for; returns its number. more: target, file, filename.

    connection: of the reader. Forbidden for a role that may not publish.
    """
    if reader.role not in PUBLISHERS:
        raise Forbidden(f"only {' and '.join(PUBLISHERS)} publish layers")
    context = {
        "role": reader.role,
        "reach": reader.reach,
        "organisation_id": reader.organisation_id,
        "address": reader.address,
        "request": reader.request,
    }
    values: dict[str, Any] = {"target": None, "file": None, "filename": None, **more, "action": action}
    values |= {"username": reader.username, "options": Jsonb(asdict(options)), "context": Jsonb(context)}
    return int(connection.execute(query(ROOM, "imports_ask"), values).fetchall()[0][0])


def progress_of(connection: Connection[Any], number: int) -> Progress:
    """Tell how far it is; NotFound for somebody else's."""
    with connection.cursor(row_factory=dict_row) as cursor:
        row = cursor.execute(query(ROOM, "imports_progress"), {"id": number}).fetchone()
    if row is None:
        raise NotFound(f"there is no import '{number}'")
    return Progress(**row)


def report_of(connection: Connection[Any], layer: str) -> dict[str, Any]:
    """Read what was found in the file of a layer; NotFound when there is no such layer or no file."""
    with connection.cursor(row_factory=dict_row) as cursor:
        row = cursor.execute(query(ROOM, "imports_report"), {"layer": layer}).fetchone()
    if row is None:
        raise NotFound(f"there is no layer '{layer}' that was made from a file")
    return row


def take(connection: Connection[Any]) -> Request | None:
    """Take the next one off the queue for this process alone; None when there is none.

    connection: of the owner, in autocommit: its session keeps hold of the request until `end`.
    """
    row = connection.execute(query(ROOM, "imports_take")).fetchone()
    if row is None:
        return None
    number, account_id, username, action, target, file, filename, options, context, may = row
    who = Reader(
        account_id,
        username,
        username,
        context["role"],
        context["reach"],
        organisation_id=context["organisation_id"],
        address=context["address"],
        request=context["request"],
    )
    request = Request(number, action, target, file, filename, PublishOptions.of(options), who)
    if not may:
        end(connection, request, error=Forbidden("the account may not publish any more"))
        return take(connection)
    return request


def note_progress(connection: Connection[Any], request: Request, part: float) -> None:
    """Put down how much is done, 0 to 1."""
    connection.execute(query(ROOM, "imports_note"), {"id": request.id, "progress": part})


def end(
    connection: Connection[Any],
    request: Request,
    layers: list[str] | None = None,
    error: BaseException | None = None,
) -> None:
    """Put down how it ended: what was published, or why nothing was."""
    state, problems = ("done", []) if error is None else ended_by(error)
    values = {"id": request.id, "state": state, "layers": layers or [], "problems": Jsonb(problems)}
    connection.execute(query(ROOM, "imports_end"), values)


def give_up_interrupted(connection: Connection[Any]) -> list[str]:
    """Put down as failed what was under way in a process that is gone; names their files."""
    rows = connection.execute(query(ROOM, "imports_interrupted")).fetchall()
    return [file for (file,) in rows if file is not None]


def forget_old(connection: Connection[Any], days: int = 30) -> int:
    """Delete requests that ended long ago; what became of them is in the audit log. Returns how many."""
    return connection.execute(query(ROOM, "imports_forget"), {"days": days}).rowcount


def is_waited_for(connection: Connection[Any], file: str) -> bool:
    """Tell whether a file belongs to a request that has not ended."""
    return bool(connection.execute(query(ROOM, "imports_waited_for"), {"file": file}).fetchall())
