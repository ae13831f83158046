"""What is watched, and what is never in the log: tables, secrets, and triggers that are not ours."""

from __future__ import annotations

import json

import pytest

from spatial.rights.audit.columns import Column, TableText
from spatial.rights.audit.triggers import differences, watch
from spatial.rights.audit.watched import (
    PASSING,
    SECRET,
    UNWATCHED,
    WATCHED,
    Watched,
    is_passing,
    is_secret,
    why_unwatched,
)
from tests.spatial.rights.logbook import account, add_place, entries


def test_secrets_are_never_in_the_log(postgis) -> None:
    key = account(postgis)
    postgis.execute("UPDATE account SET password_hash = '$argon2id$another' WHERE id = %s", [key])
    postgis.execute("UPDATE account SET password_hash = NULL WHERE id = %s", [key])
    postgis.execute(
        "INSERT INTO token (digest, account_id, kind, scope, name, expires_at)"
        " VALUES (%s, %s, 'token', 'all', 't', now())",
        [b"digest-of-a-token", key],
    )
    everything = json.dumps(
        [[e["before"], e["after"]] for e in entries(postgis, "relation IN ('account', 'token')")]
    )
    assert "argon2" not in everything
    assert b"digest-of-a-token".hex() not in everything
    changed, cleared = (
        (e["before"]["password_hash"], e["after"]["password_hash"])
        for e in entries(postgis, "relation = 'account' AND action = 'update'")
    )
    assert (changed, cleared) == (("***", "***"), ("***", None))


def test_what_changes_of_itself_is_left_out(postgis) -> None:
    key = account(postgis)
    postgis.execute("UPDATE account SET last_login_at = now() WHERE id = %s", [key])
    (entry,) = entries(postgis, "relation = 'account'")
    assert "last_login_at" not in entry["after"]


def test_no_classified_column_of_any_table_is_shown(postgis) -> None:
    """Of every column of the schema: what is secret has no way into the text of a trigger."""
    for watched in WATCHED:
        rows = postgis.execute(
            "SELECT attname, format_type(atttypid, atttypmod) FROM pg_attribute"
            " WHERE attrelid = to_regclass(%s) AND attnum > 0 AND NOT attisdropped",
            [watched.table],
        ).fetchall()
        columns = [Column(watched.table, *row) for row in rows]
        text = TableText(watched, columns).changes("insert").as_string(postgis)
        for column in columns:
            if is_passing(watched.table, column.name):
                assert f'"{column.name}"' not in text
            elif is_secret(column.name):
                assert f"""'{column.name}', CASE WHEN n."{column.name}" IS NOT NULL THEN '***' END""" in text


def test_the_patterns_of_secrets_catch_what_they_must() -> None:
    for column in ("password_hash", "digest", "phone_cipher", "phone_digest", "wrapped"):
        assert is_secret(column)
    assert not is_secret("name")


def test_every_table_is_watched_or_says_why_not(postgis) -> None:
    rows = postgis.execute(
        "SELECT relname FROM pg_class WHERE relnamespace = 'city'::regnamespace AND relkind IN ('r', 'p')"
        " AND NOT relispartition"
    ).fetchall()
    tables = {name for (name,) in rows}
    watched = {table.table for table in WATCHED}
    assert {t for t in tables - watched if why_unwatched(t) is None} == set(), (
        "add the table to WATCHED in spatial/rights/audit/watched.py, or to UNWATCHED with the reason"
    )
    assert watched <= tables
    assert {t for t in watched if why_unwatched(t)} == set()
    assert set(UNWATCHED) - {"procrastinate_*"} <= tables


def test_what_is_listed_exists(postgis) -> None:
    columns = {
        f"{table}.{column}"
        for table, column in postgis.execute(
            "SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = 'city'"
        ).fetchall()
    }
    assert set(PASSING) <= columns
    for watched in WATCHED:
        assert watched.counted or {f"{watched.table}.{name}" for name in watched.key} <= columns
        assert watched.unit_code is None or f"{watched.table}.{watched.unit_code}" in columns
    assert all(SECRET.values()) and all(PASSING.values()) and all(UNWATCHED.values())


def test_the_database_has_exactly_our_triggers(postgis) -> None:
    assert not differences(postgis)
    assert watch(postgis) == []


@pytest.mark.parametrize(
    ("harm", "name"),
    [
        ("DROP TRIGGER audit_update ON place", "place.audit_update"),
        ("ALTER TABLE place DISABLE TRIGGER audit_update", "place.audit_update"),
        ("ALTER TABLE place ENABLE REPLICA TRIGGER audit_update", "place.audit_update"),
        ("ALTER TABLE place DISABLE TRIGGER USER", "place.audit_insert"),
        ("DROP TRIGGER audit_keep ON audit_root", "audit_root.audit_keep"),
        (
            "CREATE OR REPLACE FUNCTION audit_of_place() RETURNS trigger LANGUAGE plpgsql"
            " AS 'BEGIN RETURN NULL; END'",
            "audit_of_place()",
        ),
        (
            "CREATE OR REPLACE FUNCTION audit_hash(head text, id bigint, action text, relation text,"
            " row_key text, unit_code text, before text, after text, reason text) RETURNS bytea"
            " LANGUAGE sql AS 'SELECT ''''::bytea'",
            "audit_hash()",
        ),
        ("ALTER TABLE place ADD COLUMN fresh text", "audit_of_place()"),
        ("ALTER FUNCTION audit_of_place() SECURITY INVOKER", "audit_of_place()"),
        ("ALTER FUNCTION audit_write SET search_path = pg_temp", "audit_write()"),
        (
            "CREATE TRIGGER audit_x BEFORE INSERT ON place FOR EACH ROW EXECUTE FUNCTION audit_refuse()",
            "place.audit_x",
        ),
    ],
)
def test_a_trigger_that_is_not_ours_any_more_is_found_mended_and_on_record(
    postgis, harm: str, name: str
) -> None:
    postgis.execute(harm)
    assert name in differences(postgis).names()
    assert name in watch(postgis)
    assert not differences(postgis)
    assert name in entries(postgis, "action = 'watch'")[-1]["after"]["made"]
    key = add_place(postgis, "after")
    postgis.execute("UPDATE place SET name = 'later'")
    assert len(entries(postgis, "relation = 'place' AND row_key = %s", str(key))) == 2


def test_wide_tables_and_odd_names() -> None:
    columns = [Column("t", f'odd "name" {n}%', "text") for n in range(95)]
    text = TableText(Watched("t", ('odd "name" 0%',)), columns).changes("update").as_string(None)
    assert text.count("jsonb_build_object(") == 6
    assert '"odd ""name"" 94%"' in text
