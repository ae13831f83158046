"""The only way out to services that people register: guarded in address, time and size.

A name is resolved once, every address it leads to must be open, and the connection goes to the address that
was looked at: no second answer of a name server comes in between. Redirects stay on the origin, or are not
followed. What a service is opened with is sent to its origin alone and stands in no message and no log.
"""

from __future__ import annotations

import asyncio
import base64
import socket
import ssl
import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

import httpcore2

from layers.external.addresses import Policy, check_url, choose, origin, with_query
from spatial.errors import InvalidInput, Unavailable
from spatial.settings import Settings

STEP_S = 10.0
"""Time to connect, and to wait for the next bytes."""
CONNECT_S = 5.0
"""Time to connect to what is sent something, at most; and half of the time for the answer."""
PATIENCE_S = 60.0
"""Time for one answer as a whole, however slowly it drips."""
LARGEST = 64 * 2**20
"""Bytes of one answer, unpacked."""
MOST_REDIRECTS = 3
AGENT = "citygrid"


@dataclass(frozen=True)
class Opener:
    """What a service is opened with; it shows itself in no text."""

    kind: str
    """basic, header or query."""
    name: str
    """The user, or the name of the header or parameter."""
    value: str

    def __repr__(self) -> str:
        return f"Opener({self.kind}, ***)"

    def apply(self, url: str, headers: dict[str, str]) -> str:
        """Add itself to a request; gives the address to ask."""
        if self.kind == "query":
            return with_query(url, **{self.name: self.value})
        if self.kind == "basic":
            token = base64.b64encode(f"{self.name}:{self.value}".encode()).decode()
            headers["authorization"] = f"Basic {token}"
        else:
            headers[self.name.lower()] = self.value
        return url


@dataclass(frozen=True)
class Fetched:
    """A whole answer with status 200."""

    body: bytes
    content_type: str
    seconds: float


@dataclass(frozen=True)
class Answered:
    """An answer with whatever status; `body` is its beginning."""

    status: int
    headers: dict[str, str]
    """By names in small letters."""
    body: bytes
    seconds: float


class _Guard(httpcore2.AsyncNetworkBackend):
    """Connects to addresses that are open, and to the very one that was looked at."""

    def __init__(self, policy: Policy) -> None:
        self._policy = policy
        self._inner = httpcore2.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore2.AsyncNetworkStream:
        """Resolve, look, connect: all of it within the time to connect."""
        try:
            async with asyncio.timeout(timeout):
                address = await self._address(host, port)
                return await self._inner.connect_tcp(address, port, None, local_address, socket_options)
        except TimeoutError:
            raise httpcore2.ConnectTimeout from None

    async def _address(self, host: str, port: int) -> str:
        try:
            found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError):
            raise InvalidInput.at("url", "the name of its host is not known") from None
        return choose([str(each[4][0]) for each in found], host, self._policy)

    async def sleep(self, seconds: float) -> None:
        """Wait."""
        await asyncio.sleep(seconds)


