"""Another city with an Open311 server of its own: written from the wiki's text alone, with nothing of ours.

It keeps its requests in memory, answers XML and JSON, gives no more rows than its limit, and fails as told.
"""

from __future__ import annotations

import json
import socket
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit
from xml.sax.saxutils import escape

EASTERN = timezone(timedelta(hours=-5))
"""Its clock is not ours."""


@dataclass
class Town:
    """The town's requests, and how its server behaves."""

    url: str = ""
    key: str | None = None
    rows: list[dict[str, Any]] = field(default_factory=list)
    most_rows: int = 1000
    tokens: dict[str, str] = field(default_factory=dict)
    gives_tokens: bool = False
    heedless: bool = False
    """It passes dates over."""
    strict: bool = False
    """Of many requests that are asked after it says nothing when it does not know one."""
    chokes_on: str = ""
    """A description with this in it brings it down."""
    asked: list[str] = field(default_factory=list)
    posted: list[dict[str, list[str]]] = field(default_factory=list)
    trouble: Callable[[str, str], Any] = field(default=lambda _method, _path: None)
    """Told the method and path, says: None, a status, "reset" before, or "lost" after it was done."""
    lock: threading.Lock = field(default_factory=threading.Lock)

    def add(self, number: int | str, at: datetime, **given: Any) -> dict[str, Any]:
        """Enter a request by telephone."""
        row = {
            "service_request_id": number, "status": "open", "status_notes": None,
            "service_name": "Pothole", "service_code": "006", "description": f"Hole {number}",
            "agency_responsible": None, "service_notice": None,
            "requested_datetime": at.astimezone(EASTERN).isoformat(timespec="seconds"),
            "updated_datetime": at.astimezone(EASTERN).isoformat(timespec="seconds"),
            "expected_datetime": None, "address": "8TH AVE and JUDAH ST", "address_id": 545483,
            "zipcode": 94122, "lat": 39.9, "long": 116.3, "media_url": None, **given,
        }  # fmt: skip
        with self.lock:
            self.rows.append(row)
        return row

    def close(self, number: Any, notes: str) -> None:
        """Resolve a request."""
        with self.lock:
            row = next(each for each in self.rows if str(each["service_request_id"]) == str(number))
            row |= {"status": "closed", "status_notes": notes}


