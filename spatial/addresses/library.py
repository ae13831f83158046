"""The address library as a process has it: one compiled file, and what was written since, on top."""

from __future__ import annotations

import fcntl
import hashlib
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from threading import Lock
from typing import Any

import numpy as np
import structlog
from psycopg import Connection
from psycopg.conninfo import conninfo_to_dict

from spatial.addresses import index as files
from spatial.addresses.areas import AreaNames, Units, areas_of, read_units
from spatial.addresses.compile import Alias, Row, compile_rows
from spatial.addresses.crossings import read_crossings
from spatial.addresses.geocode import Gazetteer
from spatial.addresses.index import Index
from spatial.addresses.normal import clean
from spatial.addresses.parts import Parts
from spatial.addresses.query import Term
from spatial.database import Database, query, session
from spatial.errors import InvalidInput, NotFound
from spatial.rights.reader import SYSTEM, Reader

ROOM = "spatial.addresses"
KEEP_S = 1.0
"""How long a process goes without asking whether the library was written."""
MOST_NEWER = 2_000
"""Changes on top of a compiled file, from which it is worth making a new one."""
MOST_ON_TOP = 10_000
"""Changes that a process compiles on top by itself; until more are in a new file, it tells what it has."""
KEPT_FILES = 2
_FETCH = 20_000

log = structlog.get_logger()


@dataclass(frozen=True)
class State:
    """When the library was written last."""

    stamp: int
    whole: int
    terms: int
    day: date


