"""The headers of every answer: what a browser must not do with it, who may keep it, who else may read it."""

from __future__ import annotations

from collections.abc import MutableMapping
from typing import Any

from api.asgi import Headers, Scope, Send, header
from spatial.settings import Settings

CSP = (
    "default-src 'none'; script-src 'self'; worker-src 'self'; connect-src 'self';"
    " img-src 'self' data: blob:; style-src 'self'; font-src 'self'; base-uri 'none';"
    " form-action 'self'; frame-ancestors 'none'"
)
PERMISSIONS = (
    "geolocation=(self), clipboard-write=(self), fullscreen=(self), camera=(), microphone=(), payment=(),"
    " usb=(), serial=(), midi=(), display-capture=()"
)
SAFETY: Headers = [
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"content-security-policy", CSP.encode()),
    (b"x-frame-options", b"DENY"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"permissions-policy", PERMISSIONS.encode()),
]
HSTS = (b"strict-transport-security", b"max-age=31536000")
NO_STORE = (b"cache-control", b"no-store")

_PREFLIGHT: Headers = [
    (b"access-control-allow-methods", b"GET, HEAD, POST, PUT, PATCH, DELETE"),
    (
        b"access-control-allow-headers",
        b"authorization, content-crs, content-type, if-match, if-none-match, prefer",
    ),
    (b"access-control-max-age", b"600"),
    (b"content-length", b"0"),
]
_EXPOSED = (
    b"access-control-expose-headers",
    b"content-crs, content-language, etag, location, ratelimit, ratelimit-policy, retry-after",
)


class AnswerHeaders:
    """Adds the headers to answers; cross-origin ones only for the origins that the settings name."""

    def __init__(self, settings: Settings) -> None:
        self._origins = frozenset(origin.encode() for origin in settings.cors_origins)
        self._on_https = [*SAFETY, HSTS]

    def adding(self, scope: Scope, send: Send) -> Send:
        """Wrap `send`: what does not say who may keep it is kept by nobody. Notes a whole answer."""
        more = self._on_https if scope.get("scheme") == "https" else SAFETY
        if self._origins:
            more = [*more, *self._for_origin(scope)]

        async def add(message: MutableMapping[str, Any]) -> None:
            if message["type"] == "http.response.start":
                headers = [*message.get("headers", ()), *more]
                for name, _ in headers:
                    if name == b"cache-control":
                        break
                else:
                    headers.append(NO_STORE)
                message["headers"] = headers
            await send(message)
            if message["type"] == "http.response.body" and not message.get("more_body"):
                scope["answered"] = True

        return add

    async def preflight(self, scope: Scope, send: Send) -> bool:
        """Answer a browser that asks whether a page of a named origin may ask; False when it is none."""
        if scope["method"] != "OPTIONS" or not header(scope, b"access-control-request-method"):
            return False
        if header(scope, b"origin") not in self._origins:
            return False
        await send({"type": "http.response.start", "status": 204, "headers": _PREFLIGHT})
        await send({"type": "http.response.body", "body": b""})
        return True

    def _for_origin(self, scope: Scope) -> Headers:
        """A page of another origin comes with a key or not at all: its browser's cookies are taken away."""
        origin = header(scope, b"origin")
        if origin not in self._origins or origin is None:
            return [(b"vary", b"origin")]
        scope["headers"] = [pair for pair in scope["headers"] if pair[0] != b"cookie"]
        return [(b"vary", b"origin"), (b"access-control-allow-origin", origin), _EXPOSED]
