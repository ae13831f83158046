"""Which account somebody is whom a provider of single sign-on names, and that a log-in works once."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest
from psycopg import Connection

from spatial.database import Database, connect, session
from spatial.people.accounts import create_account
from spatial.people.identities import NO_AREA, Person, account_of, person_of, spend_sign_on
from spatial.rights.reader import SYSTEM

WANG = Person("https://id.example", "7", "wang", "王芳")
WORD = "a long enough word 7"


@pytest.fixture
def wang(postgis: Connection[Any]) -> int:
    return create_account(postgis, "wang", "王芳", "viewer", WORD)


def test_a_name_links_once_and_the_subject_from_then_on(postgis: Connection[Any], wang: int) -> None:
    first = account_of(postgis, WANG, create=False)
    assert first is not None
    assert first.id == wang
    postgis.execute("UPDATE account SET username = 'wang.fang' WHERE id = %s", [wang])
    for person in (WANG, replace(WANG, username=None)):
        again = account_of(postgis, person, create=False)
        assert again == replace(first, username="wang.fang")


def test_another_subject_does_not_get_the_account(postgis: Connection[Any], wang: int) -> None:
    account_of(postgis, WANG, create=False)
    for create in (False, True):
        assert account_of(postgis, replace(WANG, subject="8"), create) is None


def test_a_subject_belongs_to_its_issuer(postgis: Connection[Any], wang: int) -> None:
    account_of(postgis, WANG, create=False)
    elsewhere = replace(WANG, issuer="https://other.example", username="nobody")
    assert account_of(postgis, elsewhere, create=False) is None


def test_each_issuer_links_for_itself(postgis: Connection[Any], wang: int) -> None:
    issuers = ("https://id.example", "https://other.example")
    found = [account_of(postgis, replace(WANG, issuer=issuer), create=False) for issuer in issuers]
    assert [account.id for account in found if account] == [wang, wang]


def test_a_disabled_account_is_not_linked_and_stays_disabled(postgis: Connection[Any], wang: int) -> None:
    postgis.execute("UPDATE account SET disabled = true")
    for create in (False, True):
        assert account_of(postgis, WANG, create) is None
    postgis.execute("UPDATE account SET disabled = false")
    account_of(postgis, WANG, create=False)
    postgis.execute("UPDATE account SET disabled = true")
    found = account_of(postgis, WANG, create=True)
    assert found is not None
    assert found.disabled


def test_nobody_is_made_unless_wanted(postgis: Connection[Any]) -> None:
    assert account_of(postgis, WANG, create=False) is None
    assert postgis.execute("SELECT count(*) FROM account").fetchone() == (0,)


def test_a_new_account_reaches_nothing(postgis: Connection[Any]) -> None:
    found = account_of(postgis, WANG, create=True)
    assert found is not None
    row = postgis.execute(
        "SELECT username, display_name, role, reach, area, password_hash FROM account WHERE id = %s",
        [found.id],
    ).fetchone()
    assert row == ("wang", "王芳", "viewer", "area", NO_AREA, None)
    nobody = replace(SYSTEM, role="viewer", reach="area", area=NO_AREA)
    first, until = nobody.area_range
    assert not any(first <= code < until for code in ("", "0", "4106", "410622", "A", "a", "京"))


def test_whoever_has_no_name_gets_no_account(postgis: Connection[Any]) -> None:
    assert account_of(postgis, replace(WANG, username=None), create=True) is None


@pytest.mark.parametrize("name", ["wang", "王芳", "a@b.example", "wang-2_x", "x" * 64])
def test_names(name: str) -> None:
    assert person_of("i", {"sub": "7", "preferred_username": name}, "preferred_username").username == name


@pytest.mark.parametrize(
    "claim",
    [
        "",
        " ",
        " ab",
        "ab ",
        "ab\0",
        "ab\n",
        "\u202eadmin",
        "\u200badmin",
        "\ud800a",
        "ａｄｍｉｎ",
        "Admin",
        "x" * 65,
        "system",
        7,
        ["a"],
    ],
)
def test_what_is_no_name(claim: Any) -> None:
    assert person_of("i", {"sub": "7", "upn": claim}, "upn").username is None


def test_an_address_is_a_name_when_it_was_checked() -> None:
    claims = {"sub": "7", "email": "wang@city.example"}
    for verified in (None, False, "true", 1, 0):
        assert person_of("i", claims | {"email_verified": verified}, "email").username is None
    assert person_of("i", claims | {"email_verified": True}, "email").username == "wang@city.example"


@pytest.mark.parametrize(
    ("called", "kept"),
    [
        ("王 芳", "王 芳"),
        ("x" * 200, "x" * 100),
        ("", "wang"),
        (" ", "wang"),
        ("a\n", "wang"),
        (7, "wang"),
        (None, "wang"),
    ],
)
def test_what_somebody_is_called(postgis: Connection[Any], called: Any, kept: str) -> None:
    claims = {"sub": "7", "preferred_username": "wang", "name": called}
    account_of(postgis, person_of("i", claims, "preferred_username"), create=True)
    assert postgis.execute("SELECT display_name FROM account").fetchall() == [(kept,)]


def test_a_log_in_works_once(postgis: Connection[Any]) -> None:
    end = int(time.time()) + 600
    assert [spend_sign_on(postgis, digest, end) for digest in (b"a", b"a", b"b", b"a")] == [
        True,
        False,
        True,
        False,
    ]


def test_used_log_ins_are_forgotten_when_they_could_not_come_again(postgis: Connection[Any]) -> None:
    now = int(time.time())
    for digest, end in ((b"old", now - 7200), (b"just over", now - 60), (b"under way", now + 600)):
        spend_sign_on(postgis, digest, end)
    spend_sign_on(postgis, b"new", now + 600)
    kept = postgis.execute("SELECT digest FROM spent_sign_on ORDER BY digest").fetchall()
    assert [digest for (digest,) in kept] == [b"just over", b"new", b"under way"]


def test_of_many_at_once_one_gets_the_account(fresh_url: str, as_app) -> None:
    """As the workers come: through the pool, each in a transaction of its own."""
    with connect(fresh_url) as connection:
        create_account(connection, "wang", "王芳", "viewer", WORD)
    database = Database(as_app(fresh_url), pool_size=8)
    database.open()

    def come(number: int) -> tuple[bool, bool]:
        with session(database, SYSTEM) as connection:
            won = spend_sign_on(connection, b"one", int(time.time()) + 600)
            return won, account_of(connection, replace(WANG, subject=str(number)), create=True) is not None

    try:
        with ThreadPoolExecutor(8) as threads:
            outcomes = list(threads.map(come, range(8)))
    finally:
        database.close()
    assert [sum(column) for column in zip(*outcomes, strict=True)] == [1, 1]
