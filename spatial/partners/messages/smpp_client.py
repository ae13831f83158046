"""A client of an SMPP 3.4 gateway: one bound transceiver, a window of units under way, receipts.

Synchronous, for a thread of its own. It says of each order whether the gateway took it, refused it, or may
have taken it: a connection that breaks after a unit has left leaves that open, and nothing is sent twice by
itself.
"""

from __future__ import annotations

import socket
import ssl
import time
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path

from spatial.errors import Unavailable
from spatial.partners.messages import smpp_pdu as smpp
from spatial.partners.messages.gateways import Order, Outcome, Receipt, SmppAddress, kept_id
from spatial.partners.messages.smpp_pdu import Malformed, Pdu, ShortMessage
from spatial.partners.messages.smpp_receipts import is_receipt, read_receipt
from spatial.partners.messages.texts import GSM7, PART_OCTETS, SINGLE_OCTETS

ANSWER_S = 10.0
"""Longest wait for an answer, and for a connection."""
QUIET_S = 30.0
"""After so much silence the gateway is asked whether it is there."""
SLOWEST_S = 5.0
"""Pause between two units when the gateway says again and again that it is too much."""
BUSY_S = 30.0
"""When what the gateway could not take for reasons of its own is tried again."""
_THROTTLING = (smpp.THROTTLED, smpp.QUEUE_FULL)
_PASSING = (smpp.SYSTEM_ERROR, 0x45, 0x64)
_CODINGS = {GSM7: 0x00}
_UCS2 = 0x08


