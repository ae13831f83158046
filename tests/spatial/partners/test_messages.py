"""What is pure about text messages: alphabets, parts, templates, quiet hours, and what gateways are told."""

from __future__ import annotations

import json
from datetime import UTC, datetime, time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spatial.errors import InvalidInput
from spatial.partners.messages import gsm7
from spatial.partners.messages.gateways import (
    HttpAddress,
    LogAddress,
    Order,
    SmppAddress,
    address_of,
    dialled,
    read_address,
    without_numbers,
)
from spatial.partners.messages.http_template import Template, judge, read_template, receipts_of, request_of
from spatial.partners.messages.rules import Rule
from spatial.partners.messages.texts import MOST_PARTS, clean, fill, holes, split
from spatial.settings import Secret, Settings

TABLE = {
    0x00: "@", 0x01: "£", 0x02: "$", 0x03: "¥", 0x04: "è", 0x05: "é", 0x06: "ù", 0x07: "ì", 0x08: "ò",
    0x09: "Ç", 0x0A: "\n", 0x0B: "Ø", 0x0C: "ø", 0x0D: "\r", 0x0E: "Å", 0x0F: "å", 0x10: "Δ", 0x11: "_",
    0x12: "Φ", 0x13: "Γ", 0x14: "Λ", 0x15: "Ω", 0x16: "Π", 0x17: "Ψ", 0x18: "Σ", 0x19: "Θ", 0x1A: "Ξ",
    0x1C: "Æ", 0x1D: "æ", 0x1E: "ß", 0x1F: "É", 0x24: "¤", 0x40: "¡", 0x5B: "Ä", 0x5C: "Ö", 0x5D: "Ñ",
    0x5E: "Ü", 0x5F: "§", 0x60: "¿", 0x7B: "ä", 0x7C: "ö", 0x7D: "ñ", 0x7E: "ü", 0x7F: "à",
}  # fmt: skip
"""Where GSM 03.38 differs from ASCII, by hand from the table of the standard."""
EXTENSION = {
    0x0A: "\f", 0x14: "^", 0x28: "{", 0x29: "}", 0x2F: "\\", 0x3C: "[", 0x3D: "~", 0x3E: "]", 0x40: "|",
    0x65: "€",
}  # fmt: skip


def test_the_alphabet_is_that_of_the_standard() -> None:
    for code in range(0x80):
        letter = TABLE.get(code, chr(code))
        if code != 0x1B:
            assert (gsm7.encode(letter), gsm7.decode(bytes([code]))) == (bytes([code]), letter)
    for code, letter in EXTENSION.items():
        assert (gsm7.encode(letter), gsm7.decode(bytes([0x1B, code]))) == (bytes([0x1B, code]), letter)
    assert not any(map(gsm7.is_gsm7, ("ç", "`", "网", "😀", "\x1b", "ë")))


LETTERS = st.sampled_from("aZ é€{}^\n@à")
ANY = st.characters(exclude_categories=["Cs", "Cc"])


@given(st.text(LETTERS, min_size=1, max_size=1500))
def test_parts_of_gsm_7_put_together_are_the_text(text: str) -> None:
    try:
        made = split(text)
    except InvalidInput:
        assert len(gsm7.encode(text)) > MOST_PARTS * 152
        return
    assert made.alphabet == "gsm7"
    assert "".join(map(gsm7.decode, made.parts)) == text
    assert all(len(part) <= (160 if len(made.parts) == 1 else 153) for part in made.parts)
    # No escape stands at the end of a part, away from what it escapes.
    assert not any(part.endswith(b"\x1b") for part in made.parts)


@given(st.text(ANY, min_size=1, max_size=700))
def test_parts_of_ucs_2_put_together_are_the_text_and_each_is_one_by_itself(text: str) -> None:
    try:
        made = split(f"{text}网")
    except InvalidInput:
        assert len(text.encode("utf-16-be")) > MOST_PARTS * 130
        return
    assert made.alphabet == "ucs2"
    assert "".join(part.decode("utf-16-be") for part in made.parts) == f"{text}网"
    assert all(len(part) <= (140 if len(made.parts) == 1 else 134) for part in made.parts)


@pytest.mark.parametrize(
    ("text", "alphabet", "parts"),
    [
        ("a" * 160, "gsm7", 1), ("a" * 161, "gsm7", 2), ("€" * 80, "gsm7", 1), ("€" * 81, "gsm7", 2),
        ("a" * 1530, "gsm7", 10), ("网" * 70, "ucs2", 1), ("网" * 71, "ucs2", 2), ("😀" * 35, "ucs2", 1),
        ("😀" * 36, "ucs2", 2), ("a" * 69 + "网", "ucs2", 1), ("网" * 670, "ucs2", 10),
    ],
    ids=range(11),
)  # fmt: skip
def test_how_many_short_messages_a_text_takes(text: str, alphabet: str, parts: int) -> None:
    made = split(text)
    assert (made.alphabet, len(made.parts)) == (alphabet, parts)


