"""What is on record: every change through any door, as it was, and nothing that must not be."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import psycopg
import pytest
from psycopg import Connection
from psycopg.errors import InsufficientPrivilege, InvalidParameterValue

from spatial.database import connect
from spatial.rights.audit.columns import Column, TableText
from spatial.rights.audit.partitions import partition_of
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
from spatial.rights.reader import SYSTEM, Reader
from tests.spatial.rights.logbook import add_place, be, entries

EDITOR = Reader(
    7, "zhang", "张三", "district_administrator", address="192.0.2.7", request="request-1", reach="city"
)
OUTLINE = "POLYGON((116 39, 117 39, 117 40, 116 39))"


@pytest.fixture(scope="module")
def quiet_url(make_city: Callable[..., Any]) -> Iterator[str]:
    """An empty database whose log nobody else writes to; nothing is committed here."""
    with make_city(lambda _: None) as url:
        yield url


@pytest.fixture
def postgis(request: pytest.FixtureRequest) -> Iterator[Connection[Any]]:
    """A connection that is rolled back; to the test's own database where it has one."""
    own = "fresh_url" in request.fixturenames
    with connect(request.getfixturevalue("fresh_url" if own else "quiet_url")) as connection:
        yield connection
        connection.rollback()


def account(connection: Connection[Any], username: str = "li") -> int:
    return connection.execute(
        "INSERT INTO account (username, display_name, role, reach, password_hash)"
        " VALUES (%s, 'Li', 'viewer', 'city', '$argon2id$secret') RETURNING id",
        [username],
    ).fetchall()[0][0]


def test_an_insert_is_on_record_with_who_and_where(fresh_url: str, as_app: Any) -> None:
    with connect(as_app(fresh_url)) as connection:
        be(connection, EDITOR)
        key = add_place(connection, "小学")
    with connect(fresh_url) as owner:
        (entry,) = entries(owner, "relation = 'place'")
    assert (entry["action"], entry["row_key"], entry["unit_code"]) == ("insert", str(key), "110108001")
    assert (entry["account_id"], entry["username"], entry["role"]) == (7, "zhang", "district_administrator")
    assert (entry["address"], entry["request"]) == ("192.0.2.7", "request-1")
    assert entry["database_user"] == "citygrid_app"
    assert entry["before"] is None
    assert entry["after"]["name"] == "小学"
    assert entry["after"]["geom"] == [116.3, 39.9]
    assert len(entry["hash"]) == 32


def test_an_update_keeps_what_really_changed_and_the_key(postgis) -> None:
    key = add_place(postgis, "old")
    postgis.execute("UPDATE place SET name = 'new', kind = kind, risk_level = 4 WHERE id = %s", [key])
    (entry,) = entries(postgis, "action = 'update'")
    assert entry["before"] == {"id": key, "name": "old"}
    assert entry["after"] == {"id": key, "name": "new"}


def test_an_update_that_changes_nothing_is_no_change(postgis) -> None:
    add_place(postgis, "same")
    postgis.execute("UPDATE place SET name = 'same', geom = geom, attributes = attributes || '{}'")
    postgis.execute("UPDATE place SET name = 'x' WHERE false")
    assert entries(postgis, "action = 'update'") == []


def test_null_is_a_value(postgis) -> None:
    key = add_place(postgis, "a")
    postgis.execute("UPDATE place SET address = 'here'")
    postgis.execute("UPDATE place SET address = NULL")
    first, second = entries(postgis, "action = 'update'")
    assert (first["before"], first["after"]) == (
        {"id": key, "address": None},
        {"id": key, "address": "here"},
    )
    assert second["after"] == {"id": key, "address": None}


def test_a_delete_keeps_what_was_there(postgis) -> None:
    key = add_place(postgis, "gone")
    postgis.execute("DELETE FROM place")
    (entry,) = entries(postgis, "action = 'delete'")
    assert (entry["row_key"], entry["before"]["name"], entry["after"]) == (str(key), "gone", None)


def test_one_statement_records_each_of_its_rows(postgis) -> None:
    postgis.execute(
        "INSERT INTO organisation (code, name, name_en, kind)"
        " SELECT 'o' || n, '单位' || n, 'o', 'office' FROM generate_series(1, 500) AS n"
    )
    assert len({entry["row_key"] for entry in entries(postgis, "relation = 'organisation'")}) == 500
    postgis.execute("UPDATE organisation SET name = name || '!' WHERE code < 'o2'")
    changed = entries(postgis, "action = 'update'")
    assert changed
    assert all(entry["after"]["name"] == entry["before"]["name"] + "!" for entry in changed)


def test_copy_is_a_door_too(postgis) -> None:
    with postgis.cursor().copy("COPY organisation (code, name, name_en, kind) FROM STDIN") as copy:
        copy.write_row(("a", "甲", "A", "office"))
        copy.write_row(("b", "乙", "B", "office"))
    assert [entry["after"]["name"] for entry in entries(postgis, "relation = 'organisation'")] == ["甲", "乙"]


