"""Log-in by name and password, and the lock-out that keeps guessing slow.

What is counted are tries with a name, whether anybody has it or not, so that nothing of what follows tells
whether a name exists: not the status, not the text, not the time. The counting stands in the database and
holds across workers and restarts.
"""

from __future__ import annotations

import hashlib
import math
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from ipaddress import ip_address, ip_network
from typing import Any

from psycopg import Connection
from psycopg.rows import class_row

from spatial.database import Database, query, session
from spatial.errors import CitygridError, InvalidInput, TooMany, Unauthenticated
from spatial.people.accounts import (
    StoredAccount,
    find_account,
    find_account_by_id,
    platform_for,
    set_password,
)
from spatial.people.keys import ROOM, SESSION, Issued, Origin, issue_key
from spatial.people.passwords import check_policy, hash_password, is_outdated, is_password
from spatial.rights.reader import SYSTEM, Reader

WINDOW = timedelta(minutes=15)
"""For how long a failure counts."""
PLACE_FAILURES = 5
"""Failures with one name from one network."""
NAME_FAILURES = 20
"""Failures with one name from everywhere; who comes from where they logged in before is not kept out."""
ADDRESS_FAILURES = 60
"""Failures from one address (of IPv6 one network) with any names; a whole office may stand behind it."""
ADDRESS_TRIES = 120
"""Tries from one address within a minute, good ones included."""
UNDER_WAY = 5
"""Tries that may be under way beyond the limit: many at once must not outrun the counting."""
MINUTE = timedelta(minutes=1)
"""The window of ADDRESS_TRIES, and how long a try whose process died counts as under way."""
WRONG = "the name or the password is wrong"


@dataclass(frozen=True)
class Try:
    """A try that still counts: when, from which network, and failed (False) or not yet checked (None)."""

    at: datetime
    network: str
    good: bool | None


@dataclass(frozen=True)
class Attempt:
    """A try that is being checked."""

    id: int
    name_digest: bytes
    network: str
    is_known_place: bool
    """Somebody logged in with this name from this network within the last 90 days."""
    locked_until: datetime | None
    """The name is locked for everybody who comes from an unknown place."""
    now: datetime

    @property
    def is_kept_out(self) -> bool:
        """Tell whether even the right password does not help."""
        return self.locked_until is not None and not self.is_known_place

    @property
    def refusal(self) -> CitygridError:
        """What to say when it failed: the same from known and unknown places."""
        return Unauthenticated(WRONG) if self.locked_until is None else _locked(self.locked_until, self.now)


def log_in(
    database: Database, username: str, password: str, origin: Origin, life: timedelta, request: str = ""
) -> Issued:
    """Exchange a name and a password for a session.

    Unauthenticated for any mismatch; TooMany after too many of them. No connection is held while the password
    is checked, which takes a tenth of a second and 64 MiB.
    """
    platform = replace(SYSTEM, address=origin.address, request=request)
    with session(database, platform) as connection:
        attempt = begin_attempt(connection, username, origin.address)
        account = find_account(connection, username)
    good = is_password(account.password_hash if account else None, password)
    if account is None or not good or account.is_stale or attempt.is_kept_out:
        with session(database, platform) as connection:
            end_attempt(connection, attempt, good=False)
        raise attempt.refusal
    renewed = _renewed(account, password)
    platform = replace(platform, account_id=account.id, username=account.username)
    with session(database, platform) as connection:
        end_attempt(connection, attempt, good=True)
        return start_session(connection, account.id, origin, life, renewed)


def change_password(database: Database, reader: Reader, old: str, new: str) -> None:
    """Choose another password; every other session of the account ends.

    InvalidInput when `old` is wrong or `new` too easy. A wrong one counts as a failed log-in: a session that
    somebody left open is no way to guess.
    """
    platform = platform_for(reader)
    check_policy(new, reader.username, "new")
    with session(database, platform) as connection:
        attempt = begin_attempt(connection, reader.username, reader.address)
        account = find_account_by_id(connection, reader.account_id or 0)
    good = is_password(account.password_hash if account else None, old)
    if account is None or not good or attempt.is_kept_out:
        with session(database, platform) as connection:
            end_attempt(connection, attempt, good=False)
        raise (
            InvalidInput.at("old", "is not the password") if attempt.locked_until is None else attempt.refusal
        )
    if new == old:
        raise InvalidInput.at("new", "is the old one")
    password_hash = hash_password(new)
    with session(database, platform) as connection:
        end_attempt(connection, attempt, good=True)
        set_password(connection, account.id, password_hash, must_change=False, but=reader.key_id)


