"""Alarms in the database: raised, graver, milder, gone; over restarts, late values, and the same twice."""

from __future__ import annotations

import pytest

from lifeline.alarms.kept.watching import look
from spatial.database import session
from spatial.rights.reader import SYSTEM
from tests.lifeline.alarms.kept.plant import Plant, at, pressure


def test_one_alarm_goes_up_and_down_its_ladder(plant: Plant) -> None:
    (channel,) = plant.channels()
    plant.rule(pressure(3, 1, off_s=5), channel)
    plant.send(channel, (1, 40), (2, 55), (3, 70), (4, 55), (20, 40), (30, 40))
    assert plant.look(30).steps == 4
    assert plant.told() == [(2, "raised", 3), (3, "upgraded", 1), (9, "downgraded", 3), (25, "cleared", None)]
    (alarm,) = plant.alarms()
    assert (alarm["state"], alarm["level"], alarm["highest_level"]) == ("returned", 3, 1)
    assert (alarm["raised_at"], alarm["returned_at"], alarm["closed_at"]) == (at(2), at(25), None)
    assert (alarm["value"], alarm["reason"]) == (70, "value 70 >= 60 kPa")
    assert alarm["legal_basis"] == "DB34/T 4021-2021"
    assert not plant.is_due()


def test_a_delay_goes_on_over_a_restart_and_ends_at_its_own_time(plant: Plant) -> None:
    (channel,) = plant.channels()
    plant.rule(pressure(2, on_s=30), channel)
    plant.send(channel, (10, 55))
    assert plant.look(15).steps == 0
    # All that a process knows is in the table: the next one goes on from there.
    assert plant.look(39).steps == 0
    assert plant.look(100).steps == 1
    assert plant.told() == [(40, "raised", 2)]


def test_what_was_not_committed_is_looked_at_again_and_comes_to_the_same(plant: Plant) -> None:
    (channel,) = plant.channels()
    plant.rule(pressure(2), channel)
    plant.send(channel, (10, 55))
    with pytest.raises(RuntimeError), session(plant.database, SYSTEM) as connection:
        assert look(connection, at(10)).steps == 1
        raise RuntimeError
    assert plant.alarms() == [] and plant.is_due()
    assert plant.look(10).steps == 1
    assert plant.look(10).steps == 0
    assert plant.told() == [(10, "raised", 2)]
