"""Another city system for tests: a real HTTP server that takes messages, fails, hangs, redirects and resets.

What it takes is checked with `standardwebhooks` and `cloudevents`, which share no code with ours.
"""

from __future__ import annotations

import json
import socket
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from cloudevents.core.bindings.http import HTTPMessage, from_structured
from cloudevents.core.formats.json import JSONFormat
from standardwebhooks import Webhook


@dataclass(frozen=True)
class Got:
    """A request as it came."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def id(self) -> str:
        return self.headers["webhook-id"]

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def subject(self) -> str:
        return str(self.json["subject"])

    @property
    def step(self) -> int:
        return int(self.json["data"]["step"]["id"])

    def verified(self, secret: str) -> Any:
        """Check the signature and read the CloudEvent, by libraries of others."""
        Webhook(secret).verify(self.body, self.headers)
        return from_structured(HTTPMessage(self.headers, self.body), JSONFormat())


@dataclass
class Reply:
    """What to answer; status 0: break the connection off; `hold`: answer when it is set."""

    status: int = 200
    body: bytes = b"{}"
    headers: dict[str, str] = field(default_factory=dict)
    hold: threading.Event | None = None


Plan = Callable[[Got], Reply]


@dataclass
class Partner:
    """The server, and what came to it."""

    url: str
    plan: Plan = field(default=lambda _: Reply())
    got: list[Got] = field(default_factory=list)
    taken: list[Got] = field(default_factory=list)
    """What it answered with 2xx."""
    at_once: int = 0
    most_at_once: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def steps(self, event: int) -> list[int]:
        """Name the steps of an event that were taken, in their order."""
        return [each.step for each in self.taken if each.subject == f"events/{event}"]


class _Handler(BaseHTTPRequestHandler):
    partner: Partner
    protocol_version = "HTTP/1.1"

    def _any(self) -> None:
        partner = self.partner
        body = self.rfile.read(int(self.headers.get("content-length", 0)))
        got = Got(self.command, self.path, {k.lower(): v for k, v in self.headers.items()}, body)
        with partner.lock:
            partner.got.append(got)
            partner.at_once += 1
            partner.most_at_once = max(partner.most_at_once, partner.at_once)
        try:
            reply = partner.plan(got)
            if reply.hold is not None:
                reply.hold.wait(60)
            self._answer(got, reply)
        finally:
            with partner.lock:
                partner.at_once -= 1

    def _answer(self, got: Got, reply: Reply) -> None:
        if reply.status == 0:
            self.close_connection = True
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.connection.close()
            return
        if 200 <= reply.status < 300:
            with self.partner.lock:
                self.partner.taken.append(got)
        with suppress(OSError):
            self.send_response(reply.status)
            for name, value in {"content-length": str(len(reply.body)), **reply.headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(reply.body)

    do_POST = do_PUT = do_PATCH = do_GET = _any  # noqa: N815

    def log_message(self, *_: object) -> None:
        """Say nothing."""


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_: object) -> None:
        """A courier that was killed is no error of the partner."""


@contextmanager
def partner(plan: Plan | None = None) -> Iterator[Partner]:
    """Serve on a free port of this machine."""
    with _Server(("127.0.0.1", 0), type("Handler", (_Handler,), {})) as server:
        made = Partner(f"http://127.0.0.1:{server.server_address[1]}/hook")
        if plan is not None:
            made.plan = plan
        server.RequestHandlerClass.partner = made  # type: ignore[attr-defined]
        thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        try:
            yield made
        finally:
            server.shutdown()
            thread.join()
