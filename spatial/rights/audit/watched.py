"""What the audit log watches, as data: tables, the columns it never shows, and what it leaves out and why.

Whoever adds a table adds a line here; a table of the schema that stands in neither list is a test failure.
"""

from __future__ import annotations

from dataclasses import dataclass
from fnmatch import fnmatchcase


@dataclass(frozen=True)
class Watched:
    """A table whose changes are on record row by row; `counted`: only how many rows a statement touched.

    `key` names the columns of the row's key, `unit_code` the column that says where the row lies.
    """

    table: str
    key: tuple[str, ...] = ("id",)
    unit_code: str | None = None
    counted: bool = False


WATCHED: tuple[Watched, ...] = (
    # Boundaries.
    Watched("coverage", ("name",)),
    Watched("coverage_version"),
    Watched("unit"),
    Watched("unit_version", unit_code="code"),
    Watched("arc"),
    Watched("node", counted=True),
    Watched("issued_code", ("profile", "code")),
    Watched("unit_person"),
    Watched("composition"),
    Watched("lineage"),
    # What stands and happens in the city.
    Watched("place", unit_code="unit_code"),
    Watched("place_kind", ("key",)),
    Watched("place_person", ("place_id", "worker_id", "role")),
    Watched("inspection"),
    Watched("place_risk_proposal"),
    Watched("place_attachment"),
    Watched("resource", unit_code="unit_code"),
    Watched("component", unit_code="unit_code"),
    Watched("component_repair"),
    Watched("component_profile", ("name",)),
    Watched("component_mapping", ("profile", "code", "to_class")),
    Watched("event", unit_code="unit_code"),
    Watched("event_link", ("event_id", "other_id")),
    Watched("event_attachment", ("event_id", "digest")),
    Watched("working_hours", ("weekday", "opens")),
    Watched("working_day", ("day",)),
    Watched("deadline_rule"),
    Watched("public_matter", ("key",)),
    Watched("device"),
    Watched("device_carrier"),
    Watched("downlink"),
    Watched("mover"),
    Watched("shift"),
    Watched("patrol_plan", unit_code="unit_code"),
    Watched("patrol_target"),
    Watched("patrol_member"),
    Watched("patrol_record"),
    Watched("fence", unit_code="unit_code"),
    Watched("score_rule", ("name",)),
    Watched("roster_policy"),
    Watched("fix_mark", ("mover_id", "time", "mark")),
    Watched("task", unit_code="unit_code"),
    Watched("roll_call", unit_code="unit_code"),
    Watched("network"),
    Watched("network_node"),
    Watched("network_link"),
    Watched("network_device"),
    Watched("network_service", counted=True),
    Watched("network_customer", counted=True),
    Watched("shut_off"),
    Watched("shut_off_valve"),
    Watched("thing"),
    Watched("location"),
    Watched("historical_location", counted=True),
    Watched("sensor"),
    Watched("observed_property"),
    Watched("datastream"),
    Watched("feature_of_interest"),
    Watched("alarm_rule"),
    # People and who may do what.
    Watched("organisation"),
    Watched("worker", unit_code="unit_code"),
    Watched("reporter", ("event_id",)),
    Watched("data_key"),
    Watched("duty", unit_code="unit_code"),
    Watched("duty_draft", unit_code="unit_code"),
    Watched("duty_draft_change", ("draft_id", "seq")),
    Watched("dispute"),
    Watched("dispute_rule"),
    Watched("message"),
    Watched("message_rule", ("occasion",)),
    Watched("account", unit_code="area"),
    Watched("external_identity", ("issuer", "subject")),
    Watched("token"),
    Watched("layer", ("name",)),
    Watched("layer_grant"),
    Watched("published_table", ("schema", "relation")),
    Watched("external_source"),
    Watched("webhook"),
    Watched("adapter"),
    Watched("office"),
    # What boundaries are to become.
    Watched("plan", unit_code="unit_code"),
    Watched("plan_step", ("plan_id", "seq")),
    Watched("plan_waiver", ("plan_id", "issue_id")),
    Watched("city_note"),
    # Loaded whole from elsewhere: that they were loaded is what counts.
    Watched("address", counted=True),
    Watched("address_alias", counted=True),
    Watched("basemap_feature", counted=True),
    Watched("component_class", ("code",)),
    Watched("component_profile_class", counted=True),
    Watched("component_matter", counted=True),
    Watched("matter", counted=True),
    Watched("matter_profile", ("name",)),
    Watched("matter_mapping", ("code", "to_code")),
    Watched("division", counted=True),
    Watched("raster", counted=True),
)

