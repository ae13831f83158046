"""Bad reports at the door: each refused by status and field, and nothing lost or half written behind it."""

from __future__ import annotations

import gzip
import io
import json
import threading
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from spatial.geometry.datum import DATUMS, convert
from tests.api.planning import Json, Office, Person, open_office
from tests.spatial.events.test_attachments import huge_png, picture
from tests.spatial.rights.town import GRIDS, build, middle

JSON = {"content-type": "application/json"}
BOHAI = (119.9, 38.9)
"""In the sea, 250 km off."""
TABLES = (
    "event", "event_step", "explanation", "event_watch", "reporter", "event_attachment", "attachment",
    "dispute", "event_link",
)  # fmt: skip


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("home")


@pytest.fixture(scope="module")
def office(
    make_city: Callable[..., Any], as_app: Callable[[str], str], home: Path, master_key: Path
) -> Iterator[Office]:
    with make_city(build) as url, open_office(url, as_app(url), home, master_key_file=master_key) as opened:
        yield opened


@pytest.fixture
def chief(office: Office) -> Person:
    return office["chief"]


def body(grid: str = GRIDS[0], **given: Any) -> Json:
    lon, lat = middle(grid)
    return {"category": "01001", "source": "hotline", "title": "路面破损", "lon": lon, "lat": lat, **given}


def census(office: Office, home: Path) -> dict[str, Any]:
    """Count all that a report leaves behind: rows, what the figures say, and files."""
    counts = ", ".join(f"(SELECT count(*) FROM {table})" for table in TABLES)  # noqa: S608
    (rows,) = office.rows(f"SELECT {counts}")
    found = dict(zip(TABLES, rows, strict=True))
    span = {"from": "2015-01-01", "to": "2034-01-01", "by": "all"}
    found["figures"] = office["chief"].get("/api/figures/events", params=span)["total"]["counts"]["reported"]
    found["files"] = sorted(str(path) for path in (home / "attachments").rglob("*") if path.is_file())
    return found


@contextmanager
def nothing_kept(office: Office, home: Path) -> Iterator[None]:
    """See that what happens here leaves nothing behind, and that counting and figures agree."""
    before = census(office, home)
    yield
    assert census(office, home) == before
    assert before["figures"] == before["event"]


def refused(answer: httpx.Response, status: int, *where: str) -> str:
    """Check an answer's status and the fields it names; gives the first reason."""
    assert answer.status_code == status, answer.text[:500]
    assert answer.headers["content-type"] == "application/problem+json"
    errors = answer.json()["errors"]
    assert [problem["where"] for problem in errors] == list(where), answer.text[:500]
    return str(errors[0]["reason"])


UNKNOWN = ["99999", "1001", "01001x", "路", "", " ", "01001' OR 1=1 --", "9" * 5000, "0100١", "null"]
TIMES: dict[str, tuple[Json, int, str, str]] = {
    "in the future": ({"occurred_at": "2999-01-01T00:00:00Z"}, 422, "occurred_at", "lies in the future"),
    "before there were records": (
        {"occurred_at": "1999-12-31T23:59:59Z"}, 422, "occurred_at", "lies before 2000",
    ),
    "of no zone": ({"occurred_at": "2024-01-01T00:00:00"}, 400, "occurred_at", "timezone"),
    "words": ({"occurred_at": "yesterday"}, 400, "occurred_at", "valid datetime"),
    "the thirtieth of February": ({"occurred_at": "2024-02-30T12:00:00Z"}, 400, "occurred_at", "day value"),
    "a month 13": ({"reported_at": "2024-13-01T12:00:00Z"}, 400, "reported_at", "month value"),
    "25 o'clock": ({"reported_at": "2024-01-01T25:00:00Z"}, 400, "reported_at", "valid datetime"),
    "an offset of 99 hours": (
        {"reported_at": "2024-01-01T12:00:00+99:00"}, 400, "reported_at", "valid datetime",
    ),
    "the year 10000": ({"reported_at": "10000-01-01T00:00:00Z"}, 400, "reported_at", "valid datetime"),
    "a list": ({"reported_at": ["2024-01-01T12:00:00Z"]}, 400, "reported_at", "valid datetime"),
    "reported before it happened": (
        {"occurred_at": "2024-02-02T00:00:00Z", "reported_at": "2024-02-01T00:00:00Z"}, 422, "reported_at",
        "lies before occurred_at",
    ),
    "closed before it was reported": (
        {"reported_at": "2024-02-02T00:00:00Z", "closed_at": "2024-02-01T00:00:00Z"}, 422, "closed_at",
        "lies before reported_at",
    ),
    "handled before it was dispatched": (
        {"reported_at": "2024-02-01T00:00:00Z", "dispatched_at": "2024-02-03T00:00:00Z",
         "handled_at": "2024-02-02T00:00:00Z"}, 422, "handled_at", "lies before dispatched_at",
    ),
    "closed and never reported": ({"closed_at": "2024-02-01T00:00:00Z"}, 422, "reported_at", "must be given"),
}  # fmt: skip
"""What is sent, the status, the field, and what the reason says."""
POINTS: dict[str, tuple[Any, Any, int, str, str]] = {
    "in the sea": (*BOHAI, 422, "lon", "lies outside the city"),
    "null island": (0, 0, 422, "lon", "lies outside the city"),
    "the other way round": (39.9, 116.3, 422, "lat", "between -90 and 90"),
    "at a pole": (116.3, 90, 422, "lon", "lies outside the city"),
    "beyond the pole": (116.3, 90.001, 422, "lat", "between -90 and 90"),
    "beyond the date line": (180.5, 39.9, 422, "lon", "between -180 and 180"),
    "far beyond": (1e308, 39.9, 422, "lon", "between -180 and 180"),
    "half of one": (116.3, None, 422, "lat", "is missing"),
    "words": ("116.3", 39.9, 400, "lon", "valid number"),
    "true": (True, 39.9, 400, "lon", "valid number"),
}


