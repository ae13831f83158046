"""What is on record: every change through any door, as it was."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from typing import Any

import psycopg
import pytest

from spatial.database import connect
from spatial.rights.audit.partitions import partition_of
from tests.spatial.rights.logbook import EDITOR, add_place, be, entries

OUTLINE = "POLYGON((116 39, 117 39, 117 40, 116 39))"


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
    postgis.execute("INSERT INTO working_day VALUES (current_date, false, 'test')")
    postgis.execute("TRUNCATE working_day")
    (entry,) = entries(postgis, "action = 'truncate'")
    assert (entry["relation"], entry["before"]) == ("working_day", {"rows": 1})


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


def test_a_change_outside_of_the_months_is_kept_too(postgis) -> None:
    postgis.execute(f"DROP TABLE {partition_of(datetime.now(UTC).date())}")
    add_place(postgis, "homeless")
    rows = postgis.execute("SELECT tableoid::regclass::text FROM audit WHERE relation = 'place'").fetchall()
    assert rows == [("audit_rest",)]
