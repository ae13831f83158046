"""Log-in and lock-out: guessing is slow, owners get in, and nothing tells whether a name exists."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from argon2 import PasswordHasher

from spatial.database import Database, connect, session
from spatial.errors import InvalidInput, TooMany, Unauthenticated
from spatial.people import log_in as module
from spatial.people import passwords
from spatial.people.accounts import create_account, find_account
from spatial.people.keys import Origin, digest, find_key, list_keys
from spatial.people.log_in import (
    ADDRESS_FAILURES,
    ADDRESS_TRIES,
    PLACE_FAILURES,
    UNDER_WAY,
    Try,
    change_password,
    frees_at,
    log_in,
    network_of,
)
from spatial.rights.reader import SYSTEM, Reader

HOUR = timedelta(hours=1)
NOW = datetime(2026, 11, 21, 8, 0, tzinfo=UTC)
HOME, OFFICE = "203.0.113.7", "198.51.100.7"


@pytest.fixture(autouse=True)
def quick_hashing(monkeypatch) -> Iterator[None]:
    """The counting is tested here; the work of a hash is the same for all and only takes time."""
    monkeypatch.setattr(passwords, "_HASHER", PasswordHasher(time_cost=1, memory_cost=64, parallelism=1))
    passwords._nobody.cache_clear()
    yield
    passwords._nobody.cache_clear()


@pytest.fixture
def store(fresh_url: str, as_app: Callable[[str], str], quick_hashing) -> Iterator[Database]:
    """The workers' pool over an empty city with one account."""
    with connect(fresh_url) as connection:
        create_account(connection, "li", "李", "viewer", "correct horse")
    pool = Database(as_app(fresh_url), pool_size=8)
    pool.open()
    yield pool
    pool.close()


def attempt(store: Database, address: str, password: str = "wrong", name: str = "li") -> str:
    """Try to log in, and say what came of it in one word."""
    try:
        log_in(store, name, password, Origin(address, "test"), HOUR)
    except (Unauthenticated, TooMany) as error:
        return f"{type(error).__name__}: {str(error).rstrip('0123456789 s')}"
    return "in"


def attempts(store: Database, number: int, *arguments: str) -> list[str]:
    return [attempt(store, *arguments) for _ in range(number)]


WRONG = "Unauthenticated: the name or the password is wrong"
LOCKED = "TooMany: too many tries to log in; try again in"


def test_a_good_log_in_gives_a_session(store: Database) -> None:
    issued = log_in(store, "li", "correct horse", Origin(HOME, "Firefox"), HOUR)
    with session(store, SYSTEM) as connection:
        key = find_key(connection, digest(issued.token))
        listed = list_keys(connection, key.reader.account_id or 0)
        stamp = connection.execute("SELECT last_login_at FROM account").fetchone()
    assert (key.kind, key.reader.scope, listed[0].agent) == ("session", "all", "Firefox")
    assert stamp != (None,)


@pytest.mark.parametrize("name", ["li", "nobody", "l\0i", "\ud83d", "x" * 5000, ""])
def test_five_failures_lock_a_name_at_a_place_whether_it_exists_or_not(store: Database, name: str) -> None:
    outcomes = attempts(store, PLACE_FAILURES + 2, HOME, "wrong", name)
    assert outcomes == [WRONG] * PLACE_FAILURES + [LOCKED] * 2
    assert attempt(store, HOME, "correct horse", name) == LOCKED
    # The network is meant, not the address: an attacker has many of those.
    assert attempt(store, "203.0.113.200", "correct horse", name) == LOCKED
    assert attempt(store, OFFICE, "wrong", name) == WRONG


def test_a_lock_ends_by_itself(store: Database, fresh_url: str) -> None:
    attempts(store, PLACE_FAILURES, HOME)
    with pytest.raises(TooMany) as caught:
        log_in(store, "li", "correct horse", Origin(HOME), HOUR)
    assert 880 < caught.value.retry_after_s <= 900
    age(fresh_url, "15 minutes")
    assert attempt(store, HOME, "correct horse") == "in"


def test_a_good_log_in_clears_its_place(store: Database) -> None:
    for _ in range(3):
        assert attempts(store, PLACE_FAILURES - 1, HOME) == [WRONG] * (PLACE_FAILURES - 1)
        assert attempt(store, HOME, "correct horse") == "in"


