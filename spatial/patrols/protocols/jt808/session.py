"""One connection of a terminal: bytes in, what is asked of the platform out, answers in order."""

from __future__ import annotations

from collections import Counter, deque
from dataclasses import dataclass, field
from datetime import UTC, datetime

from spatial.errors import Problem
from spatial.patrols.protocols.fixes import Happened, RawFix
from spatial.patrols.protocols.jt808 import location
from spatial.patrols.protocols.jt808.downlinks import Downlink, encode
from spatial.patrols.protocols.jt808.drivers import read_card
from spatial.patrols.protocols.jt808.framing import Frames, Spoilt
from spatial.patrols.protocols.jt808.header import Header, read, write
from spatial.patrols.protocols.jt808.messages import FIXES, SET_ASIDE, Message, Registered, Result
from spatial.patrols.protocols.jt808.parts import PartLimits, Parts, Unfinished
from spatial.patrols.protocols.jt808.registration import (
    Authentication,
    Registration,
    read_authentication,
    read_registration,
)

MOST_MISSING = 125
"""Parts asked for again at once."""


@dataclass(frozen=True)
class Limits:
    """How much one connection may hold and do."""

    parts: PartLimits = field(default_factory=PartLimits)
    most_waiting: int = 64
    """Messages without an answer, beyond which nothing more is to be read from the connection."""
    most_spoilt: int = 100
    """Frames in a row that are none, or messages of strangers, before the connection is to be closed."""


@dataclass(eq=False, slots=True)
class Turn:
    """The place of one answer among the answers of a connection."""

    header: Header
    answer: tuple[Message, bytes] | None = None


@dataclass(frozen=True)
class Register:
    """A terminal wants to be registered; `Session.registered` answers."""

    turn: Turn
    registration: Registration


@dataclass(frozen=True)
class Authenticate:
    """A terminal shows the code that it was given; `Session.authenticated` answers."""

    turn: Turn
    authentication: Authentication


@dataclass(frozen=True)
class Take:
    """Fixes to be kept; `Session.taken` answers, once they are."""

    turn: Turn
    fixes: list[RawFix]
    problems: list[Problem]
    """What of the message is no fix, and why."""
    answers: int | None = None
    """The serial of our question that it answers."""


@dataclass(frozen=True)
class Tell:
    """Something that is no fix, to be kept; `told` answers, once it is."""

    turn: Turn
    happened: Happened


@dataclass(frozen=True)
class Receipt:
    """The terminal's word on what we sent under a serial; a `Result`."""

    serial: int
    result: int


@dataclass(frozen=True)
class LogOut:
    """The terminal takes its leave."""


Asked = Register | Authenticate | Take | Tell | Receipt | LogOut


