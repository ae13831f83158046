"""Every table × every role and reach × every verb, against what was worked out by hand."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
import pytest
from psycopg import sql

from spatial.database import connect, query, standpoint_values
from spatial.rights.apply import rights_are_right
from spatial.rights.reader import SYSTEM, Reader
from spatial.rights.rules import RULES, VERBS, rule_of
from tests.spatial.rights.people import cast
from tests.spatial.rights.town import build, rows_of
from tests.spatial.rights.whose import Row, allowed


class Store:
    """The town, as its owner and as the workers' role see it."""

    def __init__(self, owner: psycopg.Connection[Any], app: psycopg.Connection[Any]) -> None:
        self.owner = owner
        self.app = app
        self.readers = cast(owner)
        self.rows = {rule.table: list(rows_of(owner, rule.table)) for rule in RULES}
        owner.commit()

    def key(self, table: str) -> tuple[str, ...]:
        """Name the columns of the primary key."""
        return _KEYS.get(table, ("id",))


_KEYS = {
    "component_class": ("code",), "coverage": ("name",), "division": ("code",), "matter": ("code",),
    "layer": ("name",), "issued_code": ("profile", "code"), "fix": ("mover_id", "time", "mark"),
    "token_use": ("token_id",), "log_life": ("life",), "webhook_pace": ("webhook_id",),
    "partner_reference": ("webhook_id", "event_id"),
    "call_count": ("key_id", "hour", "door", "status_class"),
    "external_identity": ("issuer", "subject"), "spent_sign_on": ("digest",),
    "reporter": ("event_id",), "audit": ("at", "id"), "layer_report": ("layer",),
    "external_health": ("layer",),
    "published_table": ("schema", "relation"), "plan_step": ("plan_id", "seq"), "plan_net": ("plan_id",),
    "plan_waiver": ("plan_id", "issue_id"), "raster": ("name",),
    "component_profile": ("name",), "component_profile_class": ("profile", "code"),
    "component_mapping": ("profile", "code", "to_class"), "component_matter": ("matter", "class_code"),
    "matter_profile": ("name",), "matter_mapping": ("code", "to_code"),
    "component_sequence": ("prefix",), "component_alias": ("code",),
    "component_survey_row": ("survey_id", "nr"),
    "duty_past": ("id", "edition"), "duty_draft_change": ("draft_id", "seq"), "dispatch_stamp": ("single",),
    "place_kind": ("key",), "place_person": ("place_id", "worker_id", "role"),
    "stock_movement": ("resource_id", "item", "seq"),
    "address_gone": ("address_id",),
    "message_part": ("recipient_id", "nr"), "message_rule": ("occasion",),
    "event_link": ("event_id", "other_id"), "event_attachment": ("event_id", "digest"),
    "attachment": ("digest",), "event_watch": ("event_id",), "event_number": ("day",),
    "working_hours": ("weekday", "opens"), "working_day": ("day",),
    **dict.fromkeys(("fix_extra", "fix_mark"), ("mover_id", "time", "mark")),
    "patrol_part": ("due_id", "target_id", "mover_id", "day"), "patrol_result": ("due_id",),
    "fence_visit": ("fence_id", "mover_id", "since"),
    "score_rule": ("name",), "task_recipient": ("task_id", "mover_id"),
    "roll_call_result": ("roll_call_id", "at", "mover_id"),
    **dict.fromkeys(("track_dirty", "track_day"), ("mover_id", "day")), "last_position": ("mover_id",),
    "happening": ("device_id", "time", "kind"), "heat": ("level", "days", "first_day", "mover_id"),
    "heat_shown": ("level", "first_day", "unit_code"), "heat_block": ("days", "first_day"),
    "archive_day": ("day",),
    "heat_summed": ("days", "first_day"), "heat_total": ("level", "days", "first_day", "by_unit", "piece"),
    "observation": ("datastream_id", "phenomenon_time"), "latest_observation": ("datastream_id",),
    "alarm_rule_edition": ("rule_id", "edition"), "alarm_sensor": ("state_id", "datastream_id"),
    "adapter_pace": ("adapter_id",), "public_matter": ("key",), "public_report": ("event_id",),
}  # fmt: skip


@pytest.fixture(scope="module")
def town_url(make_city: Callable[..., Any]) -> Iterator[str]:
    with make_city(build) as url:
        yield url


@pytest.fixture(scope="module")
def store(town_url: str, as_app: Callable[[str], str]) -> Iterator[Store]:
    with connect(town_url) as owner, connect(as_app(town_url)) as app:
        owner.execute(
            "INSERT INTO audit_root VALUES (1, 'seal', 1, now(), 0, 1, 1, 0, 0, 0, '', now(), '', '', '')"
        )
        yield Store(owner, app)


@contextmanager
def standing(connection: psycopg.Connection[Any], reader: Reader) -> Iterator[psycopg.Connection[Any]]:
    """Stand where `reader` stands, and undo everything afterwards."""
    with connection.transaction(force_rollback=True):
        connection.execute(query("spatial.database", "session"), standpoint_values(reader))
        yield connection


def does(store: Store, reader: Reader, table: str, verb: str) -> set[tuple[str, ...]]:
    """Name the rows, by key, that the database lets a reader do this with."""
    with standing(store.app, reader) as connection:
        if verb == "read":
            return _reads(connection, store, table)
        return {
            tuple(row[name] for name in store.key(table))
            for row in store.rows[table]
            if _lets(connection, _ATTEMPTS[verb](store, table, row))
        }