class Client:
    """Asks services; belongs to one event loop."""

    def __init__(self, policy: Policy, ca_file: Path | None = None, connections: int = 50) -> None:
        self._pool = httpcore2.AsyncConnectionPool(
            ssl_context=ssl.create_default_context(cafile=ca_file),
            max_connections=connections,
            max_keepalive_connections=20,
            keepalive_expiry=20,
            network_backend=_Guard(policy),
        )

    @classmethod
    def of(cls, settings: Settings, connections: int = 50) -> Client:
        """Make the client of a deployment."""
        policy = Policy(settings.external_networks, settings.external_hosts)
        return cls(policy, settings.external_ca_file, connections)

    async def aclose(self) -> None:
        """Close all connections."""
        await self._pool.aclose()

    async def get(
        self,
        url: str,
        opener: Opener | None = None,
        accept: str = "*/*",
        most_bytes: int = LARGEST,
        seconds: float = PATIENCE_S,
    ) -> Fetched:
        """Ask for an address and read its whole answer.

        Raises InvalidInput at `url` or `password` for what will not become better by waiting, and Unavailable
        for a service that does not answer, or answers too slowly, too much, or with an error of its own.
        """
        begun = asyncio.get_running_loop().time()
        try:
            async with asyncio.timeout(seconds):
                body, kind = await self._followed(url, opener, accept, most_bytes)
        except (TimeoutError, httpcore2.TimeoutException):
            raise Unavailable("the service does not answer in time") from None
        except ssl.SSLError as error:
            raise Unavailable(f"the certificate of the service is not trusted: {error.reason}") from None
        except (httpcore2.NetworkError, httpcore2.ProtocolError, OSError) as error:
            raise Unavailable(_words(error)) from None
        return Fetched(body, kind, asyncio.get_running_loop().time() - begun)

    async def send(
        self,
        method: str,
        url: str,
        headers: dict[str, str],
        body: bytes = b"",
        most_bytes: int = 2**16,
        seconds: float = PATIENCE_S,
    ) -> Answered:
        """Send a request, follow no redirect, and read the beginning of the answer, whatever its status.

        Raises InvalidInput at `url` for an address that is closed or unknown, and Unavailable for a service
        that does not answer, or not in time; its `__context__` tells what could not be connected to, and so
        was sent nothing, from what did not answer.
        """
        begun = asyncio.get_running_loop().time()
        wanted = {"user-agent": AGENT, "accept": "*/*", "accept-encoding": "identity", **headers}
        # Shorter than the whole: who runs into the whole cannot tell whether anything was sent.
        connect_s = min(CONNECT_S, seconds / 2)
        timeouts = {
            "timeout": {"connect": connect_s, "pool": connect_s, "read": seconds, "write": seconds},
        }
        try:
            async with (
                asyncio.timeout(seconds),
                self._pool.stream(method, url, headers=wanted, content=body, extensions=timeouts) as answer,
            ):
                start = await _beginning(answer, most_bytes)
        except (TimeoutError, httpcore2.TimeoutException):
            raise Unavailable(f"the service does not answer within {seconds:g} s") from None
        except ssl.SSLError as error:
            raise Unavailable(f"the certificate of the service is not trusted: {error.reason}") from None
        except (httpcore2.NetworkError, httpcore2.ProtocolError, OSError) as error:
            raise Unavailable(_words(error)) from None
        named = {
            bytes(key).decode("latin-1").lower(): bytes(value).decode("latin-1")
            for key, value in answer.headers
        }
        return Answered(answer.status, named, start, asyncio.get_running_loop().time() - begun)

    async def _followed(
        self, url: str, opener: Opener | None, accept: str, most_bytes: int
    ) -> tuple[bytes, str]:
        for _ in range(MOST_REDIRECTS + 1):
            headers = {"user-agent": AGENT, "accept": accept, "accept-encoding": "gzip"}
            asked = opener.apply(url, headers) if opener else url
            timeouts = {"timeout": dict.fromkeys(("connect", "read", "write", "pool"), STEP_S)}
            async with self._pool.stream("GET", asked, headers=headers, extensions=timeouts) as answer:
                if answer.status not in (301, 302, 303, 307, 308):
                    _check(answer)
                    return await _read(answer, most_bytes), _header(answer, b"content-type")
                url = _next(url, _header(answer, b"location"))
        raise InvalidInput.at("url", "redirects again and again")


def _next(url: str, location: str) -> str:
    """Follow a redirect on the same origin, or from http to https on the same host."""
    there = urljoin(url, location)
    here_scheme, here_host, here_port = origin(url)
    scheme, host, port = origin(check_url_of(there))
    same = (scheme, host, port) == (here_scheme, here_host, here_port)
    safer = here_scheme == "http" and scheme == "https" and host == here_host and port in (443, here_port)
    if not same and not safer:
        raise InvalidInput.at(
            "url", "redirects to another host or port: register the address that it leads to"
        )
    return there


def check_url_of(text: str) -> str:
    """Check the target of a redirect; what it is, is not told."""
    try:
        return check_url(text)
    except InvalidInput:
        raise InvalidInput.at("url", "redirects to what is no address of a service") from None


def _check(answer: httpcore2.Response) -> None:
    status = answer.status
    if status in (401, 403, 407):
        raise InvalidInput.at("password", f"the service wants another log-in (it answers {status})")
    if status == 429 or status >= 500:
        raise Unavailable(f"the service answers {status}")
    if status != 200:
        raise InvalidInput.at("url", f"the service answers {status}")


def _header(answer: httpcore2.Response, name: bytes) -> str:
    found = next((value for key, value in answer.headers if key.lower() == name), b"")
    return bytes(found).decode("latin-1")


async def _read(answer: httpcore2.Response, most_bytes: int) -> bytes:
    """Read a body, unpacked as it comes: neither the packed nor the unpacked one grows beyond the limit."""
    packing = _header(answer, b"content-encoding").lower().strip()
    if packing not in ("", "identity", "gzip", "x-gzip"):
        raise Unavailable(f"the service packs its answer as '{packing[:20]}', which is not read")
    unpack = zlib.decompressobj(31) if "gzip" in packing else None
    body, received = bytearray(), 0
    async for chunk in answer.aiter_stream():
        received += len(chunk)
        try:
            body += unpack.decompress(chunk, most_bytes - len(body) + 1) if unpack else chunk
        except zlib.error:
            raise Unavailable("the service sends a broken answer") from None
        if len(body) > most_bytes or received > most_bytes:
            raise Unavailable(f"the service sends more than {max(1, most_bytes // 2**20)} MiB")
    if unpack is not None and not unpack.eof:
        raise Unavailable("the service breaks off its answer")
    return bytes(body)


async def _beginning(answer: httpcore2.Response, most_bytes: int) -> bytes:
    """Read as much of a body as is wanted; the rest is left unread, and the connection with it."""
    body = bytearray()
    async for chunk in answer.aiter_stream():
        body += chunk
        if len(body) >= most_bytes:
            break
    return bytes(body[:most_bytes])


def _words(error: Exception) -> str:
    if isinstance(error, httpcore2.ConnectError):
        text = str(error)
        if "CERTIFICATE" in text.upper():
            return "the certificate of the service is not trusted"
        return "the service cannot be reached"
    return "the service breaks off its answer"
