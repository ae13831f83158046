"""How the job process asks servers that speak Open311, and what it says of their answers."""

from __future__ import annotations

import asyncio

from api.external.client import Answered, Client
from layers.external.addresses import with_query
from spatial.errors import CitygridError, Unavailable
from spatial.partners.open311 import wire
from spatial.settings import Settings

PATIENCE_S = 60.0
LARGEST = 32 * 2**20
"""Bytes of an answer with requests."""
NO_OWNER = "the account that it belongs to is disabled, gone, or no district administrator any more"


def with_key(url: str, key: str | None) -> str:
    """Add the key that a server is opened with."""
    return url if key is None else with_query(url, api_key=key)


def ask(
    settings: Settings, method: str, url: str, headers: dict[str, str] | None = None, body: bytes = b""
) -> Answered:
    """Ask a server; Unavailable and InvalidInput as the client says, or when it sends too much."""
    found = asyncio.run(_asked(settings, method, url, headers or {}, body))
    if len(found.body) > LARGEST:
        raise Unavailable(f"the server sends more than {LARGEST // 2**20} MiB")
    return found


async def _asked(settings: Settings, method: str, url: str, headers: dict[str, str], body: bytes) -> Answered:
    client = Client.of(settings)
    try:
        return await client.send(method, url, headers, body, most_bytes=LARGEST + 1, seconds=PATIENCE_S)
    finally:
        await client.aclose()


def said(answer: Answered) -> str:
    """Tell what a server answers in place of what was asked for."""
    told = wire.errors_in(answer.body)
    return f"the server answers {answer.status}{': ' + told if told else ''}"


def reason(error: Exception) -> str:
    """Tell what went wrong, as far as it is for others to read."""
    if isinstance(error, CitygridError):
        return error.detail[:500]
    return "it could not be done; the server's log says why"
