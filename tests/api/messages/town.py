"""A town whose people have numbers, gateways, and the worker of messages at hand: what its tests stand on."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_network
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

from starlette.testclient import TestClient

from api.app import create_app
from api.message_gateways import gateway_of
from api.message_jobs import MessageSender
from spatial.database import Database, connect, session
from spatial.rights.reader import SYSTEM
from spatial.settings import Secret, Settings
from tests.api.planning import Json, Office, Person, open_office
from tests.api.working import work_off
from tests.spatial.rights.town import GRIDS, build, middle
from tests.spatial.rights.vault import seal_everybody

SECRET = "receipts-of-the-gateway"


@dataclass
class Town:
    """The office, the true numbers of its people, and their keys."""

    office: Office
    master: Path
    phones: dict[int, str]
    workers: dict[str, int]
    """By grid."""

    def ask(self, statement: str, *values: Any) -> list[Any]:
        return self.office.rows(statement, *values)

    def states(self, message: int) -> dict[int, str]:
        rows = "SELECT worker_id, state FROM message_recipient WHERE message_id = %s"
        return dict(self.ask(rows, message))

    def sender(self, **settings: Any) -> MessageSender:
        given = Settings(
            home=self.master.parent, master_key_file=self.master,
            external_networks=(ip_network("127.0.0.0/8"),), **settings,
        )  # fmt: skip
        return MessageSender(self.office.app_url, gateway_of(given), self.master)


@contextmanager
def open_town(make_city: Any, as_app: Any, home: Path, master_key: Path) -> Iterator[Town]:
    """Serve a town whose people's numbers are known here, and sealed there."""
    settings = {
        "master_key_file": master_key, "sms_gateway": Secret("http://127.0.0.1:9/"), "sms_per_hour": 100,
        "sms_receipt_secret": Secret(SECRET),
    }  # fmt: skip
    with make_city(build) as url, open_office(url, as_app(url), home, **settings) as office:
        with connect(url) as connection:
            clear = seal_everybody(connection, master_key)
        phones = {key: each["phone"] for (table, key), each in clear.items() if table == "worker"}
        workers = dict(office.rows("SELECT unit_code, id FROM worker"))
        town = Town(office, master_key, phones, workers)
        clean(town)
        yield town


def clean(town: Town) -> None:
    """Take away what a test has sent, and turn the rules off."""
    for table in ("message", "message_receipt", "message_due"):
        town.ask(f"DELETE FROM {table}")  # noqa: S608
    town.ask(
        "UPDATE message_rule SET enabled = false, language = 'zh', urgencies = '{ordinary,urgent,critical}',"
        " categories = '{}', recipients = '{responsible}'"
    )


@contextmanager
def working(town: Town, sender: MessageSender) -> Iterator[Callable[[], int]]:
    """Give what does the work of the job process until nothing waits, and says how often it did."""
    database = Database(town.office.app_url, pool_size=3)
    database.open()

    def round_() -> int:
        done = work_off(sender, database)
        sender.idle(database)
        return done

    try:
        with session(database, SYSTEM) as connection:
            sender.begin(connection)
        sender.idle(database)
        yield round_
    finally:
        if sender._gateway is not None:
            sender._gateway.close()
        database.close()


def body(town: Town, *grids: str, **given: Any) -> Json:
    return {
        "to": {"workers": [town.workers[grid] for grid in grids or GRIDS[:1]]},
        "text": "请速到现场",
        **given,
    }


def send(town: Town, *grids: str, who: str = "chief", **given: Any) -> int:
    return int(town.office[who].post("/api/messages", body(town, *grids, **given))["id"])


def refused(person: Person, sent: Json, path: str = "/api/messages") -> tuple[int, list[str]]:
    answer = person.ask("POST", path, content=json.dumps(sent), headers={"content-type": "application/json"})
    return answer.status_code, [each["where"] for each in answer.json().get("errors", [])]


@contextmanager
def session_of(town: Town) -> Iterator[Any]:
    database = Database(town.office.app_url, pool_size=1)
    database.open()
    try:
        with session(database, SYSTEM) as connection:
            yield connection
    finally:
        database.close()


@contextmanager
def open_office_again(town: Town, home: Path, **settings: Any) -> Iterator[Person]:
    """The same town, served with other settings."""
    app = create_app(Settings(home=home, **settings), town.office.app_url)
    with TestClient(app, client=("127.0.0.1", 50_000), raise_server_exceptions=False) as client:
        yield Person(client, town.office["chief"].token)


def digits(phone: str) -> str:
    return "".join(filter(str.isdigit, phone))


def report(town: Town, **given: Any) -> Json:
    lon, lat = middle(GRIDS[0])
    sent = {"category": "01001", "source": "app", "title": "路面破损", "lon": lon, "lat": lat, **given}
    return town.office["chief"].post("/api/events", sent)


@dataclass
class Http:
    """An HTTP gateway that does what `answer` says: status and body for each request; None: hangs up."""

    answer: Callable[[int, Json], tuple[int, bytes] | None]
    asked: list[Json] = field(default_factory=list)

    def __enter__(self) -> Http:
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                sent = self.rfile.read(int(self.headers["content-length"]))
                kind = self.headers["content-type"]
                read = json.loads(sent) if "json" in kind else parse_qs(sent.decode())
                outer.asked.append({"body": read, "path": self.path, "headers": dict(self.headers)})
                said = outer.answer(len(outer.asked), read)
                if said is None:
                    self.connection.shutdown(2)
                    return
                self.send_response(said[0])
                self.send_header("content-length", str(len(said[1])))
                self.end_headers()
                self.wfile.write(said[1])

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}/send"
        self._thread = threading.Thread(target=self._server.serve_forever)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


TEMPLATE = """
idempotent = {idempotent}
form = "{form}"
per_second = 1000
country = "86"
[headers]
authorization = "Bearer the-gateway-key"
[fields]
mobile = "{{number}}"
content = "{{text}}"
ref = "{{reference}}"
[answer]
id = "data.id"
ok_path = "code"
ok = ["0"]
later = ["BUSY"]
"""


def http_sender(
    town: Town, url: str, tmp_path: Path, idempotent: bool = False, form: str = "json"
) -> MessageSender:
    file = tmp_path / "gateway.toml"
    file.write_text(TEMPLATE.format(idempotent=str(idempotent).lower(), form=form))
    return town.sender(sms_gateway=Secret(url), sms_gateway_file=file)