def _reads(connection: psycopg.Connection[Any], store: Store, table: str) -> set[tuple[str, ...]]:
    keys = sql.SQL(", ").join(sql.SQL("{}::text").format(sql.Identifier(name)) for name in store.key(table))
    try:
        with connection.transaction():
            statement = sql.SQL("SELECT {} FROM {}").format(keys, sql.Identifier(table))
            return set(connection.execute(statement).fetchall())
    except psycopg.errors.InsufficientPrivilege:
        return set()


def _lets(connection: psycopg.Connection[Any], statement: sql.Composed) -> bool:
    """Try; a constraint that complains has been reached, so the policy had let it through."""
    try:
        with connection.transaction(force_rollback=True):
            return connection.execute(statement).rowcount == 1
    except psycopg.errors.InsufficientPrivilege:
        return False
    except (psycopg.errors.IntegrityError, psycopg.errors.GeneratedAlways, psycopg.errors.RaiseException):
        return True


def _this(store: Store, table: str, row: Row) -> sql.Composable:
    return sql.SQL(" AND ").join(
        sql.SQL("{} = {}").format(sql.Identifier(name), sql.Literal(row[name])) for name in store.key(table)
    )


def _insert(store: Store, table: str, row: Row) -> sql.Composed:
    """Insert the row once more: the policy is asked before a unique index is."""
    numbered = "id" in store.key(table) and table not in ("city_note", "unit", "audit_root")
    generated = {"id"} if numbered else set()
    generated |= {"whose"} if table == "cry" else set()
    given = {name: text for name, text in row.items() if name not in generated}
    return sql.SQL("INSERT INTO {} ({}) VALUES ({})").format(
        sql.Identifier(table),
        sql.SQL(", ").join(map(sql.Identifier, given)),
        sql.SQL(", ").join(map(sql.Literal, given.values())),
    )


def _update(store: Store, table: str, row: Row) -> sql.Composed:
    column = sql.Identifier(next(name for name in row if name not in ("id", *rule_of(table).hidden)))
    return sql.SQL("UPDATE {} SET {} = {} WHERE {}").format(
        sql.Identifier(table), column, column, _this(store, table, row)
    )


def _delete(store: Store, table: str, row: Row) -> sql.Composed:
    return sql.SQL("DELETE FROM {} WHERE {}").format(sql.Identifier(table), _this(store, table, row))


_ATTEMPTS = {"create": _insert, "update": _update, "delete": _delete}


def differences(store: Store, table: str, standpoint: str = "", verbs: Iterable[str] = VERBS) -> list[str]:
    """List where the database lets somebody do more or less with a table than was worked out."""
    found = []
    for name, reader in [*store.readers.items(), ("the platform", SYSTEM)]:
        if not reader.standpoint.endswith(standpoint):
            continue
        for verb in verbs:
            wanted = {
                tuple(row[key] for key in store.key(table))
                for row in store.rows[table]
                if allowed(reader, table, verb, row, store.rows)
            }
            done = does(store, reader, table, verb)
            if done != wanted:
                more, less = len(done - wanted), len(wanted - done)
                found.append(f"{name}: {verb} {table}: {more} too many, {less} missing")
    return found


TABLES = [rule.table for rule in RULES]


def test_every_table_has_a_rule_and_every_rule_a_table(store: Store) -> None:
    """A new table is nobody's until somebody says whose; partitions are reached through their parent."""
    found = store.owner.execute(
        "SELECT relname FROM pg_class WHERE relnamespace = 'city'::regnamespace AND relkind IN ('r', 'p')"
        " AND NOT relispartition AND relname <> 'alembic_version' AND relname NOT LIKE 'procrastinate%'"
    ).fetchall()
    assert sorted(TABLES) == sorted(name for (name,) in found)


def test_the_policies_were_asked_about_real_rows(store: Store) -> None:
    assert [table for table in TABLES if not store.rows[table] and table not in EMPTY] == []


EMPTY: set[str] = set()
"""Tables of which the town has no rows, so that only their grants are looked at."""


@pytest.mark.parametrize("table", TABLES)
def test_everybody_does_exactly_what_the_rules_say(store: Store, table: str) -> None:
    assert differences(store, table) == []


@pytest.mark.slow
def test_dropping_any_policy_is_noticed(store: Store, town_url: str) -> None:
    """The owner drops one policy after the other; each time the matrix of its table must turn red."""
    policies = store.owner.execute(query("spatial.rights", "policies"), {"schema": "city"}).fetchall()
    unnoticed = []
    for table, policy in policies:
        create = _definition(store.owner, table, policy)
        store.owner.execute(sql.SQL("DROP POLICY {} ON {}").format(*map(sql.Identifier, (policy, table))))
        store.owner.commit()
        assert not rights_are_right(store.owner)
        standpoint, _, verb = policy.partition("_")
        if store.rows[table] and not differences(store, table, standpoint, [verb] if verb else VERBS):
            unnoticed.append(f"{table}.{policy}")
        store.owner.execute(create)
        store.owner.commit()
    assert unnoticed == []
    assert rights_are_right(store.owner)


def _definition(owner: psycopg.Connection[Any], table: str, policy: str) -> sql.Composed:
    row = owner.execute(
        "SELECT cmd, roles[1]::text, qual, with_check FROM pg_policies"
        " WHERE tablename = %s AND policyname = %s",
        (table, policy),
    ).fetchone()
    assert row is not None
    command, role, using, check = row
    parts = [sql.SQL(f" USING ({using})")] if using else []
    parts += [sql.SQL(f" WITH CHECK ({check})")] if check else []
    return sql.SQL("CREATE POLICY {} ON {} FOR {} TO {}{}").format(
        sql.Identifier(policy),
        sql.Identifier(table),
        sql.SQL(command),
        sql.Identifier(role),
        sql.Composed(parts),
    )
