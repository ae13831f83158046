"""Where the doors of fixes meet: whose device it is, writing, what is told besides, and what is counted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
from anyio import CapacityLimiter
from anyio.to_thread import run_sync

from api.device_book import DeviceBook
from api.fix_writer import FixWriter
from spatial.database import Database, session
from spatial.errors import CitygridError, Forbidden, InvalidInput, Problem, TooMany
from spatial.geometry.datum import DATUMS
from spatial.patrols import writing
from spatial.patrols.happenings import keeping
from spatial.patrols.happenings.cries import Cries
from spatial.patrols.intake import Sent, Taken
from spatial.patrols.protocols.fixes import UNKNOWN, Batch, Happened, Source
from spatial.patrols.senders import Sender, sender
from spatial.rights.reader import SYSTEM, Reader

UNREADABLE = "unreadable"
"""Why a fix is not taken: place or time cannot be read."""
THREADS = 4
"""Batches parsed, devices looked up and events kept at once in this process."""

FILES = 2
"""The same of files and large batches: a cry for help never stands behind them."""
NO_DEVICE = (Forbidden, InvalidInput, TooMany)
"""Why there is no device of a name for whoever sends."""
MOST_WRONG = 1_000
"""Names of a batch that there is no device for; with more the whole is refused."""

Told = list[tuple[int, Happened]]
Found = Sender | CitygridError


@dataclass(frozen=True)
class Outcome:
    """What became of a message."""

    taken: Taken
    waiting: tuple[str, ...] = ()
    """Devices of it, as they call themselves, that nobody has taken up yet: nothing of theirs was taken."""
    events: int = 0
    wrong: tuple[tuple[str, CitygridError], ...] = ()
    """Names of it that there is no device for, and why: nothing of theirs was taken."""
    left_out: int = 0
    """How many fixes were theirs."""

    @property
    def problems(self) -> tuple[Problem, ...]:
        """Say what is wrong with names."""
        return tuple(Problem("device", f"'{name[:60]}': {error.detail}") for name, error in self.wrong)


class FixDesk:
    """Takes messages of all protocols in, for one process."""

    def __init__(self, database: Database, writer: FixWriter, master: Path) -> None:
        self._database = database
        self._writer = writer
        self._master = master
        self._book = DeviceBook(database, master)
        self._cries = Cries()
        self.threads = CapacityLimiter(THREADS)
        self.files = CapacityLimiter(FILES)

    def forget_devices(self) -> None:
        """Ask again who is who."""
        self._book.forget()

    async def device(self, reader: Reader, protocol: str, identity: str | None) -> Sender:
        """Find whose device it is that calls itself so, and comes with this key; a new one is made."""
        found = (await self._devices(reader, protocol, (identity,)))[0]
        if isinstance(found, CitygridError):
            raise found
        return found

    async def take(self, reader: Reader, protocol: str, source: Source, batch: Batch) -> Outcome:
        """Write a batch; returns once it is committed, with what was told besides.

        Of a name that there can be no device for everything is left out. When there is none for any of them
        it is refused: Forbidden, InvalidInput, TooMany.
        """
        used = _used(batch)
        names = [batch.identities[row] for row in used]
        found = dict(zip(used, await self._devices(reader, protocol, names), strict=True))
        devices = {row: each for row, each in found.items() if isinstance(each, Sender)}
        outcome = await self.take_of(devices, source, batch)
        if len(devices) == len(found):
            return outcome
        wrong = [
            (batch.identities[row] or "", each)
            for row, each in found.items()
            if isinstance(each, CitygridError)
        ]
        left_out = len(batch.of) - int(np.isin(batch.of, list(devices)).sum())
        return replace(outcome, wrong=tuple(wrong), left_out=left_out)

    async def take_of(self, devices: dict[int, Sender], source: Source, batch: Batch) -> Outcome:
        """Write a batch of devices that were looked up before, by their places among its identities."""
        batch = _of_known(batch, devices)
        sent = _sent(batch, devices, source)
        taken = await self._writer.write(sent) if len(sent) else Taken()
        numbers = {row: each.id for row, each in devices.items()}
        # Parsers of other apps make a cry of what their app calls one.
        cries = self._cries.found(batch, numbers) if source == Source.OWN else []
        events = [*batch.events, *cries]
        told = [(devices[row].id, event) for row, event in events if devices[row].state == "active"]
        told = [(device, event) for device, event in told if event.kind not in keeping.PASSING]
        due = self._book.due(list(numbers.values()))
        if told or due:
            await run_sync(self._besides, told, due, limiter=self.threads)
        if source == Source.OWN:
            self._cries.heard(batch, numbers)
        names = batch.identities
        waiting = tuple(names[row] or "" for row, each in devices.items() if each.state == "waiting")
        return Outcome(taken, waiting, len(told))

    async def unreadable(self, device: Sender, count: int = 1) -> None:
        """Count what a device sent and nobody could read."""
        await run_sync(self._count, device.id, count, limiter=self.threads)

    async def _devices(
        self, reader: Reader, protocol: str, identities: Sequence[str | None]
    ) -> tuple[Found, ...]:
        """Find devices; the database is asked only for those that this process does not remember."""
        found = self._book.remembered(reader, protocol, identities)
        if found is not None:
            return found
        return await run_sync(self._asked, reader, protocol, identities, limiter=self.threads)

    def _asked(self, reader: Reader, protocol: str, names: Sequence[str | None]) -> tuple[Found, ...]:
        """Find devices, and make those that there are not; of some the error, but never of all."""
        try:
            return self._book.find(reader, protocol, names)
        except NO_DEVICE:
            wrong = self._wrong(reader, protocol, names) if len(names) > 1 else {}
            good = [name for name in names if name not in wrong]
            if not wrong or not good:
                raise
        known = dict(zip(good, self._book.find(reader, protocol, good), strict=True))
        return tuple(wrong.get(name) or known[name] for name in names)

    def _wrong(
        self, reader: Reader, protocol: str, names: Sequence[str | None]
    ) -> dict[str | None, CitygridError]:
        """Try names one by one, and say why there is no device for some."""
        wrong: dict[str | None, CitygridError] = {}
        with session(self._database, reader) as connection:
            for name in dict.fromkeys(names):
                if self._book.remembered(reader, protocol, (name,)) is not None:
                    continue
                try:
                    sender(connection, reader, protocol, name, self._master)
                except NO_DEVICE as error:
                    wrong[name] = error
                    if len(wrong) > MOST_WRONG:
                        raise
        return wrong

    def _besides(self, told: Told, due: Sequence[int]) -> None:
        with session(self._database, SYSTEM) as connection:
            keeping.heard(connection, due)
            keeping.keep(connection, told)

    def _count(self, device: int, count: int) -> None:
        with session(self._database, SYSTEM) as connection:
            writing.refuse(connection, Counter({(device, 0, UNREADABLE): count}), datetime.now(UTC))


def _used(batch: Batch) -> list[int]:
    """Name the places of identities that something came of."""
    return sorted({*np.unique(batch.of).tolist(), *(row for row, _ in batch.events)})


def _of_known(batch: Batch, devices: Collection[int]) -> Batch:
    """Leave out whatever is of no device."""
    known = np.isin(batch.of, list(devices))
    if known.all() and all(row in devices for row, _ in batch.events):
        return batch
    fixes = {name: column[known] for name, column in batch.fixes.items()}
    events = tuple((row, event) for row, event in batch.events if row in devices)
    return replace(batch, of=batch.of[known], fixes=fixes, events=events)


def _sent(batch: Batch, devices: dict[int, Sender], source: Source) -> Sent:
    ids = np.zeros(max(1, len(batch.identities)), np.int64)
    datums = np.zeros(len(ids), np.int16)
    for row, device in devices.items():
        ids[row], datums[row] = device.id, DATUMS.index(device.profile.datum)
    fixes = dict(batch.fixes)
    fixes["datum"] = np.where(fixes["datum"] == UNKNOWN, datums[batch.of], fixes["datum"]).astype(np.int16)
    # All of a message come with one key.
    only = next((device.only for device in devices.values()), None)
    return Sent(fixes, int(source), ids[batch.of], only=only)
