"""Keys that a process has checked a moment ago."""

from __future__ import annotations

import time
from typing import NamedTuple

from api.sessions import csrf_of
from spatial.database import Database, session
from spatial.errors import Unauthenticated
from spatial.people.keys import TOKEN_LENGTH, Key, Origin, digest, find_key, note_use
from spatial.rights.reader import SYSTEM

KEY_SECONDS = 30.0
"""How long a key is trusted without asking again, if no message says that keys have changed."""
MOST_KEYS = 10_000


class Known(NamedTuple):
    """A key that was checked."""

    until: float
    """How long that is good, in seconds since 1970."""
    key: Key
    csrf: str
    """What pages must send along whose session this is."""


class Keys:
    """The keys that this process trusts, by digest."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._known: dict[bytes, Known] = {}

    def known(self, token: str) -> Known | None:
        """Give a key that was checked within the last seconds."""
        found = self._known.get(digest(token))
        return found if found is not None and time.time() < found.until else None

    def find(self, token: str, origin: Origin) -> Known:
        """Look a token up; Unauthenticated when it is unknown, expired or revoked.

        That happens twice a minute for a key in use, and is when its use is noted.
        """
        if len(token) != TOKEN_LENGTH:
            raise Unauthenticated("the key is unknown, expired or revoked")
        # Should forget() come while we ask, what we learn goes into the memory that it threw away.
        known = self._known
        with session(self._database, SYSTEM) as connection:
            key = find_key(connection, digest(token))
            if key is None:
                raise Unauthenticated("the key is unknown, expired or revoked")
            note_use(connection, key.id, origin)
        if len(known) > MOST_KEYS:
            known.clear()
        # Worked out once: the readers of its requests are copies of this one.
        _ = key.reader.rights_key
        until = min(time.time() + KEY_SECONDS, key.expires_at.timestamp())
        known[digest(token)] = found = Known(until, key, csrf_of(token))
        return found

    def forget(self) -> None:
        """Trust nothing that was checked before."""
        self._known = {}
