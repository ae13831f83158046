"""GeoReport v2 on the wire, and windows of time that miss nothing: pure, against hostile and odd servers."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spatial.errors import InvalidInput, Unavailable
from spatial.partners.open311 import handing, pull, wire
from spatial.partners.open311.pull import Reading, Window

NOW = datetime(2026, 11, 22, 6, 30, 15, 999, tzinfo=UTC)

WIKI = b"""<?xml version="1.0" encoding="utf-8"?>
<service_requests>
    <request>
        <service_request_id>638344</service_request_id>
        <status>closed</status>
        <status_notes>Duplicate request.</status_notes>
        <service_name>Sidewalk and Curb Issues</service_name>
        <service_code>006</service_code>
        <description></description>
        <requested_datetime>2010-04-14T06:37:38-08:00</requested_datetime>
        <lat>37.762221815</lat>
        <long>-122.4651145</long>
        <media_url>http://city.gov.s3.amazonaws.com/requests/media/638344.jpg </media_url>
    </request>
</service_requests>"""
"""The wiki's example, shortened."""


def test_the_wikis_example_is_read() -> None:
    row = wire.read(WIKI, "service_requests")[0]
    assert (row["service_request_id"], row["status"], row["description"]) == ("638344", "closed", None)
    assert row["media_url"] == "http://city.gov.s3.amazonaws.com/requests/media/638344.jpg"
    spaced = WIKI.replace(
        b"<service_requests>", b'<service_requests xmlns="http://wiki.open311.org/GeoReport_v2">'
    )
    assert wire.read(spaced, "service_requests") == [row]


@pytest.mark.parametrize(
    "body",
    [
        b'[{"service_request_id": 5}]',
        b'\xef\xbb\xbf [{"service_request_id": 5}]',
        b'{"service_requests": [{"service_request_id": 5}]}',
        b'{"service_requests": {"request": [{"service_request_id": 5}]}}',
        b'{"service_request_id": 5}',
    ],
)
def test_json_is_read_as_servers_write_it(body: bytes) -> None:
    assert wire.read(body, "service_requests") == [{"service_request_id": 5}]


@pytest.mark.parametrize(
    "body",
    [
        b"", b"null", b"5", b"[5]", b'["a"]', b"{", b"<", b"<html><body>Sign in</body></html>",
        b"[" * 100_000,
        b"<!DOCTYPE x [<!ENTITY a 'b'>]><service_requests>&a;</service_requests>",
        b"<service_requests>" + b"<a>" * 100 + b"</a>" * 100 + b"</service_requests>",
        json.dumps([{}] * 20_001).encode(), b"\xff\xfe\x00",
    ],
)  # fmt: skip
def test_anything_else_is_refused(body: bytes) -> None:
    with pytest.raises(InvalidInput):
        wire.read(body, "service_requests")
    assert isinstance(wire.errors_in(body), str)


@given(
    rows=st.lists(
        st.dictionaries(
            st.sampled_from(["status", "description", "lat", "address"]),
            st.none() | st.booleans() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
        )
    )
)
def test_what_is_written_is_good_xml_and_the_same_as_its_json(rows: list[dict[str, Any]]) -> None:
    root = ElementTree.fromstring(wire.write("xml", "service_requests", rows))
    assert [[child.tag for child in row] for row in root] == [list(row) for row in rows]
    told = json.loads(wire.write("json", "service_requests", json.loads(json.dumps(rows, default=str))))
    assert len(told) == len(rows)


def test_errors_are_told_in_a_line() -> None:
    body = wire.write(
        "xml", "errors", [{"code": 403, "description": "no key"}, {"code": 400, "description": "<x>"}]
    )
    assert wire.errors_in(body) == "no key; <x>"


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("1994-11-05T08:15:30-05:00", datetime(1994, 11, 5, 13, 15, 30, tzinfo=UTC)),
        ("1994-11-05T13:15:30Z", datetime(1994, 11, 5, 13, 15, 30, tzinfo=UTC)),
        ("1994-11-05T14:15:30 01:00", datetime(1994, 11, 5, 13, 15, 30, tzinfo=UTC)),
        ("1994-11-05", datetime(1994, 11, 5, tzinfo=UTC)),
    ],
)
def test_moments_are_read_in_w3c_form(text: str, moment: datetime) -> None:
    assert wire.read_moment(text, "x") == moment


