"""The ruling in words: which rule gave a point on a border to its unit."""

from __future__ import annotations

from datetime import UTC, datetime

import numpy as np
import pytest

from api.assignments import Assignments
from spatial.grids.published import load_published
from spatial.grids.versions import publish
from spatial.people.duty_lists import DutyList
from tests.spatial.grids.cities import SOUTH, STEP, WEST, chessboard


@pytest.fixture
def board(postgis, tmp_path) -> Assignments:
    """A published chessboard of 4 × 4 squares."""
    publish(postgis, "grids", *chessboard(), "test", datetime(2026, 1, 1, tzinfo=UTC))
    return Assignments(load_published(postgis, tmp_path, "grids"), DutyList([]))


CASES = [
    ((0.5, 0.5), "inside", "Inside the grid", "1-0-0-0"),
    ((1.0, 1.0), "border", "node rule", "1-0-0-0"),
    ((2.0, 2.0), "border", "node rule", "1-0-1-1"),
    ((1.0, 0.5), "border", "line rule", None),
    ((0.5, 1.0), "border", "line rule", None),
    ((0.0, 0.5), "border", "outer borders", "1-0-0-0"),
    ((-0.01, 0.5), "nearest", "within the tolerance", "1-0-0-0"),
    ((-1.0, 0.5), "unassigned", "belongs to no grid", None),
]


@pytest.mark.parametrize(("place", "ruling", "words", "code"), CASES)
def test_the_rule_is_named(board: Assignments, place, ruling: str, words: str, code: str | None) -> None:
    lon, lat = (round(origin + part * STEP, 9) for origin, part in zip((WEST, SOUTH), place, strict=True))
    found = board.one(lon, lat, None)
    assert found["ruling"] == ruling
    assert words in found["ruling_text"].en
    assert found["ruling_text"].zh
    if code is not None or ruling == "unassigned":
        assert found["code"] == code
    assert board.many(np.array([lon]), np.array([lat]), None)[0]["ruling_text"] == found["ruling_text"]