def start_session(
    connection: Connection[Any],
    account_id: int,
    origin: Origin,
    life: timedelta,
    password_hash: str | None = None,
    name: str = "log-in",
) -> Issued:
    """Make the key of a new session for somebody who has just proven who they are, in whatever way.

    password_hash: the password, hashed with today's parameters, if it was not yet.
    """
    values = {"id": account_id, "password_hash": password_hash}
    connection.execute(query(ROOM, "note_log_in"), values)
    connection.execute(query(ROOM, "record_log_in"), {"id": account_id, "name": name})
    return issue_key(connection, account_id, name, life, SESSION, origin=origin)


def begin_attempt(connection: Connection[Any], username: str, address: str) -> Attempt:
    """Put a try on record before it is checked; TooMany when there were too many.

    A name that is locked everywhere is checked all the same, so that its owner gets in from a known place
    while nobody else learns from the answer which places those are.
    """
    values: dict[str, Any] = {
        "name_digest": _digest(username),
        "network": network_of(address),
        "address": address if "." in address else network_of(address),
    }
    connection.execute(query(ROOM, "lock_attempts"), values)
    row = connection.execute(query(ROOM, "address_attempts"), {**values, **_LIMITS}).fetchall()[0]
    now, is_known, from_address = row[0], row[1], row[2:]
    with connection.cursor(row_factory=class_row(Try)) as cursor:
        tries = cursor.execute(query(ROOM, "recent_attempts"), {**values, "since": now - WINDOW}).fetchall()
    here = frees_at([one for one in tries if one.network == values["network"]], PLACE_FAILURES, now)
    blocked = [until for until in (here, *from_address) if until is not None]
    if blocked:
        raise _locked(max(blocked), now)
    number = connection.execute(query(ROOM, "begin_attempt"), values).fetchall()[0][0]
    everywhere = frees_at(tries, NAME_FAILURES, now)
    return Attempt(number, values["name_digest"], values["network"], is_known, everywhere, now)


def end_attempt(connection: Connection[Any], attempt: Attempt, good: bool) -> None:
    """Put the outcome of a try on record; a good one clears what was counted from its network before.

    From a known place it clears everything that was counted with the name.
    """
    values = {"id": attempt.id, "good": good}
    connection.execute(query(ROOM, "end_attempt"), values)
    if good:
        network = None if attempt.is_known_place else attempt.network
        cleared = {"name_digest": attempt.name_digest, "network": network}
        connection.execute(query(ROOM, "clear_attempts"), cleared)


def frees_at(tries: Sequence[Try], limit: int, now: datetime) -> datetime | None:
    """Tell when there are fewer than `limit` failures within WINDOW again; None when there are fewer now.

    tries: of the last WINDOW. Tries under way count when there are many of them; one that hangs has failed.
    """
    failed = sorted(one.at for one in tries if one.good is False or one.at < now - MINUTE)
    begun = sorted(one.at for one in tries)
    if len(failed) >= limit:
        return failed[-limit] + WINDOW
    return begun[-limit - UNDER_WAY] + MINUTE if len(begun) >= limit + UNDER_WAY else None


def network_of(address: str) -> str:
    """Name the network of a client: what one attacker easily has many addresses of (/24, /64 of IPv6)."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return address
    plain = getattr(parsed, "ipv4_mapped", None) or parsed
    return str(ip_network(f"{plain}/{24 if plain.version == 4 else 64}", strict=False))


def _renewed(account: StoredAccount, password: str) -> str | None:
    """Hash a good password again when today's parameters are stronger than those it was hashed with."""
    is_weak = account.password_hash is not None and is_outdated(account.password_hash)
    return hash_password(password) if is_weak else None


def _locked(until: datetime, now: datetime) -> TooMany:
    seconds = max(1, math.ceil((until - now).total_seconds()))
    return TooMany(f"too many tries to log in; try again in {seconds} s", seconds)


def _digest(username: str) -> bytes:
    """Digest a name; one that differs in case or width only counts as the same."""
    plain = unicodedata.normalize("NFKC", username).casefold()
    return hashlib.sha256(plain.encode("utf-8", "surrogatepass")).digest()


_LIMITS = {
    "window": WINDOW,
    "failures": ADDRESS_FAILURES - 1,
    "minute": MINUTE,
    "tries": ADDRESS_TRIES - 1,
}
