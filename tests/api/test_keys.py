"""Keys that a process trusts for some seconds."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest

from api import keys as memory
from spatial.database import Database, connect
from spatial.errors import Unauthenticated
from spatial.people.accounts import create_account
from spatial.people.keys import Issued, Origin, find_key, issue_key

HERE = Origin("203.0.113.9", "test")


@pytest.fixture
def database(fresh_url: str, as_app: Callable[[str], str]) -> Iterator[Database]:
    """The workers' pool over an empty city."""
    pool = Database(as_app(fresh_url), pool_size=2)
    pool.open()
    yield pool
    pool.close()


@pytest.fixture
def issued(fresh_url: str) -> Issued:
    """A key of an hour."""
    with connect(fresh_url) as connection:
        account = create_account(connection, "li", "李", "viewer", "x")
        return issue_key(connection, account, "t", timedelta(hours=1))


def test_a_key_revoked_while_it_is_looked_up_is_not_trusted(database, issued, monkeypatch) -> None:
    """The message that keys have changed may come between the answer of the database and its keeping."""
    keys = memory.Keys(database)
    assert keys.find(issued.token, HERE).key.reader.username == "li"
    assert keys.known(issued.token) is not None
    keys.forget()

    def found_and_then_revoked(connection, digest):
        key = find_key(connection, digest)
        keys.forget()
        return key

    monkeypatch.setattr(memory, "find_key", found_and_then_revoked)
    keys.find(issued.token, HERE)
    assert keys.known(issued.token) is None
    with pytest.raises(Unauthenticated):
        keys.find("never issued", HERE)


def test_what_cannot_be_a_key_is_not_looked_up(database, monkeypatch) -> None:
    keys = memory.Keys(database)
    monkeypatch.setattr(memory, "find_key", lambda *_: pytest.fail("looked up"))
    for token in ("", "x", "x" * 42, "x" * 44, "a.b.c", "x" * 1_000_000):
        with pytest.raises(Unauthenticated):
            keys.find(token, HERE)


def test_a_key_is_trusted_no_longer_than_it_lives(database, fresh_url, issued, monkeypatch) -> None:
    keys = memory.Keys(database)
    assert keys.find(issued.token, HERE).until == pytest.approx(memory.time.time() + 30, abs=5)
    with connect(fresh_url) as connection:
        connection.execute("UPDATE token SET expires_at = now() + interval '2 seconds'")
    found = keys.find(issued.token, HERE)
    assert found.until == found.key.expires_at.timestamp()
    monkeypatch.setattr(memory.time, "time", lambda: found.until)
    assert keys.known(issued.token) is None


def test_the_memory_of_keys_has_an_end(database, issued, monkeypatch) -> None:
    monkeypatch.setattr(memory, "MOST_KEYS", 3)
    keys = memory.Keys(database)
    keys._known.update({bytes([number]): keys.find(issued.token, HERE) for number in range(4)})
    keys.find(issued.token, HERE)
    assert len(keys._known) == 1


def test_looking_up_notes_the_use(database, fresh_url, issued) -> None:
    memory.Keys(database).find(issued.token, HERE)
    with connect(fresh_url) as connection:
        row = connection.execute("SELECT token_id, address, agent FROM token_use").fetchone()
    assert row == (issued.id, HERE.address, HERE.agent)


def test_pages_of_different_sessions_send_different_words(database, fresh_url, issued) -> None:
    with connect(fresh_url) as connection:
        account = connection.execute("SELECT id FROM account").fetchone()[0]
        other = issue_key(connection, account, "t", timedelta(hours=1))
    keys = memory.Keys(database)
    first, second = keys.find(issued.token, HERE), keys.find(other.token, HERE)
    assert first.csrf != second.csrf
    assert first.csrf not in issued.token
    assert keys.find(issued.token, HERE).csrf == first.csrf
