"""The town's people, all of whom send fixes, and whoever watches them through a hub."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import numpy as np

from spatial.database import Database, connect, session
from spatial.patrols.intake import Intake, Sent
from spatial.patrols.live.composing import Shown, compose
from spatial.patrols.live.hub import Hub
from spatial.patrols.live.wishes import View
from spatial.patrols.protocols.fixes import Source, empty
from spatial.rights.reader import SYSTEM, Reader
from tests.spatial.patrols.live.decoder import Client
from tests.spatial.rights.people import cast
from tests.spatial.rights.town import GRIDS, build, middle

Place = tuple[int, int, int]
"""Longitude and latitude in 1e-7 degrees, time in POSIX microseconds."""


@dataclass
class Square:
    """The database of the town, as the platform and as its owner reach it."""

    url: str
    database: Database
    readers: dict[str, Reader]
    movers: list[int]
    """One worker of each grid, and whatever else moves."""
    app_url: str = ""
    clock_us: int = field(default_factory=lambda: int(datetime.now(UTC).timestamp() * 1e6) - 6 * 3600 * 10**6)

    def ask(self, statement: str, *values: Any) -> list[Any]:
        """Ask the database as its owner."""
        with connect(self.url) as connection:
            cursor = connection.execute(statement, values)
            return cursor.fetchall() if cursor.description else []

    def step(self, movers: list[int], rng: np.random.Generator) -> tuple[list[int], Any]:
        """Make one fix of each, later than all before."""
        fixes = empty(len(movers))
        self.clock_us += 10**6
        fixes["time_us"][:] = self.clock_us
        for row in range(len(movers)):
            lon, lat = middle(GRIDS[int(rng.integers(len(GRIDS)))])
            fixes["lon"][row], fixes["lat"][row] = lon + rng.normal(0, 1e-4), lat + rng.normal(0, 1e-4)
        return movers, fixes

    def send(self, intake: Intake, movers: list[int], fixes: Any) -> None:
        """Commit fixes as the intake does."""
        with session(self.database, SYSTEM) as connection:
            intake.warm(connection)
            intake.take(connection, [Sent(fixes, Source.OWN, mover=np.array(movers, np.int64))])

    def truth(self, reader: Reader) -> dict[int, Place]:
        """Read where everybody is whom a reader may see, through the policies of the table itself."""
        with session(self.database, reader) as connection:
            rows = connection.execute(
                "SELECT mover_id, lon, lat, (extract(epoch FROM time) * 1000000)::bigint FROM last_position"
            ).fetchall()
        return {mover: (round(lon * 1e7), round(lat * 1e7), time) for mover, lon, lat, time in rows}


@dataclass
class Watcher:
    """Somebody who looks at a hub, frame by frame."""

    hub: Hub
    reader: Reader
    view: View = field(default_factory=View)
    client: Client = field(default_factory=lambda: Client(epoch=1))
    shown: Shown | None = None

    def look(self) -> dict[int, Place]:
        """Take what is new; gives where everybody is, as far as was told."""
        scene = self.hub.scene
        shown = self.shown or Shown(1, self.reader.rights_key, self.view)
        if shown.rights in scene.sights:
            frames, self.shown = compose(scene, shown, 0)
            for frame in frames:
                self.client.take(frame)
        return {m: (each["lon"], each["lat"], each["time_us"]) for m, each in self.client.movers.items()}


@contextmanager
def open_square(make_city: Callable[..., Any], as_app: Callable[[str], str]) -> Iterator[Square]:
    """Open a town of one's own."""
    with make_city(build) as url:
        database = Database(as_app(url), pool_size=6)
        database.open()
        with connect(url) as owner:
            readers = cast(owner)
            # The seeds stand where they are as of this moment: nothing of ours would be later.
            owner.execute("DELETE FROM last_position")
            movers = [row[0] for row in owner.execute("SELECT id FROM mover ORDER BY id").fetchall()]
        yield Square(url, database, readers, movers, app_url=as_app(url))
        database.close()
