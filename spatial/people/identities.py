"""Single sign-on (单点登录): whom a provider says somebody is, and which account that is here.

A person is known by issuer and subject, which never change hands. A user name only links the two the first
time: names are given to somebody else one day.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from psycopg import Connection

from spatial.database import query
from spatial.people.standing import name_problems

ROOM = "spatial.people"
NO_AREA = "-"
"""The area of an account that nobody gave an area yet: no code of a unit starts with it."""
DISPLAY_CHARACTERS = 100
SESSION_NAME = "single sign-on"
"""What the key of such a session is called: find_key.sql knows by it that no password was used."""


@dataclass(frozen=True)
class Person:
    """Whom the provider says somebody is."""

    issuer: str
    subject: str
    username: str | None
    """The user name here that the provider's claim means; None when it says none that can be one."""
    display_name: str
    """Empty when the provider says none."""


@dataclass(frozen=True)
class KnownAccount:
    """The account that a person is linked to."""

    id: int
    username: str
    disabled: bool


def person_of(issuer: str, claims: Mapping[str, Any], link: str) -> Person:
    """Read who somebody is from what the provider says, whose `sub` is a text already.

    link: the claim that is the user name. An e-mail address is one only when the provider has checked it.
    """
    username = claims.get(link)
    is_believed = link != "email" or claims.get("email_verified") is True
    is_name = isinstance(username, str) and not name_problems(username)
    called = claims.get("name")
    return Person(
        issuer,
        claims["sub"],
        username if is_believed and is_name else None,
        called if isinstance(called, str) and called.isprintable() and called.strip() else "",
    )


def spend_sign_on(connection: Connection[Any], digest: bytes, expires_at: int) -> bool:
    """Use up a log-in under way; False when it was used before.

    digest: of its state. expires_at: seconds since 1970, from when on nobody could bring it again.
    """
    values = {"digest": digest, "expires_at": datetime.fromtimestamp(expires_at, UTC)}
    return connection.execute(query(ROOM, "spend_sign_on"), values).rowcount == 1


def account_of(connection: Connection[Any], person: Person, create: bool) -> KnownAccount | None:
    """Find the account of a person, linking the one of their user name the first time; None without one.

    An account that is linked to somebody else of the same provider is not given away, nor is a disabled one.
    create: make an account when nobody has the name yet: a viewer of no area, without a password.
    """
    found = _linked(connection, person)
    if found is not None or person.username is None:
        return found
    values = {"issuer": person.issuer, "subject": person.subject, "username": person.username}
    if create:
        called = person.display_name[:DISPLAY_CHARACTERS] or person.username
        made = {"username": person.username, "display_name": called, "area": NO_AREA}
        connection.execute(query(ROOM, "create_sign_on_account"), made)
    connection.execute(query(ROOM, "link_identity"), values)
    return _linked(connection, person)


def _linked(connection: Connection[Any], person: Person) -> KnownAccount | None:
    values = {"issuer": person.issuer, "subject": person.subject}
    row = connection.execute(query(ROOM, "find_identity"), values).fetchone()
    return None if row is None else KnownAccount(*row)
