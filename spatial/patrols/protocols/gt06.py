"""GT06 (Concox and many makers of small trackers), pure: from bytes to fixes and acknowledgements.

`7878 | length u8 | type u8 | … | serial u16 | CRC-16/X-25 | 0D0A`, or 7979 with a length of two bytes. The
length counts type to CRC, the CRC covers length to serial.
"""

from __future__ import annotations

import re
from collections import Counter, deque
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from struct import Struct

from spatial.errors import Problem
from spatial.patrols.protocols.fixes import Flag, RawFix

LOGIN, HEARTBEAT, OTHER_HEARTBEAT, ASK_TIME = 0x01, 0x13, 0x23, 0x8A
GPS = frozenset({0x10, 0x11, 0x12, 0x22, 0xA0})
ALARMS = frozenset({0x16, 0x26, 0x27})
"""A position, and why it was sent."""
CELL_STATE = 0x19
"""The cell, and the state of the tracker: what an alarm is sent as where there are no satellites."""
ANSWERED = frozenset({0x15, 0x17, CELL_STATE, 0x21, 0x28, 0x2C, 0x94})
"""Told without a position of satellites; acknowledged, as trackers repeat it until then, and not kept."""

SOS = "sos"
ALARM_NAMES = {
    1: SOS, 2: "power_cut", 3: "vibration", 4: "fence_in", 5: "fence_out", 6: "overspeed", 9: "displaced",
    14: "low_battery", 15: "low_battery", 17: "power_off", 19: "tampered", 20: "door",
}  # fmt: skip
STATUS_ALARMS = {1: "vibration", 2: "power_cut", 3: "low_battery", 4: SOS}
"""Bits 3 to 5 of the terminal's state."""

POSITION = Struct(">6BBIIBH")
NORTH, WEST, POSITIONED, ACC_KNOWN, ACC = 1 << 10, 1 << 11, 1 << 12, 1 << 14, 1 << 15
CHARGING = 4
"""Bit of the terminal's state."""
UNITS_PER_DEGREE = 1_800_000
MOST_LONG_BYTES = 4096
"""Of a frame with a length of two bytes."""
MOST_SPOILT = 100
"""Things wrong in a row, after which what comes is taken for no GT06."""
_SHORT, _END = b"\x78\x78", b"\r\n"
_START = re.compile(rb"\x78\x78|\x79\x79")


def _crc_table() -> tuple[int, ...]:
    table = []
    for byte in range(256):
        value = byte
        for _ in range(8):
            value = value >> 1 ^ (0x8408 if value & 1 else 0)
        table.append(value)
    return tuple(table)


_TABLE = _crc_table()


def crc_x25(data: bytes) -> int:
    """Give the CRC-16/X-25 of bytes; of b"123456789" it is 0x906E."""
    value = 0xFFFF
    for byte in data:
        value = value >> 8 ^ _TABLE[(value ^ byte) & 0xFF]
    return value ^ 0xFFFF


@dataclass(frozen=True)
class Frame:
    """One message: its type, what it says, and its serial."""

    kind: int
    body: bytes
    serial: int


@dataclass(eq=False, slots=True)
class Turn:
    """The place of one acknowledgement among those of a connection; b"" is none at all."""

    frame: Frame
    answer: bytes | None = None


@dataclass(frozen=True)
class Login:
    """A tracker says who it is; `Session.logged_in` answers."""

    turn: Turn
    imei: str


@dataclass(frozen=True)
class Take:
    """A fix to be kept; `Session.taken` answers, once it is."""

    turn: Turn
    fixes: list[RawFix]
    problems: list[Problem]


