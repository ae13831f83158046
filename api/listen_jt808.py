"""Terminals of JT/T 808 on their lines: let in, their fixes kept, told what waits for them."""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime

import structlog

from api.lines import Line, without_values
from api.listen import House
from api.live import Message
from spatial.patrols.downlinks import queue
from spatial.patrols.happenings import keeping
from spatial.patrols.protocols.fixes import Source
from spatial.patrols.protocols.jt808 import Authenticate, LogOut, Receipt, Register, Session, Take, Tell
from spatial.patrols.protocols.jt808.location import BEIJING_S
from spatial.patrols.protocols.jt808.messages import Result
from spatial.patrols.protocols.jt808.parts import Parts
from spatial.patrols.terminals import admission
from spatial.patrols.terminals.admission import Terminal

PROTOCOL = "jt808"
TIDY_S = 30.0
"""How often it is looked for what was not confirmed in time, and for what waits and was not heard of."""

LEFT_S = 60.0
"""How long what a lost line has left is kept."""
MOST_LEFT = 1_000

log = structlog.get_logger()


class Jt808Line(Line):
    """A line of one terminal."""

    source = Source.JT808

    def __init__(self, house: House, downlinks: Downlinks, leavings: Leavings) -> None:
        self.session = Session()
        super().__init__(house, self.session, self.session.limits.most_waiting)
        self.sent: dict[int, int] = {}
        """Numbers of orders by the serial they were written under."""
        self._downlinks = downlinks
        self._leavings = leavings

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the line, and remember of which message it has brought but a part."""
        super().connection_lost(exc)
        if self.terminal is not None:
            self._leavings.leave(self.terminal.device, self.session.parts)

    def go_on(self) -> None:
        """Do what the session asks."""
        while (asked := self.session.next()) is not None:
            match asked:
                case Take():
                    self._take(asked)
                case Tell():
                    self.house.start(self._tell(asked))
                case Register():
                    self.house.start(self._register(asked))
                case Authenticate():
                    self.house.start(self._authenticate(asked))
                case Receipt(serial, result):
                    self._confirmed(serial, result)
                case LogOut():
                    self.flush()
                    self.close("logged out")
        self.flush()

    def look(self) -> None:
        """Ask for parts that have not come."""
        self.session.look(time.time())
        self.flush()

    def read_by(self, terminal: Terminal) -> None:
        """Read what comes by the profile of the device."""
        super().read_by(terminal)
        self.session.all_kept = terminal.all_kept
        self.session.zone_s = BEIJING_S if terminal.zone_s is None else terminal.zone_s

    def tell(self, order: queue.Claimed) -> None:
        """Write an order to the terminal."""
        self.sent[self.session.send(order.message)] = order.id
        self.flush()

    def _take(self, asked: Take) -> None:
        if asked.answers is not None:
            self._confirmed(asked.answers, Result.DONE)
        self.not_taken(asked.problems)
        if not asked.fixes:
            # It was understood, and there is nothing in it to keep.
            self.session.taken(asked)
            return

        def answer(is_kept: bool) -> None:
            self.session.taken(asked, Result.DONE if is_kept else Result.FAILED)
            self.flush()

        self.keep(asked.fixes, answer)

    async def _tell(self, asked: Tell) -> None:
        """Keep that somebody begins or ends their work; told that it failed, the terminal says it again."""
        assert self.terminal is not None
        is_kept = False
        try:
            await self.house.ask(keeping.keep, [(self.terminal.device, asked.happened)])
            is_kept = True
        except Exception as error:
            problem = without_values(error)
            log.error("a driver's card could not be kept", device=self.terminal.device, traceback=problem)
        self.session.told(asked, is_kept)
        self.flush()

    async def _register(self, asked: Register) -> None:
        phone, now = asked.turn.header.phone, datetime.now(UTC)
        try:
            result, code = await self.house.ask_for_stranger(
                self.house.registering, admission.register, PROTOCOL, phone, asked.registration, now
            )
        except Exception as error:
            # Told no, it would throw its code away; hung up on, it comes back with it.
            log.error("a terminal could not be registered", terminal=phone, traceback=without_values(error))
            self.close("database away")
            return
        log.info("terminal registers", terminal=phone, address=self.address, result=result.name.lower())
        self.session.registered(asked, result, code)
        self.go_on()

    async def _authenticate(self, asked: Authenticate) -> None:
        phone, code = asked.turn.header.phone, asked.authentication.code
        try:
            terminal = await self.house.ask_for_stranger(
                self.house.authenticating, admission.authenticate, PROTOCOL, phone, code
            )
        except Exception as error:
            log.error(
                "a terminal could not be authenticated", terminal=phone, traceback=without_values(error)
            )
            self.close("database away")
            return
        if terminal is None:
            log.warning("terminal not let in", terminal=phone, address=self.address)
        else:
            self.session.parts = self._leavings.taken_up(self, terminal.device)
        self.let_in(terminal)
        self.session.authenticated(asked, terminal is not None)
        self.go_on()
        if terminal is not None:
            self._downlinks.wake(terminal.device)

    def _confirmed(self, serial: int, result: int) -> None:
        order = self.sent.pop(serial, None)
        if order is not None:
            self.house.start(self._downlinks.confirm(order, result))


class Leavings:
    """What is unfinished of terminals whose lines were lost just now: they go on where they were."""

    def __init__(self) -> None:
        self._left: dict[int, tuple[float, Parts]] = {}

    def leave(self, device: int, parts: Parts) -> None:
        """Keep what a line has left, for a while; beyond MOST_LEFT, what was left first is given up."""
        if len(parts):
            self._left.pop(device, None)
            self._left[device] = time.monotonic(), parts
        late_s = time.monotonic() - LEFT_S
        while self._left:
            first = next(iter(self._left))
            if len(self._left) <= MOST_LEFT and self._left[first][0] > late_s:
                return
            del self._left[first]

    def taken_up(self, line: Jt808Line, device: int) -> Parts:
        """Give what a terminal goes on with: its own, that of its older line, or what that one has left."""
        older = line.house.by_device.get(device)
        if isinstance(older, Jt808Line):
            older.session.parts, parts = Parts(), older.session.parts
            return parts
        left_s, parts = self._left.pop(device, (0.0, line.session.parts))
        return parts if time.monotonic() - left_s <= LEFT_S else line.session.parts


class Downlinks:
    """Takes orders for terminals that are on the line here, as soon as they are said to wait."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._wanted: set[int] = set()
        self._is_looking = False
        house.on_message = self.heard

    def heard(self, message: Message) -> None:
        """Follow what other processes say."""
        self._house.heard(message)
        if message["kind"] == queue.KIND and isinstance(message.get("device"), int):
            self.wake(message["device"])
        elif message["kind"] == "everything":
            self._look_for(set(self._house.by_device))

    def wake(self, device: int) -> None:
        """Something may wait for a device."""
        if device in self._house.by_device:
            self._look_for({device})

    def _look_for(self, devices: set[int]) -> None:
        self._wanted |= devices
        if self._wanted and not self._is_looking:
            self._is_looking = True
            self._house.start(self._look())

    async def _look(self) -> None:
        try:
            while self._wanted:
                devices, self._wanted = sorted(self._wanted), set()
                claimed = await self._house.ask(queue.claim, devices)
                for order in claimed:
                    self._tell(order)
                if len(claimed) == queue.MOST_AT_ONCE:
                    self._wanted |= set(devices)
        except Exception as error:
            log.warning("orders could not be read", traceback=without_values(error))
        finally:
            self._is_looking = False

    def _tell(self, order: queue.Claimed) -> None:
        line = self._house.by_device.get(order.device)
        if isinstance(line, Jt808Line):
            line.tell(order)

    async def confirm(self, order: int, result: int) -> None:
        """Note what a terminal said of an order."""
        try:
            await self._house.ask(queue.confirm, order, result)
        except Exception as error:
            log.warning("a receipt could not be kept", order=order, traceback=without_values(error))

    async def tidy(self, every_s: float = TIDY_S) -> None:
        """End what is too late, and try again what was not confirmed; for as long as the process lives."""
        while True:
            await asyncio.sleep(every_s)
            try:
                await self._house.ask(queue.end_late)
            except Exception as error:
                log.warning("orders could not be tidied", traceback=without_values(error))
            self._look_for(set(self._house.by_device))