class SmppClient:
    """A gateway of SMPP; `send` and `listen` work while it `is_open`."""

    kind = "smpp"
    repeats = False

    def __init__(self, address: SmppAddress, ca_file: Path | None = None) -> None:
        self._address = address
        self._ca_file = ca_file
        self._socket: socket.socket | None = None
        self._buffer = bytearray()
        self._sequence = 0
        self._pause_s = self._least_pause_s = 1 / address.per_second
        self._next_s = self._heard_s = 0.0
        self._asked = False
        self._receipts: list[tuple[int, Receipt]] = []
        self.size = address.window
        self.whole = address.long == "payload"
        self.country = address.country

    @property
    def is_open(self) -> bool:
        """Tell whether it is bound, as far as is known."""
        return self._socket is not None

    def open(self) -> None:
        """Connect and bind; Unavailable with the reason, which holds no password."""
        try:
            self._socket = self._connected()
            bound = self._bind()
        except (OSError, Malformed) as error:
            self.close()
            raise Unavailable(f"the gateway cannot be reached: {_said(error)}") from None
        if bound.status != smpp.OK:
            self.close()
            raise Unavailable(f"the gateway does not let us in: {smpp.words(bound.status)}")

    def _connected(self) -> socket.socket:
        where = self._address
        plain = socket.create_connection((where.host, where.port), timeout=ANSWER_S)
        plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if not where.tls:
            return plain
        context = ssl.create_default_context(cafile=self._ca_file)
        try:
            return context.wrap_socket(plain, server_hostname=where.host)
        except OSError:
            plain.close()
            raise

    def _bind(self) -> Pdu:
        self._buffer.clear()
        self._receipts.clear()
        self._asked = False
        who = self._address
        body = smpp.Bind(who.system_id, who.password, who.system_type).body()
        sequence = self._put(smpp.BIND_TRANSCEIVER, body)
        until = time.monotonic() + ANSWER_S
        while (left := until - time.monotonic()) > 0:
            for pdu in self._arrived(left):
                if pdu.sequence == sequence and pdu.command & smpp.RESPONSE:
                    return pdu
        raise TimeoutError("no answer to the bind")

    def close(self) -> None:
        """Say good-bye and hang up."""
        if self._socket is None:
            return
        with suppress(OSError, Malformed):
            self._put(smpp.UNBIND)
        self._drop()

    def _drop(self) -> None:
        if self._socket is not None:
            with suppress(OSError):
                self._socket.close()
        self._socket = None

    def send(self, orders: Sequence[Order]) -> Iterator[Outcome]:
        """Send orders, and give what became of each, in the order in which that is known.

        Of a recipient for whom a part was not taken, further parts are not sent and have no outcome.
        """
        waiting: dict[int, tuple[Order, float]] = {}
        queue, spoiled = deque(orders), set[int]()
        try:
            while queue or waiting:
                self._fill(queue, waiting, spoiled)
                for outcome in self._answers(waiting, more=bool(queue)):
                    if outcome.verdict != "taken":
                        spoiled.add(outcome.order.recipient_id)
                    yield outcome
                    if 0 < outcome.wait_s < BUSY_S:
                        yield from _put_off(queue, spoiled, outcome)
        except (OSError, Malformed) as error:
            self._drop()
            reason = _said(error)
            for order, _ in waiting.values():
                spoiled.add(order.recipient_id)
                yield Outcome(order, "uncertain", reason=reason)
            yield from _put_off(queue, spoiled, Outcome(orders[0], "later", reason=reason))

    def _fill(self, queue: deque[Order], waiting: dict[int, tuple[Order, float]], spoiled: set[int]) -> None:
        """Send as much as the window and the pace let through."""
        while queue and len(waiting) < self._address.window:
            if queue[0].recipient_id in spoiled:
                queue.popleft()
                continue
            if waiting and time.monotonic() < self._next_s:
                return
            time.sleep(max(0.0, self._next_s - time.monotonic()))
            self._next_s = time.monotonic() + self._pause_s
            # A unit that did not leave as a whole was not taken: it stays in the queue until it has.
            sequence = self._put(smpp.SUBMIT_SM, _body(self._address, queue[0]))
            waiting[sequence] = queue.popleft(), time.monotonic()

    def _answers(self, waiting: dict[int, tuple[Order, float]], more: bool) -> Iterator[Outcome]:
        """Wait for answers, or until the next order may leave; TimeoutError when one does not come."""
        if not waiting:
            return
        oldest_s = next(iter(waiting.values()))[1]
        now_s = time.monotonic()
        if now_s > oldest_s + ANSWER_S:
            raise TimeoutError("the gateway does not answer")
        room = more and len(waiting) < self._address.window
        until_s = min(oldest_s + ANSWER_S, self._next_s) if room else oldest_s + ANSWER_S
        for pdu in self._arrived(until_s - now_s):
            if pdu.command & smpp.RESPONSE and pdu.sequence in waiting:
                yield self._judged(waiting.pop(pdu.sequence)[0], pdu)

    def _judged(self, order: Order, pdu: Pdu) -> Outcome:
        if pdu.status == smpp.OK and pdu.command == smpp.SUBMIT_SM | smpp.RESPONSE:
            self._pause_s = max(self._least_pause_s, self._pause_s * 0.9)
            with suppress(Malformed):
                return Outcome(order, "taken", kept_id(smpp.read_message_id(pdu.body)))
            return Outcome(order, "taken")
        reason = smpp.words(pdu.status)
        if pdu.status in _THROTTLING:
            self._pause_s = min(self._pause_s * 2, SLOWEST_S)
            return Outcome(order, "later", reason=reason, wait_s=max(1.0, self._pause_s))
        if pdu.status in _PASSING:
            return Outcome(order, "later", reason=reason, wait_s=BUSY_S)
        return Outcome(order, "refused", reason=reason)

    def listen(self) -> None:
        """Read what has arrived, and ask whether the gateway is there when it was quiet for long."""
        try:
            list(self._arrived(0.0))
            silent_s = time.monotonic() - self._heard_s
            if silent_s > 2 * QUIET_S:
                raise TimeoutError("the gateway does not answer")
            if silent_s > QUIET_S and not self._asked:
                self._put(smpp.ENQUIRE_LINK)
                self._asked = True
        except (OSError, Malformed) as error:
            self._drop()
            raise Unavailable(f"the gateway has gone: {_said(error)}") from None

    def receipts(self) -> list[Receipt]:
        """Give the receipts that have arrived and were not acknowledged yet."""
        return [receipt for _, receipt in self._receipts]

    def acknowledge(self) -> None:
        """Tell the gateway that the receipts are kept: otherwise it brings them again."""
        kept, self._receipts = self._receipts, []
        with suppress(OSError):
            for sequence, _ in kept:
                self._answer(smpp.DELIVER_SM, sequence, b"\0")

    def _arrived(self, wait_s: float) -> Iterator[Pdu]:
        """Read what arrives within a time, answer what is asked for, and give the rest: answers to us."""
        line = self._socket
        if line is None:
            raise ConnectionError("not connected")
        line.settimeout(max(wait_s, 0.001))
        try:
            received = line.recv(65_536)
        except (TimeoutError, ssl.SSLWantReadError):
            return
        if not received:
            raise ConnectionError("the gateway hung up")
        self._heard_s, self._asked = time.monotonic(), False
        self._buffer += received
        while (pdu := smpp.take(self._buffer)) is not None:
            if pdu.command & smpp.RESPONSE:
                yield pdu
            else:
                self._asked_of_us(pdu)

    def _asked_of_us(self, pdu: Pdu) -> None:
        if pdu.command == smpp.DELIVER_SM:
            self._delivered(pdu)
        elif pdu.command == smpp.ENQUIRE_LINK:
            self._answer(pdu.command, pdu.sequence)
        elif pdu.command == smpp.UNBIND:
            self._answer(pdu.command, pdu.sequence)
            raise ConnectionError("the gateway said good-bye")
        else:
            self._write(Pdu(smpp.GENERIC_NACK, smpp.INVALID_COMMAND, pdu.sequence))

    def _delivered(self, pdu: Pdu) -> None:
        """Keep a receipt until it is stored; what somebody wrote to us is taken and not kept."""
        try:
            message = smpp.read_short_message(pdu.body)
        except Malformed:
            self._write(Pdu(smpp.GENERIC_NACK, 0x02, pdu.sequence))
            return
        receipt = read_receipt(message, self._address.decimal_ids) if is_receipt(message) else None
        if receipt is None:
            self._answer(smpp.DELIVER_SM, pdu.sequence, b"\0")
        else:
            self._receipts.append((pdu.sequence, receipt))

    def _put(self, command: int, body: bytes = b"") -> int:
        self._sequence = self._sequence % 0x7FFFFFFF + 1
        self._write(Pdu(command, smpp.OK, self._sequence, body))
        return self._sequence

    def _answer(self, command: int, sequence: int, body: bytes = b"") -> None:
        self._write(Pdu(command | smpp.RESPONSE, smpp.OK, sequence, body))

    def _write(self, pdu: Pdu) -> None:
        if self._socket is None:
            raise ConnectionError("not connected")
        self._socket.settimeout(ANSWER_S)
        self._socket.sendall(smpp.write(pdu))