@pytest.mark.parametrize(
    "text", ["", "now", "1994-13-01T00:00:00Z", "0001-01-01T00:00:00+14:00", "x" * 10_000]
)
def test_other_moments_are_refused(text: str) -> None:
    with pytest.raises(InvalidInput):
        wire.read_moment(text, "x")


# ---- Reading all of another city


class Server:
    """A server that keeps moments, and gives the newest of a span, up to its limit, as the wiki allows."""

    def __init__(self, moments: list[datetime], limit: int) -> None:
        self.moments, self.limit, self.asked = moments, limit, 0

    def answer(self, url: str) -> list[dict[str, Any]]:
        given = {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}
        start, end = (wire.read_moment(given[name], name) for name in ("start_date", "end_date"))
        assert end - start <= timedelta(days=90)
        self.asked += 1
        found = [(at, n) for n, at in enumerate(self.moments) if start <= at <= end]
        return [{"service_request_id": n} for _, n in sorted(found, reverse=True)[: self.limit]]


def read_all(server: Server, options: dict[str, Any], since: datetime | None) -> set[int]:
    reading = Reading(options, pull.windows(options, since, NOW))
    found: set[int] = set()
    while (url := reading.ask()) is not None:
        rows = server.answer(url)
        if reading.told(rows):
            found |= {row["service_request_id"] for row in rows}
    assert reading.note is None
    return found


@settings(deadline=None)
@given(
    seconds=st.lists(st.integers(0, 200 * 86_400), max_size=150),
    burst=st.integers(0, 40),
    limit=st.sampled_from([7, 20, 50, 1000]),
)
def test_no_request_is_missed_however_answers_are_cut(seconds: list[int], burst: int, limit: int) -> None:
    """Several in one second too, as long as they are fewer than an answer holds."""
    base = NOW.replace(microsecond=0) - timedelta(days=200)
    moments = [base + timedelta(seconds=each) for each in seconds]
    moments += [base + timedelta(days=50, seconds=n) for n in range(burst)]
    moments += [base + timedelta(days=60)] * min(limit - 1, 6)
    each_second = max(
        (moments.count(at) + moments.count(at + timedelta(seconds=1)) for at in moments), default=0
    )
    if each_second >= limit:
        return
    options = {"url": "https://x.invalid/v2", "since": wire.moment(base), "most_rows": limit}
    assert read_all(Server(moments, limit), options, None) == set(range(len(moments)))


def test_a_limit_that_nobody_told_us_is_noticed() -> None:
    base = NOW.replace(microsecond=0) - timedelta(days=80)
    moments = [base + timedelta(minutes=n) for n in range(730)]
    options = {"url": "https://x.invalid/v2", "since": wire.moment(base)}
    assert read_all(Server(moments, 100), options, None) == set(range(730))


def test_a_second_that_is_too_full_is_said() -> None:
    moments = [NOW.replace(microsecond=0) - timedelta(hours=1)] * 2_000
    options = {"url": "https://x.invalid/v2", "first_days": 1}
    with pytest.raises(Unavailable, match="one second"):
        read_all(Server(moments, 1_000), options, None)


def test_a_second_that_is_given_whole_is_read_however_full() -> None:
    """More than an answer holds came of it: it was not cut there. Midnight is where windows are cut, too."""
    midnight = NOW.replace(hour=0, minute=0, second=0, microsecond=0)
    moments = [midnight] * 1_500 + [midnight + timedelta(hours=1)]
    options = {"url": "https://x.invalid/v2", "since": wire.moment(midnight - timedelta(days=2))}
    assert read_all(Server(moments, 20_000), options, None) == set(range(1_501))