def test_twenty_failures_lock_a_name_everywhere_but_where_its_owner_is_known(store: Database) -> None:
    assert attempt(store, OFFICE, "correct horse") == "in"
    for network in range(4):
        attempts(store, 5, f"192.0.{network}.1")
    # A stranger with the right password is kept out as one with a wrong one is.
    assert attempt(store, HOME, "correct horse") == LOCKED
    assert attempt(store, HOME, "wrong") == LOCKED
    # From a known place a wrong password is answered as from everywhere else.
    assert attempt(store, OFFICE, "wrong") == LOCKED
    assert attempt(store, OFFICE, "correct horse") == "in"
    # That cleared the name.
    assert attempt(store, HOME, "correct horse") == "in"


def test_a_name_that_nobody_has_is_locked_everywhere_in_the_same_way(store: Database) -> None:
    for network in range(4):
        assert attempts(store, 5, f"192.0.{network}.1", "x", "nobody") == [WRONG] * 5
    assert attempt(store, HOME, "x", "nobody") == LOCKED


def test_one_address_cannot_try_many_names(store: Database) -> None:
    outcomes = [attempt(store, HOME, "x", f"name{number}") for number in range(ADDRESS_FAILURES + 1)]
    assert outcomes == [WRONG] * ADDRESS_FAILURES + [LOCKED]
    assert attempt(store, HOME, "correct horse") == LOCKED
    assert attempt(store, "203.0.113.8", "correct horse") == "in"


def test_one_address_cannot_log_in_all_the_time(store: Database, monkeypatch) -> None:
    monkeypatch.setitem(module._LIMITS, "tries", 9)
    assert attempts(store, 11, HOME, "correct horse") == ["in"] * 10 + [LOCKED]
    assert ADDRESS_TRIES > 60


def test_many_at_once_do_not_outrun_the_counting(store: Database) -> None:
    with ThreadPoolExecutor(30) as crowd:
        outcomes = list(crowd.map(lambda _: attempt(store, HOME), range(60)))
    assert outcomes.count(WRONG) <= PLACE_FAILURES + UNDER_WAY
    assert outcomes.count(WRONG) + outcomes.count(LOCKED) == 60


def test_the_counting_holds_across_processes(store: Database, fresh_url: str, as_app) -> None:
    attempts(store, 3, HOME)
    second = Database(as_app(fresh_url), pool_size=1)
    second.open()
    assert attempts(second, 3, HOME) == [WRONG, WRONG, LOCKED]
    second.close()


def test_a_disabled_account_and_a_stale_password_look_like_any_mismatch(store: Database, fresh_url) -> None:
    with connect(fresh_url) as connection:
        connection.execute(
            "UPDATE account SET must_change_password = true, password_changed_at = now() - interval '8 days'"
        )
    assert attempt(store, HOME, "correct horse") == WRONG
    with connect(fresh_url) as connection:
        connection.execute("UPDATE account SET must_change_password = false, disabled = true")
    assert attempt(store, HOME, "correct horse") == WRONG
    with connect(fresh_url) as connection:
        connection.execute("UPDATE account SET disabled = false, password_hash = NULL")
    assert attempt(store, HOME, "correct horse") == WRONG
    assert attempt(store, HOME, "") == WRONG


@pytest.mark.parametrize("name", ["li", "nobody"])
def test_known_and_unknown_names_take_the_same_statements_and_the_same_hashing(
    store: Database, monkeypatch, name: str
) -> None:
    """The time must not tell: count the work, which a loaded machine does not blur."""
    work: list[str] = []
    verify = PasswordHasher.verify

    def verified(self, kept, password):
        work.append(kept.rpartition("$")[0].rpartition("$")[0])
        return verify(self, kept, password)

    monkeypatch.setattr(PasswordHasher, "verify", verified)
    execute = module.query
    monkeypatch.setattr(module, "query", lambda room, sql: work.append(sql) or execute(room, sql))
    attempt(store, HOME, "wrong", name)
    assert work[-2:] == [passwords._nobody().rpartition("$")[0].rpartition("$")[0], "end_attempt"]
    assert work[:-2] == ["lock_attempts", "address_attempts", "recent_attempts", "begin_attempt"]