class Session:
    """What both sides have said on one connection, and what is still to be said.

    `receive` bytes, then take from `next` until it gives None; it also gives None while it is being decided
    who the terminal is. Answers are given back by `registered`, `authenticated` and `taken` in any order;
    `output` has them in the order of the questions.
    Nothing here raises for anything that a terminal can send.
    """

    def __init__(self, limits: Limits | None = None) -> None:
        self.limits = limits or Limits()
        self.phone: str | None = None
        """Who the terminal is, once it is authenticated."""
        self.zone_s = location.BEIJING_S
        self.all_kept = False
        """Whether ordinary attributes of fixes are kept as well."""
        self.counts: Counter[str] = Counter()
        """What was left out, by reason."""
        self.spoilt = 0
        """Frames of nothing since the last good one."""
        self.parts = Parts(self.limits.parts)
        """What is unfinished; a terminal that comes back on another line goes on with it."""
        self._frames = Frames()
        self._inbox: deque[bytes] = deque()
        self._turns: deque[Turn] = deque()
        self._out: list[bytes] = []
        self._undecided: Turn | None = None
        self._serial = 0
        self._header: Header | None = None
        self._now_s = 0.0

    @property
    def waiting(self) -> int:
        """How many messages have no answer yet."""
        return len(self._inbox) + len(self._turns)

    @property
    def is_hopeless(self) -> bool:
        """Whether what comes is no JT/T 808, or of nobody we know, for too long."""
        return self.spoilt > self.limits.most_spoilt

    def receive(self, data: bytes, now_s: float) -> None:
        """Take bytes as they come. now_s: POSIX seconds."""
        self._now_s = now_s
        self._inbox.extend(self._frames.feed(data))
        if self._frames.left_out:
            self._leave_out("length", self._frames.left_out)
            self._frames.left_out = 0

    def next(self) -> Asked | None:
        """Give what the platform is asked next; None: nothing, until more bytes or an answer come."""
        while self._inbox and self._undecided is None:
            if self.is_hopeless:
                self._inbox.clear()
                return None
            try:
                header, body = read(self._inbox.popleft(), self._frames.delimiter)
                asked = self._read(header, body)
            except Spoilt as error:
                self._leave_out(str(error))
                continue
            if asked is not None:
                return asked
        return None

    def registered(self, asked: Register, result: Registered, code: str = "") -> None:
        """Answer a registration; the code only when it is done."""
        self._undecided = None
        if result != Registered.DONE:
            self._leave_out("registration")
        secret = code.encode("gbk") if result == Registered.DONE else b""
        reply = asked.turn.header.serial.to_bytes(2, "big") + bytes((result,)) + secret
        self._answer(asked.turn, Message.REGISTERED, reply)

    def authenticated(self, asked: Authenticate, is_good: bool) -> None:
        """Answer an authentication; from now on the connection is that terminal's, or nobody's."""
        self._undecided = None
        self.phone = asked.turn.header.phone if is_good else None
        if not is_good:
            self._leave_out("authentication")
        self._reply(asked.turn, Result.DONE if is_good else Result.FAILED)

    def taken(self, asked: Take, result: Result = Result.DONE) -> None:
        """Answer fixes: they are kept, or it did not work and the terminal is to send them again."""
        if asked.turn.header.parts > 1:
            settle = self.parts.done if result == Result.DONE else self.parts.failed
            settle(asked.turn.header)
        self._reply(asked.turn, result)

    def told(self, asked: Tell, is_kept: bool) -> None:
        """Answer what is no fix, as `taken` does."""
        self._reply(asked.turn, Result.DONE if is_kept else Result.FAILED)

    def send(self, downlink: Downlink) -> int:
        """Write something to the terminal; gives the serial that its receipt will name."""
        assert self._header is not None
        message, body = encode(downlink, self._header.version is not None)
        return self._write(self._header, message, body)

    def look(self, now_s: float) -> None:
        """Ask again for parts that have not come for long."""
        late, given_up = self.parts.late(now_s)
        for each in late:
            self._ask_for_missing(each)
        self._count_given_up(given_up)

    def output(self) -> bytes:
        """Give what is ready to be sent, once."""
        ready = b"".join(self._out)
        self._out.clear()
        return ready

    def _read(self, header: Header, body: bytes) -> Asked | None:
        """Answer what needs nobody; give everything else."""
        self._header = header
        if header.message == Message.RECEIPT:
            return self._receipt(header, body)
        turn = Turn(header)
        self._turns.append(turn)
        try:
            return self._understand(turn, body)
        except Spoilt as error:
            self._refuse(turn, str(error), Result.WRONG)
            return None

    def _understand(self, turn: Turn, body: bytes) -> Asked | None:
        header = turn.header
        if header.is_encrypted:
            self._refuse(turn, "encrypted", Result.UNSUPPORTED)
            return None
        if header.message in (Message.REGISTER, Message.AUTHENTICATE):
            return self._who(turn, body)
        if self.phone != header.phone:
            self.spoilt += 1
            why = "another terminal" if self.phone else "not authenticated"
            self._refuse(turn, why, Result.FAILED)
            return None
        self.spoilt = 0
        if header.parts > 1 and header.message in FIXES:
            whole = self._collected(turn, body)
            return None if whole is None else self._take(turn, whole)
        return self._of_known(turn, body)

    def _who(self, turn: Turn, body: bytes) -> Asked:
        """Nothing more is read until it is decided who this is."""
        asked: Asked
        if turn.header.message == Message.REGISTER:
            asked = Register(turn, read_registration(turn.header, body))
        else:
            asked = Authenticate(turn, read_authentication(turn.header, body))
        self._undecided = turn
        return asked

    def _of_known(self, turn: Turn, body: bytes) -> Asked | None:
        message = turn.header.message
        if message in FIXES:
            return self._take(turn, body)
        if message == Message.ASK_TIME:
            now = datetime.fromtimestamp(self._now_s, UTC)
            self._answer(turn, Message.TIME, bytes.fromhex(f"{now:%y%m%d%H%M%S}"))
        elif message == Message.DRIVER and (happened := self._card(turn, body)) is not None:
            return Tell(turn, happened)
        elif message in (Message.HEARTBEAT, Message.LOG_OUT):
            self._reply(turn, Result.DONE)
        elif message in SET_ASIDE or message == Message.DRIVER:
            self._refuse(turn, "set aside", Result.DONE)
        else:
            self._refuse(turn, "unsupported", Result.UNSUPPORTED)
        return LogOut() if message == Message.LOG_OUT else None

    def _card(self, turn: Turn, body: bytes) -> Happened | None:
        """Read a driver's card; a part of a longer message could be taken for one."""
        return None if turn.header.parts > 1 else read_card(body, self.zone_s)

    def _take(self, turn: Turn, body: bytes) -> Take:
        message, answers = turn.header.message, None
        if message == Message.BATCH:
            fixes, problems = location.read_batch(body, self.zone_s, self.all_kept, self._now_s)
            return Take(turn, fixes, problems)
        if message == Message.LOCATION_ASKED_FOR:
            answers, body = int.from_bytes(body[:2], "big"), body[2:]
        found = location.read(body, self.zone_s, all_kept=self.all_kept, now_s=self._now_s)
        if isinstance(found, Problem):
            return Take(turn, [], [found], answers)
        return Take(turn, [found], [], answers)

    def _collected(self, turn: Turn, body: bytes) -> bytes | None:
        """Keep a part; give the whole when this was the last.

        The other parts are answered at once, as there are terminals that send no part before they were told
        of the one before. The message itself is acknowledged by the answer to its last part alone.
        """
        header = turn.header
        found = None if self.parts.is_done(header) else self.parts.add(header, body, self._now_s)
        self._count_given_up()
        if isinstance(found, bytes):
            return found
        self._reply(turn, Result.DONE)
        if found is not None and header.part == header.parts:
            self._ask_for_missing(found)
        return None

    def _count_given_up(self, late: int = 0) -> None:
        if late + self.parts.given_up:
            self.counts["parts given up"] += late + self.parts.given_up
            self.parts.given_up = 0

    def _ask_for_missing(self, message: Unfinished) -> None:
        missing = message.missing[:MOST_MISSING]
        numbers = b"".join(index.to_bytes(2, "big") for index in missing)
        count = len(missing).to_bytes(1 if message.header.version is None else 2, "big")
        body = message.first_serial.to_bytes(2, "big") + count + numbers
        self._write(message.header, Message.MISSING_PARTS, body)

    def _receipt(self, header: Header, body: bytes) -> Receipt | None:
        if self.phone != header.phone or len(body) < 5:
            self._leave_out("receipt")
            return None
        return Receipt(int.from_bytes(body[:2], "big"), body[4])

    def _leave_out(self, reason: str, count: int = 1) -> None:
        self.counts[reason] += count
        self.spoilt += count

    def _refuse(self, turn: Turn, reason: str, result: Result) -> None:
        self.counts[reason] += 1
        self._reply(turn, result)

    def _reply(self, turn: Turn, result: Result) -> None:
        header = turn.header
        body = header.serial.to_bytes(2, "big") + header.message.to_bytes(2, "big") + bytes((result,))
        self._answer(turn, Message.ANSWER, body)

    def _answer(self, turn: Turn, message: Message, body: bytes) -> None:
        """Put an answer in its place; those whose turn it is are written."""
        turn.answer = (message, body)
        while self._turns and (answer := self._turns[0].answer) is not None:
            self._write(self._turns.popleft().header, *answer)

    def _write(self, to: Header, message: Message, body: bytes) -> int:
        serial = self._serial
        self._serial = (serial + 1) & 0xFFFF
        self._out.append(write(to, message, serial, body))
        return serial