def test_a_text_that_takes_too_many_says_how_many() -> None:
    with pytest.raises(InvalidInput, match=r"takes 30 short messages \(2000 characters\); 10 is the most"):
        split("网" * 2000)


def test_what_no_phone_shows_is_refused_with_its_place() -> None:
    assert clean(" a\r\nb\rc\n ") == "a\nb\nc"
    for text, said in (
        ("ab\0", r"U\+0000 at character 3"), ("\ud83d!", r"U\+D83D"), ("a\x85b", r"U\+0085"),
        ("", "is empty"), ("\n\t ", "is empty"),
    ):  # fmt: skip
        with pytest.raises(InvalidInput, match=said):
            clean(text)


@given(st.dictionaries(st.sampled_from(["no", "who"]), st.text(max_size=20)), st.text(max_size=30))
def test_what_a_value_holds_is_not_filled(values: dict[str, str], literal: str) -> None:
    values = {"no": "", "who": "", **values}
    escaped = literal.replace("{", "{{").replace("}", "}}")
    assert fill(f"{{no}}{escaped}{{who}}", values) == values["no"] + literal + values["who"]
    assert holes(f"{{no}}{escaped}") == {"no"}


@pytest.mark.parametrize("template", ["{", "}", "a{b c}", "{No}", "{{}", "{}"])
def test_braces_that_belong_to_nothing(template: str) -> None:
    with pytest.raises(InvalidInput, match="belongs to nothing"):
        holes(template)


def rule(since: str, until: str) -> Rule:
    hours = time.fromisoformat(since), time.fromisoformat(until)
    return Rule("overdue", True, "zh", "{no}", "{no}", ["ordinary"], [], ["responsible"], 80, *hours, 720)


@pytest.mark.parametrize(
    ("since", "until", "now", "expected"),
    [
        # Times of the rule are Beijing's, eight hours ahead.
        ("22:00", "07:00", "2026-11-22T13:59", "2026-11-22T13:59"),
        ("22:00", "07:00", "2026-11-22T14:00", "2026-11-22T23:00"),
        ("22:00", "07:00", "2026-11-22T20:00", "2026-11-22T23:00"),
        ("22:00", "07:00", "2026-11-22T23:00", "2026-11-22T23:00"),
        ("12:00", "14:00", "2026-11-22T05:30", "2026-11-22T06:00"),
        ("12:00", "14:00", "2026-11-22T06:00", "2026-11-22T06:00"),
        ("08:00", "08:00", "2026-11-22T00:00", "2026-11-22T00:00"),
    ],
    ids=range(7),
)
def test_quiet_hours_end_in_the_morning(since: str, until: str, now: str, expected: str) -> None:
    at, wanted = (datetime.fromisoformat(text).replace(tzinfo=UTC) for text in (now, expected))
    assert rule(since, until).not_before(at, "ordinary") == wanted
    assert rule(since, until).not_before(at, "urgent") == at


def test_addresses_of_gateways() -> None:
    found = read_address("smpps://ci%40ty:p%3Aw@sms.example?source=10690000&country=86&window=3&long=payload")
    assert found == SmppAddress(
        "sms.example", 3550, True, "ci@ty", "p:w", source="10690000", country="86", window=3, long="payload"
    )
    assert read_address("https://sms.example/send?x=1") == HttpAddress("https://sms.example/send?x=1")
    assert read_address("log:") == LogAddress()
    assert address_of(Settings()) == LogAddress()
    assert address_of(Settings(demo=False)) is None
    assert "p:w" not in repr(found)


@pytest.mark.parametrize(
    "text",
    ["", "sms.example", "ftp://a:b@c", "smpp://h", "smpp://:pw@h", "smpp://u:123456789@h", "smpp://u:p@",
     "smpp://u:p@h:99999", "smpp://u:p@h?window=0", "smpp://u:p@h?window=x", "smpp://u:p@h?colour=red",
     "smpp://u:p@h?long=short", "smpp://u:p@h?country=cn", "smpp://u:p@h?ids=hex", "smpp://网:p@h"],
)  # fmt: skip
def test_addresses_that_are_none_stop_the_start_and_show_nothing(text: str) -> None:
    with pytest.raises(InvalidInput) as told:
        read_address(text)
    assert told.value.problems[0].where == "CITYGRID_SMS_GATEWAY"
    if text:
        with pytest.raises(InvalidInput) as told:
            Settings.from_env({"CITYGRID_SMS_GATEWAY": text})
    assert "123456789" not in str(told.value)


@pytest.mark.parametrize(
    ("number", "country", "expected"),
    [
        ("138 1234 5678", "", "13812345678"), ("138-1234-5678", "86", "8613812345678"),
        ("+8613812345678", "86", "8613812345678"), ("010-62781234", "86", "01062781234"), ("110", "", None),
        ("", "", None), ("1" * 16, "", None), ("１３８１２３４５６７８", "", None),
    ],
    ids=range(8),
)  # fmt: skip
def test_numbers_as_they_are_dialled(number: str, country: str, expected: str | None) -> None:
    assert dialled(number, country) == expected


