"""Keys that a process trusts for some seconds."""

from __future__ import annotations

from datetime import timedelta

import pytest

from api import city as memory
from spatial.database import Database, connect
from spatial.errors import Unauthenticated
from spatial.people.accounts import create_account, find_key, issue_token


def test_a_key_revoked_while_it_is_looked_up_is_not_trusted(fresh_url: str, monkeypatch) -> None:
    """The message that keys have changed may come between the answer of the database and its keeping."""
    with connect(fresh_url) as connection:
        token = issue_token(
            connection, create_account(connection, "li", "李", "viewer", "x"), "t", timedelta(hours=1)
        )
    database = Database(fresh_url, pool_size=1)
    database.open()
    keys = memory.Keys(database)
    assert keys.find(token).username == "li"
    assert keys.known(token) is not None
    keys.forget()

    def found_and_then_revoked(connection, digest):
        key = find_key(connection, digest)
        keys.forget()
        return key

    monkeypatch.setattr(memory, "find_key", found_and_then_revoked)
    keys.find(token)
    assert keys.known(token) is None
    with pytest.raises(Unauthenticated):
        keys.find("never issued")
    database.close()
