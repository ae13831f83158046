"""Which channels a rule is of: conditions are made for those that come, and go with those that go."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import structlog
from psycopg import Connection
from psycopg.rows import dict_row

from lifeline.alarms.kept.conditions import ROOM, channel_of, engine_rule
from lifeline.alarms.kept.moments import moment_of, ms_of
from lifeline.alarms.machine import next_due
from lifeline.alarms.rules import Rule
from lifeline.alarms.states import begin
from lifeline.alarms.text import freeze
from spatial.database import query
from spatial.errors import InvalidInput

log = structlog.get_logger()


def match(connection: Connection[Any], now: datetime, every: bool = False) -> int:
    """Make the conditions of rules that were changed, or of all; gives how many came and went.

    connection: of the platform. Values count from the transport of the rule before now.
    """
    with connection.cursor(row_factory=dict_row) as cursor:
        rules = cursor.execute(query(ROOM, "rules_to_match"), {"all": every}).fetchall()
    return sum(_match(connection, row, now) for row in rules if _is_readable(row))


def _is_readable(row: Mapping[str, Any]) -> bool:
    """Tell whether a rule can be read; one that cannot must not keep all others from being applied."""
    try:
        engine_rule(row)
    except InvalidInput as error:
        log.error("a rule of alarms cannot be read", rule=row["id"], exc_info=error)
        return False
    return True


def _match(connection: Connection[Any], row: Mapping[str, Any], now: datetime) -> int:
    rule, key = engine_rule(row), {"rule": row["id"], "edition": row["edition"]}
    found = connection.execute(query(ROOM, "wanted"), key).fetchall()
    new, gone = [wanted for wanted, _ in found if wanted], [state for _, state in found if state]
    if gone:
        connection.execute(query(ROOM, "states_remove"), {"states": gone})
    if new:
        began = now - timedelta(seconds=row["transport_s"])
        _begin(connection, rule, key, new, began, row["transport_s"])
    is_changed = connection.execute(query(ROOM, "rule_matched"), key).rowcount
    if is_changed:
        connection.execute(query(ROOM, "sensors_remove"), key)
        connection.execute(query(ROOM, "states_wake"), {**key, "now": now})
    if is_changed or new:
        sensors = [channel_of(each) for each in rule.inputs]
        connection.execute(query(ROOM, "sensors_add"), {**key, "sensors": sensors})
    return len(new) + len(gone)


def _begin(
    connection: Connection[Any],
    rule: Rule,
    key: Mapping[str, int],
    new: list[int],
    began: datetime,
    transport_s: float,
) -> None:
    state = begin(rule, ms_of(began))
    due = next_due(rule, state)
    after = timedelta(milliseconds=rule.lateness_ms, seconds=transport_s)
    values = {
        **key, "datastreams": new, "state": freeze(state), "began_at": moment_of(state.clock_ms),
        "wake_at": None if due is None else moment_of(due) + after,
    }  # fmt: skip
    connection.execute(query(ROOM, "states_add"), values)
