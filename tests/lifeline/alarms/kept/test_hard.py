"""What is hard of alarms in a database: late values, the same twice, changed rules, storms, and replay."""

from __future__ import annotations

import random
from concurrent.futures import ThreadPoolExecutor

import pytest

from lifeline.alarms.kept import ruling, storm
from lifeline.alarms.kept.rehearsing import Span, rehearse
from lifeline.alarms.kept.watching import look
from spatial.database import session
from spatial.rights.reader import SYSTEM, Reader
from tests.lifeline.alarms.kept.plant import BEGIN, CHIEF, Plant, at, pressure

LATE = {"lateness_ms": 60_000}


def test_any_order_within_the_lateness_comes_to_the_same(plant: Plant) -> None:
    channels = plant.channels(2)
    plant.rule(pressure(3, 1, on_s=10, off_s=20, **LATE), *channels)
    values = [(5.0 * place, 40.0 + 35 * ((place // 4) % 2)) for place in range(40)]
    mixed, clock = list(values), random.Random(7)
    for place in range(0, 40, 8):
        part = mixed[place : place + 8]
        clock.shuffle(part)
        mixed[place : place + 8] = part
    plant.send(channels[0], *values)
    for place in range(0, 40, 3):
        plant.send(channels[1], *mixed[place : place + 3])
        plant.look(5.0 * place)
    plant.look(1000)
    told = plant.rows(
        "SELECT a.datastream_id, s.at, s.event, s.level FROM alarm_transition AS s JOIN alarm AS a"
        " ON a.id = s.alarm_id ORDER BY s.at, s.id"
    )
    first, second = (
        [(each["at"], each["event"], each["level"]) for each in told if each["datastream_id"] == channel]
        for channel in channels
    )
    assert first == second and len(first) >= 8


def test_what_is_too_late_is_counted_and_takes_no_alarm_back(plant: Plant) -> None:
    (channel,) = plant.channels()
    rule = plant.rule(pressure(2), channel)
    plant.send(channel, (10, 55), (20, 55))
    plant.look(20)
    plant.send(channel, (15, 10))
    assert plant.look(25).values == 1
    assert [event for _, event, _ in plant.told()] == ["raised"]
    with session(plant.database, CHIEF) as connection:
        assert ruling.read(connection, rule)["refused"] == {"at_ms: too late to count": 1}


def test_the_same_values_twice_count_once(plant: Plant) -> None:
    (channel,) = plant.channels()
    plant.rule(pressure(2), channel)
    for _ in range(2):
        plant.send(channel, (10, 55), (20, 40), (30, 55))
        plant.look(40)
    # Even where the queue itself holds one twice.
    plant.connection.execute(
        "INSERT INTO alarm_feed (datastream_id, at, value) SELECT datastream_id, phenomenon_time, result"
        " FROM observation"
    )
    plant.look(50)
    assert plant.told() == [
        (10, "raised", 2),
        (20, "cleared", None),
        (30, "renewed", None),
        (30, "raised", 2),
    ]
    assert [alarm["state"] for alarm in plant.alarms()] == ["normal", "unacknowledged"]


def test_two_processes_at_once_take_each_value_once(plant: Plant) -> None:
    channels = plant.channels(20)
    plant.rule(pressure(2), *channels)
    for channel in channels:
        plant.send(channel, (10, 55), (20, 40), (30, 55))

    def work(_: int) -> int:
        values = 0
        while plant.is_due():
            with session(plant.database, SYSTEM) as connection:
                values += look(connection, at(40), 7).values
        return values

    with ThreadPoolExecutor(2) as pool:
        assert sum(pool.map(work, range(2))) == 60
    assert plant.one("SELECT count(*) FROM alarm WHERE closed_at IS NULL") == 20


@pytest.mark.parametrize("unit", ["m", "", "furlong"])
def test_units_that_do_not_fit_and_no_numbers_raise_nothing(plant: Plant, unit: str) -> None:
    good, bad = *plant.channels(1), *plant.channels(1, unit=unit)
    rule = plant.rule(pressure(2), observed_property="pressure")
    plant.send(bad, (10, 55))
    plant.send(good, (10, float("nan")), (20, float("inf")), (30, 1e308), (40, 40))
    assert plant.look(50).values == 5
    assert [alarm["datastream_id"] for alarm in plant.alarms()] == [good]
    with session(plant.database, CHIEF) as connection:
        refused = ruling.read(connection, rule)["refused"]
    assert refused.pop("value: not a finite number") == 2
    assert len(refused) == 1 and next(iter(refused)).startswith("unit: ")


def test_a_rate_of_values_beyond_all_bounds_stops_nothing(plant: Plant) -> None:
    (channel,) = plant.channels()
    conditions = pressure(2)
    conditions["inputs"][0] |= {"measure": "rate", "thresholds": [1.0]}
    plant.rule(conditions, channel)
    plant.send(channel, (1, -1.7e308), (2, 1.7e308), (3, -1.7e308), (4, 1), (100, 1), (101, 1))
    plant.look(200)
    assert not plant.is_due()


def test_sensors_are_joined_by_and_and_or(plant: Plant) -> None:
    gas, oxygen = *plant.channels(1, "%LEL", "methane"), *plant.channels(1, "%vol", "oxygen")
    inputs = [
        {"sensor": str(gas), "unit": "%LEL", "thresholds": [20.0]},
        {"sensor": str(oxygen), "unit": "%vol", "thresholds": [19.5], "is_high": False},
    ]
    plant.rule({"inputs": inputs, "ladder": [{"level": 2}], "any_of": [[0, 1]]})
    plant.send(gas, (10, 30))
    plant.send(oxygen, (20, 21), (30, 18))
    plant.send(gas, (40, 5))
    plant.look(50)
    assert plant.told() == [(30, "raised", 2), (40, "cleared", None)]
    (alarm,) = plant.alarms()
    assert alarm["reason"] == "value 30 >= 20 %LEL & value 18 <= 19.5 %vol"


def test_silence_is_noticed_once_all_that_is_usual_has_come(plant: Plant) -> None:
    (channel,) = plant.channels()
    conditions = pressure(4)
    conditions["inputs"][0] |= {"measure": "silence", "thresholds": [300.0]}
    plant.rule(conditions, channel, transport_s=60, look_at=60)
    plant.send(channel, (100, 1))
    plant.look(110)
    assert plant.look(459).steps == 0
    assert plant.look(461).steps == 1
    plant.send(channel, (500, 1))
    plant.look(505)
    assert plant.told() == [(400, "raised", 4), (500, "cleared", None)]
    assert plant.alarms()[0]["is_technical"]


def test_new_thresholds_levels_and_delays_take_a_standing_alarm_along(plant: Plant) -> None:
    (channel,) = plant.channels()
    rule = plant.rule(pressure(3, 1), channel)
    plant.send(channel, (10, 65))
    plant.look(10)
    # The level that it has is taken away: it stands on the mildest.
    plant.change(rule, pressure(4, off_s=30), channel)
    plant.look(20)
    assert (plant.alarms()[0]["level"], plant.alarms()[0]["highest_level"]) == (4, 1)
    # It is no longer that high: gone after the delay, which counts from when it was last measured.
    higher = pressure(4, off_s=30)
    higher["inputs"][0]["thresholds"] = [500.0]
    plant.change(rule, higher, channel)
    plant.send(channel, (40, 66))
    plant.look(60)
    steps = plant.rows("SELECT event, level FROM alarm_transition ORDER BY id")
    told = [(step["event"], step["level"]) for step in steps]
    assert told == [("raised", 1), ("rule_changed", 4), ("rule_changed", 4), ("cleared", None)]
    assert len(plant.alarms()) == 1


def test_channels_that_go_or_are_no_longer_meant_withdraw_their_alarms(plant: Plant) -> None:
    channels = plant.channels(3)
    rule = plant.rule(pressure(3), *channels)
    for channel in channels:
        plant.send(channel, (10, 65))
    plant.look(10)
    plant.connection.execute("DELETE FROM datastream WHERE id = %s", (channels[0],))
    plant.change(rule, pressure(3), channels[1])
    plant.look(20)
    assert [alarm["closed_at"] is None for alarm in plant.alarms()] == [False, True, False]
    assert [event for _, event, _ in plant.told()].count("withdrawn") == 2
    assert plant.one("SELECT count(*) FROM alarm_state") == 1


def test_a_storm_of_ten_thousand_leaves_the_few_on_top(plant: Plant) -> None:
    channels = plant.channels(10_000)
    gateway = plant.one("INSERT INTO thing (name) VALUES ('gateway') RETURNING id")
    plant.connection.execute(
        "UPDATE thing SET properties = jsonb_build_object('hangs_on', %s::bigint) WHERE id <> %s",
        (gateway, gateway),
    )
    grave = random.Random(3).sample(channels, 3)
    plant.rule(pressure(4, 1), observed_property="pressure", look_at=0)
    silence = pressure(4)
    silence["inputs"][0] |= {"measure": "silence", "thresholds": [300.0]}
    plant.rule(silence, observed_property="pressure", look_at=0)
    plant.connection.execute(
        "INSERT INTO observation (datastream_id, phenomenon_time, result)"
        " SELECT id, %s, CASE WHEN id = ANY (%s) THEN 65 ELSE 55 END FROM datastream",
        (at(10), grave),
    )
    looks = 0
    while plant.is_due() and looks < 10:
        plant.look(20)
        looks += 1
    assert plant.one("SELECT count(*) FROM alarm") == 10_000
    with session(plant.database, CHIEF) as connection:
        found = storm.groups(connection, 5)
    top = [group["first"]["datastream_id"] for group in found["groups"]]
    assert sorted(top[:3]) == sorted(grave) and found["grouped"] == 10_000


def test_replay_over_history_is_what_was_told_live(plant: Plant) -> None:
    channels = plant.channels(4)
    rule = plant.rule(pressure(3, 1, on_s=7, off_s=13, lateness_ms=30_000), *channels)
    chance = random.Random(11)
    values = [
        (float(second), channel, chance.choice([40.0, 48.0, 55.0, 65.0]))
        for second in range(1, 600, 5)
        for channel in channels
        if chance.random() < 0.8
    ]
    values.sort(key=lambda value: (value[0] + chance.uniform(0, 25), value[1]))
    for place in range(0, len(values), 17):
        for second, channel, number in values[place : place + 17]:
            plant.send(channel, (second, number))
        plant.look(values[min(place + 16, len(values) - 1)][0])
    plant.look(2000)
    live = plant.rows(
        "SELECT a.datastream_id AS datastream, s.at, s.event, s.level FROM alarm_transition AS s"
        " JOIN alarm AS a ON a.id = s.alarm_id WHERE s.event <> 'renewed' ORDER BY s.at, 1, s.id"
    )
    with session(plant.database, CHIEF) as connection:
        told = rehearse(connection, rule, ruling.engine_of(connection, rule), Span(BEGIN, at(1900)))
    assert told["steps"] == live and told["raised"] > 20


def test_two_organisations_see_nothing_of_each_other(plant: Plant) -> None:
    ours, theirs = (
        plant.one(
            "INSERT INTO organisation (code, name, name_en, kind)"
            " VALUES (%s, %s, %s, 'enterprise') RETURNING id",
            *[code] * 3,
        )
        for code in ("water", "gas")
    )
    channels = plant.channels(2)
    plant.connection.execute("UPDATE datastream SET organisation_id = %s WHERE id = %s", (ours, channels[0]))
    plant.connection.execute(
        "UPDATE datastream SET organisation_id = %s WHERE id = %s", (theirs, channels[1])
    )
    for organisation in (ours, theirs):
        plant.rule(pressure(2), observed_property="pressure", organisation=organisation)
    for channel in channels:
        plant.send(channel, (10, 55))
    plant.look(10)
    for organisation, channel in ((ours, channels[0]), (theirs, channels[1])):
        reader = Reader(1, "x", "x", "district_administrator", "organisation", organisation_id=organisation)
        with session(plant.database, reader) as connection:
            for table in ("alarm", "alarm_state", "alarm_sensor"):
                rows = connection.execute(f"SELECT datastream_id FROM {table}")  # noqa: S608
                assert rows.fetchall() == [(channel,)], table
            assert connection.execute("SELECT count(*) FROM alarm_transition").fetchall() == [(1,)]
            assert connection.execute("SELECT count(*) FROM alarm_rule").fetchall() == [(1,)]
