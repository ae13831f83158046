"""What is whose in the town, table by table, worked out without asking the database's policies."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from spatial.rights.reader import SYSTEM, Reader
from spatial.rights.rules import VERBS, rule_of
from tests.spatial.rights.town import in_reach

Row = dict[str, Any]
"""A row with its values as text, as its owner reads it."""
Rows = dict[str, list[Row]]
"""The rows of every table."""


def _own_unit(reader: Reader, row: Row, _: Rows) -> bool:
    return in_reach(reader, row["unit_code"])


def _own_unit_or_organisation(reader: Reader, row: Row, _: Rows) -> bool:
    return in_reach(reader, row["unit_code"], row["organisation_id"] and int(row["organisation_id"]))


def _boundary(reader: Reader, row: Row, _: Rows) -> bool:
    whole = reader.reach in ("city", "organisation")
    return whole or row["code"].startswith(reader.area) or row["code"] in reader.above


def _duty(reader: Reader, row: Row, rows: Rows) -> bool:
    return _own_unit_or_organisation(reader, row, rows) or row["unit_code"] in reader.above


def _fix(reader: Reader, row: Row, rows: Rows) -> bool:
    worker = next(each for each in rows["worker"] if each["id"] == row["worker_id"])
    return _own_unit_or_organisation(reader, worker, rows)


def _unit_of_lineage(reader: Reader, row: Row, rows: Rows) -> bool:
    ends = {row["from_unit"], row["to_unit"]} - {None}
    units = [each for each in rows["unit_version"] if each["unit_id"] in ends]
    return all(_boundary(reader, unit, rows) for unit in units)


def _person_of_unit(reader: Reader, row: Row, rows: Rows) -> bool:
    worker = next(each for each in rows["worker"] if each["id"] == row["worker_id"])
    return _own_unit_or_organisation(reader, worker, rows)


def _network(reader: Reader, row: Row, rows: Rows) -> bool:
    key = row.get("network_id") or row["id"]
    network = next(each for each in rows["network"] if each["id"] == key)
    return in_reach(reader, None, int(network["organisation_id"]))


def _account(reader: Reader, row: Row, _: Rows) -> bool:
    return in_reach(reader, row["area"])


WHOSE: dict[str, Callable[[Reader, Row, Rows], bool]] = {
    "unit_version": _boundary, "place": _own_unit, "component": _own_unit_or_organisation,
    "event": _own_unit_or_organisation, "worker": _own_unit_or_organisation, "duty": _duty, "fix": _fix,
    "network": _network, "network_node": _network, "network_link": _network, "account": _account,
    "lineage": _unit_of_lineage, "unit_person": _person_of_unit,
}  # fmt: skip
"""Tables whose rows are not everybody's who may read the table."""


def _granted(reader: Reader, row: Row, _: Rows) -> bool:
    return row["audience"] == "all" or row["name"] in reader.layers


def _key_of(reader: Reader, row: Row, rows: Rows) -> bool:
    account = next(each for each in rows["account"] if each["id"] == row["account_id"])
    return _account(reader, account, rows)


def _use_of(reader: Reader, row: Row, rows: Rows) -> bool:
    return _key_of(reader, next(each for each in rows["token"] if each["id"] == row["token_id"]), rows)


def _reporter(reader: Reader, row: Row, rows: Rows) -> bool:
    event = next(each for each in rows["event"] if each["id"] == row["event_id"])
    return _own_unit_or_organisation(reader, event, rows)


def _asked(reader: Reader, row: Row, rows: Rows) -> bool:
    """To ask for the clear text of a worker is for whoever sees the worker."""
    worker = next(each for each in rows["worker"] if each["id"] == row["row_key"])
    return _own_unit_or_organisation(reader, worker, rows) or worker["id"] == str(reader.worker_id)


def _whole_city(reader: Reader, _: Row, __: Rows) -> bool:
    return reader.reach == "city"


def _counted(reader: Reader, row: Row, rows: Rows) -> bool:
    return row["is_open"] == "true" or _own_unit_or_organisation(reader, row, rows)


def _of_plan(reader: Reader, row: Row, rows: Rows) -> bool:
    plan = next(each for each in rows["plan"] if each["id"] == row["plan_id"])
    return _own_unit(reader, plan, rows)


WHOSE |= {"plan": _own_unit}
WHOSE |= dict.fromkeys(("plan_step", "plan_net", "plan_comment", "plan_waiver"), _of_plan)
WHOSE |= {"audit": _whole_city, "layer_count": _counted}
WHOSE |= {"token": _key_of, "token_use": _use_of, "reporter": _reporter, "clear_read": _asked}


def _own_use(reader: Reader, row: Row, rows: Rows) -> bool:
    key = next(each for each in rows["token"] if each["id"] == row["token_id"])
    return key["account_id"] == str(reader.account_id)


def _reported(reader: Reader, row: Row, rows: Rows) -> bool:
    layer = next(each for each in rows["layer"] if each["name"] == row["layer"])
    return allowed(reader, "layer", "read", layer, rows)


def _published(reader: Reader, row: Row, _: Rows) -> bool:
    return reader.role == "analyst" and row["published_by"] == str(reader.account_id)


KEPT: dict[str, Callable[[Reader, Row, Rows], bool]] = {"layer": _published}
"""What a reader may change and take away for having made it."""

OWN: dict[str, Callable[[Reader, Row, Rows], bool]] = {
    "worker": lambda reader, row, _: row["id"] == str(reader.worker_id),
    "fix": lambda reader, row, _: row["worker_id"] == str(reader.worker_id),
    "unit_person": lambda reader, row, _: row["worker_id"] == str(reader.worker_id),
    "account": lambda reader, row, _: row["id"] == str(reader.account_id),
    "token": lambda reader, row, _: row["account_id"] == str(reader.account_id),
    "token_use": _own_use,
    "external_identity": lambda reader, row, _: row["account_id"] == str(reader.account_id),
    "clear_read": lambda reader, row, _: row["account_id"] == str(reader.account_id),
    "audit": lambda reader, row, _: row["account_id"] == str(reader.account_id),
    "export": lambda reader, row, _: row["account_id"] == str(reader.account_id),
    "import": lambda reader, row, _: row["account_id"] == str(reader.account_id),
    "process_job": lambda reader, row, _: row["account_id"] == str(reader.account_id),
    "layer": _granted,
    "layer_report": _reported,
    "external_health": _reported,
    "external_source": lambda reader, row, _: row["account_id"] == str(reader.account_id),
    "layer_grant": lambda reader, row, _: row["organisation_id"] == str(reader.organisation_id),
}
"""What a reader has of a table whatever the role."""


def allowed(reader: Reader, table: str, verb: str, row: Row, rows: Rows) -> bool:
    """Say whether a reader may do this with this row."""
    if reader is SYSTEM:
        return VERBS[verb] in rule_of(table).system
    by_role = reader.role in rule_of(table).may(verb)
    whose = WHOSE.get(table, lambda *_: True)
    own = verb == "read" and table in OWN and OWN[table](reader, row, rows)
    kept = verb in ("update", "delete") and table in KEPT and KEPT[table](reader, row, rows)
    return own or kept or (by_role and whose(reader, row, rows))