ORDER = Order(7, "13812345678", 'a "b" {number}&é网', b"", "ucs2", 1, 1, 60, "5-7-1")


def test_requests_say_what_the_file_says() -> None:
    nested = Template(fields={"msg": {"to": ["{number}"], "n": 3}, "t": "<{text}>{x}", "r": "{reference}"})
    sent = json.loads(request_of(nested, "https://g/", ORDER).body)
    assert sent == {
        "msg": {"to": ["13812345678"], "n": 3}, "t": '<a "b" {number}&é网>{x}', "r": "5-7-1"
    }  # fmt: skip
    asked = request_of(Template("GET", "query", fields={"t": "{text}"}), "https://g/?k=1", ORDER)
    assert asked.url == "https://g/?k=1&t=a+%22b%22+%7Bnumber%7D%26%C3%A9%E7%BD%91"
    assert "13812345678" not in repr(request_of(Template(), "https://g/", ORDER))


@given(st.integers(100, 599), st.binary(max_size=60))
def test_every_answer_has_a_meaning(status: int, body: bytes) -> None:
    template = Template(answer={"id": "a.0.b", "ok_path": "c", "ok": ["0"], "later": ["1"]})
    found = judge(template, ORDER, status, {"retry-after": "x"}, body)
    assert found.verdict in ("taken", "refused", "later", "uncertain")
    assert found.verdict != "taken" or 200 <= status < 300


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("abid"), inner, max_size=3),
)


@given(JSON)
def test_receipts_are_read_or_refused(sent: Any) -> None:
    template = Template(receipts={"items": "a", "id": "id", "state": "b", "delivered": ["1"]})
    try:
        found = receipts_of(template, sent)
    except InvalidInput:
        return
    assert all(each.state == "delivered" and each.gateway_id for each in found)


@pytest.mark.parametrize(
    ("words", "kept"),
    [
        ("no route to 13812345678", "no route to ***"), ("+86 138-1234-5678!", "+***!"),
        ("138\x0012345678", "***"), ("code 1001, try 42 in 2026", "code 1001, try 42 in 2026"),
        ("号１３８１２３４５６７８", "号***"), ("a\x1b[31mb\0", "a[31mb"),
    ],
    ids=range(6),
)  # fmt: skip
def test_words_of_gateways_are_kept_without_numbers(words: str, kept: str) -> None:
    assert without_numbers(words) == kept


def test_what_a_gateway_says_of_somebody_shows_no_number() -> None:
    template = Template(
        answer={"ok_path": "msg", "ok": ["0"], "later": ["busy: 13812345678"]},
        receipts={"id": "id", "state": "state", "reason": "why", "failed": ["UNDELIV"]},
    )
    for said in ("busy: 13812345678", "13812345678 is barred"):
        found = judge(template, ORDER, 200, {}, json.dumps({"msg": said}).encode())
        assert "***" in found.reason
        assert "13812345678" not in found.reason
        assert "1381234" not in found.reason
    (receipt,) = receipts_of(template, {"id": "7", "state": "UNDELIV", "why": "absent: 13812345678"})
    assert (receipt.gateway_id, receipt.reason) == ("7", "UNDELIV absent: ***")


@pytest.mark.parametrize("name", ["", "a" * 201, "a\0b", "\ud83d"], ids=["empty", "long", "nul", "half"])
def test_a_name_that_cannot_be_kept_is_none(name: str) -> None:
    found = judge(Template(), ORDER, 200, {}, json.dumps({"id": name}).encode())
    assert (found.verdict, found.gateway_id) == ("taken", ORDER.reference)
    with pytest.raises(InvalidInput):
        receipts_of(Template(), {"id": name, "status": "delivered"})


@pytest.mark.parametrize(
    "text",
    ["", "method = 'PATCH'", "form = 'xml'", "[fields]\nto = '{number}'", "[headers]\na = 1", "colour = 1",
     "idempotent = 'yes'", "per_second = 0", "[answer]\nok = '0'", "[answer]\ncolour = 'x'", "= x",
     "[headers]\na = \"b\\nc\"", "headers = 3", "[receipts]\nid = 3"],
)  # fmt: skip
def test_files_of_gateways_say_what_is_wrong(text: str, tmp_path: Path) -> None:
    file = tmp_path / "gateway.toml"
    file.write_text(text)
    if text:
        with pytest.raises(InvalidInput) as told:
            read_template(file)
        assert told.value.problems[0].where == "CITYGRID_SMS_GATEWAY_FILE"
        env = {"CITYGRID_SMS_GATEWAY": "https://g/", "CITYGRID_SMS_GATEWAY_FILE": str(file)}
        with pytest.raises(InvalidInput):
            Settings.from_env(env)
    else:
        assert read_template(file) == Template() == read_template(None)


def test_secrets_of_the_settings_show_nowhere() -> None:
    settings = Settings(sms_gateway=Secret("smpp://u:hush@h"), sms_receipt_secret=Secret("hush"))
    assert "hush" not in repr(settings)
