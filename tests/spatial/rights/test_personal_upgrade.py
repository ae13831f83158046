"""From a database that holds clear text to one that holds none: nothing of it is left, nothing is lost."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psycopg
import pytest

from api.prepare import bring_up_to_date
from spatial.database import Database, connect
from spatial.database.cluster import Cluster
from spatial.database.migrate import HERE, migrate
from spatial.errors import Unavailable
from spatial.rights import resealing
from spatial.rights.data_keys import ensure_keys
from spatial.rights.envelope import make_master
from spatial.rights.personal import Wanted, reveal
from spatial.rights.reader import Reader
from spatial.rights.resealing import seal_existing

PEOPLE = [(f"W{n}", f"慕容壹{n}", f"1370000{n:04d}") for n in range(10)]


def before(url: str, folder: Path) -> None:
    """Make a database as it was before there was sealing, with people in it."""
    scripts = folder / "migrations"
    (scripts / "versions").mkdir(parents=True)
    for path in [*HERE.glob("*.*"), *HERE.glob("versions/000[1-4]*")]:
        (scripts / path.relative_to(HERE)).write_bytes(path.read_bytes())
    migrate(url, scripts)
    with connect(url) as connection:
        connection.execute(
            "INSERT INTO organisation (code, name, name_en, kind) VALUES ('o', 'o', 'o', 'office')"
        )
        for row in [*PEOPLE, ("masked", "张*", "138****0000"), ("empty", "", "")]:
            connection.execute(
                "INSERT INTO worker (code, name, phone, role, organisation_id)"
                " SELECT %s, %s, %s, 'grid_worker', id FROM organisation",
                row,
            )


def workers(url: str) -> dict[str, tuple[Any, ...]]:
    with connect(url) as connection:
        rows = connection.execute(
            "SELECT code, name, phone, name_cipher IS NOT NULL, phone_digest IS NOT NULL FROM worker"
        ).fetchall()
    return {code: row for code, *row in rows}


def test_an_upgrade_seals_what_lies_in_clear_and_leaves_nothing_of_it(
    cluster: Cluster, bare_url: str, as_app: Callable[[str], str], tmp_path: Path, monkeypatch: Any
) -> None:
    monkeypatch.setattr(resealing, "BATCH", 4)
    before(bare_url, tmp_path)
    assert "慕容壹3".encode() in file_of(cluster, bare_url)
    bring_up_to_date(bare_url, master=tmp_path / "secrets" / "master")
    found = workers(bare_url)
    assert found["W3"] == ["慕容**", "137****0003", True, True]
    assert found["masked"] == ["张*", "138****0000", False, False]
    assert found["empty"] == ["", "", False, False]
    assert "慕容壹3".encode() not in file_of(cluster, bare_url)
    with connect(bare_url) as connection:
        log = "\n".join(row for (row,) in connection.execute("SELECT a::text FROM audit AS a").fetchall())
        done = connection.execute(
            "SELECT after -> 'rows' FROM audit WHERE action = 'seal' ORDER BY id"
        ).fetchall()
        assert done == [(4,), (4,), (2,)]
        assert not [name for _, name, phone in PEOPLE if name in log or phone in log]
    assert clear_texts(bare_url, as_app(bare_url), tmp_path / "secrets" / "master") == PEOPLE


def test_a_snapshot_of_before_cannot_keep_clear_rows_in_the_file(
    cluster: Cluster, bare_url: str, tmp_path: Path
) -> None:
    before(bare_url, tmp_path)
    with connect(bare_url) as looking:
        looking.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        looking.execute("SELECT 1")
        later = threading.Timer(3.0, looking.commit)
        later.start()
        bring_up_to_date(bare_url, master=tmp_path / "secrets" / "master")
        later.join()
    assert "慕容壹3".encode() not in file_of(cluster, bare_url)


def file_of(cluster: Cluster, url: str) -> bytes:
    """Read the file that the table's rows lie in, as the server's superuser may."""
    name = psycopg.conninfo.conninfo_to_dict(url)["dbname"]
    with psycopg.connect(cluster.url("postgres", str(name)), autocommit=True) as connection:
        connection.execute("CHECKPOINT")
        statement = "SELECT pg_read_binary_file(pg_relation_filepath('city.worker'))"
        return bytes(connection.execute(statement).fetchall()[0][0])


def clear_texts(url: str, app_url: str, master: Path) -> list[tuple[str, str, str]]:
    with connect(url) as connection:
        account = connection.execute(
            "INSERT INTO account (username, display_name, role, reach) VALUES ('c', 'c', 'commander', 'city')"
            " RETURNING id"
        ).fetchall()[0][0]
        keys = connection.execute(
            "SELECT code, id FROM worker WHERE name_cipher IS NOT NULL ORDER BY id"
        ).fetchall()
    database, reader = Database(app_url, 2), Reader(account, "c", "c", "commander")
    database.open()

    def shown(key: int, field: str) -> str:
        return reveal(database, reader, master, Wanted("worker", key, field, "upgrade test"), 1000)

    found = [(code, shown(key, "name"), shown(key, "phone")) for code, key in keys]
    database.close()
    return found


def test_a_second_upgrade_has_nothing_to_do(bare_url: str, tmp_path: Path) -> None:
    before(bare_url, tmp_path)
    master = tmp_path / "master"
    bring_up_to_date(bare_url, master=master)
    with connect(bare_url, autocommit=True) as connection:
        rows = connection.execute("SELECT w::text FROM worker AS w ORDER BY id").fetchall()
        assert seal_existing(connection, master) == {}
        bring_up_to_date(bare_url, master=master)
        assert connection.execute("SELECT w::text FROM worker AS w ORDER BY id").fetchall() == rows


def test_an_upgrade_that_was_cut_off_is_gone_on_with(bare_url: str, tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.setattr(resealing, "BATCH", 4)
    before(bare_url, tmp_path)
    migrate(bare_url)

    def cut(*_: Any) -> None:
        raise KeyboardInterrupt

    with connect(bare_url, autocommit=True) as connection:
        with connection.transaction():
            ensure_keys(connection, tmp_path / "master")
        with pytest.raises(KeyboardInterrupt):
            seal_existing(connection, tmp_path / "master", cut)
        assert sum("*" in row[0] for row in workers(bare_url).values()) == 5
        assert seal_existing(connection, tmp_path / "master") == {"worker": 6}
        assert sum("*" in row[0] for row in workers(bare_url).values()) == 11


def test_from_the_migration_on_no_new_clear_text_is_taken(bare_url: str, tmp_path: Path) -> None:
    before(bare_url, tmp_path)
    migrate(bare_url)
    with connect(bare_url) as connection, pytest.raises(psycopg.errors.CheckViolation):
        connection.execute(
            "INSERT INTO worker (code, name, phone, role, organisation_id)"
            " SELECT 'late', '张三', '', 'grid_worker', id FROM organisation"
        )


def test_without_its_master_key_a_database_does_not_come_up(bare_url: str, tmp_path: Path) -> None:
    master = tmp_path / "master"
    bring_up_to_date(bare_url, master=master)
    master.unlink()
    with pytest.raises(Unavailable, match="is missing: put it back from its backup"):
        bring_up_to_date(bare_url, master=master)
    assert not master.exists()
    make_master(master)
    with pytest.raises(Unavailable, match="another master key"):
        bring_up_to_date(bare_url, master=master)
