"""Random operations on the grids of the demo city, as they are read from the store."""

from __future__ import annotations

from typing import Any

import numpy as np
import psycopg
import pytest

from grid_editor.base import Base
from grid_editor.change import Change
from grid_editor.operations import parse
from grid_editor.pieces import from_arcs
from grid_editor.proof import prove_all
from grid_editor.state import State
from spatial.errors import InvalidInput
from spatial.grids.snapshots import read_snapshot
from tests.grid_editor.random_edits import EDITS, payload


@pytest.fixture
def grids(city: psycopg.Connection[Any]) -> State:
    """The published grids."""
    return State(Base.of(read_snapshot(city, "grids")))


def test_the_published_grids_are_a_proper_coverage(grids: State, city: psycopg.Connection[Any]) -> None:
    snapshot = read_snapshot(city, "grids")
    ids = [str(unit.unit_id) for unit in snapshot.units[: snapshot.base_count]]
    assert {*grids.pieces()} == {*from_arcs(snapshot.arcs, ids)}
    assert {unit.code for unit in grids.units()} == {unit.code for unit in snapshot.units}
    assert prove_all(grids) == []


def test_real_grids_keep_the_invariants(grids: State) -> None:
    rng = np.random.default_rng(7)
    state, done = grids, 0
    for _ in range(120):
        op = sorted(EDITS)[rng.integers(len(EDITS))]
        try:
            change = parse(payload(state, (op, tuple(rng.random(8).tolist())))).change(state)
        except InvalidInput:
            continue
        after = state.apply(change)
        assert after.apply(change.inverse()).change == state.change
        state, done = after, done + 1
    assert done > 40
    assert prove_all(state) == []
    assert State.of(grids.base, state.change) == state
    back = state.apply(state.change.inverse())
    assert back.change == Change()
    assert set(back.pieces()) == set(grids.pieces())