@pytest.mark.parametrize("category", UNKNOWN)
def test_an_unknown_category(office: Office, home: Path, chief: Person, category: str) -> None:
    with nothing_kept(office, home):
        reason = refused(chief.ask("POST", "/api/events", json=body(category=category)), 422, "category")
    assert "is no matter" in reason
    assert len(reason) < 300


@pytest.mark.parametrize("name", TIMES)
def test_an_impossible_time(office: Office, home: Path, chief: Person, name: str) -> None:
    given, status, where, says = TIMES[name]
    with nothing_kept(office, home):
        reason = refused(chief.ask("POST", "/api/events", json=body(**given)), status, where)
    assert says in reason


@pytest.mark.parametrize("name", POINTS)
def test_a_point_that_is_nowhere_in_the_city(office: Office, home: Path, chief: Person, name: str) -> None:
    lon, lat, status, where, says = POINTS[name]
    with nothing_kept(office, home):
        reason = refused(chief.ask("POST", "/api/events", json=body(lon=lon, lat=lat)), status, where)
    assert says in reason


@pytest.mark.parametrize("datum", DATUMS)
def test_the_sea_is_the_sea_in_every_datum(office: Office, home: Path, chief: Person, datum: str) -> None:
    (lon,), (lat,) = convert([BOHAI[0]], [BOHAI[1]], "wgs84", datum)
    sent = body(lon=float(lon), lat=float(lat), datum=datum)
    with nothing_kept(office, home):
        reason = refused(chief.ask("POST", "/api/events", json=sent), 422, "lon")
    assert reason == "119.900000, 38.900000 lies outside the city"


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e999"])
def test_what_is_no_number_in_json(office: Office, home: Path, chief: Person, number: str) -> None:
    text = json.dumps(body(lon=7e77)).replace("7e+77", number)
    with nothing_kept(office, home):
        for path, content in (("/api/events", text), ("/api/events/batch", f'{{"reports": [{text}]}}')):
            answer = chief.ask("POST", path, content=content, headers=JSON)
            if answer.status_code == 200:
                assert [each["status"] for each in answer.json()["results"]] == [422]
            else:
                assert answer.status_code in (400, 422), answer.text


@pytest.mark.parametrize("source", ["app", "hotline", "internet", "public"])
def test_an_address_that_matches_nothing(office: Office, home: Path, chief: Person, source: str) -> None:
    for address in ("火星大街999号院", "x" * 200, "%_%", "'; DROP TABLE event; --", "１２３"):
        sent = body(lon=None, lat=None, address=address, source=source)
        with nothing_kept(office, home):
            reason = refused(chief.ask("POST", "/api/events", json=sent), 422, "address")
        assert "matches no address" in reason or "is not clear" in reason
    # Beside a point it is what somebody wrote, and no reason to refuse.
    taken = chief.post("/api/events", body(address="火星大街999号院", source=source))
    assert (taken["unit_code"], taken["created"]) == (GRIDS[0], True)