class Session:
    """What both sides have said on one connection; used as that of JT/T 808.

    Nothing here raises for anything that a tracker can send. Bytes between frames are left out, and counted.
    """

    most_waiting = 64
    most_spoilt = MOST_SPOILT

    def __init__(self) -> None:
        self.imei: str | None = None
        """Who the tracker is, once it is known."""
        self.zone_s = 0
        """Seconds east of Greenwich of its clock: UTC, unless its login or its profile says otherwise."""
        self.counts: Counter[str] = Counter()
        self.spoilt = 0
        self._buffer = b""
        self._inbox: deque[Frame] = deque()
        self._turns: deque[Turn] = deque()
        self._out: list[bytes] = []
        self._undecided: Turn | None = None
        self._is_crying = False
        """Whether the tracker's state was that of an SOS the last time: it says so with every heartbeat."""
        self._now_s = 0.0

    @property
    def waiting(self) -> int:
        """How many messages have no answer yet."""
        return len(self._inbox) + len(self._turns)

    @property
    def is_hopeless(self) -> bool:
        """Whether what comes is no GT06, or of nobody we know, for too long."""
        return self.spoilt > self.most_spoilt

    def receive(self, data: bytes, now_s: float) -> None:
        """Take bytes as they come. now_s: POSIX seconds."""
        self._now_s = now_s
        frames, self._buffer, spoilt = cut(self._buffer + data)
        self._inbox.extend(frames)
        self.counts.update(spoilt)
        self.spoilt += len(spoilt)

    def next(self) -> Login | Take | None:
        """Give what the platform is asked next; None: nothing, until more bytes or an answer come."""
        while self._inbox and self._undecided is None:
            if self.is_hopeless:
                self._inbox.clear()
                return None
            turn = Turn(self._inbox.popleft())
            self._turns.append(turn)
            if (asked := self._read(turn)) is not None:
                return asked
        return None

    def logged_in(self, asked: Login, is_good: bool) -> None:
        """Acknowledge a login; one that is not good gets no word, as the protocol has none for it."""
        self._undecided = None
        self.imei = asked.imei if is_good else None
        if not is_good:
            self.counts["login"] += 1
            self.spoilt += 1
        self._answer(asked.turn, None if is_good else b"")

    def taken(self, asked: Take, is_kept: bool = True) -> None:
        """Acknowledge a fix that is kept; of one that is not the tracker hears nothing, and repeats it."""
        self._is_crying = self._is_crying and is_kept
        self._answer(asked.turn, None if is_kept else b"")

    def output(self) -> bytes:
        """Give what is ready to be sent, once."""
        ready = b"".join(self._out)
        self._out.clear()
        return ready

    def _read(self, turn: Turn) -> Login | Take | None:
        kind, body = turn.frame.kind, turn.frame.body
        if kind == LOGIN and len(body) >= 8:
            self._undecided = turn
            self.zone_s = login_zone_s(body)
            return Login(turn, body[:8].hex().lstrip("0") or "0")
        if self.imei is None:
            self.counts["not logged in"] += 1
            self.spoilt += 1
            self._answer(turn, b"")
            return None
        self.spoilt = 0
        if kind in GPS or kind in ALARMS:
            found = read_position(turn.frame, self.zone_s, self._now_s)
            if kind in ALARMS:
                self._is_crying = read_state(turn.frame).alarm == SOS
            if isinstance(found, Problem):
                return Take(turn, [], [found])
            return Take(turn, [found], [])
        if (cry := self._cry(turn.frame)) is not None:
            return Take(turn, [cry], [])
        self._answer_other(turn, kind)
        return None

    def _cry(self, frame: Frame) -> RawFix | None:
        """Find where the state of a tracker becomes an SOS: a fix without a place, of the time of receipt."""
        if frame.kind not in (HEARTBEAT, CELL_STATE):
            return None
        state, has_cried = read_state(frame), self._is_crying
        self._is_crying = state.alarm == SOS
        return _placeless(state, self._now_s) if self._is_crying and not has_cried else None

    def _answer_other(self, turn: Turn, kind: int) -> None:
        if kind == ASK_TIME:
            now = datetime.fromtimestamp(self._now_s, UTC)
            text = bytes((now.year % 100, now.month, now.day, now.hour, now.minute, now.second))
            self._answer(turn, write(kind, turn.frame.serial, text))
        elif kind in (HEARTBEAT, OTHER_HEARTBEAT):
            self._answer(turn, None)
        else:
            is_known = kind in ANSWERED
            self.counts["set aside" if is_known else "unsupported"] += 1
            self._answer(turn, None if is_known else b"")

    def _answer(self, turn: Turn, answer: bytes | None) -> None:
        """Put an answer in its place (None: the plain one); those whose turn it is are written."""
        turn.answer = write(turn.frame.kind, turn.frame.serial) if answer is None else answer
        while self._turns and self._turns[0].answer is not None:
            self._out.append(self._turns.popleft().answer or b"")


def cut(data: bytes) -> tuple[list[Frame], bytes, list[str]]:
    """Cut bytes into frames; gives them, what may be the beginning of one more, and what was wrong.

    Once more is wrong than anybody is forgiven, the rest is not looked at.
    """
    frames: list[Frame] = []
    spoilt: list[str] = []
    at = 0
    while (begin := _START.search(data, at)) is not None:
        start = begin.start()
        if start > at:
            spoilt.append("framing")
        if len(spoilt) > MOST_SPOILT:
            return frames, b"", spoilt
        head = 3 if data.startswith(_SHORT, start) else 4
        end = start + head + int.from_bytes(data[start + 2 : start + head], "big") + 2
        if end - start > MOST_LONG_BYTES or (end <= len(data) and data[end - 2 : end] != _END):
            spoilt.append("framing")
            at = start + 1
            continue
        if start + head > len(data) or end > len(data):
            return frames, data[start:], spoilt
        found = _frame(data[start + 2 : end - 2], head - 2)
        frames.append(found) if isinstance(found, Frame) else spoilt.append(found)
        at = end
    # The last byte may be the first of a beginning.
    rest = data[-1:] if data[at:] and data[-1:] in (b"\x78", b"\x79") else b""
    if len(data) - at > len(rest):
        spoilt.append("framing")
    return frames, rest, spoilt