class _Handler(BaseHTTPRequestHandler):
    town: Town
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        """Answer a question."""
        self._served("GET", {})

    def do_POST(self) -> None:
        """Take a request."""
        body = self.rfile.read(int(self.headers.get("content-length", 0)))
        assert self.headers["content-type"].startswith("application/x-www-form-urlencoded")
        self._served("POST", parse_qs(body.decode(), strict_parsing=True))

    def _served(self, method: str, form: dict[str, list[str]]) -> None:
        parts = urlsplit(self.path)
        given = {**parse_qs(parts.query), **form}
        path, _, ending = parts.path.rpartition(".")
        with self.town.lock:
            self.town.asked.append(f"{method} {self.path}")
        trouble = self.town.trouble(method, parts.path)
        if trouble == "reset":
            self._reset()
            return
        if isinstance(trouble, int):
            self._say(trouble, ending, "errors", [{"code": trouble, "description": "told to fail"}])
            return
        status, root, rows = self._answer(method, path.removeprefix("/v2/"), given)
        if trouble == "lost":
            self._reset()
            return
        self._say(status, ending, root, rows)

    def _reset(self) -> None:
        self.close_connection = True
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.connection.close()

    def _answer(self, method: str, path: str, given: dict[str, list[str]]) -> tuple[int, str, list[Any]]:
        town = self.town
        if town.key is not None and given.get("api_key") != [town.key]:
            return 403, "errors", [{"code": 403, "description": "Invalid api_key received"}]
        if method == "POST" and path == "requests":
            return self._created(given)
        if path == "requests":
            asked, known = (
                given.get("service_request_id", [""])[0],
                {r["service_request_id"] for r in town.rows},
            )
            if town.strict and asked and not set(asked.split(",")) <= known:
                return 404, "errors", [{"code": 404, "description": "service_request_id was not found"}]
            return 200, "service_requests", self._found(given)
        if path.startswith("tokens/"):
            token = unquote(path.removeprefix("tokens/"))
            if token not in town.tokens:
                return 404, "errors", [{"code": 404, "description": "token not found"}]
            return 200, "service_requests", [{"service_request_id": town.tokens[token], "token": token}]
        return 404, "errors", [{"code": 404, "description": "no such resource"}]

    def _created(self, given: dict[str, list[str]]) -> tuple[int, str, list[Any]]:
        town = self.town
        if "service_code" not in given:
            return 400, "errors", [{"code": 400, "description": "service_code was not provided"}]
        if given["service_code"] == ["gone"]:
            return 404, "errors", [{"code": 404, "description": "service_code was not found"}]
        if town.chokes_on and town.chokes_on in given["description"][0]:
            return 500, "errors", [{"code": 500, "description": "internal error"}]
        number = f"T{len(town.rows) + 1:05}"
        now = datetime.now(EASTERN)
        place = {"lat": float(given["lat"][0]), "long": float(given["long"][0])}
        code = {"service_code": given["service_code"][0]}
        town.add(number, now, description=given["description"][0], **place, **code)
        with town.lock:
            town.posted.append(given)
        if town.gives_tokens:
            return 200, "service_requests", [{"token": f"tok/{number}"}]
        notice = {"service_notice": "The City will inspect", "account_id": None}
        return 200, "service_requests", [{"service_request_id": number, **notice}]

    def _found(self, given: dict[str, list[str]]) -> list[Any]:
        with self.town.lock:
            rows = list(self.town.rows)
        if "service_request_id" in given:
            wanted = given["service_request_id"][0].split(",")
            return [row for row in rows if str(row["service_request_id"]) in wanted]
        if "service_code" in given:
            rows = [row for row in rows if row["service_code"] in given["service_code"][0].split(",")]
        end = _at(given["end_date"][0]) if "end_date" in given else datetime.now(EASTERN)
        start = _at(given["start_date"][0]) if "start_date" in given else end - timedelta(days=90)
        assert end - start <= timedelta(days=90), "may not span more than 90 days"
        if not self.town.heedless:
            rows = [row for row in rows if start <= _at(row["requested_datetime"]) <= end]
        rows.sort(key=lambda row: row["requested_datetime"], reverse=True)
        return rows[: self.town.most_rows]

    def _say(self, status: int, ending: str, root: str, rows: list[Any]) -> None:
        if ending == "json":
            kind, body = "application/json; charset=utf-8", json.dumps(rows).encode()
        else:
            kind, body = "text/xml; charset=utf-8", _xml(root, rows).encode()
        self.send_response(status)
        self.send_header("content-type", kind)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""


def _at(text: str) -> datetime:
    return datetime.fromisoformat(text.replace("Z", "+00:00"))


def _xml(root: str, rows: list[Any]) -> str:
    """The spec: <service_requests><request>… and <errors><error>…"""
    item = {"service_requests": "request", "errors": "error"}[root]
    lines = ['<?xml version="1.0" encoding="utf-8"?>', f"<{root}>"]
    for row in rows:
        lines.append(f"    <{item}>")
        for name, value in row.items():
            lines.append(f"        <{name}>{'' if value is None else escape(str(value))}</{name}>")
        lines.append(f"    </{item}>")
    return "\n".join([*lines, f"</{root}>"])


@contextmanager
def open_town(**given: Any) -> Iterator[Town]:
    """Serve a town on a free port of this machine."""
    town = Town(**given)
    handler = type("Handler", (_Handler,), {"town": town})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    town.url = f"http://127.0.0.1:{server.server_address[1]}/v2"
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield town
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
