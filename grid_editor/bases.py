"""The versions that plans stand on, compiled, as one process keeps them."""

from __future__ import annotations

import hashlib
import threading
from collections import OrderedDict
from collections.abc import Collection
from contextlib import suppress
from threading import Lock
from typing import Any

from psycopg import Connection

from grid_editor.base import Base
from grid_editor.numbering import codes_below, proposed
from grid_editor.packing import unpack
from grid_editor.state import State
from grid_editor.store import newest_version
from spatial.database import Database, query, session
from spatial.errors import CitygridError, Conflict, NotFound
from spatial.grids.composed import members_of
from spatial.grids.coverages import read_coverage
from spatial.grids.units import Snapshot
from spatial.grids.versions import read_snapshot
from spatial.rights.reader import SYSTEM

ROOM = "grid_editor"
KEPT_BASES = 6
"""Versions in memory: the newest of what is being changed, and some that older plans stand on."""
KEPT_STATES = 32
"""Plans that were looked at last."""


class Bases:
    """Compiled versions and states of plans, shared by the threads of a process.

    They hold all units: what a reader may see of them is for `grid_editor.reach` to say. A state is found by
    what it is made of, so one that was never committed cannot be taken for another.
    """

    def __init__(self, database: Database) -> None:
        self.database = database
        self._lock = Lock()
        self._compiling = Lock()
        self._warming = Lock()
        self._issued: dict[str, tuple[int, list[str]]] = {}
        self._composed: dict[str, str | None] = {}
        self._bases: OrderedDict[tuple[str, int, int], Base] = OrderedDict()
        self._states: OrderedDict[tuple[str, int, bytes], State] = OrderedDict()

    def base(self, coverage: str, version: int) -> Base:
        """Give a version, compiled now if nobody asked for it before; NotFound."""
        made_of = self._made_of(coverage)
        key = (coverage, version, made_of[1] if made_of else 0)
        with self._lock:
            if (found := self._bases.get(key)) is not None:
                self._bases.move_to_end(key)
                return found
        with self._compiling:
            with self._lock:
                found = self._bases.get(key)
            return found or self._keep(key, self._compiled(coverage, version, made_of))

    def state(self, coverage: str, version: int, packed: bytes) -> State:
        """Give the state that a packed net change makes of a version."""
        base = self.base(coverage, version)
        key = (coverage, version, hashlib.blake2b(packed, digest_size=16).digest())
        with self._lock:
            found = self._states.get(key)
            if found is not None and found.base is base:
                self._states.move_to_end(key)
                return found
        return self.keep(packed, State.of(base, unpack(packed)))

    def keep(self, packed: bytes, state: State) -> State:
        """Keep a state for the next time; packed: its net change."""
        base = state.base
        key = (base.about.name, base.version, hashlib.blake2b(packed, digest_size=16).digest())
        with self._lock:
            self._states[key] = state
            while len(self._states) > KEPT_STATES:
                self._states.popitem(last=False)
        return state

    def codes(self, state: State, only: Collection[str] | None = None) -> dict[str, str]:
        """Give the codes that a plan's new units would get now, by id; only: those of some units.

        What was ever issued is kept until another version is published.
        """
        if not any(unit.code is None for unit in state.change.after):
            return {}
        codes = self._issued_codes(state.base.about.name)
        return proposed(state, lambda parent: codes_below(codes, parent), only)

    def _issued_codes(self, coverage: str) -> list[str]:
        with session(self.database, SYSTEM) as connection:
            newest = newest_version(connection, coverage)[0]
            held = self._issued.get(coverage)
            if held is None or held[0] != newest:
                values = {"coverage": coverage, "parent": None}
                rows = connection.execute(query(ROOM, "plan_issued"), values).fetchall()
                held = self._issued[coverage] = newest, sorted(code for (code,) in rows)
        return held[1]

    def warm(self) -> bool:
        """Compile the newest versions of what plans are being made of, so that nobody waits for it.

        Tells whether one was compiled.
        """
        with session(self.database, SYSTEM) as connection:
            newest = connection.execute(query(ROOM, "plan_in_work")).fetchall()
        with self._lock:
            held = {(name, number) for name, number, _ in self._bases}
        cold = [pair for pair in newest[:KEPT_BASES] if pair not in held]
        for coverage, version in cold:
            # Whoever asks for it is told why that cannot be.
            with suppress(CitygridError):
                self.base(coverage, version)
        return bool(cold)

    def warm_beside(self) -> None:
        """Do so beside the requests; once at a time."""
        if not self._warming.locked():
            threading.Thread(target=self._warm_alone, name="warm-plans", daemon=True).start()

    def _warm_alone(self) -> None:
        # A database that does not answer is nobody's who only works ahead.
        with self._warming, suppress(CitygridError):
            self.warm()

    def _made_of(self, coverage: str) -> tuple[str, int] | None:
        """Name the coverage whose units this one's are made of, and its newest version; None for most."""
        if coverage not in self._composed:
            with session(self.database, SYSTEM) as connection:
                self._composed[coverage] = read_coverage(connection, coverage).composed_of
        of = self._composed[coverage]
        if of is None:
            return None
        with session(self.database, SYSTEM) as connection:
            return of, newest_version(connection, of)[0]

    def _compiled(self, coverage: str, version: int, made_of: tuple[str, int] | None) -> Base:
        if made_of is None:
            with session(self.database, SYSTEM) as connection:
                return Base.of(version_of(connection, coverage, version)).warm()
        with session(self.database, SYSTEM) as connection:
            snapshot = version_of(connection, coverage, version)
            members = members_of(connection, coverage, version)
            below = Base.of(version_of(connection, *made_of))
        areas = list(Base.of(snapshot).units.values())
        made = {str(unit): str(area) for unit, area in members.items()}
        return Base.composed(snapshot.about, version, areas, made, below).warm()

    def _keep(self, key: tuple[str, int, int], base: Base) -> Base:
        with self._lock:
            self._bases[key] = base
            while len(self._bases) > KEPT_BASES:
                self._bases.popitem(last=False)
        return base


def version_of(connection: Connection[Any], coverage: str, version: int) -> Snapshot:
    """Read a version, as the platform; NotFound, or Conflict if it was never in force."""
    values = {"coverage": coverage, "version": version}
    row = connection.execute(query(ROOM, "plan_version"), values).fetchone()
    if row is None:
        raise NotFound(f"coverage '{coverage}' has no version {version}")
    snapshot = read_snapshot(connection, coverage, row[0])
    if snapshot.version != version:
        raise Conflict(f"version {version} of '{coverage}' was replaced in the moment it came into force")
    return snapshot
