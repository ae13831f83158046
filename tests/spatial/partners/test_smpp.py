"""SMPP 3.4 against a codec and a centre that share no code with ours, and against a rogue one."""

from __future__ import annotations

import socket
import threading
import time
from contextlib import suppress
from typing import Any

import pytest
import smpp34
from hypothesis import given
from hypothesis import strategies as st

from spatial.errors import Unavailable
from spatial.partners.messages import smpp_client, smpp_pdu
from spatial.partners.messages.gateways import Order, Outcome, SmppAddress
from spatial.partners.messages.smpp_client import SmppClient
from spatial.partners.messages.smpp_pdu import Malformed, Pdu, ShortMessage
from spatial.partners.messages.smpp_receipts import read_receipt
from spatial.partners.messages.texts import split
from tests.patience import until
from tests.spatial.partners.centres import Centre, Rogue, Unit, say, take

WORDS = st.text(st.characters(min_codepoint=33, max_codepoint=126), max_size=5)
DIGITS = st.text("0123456789", max_size=20)
OCTETS = st.integers(0, 255)
MESSAGES = st.builds(
    ShortMessage,
    service_type=WORDS, source_ton=OCTETS, source_npi=OCTETS, source=DIGITS, destination_ton=OCTETS,
    destination_npi=OCTETS, destination=DIGITS, esm_class=OCTETS, priority=OCTETS,
    validity=st.sampled_from(["", "000001020304000R"]), registered_delivery=OCTETS, data_coding=OCTETS,
    message=st.binary(max_size=254),
    tlvs=st.dictionaries(st.sampled_from([0x0424, 0x001E, 0x0427, 0x1400, 0x0204]), st.binary(max_size=40)),
)  # fmt: skip
NAMES = {
    "service_type": "service_type", "source_addr_ton": "source_ton", "source_addr_npi": "source_npi",
    "source_addr": "source", "dest_addr_ton": "destination_ton", "dest_addr_npi": "destination_npi",
    "destination_addr": "destination", "esm_class": "esm_class", "priority_flag": "priority",
    "validity_period": "validity", "registered_delivery": "registered_delivery",
    "data_coding": "data_coding", "short_message": "message",
}  # fmt: skip
"""What the other codec calls the fields."""


@given(MESSAGES, st.sampled_from([smpp_pdu.SUBMIT_SM, smpp_pdu.DELIVER_SM]), st.integers(1, 2**31 - 1))
def test_another_codec_reads_what_we_write(message: ShortMessage, command: int, sequence: int) -> None:
    found: Any = smpp34.decode(smpp_pdu.write(Pdu(command, 0, sequence, message.body())))
    assert (found.command_id, found.sequence_number) == (command, sequence)
    assert {ours: getattr(found, theirs) for theirs, ours in NAMES.items()} == {
        ours: getattr(message, ours) for ours in NAMES.values()
    }
    assert {tlv.tag: tlv.value for tlv in found.tlvs} == dict(message.tlvs)


@given(MESSAGES)
def test_we_read_what_another_codec_writes(message: ShortMessage) -> None:
    given = {theirs: getattr(message, ours) for theirs, ours in NAMES.items()}
    tlvs = [smpp34.Tlv(tag, value) for tag, value in message.tlvs.items()]
    octets = smpp34.DeliverSm(**given, tlvs=tlvs, sequence_number=7).encode()
    buffer = bytearray(octets)
    found = smpp_pdu.take(buffer)
    assert found is not None
    assert (found.command, found.sequence, bytes(buffer)) == (smpp_pdu.DELIVER_SM, 7, b"")
    read = smpp_pdu.read_short_message(found.body)
    expected = message.message or message.tlvs.get(smpp_pdu.PAYLOAD, b"")
    assert read == ShortMessage(**{**vars(message), "message": expected, "tlvs": dict(message.tlvs)})


@given(st.binary(max_size=200))
def test_rubbish_is_malformed_and_nothing_else(octets: bytes) -> None:
    buffer, unit, read = bytearray(octets), None, ShortMessage()
    with suppress(Malformed):
        unit = smpp_pdu.take(buffer)
    # Whatever is taken is gone from the buffer, and nothing else.
    assert (smpp_pdu.write(unit) if unit else b"") + buffer == octets
    with suppress(Malformed):
        read = smpp_pdu.read_short_message(octets)
    assert all(part in octets for part in (read.message, *read.tlvs.values()))


