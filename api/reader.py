"""The one ASGI middleware in front of everything: makes the Reader of a request, guards and counts it."""

from __future__ import annotations

import base64
import os
import re
import time
from collections.abc import MutableMapping
from functools import partial
from itertools import count
from typing import Any

import anyio.to_thread

from api.asgi import App, Headers, Receive, Scope, Send, header
from api.city import City
from api.errors import respond_problem
from api.keys import Known
from api.live_handshake import PATH as LIVE_PATH
from api.live_handshake import check_page
from api.measure import count_request
from api.quotas import Quotas
from api.scopes import check_scope
from api.sessions import SAFE_METHODS, check_csrf, check_same_site, cleared_cookie, origin_of, session_token
from spatial.errors import CitygridError, Unauthenticated
from spatial.people.keys import SESSION, Key
from spatial.rights.reader import Reader

OPEN = frozenset({"/", "/editor", "/healthz", "/readyz", "/favicon.ico", "/api/openapi.json", "/public"})
OPEN_UNDER = ("/assets/", "/api/auth/", "/api/public/", "/ogc/static/")
LOG_OUT = ("DELETE", "/api/auth/session")
OWN_WAY = re.compile(
    r"/open311/.*|/api/fixes/(?:osmand|owntracks|overland|gpslogger|ulogger)(?:/.*)?", re.DOTALL
)
"""Where a standard, or an app, says how a key is sent, and how one that is missing or wrong is answered."""
_SIGNED = re.compile(r"/api/adapters/[^/]+/reports")
"""Where senders may sign what they send in place of a key; the route looks at the signature."""

_PROCESS = os.urandom(6).hex()
_NUMBERS = count(1)