def hostile_batch() -> tuple[list[Any], list[str]]:
    """Give one of each kind of bad report, and the field that each is refused for."""
    bad = [(body(category=category), "category") for category in UNKNOWN]
    bad += [(body(**given), where) for given, _, where, _ in TIMES.values()]
    bad += [(body(lon=lon, lat=lat), where) for lon, lat, _, where, _ in POINTS.values()]
    bad += [(body(lon=None, lat=None, address="火星大街999号院"), "address")]
    return [each for each, _ in bad], [where for _, where in bad]


def test_all_of_them_in_one_batch_lose_none_of_the_good(office: Office, home: Path, chief: Person) -> None:
    bad, where = hostile_batch()
    good = [body(GRIDS[number % 8], external_id=f"good {number}") for number in range(len(bad) + 1)]
    sent = [each for pair in zip(good, bad, strict=False) for each in pair] + good[-1:]
    before = census(office, home)
    found = chief.post("/api/events/batch", {"reports": sent})
    assert (found["taken"], found["known"], found["refused"]) == (len(good), 0, len(bad))
    assert [each["status"] for each in found["results"][::2]] == [201] * len(good)
    assert [each["unit_code"] for each in found["results"][::2]] == [GRIDS[n % 8] for n in range(len(good))]
    assert [[one["where"] for one in each["errors"]] for each in found["results"][1::2]] == [
        [w] for w in where
    ]
    after = census(office, home)
    for table in ("event", "event_step", "explanation", "event_watch", "figures"):
        assert after[table] - before[table] == len(good), table
    again = chief.post("/api/events/batch", {"reports": sent})
    assert (again["taken"], again["known"], again["refused"]) == (0, len(good), len(bad))
    assert census(office, home) == after


def attach(person: Person, event: int, content: Any, name: str = "photo.jpg") -> httpx.Response:
    return person.ask(
        "POST", f"/api/events/{event}/attachments", files={"file": (name, content, "image/jpeg")}
    )