@given(MESSAGES, st.data())
def test_what_is_cut_off_is_malformed_or_awaited(message: ShortMessage, data: Any) -> None:
    whole = smpp_pdu.write(Pdu(smpp_pdu.SUBMIT_SM, 0, 1, message.body()))
    cut = data.draw(st.integers(0, len(whole) - 1))
    assert smpp_pdu.take(bytearray(whole[:cut])) is None
    if cut > 16 and not message.tlvs:
        with pytest.raises(Malformed):
            smpp_pdu.read_short_message(whole[16:cut])


TEXT = (
    b"id:%s sub:001 dlvrd:001 submit date:2611221000 done date:2611221001 stat:%s err:%s"
    b" text:id:99 stat:DELIVRD"
)


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        (TEXT % (b"a1", b"DELIVRD", b"000"), ("a1", "delivered", "")),
        (TEXT % (b"a1", b"UNDELIV", b"011"), ("a1", "failed", "UNDELIV 11")),
        (TEXT % (b"a1", b"EXPIRED", b"000"), ("a1", "expired", "EXPIRED")),
        (TEXT % (b"a1", b"REJECTD", b"-1"), ("a1", "failed", "REJECTD -1")),
        (TEXT % (b"a1", b"ACCEPTD", b"000"), None),
        (TEXT % (b"a1", b"NONSENSE", b"000"), None),
        (b"\xff\x00rubbish", None),
        (b"", None),
    ],
    ids=["delivered", "undeliverable", "expired", "rejected", "on-the-way", "nonsense", "rubbish", "empty"],
)
def test_receipts_as_text(message: bytes, expected: tuple[str, str, str] | None) -> None:
    found = read_receipt(ShortMessage(esm_class=4, message=message))
    assert (found and (found.gateway_id, found.state, found.reason)) == expected


@pytest.mark.parametrize("decimal", [False, True])
@pytest.mark.parametrize(
    "octets", [b"7\x007\0", b"a\x1bb", b"\x85", b"9" * 5000, b"a" * 201, b""],
    ids=["nul", "escape", "c1", "digits", "long", "empty"],
)  # fmt: skip
def test_a_name_that_cannot_be_kept_is_no_receipt(octets: bytes, decimal: bool) -> None:
    tlvs = {smpp_pdu.RECEIPTED_ID: octets, smpp_pdu.MESSAGE_STATE: b"\x02"}
    assert read_receipt(ShortMessage(tlvs=tlvs), decimal) is None


def test_reasons_of_receipts_are_kept_as_words() -> None:
    found = read_receipt(ShortMessage(message=TEXT % (b"1", b"UNDELIV", b"\0\x1b13812345678")))
    assert found is not None
    assert found.reason == "UNDELIV ***"


def test_receipts_as_parameters_go_before_the_text() -> None:
    tlvs = {smpp_pdu.RECEIPTED_ID: b"77\0", smpp_pdu.MESSAGE_STATE: b"\x05"}
    found = read_receipt(ShortMessage(message=TEXT % (b"1", b"DELIVRD", b"000"), tlvs=tlvs))
    assert found is not None
    assert (found.gateway_id, found.state) == ("77", "failed")
    decimal = read_receipt(ShortMessage(esm_class=4, message=TEXT % (b"255", b"DELIVRD", b"0")), True)
    assert decimal is not None
    assert decimal.gateway_id == "ff"


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [(0, "000000000100000R"), (3_723, "000000010203000R"), (3 * 86_400, "000003000000000R"),
     (10**9, "000203000000000R")],
    ids=["least", "an-hour", "days", "most"],
)  # fmt: skip
def test_times_from_now(seconds: int, expected: str) -> None:
    assert smpp_pdu.relative(seconds) == expected


def order(text: str, person: int = 1) -> list[Order]:
    made = split(text)
    return [
        Order(person, f"1380000{person:04}", text, each, made.alphabet, nr, len(made.parts), 3600)
        for nr, each in enumerate(made.parts, 1)
    ]


def client(port: int, **options: Any) -> SmppClient:
    options = {"per_second": 1000, **options}
    made = SmppClient(SmppAddress("127.0.0.1", port, False, "city", "secret", **options))
    made.open()
    return made


