"""What comes late counts as if nothing had ever been archived; what is thinned out stays near."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest
from psycopg import sql

from spatial.database import Database, connect, session
from spatial.patrols import marks, tracks
from spatial.patrols.archive import catalogue, rows
from spatial.patrols.archive.erasing import erase
from spatial.patrols.archive.fixes_file import Judged, Reader
from spatial.patrols.archive.store import DAYS, FIXES, Store
from spatial.patrols.archive.tiers import Policy, thinned
from spatial.patrols.days import moments
from spatial.patrols.grader import grade_dirty
from spatial.patrols.heat.verify import verify
from spatial.patrols.track_days import moment
from spatial.patrols.verdicts import COUNTS_FOR_WAY
from spatial.rights.reader import SYSTEM
from tests.spatial.patrols.archive.conftest import EVERYTHING, LAST, TODAY, Vault, fill
from tests.spatial.patrols.truth import walk

DAY = date(2026, 5, 5)


def files_of(vault: Vault) -> dict[date, Judged]:
    """Read all fixes of the archive."""
    found = {}
    with connect(vault.url) as owner:
        entries = [each for each in catalogue.listed(owner) if each.has_files]
    for entry in entries:
        with vault.store.open(FIXES, entry.day, entry.generation) as file:
            parts = list(Reader(file))
        whole = (
            [
                np.concatenate([getattr(each, name) for each in parts])
                for name in ("rows", "verdict", "marked")
            ]
            if parts
            else None
        )
        if whole:
            found[entry.day] = Judged(*whole)
    return found


def same_files(one: Vault, two: Vault) -> None:
    mine, theirs = files_of(one), files_of(two)
    assert mine.keys() == theirs.keys()
    for day in mine:
        for name in rows.ROW.names:
            if name != "received_us":
                np.testing.assert_array_equal(mine[day].rows[name], theirs[day].rows[name])
        np.testing.assert_array_equal(mine[day].verdict, theirs[day].verdict)


@pytest.mark.parametrize("seed", [1, 2])
def test_late_shuffled_doubled_fixes_come_to_the_same(
    vault: Vault, make_city: Callable[..., Any], as_app: Callable[[str], str], tmp_path: Path, seed: int
) -> None:
    """Half of the fixes come in three lots after their days were archived, some of them twice."""
    dice = np.random.default_rng(seed)
    with make_city(fill) as url:
        with connect(url) as owner:
            owner.execute("CREATE TABLE held AS SELECT * FROM fix WHERE random() < 0.5")
            owner.execute(
                "DELETE FROM fix AS f USING held AS h"
                " WHERE (f.mover_id, f.time, f.mark) = (h.mover_id, h.time, h.mark)"
            )
        database = Database(as_app(url), pool_size=2)
        database.open()
        late = Vault(url, database, Store(str(tmp_path / "late")), tmp_path / "late")
        grade_dirty(database)
        late.run()
        for lot in (dice.uniform(0.2, 0.6), 0.5, 2):
            late.ask(
                "INSERT INTO fix SELECT * FROM held WHERE random() < %s ORDER BY random()"
                " ON CONFLICT DO NOTHING",
                lot,
            )
            late.ask(
                "INSERT INTO track_dirty (mover_id, day) SELECT DISTINCT mover_id,"
                " ((time + o * interval '1 hour') AT TIME ZONE 'Asia/Shanghai')::date"
                " FROM held, unnest(ARRAY[-1, 0, 1]) AS o"
                " ON CONFLICT (mover_id, day) DO UPDATE SET marks = track_dirty.marks + 1"
            )
            assert grade_dirty(database) == 0
            late.run()
            assert late.ask("SELECT count(*) FROM fix") == [(0,)]
        late.run()
        vault.run()
        assert late.state() == vault.state()
        same_files(late, vault)
        with connect(url) as owner:
            assert verify(owner, DAY - timedelta(days=3), LAST) == []
        database.close()


def test_a_mark_taken_back_on_an_archived_fix_is_judged_from_the_file(vault: Vault) -> None:
    said = vault.state()
    with connect(vault.url) as owner:
        mover, time, mark = owner.execute(
            "SELECT f.mover_id, f.time, f.mark FROM fix AS f JOIN track_day AS t USING (mover_id)"
            " WHERE t.day = %s AND t.fixes > 50 AND f.time::date = %s"
            " ORDER BY f.mover_id, f.time OFFSET 20 LIMIT 1",
            (DAY, DAY),
        ).fetchall()[0]
        who = tracks.find_mover(owner, SYSTEM, mover=mover)
        administrator = replace(SYSTEM, role="district_administrator")
        owner.execute(
            "INSERT INTO fix_mark (mover_id, time, mark, reason, username) VALUES (%s, %s, %s, 'no', 'x')",
            (mover, time, mark),
        )
        owner.execute("INSERT INTO track_dirty (mover_id, day) VALUES (%s, %s)", (mover, DAY))
    grade_dirty(vault.database)
    marked = vault.state()
    assert marked != said
    vault.run()
    key = (mover, tracks.us_of(time), mark)
    found = files_of(vault)[DAY]
    assert found.rows[found.marked][["mover_id", "time_us", "mark"]].tolist() == [key]
    assert found.verdict[found.marked].tolist() == [30]
    with session(vault.database, administrator) as connection:
        assert marks.remove(connection, administrator, who, time, mark) == 1
    assert grade_dirty(vault.database) == 0
    assert vault.run().graded >= 1
    assert vault.state() == said
    assert not files_of(vault)[DAY].marked.any()


@pytest.mark.parametrize("most_m", [2.0, 10.0, 50.0])
def test_a_thinned_track_is_nowhere_further_off(most_m: float) -> None:
    """Measured by hand: where the line of the fixes that are left is, at the time of each that is not."""
    columns = walk("foot", 3, seconds=3600).columns
    made = np.zeros(len(columns), rows.ROW)
    for name, value in (
        ("time_us", columns.time_us),
        ("lon", columns.lon),
        ("lat", columns.lat),
        ("mark", columns.mark),
    ):
        made[name] = value
    made["mover_id"] = 7
    dice = np.random.default_rng(0)
    verdict = np.where(dice.uniform(size=len(made)) < 0.1, 21, 0).astype(np.int8)
    found = thinned(Judged(made, verdict, np.zeros(len(made), bool)), most_m)
    assert 2 <= len(found) < len(made) * 0.9 and (found.verdict == 0).all()
    good = made[verdict == 0]
    kept, off = found.rows, []
    for row in good:
        at = min(max(int(np.searchsorted(kept["time_us"], row["time_us"])), 1), len(kept) - 1)
        one, two = kept[at - 1], kept[at]
        share = (row["time_us"] - one["time_us"]) / (two["time_us"] - one["time_us"])
        x = (
            (one["lon"] + (two["lon"] - one["lon"]) * share - row["lon"])
            * 111_320
            * np.cos(np.radians(row["lat"]))
        )
        y = (one["lat"] + (two["lat"] - one["lat"]) * share - row["lat"]) * 111_195
        off.append(np.hypot(x, y))
    assert max(off) <= most_m * 1.01


def test_days_grow_old(vault: Vault) -> None:
    """From the database to whole files, to thinned ones, to nothing; what was said of the days stays."""
    said = vault.state()
    vault.run()
    whole = {day: len(each) for day, each in files_of(vault).items()}
    age = TODAY - DAY
    older = Policy(after_days=3, full_days=age.days, keep_days=0, thin_m=25)
    assert vault.run(older).days["thinned"] >= 1
    with connect(vault.url) as owner:
        tiers = {each.day: (each.tier, each.bound_m) for each in catalogue.listed(owner)}
    assert all(tier == (("thinned", 25.0) if day < DAY else ("full", None)) for day, tier in tiers.items())
    found = files_of(vault)
    thin = DAY - timedelta(days=1)
    assert 0 < len(found[thin]) < whole[thin] and len(found[DAY]) == whole[DAY]
    assert set(found[thin].verdict.tolist()) <= {int(each) for each in COUNTS_FOR_WAY}
    assert not +vault.run(older).days and vault.state() == said
    # What comes of such a day is put beside, and no figure is worked out from what is left.
    mover = int(found[thin].rows["mover_id"][0])
    vault.ask(
        "INSERT INTO fix (mover_id, time, mark, lon, lat) VALUES (%s, %s, 5, 116.3, 39.9)",
        mover,
        moments(thin)[0] + timedelta(hours=20),
    )
    vault.ask("INSERT INTO track_dirty (mover_id, day) VALUES (%s, %s)", mover, thin)
    vault.run(older)
    assert len(files_of(vault)[thin]) == len(found[thin]) + 1 and vault.state() == said
    nothing = Policy(after_days=3, keep_days=age.days)
    assert vault.run(nothing).days["dropped"] >= 1
    assert set(files_of(vault)) == {day for day in whole if day >= DAY}
    vault.ask(
        "INSERT INTO fix (mover_id, time, mark, lon, lat) VALUES (%s, %s, 6, 116.3, 39.9)",
        mover,
        moments(thin)[0] + timedelta(hours=20),
    )
    vault.run(nothing)
    assert vault.ask("SELECT count(*) FROM fix") == [(0,)] and vault.state() == said


def test_who_is_erased_is_in_no_file(vault: Vault) -> None:
    mover = vault.ask(
        "SELECT mover_id FROM fix WHERE time::date = %s GROUP BY 1 HAVING count(*) > 40 ORDER BY 1 LIMIT 1",
        DAY,
    )[0][0]
    policy = Policy(after_days=(TODAY - DAY).days)
    vault.run(policy)
    vault.run(EVERYTHING)
    others = {day: each[each.rows["mover_id"] != mover] for day, each in files_of(vault).items()}
    vault.ask(
        "INSERT INTO happening (device_id, time, kind, mover_id, lon, lat)"
        " SELECT min(id), now(), 'sos', %s, 116.3, 39.9 FROM device",
        mover,
    )
    vault.ask(
        "INSERT INTO cry (mover_id, way, at, last_at, lon, lat, placed_at, unit_code, note, state, closed_at,"
        " word, waiting_since) VALUES (%s, 'device', now(), now(), 116.3, 39.9, now(), '1', 'at the gate',"
        " 'closed', now(), 'real', NULL)",
        mover,
    )
    found = erase(vault.url, vault.store, mover)
    cries = vault.ask("SELECT lon, lat, placed_at, unit_code, note FROM cry WHERE mover_id = %s", mover)
    assert set(cries) == {(None, None, None, None, "")}
    assert found["files"] >= 1 and found["days"] >= 1
    after = files_of(vault)
    assert after.keys() == {day for day, each in others.items() if len(each)}
    for day, each in after.items():
        assert each.rows.tobytes() == others[day].rows.tobytes()
    for kind in (FIXES, DAYS):
        for path in (vault.folder / kind).rglob("*.parquet"):
            assert mover not in pq.read_table(path).column("mover_id").to_pylist()
    for table in ("fix", "track_day", "heat", "last_position", "happening", "archive_day"):
        column = "mover_id = %s" if table != "archive_day" else "%s = ANY (movers)"
        text = sql.SQL("SELECT count(*) FROM {} WHERE {}").format(sql.Identifier(table), sql.SQL(column))
        assert vault.ask(text, mover) == [(0,)]
    assert erase(vault.url, vault.store, mover) == {"fixes": 0, "days": 0, "files": 0}


def test_nobody_who_is_no_mover_any_more_stays_in_a_file(vault: Vault) -> None:
    vault.run()
    mover = vault.ask("SELECT movers[1] FROM archive_day WHERE day = %s", DAY)[0][0]
    vault.ask("DELETE FROM mover WHERE id = %s", mover)
    vault.run()
    assert all(mover not in each.rows["mover_id"] for each in files_of(vault).values())
    assert moment(0).year == 1970
