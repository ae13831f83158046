"""What is whose in the town, table by table, worked out without asking the database's policies."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from spatial.rights.reader import SYSTEM, Reader
from spatial.rights.rules import VERBS, rule_of
from tests.spatial.rights.people import in_reach

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
    "unit_version": _boundary, "place": _own_unit_or_organisation, "component": _own_unit_or_organisation,
    "event": _own_unit_or_organisation, "worker": _own_unit_or_organisation, "duty": _duty,
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


def _of_place(reader: Reader, row: Row, rows: Rows) -> bool:
    place = next(each for each in rows["place"] if each["id"] == row["place_id"])
    return _own_unit_or_organisation(reader, place, rows)


def _answers_for(reader: Reader, row: Row, rows: Rows) -> bool:
    return _of_place(reader, row, rows) and _person_of_unit(reader, row, rows)


def _in_store(reader: Reader, row: Row, rows: Rows) -> bool:
    store = next(each for each in rows["resource"] if each["id"] == row["resource_id"])
    return _own_unit_or_organisation(reader, store, rows)


PARTS_OF_PLACES = ("place_risk", "inspection", "place_risk_proposal", "place_attachment")
WHOSE |= dict.fromkeys(PARTS_OF_PLACES, _of_place) | {"place_person": _answers_for}
WHOSE |= {"resource": _own_unit_or_organisation, "stock_movement": _in_store}


def _of_component(reader: Reader, row: Row, rows: Rows) -> bool:
    stood = [*rows["component"], *rows["component_retired"]]
    component = next(each for each in stood if each["id"] == row["component_id"])
    return _own_unit_or_organisation(reader, component, rows)


WHOSE |= dict.fromkeys(("component_retired", "component_count"), _own_unit_or_organisation)
WHOSE |= dict.fromkeys(("component_repair", "component_alias"), _of_component)
WHOSE |= {"plan": _own_unit}
WHOSE |= dict.fromkeys(("plan_step", "plan_net", "plan_comment", "plan_waiver"), _of_plan)


def _brought_in(reader: Reader, row: Row, rows: Rows) -> bool:
    own = row["account_id"] == str(reader.account_id)
    return reader.reach == "city" or (own and _of_plan(reader, row, rows))


WHOSE |= {"plan_import": _brought_in}


def _of_event(reader: Reader, row: Row, rows: Rows) -> bool:
    ends = {row["event_id"], row.get("other_id") or row["event_id"]}
    events = [each for each in rows["event"] if each["id"] in ends]
    return all(_own_unit_or_organisation(reader, event, rows) for event in events)


def _file(reader: Reader, row: Row, rows: Rows) -> bool:
    uses = [each for each in rows["event_attachment"] if each["digest"] == row["digest"]]
    return any(_of_event(reader, use, rows) for use in uses)


WHOSE |= dict.fromkeys(("event_step", "event_warning", "event_link", "event_attachment"), _of_event)
WHOSE |= {"attachment": _file}


def _of_draft(reader: Reader, row: Row, rows: Rows) -> bool:
    draft = next(each for each in rows["duty_draft"] if each["id"] == row["draft_id"])
    return _own_unit(reader, draft, rows)


WHOSE |= {"duty_past": _own_unit_or_organisation, "duty_draft": _own_unit, "duty_draft_change": _of_draft}
WHOSE |= {"explanation": _reporter, "dispute": _reporter}
WHOSE |= {"audit": _whole_city, "layer_count": _counted}
WHOSE |= dict.fromkeys(("figure", "figure_change"), _own_unit_or_organisation)
WHOSE |= {"token": _key_of, "token_use": _use_of, "reporter": _reporter, "clear_read": _asked}


def _message(reader: Reader, row: Row, rows: Rows) -> bool:
    of_event = row["event_id"] is not None and _of_event(reader, row, rows)
    return reader.reach == "city" or row["account_id"] == str(reader.account_id) or of_event


def _written(reader: Reader, row: Row, rows: Rows) -> bool:
    """To write a message is for whoever writes it, of nothing that they do not see."""
    sees = row["event_id"] is None or _of_event(reader, row, rows)
    return reader.reach == "city" or (row["account_id"] == str(reader.account_id) and sees)


def _of_message(reader: Reader, row: Row, rows: Rows) -> bool:
    message = next(each for each in rows["message"] if each["id"] == row["message_id"])
    return _message(reader, message, rows)


def _written_to(reader: Reader, row: Row, rows: Rows) -> bool:
    """Whom a message is for must be somebody that the writer sees."""
    worker = next(each for each in rows["worker"] if each["id"] == row["worker_id"])
    sees = allowed(reader, "worker", "read", worker, rows)
    return _of_message(reader, row, rows) and sees


def _part_of_message(reader: Reader, row: Row, rows: Rows) -> bool:
    recipient = next(each for each in rows["message_recipient"] if each["id"] == row["recipient_id"])
    return _of_message(reader, recipient, rows)


WHOSE |= {"message": _message, "message_recipient": _of_message, "message_part": _part_of_message}


def _kept(reader: Reader, row: Row, _: Rows) -> bool:
    """Of an area, administrators have adapters and offices of their own only."""
    return reader.reach == "city" or row["account_id"] == str(reader.account_id)


def _of_adapter(reader: Reader, row: Row, rows: Rows) -> bool:
    adapter = next(each for each in rows["adapter"] if each["id"] == row["adapter_id"])
    return _kept(reader, adapter, rows)


WHOSE |= {"adapter": _kept, "office": _kept, "handover": _of_event}
WHOSE |= dict.fromkeys(("adapter_pace", "adapter_refusal"), _of_adapter)


def _hook(reader: Reader, row: Row, _: Rows) -> bool:
    return reader.reach == "city" or row["account_id"] == str(reader.account_id)


def _of_hook(reader: Reader, row: Row, rows: Rows) -> bool:
    return _hook(reader, next(each for each in rows["webhook"] if each["id"] == row["webhook_id"]), rows)


def _try_of_hook(reader: Reader, row: Row, rows: Rows) -> bool:
    delivery = next(each for each in rows["webhook_delivery"] if each["id"] == row["delivery_id"])
    return _of_hook(reader, delivery, rows)


def _reference(reader: Reader, row: Row, rows: Rows) -> bool:
    return _of_hook(reader, row, rows) and _of_event(reader, row, rows)


WHOSE |= {"webhook": _hook, "webhook_pace": _of_hook, "webhook_delivery": _of_hook}
WHOSE |= {"webhook_attempt": _try_of_hook, "partner_reference": _reference, "call_count": _key_of}


def _mover(reader: Reader, row: Row, rows: Rows) -> bool:
    things = [each for each in rows["worker"] if each["id"] == row["worker_id"]]
    things += [each for each in rows["resource"] if each["id"] == row["resource_id"]]
    return any(_own_unit_or_organisation(reader, thing, rows) for thing in things)


def _moved(row: Row, rows: Rows) -> Row:
    return next(each for each in rows["mover"] if each["id"] == row["mover_id"])


def _of_mover(reader: Reader, row: Row, rows: Rows) -> bool:
    # A mover that a reader may not read at all, an analyst for one, is nobody's whose parts are read.
    return allowed(reader, "mover", "read", _moved(row, rows), rows)


def _my_mover(reader: Reader, row: Row, rows: Rows) -> bool:
    return _moved(row, rows)["worker_id"] == str(reader.worker_id)


def _device(reader: Reader, row: Row, rows: Rows) -> bool:
    carriers = [each for each in rows["device_carrier"] if each["device_id"] == row["id"]]
    carriers = [each for each in carriers if each["until"] is None]
    account = next(each for each in rows["account"] if each["id"] == row["account_id"])
    return _account(reader, account, rows) or any(_of_mover(reader, each, rows) for each in carriers)


def _of_device(reader: Reader, row: Row, rows: Rows) -> bool:
    device = next(each for each in rows["device"] if each["id"] == row["device_id"])
    return allowed(reader, "device", "read", device, rows)


WHOSE["downlink"] = _of_device


def _code_of_area(reader: Reader, row: Row, _: Rows) -> bool:
    return in_reach(reader, row["code"])


OF_MOVERS = (
    "fix", "fix_extra", "fix_mark", "track_dirty", "track_day", "last_position", "device_carrier", "shift",
    "happening", "heat", "sign", "cry",
)  # fmt: skip


def _patrolled(reader: Reader, row: Row, rows: Rows) -> bool:
    plan = next(each for each in rows["patrol_plan"] if each["id"] == row["plan_id"])
    return _own_unit_or_organisation(reader, plan, rows)


def _due(row: Row, rows: Rows) -> Row:
    return next(each for each in rows["patrol_due"] if each["id"] == row["due_id"])


def _of_due(reader: Reader, row: Row, rows: Rows) -> bool:
    """What they did tells where they were: all of them must be seen."""
    due = _due(row, rows)
    numbers = due["movers"].strip("{}").split(",")
    movers = [each for each in rows["mover"] if each["id"] in numbers]
    return _patrolled(reader, due, rows) and all(
        allowed(reader, "mover", "read", each, rows) for each in movers
    )


def _my_due(reader: Reader, row: Row, rows: Rows) -> bool:
    """To see it the due patrol must be seen as well: of an own one it is."""
    due = _due(row, rows)
    alone = due["mover_id"] is not None
    return alone and allowed(reader, "patrol_due", "read", due, rows) and _my_mover(reader, due, rows)


def _of_fence(reader: Reader, row: Row, rows: Rows) -> bool:
    """Both the fence must be seen and who was in it."""
    fence = next(each for each in rows["fence"] if each["id"] == row["fence_id"])
    return allowed(reader, "fence", "read", fence, rows) and _of_mover(reader, row, rows)


WHOSE |= {"fence": _own_unit_or_organisation, "fence_visit": _of_fence}
WHOSE |= {"patrol_plan": _own_unit_or_organisation, "patrol_record": _of_place}
WHOSE |= dict.fromkeys(("patrol_target", "patrol_member", "patrol_due"), _patrolled)
WHOSE |= dict.fromkeys(("patrol_result", "patrol_missed"), _of_due)
WHOSE |= {"heat_shown": _own_unit, "heat_unit": _code_of_area}
WHOSE |= dict.fromkeys(("heat_summed", "heat_total", "heat_late"), _whole_city)
WHOSE |= dict.fromkeys(("fix_refusal", *OF_MOVERS), _of_mover) | {"mover": _mover, "device": _device}


def _sent(reader: Reader, row: Row, rows: Rows) -> bool:
    of_event = row["event_id"] is not None and _of_event(reader, row, rows)
    mine = row["account_id"] == str(reader.account_id)
    return mine or _own_unit_or_organisation(reader, row, rows) or of_event


def _task(row: Row, rows: Rows) -> Row:
    return next(each for each in rows["task"] if each["id"] == row["task_id"])


def _of_task(reader: Reader, row: Row, rows: Rows) -> bool:
    """To see it both the task must be seen and whom it is for."""
    sees = allowed(reader, "task", "read", _task(row, rows), rows)
    return sees and (row["mover_id"] is None or _of_mover(reader, row, rows))


def _my_task(reader: Reader, row: Row, rows: Rows) -> bool:
    numbers = row["movers"].strip("{}").split(",")
    movers = [each for each in rows["mover"] if each["id"] in numbers]
    return any(each["worker_id"] == str(reader.worker_id) for each in movers)


def _sends(reader: Reader, row: Row, rows: Rows) -> bool:
    """To send is for whoever sends, about nothing that they do not see."""
    sees = row["event_id"] is None or _of_event(reader, row, rows)
    return reader.reach == "city" or (row["account_id"] == str(reader.account_id) and sees)


def _step_of_mine(reader: Reader, row: Row, rows: Rows) -> bool:
    return row["mover_id"] is not None and _my_mover(reader, row, rows)


def _called(reader: Reader, row: Row, rows: Rows) -> bool:
    """To see what a roll call found both the rule must be seen and the person."""
    rule = next(each for each in rows["roll_call"] if each["id"] == row["roll_call_id"])
    return allowed(reader, "roll_call", "read", rule, rows) and _of_mover(reader, row, rows)


def _of_cry(reader: Reader, row: Row, rows: Rows) -> bool:
    """What was done about a cry is for those who see it."""
    return _of_mover(reader, _cry(row, rows), rows)


def _step_of_my_cry(reader: Reader, row: Row, rows: Rows) -> bool:
    return _my_mover(reader, _cry(row, rows), rows)


def _cry(row: Row, rows: Rows) -> Row:
    return next(each for each in rows["cry"] if each["id"] == row["cry_id"])


WHOSE |= {"cry_step": _of_cry}
WHOSE |= {"roll_call": _own_unit_or_organisation, "roll_call_result": _called}
WHOSE |= {"task": _sent, "task_recipient": _of_task, "task_step": _of_task}
PARTS_OF_NETWORKS = (
    "network_device", "network_service", "network_customer", "network_problem", "network_change",
)  # fmt: skip
WHOSE |= dict.fromkeys(PARTS_OF_NETWORKS, _network)
WHOSE |= {
    "shut_off": _network,
    "shut_off_valve": lambda reader, row, rows: _network(
        reader, next(each for each in rows["shut_off"] if each["id"] == row["shut_off_id"]), rows
    ),
}
WHOSE |= {"network_import": lambda reader, row, _: in_reach(reader, None, int(row["organisation_id"]))}


def _of_organisation(reader: Reader, row: Row, _: Rows) -> bool:
    return in_reach(reader, None, int(row["organisation_id"]))


def _measured(reader: Reader, row: Row, rows: Rows) -> bool:
    table = "thing" if "thing_id" in row else "datastream"
    parent = next(each for each in rows[table] if each["id"] == row[f"{table}_id"])
    return _of_organisation(reader, parent, rows)


TELEMETRY = ("thing", "location", "sensor", "observed_property", "datastream", "feature_of_interest")
WHOSE |= dict.fromkeys(TELEMETRY, _of_organisation)
WHOSE |= dict.fromkeys(("historical_location", "observation", "latest_observation"), _measured)


def _of_rule(reader: Reader, row: Row, rows: Rows) -> bool:
    """What follows from a rule of alarms is for those who see the rule."""
    parents = {"state_id": "alarm_state", "alarm_id": "alarm", "rule_id": "alarm_rule"}
    key = next(name for name in ("alarm_id", "state_id", "rule_id") if name in row)
    parent = next(each for each in rows[parents[key]] if each["id"] == row[key])
    if "organisation_id" in parent:
        return _of_organisation(reader, parent, rows)
    return _of_rule(reader, parent, rows)


WHOSE |= dict.fromkeys(("alarm_rule", "alarm"), _of_organisation)
OF_RULES = ("alarm_rule_edition", "alarm_state", "alarm_sensor", "alarm_transition")
WHOSE |= dict.fromkeys(OF_RULES, _of_rule)


def _own_use(reader: Reader, row: Row, rows: Rows) -> bool:
    key = next(each for each in rows["token"] if each["id"] == row["token_id"])
    return key["account_id"] == str(reader.account_id)


def _reported(reader: Reader, row: Row, rows: Rows) -> bool:
    layer = next(each for each in rows["layer"] if each["name"] == row["layer"])
    return allowed(reader, "layer", "read", layer, rows)


def _surveyed(reader: Reader, row: Row, rows: Rows) -> bool:
    survey = next(each for each in rows["component_survey"] if each["id"] == row["survey_id"])
    return survey["account_id"] == str(reader.account_id)


def _published(reader: Reader, row: Row, _: Rows) -> bool:
    return reader.role == "analyst" and row["published_by"] == str(reader.account_id)


KEPT: dict[str, Callable[[Reader, Row, Rows], bool]] = {"layer": _published}
"""What a reader may change and take away for having made it."""

OWN: dict[str, Callable[[Reader, Row, Rows], bool]] = {
    "worker": lambda reader, row, _: row["id"] == str(reader.worker_id),
    **dict.fromkeys(OF_MOVERS, _my_mover),
    **dict.fromkeys(("patrol_result", "patrol_missed"), _my_due),
    "mover": lambda reader, row, _: row["worker_id"] == str(reader.worker_id),
    "task": _my_task,
    "fence_visit": _my_mover,
    "cry_step": _step_of_my_cry,
    "roll_call_result": _my_mover,
    **dict.fromkeys(("task_recipient", "task_step"), _step_of_mine),
    "device": lambda reader, row, _: row["account_id"] == str(reader.account_id),
    "unit_person": lambda reader, row, _: row["worker_id"] == str(reader.worker_id),
    "place_person": lambda reader, row, _: row["worker_id"] == str(reader.worker_id),
    "account": lambda reader, row, _: row["id"] == str(reader.account_id),
    "token": lambda reader, row, _: row["account_id"] == str(reader.account_id),
    "token_use": _own_use,
    "call_count": lambda reader, row, _: row["account_id"] == str(reader.account_id),
    "external_identity": lambda reader, row, _: row["account_id"] == str(reader.account_id),
    "clear_read": lambda reader, row, _: row["account_id"] == str(reader.account_id),
    "audit": lambda reader, row, _: row["account_id"] == str(reader.account_id),
    "export": lambda reader, row, _: row["account_id"] == str(reader.account_id),
    "import": lambda reader, row, _: row["account_id"] == str(reader.account_id),
    "address_job": lambda reader, row, _: row["account_id"] == str(reader.account_id),
    "archive_question": lambda reader, row, _: row["account_id"] == str(reader.account_id),
    "process_job": lambda reader, row, _: row["account_id"] == str(reader.account_id),
    "component_survey": lambda reader, row, _: row["account_id"] == str(reader.account_id),
    "component_survey_row": _surveyed,
    "layer": _granted,
    "layer_report": _reported,
    "external_health": _reported,
    "external_source": lambda reader, row, _: row["account_id"] == str(reader.account_id),
    "layer_grant": lambda reader, row, _: row["organisation_id"] == str(reader.organisation_id),
}
"""What a reader has of a table whatever the role."""


CHANGES: dict[str, Callable[[Reader, Row, Rows], bool]] = {
    "duty": _own_unit,
    **dict.fromkeys(("address", "address_alias"), lambda reader, row, _: reader.reach == "city"),
    **dict.fromkeys(("component_class", "message_rule"), lambda reader, row, _: reader.reach == "city"),
    "message": _written,
    "task": _sends,
    "message_recipient": _written_to,
    **dict.fromkeys(("place_kind", "roster_policy", "score_rule"), _whole_city),
}
"""Tables of which less may be changed than read."""


def allowed(reader: Reader, table: str, verb: str, row: Row, rows: Rows) -> bool:
    """Say whether a reader may do this with this row."""
    if reader is SYSTEM:
        return VERBS[verb] in rule_of(table).system
    by_role = reader.role in rule_of(table).may(verb)
    whose = WHOSE.get(table, lambda *_: True)
    if verb != "read":
        whose = CHANGES.get(table, whose)
    own = verb == "read" and table in OWN and OWN[table](reader, row, rows)
    kept = verb in ("update", "delete") and table in KEPT and KEPT[table](reader, row, rows)
    return own or kept or (by_role and whose(reader, row, rows))
