"""Photos of the public: made anew from their pixels, few, soon, and never more than there is room for."""

from __future__ import annotations

import asyncio
import io
import socket
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from shutil import disk_usage
from types import SimpleNamespace
from typing import Any

import httpx
import pytest
from PIL import Image

from api.city import PHOTOS_HELD
from api.public_limits import _report, take_photo_bytes
from api.public_photos import check_room
from api.quotas import Quotas
from spatial.database import query
from spatial.errors import Conflict, InvalidInput, TooMany, Unavailable
from spatial.events.attachments import Store
from spatial.events.public import MOST_PHOTOS, event_for_photo
from spatial.events.public_photos import MOST_FRAMES, MOST_SCANS, made_anew, scans_of
from spatial.settings import Settings
from tests.api.public.reports import event_of, one_waits_for_the_other, picture, reported, sent
from tests.api.town_hall import CITY_ADMINISTRATOR, Hall


def test_a_photo_is_made_anew_from_its_pixels(hall: Hall) -> None:
    somebody, body = hall.client(), sent(hall)
    code = somebody.post("/api/public/reports", json=body).json()["code"]
    exif = Image.Exif()
    exif[0x0112], exif[0x010F] = 6, "Camera of Li Si"
    exif.get_ifd(0x8825).update({1: "N", 2: (39.0, 54.0, 20.0), 3: "E", 4: (116.0, 23.0, 0.0)})
    photo = picture((400, 300), exif=exif) + b"<script>alert(1)</script>PK\x03\x04hidden"
    answer = somebody.post(
        f"/api/public/reports/{code}/photos", content=photo, headers={"content-type": "image/jpeg"}
    )
    assert (answer.status_code, answer.json()) == (201, {"photos": 1})
    assert somebody.get(f"/api/public/reports/{code}").json()["photos"] == 1
    chief = hall.person("looker", **CITY_ADMINISTRATOR)
    number = event_of(hall, body)[0]
    (kept,) = chief.get(f"/api/events/{number}").json()["attachments"]
    assert (kept["kind"], kept["name"]) == ("photo", "photo.jpg")
    shown = chief.get(f"/api/events/{number}/attachments/{kept['digest']}")
    with Image.open(io.BytesIO(shown.content)) as made:
        assert (made.format, made.size, dict(made.getexif())) == ("JPEG", (300, 400), {})
        assert not {"exif", "icc_profile", "comment", "xmp"} & set(made.info)
    assert b"Li Si" not in shown.content and b"script" not in shown.content and b"hidden" not in shown.content
    assert somebody.get(f"/api/events/{number}/attachments/{kept['digest']}").status_code == 401


@pytest.mark.parametrize(
    ("content", "status"),
    [
        (b"#!/bin/sh\nrm -rf /\n", 400),
        (b"<html><script>alert(1)</script>", 400),
        (b"<svg xmlns='http://www.w3.org/2000/svg'><script/></svg>", 400),
        (b"%PDF-1.7 not a photo", 400),
        (b"\xff\xd8\xff\xe0 cut off", 400),
        (b"GIF89a" + bytes(100), 400),
        (b"", 400),
    ],
    ids=["script", "html", "svg", "pdf", "damaged", "gif", "nothing"],
)
def test_a_file_that_is_no_photo_is_refused_whatever_it_is_called(
    hall: Hall, content: bytes, status: int
) -> None:
    somebody = hall.client()
    code = reported(hall, somebody)
    headers = {"content-type": "image/jpeg", "content-disposition": 'attachment; filename="a.jpg"'}
    answer = somebody.post(f"/api/public/reports/{code}/photos", content=content, headers=headers)
    assert answer.status_code == status, answer.text
    assert somebody.get(f"/api/public/reports/{code}").json()["photos"] == 0


def test_a_photo_of_too_many_pixels_is_not_decoded(hall: Hall) -> None:
    somebody = hall.client()
    code = reported(hall, somebody)
    out = io.BytesIO()
    Image.new("1", (30_000, 30_000)).save(out, "PNG")
    answer = somebody.post(f"/api/public/reports/{code}/photos", content=out.getvalue())
    assert answer.status_code == 400
    assert "pixels" in answer.text