def test_an_upsert_is_an_insert_or_an_update(postgis) -> None:
    for name in ("one", "two"):
        postgis.execute(
            "INSERT INTO organisation (code, name, name_en, kind) VALUES ('a', %s, 'A', 'office')"
            " ON CONFLICT (code) DO UPDATE SET name = EXCLUDED.name",
            [name],
        )
    assert [entry["action"] for entry in entries(postgis, "relation = 'organisation'")] == [
        "insert",
        "update",
    ]


def test_rows_that_go_with_another_are_on_record(postgis) -> None:
    network = postgis.execute(
        "INSERT INTO network (name, kind, source) VALUES ('n', 'water', 'test') RETURNING id"
    ).fetchall()[0][0]
    postgis.execute(
        "INSERT INTO network_node (network_id, code, kind, geom)"
        " VALUES (%s, 'j', 'junction', ST_SetSRID(ST_MakePoint(116, 39), 4326))",
        [network],
    )
    postgis.execute("DELETE FROM network")
    assert {entry["relation"] for entry in entries(postgis, "action = 'delete'")} == {
        "network",
        "network_node",
    }


def test_a_changed_key_is_one_row_that_went_and_one_that_came(postgis) -> None:
    postgis.execute("DELETE FROM coverage WHERE within IS NOT NULL OR composed_of IS NOT NULL")
    postgis.execute("UPDATE coverage SET name = 'renamed' WHERE name = 'grids'")
    renamed = "relation = 'coverage' AND row_key IN ('grids', 'renamed')"
    gone, come = sorted(entries(postgis, renamed), key=lambda entry: entry["action"])
    assert (gone["action"], gone["row_key"], gone["before"]["code_profile"]) == ("delete", "grids", "6+3+3+3")
    assert (come["action"], come["row_key"], come["after"]["code_profile"]) == (
        "insert", "renamed", "6+3+3+3",
    )  # fmt: skip


def test_shapes_are_kept_by_digest_and_box(postgis) -> None:
    add_place(postgis, "campus")
    postgis.execute("UPDATE place SET area = ST_Multi(ST_GeomFromText(%s, 4326))", [OUTLINE])
    (entry,) = entries(postgis, "action = 'update'")
    wkb = postgis.execute("SELECT ST_AsBinary(area, 'NDR') FROM place").fetchall()[0][0]
    assert entry["before"]["area"] is None
    assert entry["after"]["area"] == {"sha256": hashlib.sha256(wkb).hexdigest(), "bbox": [116, 39, 117, 40]}


def test_many_rows_from_elsewhere_are_one_entry(postgis) -> None:
    postgis.execute(
        "INSERT INTO address (full_text, kind, geom, source) SELECT n::text, 'door',"
        " ST_SetSRID(ST_MakePoint(116, 39), 4326), 'test' FROM generate_series(1, 300) AS n"
    )
    postgis.execute("DELETE FROM address WHERE full_text <= '2'")
    postgis.execute("DELETE FROM address WHERE false")
    inserted, deleted = entries(postgis, "relation = 'address'")
    assert (inserted["row_key"], inserted["before"], inserted["after"]) == (None, None, {"rows": 300})
    assert (deleted["before"], deleted["after"]) == ({"rows": 112}, None)


def test_truncate_is_on_record(postgis) -> None:
    add_place(postgis, "a")
    postgis.execute("TRUNCATE place")
    (entry,) = entries(postgis, "action = 'truncate'")
    assert (entry["relation"], entry["before"]) == ("place", {"rows": 1})


def test_a_roll_back_leaves_nothing(postgis) -> None:
    with pytest.raises(RuntimeError), postgis.transaction():
        add_place(postgis, "never")
        postgis.execute("SELECT audit_record('reveal', 'worker', '1', NULL, NULL, NULL, 'test')")
        raise RuntimeError
    assert entries(postgis, "relation = 'place' OR action = 'reveal'") == []


def test_whoever_uses_psql_is_on_record(fresh_url: str, cluster) -> None:
    name = psycopg.conninfo.conninfo_to_dict(fresh_url)["dbname"]
    with connect(cluster.url("postgres", name)) as superuser:
        add_place(superuser, "by hand")
        superuser.execute("SET ROLE citygrid")
        superuser.execute("SET citygrid.username = 'somebody else'")
        add_place(superuser, "under another name")
    with connect(fresh_url) as owner:
        first, second = entries(owner, "relation = 'place'")
    assert (first["username"], first["role"], first["account_id"]) == ("postgres", "postgres", None)
    assert (second["username"], second["role"]) == ("somebody else", "citygrid")
    assert (first["database_user"], second["database_user"]) == ("postgres", "postgres")


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


def test_replaying_does_not_switch_the_log_off(fresh_url: str, cluster) -> None:
    name = psycopg.conninfo.conninfo_to_dict(fresh_url)["dbname"]
    with connect(cluster.url("postgres", name)) as superuser:
        superuser.execute("SET session_replication_role = replica")
        add_place(superuser, "replayed")
        assert len(entries(superuser, "relation = 'place'")) == 1
        with pytest.raises(InsufficientPrivilege, match="append-only"):
            superuser.execute("DELETE FROM audit")