def _frame(data: bytes, length_bytes: int) -> Frame | str:
    """Read length to CRC."""
    if len(data) < length_bytes + 5:
        return "length"
    if crc_x25(data[:-2]) != int.from_bytes(data[-2:], "big"):
        return "checksum"
    return Frame(data[length_bytes], data[length_bytes + 1 : -4], int.from_bytes(data[-4:-2], "big"))


def write(kind: int, serial: int, body: bytes = b"") -> bytes:
    """Write a frame to the tracker; without a body it acknowledges the one of that type and serial."""
    content = bytes((len(body) + 5, kind)) + body + serial.to_bytes(2, "big")
    return _SHORT + content + crc_x25(content).to_bytes(2, "big") + _END


def login_zone_s(body: bytes) -> int:
    """Read what zone the tracker's clock shows, from the end of a long login; UTC where it says nothing."""
    if len(body) < 12:
        return 0
    bits = int.from_bytes(body[10:12], "big")
    hours, minutes = divmod(bits >> 4, 100)
    seconds = (hours * 60 + minutes) * 60
    if seconds > 14 * 3600:
        return 0
    return -seconds if bits & 8 else seconds


def read_position(frame: Frame, zone_s: int = 0, now_s: float | None = None) -> RawFix | Problem:
    """Read the position that a message of GPS or ALARMS begins with; a Problem when there is none.

    now_s: POSIX seconds of receipt; with them an alarm without a time is of that moment, and its place
    counts for nothing.
    """
    body = frame.body
    if len(body) < POSITION.size:
        return Problem("position", "too short")
    *clock, _, lat, lon, speed_kmh, bits = POSITION.unpack_from(body)
    state, seconds = read_state(frame), _seconds(clock)
    flags = _flags(bits, state)
    if seconds is not None:
        time_us = (seconds - zone_s) * 1_000_000
    elif state.alarm and now_s is not None:
        time_us = int(now_s * 1e6)
        flags |= Flag.TIME_GUESSED | Flag.NOT_POSITIONED
    else:
        return Problem("position.time", "no time")
    return RawFix(
        time_us,
        (-lon if bits & WEST else lon) / UNITS_PER_DEGREE,
        (lat if bits & NORTH else -lat) / UNITS_PER_DEGREE,
        speed_kmh / 3.6,
        (bits & 0x3FF) % 360,
        battery_pct=state.battery_pct,
        flags=flags,
        extra={"alarm": state.alarm} if state.alarm else None,
    )


@dataclass(frozen=True)
class State:
    """What a message says of the tracker beside the position."""

    battery_pct: int | None = None
    is_charging: bool = False
    alarm: str | None = None


STATE_AT_LEAST = {**dict.fromkeys(ALARMS, POSITION.size + 5), CELL_STATE: 13, HEARTBEAT: 3}
"""How long messages with a state are."""


def read_state(frame: Frame) -> State:
    """Read the state of the tracker; nothing is known of one that a message does not hold.

    It is the last five bytes of an alarm: state, level of the battery (0 to 6), signal, alarm, language. A
    heartbeat begins with it, and makers put other things where the alarm would be.
    """
    body = frame.body
    if len(body) < STATE_AT_LEAST.get(frame.kind, len(body) + 1):
        return State()
    state, level, alarm = (*body[:2], 0) if frame.kind == HEARTBEAT else (*body[-5:-3], body[-2])
    name = ALARM_NAMES.get(alarm) if alarm else STATUS_ALARMS.get(state >> 3 & 7)
    if alarm and name is None:
        name = f"x{alarm:02x}"
    return State(level * 100 // 6 if level <= 6 else None, bool(state & CHARGING), name)


def _placeless(state: State, now_s: float) -> RawFix:
    """Make a fix of an alarm that came without time and place."""
    flags = _flags(0, state) | Flag.TIME_GUESSED
    extra = {"alarm": state.alarm}
    return RawFix(int(now_s * 1e6), 0.0, 0.0, battery_pct=state.battery_pct, flags=flags, extra=extra)


def _seconds(clock: Sequence[int]) -> int | None:
    year, *rest = clock
    try:
        return int(datetime(2000 + year, *rest, tzinfo=UTC).timestamp())  # type: ignore[arg-type, misc]
    except ValueError:
        return None


def _flags(bits: int, state: State) -> int:
    flags = 0 if bits & POSITIONED else Flag.NOT_POSITIONED
    if bits & ACC_KNOWN and bits & ACC:
        flags |= Flag.IGNITION
    if state.is_charging:
        flags |= Flag.CHARGING
    if state.alarm:
        flags |= Flag.SOS if state.alarm == "sos" else Flag.ALARM
    return int(flags)
