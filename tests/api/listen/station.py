"""A town with a listener, and terminals that call it."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.api.exchange import Exchange
from tests.patience import PATIENCE_S
from tests.spatial.patrols.encoder_jt808 import Answer, Terminal, answers

NOW = datetime.now(UTC).replace(microsecond=0)
LON, LAT = 116.3, 39.96


@dataclass
class Listening:
    """A listener in a process of its own."""

    process: subprocess.Popen[str]
    port: int

    def end(self, number: int) -> None:
        """Send it a signal, and wait until it has gone."""
        self.process.send_signal(number)
        self.process.wait(PATIENCE_S)


@contextmanager
def listening(exchange: Exchange, protocol: str, *options: str) -> Iterator[Listening]:
    """Run `citygrid listen` over the exchange's town."""
    settings = exchange.settings
    assert settings.app_database_url is not None
    environment = {
        **os.environ,
        "CITYGRID_APP_DATABASE_URL": settings.app_database_url.value,
        "CITYGRID_HOME": str(settings.home),
        "CITYGRID_MASTER_KEY_FILE": str(settings.master_key_file),
    }
    environment.pop("CITYGRID_DATABASE_URL", None)
    command = [
        sys.executable,
        "-m",
        "api",
        "listen",
        protocol,
        "--host",
        "127.0.0.1",
        "--port",
        "0",
        *options,
    ]
    with (settings.home / f"{protocol}.log").open("a") as log:
        process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=log, text=True)
    try:
        assert process.stdout is not None
        said = process.stdout.readline()
        assert said.strip().isdigit(), (settings.home / f"{protocol}.log").read_text()[-3000:]
        yield Listening(process, int(said))
    finally:
        if process.poll() is None:
            process.kill()
        process.wait()
        process.stdout.close()


@dataclass
class Call:
    """A terminal on the line."""

    terminal: Terminal
    line: socket.socket
    rest: bytes = b""
    heard: list[Answer] = field(default_factory=list)

    def send(self, data: bytes) -> None:
        """Write bytes."""
        self.line.sendall(data)

    def ask(self, frame: bytes) -> Answer:
        """Send a message, and wait for what answers it."""
        serial = self.terminal.serial.to_bytes(2, "big")
        self.send(frame)
        return self.wait_for(lambda each: each.number in (0x8001, 0x8100) and each.body[:2] == serial)

    def wait_for(self, is_it: Any) -> Answer:
        """Wait for a message of the platform; others are kept."""
        while True:
            for each in self.heard:
                if is_it(each):
                    self.heard.remove(each)
                    return each
            self._read()

    def is_closed(self) -> bool:
        """Read until the platform hangs up."""
        try:
            while self.line.recv(4096):
                pass
        except ConnectionResetError:
            pass
        return True

    def _read(self) -> None:
        data = self.line.recv(65_536)
        assert data, "the platform has hung up"
        self.rest += data
        if self.rest.endswith(b"\x7e") and self.rest.count(b"\x7e") % 2 == 0:
            self.heard += answers(self.rest)
            self.rest = b""


@contextmanager
def call(port: int, terminal: Terminal | None = None) -> Iterator[Call]:
    """Call the listener."""
    with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE_S) as line:
        yield Call(terminal or Terminal(), line)


def movers(exchange: Exchange) -> list[int]:
    """Number the movers of the town's people."""
    rows = exchange.ask("SELECT id FROM mover WHERE worker_id IS NOT NULL ORDER BY id")
    return [number for (number,) in rows]


def device(exchange: Exchange, phone: str, mover: int, protocol: str = "jt808") -> int:
    """Write an active device that a mover has carried for a day."""
    ((number,),) = exchange.ask(
        "INSERT INTO device (protocol, identity, state) VALUES (%s, %s, 'active') RETURNING id",
        protocol,
        phone,
    )
    since = NOW - timedelta(days=2)
    exchange.ask(
        "INSERT INTO device_carrier (device_id, mover_id, since) VALUES (%s, %s, %s)", number, mover, since
    )
    return int(number)


def fixes(exchange: Exchange, number: int) -> list[Any]:
    """Read the fixes of a device in the order of their times."""
    return exchange.ask(
        "SELECT time, lon, lat, source_lon, source_lat, datum, flags FROM fix"
        " WHERE device_id = %s ORDER BY time",
        number,
    )


def let_in(on_line: Call, code: str | None = None) -> str:
    """Register a terminal, unless it has a code, and authenticate it; gives the code."""
    terminal = on_line.terminal
    if code is None:
        answer = on_line.ask(terminal.register(2019 if terminal.version else 2013))
        assert (answer.number, answer.body[2]) == (0x8100, 0), answer
        code = answer.body[3:].decode()
    answer = on_line.ask(terminal.authenticate(code))
    assert answer.body[4] == 0
    return code
