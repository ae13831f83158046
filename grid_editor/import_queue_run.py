"""Brings one file into one plan: read, compared, cleaned, worked out, kept as a step.

What takes long is done without a transaction; should the plan have moved meanwhile, it is cleaned anew for
the plan as it is then.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from psycopg import Connection

from grid_editor import editing, store
from grid_editor.bases import Bases
from grid_editor.editing import Done, Worked
from grid_editor.import_coverage import Outlines, read_outlines
from grid_editor.import_fit import fit_of
from grid_editor.import_into_plan import (
    Shapes,
    Wish,
    brought,
    first_report,
    parents_of,
    payload_of,
    told,
    with_right_codes,
)
from grid_editor.operations.operation import refuse_composed
from grid_editor.plan import Plan, check_may_edit
from grid_editor.state import State
from spatial.database import Database, connect, query, session
from spatial.errors import Unavailable
from spatial.geometry.precision import from_nano
from spatial.rights.reader import SYSTEM, Reader
from spatial.types import BBox

Json = dict[str, Any]
ROOM = "grid_editor"
ROUNDS = 5
"""How often it is worked out anew because others change the plan meanwhile."""


@dataclass(frozen=True)
class Ground:
    """The plan as it was when the file was laid on it."""

    plan: Plan
    state: State
    parents: Shapes
    own: Any
    """See editing.own_ground."""
    issued: frozenset[str]
    """Every code that was ever given in the coverage."""


@dataclass(frozen=True)
class Run:
    """What a run needs: whose rights, which plan, what is wished, and whom to tell."""

    database: Database
    bases: Bases
    reader: Reader
    plan: int
    wish: Wish
    note: Callable[[str, float], None]
    """Told the stage and how much is done; may raise to stop the run."""
    keep: Callable[[Json, Json], None]
    """Given summary and report as soon as something is known, and each time more is."""
    finish: Callable[[Connection[Any], Done], None]
    """Called in the transaction of the step; may raise to roll it back."""

    def do(self, path: Path, filename: str) -> Done:
        """Bring a file in; raises InvalidInput, Forbidden or Conflict for what stands in the way."""
        ground = self._ground()
        self.note("reading", 0.0)
        outlines = self._read(path, filename, ground.state)
        for _ in range(ROUNDS):
            try:
                return self._kept(ground, self._worked_out(ground, outlines))
            except store.Stale:
                ground = self._ground()
        raise Unavailable("others change the plan all the time: try again later")

    def _ground(self) -> Ground:
        with session(self.database, self.reader) as connection:
            plan = store.read(connection, self.plan)
            check_may_edit(plan, self.reader)
            state = editing.state_of(connection, self.bases, plan)
            refuse_composed(state, "plan")
            parents = parents_of(connection, state, self.reader)
            own = editing.own_ground(connection, state, self.reader)
        return Ground(plan, state, parents, own, self._issued(plan.coverage))

    def _issued(self, coverage: str) -> frozenset[str]:
        """As the platform: of other areas too no code is given a second time."""
        values = {"coverage": coverage, "parent": None}
        with session(self.database, SYSTEM) as connection:
            rows = connection.execute(query(ROOM, "plan_issued"), values).fetchall()
        return frozenset(code for (code,) in rows)

    def _read(self, path: Path, filename: str, state: State) -> Outlines:
        with (
            tempfile.TemporaryDirectory(prefix="citygrid-import-") as folder,
            connect(self.database.url, autocommit=True) as connection,
        ):
            return read_outlines(connection, path, filename, Path(folder), self.wish.options, _box(state))

    def _worked_out(self, ground: Ground, outlines: Outlines) -> Worked:
        state, reader, wish = ground.state, self.reader, self.wish
        fit = fit_of(state, outlines, wish.options.datum)
        self.keep(*first_report(outlines, fit))
        self.note("cleaning", 0.2)
        found = brought(state, reader, outlines, wish, ground.parents, fit)
        found = with_right_codes(state, reader, found, ground.issued)
        self.keep(*told(found, outlines, state, None))
        self.note("placing", 0.6)
        worked = editing.work_out(state, reader, payload_of(state, reader, found, wish), ground.own)
        self.keep(*told(found, outlines, state, worked))
        self.note("placing", 0.9)
        return worked

    def _kept(self, ground: Ground, worked: Worked) -> Done:
        with session(self.database, self.reader) as connection:
            done = editing.keep_worked_out(
                connection, self.bases, self.reader, self.plan, worked, ground.plan.etag
            )
            self.finish(connection, done)
        return done


def _box(state: State) -> BBox | None:
    """The place of the coverage, against which a file is looked at whose axes may be exchanged."""
    bounds = state.base.bounds
    return None if bounds is None else BBox(*from_nano(list(bounds)).tolist())
