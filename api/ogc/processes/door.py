"""Processes over HTTP: list, describe, execute at once or as a job (OGC API - Processes Part 1, 18-062r2)."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import orjson

from api.asgi import LOCATION, Headers, takes_files
from api.ogc.bodies import read_json
from api.ogc.call import Call, Document, Json, Reply, link
from api.ogc.documents import HTML, JSON, REL
from api.ogc.parameters import plain, plain_of
from api.ogc.processes.asked import Asked, read_request
from api.ogc.processes.catalogue import PROCESSES, calculate, process_of, written
from api.ogc.processes.described import Process, description, summary
from api.ogc.processes.desk import Desk
from api.ogc.processes.jobs import job_address, status_of_job
from api.ogc.processes.reference import fetch
from layers.processing import queue
from spatial.database import session
from spatial.errors import InvalidInput, TooMany
from spatial.people.accounts import platform_for

AT_ONCE = 2
"""Calculations of this process that somebody waits for: each keeps a core busy."""
MOST_BYTES = 16 * 2**20
"""Of a request."""
PERSONAL: Headers = [
    (b"cache-control", b"private, no-cache"),
    (b"vary", b"Accept, Accept-Language, Authorization"),
]
_slots = threading.BoundedSemaphore(AT_ONCE)


def processes(call: Call) -> Document:
    """All processes, or the first ones."""
    given = plain_of(call.ask.query, {"limit": _limit})
    url = f"{call.base_url}/processes"
    shown = list(PROCESSES.values())[: int(given.get("limit", 1000))]
    listed = [{**summary(each, call.language), "links": _links(url, each, call)} for each in shown]
    links = [link("self", JSON, url), {**link("alternate", HTML, f"{url}?f=html"), "hreflang": call.language}]
    return Document({"processes": listed, "links": links}, JSON, "processes.html")


def process(call: Call, name: str) -> Document:
    """One process with its inputs and its output."""
    found = process_of(name)
    plain(call.ask.query)
    links = _links(f"{call.base_url}/processes", found, call)
    return Document({**description(found, call.language), "links": links}, JSON, "process.html")


@takes_files
def execute(call: Call, name: str) -> Reply:
    """Run a process: at once, or as a job for who would rather not wait."""
    found = process_of(name)
    plain(call.ask.query)
    if len(call.body) > MOST_BYTES:
        raise InvalidInput.at("body", f"holds more than {MOST_BYTES // 2**20} MiB")
    asked = read_request(found, _body(call), lambda href, where: fetch(call, href, where))
    if _prefers_a_job(call.ask.headers.get("prefer", "")):
        return _accepted(call, found, asked)
    with _slot():
        desk = Desk(call.database, call.reader, call.assignments)
        media_type, body = written(found, asked, calculate(found, desk, asked))
    return Reply(200, media_type.encode(), PERSONAL, body)


def _body(call: Call) -> Any:
    """A process that needs no inputs may be asked with nothing."""
    return read_json(call, (JSON,)) if call.body.strip() else {}


def _accepted(call: Call, process: Process, asked: Asked) -> Reply:
    """Put a job into the queue of the job process."""
    with session(call.database, platform_for(call.reader)) as connection:
        number = queue.add(connection, call.reader.account_id or 0, process.name, vars(asked))
    with session(call.database, call.reader) as connection:
        (job,) = queue.own(connection, queue.Wanted(number))
    headers: Headers = [
        (LOCATION, job_address(call, number).encode()),
        (b"preference-applied", b"respond-async"),
        *PERSONAL,
    ]
    return Reply(201, JSON.encode(), headers, orjson.dumps(status_of_job(call, job)))


def _prefers_a_job(header: str) -> bool:
    """Read Prefer (RFC 7240): preferences between commas, parameters behind semicolons."""
    return any(part.partition(";")[0].strip().lower() == "respond-async" for part in header.split(","))


@contextmanager
def _slot() -> Iterator[None]:
    if not _slots.acquire(blocking=False):
        raise TooMany("too much is calculated just now: try again soon, or send 'Prefer: respond-async'", 5)
    try:
        yield
    finally:
        _slots.release()


def _limit(text: str) -> str:
    if not text.isascii() or not text.isdecimal() or not 1 <= int(text[:6]) <= 1000:
        raise ValueError("must be 1 to 1000")
    return text


def _links(url: str, process: Process, call: Call) -> list[Json]:
    own = f"{url}/{process.name}"
    return [
        link("self", JSON, own),
        {**link("alternate", HTML, f"{own}?f=html"), "hreflang": call.language},
        link(f"{REL}/execute", JSON, f"{own}/execution"),
        link(f"{REL}/job-list", JSON, f"{call.base_url}/jobs?processID={process.name}"),
    ]
