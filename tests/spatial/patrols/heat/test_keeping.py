"""The sums are always those of the raw fixes: of days, of blocks, at every level, whatever comes when."""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta
from itertools import pairwise
from typing import Any

import pytest
from psycopg import Connection

from spatial.database import connect
from spatial.patrols.grader import grade_dirty
from spatial.patrols.heat import cells as lattice
from spatial.patrols.heat import keeping
from spatial.patrols.heat.blocks import BLOCK_DAYS, Block, block_of, parts, whole_weeks
from spatial.patrols.heat.keeping import fold, keep
from spatial.patrols.heat.records import Entries
from spatial.patrols.heat.verify import verify
from tests.spatial.patrols.heat import rounds
from tests.spatial.patrols.heat.conftest import Walked
from tests.spatial.patrols.heat.rounds import GRIDS, MONDAY, TODAY, Round, at, by_hand, movers_of, walk

SPAN = (MONDAY - timedelta(60), TODAY)


def kept(connection: Connection[Any], level: int, days: int) -> Counter[tuple[int, date, int, int]]:
    """Read what is kept: (mover, first day, column, row) → milliseconds."""
    found: Counter[tuple[int, date, int, int]] = Counter()
    rows = connection.execute(
        "SELECT mover_id, first_day, entries FROM heat"
        " WHERE level = %s AND days = %s AND first_day BETWEEN %s AND %s",
        (level, days, *SPAN),
    )
    for mover, first, content in rows:
        entries = Entries.unpacked(content)
        column, row = lattice.columns_rows(entries.cells)
        for x, y, ms in zip(column.tolist(), row.tolist(), entries.ms.tolist(), strict=True):
            found[mover, first, x, y] += ms
    return found


def check(url: str) -> None:
    """Compare everything that is kept with the raw fixes."""
    with connect(url) as owner:
        raw = by_hand(owner)
        assert sum(raw.values()) > 10_000_000
        for level in range(lattice.LEVELS):
            for days in (1, *BLOCK_DAYS):
                wanted: Counter[tuple[int, date, int, int]] = Counter()
                for (mover, day, column, row, _, _), ms in raw.items():
                    first = block_of(day, days).first
                    wanted[mover, first, column >> level, row >> level] += ms
                assert kept(owner, level, days) == wanted, (level, days)
        assert verify(owner, *SPAN) == []


def test_what_is_kept_is_what_the_fixes_say(walked: Walked) -> None:
    check(walked.url)


def test_the_night_is_shared_by_two_days(walked: Walked) -> None:
    with connect(walked.url) as owner:
        mover = movers_of(owner)["I0"]
        night = rounds.WEEKS[1] + timedelta(2)
        raw = by_hand(owner)
        late = sum(ms for (m, day, *_), ms in raw.items() if m == mover and day == night)
        early = sum(ms for (m, day, *_), ms in raw.items() if m == mover and day == night + timedelta(1))
        assert late == 180_000 and early == 79 * 10_000 - 180_000


def test_late_fixes_change_the_blocks_that_were_added_up(walked: Walked) -> None:
    with connect(walked.url) as owner:
        mover = movers_of(owner)[f"W{GRIDS[1]}"]
        walk(owner, Round(mover, at(MONDAY + timedelta(1), 17.99), 116.302, 39.91, 6.0, 1.0, 40))
    assert grade_dirty(walked.database) > 0
    check(walked.url)


def test_marks_by_hand_take_time_away_and_give_it_back(walked: Walked) -> None:
    with connect(walked.url) as owner:
        mover = movers_of(owner)["I2"]
        begins = at(rounds.WEEKS[1] + timedelta(2), 16)
        before = sum(by_hand(owner).values())
        owner.execute(
            "INSERT INTO fix_mark (mover_id, time, mark, reason, username)"
            " SELECT mover_id, time, mark, 'wrong', 'n' FROM fix"
            " WHERE mover_id = %s AND time >= %s AND time < %s",
            (mover, begins, begins + timedelta(minutes=16)),
        )
        rounds.dirty(owner, mover, [begins.date()])
    grade_dirty(walked.database)
    check(walked.url)
    with connect(walked.url) as owner:
        less = sum(by_hand(owner).values())
        assert before - less == 89 * 10_000
        owner.execute("DELETE FROM fix_mark WHERE mover_id = %s", (mover,))
        rounds.dirty(owner, mover, [begins.date()])
    grade_dirty(walked.database)
    check(walked.url)


