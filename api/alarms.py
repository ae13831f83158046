"""Alarms (报警): what matters first, one with all that became of it, and what people do to them."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Response

from api.dependencies import ConnectionOf, ReaderOf
from api.me import not_kept
from api.paging import Number
from api.schemas.alarms import AlarmsQuery, Because, GroupsQuery, Noted, Shelved
from api.tags import Match, check_tag, tagged
from lifeline.alarms.kept import acting, reading, storm
from lifeline.alarms.kept.acting import Deed
from lifeline.alarms.states import Event
from spatial.rights.reader import Reader

router = APIRouter(tags=["lifeline"], dependencies=[Depends(not_kept)])

Json = dict[str, Any]
ALARMS = "/api/lifeline/alarms"
ONE = ALARMS + "/{identifier}"


@router.get(ALARMS)
def listed(connection: ConnectionOf, asked: Annotated[AlarmsQuery, Query()]) -> Json:
    """List alarms, the gravest first and the oldest of a level; `next` is the next `after`."""
    found = reading.listed(connection, reading.Wanted(**asked.model_dump()))
    return {"alarms": found, "next": reading.mark(found[-1]) if len(found) == asked.limit else None}


@router.get(ALARMS + "/groups")
def groups(connection: ConnectionOf, asked: Annotated[GroupsQuery, Query()]) -> Json:
    """Show the few that matter of what stands: groups by what they hang on, and counts of all."""
    return storm.groups(connection, asked.most)


@router.get(ONE)
def one(identifier: Number, connection: ConnectionOf, answer: Response) -> Json:
    """Show an alarm with what became of it."""
    return tagged(answer, reading.read(connection, identifier), "edition")


@router.post(ONE + "/acknowledge")
def acknowledge(
    identifier: Number,
    connection: ConnectionOf,
    reader: ReaderOf,
    sent: Noted,
    match: Match,
    answer: Response,
) -> Json:
    """Say that you have seen it and see to it; whoever comes second is told who was first (409)."""
    return _done(connection, reader, identifier, Deed(Event.ACKNOWLEDGED, sent.reason), match, answer)


@router.post(ONE + "/reset")
def reset(
    identifier: Number,
    connection: ConnectionOf,
    reader: ReaderOf,
    sent: Noted,
    match: Match,
    answer: Response,
) -> Json:
    """Let go of one that is latched."""
    return _done(connection, reader, identifier, Deed(Event.RESET, sent.reason), match, answer)


@router.post(ONE + "/shelve")
def shelve(
    identifier: Number,
    connection: ConnectionOf,
    reader: ReaderOf,
    sent: Shelved,
    match: Match,
    answer: Response,
) -> Json:
    """Lay one aside until a time, with a reason; it comes back by itself."""
    return _done(connection, reader, identifier, Deed(Event.SHELVED, sent.reason, sent.until), match, answer)


@router.post(ONE + "/unshelve")
def unshelve(
    identifier: Number,
    connection: ConnectionOf,
    reader: ReaderOf,
    sent: Noted,
    match: Match,
    answer: Response,
) -> Json:
    """Take one from the shelf before its time."""
    return _done(connection, reader, identifier, Deed(Event.UNSHELVED, sent.reason), match, answer)


@router.post(ONE + "/suppress")
def suppress(
    identifier: Number,
    connection: ConnectionOf,
    reader: ReaderOf,
    sent: Because,
    match: Match,
    answer: Response,
) -> Json:
    """Hide one by design: the plant is in a state in which it means nothing."""
    return _done(connection, reader, identifier, Deed(Event.SUPPRESSED, sent.reason), match, answer)


@router.post(ONE + "/unsuppress")
def unsuppress(
    identifier: Number,
    connection: ConnectionOf,
    reader: ReaderOf,
    sent: Noted,
    match: Match,
    answer: Response,
) -> Json:
    """Show one again that was suppressed."""
    return _done(connection, reader, identifier, Deed(Event.UNSUPPRESSED, sent.reason), match, answer)


@router.post(ONE + "/out-of-service")
def out_of_service(
    identifier: Number,
    connection: ConnectionOf,
    reader: ReaderOf,
    sent: Because,
    match: Match,
    answer: Response,
) -> Json:
    """Take one out of service: its sensor is being repaired."""
    return _done(connection, reader, identifier, Deed(Event.REMOVED, sent.reason), match, answer)


@router.post(ONE + "/return-to-service")
def return_to_service(
    identifier: Number,
    connection: ConnectionOf,
    reader: ReaderOf,
    sent: Noted,
    match: Match,
    answer: Response,
) -> Json:
    """Bring one back into service."""
    return _done(connection, reader, identifier, Deed(Event.RESTORED, sent.reason), match, answer)


def _done(
    connection: ConnectionOf, reader: Reader, number: int, deed: Deed, match: str | None, answer: Response
) -> Json:
    held = acting.hold(connection, reader, number)
    if acting.is_free(reader, held, deed):
        check_tag(match, held.edition)
        acting.act(connection, reader, held, deed)
    return tagged(answer, reading.read(connection, number), "edition")