def _put_off(queue: deque[Order], spoiled: set[int], why: Outcome) -> Iterator[Outcome]:
    """What has not left waits, too; one outcome stands for all parts of a recipient."""
    while queue:
        order = queue.popleft()
        if order.recipient_id not in spoiled:
            spoiled.add(order.recipient_id)
            yield Outcome(order, "later", reason=why.reason, wait_s=why.wait_s)


def _body(address: SmppAddress, order: Order) -> bytes:
    """Write an order as submit_sm."""
    octets, tlvs, esm_class = order.octets, {}, 0
    most = PART_OCTETS[order.alphabet] if order.parts > 1 else SINGLE_OCTETS[order.alphabet]
    if order.parts > 1:
        octets = smpp.concatenated(order.recipient_id, order.parts, order.part) + octets
        esm_class = smpp.UDH_INDICATOR
    elif len(octets) > most:
        octets, tlvs = b"", {smpp.PAYLOAD: octets}
    return ShortMessage(
        source_ton=address.source_ton, source_npi=address.source_npi, source=address.source,
        destination_ton=address.ton, destination_npi=address.npi, destination=order.number,
        esm_class=esm_class, validity=smpp.relative(order.valid_s), registered_delivery=1,
        data_coding=_CODINGS.get(order.alphabet, _UCS2), message=octets, tlvs=tlvs,
    ).body()  # fmt: skip


def _said(error: Exception) -> str:
    if isinstance(error, Malformed):
        return f"it speaks no SMPP ({error})"
    if isinstance(error, ssl.SSLError):
        return "its certificate is not trusted"
    return str(error) or type(error).__name__