def bomb() -> bytes:
    """A file of 100 KB that is 100 MB when it is unpacked."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as file:
        file.writestr("photo.jpg", bytes(100_000_000))
    return out.getvalue()


def test_a_photo_of_50_mb(office: Office, home: Path, chief: Person) -> None:
    event = chief.post("/api/events", body())["id"]
    assert attach(chief, event, picture()).status_code == 201
    shown = chief.get(f"/api/events/{event}")
    with nothing_kept(office, home):
        for content in (b"\xff\xd8\xff" + bytes(50_000_000), picture() + bytes(50_000_000)):
            assert "20 MB" in refused(attach(chief, event, content), 413, "file")
    # What was there before is there still, and the event goes on.
    assert chief.get(f"/api/events/{event}") == shown
    assert chief.ask(
        "GET", f"/api/events/{event}/attachments/{shown['attachments'][0]['digest']}"
    ).content == (picture())
    assert chief.post(f"/api/events/{event}/transitions", {"verb": "accept"})["state"] == "accepted"


def test_bombs(office: Office, home: Path, chief: Person) -> None:
    event = chief.post("/api/events", body())["id"]
    packed = bomb()
    assert len(packed) < 200_000
    with nothing_kept(office, home):
        for name in ("photo.jpg", "photo.zip", "photo.png"):
            assert "whatever its name says" in refused(attach(chief, event, packed, name), 400, "file")
        for side in (60_000, 2**31 - 1):
            reason = refused(attach(chief, event, huge_png(side, side), "photo.png"), 400, "file")
            assert "120 million are the most" in reason or side > 60_000


def test_a_packed_body_is_not_unpacked(office: Office, home: Path, chief: Person) -> None:
    packed = gzip.compress(b" " * 50_000_000 + json.dumps({"reports": [body()]}).encode(), 9)
    with nothing_kept(office, home):
        for path in ("/api/events", "/api/events/batch"):
            for encoding in ("gzip", "deflate", "br", "gzip, gzip"):
                headers = {**JSON, "content-encoding": encoding}
                answer = chief.ask("POST", path, content=packed, headers=headers)
                assert answer.status_code == 415, answer.text
                assert "without Content-Encoding" in answer.json()["detail"]


@pytest.mark.parametrize(
    "content",
    [
        b"[" * 100_000 + b"]" * 100_000,
        b'{"reports": ' + b'[{"attributes": ' * 5000 + b"1" + b"}]" * 5000 + b"}",
        b'{"reports": [' + b"{}," * 300_000 + b"{}]}",
        b'{"reports": [{"title": "' + b"a" * 9_000_000 + b'"}]}',
        b'{"reports": [{"attributes": {' + b",".join(b'"%d": 1' % n for n in range(200_000)) + b"}}]}",
    ],
    ids=["deep", "deep reports", "many", "long", "wide"],
)
def test_bodies_that_grow_when_they_are_read(
    office: Office, home: Path, chief: Person, content: bytes
) -> None:
    with nothing_kept(office, home):
        answer = chief.ask("POST", "/api/events/batch", content=content, headers=JSON)
        if answer.status_code == 200:
            assert {each["status"] for each in answer.json()["results"]} == {422}
        else:
            assert answer.status_code in (400, 413), answer.text[:300]
        assert len(answer.content) < 20_000


def at_once(*works: Callable[[], Any]) -> list[Any]:
    """Do all at the same moment; gives what each gave."""
    gate, found = threading.Barrier(len(works)), [None] * len(works)

    def go(place: int, work: Callable[[], Any]) -> None:
        gate.wait()
        found[place] = work()

    threads = [threading.Thread(target=go, args=pair) for pair in enumerate(works)]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    return found


@pytest.mark.parametrize("round_", range(3))
def test_the_same_event_from_two_threads(office: Office, home: Path, chief: Person, round_: int) -> None:
    before = census(office, home)
    one = body(external_id=f"twice {round_}", until="dispatched", reporter={"name": "张三丰"})
    many = [body(GRIDS[n % 8], external_id=f"both {round_} {n}", until="dispatched") for n in range(60)]

    def single() -> Json:
        return chief.post("/api/events", one)

    first, second, mixed, forth, back = at_once(
        single, single, lambda: chief.post("/api/events/batch", {"reports": [one, *many]}),
        lambda: chief.post("/api/events/batch", {"reports": many}),
        lambda: chief.post("/api/events/batch", {"reports": many[::-1]}),
    )  # fmt: skip
    ids = {first["id"], second["id"], mixed["results"][0]["id"]}
    assert len(ids) == 1
    created = [first["created"], second["created"], mixed["results"][0]["created"]]
    assert sorted(created) == [False, False, True]
    batches = [mixed["results"][1:], forth["results"], back["results"][::-1]]
    for same in zip(*batches, strict=True):
        assert len({each["id"] for each in same}) == 1
        assert sorted(each["created"] for each in same) == [False, False, True]
    after = census(office, home)
    changed = {name: after[name] - before[name] for name in before if name != "files"}
    assert changed == {
        "event": 61, "event_step": 4 * 61, "explanation": 61, "event_watch": 61, "reporter": 1, "figures": 61,
        "event_attachment": 0, "attachment": 0, "dispute": 0, "event_link": 0,
    }  # fmt: skip


@pytest.mark.parametrize("table", ["event_step", "explanation", "event_watch", "figure_change", "reporter"])
def test_what_fails_half_way_leaves_nothing(office: Office, home: Path, chief: Person, table: str) -> None:
    """Each table behind a report in turn refuses its row: no event without its steps, reasons and figures."""
    office.rows(
        "CREATE FUNCTION out_of_order() RETURNS trigger LANGUAGE plpgsql AS $$"
        " BEGIN RAISE EXCEPTION 'out of order'; END $$"
    )
    office.rows(f"CREATE TRIGGER out_of_order BEFORE INSERT ON {table} EXECUTE FUNCTION out_of_order()")
    many = [body(GRIDS[n], external_id=f"{table} {n}", reporter={"name": "张三丰"}) for n in range(8)]
    try:
        with nothing_kept(office, home):
            for path, sent in (("/api/events", many[0]), ("/api/events/batch", {"reports": many})):
                answer = chief.ask("POST", path, json=sent)
                assert answer.status_code == 500
                assert "out of order" not in answer.text
    finally:
        office.rows("DROP FUNCTION out_of_order CASCADE")
    assert chief.post("/api/events/batch", {"reports": many})["taken"] == 8