@pytest.mark.parametrize("count", [100, 1_500])
@pytest.mark.parametrize("grain", [timedelta(days=1), timedelta(days=4_000)], ids=["days", "ages"])
def test_halving_stops_where_dates_are_passed_over(count: int, grain: timedelta) -> None:
    """A server that rounds dates to days, or has no ear for them, gives the same for both halves."""
    epoch = datetime(2020, 1, 1, tzinfo=UTC)
    reading = Reading({"url": "https://x.invalid/v2"}, pull.windows({}, NOW - timedelta(days=5), NOW))
    found, asked = set(), 0
    while reading.ask() is not None:
        window = reading.left[0]
        first, last = (int((at - epoch) / grain) for at in (window.start, window.end))
        rows = [{"service_request_id": f"{day}-{n}"} for day in range(first, last + 1) for n in range(count)]
        asked += 1
        if reading.told(rows):
            found |= {row["service_request_id"] for row in rows}
    days = {name.partition("-")[0] for name in found}
    assert (reading.note, len(found) / len(days)) == (pull.HEEDLESS, count)
    assert len(days) == (1 if grain > timedelta(days=400) else 8)
    assert asked < 2_000


def test_a_server_that_passes_dates_over_and_cuts_its_answers_is_refused() -> None:
    rows = [{"service_request_id": n} for n in range(1_000)]
    reading = Reading({"url": "https://x.invalid/v2"}, pull.windows({}, None, NOW))
    with pytest.raises(Unavailable, match="one second"):
        while reading.ask() is not None:
            reading.told(rows)


def test_reading_goes_on_where_it_stopped_and_a_little_before() -> None:
    options = {"url": "https://x.invalid/v2/", "overlap_hours": 48}
    first = pull.windows(options, NOW - timedelta(hours=1), NOW)
    assert first == [
        Window(
            (NOW - timedelta(hours=49)).replace(microsecond=0), datetime(2026, 11, 22, 6, 30, 16, tzinfo=UTC)
        )
    ]
    url = pull.address({**options, "format": "json", "jurisdiction_id": "a b"}, first[0])
    assert url.startswith(
        "https://x.invalid/v2/requests.json?jurisdiction_id=a+b&start_date=2026-11-20T05%3A30%3A15Z"
    )


# ---- What an office is sent


EVENT = {
    "no": "20261122-000001", "category": "01001", "category_name": "路面", "title": "坑", "description": None,
    "lat": 39.9, "lon": 116.3, "address": None, "urgency": "urgent",
}  # fmt: skip


def test_the_longest_digits_of_a_matter_choose_the_service() -> None:
    options = {"services": {"01": "roads", "01001": "potholes"}, "default_service": "other"}
    found = [handing.service_of(options, code) for code in ("01001", "01002", "02001")]
    assert found == ["potholes", "roads", "other"]
    assert "no service" in str(handing.request_of({"services": {"9": "x"}}, EVENT))


def test_our_number_is_found_again_and_no_other() -> None:
    def listed(*texts: str) -> bytes:
        return json.dumps(
            [{"service_request_id": f"T{n}", "description": text} for n, text in enumerate(texts)]
        ).encode()

    form = dict(handing.request_of({"services": {"0": "x"}}, EVENT))  # type: ignore[arg-type]
    assert handing.found_in(listed("other", form["description"]), EVENT["no"]) == "T1"
    assert handing.found_in(listed("[20261122-0000012] x", "20261122-000001"), EVENT["no"]) is None
    assert handing.found_in(listed(form["description"], form["description"]), EVENT["no"], ["T0"]) == "T1"


@pytest.mark.parametrize(
    ("body", "answer"),
    [
        (b'[{"service_request_id": 293944, "account_id": null}]', ("293944", None)),
        (b"<service_requests><request><token>t 1</token></request></service_requests>", (None, "t 1")),
        (b"[]", (None, None)),
        (b'[{"service_request_id": {"a": 1}, "token": [1]}]', (None, None)),
        (b'[{"service_request_id": "a\\u0000b"}]', ("a b", None)),
    ],
)
def test_answers_of_offices_are_read(body: bytes, answer: tuple[str | None, str | None]) -> None:
    assert handing.answer_of(body) == answer