def scans(number: int) -> bytes:
    """Write a JPEG with this many scans: the first one, which says nothing new, again and again."""
    whole = picture((64, 48), progressive=True)
    begins = [at for at in range(len(whole) - 1) if whole[at : at + 2] == b"\xff\xda"]
    first = whole[begins[-1] : -2]
    return whole[: begins[-1]] + first * (number - len(begins) + 1) + b"\xff\xd9"


def test_a_jpeg_of_thousands_of_scans_is_not_decoded(hall: Hall) -> None:
    somebody = hall.client()
    code = reported(hall, somebody)
    progressive = picture((1200, 900), progressive=True)
    assert 2 < scans_of(progressive) < MOST_SCANS
    assert scans_of(picture((1200, 900))) == 1
    assert (scans_of(scans(MOST_SCANS)), scans_of(scans(3000))) == (MOST_SCANS, MOST_SCANS + 1)
    # Segments before the pixels do not count: a small picture of its own stands in the EXIF of many.
    with_one_inside = progressive[:2] + b"\xff\xe1\x10\x00" + (b"\xff\xda" * 0x7FF) + progressive[2:]
    assert scans_of(with_one_inside) == scans_of(progressive)
    answer = somebody.post(f"/api/public/reports/{code}/photos", content=scans(3000))
    assert (answer.status_code, "scans" in answer.text) == (400, True)
    assert somebody.post(f"/api/public/reports/{code}/photos", content=progressive).status_code == 201


def test_a_picture_that_is_long_and_thin_is_not_read_whole() -> None:
    out = io.BytesIO()
    Image.new("L", (60_000, 900)).save(out, "JPEG")
    with pytest.raises(InvalidInput, match="pixels"):
        made_anew(out.getvalue())


def test_a_moving_picture_of_many_frames_is_refused() -> None:
    for form in ("PNG", "WEBP"):
        frames = [Image.new("L", (8, 8), number * 7 % 256) for number in range(MOST_FRAMES + 1)]
        out = io.BytesIO()
        frames[0].save(out, form, save_all=True, append_images=frames[1:], lossless=True)
        with pytest.raises(InvalidInput, match="frames"):
            made_anew(out.getvalue())


def test_few_photos_are_held_at_once_and_the_city_goes_on(hall: Hall) -> None:
    """Bodies that do not end: a fifth is told to come back, and nobody else is kept waiting."""
    somebody = hall.client()
    code = reported(hall, somebody)
    url = httpx.URL(hall.workers[0])
    head = (
        f"POST /api/public/reports/{code}/photos HTTP/1.1\r\nHost: {url.host}\r\nContent-Length: 1000\r\n\r\n"
    )
    with ExitStack() as stack:
        for _ in range(PHOTOS_HELD):
            line = stack.enter_context(socket.create_connection((url.host, url.port or 80)))
            line.sendall(head.encode() + b"\xff\xd8\xff")
        answer = _refused_at_last(somebody, code)
        assert (answer.status_code, int(answer.headers["retry-after"]) > 0) == (429, True)
        assert somebody.get(f"/api/public/reports/{code}").status_code == 200
    assert hall.client(1).post(f"/api/public/reports/{code}/photos", content=picture()).status_code == 201


def _refused_at_last(somebody: httpx.Client, code: str) -> httpx.Response:
    """Send what is no photo until there is no place for it: the others take theirs in their own time."""
    while True:
        answer = somebody.post(f"/api/public/reports/{code}/photos", content=b"no photo")
        if answer.status_code != 400:
            return answer


def test_the_photos_of_a_report_are_counted_when_it_is_ones_turn(hall: Hall) -> None:
    somebody, body = hall.client(), sent(hall)
    code = somebody.post("/api/public/reports", json=body).json()["code"]
    with ThreadPoolExecutor(4) as pool:
        sends = [
            pool.submit(somebody.post, f"/api/public/reports/{code}/photos", content=picture())
            for _ in "1234"
        ]
        assert {each.result().status_code for each in sends} <= {201, 429}
    while somebody.get(f"/api/public/reports/{code}").json()["photos"] < MOST_PHOTOS - 1:
        somebody.post(f"/api/public/reports/{code}/photos", content=picture())
    # a photo of another report: the same one twice would count once
    elsewhere, theirs = hall.client(), sent(hall)
    their_code = elsewhere.post("/api/public/reports", json=theirs).json()["code"]
    answer = elsewhere.post(f"/api/public/reports/{their_code}/photos", content=picture())
    assert answer.status_code == 201
    number = event_of(hall, theirs)[0]
    (other,) = hall.ask("SELECT digest FROM event_attachment WHERE event_id = %s", number)[0]

    def add(connection: Any) -> None:
        event = event_for_photo(connection, code)
        values = {
            "event": event,
            "digest": other,
            "name": "a",
            "kind": "photo",
            "step": None,
            "account": None,
        }
        connection.execute(query("spatial.events", "attachment_add"), values)

    with pytest.raises(Conflict):
        one_waits_for_the_other(hall, add, add)
    assert somebody.get(f"/api/public/reports/{code}").json()["photos"] == MOST_PHOTOS