UNWATCHED: dict[str, str] = {
    "audit": "is the log",
    "audit_root": "holds the log's seals",
    "clear_read": "asks for clear text; every asking is an entry of its own in the log",
    "alembic_version": "is the migrations' own note",
    "procrastinate_*": "is the queue of jobs, which keeps its own history",
    "attachment": "says that bytes lie in the store; which event they belong to is on record",
    "event_step": "is itself a log: steps are added, never changed",
    "event_watch": "is the job process's own list of what to look at next",
    "event_warning": "is itself a log: warnings are added, never changed",
    "public_report": "says by what a report is followed; the report itself is on record",
    "event_number": "holds where the numbers of a day begin",
    "export": "is a queue of files to write; that somebody took features along is on record by itself",
    "archive_day": "says which files of old fixes there are, which follow from the fixes",
    "archive_question": "is a queue of questions of one account, which change nothing",
    "process_job": "is a queue of calculations for one account, which go after a day; they change nothing",
    "external_health": "says how a service does, which changes all the time and by itself",
    "address_state": "counts the changes of addresses, which are on record",
    "address_gone": "repeats deletions of addresses, which are on record",
    "address_job": "is a queue of files for one account; what an import changes is on record",
    "duty_past": "holds what changes of duty lines replaced, which are on record",
    "explanation": "is itself a log: explanations are added, never changed",
    "dispatch_stamp": "changes with every duty line and version, which are on record",
    "fix": "is itself a log: fixes are added, never changed, and go by days",
    "fix_extra": "goes with the fixes, which are a log of their own",
    "fix_batch": "is a feed of commits of fixes, kept for an hour",
    "fix_refusal": "is itself a log: it counts what was not taken, and why",
    "happening": "is itself a log: what devices tell is added, never changed",
    "track_dirty": "is the job process's own list of what to grade next",
    "track_day": "follows from the fixes, which are a log of their own",
    "heat": "follows from the fixes, which are a log of their own",
    "heat_shown": "follows from the fixes, which are a log of their own",
    "heat_unit": "numbers the codes of units, which are on record",
    "heat_block": "says which days have been added up",
    "heat_summed": "says of which days there are totals",
    "heat_total": "follows from the fixes, which are a log of their own",
    "heat_late": "follows from the fixes, which are a log of their own",
    "last_position": "follows the fixes, which are a log of their own",
    "task_recipient": "follows from the steps of the task, which are a log of their own",
    "cry": "follows from its steps, which are a log of their own; its place must not outlive its erasure",
    "cry_step": "is itself a log: steps are added, never changed",
    "sign": "is itself a log: signs are added with who signed and why, never changed",
    "roll_call_result": "follows from fixes, signs and shifts, and keeps its first word itself",
    "task_step": "is itself a log: steps are added, never changed",
    "patrol_due": "follows from plans and the calendar, which are on record",
    "fence_visit": "follows from fixes, which are a log of their own",
    "patrol_part": "follows from fixes, which are a log of their own",
    "patrol_result": "follows from fixes, which are a log of their own",
    "patrol_missed": "follows from fixes, which are a log of their own",
    "import": "is the queue of what is to be published; what becomes of it is on record",
    "plan_net": "holds the sum of a plan's steps, which are on record",
    "plan_import": "is a queue of files; what one does is a step of its plan, which is on record",
    "plan_comment": "is itself a log: comments are added, never changed",
    "place_risk": "is itself a log: the change of the place that it tells of is on record",
    "stock_movement": "is itself a log: movements are added, never changed",
    "layer_report": "is derived from a file whose publishing is on record",
    "component_alias": "holds codes from before a change that is on record",
    "component_count": "holds sums over rows whose changes are on record",
    "component_retired": "holds rows as they were when they were deleted, which is on record",
    "component_sequence": "holds the last number of codes whose rows are on record",
    "component_survey": "is a queue of files; what a survey changes is on record row by row",
    "component_survey_row": "is the report of a survey whose changes are on record",
    "layer_count": "holds sums over rows whose changes are on record",
    "figure": "holds sums over events, whose changes are on record",
    "figure_change": "holds what is to be added to such sums",
    "network_problem": "follows from the rows of the network, which are on record",
    "network_change": "is itself a log: what a statement changed is added, never changed",
    "observation": "is itself a log: values are added by the thousand a second",
    "latest_observation": "follows the observations, which are a log of their own",
    "alarm_rule_edition": "repeats what rules were, whose changes are on record",
    "alarm_state": "follows from the observations, which are a log of their own",
    "alarm_sensor": "follows from rules and datastreams, which are on record",
    "alarm_feed": "holds observations until they are looked at, which are a log of their own",
    "alarm": "follows from its steps, which are a log of their own",
    "alarm_transition": "is itself a log: steps are added, never changed",
    "network_import": "is a queue of files; what one changes is on record",
    "layer_change": "is itself a feed of changes, kept for a day",
    "log_life": "holds which servers the database has lived on",
    "webhook_pace": "says how far a webhook has read, which changes all the time and by itself",
    "webhook_delivery": "is a queue of messages; who sends one again or drops it is an entry of its own",
    "webhook_attempt": "is itself a log: tries are added, never changed",
    "partner_reference": "holds what a partner answered; the message is kept beside",
    "call_count": "holds sums of calls, which change nothing",
    "adapter_pace": "says how an adapter does, which changes all the time and by itself",
    "adapter_refusal": "is a queue of messages; who sends one again or drops it is an entry of its own",
    "handover": "says how far an event is in an office's hands; what comes of it are steps of the event",
    "token_use": "says when a key was last used, which changes all the time and changes nobody's rights",
    "message_recipient": "is a queue; whose number was opened to send is an entry of its own",
    "message_part": "is itself a log of what a gateway took; receipts follow",
    "message_round": "is itself a log of who had a message sent or tried again",
    "message_receipt": "holds receipts of what is not known, for three days",
    "message_due": "is the job process's own list of steps to look at, which are on record",
    "login_attempt": "is itself a log of log-ins, kept for lock-out",
    "spent_sign_on": "holds used-up single sign-on states until they expire",
}
"""Tables (or patterns) that are not watched, and why."""

