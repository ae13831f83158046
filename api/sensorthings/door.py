"""The raw door of SensorThings: from HTTP to one statement whose bytes PostgreSQL makes, and back.

https://docs.ogc.org/is/18-088/18-088.html
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import orjson
import psycopg
from psycopg import Connection
from starlette.concurrency import run_in_threadpool

from api.asgi import (
    JSON,
    LOCATION,
    ClientGone,
    Headers,
    MethodNotAllowed,
    Receive,
    Scope,
    Send,
    check_method,
    header,
    parameters,
    read_body,
    respond,
    takes_files,
)
from api.city import City
from api.errors import respond_problem
from api.sensorthings.changes import change, create, create_observations, delete
from lifeline.telemetry.entities import SETS
from lifeline.telemetry.options import read_options
from lifeline.telemetry.reading import read
from spatial.database import session
from spatial.errors import Forbidden, InvalidInput
from spatial.rights.reader import Reader
from spatial.rights.rules import rule_of

PATH = "/sensorthings/v1.1"
PREFIX = f"{PATH}/"
MOST_BODY = 8 * 2**20
SPECIFICATION = "http://www.opengis.net/spec/iot_sensing/1.1/req"
CONFORMANCE = (
    "datamodel", "resource-path", "request-data", "create-update-delete", "data-array",
)  # fmt: skip
_FRESH: Headers = [(b"cache-control", b"no-store"), (b"vary", b"authorization")]


@dataclass(frozen=True)
class Reply:
    """What is answered: status, bytes, type, and where what was made is."""

    status: int
    body: bytes = b""
    content_type: bytes = JSON
    location: str | None = None


@takes_files
class SensorThingsDoor:
    """ASGI application of everything under /sensorthings/v1.1."""

    def __init__(self, city: City) -> None:
        self.city = city

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            reply = await self._answer(scope, receive)
        except ClientGone:
            return
        except Exception as error:
            await respond_problem(send, error, _FRESH)
            return
        headers = [*_FRESH, *([(LOCATION, reply.location.encode())] if reply.location else [])]
        body = b"" if scope["method"] == "HEAD" else reply.body
        await respond(send, body, reply.content_type, reply.status, headers)

    async def _answer(self, scope: Scope, receive: Receive) -> Reply:
        path = scope["path"].removeprefix(PATH).strip("/")
        host = (header(scope, b"host") or b"localhost").decode("latin-1")
        base = f"{scope['scheme']}://{host}{PATH}"
        if not path:
            check_method(scope, "GET", "HEAD")
            parameters(scope, frozenset())
            return Reply(200, _root(base))
        check_method(scope, "GET", "HEAD", "POST", "PATCH", "DELETE")
        query = scope["query_string"].decode("latin-1")
        body = b""
        if scope["method"] in ("POST", "PATCH"):
            body = await read_body(scope, receive, MOST_BODY)
        async with self.city.slots:
            return await run_in_threadpool(
                self._within, scope["reader"], scope["method"], base, path, query, body
            )

    def _within(self, reader: Reader, method: str, base: str, path: str, query: str, body: bytes) -> Reply:
        options = read_options(query)
        if method not in ("GET", "HEAD"):
            _may_write(reader, method, options.given)
        try:
            with session(self.city.database, reader) as connection:
                if method in ("GET", "HEAD"):
                    found = read(connection, base, path, options)
                    return Reply(200, found.body, b"text/plain; charset=utf-8" if found.is_text else JSON)
                return self._written(connection, reader, method, base, path, body)
        except psycopg.errors.InsufficientPrivilege:
            raise Forbidden("this account may not change that") from None

    def _written(
        self, connection: Connection[Any], reader: Reader, method: str, base: str, path: str, body: bytes
    ) -> Reply:
        if method == "DELETE":
            delete(connection, path)
            return Reply(200)
        sent = _loaded(body)
        if path == "CreateObservations":
            if method != "POST":
                raise MethodNotAllowed(("POST",))
            return Reply(201, orjson.dumps(create_observations(connection, reader, base, sent)))
        if method == "PATCH":
            change(connection, reader, path, sent)
            return Reply(200, read(connection, base, path, read_options("")).body)
        made = create(connection, reader, path, sent)
        return Reply(201, read(connection, base, made, read_options("")).body, location=f"{base}/{made}")


def _may_write(reader: Reader, method: str, given: dict[str, str]) -> None:
    if reader.role not in rule_of("thing").may(
        {"POST": "create", "PATCH": "update", "DELETE": "delete"}[method]
    ):
        raise Forbidden("this account reads telemetry, and changes none of it")
    for name in given:
        raise InvalidInput.at(name, "is for reading")


def _loaded(body: bytes) -> Any:
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError as error:
        # NaN and Infinity are no JSON either.
        raise InvalidInput.at("body", f"is no JSON: {error}") from None


def _root(base: str) -> bytes:
    """Tell what sets there are, and what is kept of the standard."""
    return orjson.dumps(
        {
            "value": [{"name": name, "url": f"{base}/{name}"} for name in SETS],
            "serverSettings": {"conformance": [f"{SPECIFICATION}/{name}" for name in CONFORMANCE]},
        }
    )
