"""Nobody changes or forges the log: not its owner, not the workers, not a replay."""

from __future__ import annotations

from typing import Any

import psycopg
import pytest
from psycopg.errors import InsufficientPrivilege, InvalidParameterValue

from spatial.database import connect
from spatial.rights.reader import SYSTEM, Reader
from tests.spatial.rights.logbook import EDITOR, add_place, be, entries


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