def test_grading_again_writes_nothing(walked: Walked) -> None:
    with connect(walked.url) as owner:
        states = "SELECT level, days, first_day, mover_id, xmin::text FROM heat ORDER BY 1, 2, 3, 4"
        before = owner.execute(states).fetchall()
        for mover, day in owner.execute(
            "SELECT mover_id, day FROM track_day WHERE day < '2026-06-01'"
        ).fetchall():
            rounds.dirty(owner, mover, [day])
    assert grade_dirty(walked.database) > 20
    with connect(walked.url) as owner:
        assert owner.execute(states).fetchall() == before
        assert fold(owner, TODAY) == 0


@pytest.mark.parametrize(
    "damage",
    [
        "UPDATE heat SET entries = substr(entries, 1, length(entries) - 12)"
        " WHERE level = 2 AND days = 1 AND length(entries) > 12",
        "UPDATE heat SET ms = ms + 1 WHERE level = 1 AND days = 7",
        "UPDATE heat SET east = east + 1 WHERE level = 0 AND days = 1",
        "DELETE FROM heat WHERE level = 3 AND days = 28",
        "UPDATE track_day SET heat = NULL WHERE heat IS NOT NULL",
    ],
)
def test_the_checker_finds_what_was_touched(walked: Walked, damage: str) -> None:
    with connect(walked.url) as owner:
        assert owner.execute(damage).rowcount > 0
        found = verify(owner, *SPAN)
        assert found
        assert verify(owner, *SPAN, movers=[found[0].mover]) != []
        owner.rollback()
        assert verify(owner, *SPAN) == []


def test_a_day_without_a_track_leaves_no_row(walked: Walked) -> None:
    with connect(walked.url) as owner:
        mover = movers_of(owner)["I3"]
        day = next(
            d for m, d in owner.execute("SELECT mover_id, first_day FROM heat WHERE days = 1") if m == mover
        )
        assert keep(owner, mover, day, None)
        assert not keep(owner, mover, day, None)
        rows = owner.execute(
            "SELECT 1 FROM heat WHERE mover_id = %s AND days = 1 AND first_day = %s", (mover, day)
        )
        assert rows.fetchall() == []
        owner.rollback()


def test_spans_are_cut_into_the_fewest_rows() -> None:
    first = date(1970, 1, 5)
    added = {Block(7, first + timedelta(7 * n)) for n in range(8)} | {Block(28, first)}
    cut = list(parts(first - timedelta(2), first + timedelta(28 + 7 + 3), added))
    assert [block.days for block in cut] == [1, 1, 28, 7, 1, 1, 1]
    assert cut[0].first == first - timedelta(2)
    assert all(one.until == two.first for one, two in pairwise(cut))
    assert list(parts(first, first, added)) == []


@pytest.mark.parametrize("shift", range(-3, 11))
def test_whole_weeks_begin_on_monday(shift: int) -> None:
    first = MONDAY + timedelta(shift)
    weeks = whole_weeks(first, first + timedelta(17))
    assert all(
        week.weekday() == 0 and first <= week and week + timedelta(7) <= first + timedelta(17)
        for week in weeks
    )
    assert len(weeks) == sum((first + timedelta(n)).weekday() == 0 and n + 7 <= 17 for n in range(17))
    assert whole_weeks(first, first) == []


def test_each_block_is_added_up_in_a_transaction_of_its_own(
    walked: Walked, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An interruption costs one block, and whoever grades waits for one."""
    with connect(walked.url) as owner:
        owner.execute("DELETE FROM heat WHERE days > 1")
        owner.execute("DELETE FROM heat_block")
    real, done = keeping._fold, list[Block]()

    def breaks(connection: Connection[Any], block: Block, of: int) -> None:
        if len(done) == 2:
            raise RuntimeError("power cut")
        done.append(block)
        real(connection, block, of)

    monkeypatch.setattr(keeping, "_fold", breaks)
    monkeypatch.setattr(keeping, "MOVERS", 1)
    with connect(walked.url) as owner, pytest.raises(RuntimeError):
        fold(owner, TODAY)
    with connect(walked.url) as owner:
        rows = owner.execute("SELECT days, first_day FROM heat_block ORDER BY 1, 2").fetchall()
        assert [Block(*row) for row in rows] == sorted(done) and len(done) == 2
    monkeypatch.setattr(keeping, "_fold", real)
    with connect(walked.url) as owner:
        assert fold(owner, TODAY) > 1
        assert fold(owner, TODAY) == 0
        firsts = owner.execute("SELECT count(DISTINCT xmin::text), count(*) FROM heat_block").fetchall()[0]
        assert firsts[0] == firsts[1]
    check(walked.url)
