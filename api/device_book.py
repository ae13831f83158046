"""The devices that this process has met, by account and rights of who sends; emptied when devices change."""

from __future__ import annotations

import time
from collections.abc import Hashable, Sequence
from pathlib import Path
from threading import Lock

from spatial.database import Database, session
from spatial.patrols.senders import Sender, sender
from spatial.rights.reader import Reader

MOST = 100_000
"""Devices that are remembered; beyond, all are forgotten."""
HEARD_S = 60.0
"""That a device has sent is written down once in so many seconds."""

_Key = tuple[int | None, Hashable, int | None, str, str | None]


class DeviceBook:
    """Who is who, for the doors of one process; shared by threads."""

    def __init__(self, database: Database, master: Path) -> None:
        self._database = database
        self._master = master
        self._lock = Lock()
        self._known: dict[_Key, Sender] = {}
        self._heard: dict[int, float] = {}
        self._age = 0

    def remembered(
        self, reader: Reader, protocol: str, identities: Sequence[str | None]
    ) -> tuple[Sender, ...] | None:
        """Give the devices of a message if all of them are known here."""
        held = self._known
        found = [held.get(_key(reader, protocol, identity)) for identity in identities]
        whole = tuple(each for each in found if each is not None)
        return whole if len(whole) == len(found) else None

    def find(self, reader: Reader, protocol: str, identities: Sequence[str | None]) -> tuple[Sender, ...]:
        """Ask the database for those that are not known, and make those that there are not; its errors."""
        age, held = self._age, self._known
        missing = [each for each in dict.fromkeys(identities) if _key(reader, protocol, each) not in held]
        new: dict[_Key, Sender] = {}
        with session(self._database, reader) as connection:
            for identity in missing:
                found = sender(connection, reader, protocol, identity, self._master)
                new[_key(reader, protocol, identity)] = found
        with self._lock:
            # What was read before it was told to forget may be old already.
            if age == self._age:
                if len(self._known) + len(new) > MOST:
                    self._known = {}
                self._known = {**self._known, **new} if len(new) > 1 else self._with(new)
        both = {**held, **new}
        return tuple(both[_key(reader, protocol, identity)] for identity in identities)

    def _with(self, new: dict[_Key, Sender]) -> dict[_Key, Sender]:
        self._known.update(new)
        return self._known

    def forget(self) -> None:
        """Read everything again when it is asked for."""
        with self._lock:
            self._known = {}
            self._age += 1

    def due(self, devices: Sequence[int]) -> list[int]:
        """Name those of which it was not written down just now that they have sent."""
        now = time.monotonic()
        found = [device for device in devices if now - self._heard.get(device, -HEARD_S) >= HEARD_S]
        if len(self._heard) > MOST:
            self._heard.clear()
        self._heard.update(dict.fromkeys(found, now))
        return found


def _key(reader: Reader, protocol: str, identity: str | None) -> _Key:
    """A device without a name is the key's own; another reach may find another device of the same name."""
    own = reader.key_id if identity is None else None
    return reader.account_id, reader.rights_key, own, protocol, identity
