"""The ruling in words: which rule gave a point on a border to its unit."""

from __future__ import annotations

from datetime import UTC, datetime

import numpy as np
import pytest

from api.assignments import Assignments
from spatial.grids.published import load_published
from spatial.grids.versions import publish
from spatial.people.duty_lists import DutyList
from spatial.rights.reader import SYSTEM, Reader
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


def test_an_areas_reader_learns_nothing_of_what_lies_beyond(board: Assignments) -> None:
    """One point or many, a neighbour's grid and the open sea are the same; the own border is the end."""
    seen = board.for_reader(Reader(1, "s", "s", "street_administrator", reach="area", area="1-0"))
    sea, foreign = (WEST - 1, SOUTH), (WEST + 2.5 * STEP, SOUTH + STEP / 2)
    at_border = (WEST + 1.9 * STEP, SOUTH + 0.5 * STEP)
    answers = [seen.one(lon, lat, None) for lon, lat in (sea, foreign, at_border)]
    lon, lat = np.array([sea, foreign, at_border]).T
    assert seen.many(lon, lat, None) == answers
    assert answers[0] == answers[1]
    assert answers[1]["code"] is None
    assert "responsible for" in answers[1]["ruling_text"].en
    assert board.one(*foreign, None)["code"] == "1-1-2-0"
    assert answers[2]["code"] == "1-0-1-0"
    assert board.one(*at_border, None)["runner_up"]["code"] == "1-1-2-0"
    assert answers[2]["runner_up"] is None
    assert "responsible for ends" in answers[2]["ruling_text"].en


def test_whoever_works_everywhere_sees_every_grid(board: Assignments) -> None:
    department = Reader(1, "d", "d", "commander", reach="organisation", organisation_id=1)
    assert board.for_reader(department) is board
    assert board.for_reader(SYSTEM) is board
