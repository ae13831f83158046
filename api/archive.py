"""The archive of fixes: which days lie in files, and questions to them that the job process answers."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Response

from api.dependencies import CityOf, ConnectionOf, ReaderOf
from api.me import not_kept
from api.paging import Number
from api.schemas.archive import DaysQuery, NewQuestion
from layers.exports.queue import rights_of
from spatial.database import session
from spatial.errors import Conflict, Forbidden
from spatial.patrols.archive import catalogue
from spatial.patrols.archive.questions import asked as questions
from spatial.patrols.archive.questions import queue
from spatial.patrols.archive.tiers import Policy
from spatial.people.accounts import platform_for
from spatial.rights.rules import rule_of

router = APIRouter(tags=["tracks"], dependencies=[Depends(not_kept)])

Json = dict[str, Any]
_TOLD = ("day", "tier", "fixes", "bound_m", "gone_at", "held_until", "written_at", "verified_at", "problem")


@router.get("/api/archive")
def days(
    city: CityOf, connection: ConnectionOf, reader: ReaderOf, asked: Annotated[DaysQuery, Query()]
) -> Json:
    """Tell which days of fixes lie in files, how large they are, and when days go where."""
    if reader.role not in rule_of("archive_day").may("read"):
        raise Forbidden("which days lie in the archive is for administrators")
    found = catalogue.listed(connection, asked.before, asked.limit)
    after = found[-1].day if len(found) == asked.limit else None
    policy = asdict(Policy.of(city.settings))
    return {"policy": policy, "days": [_day(each) for each in found], "next": after}


@router.post("/api/archive/questions", status_code=202)
def ask(
    city: CityOf, connection: ConnectionOf, reader: ReaderOf, sent: NewQuestion, response: Response
) -> Json:
    """Ask the archive; the job process answers with the rights that you have then."""
    questions.check(connection, reader, sent.asked)
    with session(city.database, platform_for(reader)) as platform:
        number = queue.add(platform, reader.account_id or 0, sent.model_dump(mode="json", by_alias=True))
    response.headers["location"] = f"/api/archive/questions/{number}"
    return {"id": number}


@router.get("/api/archive/questions")
def listed(connection: ConnectionOf) -> Json:
    """List the own questions, newest first."""
    return {"questions": [_question(each) for each in queue.own(connection)]}


@router.get("/api/archive/questions/{identifier}")
def question(identifier: Number, connection: ConnectionOf) -> Json:
    """Tell whether one of the own questions is answered."""
    return _question(queue.own_one(connection, identifier))


@router.get("/api/archive/questions/{identifier}/file")
def file(identifier: Number, connection: ConnectionOf, reader: ReaderOf) -> Response:
    """Give the answer to one of the own questions."""
    found = queue.own_one(connection, identifier)
    body = queue.result(connection, identifier)
    if found.rights != rights_of(reader):
        raise Conflict("what you may see has changed since the question was answered: ask anew")
    name = f"{found.asked['kind']}-{found.asked['from']}-{found.asked['to']}.json"
    headers = {"content-disposition": f'attachment; filename="{name}"'}
    return Response(body, media_type="application/json", headers=headers)


@router.delete("/api/archive/questions/{identifier}", status_code=204)
def delete(identifier: Number, city: CityOf, reader: ReaderOf) -> None:
    """Delete one of the own questions with its answer."""
    with session(city.database, platform_for(reader)) as connection:
        queue.drop(connection, reader.account_id or 0, identifier)


def _day(found: catalogue.Entry) -> Json:
    return {**{name: getattr(found, name) for name in _TOLD}, "bytes": found.octets + found.graded_octets}


def _question(found: queue.Listed) -> Json:
    done = found.state == "done"
    asked = {name: value for name, value in found.asked.items() if value is not None}
    return {
        "id": found.id, "asked": asked, "state": found.state, "problem": found.problem, "bytes": found.octets,
        "file": f"/api/archive/questions/{found.id}/file" if done else None, "asked_at": found.asked_at,
        "started_at": found.started_at, "ended_at": found.ended_at,
    }  # fmt: skip
