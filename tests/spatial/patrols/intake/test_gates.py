"""What comes in, whose it is, how it is judged and where it is put; what does not, and that it is counted."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pytest

from spatial.database import session
from spatial.geometry.datum import convert
from spatial.patrols import devices, roster
from spatial.patrols.intake import Sent
from spatial.patrols.partitions import ensure_days
from spatial.patrols.protocols.fixes import Fixes, Flag, Source, joined
from spatial.patrols.verdicts import Verdict
from spatial.rights.reader import SYSTEM, Reader
from tests.spatial.grids.cities import SOUTH, STEP, WEST
from tests.spatial.patrols.intake.yard import NOW, Yard, one, walk

CHIEF = Reader(None, "chief", "chief", "district_administrator")
LON, LAT = WEST + STEP / 2, SOUTH + STEP / 2


@pytest.mark.parametrize(
    ("given", "verdict"),
    [
        ({}, Verdict.GOOD),
        ({"lon": 180.5}, Verdict.RANGE),
        ({"lat": -90.01}, Verdict.RANGE),
        ({"lon": np.nan}, Verdict.RANGE),
        ({"lat": np.inf}, Verdict.RANGE),
        ({"lon": 0.0, "lat": 0.0}, Verdict.RANGE),
        ({"lon": 0.0}, Verdict.GOOD),
        ({"flags": Flag.NOT_POSITIONED}, Verdict.NOT_POSITIONED),
        ({"minutes": 6}, Verdict.FUTURE),
        ({"minutes": 4}, Verdict.GOOD),
        ({"minutes": -181 * 1440}, Verdict.TOO_OLD),
        ({"minutes": -179 * 1440}, Verdict.GOOD),
        ({"accuracy_m": 100.5}, Verdict.APPROXIMATE),
        ({"accuracy_m": 100.0}, Verdict.GOOD),
        ({"flags": Flag.APPROXIMATE}, Verdict.APPROXIMATE),
        ({"flags": Flag.MOCK, "accuracy_m": 500.0}, Verdict.MOCK),
    ],
)
def test_each_fix_is_judged_by_itself_and_kept(yard: Yard, given: dict[str, Any], verdict: Verdict) -> None:
    given = {"lon": LON, "lat": LAT, **given}
    moment = NOW + timedelta(minutes=given.pop("minutes", 0))
    (taken,) = yard.take(yard.walked(one(moment, **given)), now=NOW)
    assert taken.new == 1
    [(gate, lon, lat, moving)] = yard.ask(
        "SELECT gate, lon, lat, (SELECT count(*) FROM last_position) FROM fix"
    )
    assert (gate, moving) == (verdict, verdict == Verdict.GOOD)
    np.testing.assert_array_equal([lon, lat], [given["lon"], given["lat"]])


def test_numbers_that_can_be_none_are_unknown(yard: Yard) -> None:
    wrong = {"speed_mps": -1, "course_deg": -1, "accuracy_m": -1, "altitude_m": np.inf, "battery_pct": 150}
    yard.take(yard.walked(one(NOW, LON, LAT, **wrong)))
    assert yard.ask("SELECT speed_mps, course_deg, accuracy_m, altitude_m, battery_pct FROM fix") == [
        (None,) * 5
    ]


def test_other_datums_are_converted_and_what_was_sent_stays_beside(yard: Yard) -> None:
    (lon,), (lat,) = convert([LON], [LAT], "wgs84", "gcj02")
    by_message, by_profile = one(NOW, lon, lat, datum=2), one(NOW - timedelta(seconds=9), lon, lat)
    yard.take(yard.walked(by_message), Sent(by_profile, Source.OWN, mover=yard.movers[0], datum="gcj02"))
    for found in yard.ask("SELECT lon, lat, source_lon, source_lat, datum, unit_code FROM fix"):
        assert found[:2] == pytest.approx((LON, LAT), abs=1e-8)
        assert found[2:] == (lon, lat, 2, "1-0-0-0")
    yard.empty()
    yard.take(yard.walked(one(NOW, LON, LAT)))
    assert yard.ask("SELECT source_lon, source_lat, datum FROM fix") == [(None, None, 0)]


def test_outside_of_the_grids_there_is_no_unit(yard: Yard) -> None:
    yard.take(yard.walked(one(NOW, WEST - 1, SOUTH)))
    assert yard.ask("SELECT unit_code, gate FROM fix") == [(None, 0)]


def test_a_fix_is_of_whoever_carried_the_device_then(yard: Yard) -> None:
    phone = yard.device(0)
    fixes = walk(100, step_s=60)
    with session(yard.database, SYSTEM) as connection:
        for minutes, who in ((-60, yard.movers[1]), (-40, None), (-20, yard.movers[2])):
            devices.hand(connection, CHIEF, phone.id, who, NOW + timedelta(minutes=minutes))
    (taken,) = yard.take(Sent(fixes, Source.OWN, device=phone.id))
    assert (taken.new, taken.refused) == (80, {"nobody_carries": 20})
    rows = dict(yard.ask("SELECT mover_id, count(*) FROM fix GROUP BY 1 ORDER BY 1"))
    assert rows == {yard.movers[0]: 39, yard.movers[1]: 20, yard.movers[2]: 21}
    assert yard.ask("SELECT device_id, reason, count FROM fix_refusal") == [(phone.id, "nobody_carries", 20)]


def test_many_devices_in_one_batch(yard: Yard) -> None:
    phones = [yard.device(who, f"phone {who}").id for who in (2, 0, 1)]
    fixes = walk(300)
    which = np.random.default_rng(1).integers(0, 3, 300)
    (taken,) = yard.take(Sent(fixes, Source.OWN, device=np.array(phones)[which]))
    assert taken.new == 300
    found = yard.ask("SELECT mover_id, device_id, count(*) FROM fix GROUP BY 1, 2 ORDER BY 2")
    counts = np.bincount(which).tolist()
    carriers = [yard.movers[who] for who in (2, 0, 1)]
    assert found == list(zip(carriers, phones, counts, strict=True))


@pytest.mark.parametrize("state", ["waiting", "blocked"])
def test_nothing_is_taken_of_a_device_that_waits_or_is_blocked(yard: Yard, state: str) -> None:
    phone = yard.device(None if state == "waiting" else 0)
    if state == "blocked":
        with session(yard.database, SYSTEM) as connection:
            devices.change(connection, CHIEF, phone.id, {"state": "blocked"})
    good, bad = yard.take(yard.walked(walk(3)), Sent(walk(5), Source.JT808, device=phone.id))
    assert (good.new, bad.new, bad.refused) == (3, 0, {"device_not_active": 5})
    yard.take(Sent(walk(2), Source.JT808, device=phone.id))
    assert yard.ask("SELECT device_id, mover_id, reason, count FROM fix_refusal") == [
        (phone.id, None, "device_not_active", 7)
    ]


def test_a_device_nobody_knows_harms_nobody(yard: Yard) -> None:
    good, bad = yard.take(yard.walked(walk(3)), Sent(walk(5), Source.OWN, device=10**9))
    assert (good.new, bad.refused) == (3, {"device_not_active": 5})
    assert yard.ask("SELECT device_id, count FROM fix_refusal") == [(None, 5)]


def shift(yard: Yard, who: int, begin_h: float, end_h: float) -> None:
    yard.ask(
        "INSERT INTO shift (mover_id, starts_at, ends_at) VALUES (%s, %s, %s)",
        yard.movers[who], NOW + timedelta(hours=begin_h), NOW + timedelta(hours=end_h),
    )  # fmt: skip


def policy(yard: Yard, mode: str, margin: int = 0, organisation: str | None = None) -> None:
    with session(yard.database, SYSTEM) as connection:
        roster.set_policy(connection, CHIEF, organisation, mode, margin)


def hours(*at: float) -> Fixes:
    return joined(
        [one(NOW + timedelta(hours=hour), LON + n * 1e-4, LAT, speed_mps=1) for n, hour in enumerate(at)]
    )


def test_off_duty_nothing_is_taken_where_the_city_wants_it_so(yard: Yard) -> None:
    policy(yard, "refuse", 30)
    shift(yard, 0, -8, -4)
    shift(yard, 0, -4, -2)
    fixes = hours(-8.6, -8.4, -6, -4, -1.6, -1.4)
    (taken,), (other,) = yard.take(yard.walked(fixes)), yard.take(yard.walked(fixes, 1))
    assert (taken.new, taken.refused) == (4, {"off_duty": 2})
    assert (other.new, other.refused) == (0, {"off_duty": 6}), "who has no shift is off duty"
    policy(yard, "all", organisation="o")
    assert yard.take(yard.walked(fixes, 1))[0].new == 6, "the own organisation's policy comes first"
    policy(yard, "refuse", organisation="p")
    assert yard.take(yard.walked(fixes))[0].refused == {}
    with session(yard.database, SYSTEM) as connection:
        roster.drop_policy(connection, CHIEF, "o")
    assert yard.take(yard.walked(fixes, 2))[0].refused == {"off_duty": 6}


def test_masked_fixes_leave_the_unit_and_no_trace_of_the_place(yard: Yard) -> None:
    policy(yard, "mask")
    shift(yard, 0, -3, -1)
    fixes = hours(-2, -0.5, -0.4)
    fixes["lon"][2] = WEST - 3
    fixes["extra"][1] = {"wifi": "home"}
    (taken,) = yard.take(yard.walked(fixes))
    assert (taken.new, taken.refused) == (2, {"off_duty_outside": 1})
    on, off = yard.ask("SELECT gate, flags, lon, lat, speed_mps, unit_code, mark FROM fix ORDER BY time")
    assert on[0] == 0 and on[2] == LON
    assert off[:2] == (Verdict.OFF_DUTY, Flag.OFF_DUTY_MASKED)
    assert off[4:6] == (None, "1-0-0-0")
    label = yard.ask("SELECT ST_X(label), ST_Y(label) FROM unit_version WHERE code = '1-0-0-0' LIMIT 1")[0]
    assert off[2:4] == label
    assert yard.ask("SELECT count(*) FROM fix_extra") == [(0,)]
    assert yard.ask("SELECT time FROM last_position") == [(NOW - timedelta(hours=2),)]
    yard.empty()
    policy(yard, "mask")
    yard.take(yard.walked(one(NOW - timedelta(hours=0.5), LON + 0.002, LAT)))
    assert yard.ask("SELECT lon, lat, mark FROM fix") == [(*label, off[6])], "nor in the mark"


def test_what_was_masked_stays_masked_when_the_shift_is_written_down_later(yard: Yard) -> None:
    policy(yard, "mask")
    fixes = hours(-2, -1.5, -1)
    yard.take(yard.walked(fixes))
    held = yard.held()
    shift(yard, 0, -3, 0)
    again = joined([fixes, hours(-0.5)])
    (taken,) = yard.take(yard.walked(again))
    assert (taken.new, taken.known, taken.refused) == (1, 3, {})
    assert yard.held()["fix"][:3] == held["fix"]
    assert yard.ask("SELECT gate, count(*) FROM fix GROUP BY 1 ORDER BY 1") == [(0, 1), (Verdict.OFF_DUTY, 3)]


def test_days_are_made_when_they_are_needed_and_take_what_came_before(yard: Yard) -> None:
    old, older = NOW - timedelta(days=100), NOW - timedelta(days=200)
    yard.take(yard.walked(one(old, LON, LAT)), yard.walked(one(older, LON, LAT)))
    rows = dict(yard.ask("SELECT time, tableoid::regclass::text FROM fix"))
    assert rows == {old: f"fix_{old:%Y%m%d}", older: "fix_elsewhen"}
    with session(yard.database, SYSTEM) as connection:
        assert ensure_days(connection, [older.date(), old.date()]) == [older.date()]
    assert dict(yard.ask("SELECT time, tableoid::regclass::text FROM fix"))[older] == f"fix_{older:%Y%m%d}"


def test_a_day_of_a_commit_that_failed_is_asked_for_again(yard: Yard) -> None:
    old = NOW - timedelta(days=90)
    with pytest.raises(ZeroDivisionError), session(yard.database, SYSTEM) as connection:
        yard.intake.warm(connection)
        yard.intake.take(connection, [yard.walked(one(old, LON, LAT))])
        raise ZeroDivisionError
    yard.take(yard.walked(one(old, LON, LAT)))
    assert yard.ask("SELECT tableoid::regclass::text FROM fix") == [(f"fix_{old:%Y%m%d}",)]


def test_times_that_cannot_be_written_down_are_not_taken(yard: Yard) -> None:
    fixes = walk(3)
    fixes["time_us"][:2] = [2**62, -(2**62)]
    assert yard.take(yard.walked(fixes))[0].refused == {"clock": 2}


def test_what_no_clock_that_goes_would_say_is_not_taken_and_counted(yard: Yard) -> None:
    """Its local day may have no date at all, and each such day would be graded for itself."""
    last = datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)
    far = [
        last,
        *(NOW + timedelta(days=2 + n, seconds=9) for n in range(50)),
        datetime(1989, 12, 31, tzinfo=UTC),
    ]
    (taken,) = yard.take(yard.walked(joined([one(moment, LON, LAT) for moment in far])), now=NOW)
    assert (taken.new, taken.refused) == (0, {"clock": 52})
    assert yard.ask("SELECT mover_id, reason, count FROM fix_refusal") == [(yard.movers[0], "clock", 52)]
    assert yard.ask("SELECT count(*) FROM track_dirty") == [(0,)]
    near = [NOW + timedelta(days=1, hours=23), datetime(1990, 1, 2, tzinfo=UTC)]
    yard.take(*(yard.walked(one(moment, LON, LAT)) for moment in near), now=NOW)
    gates = yard.ask("SELECT gate FROM fix ORDER BY time")
    assert gates == [(Verdict.TOO_OLD,), (Verdict.FUTURE,)]


def test_days_before_all_that_counts_are_graded_only_if_they_were_once(yard: Yard) -> None:
    """One key could have the grader do every day since 1990."""
    old = [NOW - timedelta(days=200 + n) for n in range(30)]
    yard.take(yard.walked(joined([one(moment, LON, LAT) for moment in [*old, NOW]])), now=NOW)
    assert yard.ask("SELECT min(day) >= %s FROM track_dirty", (NOW - timedelta(days=2)).date()) == [(True,)]
    graded = yard.ask(
        "INSERT INTO track_day (mover_id, day, edition, parameters, fixes, good, verdicts)"
        " VALUES (%s, %s, 1, 1, 1, 0, '\\x04') RETURNING day",
        yard.movers[0], (old[9] + timedelta(hours=8)).date(),
    )  # fmt: skip
    try:
        yard.take(yard.walked(one(old[9], LON + 1e-4, LAT)), now=NOW)
        assert graded[0] in yard.ask("SELECT day FROM track_dirty")
    finally:
        yard.ask("TRUNCATE track_day")


def test_a_key_of_somebodys_own_writes_into_nobody_elses_track(yard: Yard) -> None:
    """The device was another's before, and may be another's again: what they did then is theirs to tell."""
    phone = yard.device(0)
    with session(yard.database, SYSTEM) as connection:
        devices.hand(connection, CHIEF, phone.id, yard.movers[1], NOW - timedelta(minutes=10))
    fixes = walk(100, step_s=60)
    taken = yard.take(
        Sent(fixes, Source.OWN, device=phone.id, only=yard.movers[1]),
        Sent(walk(4, 2, NOW - timedelta(hours=2)), Source.OWN, device=phone.id),
    )
    assert [(each.new, each.refused) for each in taken] == [(11, {"another's": 89}), (4, {})]
    assert yard.ask("SELECT mover_id, count(*) FROM fix GROUP BY 1 ORDER BY 1") == [
        (yard.movers[0], 4), (yard.movers[1], 11),
    ]  # fmt: skip
    assert yard.ask("SELECT device_id, mover_id, reason, count FROM fix_refusal") == [
        (phone.id, yard.movers[0], "another's", 89)
    ]