HARMS = [
    "UPDATE {} SET {} = NULL",
    "DELETE FROM {}",
    "DELETE FROM {} WHERE false",
    "TRUNCATE {}",
    "TRUNCATE {} CASCADE",
]


@pytest.mark.parametrize("harm", HARMS)
@pytest.mark.parametrize("table", ["audit", "audit_rest", "a month", "audit_root"])
def test_nobody_changes_the_log_not_even_its_owner(postgis, harm: str, table: str) -> None:
    month = postgis.execute(
        "SELECT min(inhrelid::regclass::text) FROM pg_inherits WHERE inhparent = 'audit'::regclass"
    ).fetchall()[0][0]
    column = "cluster" if table == "audit_root" else "reason"
    with pytest.raises(InsufficientPrivilege, match="append-only"):
        postgis.execute(harm.format(month if table == "a month" else table, column))


@pytest.mark.parametrize(
    "reader", [EDITOR, SYSTEM, Reader(8, "wang", "王五", "viewer", reach="area", area="110108")]
)
@pytest.mark.parametrize(
    "statement",
    [
        "INSERT INTO audit_root SELECT * FROM audit_root",
        "INSERT INTO audit (at, xid, cluster, username, role, database_user, action, hash)"
        " VALUES (now(), 1, 1, 'a', 'b', 'c', 'update', '')",
        "DELETE FROM audit",
        "UPDATE audit SET reason = 'x'",
        "SELECT * FROM audit_rest",
        "SELECT audit_of_place()",
        "CREATE TEMP TABLE forged (id int); CREATE TRIGGER forged AFTER INSERT ON forged"
        " REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION audit_of_place()",
        "CREATE TEMP TABLE forged (id int); CREATE TRIGGER forged AFTER INSERT ON forged"
        " REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION audit_count()",
        "CREATE TEMP TABLE forged (id int); CREATE TRIGGER forged BEFORE TRUNCATE ON forged"
        " FOR EACH STATEMENT EXECUTE FUNCTION audit_truncate()",
        "SELECT audit_write('update', 'place', '1', NULL, NULL, NULL, NULL)",
    ],
)
def test_the_workers_cannot_touch_or_forge_it(
    fresh_url: str, as_app: Any, reader: Reader, statement: str
) -> None:
    with connect(as_app(fresh_url)) as connection:
        be(connection, reader)
        with pytest.raises(InsufficientPrivilege):
            connection.execute(statement)


def test_what_no_trigger_sees_is_recorded_by_name(fresh_url: str, as_app: Any) -> None:
    with connect(as_app(fresh_url)) as connection:
        be(connection, EDITOR)
        number = connection.execute(
            "SELECT audit_record('reveal', 'worker', '12', '110108', NULL, NULL, 'asked by phone')"
        ).fetchall()[0][0]
    with connect(fresh_url) as owner:
        (entry,) = entries(owner, "id = %s", number)
    assert (entry["username"], entry["action"], entry["reason"]) == ("zhang", "reveal", "asked by phone")
    assert entry["database_user"] == "citygrid_app"


@pytest.mark.parametrize("action", ["insert", "update", "delete", "truncate"])
def test_the_words_of_the_triggers_are_theirs(postgis, action: str) -> None:
    with pytest.raises(InvalidParameterValue, match="only a trigger"):
        postgis.execute(
            "SELECT audit_record(%s, 'place', '1', NULL, NULL, '{\"name\": \"x\"}', NULL)", [action]
        )


def test_readers_see_what_the_rules_say(fresh_url: str, as_app: Any) -> None:
    viewer = Reader(8, "wang", "王五", "viewer", reach="city")
    street = Reader(9, "zhao", "赵六", "district_administrator", reach="area", area="110108")
    for reader in (EDITOR, viewer, street):
        with connect(as_app(fresh_url)) as connection:
            be(connection, reader)
            connection.execute("SELECT audit_record('export', NULL, NULL, NULL, NULL, NULL, NULL)")
    seen = {}
    for reader in (EDITOR, viewer, street):
        with connect(as_app(fresh_url)) as connection:
            be(connection, reader)
            seen[reader.username] = {
                name for (name,) in connection.execute("SELECT username FROM audit").fetchall()
            }
    assert seen["zhang"] >= {"zhang", "wang", "zhao", "citygrid"}
    assert (seen["wang"], seen["zhao"]) == ({"wang"}, {"zhao"})


def test_a_change_outside_of_the_months_is_kept_too(postgis) -> None:
    postgis.execute(f"DROP TABLE {partition_of(datetime.now(UTC).date())}")
    add_place(postgis, "homeless")
    rows = postgis.execute("SELECT tableoid::regclass::text FROM audit WHERE relation = 'place'").fetchall()
    assert rows == [("audit_rest",)]


def test_wide_tables_and_odd_names() -> None:
    columns = [Column("t", f'odd "name" {n}%', "text") for n in range(95)]
    text = TableText(Watched("t", ('odd "name" 0%',)), columns).changes("update").as_string(None)
    assert text.count("jsonb_build_object(") == 6
    assert '"odd ""name"" 94%"' in text