class Gazetteers:
    """Keeps the newest gazetteer of a process.

    home: the state folder, in which the compiled file is shared by processes; None: this process compiles for
    itself.
    """

    def __init__(self, database: Database, home: Path | None = None) -> None:
        self.database = database
        self._folder = None if home is None else home / "cache" / "addresses"
        self._lock = Lock()
        self._held: tuple[State, Gazetteer] | None = None
        self._asked_s = 0.0
        self._is_behind = False

    def current(self, reader: Reader, connection: Connection[Any] | None = None) -> Gazetteer:
        """Give the library as it is now; addresses are the same for all readers.

        connection: one that the caller holds already; it is asked at once, else at most once a second.
        """
        held = self._held
        if connection is None and held is not None and time.monotonic() - self._asked_s < KEEP_S:
            return held[1]
        if connection is not None:
            return self._newest(connection)
        with session(self.database, reader) as own:
            return self._newest(own)

    def rebuild(self, connection: Connection[Any]) -> bool:
        """Compile a new file where there is none or too much was written since; tells whether it did."""
        state = read_state(connection)
        base = self._base(connection, state)
        if base is not None and _changes(connection, base) <= MOST_NEWER:
            return False
        with self._alone():
            self._compile(connection, read_state(connection))
        return True

    def _newest(self, connection: Connection[Any]) -> Gazetteer:
        state = read_state(connection)
        self._asked_s = time.monotonic()
        held = self._held
        if held is not None and held[0] == state and not self._is_outdone(connection, state):
            return held[1]
        with self._lock:
            held = self._held
            if held is None or held[0] != state or self._is_outdone(connection, state):
                held = self._held = state, self._made(connection, state)
            return held[1]

    def _is_outdone(self, connection: Connection[Any], state: State) -> bool:
        """Tell whether a compiled file has come that holds much of what is not in the one in hand."""
        held = self._held
        if held is None:
            return False
        newer = held[1].newer
        if not self._is_behind and (newer is None or len(newer) <= MOST_NEWER):
            return False
        stamps = (stamp for stamp, _ in self._files(connection) if stamp <= state.stamp)
        return next(stamps, 0) > held[1].base.stamp

    def _made(self, connection: Connection[Any], state: State) -> Gazetteer:
        base = self._base(connection, state) or self._first(connection, state)
        self._is_behind = self._is_much(connection, base)
        held = self._held
        if self._is_behind and held is not None and held[1].base.stamp == base.stamp:
            log.info("the address library waits for a new file", stamp=state.stamp, of=base.stamp)
            return held[1]
        terms = [
            Term(clean(name), clean(term), *more)
            for name, term, *more in _rows(connection, "library_terms", {})
        ]
        plain = Gazetteer(
            base, None, areas=frozenset(base.areas), terms=tuple(terms), crossings=read_crossings(connection)
        )
        is_new = base.stamp == state.stamp and base.day == state.day.toordinal()
        return plain if is_new or self._is_behind else self._on_top(connection, state, plain)

    def _on_top(self, connection: Connection[Any], state: State, plain: Gazetteer) -> Gazetteer:
        """Compile what was written since the file."""
        base = plain.base
        since = {"stamp": base.stamp, "day": date.fromordinal(base.day)}
        hidden = np.array([key for (key,) in _rows(connection, "library_changed", since)], np.int64)
        rows = [_row(row) for row in _rows(connection, "library_rows", since)]
        weights = base if len(base) else None
        newer = compile_rows(rows, state.stamp, weights, units=self._units()) if rows else None
        return replace(plain, newer=newer, hidden=hidden, areas=plain.areas | areas_of(rows))

    def _is_much(self, connection: Connection[Any], base: Index) -> bool:
        """Tell whether more was written since a file than is compiled on top; who shares none always does."""
        if self._folder is None:
            return False
        values = {"stamp": base.stamp, "most": MOST_ON_TOP + 1}
        return bool(connection.execute(query(ROOM, "library_behind"), values).fetchall()[0][0] > MOST_ON_TOP)

    def _units(self) -> Units:
        """Where addresses lie is the same whoever asks first: the platform reads it."""
        with session(self.database, SYSTEM) as own:
            return read_units(own)

    def _base(self, connection: Connection[Any], state: State) -> Index | None:
        """Find the newest compiled file that can be brought up to date; the one in hand if that is as new."""
        held = self._held[1].base if self._held else None
        best = held if held is not None and state.whole <= held.stamp <= state.stamp else None
        for stamp, path in self._files(connection):
            if state.whole <= stamp <= state.stamp and (best is None or stamp > best.stamp):
                try:
                    return files.load(path)
                except (NotFound, InvalidInput):
                    continue
        return best

    def _first(self, connection: Connection[Any], state: State) -> Index:
        """No file is there: one process makes it, the others wait for it."""
        with self._alone():
            return self._base(connection, state) or self._compile(connection, state)

    def _compile(self, connection: Connection[Any], state: State) -> Index:
        started = time.monotonic()
        names, units = AreaNames(), self._units()
        names.names |= units.names
        since = {"stamp": -1, "day": state.day}
        rows = (names.note(_row(row)) for row in _rows(connection, "library_rows", since))
        made = compile_rows(rows, state.stamp, day=state.day.toordinal(), areas=names, units=units)
        log.info("addresses compiled", addresses=len(made), seconds=round(time.monotonic() - started, 1))
        if self._folder is None:
            return made
        path = self._folder / f"{_of_database(connection)}-{state.stamp}.index"
        files.save(made, path)
        for _, older in self._files(connection)[KEPT_FILES:]:
            older.unlink(missing_ok=True)
        return files.load(path)

    def _files(self, connection: Connection[Any]) -> list[tuple[int, Path]]:
        """List compiled files of the database, the newest first."""
        if self._folder is None:
            return []
        found = self._folder.glob(f"{_of_database(connection)}-*.index")
        return sorted(((int(path.stem.rpartition("-")[2]), path) for path in found), reverse=True)

    @contextmanager
    def _alone(self) -> Iterator[None]:
        if self._folder is None:
            yield
            return
        self._folder.mkdir(parents=True, exist_ok=True)
        with (self._folder / "lock").open("w") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield


def read_state(connection: Connection[Any]) -> State:
    """Read when the library was written last."""
    return State(*connection.execute(query(ROOM, "library_state")).fetchall()[0])


def _changes(connection: Connection[Any], base: Index) -> int:
    since = {"stamp": base.stamp, "day": date.fromordinal(base.day)}
    return sum(1 for _ in _rows(connection, "library_changed", since))


def _rows(connection: Connection[Any], name: str, values: dict[str, Any]) -> Iterator[Any]:
    """Read piece by piece: a million addresses are never in memory as rows."""
    with connection.transaction(), connection.cursor(f"addresses_{name}") as cursor:
        cursor.itersize = _FETCH
        yield from cursor.execute(query(ROOM, name), values)


def _row(row: Any) -> Row:
    key, text, kind, lon, lat, generated, retired, *parts, names = row
    aliases = tuple(Alias(name, kind == "old", until or None) for name, kind, until in names or ())
    return Row(key, text, kind, lon, lat, generated, retired, Parts(*parts), aliases)


def _of_database(connection: Connection[Any]) -> str:
    """Tell databases of one state folder apart."""
    about = conninfo_to_dict(connection.info.dsn)
    where = "|".join(str(about.get(key)) for key in ("host", "port", "dbname"))
    return hashlib.blake2b(where.encode(), digest_size=8).hexdigest()
