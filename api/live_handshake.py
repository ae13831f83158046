"""The opening of a live line, looked at as the GET that it is: who asks, and from what page."""

from __future__ import annotations

from collections.abc import MutableMapping
from typing import Any

from api.asgi import Scope, Send, header
from api.sessions import check_same_site
from spatial.errors import Forbidden

PATH = "/api/live"


def as_request(scope: Scope) -> None:
    """Let a WebSocket's scope be read like a GET's: by method and scheme."""
    scope["method"] = "GET"
    scope["scheme"] = "https" if scope["scheme"] in ("wss", "https") else "http"


def refusing(send: Send) -> Send:
    """Let an ordinary answer be sent in place of the line (ASGI's extension `websocket.http.response`)."""

    async def renamed(message: MutableMapping[str, Any]) -> None:
        if message["type"].startswith("http.response."):
            message = {**message, "type": f"websocket.{message['type']}"}
        await send(message)

    return renamed


def check_page(scope: Scope) -> None:
    """Refuse a line that a page of another site opens with a browser's cookie or password; Forbidden.

    Browsers always say on a WebSocket whose page it is: who says nothing is no browser, and has no cookie.
    """
    if header(scope, b"origin") is None:
        raise Forbidden("a line by cookie must say by Origin which page opens it")
    check_same_site(scope)
