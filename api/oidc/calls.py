"""Calls to the provider: bounded in time and size, straight to the address that was named."""

from __future__ import annotations

import ssl
from pathlib import Path

import httpx2

from api.oidc.refused import Refused

ANSWER_BYTES = 256 * 1024
STEP_S = 5.0
"""Time to connect, and to wait for the next bytes."""
PATIENCE_S = 10.0
"""Time for one step of a log-in at the provider as a whole, however slowly it drips."""


class BoundedTransport(httpx2.AsyncBaseTransport):
    """Refuses redirects, packed answers and long ones.

    A redirect would hand the code or the trust to an address that nobody set; a packed answer may be a
    thousand times its size.
    """

    def __init__(self, trust: ssl.SSLContext) -> None:
        self._inner = httpx2.AsyncHTTPTransport(verify=trust, trust_env=False)

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """Send a request and read its whole answer."""
        request.headers["Accept-Encoding"] = "identity"
        answer = await self._inner.handle_async_request(request)
        try:
            _check(request, answer)
            body = await _read(answer)
        finally:
            await answer.aclose()
        return httpx2.Response(answer.status_code, headers=answer.headers, content=body, request=request)

    async def aclose(self) -> None:
        """Close all connections."""
        await self._inner.aclose()


def trusted_by(ca_file: Path | None) -> ssl.SSLContext:
    """Make the check of certificates: by the machine's authorities, or by those of a PEM file alone."""
    return ssl.create_default_context(cafile=ca_file)


def _check(request: httpx2.Request, answer: httpx2.Response) -> None:
    if 300 <= answer.status_code < 400:
        raise Refused("provider", f"{request.url} answers with a redirect")
    if answer.headers.get("content-encoding", "identity") != "identity":
        raise Refused("provider", f"{request.url} answers packed")


async def _read(answer: httpx2.Response) -> bytes:
    assert isinstance(answer.stream, httpx2.AsyncByteStream)
    body = bytearray()
    async for chunk in answer.stream:
        body += chunk
        if len(body) > ANSWER_BYTES:
            raise Refused("provider", f"an answer is longer than {ANSWER_BYTES} bytes")
    return bytes(body)
