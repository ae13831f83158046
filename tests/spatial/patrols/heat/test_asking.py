"""What is asked is what the raw fixes say: any span, people, units, boxes; to each what they may see."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta
from typing import Any

import numpy as np
import pytest

from spatial.database import connect, session
from spatial.errors import Forbidden, InvalidInput
from spatial.patrols.heat import amounts
from spatial.patrols.heat import cells as lattice
from spatial.patrols.heat.amounts import COARSEST, Amount, Load, loads
from spatial.patrols.heat.asking import Found, Question, ask, sees_tracks
from spatial.patrols.heat.keeping import keep
from spatial.patrols.heat.records import Contributions, Entries
from spatial.rights.reader import Reader
from spatial.types import BBox
from tests.spatial.patrols.heat import rounds
from tests.spatial.patrols.heat.conftest import Walked
from tests.spatial.patrols.heat.rounds import MONDAY, WEEKS, Whole, at, by_hand, cells_of, movers_of
from tests.spatial.rights.town import COMMUNITIES, GRIDS, STREETS

CHIEF = "district_administrator of the city"
WHOLE = (at(MONDAY, 0), at(MONDAY + timedelta(21), 0))


@pytest.fixture(scope="module")
def raw(walked: Walked) -> Whole:
    with connect(walked.url) as owner:
        return by_hand(owner)


@pytest.fixture(scope="module")
def movers(walked: Walked) -> dict[str, int]:
    with connect(walked.url) as owner:
        return movers_of(owner)


def asked(
    walked: Walked, who: str | Reader, since: datetime, until: datetime, level: int = 0, **more: Any
) -> Found:
    reader = walked.readers[who] if isinstance(who, str) else who
    with session(walked.database, reader) as connection:
        return ask(connection, reader, Question(since, until, level, **more), 3)


def counted(found: Found) -> Counter[tuple[int, int]]:
    column, row = lattice.columns_rows(found.cells)
    return Counter(dict(zip(zip(column.tolist(), row.tolist(), strict=True), found.ms.tolist(), strict=True)))


@pytest.mark.parametrize("level", [0, 1, 3, 5, 7, COARSEST])
def test_the_whole_span_at_every_level(walked: Walked, raw: Whole, level: int) -> None:
    found = asked(walked, CHIEF, *WHOLE, level)
    assert counted(found) == cells_of(raw, level)
    assert found.least_people is None and found.days == 21
    assert (np.diff(found.cells) > 0).all()


@pytest.mark.parametrize(
    ("since", "until"),
    [
        (at(MONDAY, 8), at(MONDAY, 9)),
        (at(MONDAY, 14), at(MONDAY + timedelta(1), 15)),
        (at(MONDAY + timedelta(2), 0), at(MONDAY + timedelta(12), 0)),
        (at(MONDAY + timedelta(1), 9), at(MONDAY + timedelta(16), 17)),
        (at(WEEKS[1] + timedelta(2), 23), at(WEEKS[1] + timedelta(3), 1)),
        (at(MONDAY - timedelta(300), 0), at(MONDAY + timedelta(25), 0)),
        (at(MONDAY - timedelta(30), 0), at(MONDAY, 0)),
    ],
    ids=["hour", "day and an hour", "days", "hours to hours", "night", "year", "nothing"],
)
@pytest.mark.parametrize("level", [0, 4])
def test_any_span(walked: Walked, raw: Whole, since: datetime, until: datetime, level: int) -> None:
    found = asked(walked, CHIEF, since, until, level)
    assert counted(found) == cells_of(raw, level, since=since, until=until)


def test_a_span_is_widened_to_whole_hours_and_says_so(walked: Walked, raw: Whole) -> None:
    found = asked(walked, CHIEF, at(MONDAY, 8.3), at(MONDAY, 8.4))
    assert (found.since, found.until) == (at(MONDAY, 8), at(MONDAY, 9))
    assert counted(found) == cells_of(raw, since=at(MONDAY, 8), until=at(MONDAY, 9))


def test_of_whom(walked: Walked, raw: Whole, movers: dict[str, int]) -> None:
    one, two = movers["I0"], movers[f"W{GRIDS[3]}"]
    assert counted(asked(walked, CHIEF, *WHOLE, movers=(one,))) == cells_of(raw, movers=(one,))
    assert counted(asked(walked, CHIEF, *WHOLE, movers=(one, two))) == cells_of(raw, movers=(one, two))
    inspectors = [movers[f"I{number}"] for number in range(rounds.INSPECTORS)]
    assert counted(asked(walked, CHIEF, *WHOLE, role="inspector")) == cells_of(raw, movers=inspectors)
    assert counted(asked(walked, CHIEF, *WHOLE, role="person")) == cells_of(raw)
    assert not len(asked(walked, CHIEF, *WHOLE, role="vehicle").cells)
    with connect(walked.url) as owner:
        water = owner.execute("SELECT id FROM organisation WHERE code = 'water'").fetchall()[0][0]
        of_water = [
            row[0]
            for row in owner.execute(
                "SELECT m.id FROM mover AS m JOIN worker AS w ON w.id = m.worker_id"
                " WHERE w.organisation_id = %s",
                [water],
            )
        ]
    assert counted(asked(walked, CHIEF, *WHOLE, organisation=water)) == cells_of(raw, movers=of_water)
    assert not len(asked(walked, CHIEF, *WHOLE, movers=(10**12,)).cells)


@pytest.mark.parametrize("unit", [GRIDS[0], COMMUNITIES[0], STREETS[0], GRIDS[1]])
@pytest.mark.parametrize("level", [0, 3])
def test_in_a_unit(walked: Walked, raw: Whole, unit: str, level: int) -> None:
    found = counted(asked(walked, CHIEF, *WHOLE, level, unit=unit))
    assert found == cells_of(raw, level, unit=unit) and found


def test_in_a_box(walked: Walked, raw: Whole) -> None:
    box = BBox(116.302, 39.903, 116.306, 39.906)
    west, north, east, south = lattice.window(0, box)
    wanted = {(x, y): ms for (x, y), ms in cells_of(raw).items() if west <= x <= east and north <= y <= south}
    assert counted(asked(walked, CHIEF, *WHOLE, box=box)) == wanted and wanted
    nowhere = BBox(10.0, 10.0, 11.0, 11.0)
    assert not len(asked(walked, CHIEF, *WHOLE, box=nowhere).cells)


def mine(raw: Whole, seen: set[int], ours: set[int], area: str | None) -> Counter[tuple[int, int]]:
    """What who may see tracks is told: of the own organisation all, of others in sight what is at home."""
    found: Counter[tuple[int, int]] = Counter()
    for (mover, _, column, row, _, unit), ms in raw.items():
        if mover in ours or (mover in seen and area is not None and (unit or "-").startswith(area)):
            found[column, row] += ms
    return found


@pytest.mark.parametrize("role", ["street_administrator", "district_administrator", "commander"])
@pytest.mark.parametrize("where", ["street 1", "a grid, roads", "water"])
def test_of_an_area_the_own_people_in_it(walked: Walked, raw: Whole, role: str, where: str) -> None:
    reader = walked.readers[f"{role} of {where}"]
    assert sees_tracks(reader)
    with connect(walked.url) as owner:
        rows = owner.execute(
            "SELECT m.id, w.unit_code, w.organisation_id FROM mover AS m"
            " JOIN worker AS w ON w.id = m.worker_id"
        ).fetchall()
    ours = {m for m, _, organisation in rows if organisation == reader.organisation_id}
    seen = ours | {m for m, unit, _ in rows if reader.area and unit.startswith(reader.area)}
    wanted = mine(raw, seen, ours, reader.area)
    assert counted(asked(walked, reader, *WHOLE)) == wanted and wanted
    assert counted(asked(walked, reader, *WHOLE)) != cells_of(raw)
    foreign = next(m for m, *_ in rows if m not in seen)
    assert not len(asked(walked, reader, *WHOLE, movers=(foreign,)).cells)


def test_a_field_worker_sees_the_own_way_and_nobody_elses(
    walked: Walked, raw: Whole, movers: dict[str, int]
) -> None:
    reader = walked.readers["field_worker of a grid, roads"]
    own = movers["I3"]  # The last who was hired in that grid.
    assert counted(asked(walked, reader, *WHOLE, movers=(own,))) == cells_of(raw, movers=(own,))
    for more in ({"movers": (own, movers["I0"])}, {"movers": (movers["I0"],)}, {"role": "inspector"}):
        with pytest.raises(Forbidden):
            asked(walked, reader, *WHOLE, **more)


def test_what_is_too_fine_is_refused(walked: Walked) -> None:
    """Somebody on the other side of the world makes the window of both as large."""
    far = Entries.of(
        np.array([lattice.number(10, 10)]), *(np.array([each]) for each in (0, 9, 5000))
    ).packed()
    day = MONDAY - timedelta(364)
    with connect(walked.url) as owner:
        one, two = list(movers_of(owner).values())[:2]
        near = Entries.of(np.array([lattice.number(900000, 400000)]), *(np.array([x]) for x in (0, 9, 7000)))
        assert keep(owner, one, day, Contributions(near, ()).packed())
        assert keep(owner, two, day, b"H1\0\0" + far)
        owner.commit()
        # Level 4 has 56,250 by 25,000 cells between the two, level 8 3,516 by 1,563.
        with pytest.raises(InvalidInput, match=r"resolution=3?\d{4} works") as refused:
            asked(walked, CHIEF, at(day, 0), at(day + timedelta(1), 0))
        side = int(str(refused.value).split("resolution=")[1].split()[0])
        middle = lattice.middles(8, np.array([lattice.number(0, 200_000 >> 8)]))[1][0]
        assert side == pytest.approx(lattice.side_m(8, middle), rel=0.02)
        assert sum(counted(asked(walked, CHIEF, at(day, 0), at(day + timedelta(1), 0), 9)).values()) == 12_000
        assert keep(owner, one, day, None) and keep(owner, two, day, None)
        owner.commit()


def test_what_is_too_much_is_refused_before_it_is_read(
    walked: Walked, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(most: int) -> str:
        monkeypatch.setattr(amounts, "MOST_OCTETS", most)
        with pytest.raises(InvalidInput) as error:
            asked(walked, CHIEF, *WHOLE)
        return str(error.value)

    with connect(walked.url) as owner:
        text = "SELECT level, sum(length(entries)) FROM heat WHERE days = 1 GROUP BY 1"
        rows = owner.execute(text).fetchall()
    octets = {level: int(size) for level, size in rows}
    assert octets[0] > octets[2]
    whole = counted(asked(walked, CHIEF, *WHOLE, 5))
    monkeypatch.setattr("spatial.patrols.heat.asking._read", lambda *_: pytest.fail("it was read"))
    assert "bbox" in refused(0) and "resolution" not in refused(0).split(":")[0]
    assert "resolution=" in refused(octets[2])
    monkeypatch.undo()
    assert counted(asked(walked, CHIEF, *WHOLE, 5)) == whole


@pytest.mark.parametrize("at_once", [1, 100, 3000, 10**9])
@pytest.mark.parametrize("who", [CHIEF, "district_administrator of street 1", "viewer of the city"])
def test_however_little_is_read_at_a_time_the_answer_is_the_same(
    walked: Walked, monkeypatch: pytest.MonkeyPatch, at_once: int, who: str
) -> None:
    span = (at(MONDAY, 3), at(MONDAY + timedelta(25), 7))
    wanted = [counted(asked(walked, who, *span, level)) for level in (0, 5)]
    monkeypatch.setattr(amounts, "AT_ONCE", at_once)
    assert [counted(asked(walked, who, *span, level)) for level in (0, 5)] == wanted and wanted[1]


def test_loads_are_of_about_the_same_size(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(amounts, "AT_ONCE", 10)
    given = [Amount(place, 0, 0, 0, 0, octets) for place, octets in enumerate((4, 6, 1, 25, 9, 2))]
    assert list(loads(given)) == [
        Load([0, 1]), Load([2]), *(Load([3], 3, number) for number in range(3)), Load([4]), Load([5]),
    ]  # fmt: skip
