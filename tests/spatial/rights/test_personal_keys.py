"""Keys come and go: rotation while people read, another master key, and every way it may be cut off."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from spatial.database import connect
from spatial.errors import Unavailable
from spatial.rights import data_keys, resealing
from spatial.rights.audit.keys import chain_keys
from spatial.rights.data_keys import coming_file, ensure_keys, open_keyring, open_to_seal, rewrap
from spatial.rights.envelope import audit_key, make_master, master_file, read_master
from spatial.rights.personal import CLASSIFIED, Wanted, reveal, search
from spatial.rights.resealing import rotate
from spatial.settings import Settings
from tests.spatial.rights.vault import PLENTY, Vault, make_vault, store

CHIEF = "district_administrator of the city"


@pytest.fixture
def vault(fresh_url: str, as_app: Callable[[str], str], tmp_path: Path) -> Iterator[Vault]:
    with make_vault(fresh_url, as_app(fresh_url), tmp_path) as made:
        yield made


@pytest.fixture
def owner(vault: Vault) -> Iterator[psycopg.Connection[Any]]:
    with connect(vault.url, autocommit=True) as connection:
        yield connection


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path)


@pytest.fixture(autouse=True)
def _in_small_batches_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(resealing, "BATCH", 3)
    monkeypatch.setattr(data_keys, "GRACE_SECONDS", 0.0)


def read_everything(vault: Vault) -> None:
    """Read every clear text, and find every row that can be looked for."""
    chief = vault.readers[CHIEF]
    for (relation, key), texts in vault.clear.items():
        for field, text in texts.items():
            wanted = Wanted(relation, key, field, "rotation test")
            assert reveal(vault.database, chief, vault.master, wanted, PLENTY) == text
            if field in CLASSIFIED[relation].searched:
                rows = search(vault.database, chief, vault.master, relation, field, text, PLENTY)
                assert [row[CLASSIFIED[relation].key] for row in rows] == [key]


def keys_in_use(vault: Vault) -> set[tuple[str, int]]:
    """Name the data keys that ciphertexts say they were made with, by table."""
    return {
        (relation, int.from_bytes(header[1:]))
        for relation, classified in CLASSIFIED.items()
        for column in classified.columns
        for (header,) in vault.own(f"SELECT DISTINCT substring({column}_cipher FOR 5) FROM {relation}")  # noqa: S608
    }


def test_rotation_renews_every_ciphertext_and_digest(vault: Vault, owner: Any) -> None:
    columns = "phone, name, phone_cipher, phone_digest, name_digest"
    before = owner.execute(f"SELECT id, {columns} FROM worker ORDER BY id").fetchall()  # noqa: S608
    assert keys_in_use(vault) == {("worker", 1), ("reporter", 1)}
    told: list[tuple[str, int]] = []
    done = rotate(owner, vault.master, lambda name, rows: told.append((name, rows)))
    assert (done.rows, done.unreadable, done.retired) == ({"worker": 8, "reporter": 8}, (), True)
    assert told[-1] == ("reporter", 8)
    assert keys_in_use(vault) == {("worker", 2), ("reporter", 2)}
    after = owner.execute(f"SELECT id, {columns} FROM worker ORDER BY id").fetchall()  # noqa: S608
    for old, new in zip(before, after, strict=True):
        assert old[:3] == new[:3]
        assert not set(old[3:]) & set(new[3:])
    assert owner.execute("SELECT id, retired_at IS NULL FROM data_key ORDER BY id").fetchall() == [
        (1, False),
        (2, True),
    ]
    read_everything(vault)


def test_rotation_is_a_few_entries_in_the_log_and_the_log_wakes_again(vault: Vault, owner: Any) -> None:
    def changes() -> int:
        statement = (
            "SELECT count(*) FROM audit WHERE action = 'update' AND relation IN ('worker', 'reporter')"
        )
        return int(owner.execute(statement).fetchone()[0])

    before = changes()
    rotate(owner, vault.master)
    assert changes() == before
    rows = [row[4]["rows"] for row in vault.entries("rotate") if row[1] == "worker"]
    assert rows == [3, 3, 2]
    owner.execute("UPDATE worker SET name = '李*' WHERE id = (SELECT min(id) FROM worker)")
    assert changes() == before + 1


def test_people_read_and_write_while_keys_are_rotated(
    vault: Vault, owner: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(data_keys, "GRACE_SECONDS", 1.0)
    stop, failures, reads = threading.Event(), list[BaseException](), list[int]()

    def go_on(act: Callable[[], None]) -> None:
        try:
            while not stop.is_set():
                act()
                reads.append(1)
        except BaseException as error:
            failures.append(error)

    def write() -> None:
        with connect(vault.url) as connection:
            store(connection, vault.master, {k: v for k, v in vault.clear.items() if k[0] == "worker"})

    threads = [threading.Thread(target=go_on, args=(act,)) for act in (lambda: read_everything(vault), write)]
    for thread in threads:
        thread.start()
    results = [rotate(owner, vault.master, lambda *_: time.sleep(0.1)) for _ in range(2)]
    stop.set()
    for thread in threads:
        thread.join()
    assert failures == []
    assert len(reads) > 3
    assert all(done.retired for done in results)
    assert keys_in_use(vault) == {("worker", 3), ("reporter", 3)}
    read_everything(vault)


def test_a_rotation_that_was_cut_off_is_gone_on_with(vault: Vault, owner: Any) -> None:
    class Cut(Exception):
        pass

    def cut(relation: str, rows: int) -> None:
        if (relation, rows) == ("reporter", 3):
            raise Cut

    with pytest.raises(Cut):
        rotate(owner, vault.master, cut)
    assert keys_in_use(vault) == {("worker", 2), ("reporter", 1), ("reporter", 2)}
    read_everything(vault)
    done = rotate(owner, vault.master)
    assert done.rows == {"worker": 0, "reporter": 5}
    assert done.retired
    assert keys_in_use(vault) == {("worker", 2), ("reporter", 2)}
    read_everything(vault)


def test_no_new_key_comes_while_somebody_seals(vault: Vault, owner: Any) -> None:
    begun = threading.Event()

    def turn() -> None:
        begun.set()
        rotate(owner, vault.master)

    with connect(vault.url) as writer:
        keyring = open_to_seal(writer, vault.master)
        thread = threading.Thread(target=turn)
        thread.start()
        begun.wait()
        thread.join(0.5)
        assert thread.is_alive()
        assert keyring.newest.id == 1
        assert vault.own("SELECT count(*) FROM data_key") == [(1,)]
    thread.join()
    assert vault.own("SELECT count(*) FROM data_key") == [(2,)]


def test_what_does_not_open_stays_and_keeps_its_key(vault: Vault, owner: Any) -> None:
    key = min(key for name, key in vault.clear if name == "worker")
    broken = owner.execute("SELECT set_byte(phone_cipher, 20, 0) || '\\x00' FROM worker WHERE id = %s", [key])
    broken = broken.fetchone()[0]
    owner.execute("UPDATE worker SET phone_cipher = %s WHERE id = %s", [broken, key])
    for _ in range(2):
        done = rotate(owner, vault.master)
        assert done.unreadable == (f"the ciphertext of worker {key}, phone, has been changed or moved",)
        assert not done.retired
        kept = owner.execute("SELECT phone_cipher FROM worker WHERE id = %s", [key]).fetchone()[0]
        assert kept == broken
    assert owner.execute("SELECT count(*) FROM data_key WHERE retired_at IS NULL").fetchone() == (2,)


def test_a_retired_key_still_opens_what_a_backup_brings_back(vault: Vault, owner: Any) -> None:
    saved = owner.execute("SELECT id, phone_cipher FROM worker").fetchall()
    rotate(owner, vault.master)
    for key, cipher in saved:
        owner.execute("UPDATE worker SET phone_cipher = %s WHERE id = %s", [cipher, key])
        wanted = Wanted("worker", key, "phone", "rotation test")
        text = vault.clear["worker", key]["phone"]
        assert reveal(vault.database, vault.readers[CHIEF], vault.master, wanted, PLENTY) == text


def test_another_master_key_wraps_the_same_data_keys(vault: Vault, owner: Any, settings: Settings) -> None:
    old = read_master(vault.master)
    rotate(owner, vault.master)
    aside = rewrap(owner, settings)
    assert read_master(aside) == old
    assert read_master(vault.master) != old
    assert not coming_file(vault.master).exists()
    read_everything(vault)
    assert [entry[4] for entry in vault.entries("rewrap")] == [{"keys": 2}]
    aside.replace(vault.master)
    with connect(vault.url) as connection, pytest.raises(Unavailable, match="another master key"):
        open_keyring(connection, vault.master)


def test_the_audit_log_s_key_outlives_its_master(vault: Vault, owner: Any, settings: Settings) -> None:
    old = audit_key(read_master(master_file(settings)))
    rewrap(owner, settings)
    keys = chain_keys(settings)
    assert keys.current != old
    assert old in keys.known.values()


def test_a_rewrapping_that_fails_changes_nothing(
    vault: Vault, owner: Any, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = read_master(vault.master), vault.own("SELECT id, wrapped FROM data_key")

    def fail(*_: Any) -> None:
        raise OSError("no space left")

    with monkeypatch.context() as patched, pytest.raises(OSError, match="no space"):
        patched.setattr(data_keys, "keep_chain_key", fail)
        rewrap(owner, settings)
    assert (read_master(vault.master), vault.own("SELECT id, wrapped FROM data_key")) == before
    read_everything(vault)
    rewrap(owner, settings)
    read_everything(vault)


def test_a_crash_between_the_commit_and_the_file_loses_nothing(
    vault: Vault, owner: Any, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The database asks for the new master, whose file is still called .new."""

    class Crash(Exception):
        pass

    def crash(_: Path) -> None:
        raise Crash

    old = read_master(vault.master)
    with monkeypatch.context() as patched, pytest.raises(Crash):
        patched.setattr(data_keys, "_put_in_force", crash)
        rewrap(owner, settings)
    assert read_master(vault.master) == old
    read_everything(vault)
    rotate(owner, vault.master)
    assert not coming_file(vault.master).exists()
    assert [read_master(path) for path in vault.master.parent.glob("master.until-*")] == [old]
    read_everything(vault)