class ReaderMiddleware:
    """Lets a request through with `scope["reader"]` set, or answers 401, 403 or 429.

    Beside the reader it leaves in the scope: `address` of the client, `request_id`, `key` (the Key; None at
    open doors) and `csrf` (what the pages of a cookie session must send along; None for everybody else).
    """

    def __init__(self, app: App, city: City) -> None:
        self.app = app
        self.city = city
        self.quotas = Quotas(city.settings.home / "run")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._other(scope, receive, send)
            return
        started, status, sent = time.perf_counter(), 500, 0
        client = scope.get("client")
        scope["address"] = client[0] if client else ""
        scope["request_id"] = request_id = f"{_PROCESS}-{next(_NUMBERS):x}"
        own_header = (b"x-request-id", request_id.encode())

        async def watched(message: MutableMapping[str, Any]) -> None:
            nonlocal status, sent
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message.get("headers", ()), own_header]
            else:
                sent += len(message.get("body", b""))
            await send(message)

        await self._guarded(scope, receive, watched)
        took_s = time.perf_counter() - started
        count_request(scope["path"], status, took_s)
        if (key := scope.get("key")) is not None:
            self.city.calls.count(key, scope["path"], status, took_s, _length(scope), sent)

    async def _other(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Start and stop of the application go through; of WebSockets there is the live line alone."""
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
        elif scope["type"] == "websocket" and scope["path"] == LIVE_PATH:
            await self._line(scope, receive, send)
        elif scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008})

    async def _line(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Open a line to somebody known, or refuse it as a request is; counted once, when that is decided."""
        started = time.perf_counter()
        client = scope.get("client")
        scope["address"] = client[0] if client else ""
        scope["request_id"] = f"{_PROCESS}-{next(_NUMBERS):x}"

        async def watched(message: MutableMapping[str, Any]) -> None:
            await send(message)
            if message["type"] in ("websocket.accept", "http.response.start"):
                took_s, status = time.perf_counter() - started, message.get("status", 101)
                count_request(scope["path"], status, took_s)
                if (key := scope.get("key")) is not None:
                    self.city.calls.count(key, scope["path"], status, took_s, 0, 0)

        await self._guarded(scope, receive, watched)

    async def _guarded(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            scope["reader"] = await self._reader(scope)
        except CitygridError as error:
            headers = _challenge(scope) if isinstance(error, Unauthenticated) else []
            await respond_problem(send, error, headers)
            return
        except Exception as error:
            await respond_problem(send, error)
            return
        await self.app(scope, receive, send)

    async def _reader(self, scope: Scope) -> Reader | None:
        scope["quotas"] = self.quotas
        # Open doors come first: a browser that still sends an old key must be able to log in.
        scope["key"] = scope["csrf"] = None
        if _is_open(scope):
            self._count(scope, None)
            return None
        if OWN_WAY.fullmatch(scope["path"]):
            # The door looks for the key itself, and says in its own words what is wrong with it.
            scope["find_reader"] = partial(self._found, scope)
            return None
        authorization = header(scope, b"authorization")
        if not authorization and _may_be_signed(scope):
            self._count(scope, None, "signed ")
            return None
        known = await (self._by_header(scope, authorization) if authorization else self._by_cookie(scope))
        return self._let_in(scope, known)

    async def _found(self, scope: Scope, token: str | None) -> Reader:
        """Find who is reading by a token that a door was sent, or else by the Authorization header."""
        authorization = header(scope, b"authorization")
        if token:
            return self._let_in(scope, await self._known(scope, token))
        if not authorization:
            self._count(scope, None)
            raise Unauthenticated("this needs a key")
        return self._let_in(scope, await self._by_header(scope, authorization))

    def _let_in(self, scope: Scope, known: Known) -> Reader:
        scope["key"] = known.key
        self._count(scope, known.key)
        check_scope(scope, known.key.reader)
        return _reader_of(known.key.reader, scope["address"], scope["request_id"])

    async def _by_header(self, scope: Scope, authorization: bytes) -> Known:
        token, is_basic = _token(authorization)
        if is_basic and (scope["method"] not in SAFE_METHODS or scope["type"] == "websocket"):
            # A browser that was once asked for Basic credentials sends them along for every page that asks.
            check_same_site(scope)
        return await self._known(scope, token)

    async def _by_cookie(self, scope: Scope) -> Known:
        """Only what a log-in gave is taken from a cookie, and changes only from our own pages."""
        token = session_token(scope, header(scope, b"cookie") or b"")
        if token is None:
            self._count(scope, None)
            raise Unauthenticated("this needs a key: log in, or send a token")
        if scope["type"] == "websocket":
            check_page(scope)
        known = await self._known(scope, token)
        if known.key.kind != SESSION:
            raise Unauthenticated("this key is not for cookies")
        scope["csrf"] = known.csrf
        if scope["method"] not in SAFE_METHODS:
            check_csrf(scope, known.csrf)
        return known

    async def _known(self, scope: Scope, token: str) -> Known:
        # A line looks at its key again and again.
        scope["token"] = token
        known = self.city.keys.known(token)
        if known is None:
            # Before the database is asked: keys cannot be tried out faster than open doors are called.
            # Counted apart, so that nobody's open doors keep out the keys of all who share an address.
            self._count(scope, None, "keys ")
        return known or await anyio.to_thread.run_sync(self.city.keys.find, token, origin_of(scope))

    def _count(self, scope: Scope, key: Key | None, purpose: str = "") -> None:
        """Count a request against the quota of its key, or without one of its address; TooMany above it."""
        settings = self.city.settings
        if key is None:
            refusal = self.quotas.take(purpose + scope["address"], settings.open_quota_per_minute)
        else:
            refusal = self.quotas.take(key.id, key.quota_per_minute or settings.quota_per_minute)
        if refusal is not None:
            raise refusal


def _reader_of(reader: Reader, address: str, request_id: str) -> Reader:
    """Copy a key's reader for one request; dataclasses.replace would take ten times as long."""
    # Worked out once for the key; the copies take it along.
    _ = reader.rights_key, reader.area_range
    mine = object.__new__(Reader)
    mine.__dict__.update(reader.__dict__, address=address, request=request_id)
    return mine


def _is_open(scope: Scope) -> bool:
    path = scope["path"]
    if path == "/metrics":
        return _is_from_this_machine(scope)
    return path in OPEN or (path.startswith(OPEN_UNDER) and (scope["method"], path) != LOG_OUT)


def _may_be_signed(scope: Scope) -> bool:
    no_session = session_token(scope, header(scope, b"cookie") or b"") is None
    return scope["method"] == "POST" and no_session and bool(_SIGNED.fullmatch(scope["path"]))


def _is_from_this_machine(scope: Scope) -> bool:
    """A request that a proxy on this machine passes on comes from somewhere else."""
    passed_on = header(scope, b"x-forwarded-for") or header(scope, b"forwarded")
    client = scope.get("client")
    return client is not None and client[0] in ("127.0.0.1", "::1") and not passed_on


def _length(scope: Scope) -> int:
    """Read how many bytes came along, as far as that was said."""
    text = header(scope, b"content-length") or b""
    return int(text) if text.isdigit() else 0


def _token(authorization: bytes) -> tuple[str, bool]:
    """Read a Bearer token, or a Basic password that is a token (QGIS, GDAL, curl -u); tell if it is Basic."""
    scheme, _, value = authorization.decode("latin-1").partition(" ")
    if scheme.lower() == "bearer" and value:
        return value.strip(), False
    if scheme.lower() == "basic":
        return _password(value), True
    raise Unauthenticated("the Authorization header must be Bearer or Basic")


def _password(value: str) -> str:
    try:
        return base64.b64decode(value, validate=True).decode().partition(":")[2]
    except ValueError:
        raise Unauthenticated("the Basic credentials cannot be read") from None


def _challenge(scope: Scope) -> Headers:
    """GIS clients want to be asked for Basic; a browser's fetch must not open a password window.

    A browser whose session has ended is told to forget its cookie.
    """
    is_ogc = scope["path"].startswith("/ogc")
    scheme = b'Basic realm="citygrid", charset="UTF-8"' if is_ogc else b"Bearer"
    headers = [(b"www-authenticate", scheme)]
    if session_token(scope, header(scope, b"cookie") or b"") and not header(scope, b"authorization"):
        headers.append((b"set-cookie", cleared_cookie(scope).encode()))
    return headers