SECRET: dict[str, str] = {
    "password_hash": "could be attacked offline by whoever may read the log",
    "digest": "stands for a key",
    "*_digest": "is a keyed hash for exact search: equal values would show as equal",
    "*_cipher": "is ciphertext of personal data; the log would outlive the key's rotation",
    "wrapped": "is a data key under the master key",
    "auth_code": "lets a terminal in",
}
"""Columns whose value is never recorded; that they were set or changed is, as `***`."""

PASSING: dict[str, str] = {
    "account.last_login_at": "changes with every log-in, which is on record by the key that it makes",
    "plan.etag": "changes with every step of the plan, which is on record",
    "plan.updated_at": "changes with every step of the plan, which is on record",
    "plan_step.change": "follows from the operation and the state before it; as large as what it moves",
    "external_source.due_at": "moves each time the service is asked",
    "external_source.claimed_at": "moves each time the service is asked",
    "external_source.tries": "counts failures one after another",
    "external_source.digest": "goes with the features, whose harvest is on record",
    **{
        f"event.{column}": "follows from the steps of the event, which are a log of their own"
        for column in (
            "accepted_at",
            "filed_at",
            "dispatched_at",
            "handled_at",
            "verified_at",
            "due_at",
            "handle_due_at",
            "close_due_at",
            "handled_on_time",
            "returned_count",
            "redispatched_count",
            "escalated_level",
        )
    },
    "downlink.next_at": "moves each time it is written to the line, which `tries` has on record",
    "fence.recount_day": "moves with the job that tells the last days of a fence anew",
    "roll_call.taken_until": "moves with each roll call, whose results say when it was",
    "roll_call.next_at": "follows from the rule and the working calendar, which are on record",
    "alarm_rule.must_match": "says that a change, which is on record, has not been applied yet",
    "network.edition": "moves with every change of the network, which is on record",
    "network.checked_edition": "moves each time the topology has been looked at",
    "network.rest": "is as large as a file, whose digest is on record",
    "task.remind_at": "moves with each reminder, which is a step of the task",
    "task.reminders": "counts reminders, which are steps of the task",
    "device.last_seen_at": "follows the fixes, which are a log of their own",
    "worker.geom": "follows the person's fixes, which are a log of their own",
    "worker.seen_at": "follows the person's fixes, which are a log of their own",
}
"""Columns, table.column, that change all the time of themselves; they are left out wholly."""


def is_secret(column: str) -> bool:
    """Tell whether a column's value must never stand in the log."""
    return any(fnmatchcase(column, pattern) for pattern in SECRET)


def is_passing(table: str, column: str) -> bool:
    """Tell whether a column changes all the time of itself."""
    return f"{table}.{column}" in PASSING


def why_unwatched(table: str) -> str | None:
    """Say why a table is not watched; None when no reason is known."""
    return next((reason for pattern, reason in UNWATCHED.items() if fnmatchcase(table, pattern)), None)