def test_the_first_keys_are_made_once(fresh_url: str, tmp_path: Path) -> None:
    master = tmp_path / "secrets" / "master"
    with connect(fresh_url, autocommit=True) as connection:
        connection.execute("DELETE FROM data_key")
        with pytest.raises(Unavailable, match="no data keys yet"):
            open_keyring(connection, master)
        with pytest.raises(Unavailable, match="no data keys yet"):
            rewrap(connection, Settings(home=tmp_path))
        for _ in range(2):
            with connection.transaction():
                assert len(ensure_keys(connection, master).active) == 1


def test_a_master_key_that_was_put_there_before_is_taken(fresh_url: str, tmp_path: Path) -> None:
    key = make_master(tmp_path / "master")
    with connect(fresh_url) as connection:
        connection.execute("DELETE FROM data_key")
        ensure_keys(connection, tmp_path / "master")
    assert read_master(tmp_path / "master") == key


def test_a_wrapped_key_that_was_exchanged_does_not_open(vault: Vault, owner: Any) -> None:
    """Keys of two rows exchanged in the database: each vouches for its own row."""
    rotate(owner, vault.master)
    owner.execute("UPDATE data_key SET wrapped = (SELECT wrapped FROM data_key WHERE id = 1) WHERE id = 2")
    with pytest.raises(Unavailable, match="data key 2 has been changed"):
        open_keyring(owner, vault.master)
