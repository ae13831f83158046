"""The one ASGI middleware in front of everything: makes the Reader of a request, guards and counts it."""

from __future__ import annotations

import base64
import time
from collections.abc import MutableMapping
from typing import Any

import anyio.to_thread

from api.asgi import App, Headers, Receive, Scope, Send, header
from api.city import City
from api.errors import respond_problem
from api.measure import count_request
from spatial.errors import Forbidden, Unauthenticated
from spatial.rights.reader import Reader

OPEN = frozenset({"/", "/healthz", "/readyz", "/favicon.ico", "/api/openapi.json", "/public"})
OPEN_UNDER = ("/assets/", "/api/auth/", "/api/public/", "/ogc/static/")

CSP = (
    "default-src 'none'; script-src 'self'; worker-src 'self'; connect-src 'self';"
    " img-src 'self' data: blob:; style-src 'self'; font-src 'self'; base-uri 'none';"
    " form-action 'self'; frame-ancestors 'none'"
)
SAFETY: Headers = [
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"content-security-policy", CSP.encode()),
]


class ReaderMiddleware:
    """Lets a request through with `scope["reader"]` set, or answers 401; adds the safety headers."""

    def __init__(self, app: App, city: City) -> None:
        self.app = app
        self.city = city

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        started, status = time.perf_counter(), 500

        async def watched(message: MutableMapping[str, Any]) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message.get("headers", ()), *SAFETY]
            await send(message)

        await self._guarded(scope, receive, watched)
        count_request(scope["path"], status, time.perf_counter() - started)

    async def _guarded(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            scope["reader"] = await self._reader(scope)
        except (Unauthenticated, Forbidden) as error:
            await respond_problem(send, error, _challenge(scope["path"]))
            return
        except Exception as error:
            await respond_problem(send, error)
            return
        await self.app(scope, receive, send)

    async def _reader(self, scope: Scope) -> Reader | None:
        # Open doors come first: a browser that still sends an old key must be able to log in.
        if _is_open(scope):
            return None
        token = _token(header(scope, b"authorization"))
        if token is None:
            raise Unauthenticated("this needs a key: log in, or send a token")
        known = self.city.keys.known(token)
        return known or await anyio.to_thread.run_sync(self.city.keys.find, token)


def _is_open(scope: Scope) -> bool:
    path = scope["path"]
    if path == "/metrics":
        return _is_from_this_machine(scope)
    return path in OPEN or path.startswith(OPEN_UNDER)


def _is_from_this_machine(scope: Scope) -> bool:
    """A request that a proxy on this machine passes on comes from somewhere else."""
    passed_on = header(scope, b"x-forwarded-for") or header(scope, b"forwarded")
    client = scope.get("client")
    return client is not None and client[0] in ("127.0.0.1", "::1") and not passed_on


def _token(authorization: bytes | None) -> str | None:
    """Read a Bearer token, or a Basic password that is a token (QGIS, GDAL, curl -u)."""
    if not authorization:
        return None
    scheme, _, value = authorization.decode("latin-1").partition(" ")
    if scheme.lower() == "bearer" and value:
        return value.strip()
    if scheme.lower() == "basic":
        return _password(value)
    raise Unauthenticated("the Authorization header must be Bearer or Basic")


def _password(value: str) -> str:
    try:
        return base64.b64decode(value, validate=True).decode().partition(":")[2]
    except ValueError:
        raise Unauthenticated("the Basic credentials cannot be read") from None


def _challenge(path: str) -> Headers:
    """GIS clients want to be asked for Basic; a browser's fetch must not open a password window."""
    scheme = b'Basic realm="citygrid", charset="UTF-8"' if path.startswith("/ogc") else b"Bearer"
    return [(b"www-authenticate", scheme)]