def test_names_are_kept_as_digests(store: Database, fresh_url: str) -> None:
    attempt(store, HOME, "x", "my password by mistake")
    with connect(fresh_url) as connection:
        kept = str(connection.execute("SELECT a::text FROM login_attempt AS a").fetchall())
    assert "mistake" not in kept
    assert HOME in kept


def test_a_hash_of_weaker_parameters_is_renewed_at_log_in(store: Database, monkeypatch) -> None:
    stronger = PasswordHasher(time_cost=2, memory_cost=128, parallelism=1)
    monkeypatch.setattr(passwords, "_HASHER", stronger)
    assert attempt(store, HOME, "correct horse") == "in"
    with session(store, SYSTEM) as connection:
        kept = find_account(connection, "li").password_hash
    assert "m=128,t=2" in kept
    assert attempt(store, HOME, "correct horse") == "in"


class TestChangePassword:
    NEW = "Xueyuan-Lu-17"

    def reader(self, store: Database, address: str = HOME) -> Reader:
        issued = log_in(store, "li", "correct horse", Origin(address), HOUR)
        with session(store, SYSTEM) as connection:
            return find_key(connection, digest(issued.token)).reader

    def test_it_needs_the_old_one(self, store: Database) -> None:
        reader = self.reader(store)
        with pytest.raises(InvalidInput, match="old: is not the password"):
            change_password(store, reader, "wrong", self.NEW)
        change_password(store, reader, "correct horse", self.NEW)
        assert attempt(store, HOME, "correct horse") == WRONG
        assert attempt(store, HOME, self.NEW) == "in"

    @pytest.mark.parametrize(
        ("new", "reason"),
        [("short", "new: has fewer"), ("correct horse", "new: "), ("Password123!", "commonest")],
    )
    def test_an_easy_one_is_refused(self, store: Database, new: str, reason: str) -> None:
        with pytest.raises(InvalidInput, match=reason):
            change_password(store, self.reader(store), "correct horse", new)

    def test_an_open_session_is_no_way_to_guess(self, store: Database) -> None:
        reader = Reader(**{**self.reader(store).__dict__, "address": HOME})
        for _ in range(PLACE_FAILURES):
            with pytest.raises(InvalidInput):
                change_password(store, reader, "wrong", self.NEW)
        with pytest.raises(TooMany):
            change_password(store, reader, "correct horse", self.NEW)


def failed(*minutes_ago: float) -> list[Try]:
    return [Try(NOW - timedelta(minutes=ago), "n", False) for ago in minutes_ago]


@pytest.mark.parametrize(
    ("tries", "limit", "minutes"),
    [
        ([], 3, None),
        (failed(1, 2), 3, None),
        (failed(1, 2, 3), 3, 12),
        (failed(14, 1, 2, 3), 3, 12),
        (failed(1, 1, 1), 3, 14),
    ],
)
def test_a_lock_ends_when_the_oldest_that_counts_leaves_the_window(tries, limit, minutes) -> None:
    until = frees_at(tries, limit, NOW)
    assert until == (None if minutes is None else NOW + timedelta(minutes=minutes))


def test_tries_under_way_count_when_there_are_many_and_as_failed_when_they_hang() -> None:
    fresh = [Try(NOW - timedelta(seconds=second), "n", None) for second in range(20)]
    assert frees_at(fresh[:7], 3, NOW) is None
    assert frees_at(fresh[:8], 3, NOW) is not None
    hung = [Try(NOW - timedelta(minutes=2), "n", None)] * 3
    assert frees_at(hung, 3, NOW) == NOW + timedelta(minutes=13)


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("203.0.113.7", "203.0.113.0/24"),
        ("::ffff:203.0.113.7", "203.0.113.0/24"),
        ("2001:db8:1:2:3::4", "2001:db8:1:2::/64"),
        ("", ""),
        ("unix", "unix"),
    ],
)
def test_networks(address: str, network: str) -> None:
    assert network_of(address) == network


def age(url: str, interval: str) -> None:
    """Let time pass for all tries."""
    with connect(url) as connection:
        connection.execute("UPDATE login_attempt SET at = at - %s::interval", [interval])