def test_fifty_megabytes_are_refused_before_they_have_come(hall: Hall) -> None:
    """Of what says how large it is, not a byte is waited for."""
    somebody = hall.client()
    code = reported(hall, somebody)
    url = httpx.URL(hall.workers[0])
    asked = f"POST /api/public/reports/{code}/photos HTTP/1.1"
    head = f"{asked}\r\nHost: {url.host}\r\nContent-Length: 50000000\r\n\r\n"
    with socket.create_connection((url.host, url.port or 80), timeout=30) as line:
        line.sendall(head.encode())
        assert line.recv(12) == b"HTTP/1.1 413"
    pieces = (b"\xff\xd8\xff" + bytes(999_997) for _ in range(50))
    assert somebody.post(f"/api/public/reports/{code}/photos", content=pieces).status_code == 413
    assert somebody.get(f"/api/public/reports/{code}").json()["photos"] == 0


def test_photos_need_a_code_and_are_few_and_come_soon(hall: Hall) -> None:
    somebody, body = hall.client(), sent(hall)
    code = somebody.post("/api/public/reports", json=body).json()["code"]
    assert somebody.post("/api/public/reports/AAAAA/photos", content=picture()).status_code == 404
    statuses = [
        hall.client().post(f"/api/public/reports/{code}/photos", content=picture()).status_code
        for _ in range(6)
    ]
    assert statuses == [201] * 5 + [409]
    late, late_body = hall.client(), sent(hall)
    late_code = late.post("/api/public/reports", json=late_body).json()["code"]
    hall.ask(
        "UPDATE public_report SET at = at - interval '25 hours' WHERE event_id = %s",
        event_of(hall, late_body)[0],
    )
    assert late.post(f"/api/public/reports/{late_code}/photos", content=picture()).status_code == 409


def test_no_photo_takes_the_last_room_of_the_disk(tmp_path: Path) -> None:
    folder = tmp_path / "not" / "made yet"
    free = Store(str(folder)).free_bytes()
    assert free is not None and 0 < free <= disk_usage(tmp_path).total
    assert Store("memory://photos").free_bytes() is None
    check_room(Settings(attachments=str(folder)))
    full = Settings(attachments=str(folder), public_photos_free_mb=2**40)
    with pytest.raises(Unavailable):
        check_room(full)
    check_room(Settings(attachments="memory://photos", public_photos_free_mb=2**40))
    check_room(Settings(attachments=str(folder), public_photos_free_mb=0))


def test_a_day_has_room_for_so_many_photos_and_an_address_for_so_many_reports(tmp_path: Path) -> None:
    settings = Settings(public_photos_mb_per_day=2, public_reports_per_day=3)
    city, quotas = SimpleNamespace(settings=settings), Quotas(tmp_path)

    def request(address: str) -> Any:
        return SimpleNamespace(scope={"quotas": quotas, "address": address})

    take_photo_bytes(request("10.0.0.1"), city, 1_500_000)  # type: ignore[arg-type]
    with pytest.raises(TooMany) as refused:
        take_photo_bytes(request("10.0.0.2"), city, 1_500_000)  # type: ignore[arg-type]
    assert refused.value.retry_after_s > 60
    for _ in range(3):
        asyncio.run(_report(request("10.0.0.1"), city))  # type: ignore[arg-type]
    with pytest.raises(TooMany, match="3 requests a day"):
        asyncio.run(_report(request("10.0.0.1"), city))  # type: ignore[arg-type]
    asyncio.run(_report(request("10.0.0.2"), city))  # type: ignore[arg-type]
