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
    Watched("component", unit_code="unit_code"),
    Watched("event", unit_code="unit_code"),
    Watched("network"),
    Watched("network_node"),
    Watched("network_link"),
    # People and who may do what.
    Watched("organisation"),
    Watched("worker", unit_code="unit_code"),
    Watched("reporter", ("event_id",)),
    Watched("data_key"),
    Watched("duty", unit_code="unit_code"),
    Watched("account", unit_code="area"),
    Watched("external_identity", ("issuer", "subject")),
    Watched("token"),
    Watched("layer", ("name",)),
    Watched("layer_grant"),
    Watched("published_table", ("schema", "relation")),
    Watched("external_source"),
    # What boundaries are to become.
    Watched("plan", unit_code="unit_code"),
    Watched("plan_step", ("plan_id", "seq")),
    Watched("plan_waiver", ("plan_id", "issue_id")),
    Watched("city_note"),
    # Loaded whole from elsewhere: that they were loaded is what counts.
    Watched("address", counted=True),
    Watched("basemap_feature", counted=True),
    Watched("component_class", counted=True),
    Watched("matter", counted=True),
    Watched("division", counted=True),
    Watched("raster", counted=True),
)

UNWATCHED: dict[str, str] = {
    "audit": "is the log",
    "audit_root": "holds the log's seals",
    "clear_read": "asks for clear text; every asking is an entry of its own in the log",
    "alembic_version": "is the migrations' own note",
    "procrastinate_*": "is the queue of jobs, which keeps its own history",
    "export": "is a queue of files to write; that somebody took features along is on record by itself",
    "process_job": "is a queue of calculations for one account, which go after a day; they change nothing",
    "external_health": "says how a service does, which changes all the time and by itself",
    "fix": "is itself a log: fixes are added, never changed, and go by days",
    "import": "is the queue of what is to be published; what becomes of it is on record",
    "plan_net": "holds the sum of a plan's steps, which are on record",
    "plan_comment": "is itself a log: comments are added, never changed",
    "layer_report": "is derived from a file whose publishing is on record",
    "layer_count": "holds sums over rows whose changes are on record",
    "layer_change": "is itself a feed of changes, kept for a day",
    "token_use": "says when a key was last used, which changes all the time and changes nobody's rights",
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
