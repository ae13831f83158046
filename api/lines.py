"""A line of a terminal in the field: read from as fast as it is answered, and no faster."""

from __future__ import annotations

import asyncio
import time
import traceback
from collections import Counter
from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, Protocol, cast

import structlog

from api.listen_fixes import Answer, Waiting
from spatial.errors import Problem
from spatial.patrols.happenings import keeping
from spatial.patrols.protocols.fixes import Flag, Happened, Happening, RawFix, Source
from spatial.patrols.terminals.admission import Terminal

if TYPE_CHECKING:
    from api.listen import House

log = structlog.get_logger()


class Talk(Protocol):
    """What a line needs of the session of a protocol."""

    counts: Counter[str]

    @property
    def waiting(self) -> int:
        """How many messages have no answer yet."""

    @property
    def is_hopeless(self) -> bool:
        """Whether nothing good is to be expected any more."""

    def receive(self, data: bytes, now_s: float) -> None:
        """Take bytes."""

    def output(self) -> bytes:
        """Give what is to be sent."""


class Line(asyncio.Protocol):
    """One connection; protocols say what their sessions ask, by `go_on`."""

    source: Source

    def __init__(self, house: House, talk: Talk, most_waiting: int) -> None:
        self.house = house
        self.talk = talk
        self.terminal: Terminal | None = None
        self.address = ""
        self.since_s = self.heard_s = time.monotonic()
        self._most_waiting = most_waiting
        self._transport: asyncio.Transport | None = None
        self._is_reading = self._is_writing = True
        self._has_cried = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Take the line, or close it when there are too many."""
        self._transport = cast(asyncio.Transport, transport)
        peer = transport.get_extra_info("peername")
        self.address = peer[0] if peer else ""
        if not self.house.admit(self):
            transport.abort()

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002
        """Forget the line; what it has sent is written all the same."""
        self.house.forget(self)
        self._transport = None

    def data_received(self, data: bytes) -> None:
        """Take what came."""
        self.heard_s = time.monotonic()
        self.talk.receive(data, time.time())
        self.go_on()

    def pause_writing(self) -> None:
        """Read nothing more from somebody who does not read."""
        self._is_writing = False
        self._balance()

    def resume_writing(self) -> None:
        """Go on reading."""
        self._is_writing = True
        self._balance()

    def keep(self, fixes: Sequence[RawFix], answer: Answer) -> None:
        """Have fixes written, and a cry for help told; `answer` hears whether all of it is committed."""
        assert self.terminal is not None
        terminal, cries = self.terminal, self._cries(fixes)
        if cries:
            told = [(terminal.device, each) for each in cries]
            self.house.fixes.add(
                Waiting(terminal, self.source, fixes, partial(self._after_fixes, told, answer))
            )
        else:
            self.house.fixes.add(Waiting(terminal, self.source, fixes, answer))

    def _cries(self, fixes: Sequence[RawFix]) -> list[Happened]:
        """Find where a cry for help begins: terminals repeat it with every fix until it is switched off."""
        found = []
        for fix in fixes:
            if fix.flags & Flag.SOS and not self._has_cried:
                # Where a terminal has no position of its own it says 0, or an old one.
                where = (None, None) if fix.flags & Flag.NOT_POSITIONED else (fix.lon, fix.lat)
                found.append(Happened(Happening.SOS, fix.time_us, *where))
            self._has_cried = bool(fix.flags & Flag.SOS)
        return found

    def _after_fixes(self, told: Sequence[tuple[int, Happened]], answer: Answer, is_kept: bool) -> None:
        if is_kept:
            self.house.start(self._cry(told, answer))
        else:
            self._has_cried = False
            answer(False)

    async def _cry(self, told: Sequence[tuple[int, Happened]], answer: Answer) -> None:
        is_kept = False
        try:
            await self.house.ask(keeping.keep, told)
            is_kept = True
        except Exception as error:
            problem = without_values(error)
            log.error("a cry for help could not be kept", device=told[0][0], traceback=problem)
        finally:
            # Without an answer the terminal would wait for ever; told that it failed, it cries again.
            self._has_cried = self._has_cried and is_kept
            answer(is_kept)

    def go_on(self) -> None:
        """Do what the session asks, then `flush`."""
        raise NotImplementedError

    def look(self) -> None:
        """Do what is due by the clock."""

    def flush(self) -> None:
        """Write what is ready, and read on, or not."""
        out = self.talk.output()
        if out and self._transport is not None:
            self._transport.write(out)
        if self.talk.is_hopeless:
            self.close("nothing that we understand")
        self._balance()

    def close(self, reason: str) -> None:
        """End the line, once what is written has left; called again, at once."""
        if self._transport is None:
            return
        if self._transport.is_closing():
            self._transport.abort()
        else:
            self.house.closed[reason] += 1
            self._transport.close()

    def not_taken(self, problems: Sequence[Problem]) -> None:
        """Count what was sent as a fix and cannot be one: by reason, and for the record of the device."""
        self.talk.counts.update(problem.reason for problem in problems)
        if problems and self.terminal is not None:
            self.house.not_taken(self.terminal.device, len(problems))

    def stop_reading(self) -> None:
        """Take nothing more; answers may still leave."""
        self._most_waiting = -1
        self._balance()

    def let_in(self, terminal: Terminal | None) -> None:
        """Note who the terminal is; None: nobody that we know."""
        self.house.known(self, terminal)
        self.terminal = terminal
        if terminal is not None:
            self.read_by(terminal)

    def read_by(self, terminal: Terminal) -> None:
        """Read what comes by the profile of the device, as it is now."""
        self.terminal = terminal

    def _balance(self) -> None:
        wanted = self._is_writing and self.talk.waiting <= self._most_waiting
        if self._transport is None or wanted == self._is_reading or self._transport.is_closing():
            return
        self._is_reading = wanted
        if wanted:
            self._transport.resume_reading()
        else:
            self._transport.pause_reading()


def without_values(error: BaseException) -> str:
    """Write an error down without the values of variables: they are where people were."""
    return "".join(traceback.format_exception(error))
