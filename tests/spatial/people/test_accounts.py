"""Passwords and keys."""

from __future__ import annotations

from datetime import timedelta

import pytest

from spatial.errors import Unauthenticated
from spatial.people.accounts import (
    check_password,
    create_account,
    digest,
    find_account,
    find_key,
    issue_token,
)


def test_a_key_stands_for_its_account_until_it_expires(postgis) -> None:
    account = create_account(postgis, "li", "李", "viewer", "correct horse")
    token = issue_token(postgis, account, "test", timedelta(hours=1))
    key = find_key(postgis, digest(token))
    assert key is not None
    assert (key.reader.username, key.reader.role) == ("li", "viewer")
    old = issue_token(postgis, account, "test", timedelta(seconds=-1))
    assert find_key(postgis, digest(old)) is None
    assert find_key(postgis, digest(token + "x")) is None


def test_only_hashes_are_stored(postgis) -> None:
    account = create_account(postgis, "li", "李", "viewer", "correct horse")
    token = issue_token(postgis, account, "test", timedelta(hours=1))
    stored = str(postgis.execute("SELECT a::text, t::text FROM account a JOIN token t ON true").fetchall())
    assert "$argon2id$" in stored
    assert "correct horse" not in stored
    assert token not in stored


@pytest.mark.parametrize(
    ("name", "password"), [("li", "wrong"), ("nobody", "correct horse"), ("l\0i", "x"), ("li", ""), ("", "")]
)
def test_any_mismatch_says_the_same(postgis, name: str, password: str) -> None:
    create_account(postgis, "li", "李", "viewer", "correct horse")
    with pytest.raises(Unauthenticated, match=r"^the name or the password is wrong$"):
        check_password(find_account(postgis, name), password)


def test_a_disabled_account_has_no_key_and_no_log_in(postgis) -> None:
    account = create_account(postgis, "li", "李", "viewer", "correct horse")
    token = issue_token(postgis, account, "test", timedelta(hours=1))
    postgis.execute("UPDATE account SET disabled = true")
    assert find_key(postgis, digest(token)) is None
    with pytest.raises(Unauthenticated):
        check_password(find_account(postgis, "li"), "correct horse")
