"""How often a key or an address may ask, counted by all workers of a machine in one small mapped file.

Each asker has one number: the moment at which everything it has asked for so far would have been asked for
had it kept to its pace (the theoretical arrival time of the generic cell rate algorithm, ITU-T I.371). A
minute, or a day, ahead of the clock is the most. So a whole quota may come at once, and then the pace.

A worker holds the lock of the bytes it changes while it changes them: without, one that is interrupted
between reading and writing undoes what the others counted in its time slice (measured with four processes on
two busy cores: 45,545 let through for 20,000). It costs 2 µs, and nobody waits but for the same neighbours.
Slots are found by a keyed hash; one whose moment has passed holds no knowledge and is reused, and
where eight neighbours are busy the one with the least to remember is forgotten, in the asker's favour.
"""

from __future__ import annotations

import math
import mmap
import os
import secrets
import time
from contextlib import suppress
from fcntl import LOCK_EX, LOCK_UN, lockf
from hashlib import blake2b
from ipaddress import IPv6Address, ip_address
from pathlib import Path

from spatial.errors import TooMany

SLOTS = 65_536
WINDOW_S = 60.0
DAY_S = 86_400.0
_HEAD_BYTES = 64
_SLOT_BYTES = 16
_NEIGHBOURS = 8
_SPREAD = 0x9E3779B97F4A7C15
_MOST_TAGS = 10_000


class Refusal(TooMany):
    """The quota is used up; says what it is and when to come back."""

    def __init__(self, limit: int, wait_s: float, window_s: float = WINDOW_S) -> None:
        seconds = max(1, math.ceil(wait_s))
        self.window, self.window_s = "minute" if window_s == WINDOW_S else "day", window_s
        super().__init__(f"more than {limit} requests a {self.window}; try again in {seconds} s", seconds)
        self.limit = limit

    @property
    def headers(self) -> dict[str, str]:
        """The fields of draft-ietf-httpapi-ratelimit-headers."""
        return {
            "ratelimit-policy": f'"{self.window}";q={self.limit};w={self.window_s:.0f}',
            "ratelimit": f'"{self.window}";r=0;t={self.retry_after_s}',
        }


class Quotas:
    """The quotas of a machine. The file is opened at the first request that is counted."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / "quotas-1"
        self._tags: dict[str, int] = {}
        self._secret = b""
        self._file = -1
        self._owners: memoryview | None = None
        self._moments = memoryview(b"")

    def take(
        self, asker: int | str, limit: int, window_s: float = WINDOW_S, weight: int = 1
    ) -> Refusal | None:
        """Count one request of a key (its id) or an address; return a refusal, uncounted, above the quota.

        An address may stand behind a word for what is counted apart: "keys 10.0.0.1".
        limit: requests a minute, or in another window, always the same of one word; 0 counts nothing and
        refuses nothing. weight: how many this one counts for.
        """
        if not limit:
            return None
        if self._owners is None:
            self._open()
        tag = asker * 2 + 1 if isinstance(asker, int) else self._tag(asker)
        first = (tag * _SPREAD >> 20) % (SLOTS // _NEIGHBOURS) * 2 * _NEIGHBOURS
        lockf(self._file, LOCK_EX, 1, _HEAD_BYTES + first)
        try:
            return self._count(tag, first, limit, window_s, weight)
        finally:
            lockf(self._file, LOCK_UN, 1, _HEAD_BYTES + first)

    def _count(self, tag: int, first: int, limit: int, window_s: float, weight: int) -> Refusal | None:
        now, pace_s = time.monotonic(), window_s / limit
        slot, moment = self._find(tag, first, now, window_s)
        until = max(moment, now) + weight * pace_s
        if until - now > window_s + 1e-9:
            return Refusal(limit, until - now - window_s, window_s)
        self._moments[slot + 1] = until
        return None

    def _find(self, tag: int, first: int, now: float, window_s: float) -> tuple[int, float]:
        """Find the slot of an asker and its moment, or make the least needed of its neighbours its own."""
        owners, moments = self._owners, self._moments
        assert owners is not None
        slots = range(first, first + 2 * _NEIGHBOURS, 2)
        for slot in slots:
            if owners[slot] == tag:
                moment = moments[slot + 1]
                # Nobody is ever more than two windows ahead; such a number is of before the last reboot.
                return slot, moment if moment < now + 2 * window_s else now
        slot = min(slots, key=lambda each: moments[each + 1] if moments[each + 1] < now + 2 * DAY_S else 0)
        owners[slot], moments[slot + 1] = tag, now
        return slot, now

    def _tag(self, address: str) -> int:
        """Hash an address; of IPv6 the network, for everybody has 2^64 addresses there."""
        found = self._tags.get(address)
        if found is None:
            if len(self._tags) >= _MOST_TAGS:
                self._tags.clear()
            digest = blake2b(_network(address).encode(), key=self._secret, digest_size=8).digest()
            found = self._tags[address] = int.from_bytes(digest) & ~1
        return found

    def _open(self) -> None:
        _make(self._path)
        # Kept open for its locks: closing any descriptor of a file gives up all that a process holds on it.
        self._file = os.open(self._path, os.O_RDWR | os.O_CLOEXEC)
        mapped = mmap.mmap(self._file, _HEAD_BYTES + SLOTS * _SLOT_BYTES)
        self._secret = mapped[:16]
        slots = memoryview(mapped)[_HEAD_BYTES:]
        self._moments = slots.cast("d")
        self._owners = slots.cast("Q")


def _network(asker: str) -> str:
    purpose, _, address = asker.rpartition(" ")
    try:
        found = ip_address(address)
    except ValueError:
        return asker
    return f"{purpose} {int(found) >> 64}" if isinstance(found, IPv6Address) else asker


def _make(path: Path) -> None:
    """Make the file under another name first: workers that start together must see it whole."""
    size = _HEAD_BYTES + SLOTS * _SLOT_BYTES
    with suppress(FileNotFoundError):
        if path.stat().st_size == size:
            return
        path.unlink()
    path.parent.mkdir(parents=True, exist_ok=True)
    half = path.with_name(f"{path.name}.{os.getpid()}")
    with os.fdopen(os.open(half, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(secrets.token_bytes(16))
        file.truncate(size)
    with suppress(FileExistsError):
        os.link(half, path)
    half.unlink()
