"""What goes to the archive is there to the bit, once, and comes back the same."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from itertools import product
from pathlib import Path
from typing import Any

import geopandas
import numpy as np
import pyarrow.parquet as pq
import pytest

from spatial.database import connect
from spatial.errors import Conflict
from spatial.patrols.archive import catalogue, rows
from spatial.patrols.archive.checking import check
from spatial.patrols.archive.fixes_file import Reader
from spatial.patrols.archive.restoring import restore
from spatial.patrols.archive.running import alone, run
from spatial.patrols.archive.store import FIXES
from spatial.patrols.archive.tiers import Policy
from spatial.patrols.grader import grade_dirty
from spatial.patrols.tracks import raw
from tests.spatial.patrols.archive.conftest import EVERYTHING, TODAY, Vault, all_fixes

DAY = date(2026, 5, 5)


def entries(vault: Vault) -> dict[date, catalogue.Entry]:
    with connect(vault.url) as owner:
        return {each.day: each for each in catalogue.listed(owner)}


def test_every_fix_goes_and_comes_back_as_it_was(vault: Vault) -> None:
    with connect(vault.url) as owner:
        before = all_fixes(owner)
    said = vault.state()
    report = vault.run()
    assert report.days["archived"] == len(entries(vault)) >= 4
    with connect(vault.url) as owner:
        assert all_fixes(owner) == []
        assert owner.execute(
            "SELECT to_regclass('city.fix_20260505'), to_regclass('city.fix_gone_20260505')"
        ).fetchall() == [(None, None)]
    assert vault.state() == said
    assert sum(each.fixes for each in entries(vault).values()) == len(before)
    for day in entries(vault):
        restore(vault.url, vault.store, day)
    with connect(vault.url) as owner:
        # By their text: NaN is not equal to itself.
        assert repr(all_fixes(owner)) == repr(before)
    grade_dirty(vault.database)
    assert vault.state() == said


def test_who_comes_right_after_somebody_is_not_refused(vault: Vault) -> None:
    """The lock is free when it is left, and not only when the server has seen the session end."""
    for _ in range(100):
        with alone(vault.url):
            pass
    with pytest.raises(ValueError, match="cut off"), alone(vault.url):
        raise ValueError("cut off")
    with alone(vault.url), pytest.raises(Conflict), alone(vault.url):
        pass


def test_a_second_run_has_nothing_to_do(vault: Vault) -> None:
    vault.run()
    found = entries(vault)
    report = vault.run()
    assert not +report.days and report.graded == 0
    assert entries(vault) == found


def test_what_is_younger_stays(vault: Vault) -> None:
    vault.run(Policy(after_days=TODAY.toordinal() - DAY.toordinal()))
    assert max(entries(vault)) == DAY - timedelta(days=1)
    assert vault.ask("SELECT min(time)::date FROM fix")[0][0] == DAY
    assert not +vault.run(Policy(after_days=0)).days


def test_geopandas_reads_points_times_and_verdicts(vault: Vault) -> None:
    rows = vault.ask("SELECT mover_id, verdicts FROM track_day WHERE day = %s", DAY)
    verdicts = {mover: list(codes) for mover, codes in rows}
    vault.run()
    path = vault.store.path(FIXES, DAY, 1)
    frame = geopandas.read_parquet(path)
    assert frame.crs.to_authority() == ("OGC", "CRS84")
    assert frame.geometry.name == "geometry" and set(frame.geometry.dropna().geom_type) == {"Point"}
    # NaN, 181 degrees: no place.
    assert frame.geometry.isna().sum() == 2
    assert frame.strange_lat.dropna().iloc[0] == np.inf
    keys = frame[["mover_id", "time", "mark"]]
    assert keys.equals(keys.sort_values(["mover_id", "time", "mark"]))
    for mover, part in frame[frame.time < "2026-05-05T16:00Z"].groupby("mover_id"):
        whole = [int(each) for each in part.verdict]
        assert whole == verdicts[mover][len(verdicts[mover]) - len(whole) :]
    assert pq.ParquetFile(path).schema_arrow.field("geometry").type.num_fields == 2


def test_the_archive_reads_what_the_database_read(vault: Vault) -> None:
    begin, end = rows.bounds(DAY)
    movers = [
        mover
        for (mover,) in vault.ask(
            "SELECT DISTINCT mover_id FROM fix WHERE time >= %s AND time < %s", begin, end
        )
    ]
    with connect(vault.url) as owner:
        wanted = {mover: raw(owner, mover, begin, end) for mover in movers}
    vault.run()
    with vault.store.open(FIXES, DAY, 1) as file:
        reader = Reader(file)
        for mover in movers:
            found = rows.columns_of(reader.of([mover]).rows)
            for name in (
                "time_us",
                "mark",
                "device",
                "lon",
                "lat",
                "speed_mps",
                "accuracy_m",
                "gate",
                "flags",
                "unit",
            ):
                np.testing.assert_array_equal(getattr(found, name), getattr(wanted[mover], name))
            assert found.units == wanted[mover].units
        assert len(reader.between(10**9, 10**9 + 1)) == 0 == len(reader.of([]))


def test_a_file_that_was_changed_is_found(vault: Vault) -> None:
    vault.run()
    assert all(problem is None for _, problem in check(vault.url, vault.store))
    other = DAY + timedelta(days=1)
    for kind, harm in product(("fixes", "days"), HARMS):
        path, beside = (vault.folder / kind / f"day={day}" / "000001.parquet" for day in (DAY, other))
        content = path.read_bytes()
        HARMS[harm](path, beside)
        found = dict(check(vault.url, vault.store, [DAY, other]))
        assert found[other] is None and found[DAY], (kind, harm)
        assert entries(vault)[DAY].problem == found[DAY]
        path.write_bytes(content)
    assert dict(check(vault.url, vault.store, [DAY])) == {DAY: None}
    assert entries(vault)[DAY].problem is None


def _flip(path: Path, _: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 3] ^= 1
    path.write_bytes(content)


HARMS: dict[str, Callable[[Path, Path], Any]] = {
    "flip": _flip,
    "cut": lambda path, _: path.write_bytes(path.read_bytes()[:-10]),
    "gone": lambda path, _: path.unlink(),
    "empty": lambda path, _: path.write_bytes(b""),
    "other": lambda path, other: path.write_bytes(other.read_bytes()),
}


def test_a_unit_that_no_file_can_hold_keeps_the_day_where_it_is(vault: Vault) -> None:
    vault.ask("UPDATE fix SET unit_code = repeat('甲', 3) WHERE mark = 5 AND lat = 1e-300")
    report = run(vault.url, vault.store, EVERYTHING, TODAY)
    assert report.errors and all("plain text" in str(each) for each in report.errors)
    assert len(entries(vault)) >= 3
    assert DAY not in entries(vault)
    assert vault.ask("SELECT count(*) FROM fix WHERE time::date = %s", DAY)[0][0] > 0
