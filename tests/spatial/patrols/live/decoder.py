"""Reads frames by the words of docs/36-live.md alone; shares no code with what writes them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

KINDS = {1: "snapshot", 2: "delta", 3: "gone", 4: "beat"}


@dataclass(frozen=True)
class Decoded:
    """A frame as a client understands it."""

    kind: str
    away: bool
    more: bool
    epoch: int
    sequence: int
    now_us: int
    records: list[dict[str, Any]]
    """Of a snapshot or delta."""
    gone: list[int]


def number(data: bytes, at: int, size: int, signed: bool = False) -> int:
    return int.from_bytes(data[at : at + size], "little", signed=signed)


def unless(value: int, unknown: int) -> int | None:
    return None if value == unknown else value


def decode(frame: bytes) -> Decoded:
    """Read a frame; fails on any byte that is not accounted for."""
    assert frame[:4] == b"CGLV"
    assert frame[4] == 1
    kind, flags = KINDS[frame[5]], number(frame, 6, 2)
    assert flags < 4
    count, size = number(frame, 32, 4), number(frame, 36, 4)
    assert size == {"snapshot": 32, "delta": 32, "gone": 4, "beat": 0}[kind]
    assert len(frame) == 40 + count * size
    places = [40 + n * size for n in range(count)]
    records = [record(frame, at) for at in places] if size == 32 else []
    gone = [number(frame, at, 4) for at in places] if kind == "gone" else []
    epoch, sequence, now_us = number(frame, 8, 8), number(frame, 16, 8), number(frame, 24, 8, True)
    return Decoded(kind, bool(flags & 1), bool(flags & 2), epoch, sequence, now_us, records, gone)


def record(frame: bytes, at: int) -> dict[str, Any]:
    state = frame[at + 27]
    names = ("on_duty", "sos", "approximate", "mock", "vehicle", "moving")
    assert state < 1 << len(names)
    return {
        "mover": number(frame, at, 4),
        "lon": number(frame, at + 4, 4, True),
        "lat": number(frame, at + 8, 4, True),
        "speed": unless(number(frame, at + 12, 2), 0xFFFF),
        "course": unless(number(frame, at + 14, 2), 0xFFFF),
        "time_us": number(frame, at + 16, 8, True),
        "accuracy": unless(number(frame, at + 24, 2), 0xFFFF),
        "battery": unless(frame[at + 26], 0xFF),
        "late_ms": number(frame, at + 28, 4),
        **{name: bool(state >> bit & 1) for bit, name in enumerate(names)},
    }


@dataclass
class Client:
    """What a client makes of the frames: who is where, as far as it was told."""

    movers: dict[int, dict[str, Any]] = field(default_factory=dict)
    epoch: int = 0
    sequence: int = 0
    kinds: list[str] = field(default_factory=list)
    frames: list[Decoded] = field(default_factory=list)
    back: list[int] = field(default_factory=list)
    """Movers who went back in time without a snapshot; there must be none."""

    def take(self, frame: bytes) -> Decoded:
        """Follow a frame."""
        found = decode(frame)
        self.frames.append(found)
        self.kinds.append(found.kind)
        if found.kind == "snapshot":
            self.movers.clear()
        else:
            assert found.epoch == self.epoch or found.kind == "beat"
            assert found.sequence >= self.sequence or found.kind == "beat"
        if found.kind != "beat" or found.sequence:
            self.epoch, self.sequence = found.epoch, found.sequence
        for each in found.records:
            held = self.movers.get(each["mover"])
            if held is not None and held["time_us"] > each["time_us"]:
                self.back.append(each["mover"])
            self.movers[each["mover"]] = each
        for mover in found.gone:
            self.movers.pop(mover, None)
        return found
