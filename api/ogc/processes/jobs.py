"""Jobs over HTTP: the own ones, how far each is, what came out, and how to be rid of it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

import orjson
from psycopg import Connection

from api.asgi import Headers
from api.errors import PROBLEM_JSON
from api.ogc.call import Call, Document, Json, Reply, link
from api.ogc.documents import HTML, JSON, REL
from api.ogc.items import span
from api.ogc.parameters import ITEM_CHECKS, plain, plain_of
from api.ogc.processes.asked import Asked
from api.ogc.processes.catalogue import PROCESSES, TYPES, written
from layers.exports.queue import rights_of
from layers.processing import queue
from layers.processing.queue import STATES, Job, Wanted
from spatial.database import session
from spatial.errors import Conflict, NotFound
from spatial.people.accounts import platform_for

DEFAULT_LIMIT, MAX_LIMIT = 10, 1000
PERSONAL: Headers = [(b"cache-control", b"private, no-cache"), (b"vary", b"Accept, Authorization")]


class NoSuchJob(NotFound):
    """There is no such job, or it is somebody else's."""

    problem_type = f"{TYPES}/no-such-job"


class NotReady(NotFound):
    """The job has not ended."""

    problem_type = f"{TYPES}/result-not-ready"


def _one_of(known: tuple[str, ...]) -> Callable[[str], str]:
    def check(text: str) -> str:
        wrong = [each for each in text.split(",") if each not in known]
        if wrong:
            raise ValueError(f"must be of {', '.join(known)}")
        return text

    return check


def _seconds(text: str) -> str:
    if not re.fullmatch(r"[0-9]{1,9}", text):
        raise ValueError("must be a whole number of seconds")
    return text


def _limit(text: str) -> str:
    if not re.fullmatch(r"[0-9]{1,9}", text) or int(text) < 1:
        raise ValueError("must be 1 or more")
    return str(min(int(text), MAX_LIMIT))


CHECKS: Mapping[str, Callable[[str], str]] = {
    "type": _one_of(("process",)),
    "processID": lambda text: text[:200],
    "status": _one_of(STATES),
    "datetime": ITEM_CHECKS["datetime"],
    "minDuration": _seconds,
    "maxDuration": _seconds,
    "limit": _limit,
    "offset": ITEM_CHECKS["offset"],
}


def jobs(call: Call) -> Document:
    """The own jobs, newest first."""
    given = plain_of(call.ask.query, CHECKS)
    wanted = _wanted(given)
    with session(call.database, call.reader) as connection:
        found = queue.own(connection, wanted)
    limit = wanted.limit - 1
    url = f"{call.base_url}/jobs"
    body = {
        "jobs": [status_of_job(call, each) for each in found[:limit]],
        "links": _page_links(url, given, limit, wanted.offset, len(found) > limit),
    }
    return Document(body, JSON, "jobs.html")


def job(call: Call, name: str) -> Document:
    """How far one of the own jobs is."""
    plain(call.ask.query)
    with session(call.database, call.reader) as connection:
        found = _own(connection, name)
    return Document(status_of_job(call, found), JSON, "job.html")


def results(call: Call, name: str) -> Reply:
    """What came out of one of the own jobs, or why nothing did."""
    plain(call.ask.query)
    with session(call.database, call.reader) as connection:
        found = _own(connection, name)
        asked, problem, body = queue.result(connection, found.number)
    if problem is not None:
        return Reply(problem["status"], PROBLEM_JSON, PERSONAL, orjson.dumps(problem))
    if found.state == "dismissed":
        raise NoSuchJob("the job was dismissed: it has no results")
    if body is None:
        raise NotReady("the job has not ended: look at its status")
    if found.rights != rights_of(call.reader):
        raise Conflict("what you may see has changed since it was calculated: ask for it anew")
    media_type, text = written(PROCESSES[found.process], Asked(**asked), body)
    return Reply(200, media_type.encode(), PERSONAL, text)


def dismiss(call: Call, name: str) -> Reply:
    """Call off one of the own jobs, or forget one that has ended."""
    plain(call.ask.query)
    with session(call.database, call.reader) as connection:
        found = _own(connection, name)
    with session(call.database, platform_for(call.reader)) as connection:
        queue.dismiss(connection, call.reader.account_id or 0, found.number)
    body = {**status_of_job(call, found), "status": "dismissed", "links": [_up(call)]}
    return Reply(200, JSON.encode(), PERSONAL, orjson.dumps(body))


def status_of_job(call: Call, job: Job) -> Json:
    """Write the status document of a job."""
    url = job_address(call, job.number)
    links = [link("self", JSON, url), link("alternate", HTML, f"{url}?f=html"), _up(call)]
    if job.state == "successful":
        links.append(link(f"{REL}/results", job.media_type or JSON, f"{url}/results"))
    if job.state == "failed":
        links.append(link(f"{REL}/exceptions", PROBLEM_JSON.decode(), f"{url}/results"))
    moments = {
        "created": job.created_at,
        "started": job.started_at,
        "finished": job.ended_at,
        "updated": job.updated_at,
    }
    return {
        "type": "process",
        "jobID": str(job.number),
        "processID": job.process,
        "status": job.state,
        **({"message": job.message} if job.message else {}),
        "progress": job.progress,
        **{name: _moment(at) for name, at in moments.items() if at is not None},
        "links": links,
    }


def job_address(call: Call, number: UUID) -> str:
    """Write the address of a job."""
    return f"{call.base_url}/jobs/{number}"


def _own(connection: Connection[Any], name: str) -> Job:
    """Find one of the own jobs; whatever is not one answers alike."""
    if re.fullmatch(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}", name):
        found = queue.own(connection, Wanted(UUID(name)))
        if found:
            return found[0]
    raise NoSuchJob("there is no such job")


def _wanted(given: Mapping[str, str]) -> Wanted:
    """Read checked parameters; one more than the page holds tells whether there is another one."""
    since, until = span(given.get("datetime"))
    return Wanted(
        processes=given["processID"].split(",") if "processID" in given else None,
        states=given["status"].split(",") if "status" in given else None,
        since=since,
        until=until,
        shortest=float(given["minDuration"]) if "minDuration" in given else None,
        longest=float(given["maxDuration"]) if "maxDuration" in given else None,
        limit=int(given.get("limit", DEFAULT_LIMIT)) + 1,
        offset=int(given.get("offset", 0)),
    )


def _page_links(url: str, given: Mapping[str, str], limit: int, offset: int, more: bool) -> list[Json]:
    def turned(**changes: Any) -> str:
        query = {**given, **changes}
        return f"{url}?{urlencode(query)}" if query else url

    links = [link("self", JSON, turned()), link("alternate", HTML, turned(f="html"))]
    if more:
        links.append(link("next", JSON, turned(offset=offset + limit)))
    if offset:
        links.append(link("prev", JSON, turned(offset=max(0, offset - limit))))
    return links


def _up(call: Call) -> Json:
    return link("up", JSON, f"{call.base_url}/jobs")


def _moment(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
