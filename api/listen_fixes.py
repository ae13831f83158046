"""Fixes of all lines of a process on their way to the writer: those of one round of the loop at once."""

from __future__ import annotations

import asyncio
import traceback
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import structlog

from api.fix_writer import FixWriter
from api.measure_lines import Measures
from spatial.errors import CitygridError
from spatial.geometry.datum import DATUMS
from spatial.patrols.intake import Sent, Taken
from spatial.patrols.protocols.fixes import UNKNOWN, RawFix, Source, columns
from spatial.patrols.terminals.admission import Terminal

RETRY_S = 1.0
MOST_TRIES = 20
"""How often the database is tried before the terminals are told that it did not work."""

log = structlog.get_logger()
Answer = Callable[[bool], None]
Start = Callable[[Coroutine[Any, Any, None]], None]


@dataclass(frozen=True)
class Waiting:
    """Fixes of one message, and who is told whether they are kept."""

    terminal: Terminal
    source: Source
    fixes: Sequence[RawFix]
    answer: Answer


class Gatherer:
    """Gathers what comes within one round of the loop, and gives it to the writer as one sender's."""

    def __init__(self, writer: FixWriter, start: Start, measures: Measures) -> None:
        self._writer = writer
        self._start = start
        self._measures = measures
        self._gathered: list[Waiting] = []

    def add(self, waiting: Waiting) -> None:
        """Have fixes written; `answer` is called with True once they are committed, with False if not."""
        if not self._gathered:
            asyncio.get_running_loop().call_soon(self._send)
        self._gathered.append(waiting)

    def _send(self) -> None:
        gathered, self._gathered = self._gathered, []
        self._start(self._write(gathered))

    async def _write(self, gathered: Sequence[Waiting]) -> None:
        """Write; when that does not work, each device by itself: nobody suffers for another's fixes."""
        if await self._is_written(gathered, MOST_TRIES if _is_of_one(gathered) else 1):
            return
        by_device: dict[int, list[Waiting]] = {}
        for each in gathered:
            by_device.setdefault(each.terminal.device, []).append(each)
        if len(by_device) == 1:
            self._measures.fixes("failed", sum(len(each.fixes) for each in gathered))
            _tell(gathered, is_kept=False)
            return
        for group in by_device.values():
            self._start(self._write(group))

    async def _is_written(self, gathered: Sequence[Waiting], tries: int) -> bool:
        """Try so often, while the lines wait and are not read from; once it is done they are told."""
        for _ in range(tries):
            try:
                taken = await self._writer.write(sent_of(gathered))
            except CitygridError as error:
                if not _is_of_one(gathered):
                    log.warning("fixes wait", messages=len(gathered), reason=error.detail)
                await asyncio.sleep(RETRY_S)
            except Exception as error:
                # Of ours: it will not go away, and whoever waits must hear of it.
                problem = "".join(traceback.format_exception(error))
                log.error("fixes could not be written", messages=len(gathered), traceback=problem)
                return False
            else:
                self._count(taken)
                _tell(gathered, is_kept=True)
                return True
        return False

    def _count(self, taken: Taken) -> None:
        self._measures.fixes("new", taken.new)
        self._measures.fixes("known", taken.known)
        self._measures.fixes("refused", sum(taken.refused.values()))


def sent_of(gathered: Sequence[Waiting]) -> Sent:
    """Put fixes of many devices together; each says what datum it is in."""
    counts = [len(each.fixes) for each in gathered]
    made = columns([fix for each in gathered for fix in each.fixes])
    datum = np.repeat([DATUMS.index(each.terminal.datum) for each in gathered], counts)
    made["datum"] = np.where(made["datum"] == UNKNOWN, datum, made["datum"]).astype(np.int16)
    devices = np.repeat(np.array([each.terminal.device for each in gathered], np.int64), counts)
    return Sent(made, gathered[0].source, devices)


def _is_of_one(gathered: Sequence[Waiting]) -> bool:
    return len({each.terminal.device for each in gathered}) == 1


def _tell(gathered: Sequence[Waiting], is_kept: bool) -> None:
    for each in gathered:
        each.answer(is_kept)
