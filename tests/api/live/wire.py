"""Lines to real workers by the WebSocket client of another hand, and people who move meanwhile."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import numpy as np
from websockets.sync.client import ClientConnection, connect

from spatial.database import Database, session
from spatial.patrols.intake import Intake, Sent
from spatial.patrols.protocols.fixes import Source, empty
from spatial.rights.reader import SYSTEM
from tests.api.town_hall import Hall
from tests.patience import PATIENCE_S
from tests.spatial.patrols.live.decoder import Client, Decoded
from tests.spatial.rights.town import GRIDS, middle

COMMANDER = {"role": "commander", "reach": "city"}


@dataclass
class Street:
    """The people of the town, by the number of their grid."""

    hall: Hall
    database: Database
    movers: list[int]
    intake: Intake = field(default_factory=Intake)
    clock_us: int = field(default_factory=lambda: int(datetime.now(UTC).timestamp() * 1e6) - 3 * 3600 * 10**6)

    @classmethod
    @contextmanager
    def open(cls, hall: Hall, app_url: str) -> Iterator[Street]:
        """Open the street of a hall."""
        database = Database(app_url, pool_size=2)
        database.open()
        rows = hall.ask(
            "SELECT m.id FROM mover AS m JOIN worker AS w ON w.id = m.worker_id WHERE w.unit_code = ANY (%s)"
            " ORDER BY w.unit_code", list(GRIDS),
        )  # fmt: skip
        # The seeds stand where they are as of this moment: nothing of ours would be later.
        hall.ask("DELETE FROM last_position")
        yield cls(hall, database, [row[0] for row in rows])
        database.close()

    def move(self, *who: int, grid: int | None = None) -> None:
        """Let people send a fix, from their own grid or from another one."""
        fixes = empty(len(who))
        self.clock_us += 10**6
        fixes["time_us"][:] = self.clock_us
        for row, number in enumerate(who):
            fixes["lon"][row], fixes["lat"][row] = middle(GRIDS[number if grid is None else grid])
        with session(self.database, SYSTEM) as connection:
            self.intake.warm(connection)
            sent = Sent(fixes, Source.OWN, mover=np.array([self.movers[number] for number in who], np.int64))
            self.intake.take(connection, [sent])

    def numbers(self, client: Client) -> set[int]:
        """Name whom a client knows of by their grids."""
        return {self.movers.index(mover) for mover in client.movers if mover in self.movers}


@dataclass
class Wire:
    """A line that is open."""

    socket: ClientConnection
    client: Client = field(default_factory=lambda: Client(epoch=0))
    texts: list[dict[str, Any]] = field(default_factory=list)
    bytes: int = 0
    at: list[float] = field(default_factory=list)
    """When frames came that were no beats."""

    def wish(self, **wish: Any) -> None:
        """Say what is wanted."""
        self.socket.send(json.dumps(wish))

    def hear(self, timeout: float = PATIENCE_S) -> Decoded | dict[str, Any] | None:
        """Take one message; None when none came in time."""
        try:
            found = self.socket.recv(timeout)
        except TimeoutError:
            return None
        if isinstance(found, str):
            self.texts.append(json.loads(found))
            return self.texts[-1]
        self.bytes += len(found)
        frame = self.client.take(found)
        if frame.kind != "beat":
            self.at.append(time.monotonic())
        return frame

    def until(self, holds: Any) -> None:
        """Take messages until something is so."""
        end = time.monotonic() + PATIENCE_S
        while not holds():
            assert time.monotonic() < end, (self.client.kinds[-10:], self.texts[-3:])
            self.hear(0.5)

    def snapshot(self) -> None:
        """Take messages until a snapshot is whole."""
        frames = self.client.frames
        begun = len(frames)
        self.until(lambda: any(f.kind == "snapshot" for f in frames[begun:]) and not frames[-1].more)


@contextmanager
def line(hall: Hall, token: str | None = None, worker: int = 0, **options: Any) -> Iterator[Wire]:
    """Open a line to a worker."""
    headers = {**options.pop("headers", {})}
    if token is not None:
        headers["Authorization"] = f"Bearer {token}"
    url = hall.workers[worker].replace("http://", "ws://") + options.pop("path", "/api/live")
    with connect(
        url,
        additional_headers=headers,
        compression=None,
        proxy=None,
        open_timeout=60,
        max_size=2**22,
        **options,
    ) as socket:
        yield Wire(socket)
