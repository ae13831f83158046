"""The door of Open311 GeoReport v2: services, requests, tokens, in XML and JSON, with errors as it has them.

Every call needs a key of ours: `api_key` in the address or the form, or an Authorization header. Unlike other
doors this one passes over parameters that it does not know: clients send those of other cities.
https://wiki.open311.org/GeoReport_v2/
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl

from psycopg import Connection
from starlette.concurrency import run_in_threadpool

from api.asgi import (
    BodyTooLarge,
    ClientGone,
    MethodNotAllowed,
    Receive,
    Scope,
    Send,
    header,
    read_body,
    respond,
)
from api.city import City
from api.errors import problem, status_of
from spatial import errors
from spatial.database import session
from spatial.errors import CitygridError, Forbidden, InvalidInput, NotFound, Problem, Unauthenticated
from spatial.events.intake import Outcome, take_in
from spatial.partners.open311 import requests, wire
from spatial.rights.reader import Reader
from spatial.rights.rules import RESPONDERS

PREFIX = "/open311/"
MOST_BODY = 256 * 1024
MOST_FIELDS = 500
SPECIFICATION = "http://wiki.open311.org/GeoReport_v2"
CHANGESET = "2026-11-22 00:00"
"""When services and their definitions last changed in form."""
_PATH = re.compile(
    r"/open311(?:/v2)?/(discovery)\.(xml|json)|/open311/v2/([a-z]+)(?:/(.{1,300}))?\.(xml|json)", re.DOTALL
)
_NO_SUCH = "there is nothing at this address; formats are .xml and .json"

Answer = tuple[str, Any]
"""Name of the root, and content."""
_Do = Callable[[Connection[Any], Reader, dict[str, list[str]], str], Answer]


class Open311Door:
    """ASGI application of everything under /open311/."""

    def __init__(self, city: City) -> None:
        self.city = city
        self._things: dict[tuple[str, str, bool], _Do] = {
            ("GET", "services", False): lambda c, _r, _g, _i: ("services", requests.services(c)),
            ("GET", "services", True): lambda c, _r, _g, i: ("service_definition", requests.definition(c, i)),
            ("GET", "requests", False): _requests,
            ("GET", "requests", True): lambda c, _r, _g, i: ("service_requests", [requests.request(c, i)]),
            ("GET", "tokens", True): _token,
            ("POST", "requests", False): self._take,
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        form = "json" if scope["path"].endswith(".json") else "xml"
        status, headers = 200, _FRESH
        try:
            root, content = await self._answer(scope, receive)
        except ClientGone:
            return
        except Exception as error:
            status, root, content = _told(error)
            headers = [*headers, *_advice(error)]
        body = wire.write(form, root, content)
        await respond(send, body, wire.TYPES[form].encode(), status, headers)

    async def _answer(self, scope: Scope, receive: Receive) -> Answer:
        given = _parameters(scope["query_string"].decode("latin-1"))
        method = "GET" if scope["method"] == "HEAD" else scope["method"]
        if method == "POST":
            body = await read_body(scope, receive, MOST_BODY)
            for name, values in _form(scope, body).items():
                given.setdefault(name, []).extend(values)
        reader = await scope["find_reader"](next(iter(given.pop("api_key", [])), None))
        # As the routes have it: what is kept of a request says who made it.
        scope["reader"] = reader
        found = _PATH.fullmatch(scope["path"])
        if found is None:
            raise NotFound(_NO_SUCH)
        if found[1]:
            return "discovery", _discovery(scope)
        self._check_jurisdiction(given)
        return await self._do(method, found, reader, given)

    def _check_jurisdiction(self, given: dict[str, list[str]]) -> None:
        ours = self.city.settings.open311_jurisdiction
        asked = given.get("jurisdiction_id", [])
        if ours and any(each != ours for each in asked):
            raise NotFound(f"jurisdiction_id '{asked[0][:60]}' was not found; this is {ours}")

    async def _do(
        self, method: str, found: re.Match[str], reader: Reader, given: dict[str, list[str]]
    ) -> Answer:
        thing, named = found[3], found[4] is not None
        do = self._things.get((method, thing, named))
        if do is None:
            allowed = tuple(each for each, what, one in self._things if (what, one) == (thing, named))
            raise MethodNotAllowed(allowed) if allowed else NotFound(_NO_SUCH)
        async with self.city.slots:
            return await run_in_threadpool(self._within, do, reader, given, found[4] or "")

    def _within(self, do: _Do, reader: Reader, given: dict[str, list[str]], identifier: str) -> Answer:
        with session(self.city.database, reader) as connection:
            return do(connection, reader, given, identifier)

    def _take(
        self, connection: Connection[Any], reader: Reader, given: dict[str, list[str]], _: str
    ) -> Answer:
        if reader.role not in RESPONDERS:
            raise Forbidden("the account of this api_key reads requests, and makes none")
        asked = requests.sent(given, reader.account_id or 0)
        requests.check_service(connection, asked.report.category)
        report = requests.located(connection, asked)
        outcome = take_in(connection, self.city.desk, reader, [report])[0]
        if outcome.problems:
            raise InvalidInput(_in_their_words(outcome))
        return "service_requests", [
            {"service_request_id": outcome.no, "service_notice": None, "account_id": None}
        ]


_FRESH = [(b"cache-control", b"no-store"), (b"vary", b"authorization")]
_NAMES = {"lon": "long", "category": "service_code", "address": "address_string"}


def _in_their_words(outcome: Outcome) -> list[Problem]:
    return [Problem(_NAMES.get(each.where, each.where), each.reason) for each in outcome.problems]


def _requests(
    connection: Connection[Any], _reader: Reader, given: dict[str, list[str]], _identifier: str
) -> Answer:
    asked = requests.wanted(given, datetime.now(UTC))
    return "service_requests", requests.requests(connection, asked)


def _token(connection: Connection[Any], reader: Reader, _: dict[str, list[str]], identifier: str) -> Answer:
    return "service_requests", [requests.by_token(connection, identifier, reader.account_id or 0)]


def _parameters(text: str) -> dict[str, list[str]]:
    """Read parameters; an empty one is as good as none."""
    try:
        pairs = parse_qsl(text, max_num_fields=MOST_FIELDS, errors="strict")
    except ValueError:
        raise InvalidInput.at("parameters", f"must be UTF-8, {MOST_FIELDS} at most") from None
    found: dict[str, list[str]] = {}
    for name, value in pairs:
        found.setdefault(name, []).append(value)
    return found


def _form(scope: Scope, body: bytes) -> dict[str, list[str]]:
    kind = (header(scope, b"content-type") or b"").partition(b";")[0].strip().lower()
    if kind not in (b"application/x-www-form-urlencoded", b"") and body:
        raise InvalidInput.at("content-type", "must be application/x-www-form-urlencoded")
    try:
        return _parameters(body.decode())
    except UnicodeDecodeError:
        raise InvalidInput.at("body", "must be a form in UTF-8") from None


def _told(error: Exception) -> tuple[int, str, list[dict[str, Any]]]:
    """Write an error as GeoReport v2 has them: 403 for keys, 404 for what is not there, else 400 mostly."""
    status = status_of(error)
    status = {401: 403, 422: 400}.get(status, status)
    if isinstance(error, InvalidInput) and not isinstance(error, errors.TooLarge):
        reasons = [f"{each.where}: {each.reason}" for each in error.problems]
    elif isinstance(error, Unauthenticated):
        reasons = [f"Missing or invalid api_key: {error.detail}"]
    elif isinstance(error, (CitygridError, MethodNotAllowed, BodyTooLarge)):
        reasons = [str(error)]
    else:
        problem(error)
        reasons = ["the request failed; the reason is in the server's log"]
    return status, "errors", [{"code": status, "description": reason} for reason in reasons]


def _advice(error: Exception) -> list[tuple[bytes, bytes]]:
    if isinstance(error, MethodNotAllowed):
        return [(b"allow", ", ".join(error.allowed).encode())]
    if isinstance(error, errors.TooMany):
        return [(b"retry-after", str(error.retry_after_s).encode())]
    return []


def _discovery(scope: Scope) -> dict[str, Any]:
    """Tell where the endpoint is, as the caller has found it."""
    host = (header(scope, b"host") or b"localhost").decode("latin-1")
    endpoint = {
        "specification": SPECIFICATION,
        "url": f"{scope['scheme']}://{host}/open311/v2",
        "changeset": CHANGESET,
        "type": "production",
        "formats": ["text/xml", "application/json"],
    }
    return {
        "changeset": CHANGESET,
        "contact": "The administrators of this city's platform",
        "key_service": "Make a key under /api/me/keys, and send it as api_key or in the Authorization header",
        "endpoints": [endpoint],
    }