def verdicts(outcomes: list[Outcome]) -> list[str]:
    return [each.verdict for each in outcomes]


def test_a_centre_takes_short_and_long_messages_in_both_alphabets() -> None:
    long = "井盖丢失😀" * 20
    with Centre() as centre:
        ours = client(centre.port, source="10690000", window=4)
        outcomes = list(ours.send([*order("Cover {missing} €5", 1), *order(long, 2)]))
        assert [each.gateway_id for each in outcomes] == ["1", "2", "3"]
        assert verdicts(outcomes) == ["taken"] * 3
        short, *parts = centre.taken
        assert (short.data_coding, short.esm_class, short.registered_delivery) == (0, 0, 1)
        assert (short.source_addr, short.destination_addr) == ("10690000", "13800000001")
        assert short.short_message == b"Cover \x1b(missing\x1b) \x1be5"
        assert [(each.data_coding, each.esm_class) for each in parts] == [(8, 0x40)] * 2
        headers = [each.short_message[:6] for each in parts]
        assert headers == [bytes([5, 0, 3, 2, 2, nr]) for nr in (1, 2)]
        # Each part is a text by itself: no emoji is torn apart.
        assert "".join(each.short_message[6:].decode("utf-16-be") for each in parts) == long
        assert all(len(each.short_message) <= 140 for each in parts)
        ours.close()
        assert not ours.is_open


def test_a_long_message_goes_as_a_payload_where_the_gateway_wants_it() -> None:
    text = "长" * 200
    made = Order(1, "13800000001", text, text.encode("utf-16-be"), "ucs2", 1, 1, 3600)
    with Centre() as centre:
        ours = client(centre.port, long="payload")
        assert verdicts(list(ours.send([made]))) == ["taken"]
        tlvs = {each.tag: each.value for each in centre.taken[0].tlvs}
        assert (centre.taken[0].short_message, tlvs[0x0424].decode("utf-16-be")) == (b"", text)
        ours.close()


def test_receipts_are_acknowledged_once_they_are_kept() -> None:
    with Centre() as centre:
        ours = client(centre.port)
        list(ours.send(order("hello")))
        answered: list[int] = []

        def deliver() -> None:
            answered.append(centre.receipt("1", (TEXT % (b"1", b"DELIVRD", b"000")).decode()))

        thread = threading.Thread(target=deliver)
        thread.start()
        until(lambda: (ours.listen(), ours.receipts())[1])
        assert [(each.gateway_id, each.state) for each in ours.receipts()] == [("1", "delivered")]
        assert answered == []
        ours.acknowledge()
        thread.join()
        assert (answered, ours.receipts()) == ([0], [])
        ours.close()


def test_refusals_are_for_good_or_for_later() -> None:
    by_number = {1: 0x0B, 2: 0x08, 3: 0}

    def answer(came: Any) -> int:
        return by_number[int(came.destination_addr[-4:])]

    with Centre(answer) as centre:
        ours = client(centre.port)
        outcomes = list(ours.send([*order("a", 1), *order("a", 2), *order("a", 3)]))
        found = {each.order.recipient_id: (each.verdict, each.wait_s) for each in outcomes}
        assert found == {1: ("refused", 0.0), 2: ("later", 30.0), 3: ("taken", 0.0)}
        assert "destination address" in outcomes[0].reason
        ours.close()


def test_a_refused_part_spares_the_gateway_the_rest() -> None:
    with Centre(lambda _: 0x0B) as centre:
        ours = client(centre.port, window=1)
        assert verdicts(list(ours.send(order("长" * 200)))) == ["refused"]
        assert len(centre.taken) == 1
        ours.close()


def test_throttling_puts_off_what_has_not_left_and_slows_down() -> None:
    def answer(_: Any) -> int:
        return 0x58 if len(centre.taken) == 2 else 0

    with Centre(answer) as centre:
        ours = client(centre.port, window=1)
        outcomes = list(ours.send([each for person in range(1, 7) for each in order("a", person)]))
        assert verdicts(outcomes) == ["taken", "taken", *["later"] * 4]
        assert all(each.wait_s >= 1 for each in outcomes[2:])
        assert len(centre.taken) == 3
        assert ours._pause_s > 1 / 1000
        assert ours.is_open
        assert verdicts(list(ours.send(order("a", 9)))) == ["taken"]
        ours.close()


