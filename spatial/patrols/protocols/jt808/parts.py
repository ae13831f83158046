"""Messages that come in parts (分包): put together, asked for again, given up in time."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field

from spatial.patrols.protocols.jt808.framing import Spoilt
from spatial.patrols.protocols.jt808.header import Header

Key = tuple[int, int, int]
"""Message, number of parts and serial of the first: parts have serials that follow one another."""


@dataclass(frozen=True)
class PartLimits:
    """How much of what is unfinished one connection may hold."""

    most_parts: int = 128
    most_open: int = 2
    wait_s: float = 10.0
    """Without a new part for so long, those that are missing are asked for again."""
    most_asks: int = 3
    """After so many requests in vain the message is given up."""


@dataclass
class Unfinished:
    """A message of which parts are missing."""

    header: Header
    """That of the part which came last."""
    first_serial: int
    touched_s: float
    asks: int = 0
    bodies: dict[int, bytes] = field(default_factory=dict)

    @property
    def missing(self) -> list[int]:
        """Indices of the parts that have not come."""
        return [index for index in range(1, self.header.parts + 1) if index not in self.bodies]

    @property
    def body(self) -> bytes:
        """The whole body; of a finished message."""
        return b"".join(self.bodies[index] for index in range(1, self.header.parts + 1))


class Parts:
    """The unfinished messages of a terminal, oldest first."""

    def __init__(self, limits: PartLimits | None = None) -> None:
        self.limits = limits or PartLimits()
        self.given_up = 0
        """Messages that made room for others; whoever reads it sets it back."""
        self._open: dict[Key, Unfinished] = {}
        self._whole: dict[Key, Unfinished] = {}
        """Those that are being written."""
        self._done: deque[Key] = deque(maxlen=8)

    def is_done(self, header: Header) -> bool:
        """Tell if the message of a part was taken whole: the part comes again since its answer was lost."""
        return _key(header) in self._done

    def done(self, header: Header) -> None:
        """Note that the message which a part belongs to was taken."""
        self._whole.pop(_key(header), None)
        self._done.append(_key(header))

    def failed(self, header: Header) -> None:
        """Have a message unfinished again, without the part that came last: that one is sent again."""
        found = self._whole.pop(_key(header), None)
        if found is not None:
            found.bodies.pop(header.part, None)
            self._keep(found)

    def add(self, header: Header, body: bytes, now_s: float) -> Unfinished | bytes:
        """Take a part; give the whole body when it was the last that was missing, else what is unfinished.

        Spoilt for a message of more parts than are taken. A part that came before changes nothing. Above
        `most_open` unfinished messages the one that was touched least recently is given up.
        """
        if header.parts > self.limits.most_parts:
            raise Spoilt("parts")
        key = _key(header)
        # One that is being written, and of which a part comes again, is written again: it is there once.
        found = self._open.pop(key, None) or self._whole.pop(key, None) or Unfinished(header, key[2], now_s)
        found.bodies.setdefault(header.part, body)
        found.header, found.touched_s = header, now_s
        if len(found.bodies) < header.parts:
            self._keep(found)
            return found
        self._whole[key] = found
        if len(self._whole) > self.limits.most_open:
            del self._whole[next(iter(self._whole))]
        return found.body

    def _keep(self, found: Unfinished) -> None:
        self._open[_key(found.header)] = found
        while len(self._open) > self.limits.most_open:
            del self._open[next(iter(self._open))]
            self.given_up += 1

    def late(self, now_s: float) -> tuple[list[Unfinished], int]:
        """Give messages whose parts are to be asked for again, and how many were given up."""
        waited = [
            (key, each) for key, each in self._open.items() if now_s - each.touched_s >= self.limits.wait_s
        ]
        gone = [key for key, each in waited if each.asks >= self.limits.most_asks]
        for key in gone:
            del self._open[key]
        asked = [each for key, each in waited if key not in gone]
        for each in asked:
            each.asks += 1
            each.touched_s = now_s
        return asked, len(gone)

    def __len__(self) -> int:
        return len(self._open)


def _key(header: Header) -> Key:
    return header.message, header.parts, (header.serial - header.part + 1) & 0xFFFF