def behave_drop(_: Rogue, line: socket.socket, __: Unit) -> None:
    line.shutdown(socket.SHUT_RDWR)


def behave_rubbish(_: Rogue, line: socket.socket, __: Unit) -> None:
    line.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")


def behave_never(_: Rogue, __: socket.socket, ___: Unit) -> None:
    pass


def behave_half(_: Rogue, line: socket.socket, unit: Unit) -> None:
    line.sendall(b"\0\0\0\x20\x80\0\0\x04\0\0\0\0")
    line.shutdown(socket.SHUT_RDWR)


def behave_good_bye(_: Rogue, line: socket.socket, __: Unit) -> None:
    say(line, 6, 0, 1)


@pytest.mark.parametrize(
    "behave",
    [behave_drop, behave_rubbish, behave_never, behave_half, behave_good_bye],
    ids=["drops", "rubbish", "never", "half", "good-bye"],
)
def test_what_may_have_been_taken_is_in_doubt_and_the_rest_waits(
    behave: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(smpp_client, "ANSWER_S", 0.3)
    with Rogue(behave) as rogue:
        ours = client(rogue.port, window=1)
        outcomes = list(ours.send([*order("a", 1), *order("长" * 200, 2), *order("a", 3)]))
        found = {each.order.recipient_id: each.verdict for each in outcomes}
        assert found == {1: "uncertain", 2: "later", 3: "later"}
        assert len(outcomes) == 3
        assert not ours.is_open
        assert len(rogue.submits()) == 1
        assert b"secret" not in repr(outcomes).encode()


def test_answers_that_came_before_the_line_broke_count() -> None:
    def behave(_: Rogue, line: socket.socket, unit: Unit) -> None:
        take(line, unit, f"id-{unit[2]}")
        if len(rogue.submits()) == 2:
            line.sendall(b"\xff" * 16)

    with Rogue(behave) as rogue:
        ours = client(rogue.port, window=1)
        outcomes = list(ours.send([*order("a", 1), *order("a", 2), *order("a", 3)]))
        assert verdicts(outcomes)[:2] == ["taken", "taken"]
        assert outcomes[2].verdict in ("later", "uncertain")


def test_answers_to_nothing_and_unknown_commands_do_no_harm() -> None:
    def behave(_: Rogue, line: socket.socket, unit: Unit) -> None:
        say(line, 0x80000004, 0, 999_999, b"foreign\0")
        say(line, 0x00000999, 0, 5)
        say(line, 0x00000005, 0, 6, b"no deliver_sm")
        say(line, 0x00000015, 0, 7)
        take(line, unit, "good")

    with Rogue(behave) as rogue:
        ours = client(rogue.port)
        outcomes = list(ours.send(order("a")))
        assert [(each.verdict, each.gateway_id) for each in outcomes] == [("taken", "good")]
        until(lambda: len(rogue.units) >= 5)
        answers = [(unit[0], unit[1], unit[2]) for unit in rogue.units[2:5]]
        assert answers == [(0x80000000, 3, 5), (0x80000000, 2, 6), (0x80000015, 0, 7)]
        ours.close()


def test_who_is_not_let_in_or_not_answered_is_told_without_the_password(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(smpp_client, "ANSWER_S", 0.3)
    with (
        Rogue(behave_never, bind_status=0x0E) as rogue,
        pytest.raises(Unavailable, match="password is invalid"),
    ):
        client(rogue.port)
    with Rogue(behave_never, mute=True) as rogue, pytest.raises(Unavailable, match="no answer") as told:
        client(rogue.port)
    assert "secret" not in str(told.value)
    with pytest.raises(Unavailable, match="cannot be reached"):
        client(rogue.port)


def test_a_quiet_gateway_is_asked_and_a_dead_one_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    with Rogue(behave_never) as rogue:
        ours = client(rogue.port)
        ours._heard_s = time.monotonic() - 31
        ours.listen()
        until(lambda: any(unit[0] == 0x15 for unit in rogue.units))
        until(lambda: (ours.listen(), time.monotonic() - ours._heard_s < 5)[1])
        ours._heard_s = time.monotonic() - 61
        with pytest.raises(Unavailable, match="does not answer"):
            ours.listen()
        assert not ours.is_open
