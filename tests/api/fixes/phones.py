"""Phones with the real apps' requests: what each sends, shaped as the app sends it."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

import httpx
import pyarrow as pa

from spatial.patrols.protocols.fixes import Source
from tests.api.town_hall import Hall
from tests.spatial.patrols.cabs import CabFix, one_cab
from tests.spatial.table_files import stream

ARROW = "application/vnd.apache.arrow.stream"


def walk(count: int = 120) -> tuple[CabFix, ...]:
    """Give real fixes as if of this month: moved by whole days, into what a new phone may bring."""
    cabs = one_cab(count)
    days = (datetime.now(UTC) - cabs[0].time).days - 2
    return tuple(replace(cab, time=cab.time + timedelta(days=days)) for cab in cabs)


@dataclass
class Phone:
    """A phone in somebody's hand: a key, and a client of one worker process."""

    client: httpx.Client
    token: str
    username: str
    mover: int

    @property
    def bearer(self) -> dict[str, str]:
        """The key as most send it."""
        return {"Authorization": f"Bearer {self.token}"}

    @property
    def basic(self) -> dict[str, str]:
        """The key as the password of a user."""
        both = base64.b64encode(f"{self.username}:{self.token}".encode()).decode()
        return {"Authorization": f"Basic {both}"}

    def post(self, path: str, content: bytes | str, kind: str, **headers: str) -> httpx.Response:
        """Send a body as it is."""
        return self.client.post(path, content=content, headers={"Content-Type": kind, **headers})


def osmand_address(phone: Phone, cab: CabFix, identity: str = "48241179") -> str:
    """The address that Traccar Client before 9 asks for; OsmAnd's is one of its template."""
    values = {
        "id": identity, "timestamp": cab.seconds, "lat": cab.lat, "lon": cab.lon, "speed": 2.5,
        "bearing": 271.5, "altitude": 5.0, "accuracy": 4.0, "batt": 63.0, "charge": "true",
    }  # fmt: skip
    return f"/api/fixes/osmand?key={phone.token}&{urlencode(values)}"


def traccar_client(cab: CabFix, identity: str = "48241180") -> str:
    """What Traccar Client 9 posts: its template, letter by letter, with the values put in."""
    location = (
        '{"timestamp": "' + cab.iso + '",'
        f'"coords": {{"latitude": {cab.lat},"longitude": {cab.lon},"accuracy": 4.0,"speed": 1.25,'
        '"heading": 271.5,"altitude": 5.0},"is_moving": true,"odometer": 1200.5,"event": "motionchange",'
        '"battery": {"level": 0.63,"is_charging": true},"activity": {"type": "walking"},"extras": {},'
        f'"_": "&id={identity}&lat={cab.lat}&lon={cab.lon}&timestamp={cab.iso}&"}}'
    )
    return f'{{"location":{location},"device_id":"{identity}"}}'


def owntracks(cab: CabFix, user: str = "wang", device: str = "phone") -> dict[str, Any]:
    """What OwnTracks for Android posts."""
    return {
        "_type": "location", "_id": "9f3c1d20", "acc": 4, "alt": 5, "batt": 63, "bs": 2, "conn": "m",
        "created_at": cab.seconds + 1, "lat": cab.lat, "lon": cab.lon, "m": 2, "t": "t", "tid": "ne",
        "topic": f"owntracks/{user}/{device}", "tst": cab.seconds, "vac": 3, "vel": 9,
    }  # fmt: skip


def overland(cabs: Sequence[CabFix], identity: str = "overland-1") -> dict[str, Any]:
    """A batch of Overland."""
    return {
        "locations": [
            {
                "type": "Feature",
                "geometry": {"type": "Point", "coordinates": [cab.lon, cab.lat]},
                "properties": {
                    "timestamp": cab.time.strftime("%Y-%m-%dT%H:%M:%SZ"), "altitude": 5, "speed": 1.25,
                    "course": 271.5, "horizontal_accuracy": 4, "vertical_accuracy": -1, "motion": ["walking"],
                    "battery_state": "charging", "battery_level": 0.63, "wifi": "", "device_id": identity,
                },
            }
            for cab in cabs
        ],
        "current": {"type": "Feature"},
        "trip": {"distance": 7},
    }  # fmt: skip


def gpslogger(cab: CabFix) -> str:
    """What GPSLogger's %ALL comes to."""
    return urlencode(
        {
            "lat": cab.lat, "lon": cab.lon, "sat": 9, "desc": "", "alt": 5.0, "acc": 4.0, "dir": 271.5,
            "prov": "gps", "spd": 1.25, "timestamp": cab.seconds, "time": cab.iso, "batt": 63.0,
            "ischarging": "true", "aid": "97e7abf8e4b2c4a1", "ser": "97e7abf8e4b2c4a1",
            "profile": "Default Profile",
        }
    )  # fmt: skip


def ulogger(cab: CabFix, track: int) -> dict[str, str]:
    """A position of μLogger."""
    return {
        "action": "addpos", "altitude": "5.0", "accuracy": "4", "battery": "63", "bearing": "271.5",
        "lat": str(cab.lat), "lon": str(cab.lon), "provider": "gps", "speed": "1.25",
        "time": str(cab.seconds), "trackid": str(track),
    }  # fmt: skip


def gpx(cabs: Sequence[CabFix]) -> str:
    """A file as phones write it."""
    points = "".join(
        f'<trkpt lat="{cab.lat}" lon="{cab.lon}"><ele>5.0</ele><time>{cab.iso}</time><extensions>'
        "<speed>1.25</speed><course>271.5</course><accuracy>4</accuracy></extensions></trkpt>"
        for cab in cabs
    )
    return f'<gpx version="1.1" xmlns="http://www.topografix.com/GPX/1/1"><trk><trkseg>{points}</trkseg></trk></gpx>'


def own(cabs: Sequence[CabFix], **more: Any) -> dict[str, Any]:
    """A batch of our own."""
    fixes = [
        {
            "time": cab.iso, "lon": cab.lon, "lat": cab.lat, "speed_mps": 1.25, "course_deg": 271.5,
            "accuracy_m": 4, "altitude_m": 5, "battery_pct": 63, **more,
        }
        for cab in cabs
    ]  # fmt: skip
    return {"device": "own-1", "fixes": fixes}


def own_arrow(cabs: Sequence[CabFix], identity: str = "own-2") -> bytes:
    """The same as columns."""
    count = len(cabs)
    table = pa.table(
        {
            "time": pa.array([cab.time for cab in cabs], pa.timestamp("us", "UTC")),
            "lon": [cab.lon for cab in cabs], "lat": [cab.lat for cab in cabs], "speed_mps": [1.25] * count,
            "course_deg": [271.5] * count, "accuracy_m": [4.0] * count, "altitude_m": [5.0] * count,
            "battery_pct": [63] * count, "device": [identity] * count,
        }
    )  # fmt: skip
    return stream(table)


def _send_osmand(phone: Phone, cabs: Sequence[CabFix]) -> None:
    for cab in cabs:
        answer = phone.client.get(osmand_address(phone, cab))
        assert (answer.status_code, answer.content) == (200, b""), answer.text


def _send_traccar_client(phone: Phone, cabs: Sequence[CabFix]) -> None:
    for cab in cabs:
        answer = phone.post(f"/api/fixes/osmand/{phone.token}", traccar_client(cab), "application/json")
        assert (answer.status_code, answer.content) == (200, b""), answer.text


def _send_owntracks(phone: Phone, cabs: Sequence[CabFix]) -> None:
    headers = {**phone.basic, "X-Limit-U": "wang", "X-Limit-D": "phone"}
    for cab in cabs:
        answer = phone.post("/api/fixes/owntracks", json.dumps(owntracks(cab)), "application/json", **headers)
        assert (answer.status_code, answer.content) == (200, b"[]"), answer.text


def _send_overland(phone: Phone, cabs: Sequence[CabFix]) -> None:
    body = json.dumps(overland(cabs))
    answer = phone.post("/api/fixes/overland", body, "application/json", **phone.bearer)
    assert (answer.status_code, answer.content) == (200, b'{"result":"ok"}'), answer.text


def _send_gpslogger(phone: Phone, cabs: Sequence[CabFix]) -> None:
    for number, cab in enumerate(cabs):
        if number % 2:
            answer = phone.client.get(f"/api/fixes/gpslogger?{gpslogger(cab)}", headers=phone.basic)
        else:
            form = "application/x-www-form-urlencoded"
            answer = phone.post("/api/fixes/gpslogger", gpslogger(cab), form, **phone.basic)
        assert (answer.status_code, answer.content) == (200, b"OK"), answer.text


def _send_ulogger(phone: Phone, cabs: Sequence[CabFix]) -> None:
    path = "/api/fixes/ulogger/client/index.php"
    entered = phone.client.post(path, data={"action": "auth", "user": phone.username, "pass": phone.token})
    assert entered.json() == {"error": False}, entered.text
    track = phone.client.post(path, data={"action": "addtrack", "track": "Auto_2025.06.15_21.45"}).json()
    assert track["error"] is False
    for cab in cabs:
        answer = phone.client.post(path, data=ulogger(cab, track["trackid"]))
        assert answer.json() == {"error": False}, answer.text


def _send_gpx(phone: Phone, cabs: Sequence[CabFix]) -> None:
    answer = phone.post("/api/fixes/gpx", gpx(cabs), "application/gpx+xml", **phone.bearer)
    assert answer.status_code == 200 and answer.json()["taken"] == len(cabs), answer.text


def _send_own(phone: Phone, cabs: Sequence[CabFix]) -> None:
    answer = phone.client.post("/api/fixes", json=own(cabs), headers=phone.bearer)
    assert answer.status_code == 200 and answer.json()["taken"] == len(cabs), answer.text


def _send_arrow(phone: Phone, cabs: Sequence[CabFix]) -> None:
    answer = phone.post("/api/fixes", own_arrow(cabs), ARROW, **phone.bearer)
    assert answer.status_code == 200 and answer.json()["taken"] == len(cabs), answer.text


@dataclass(frozen=True)
class Door:
    """One door: how an app sends a walk through it, and what of the common values comes out."""

    send: Callable[[Phone, Sequence[CabFix]], None]
    identity: str | None
    source: Source
    speed_mps: float = 1.25
    course_deg: float | None = 271.5


DOORS: dict[str, Door] = {
    "osmand": Door(_send_osmand, "48241179", Source.OSMAND, 2.5 * 1852 / 3600),
    "traccar client": Door(_send_traccar_client, "48241180", Source.OSMAND),
    "owntracks": Door(_send_owntracks, "wang/phone", Source.OWNTRACKS, 2.5, None),
    "overland": Door(_send_overland, "overland-1", Source.OVERLAND),
    "gpslogger": Door(_send_gpslogger, "97e7abf8e4b2c4a1", Source.GPSLOGGER),
    "ulogger": Door(_send_ulogger, None, Source.ULOGGER),
    "gpx": Door(_send_gpx, None, Source.GPX),
    "own": Door(_send_own, "own-1", Source.OWN),
    "arrow": Door(_send_arrow, "own-2", Source.OWN),
}


def phone_of(hall: Hall, username: str, worker: int = 0, process: int = 0) -> Phone:
    """Give a worker of the town (by number) an account, a device key and a phone."""
    numbers = hall.ask(
        "SELECT w.id, m.id, w.unit_code FROM worker AS w JOIN mover AS m ON m.worker_id = w.id ORDER BY w.id"
    )
    worker_id, mover, area = numbers[worker]
    account = hall.account(username, role="field_worker", reach="area", area=area, worker_id=worker_id)
    return Phone(hall.client(process), hall.key(account, "device", "field"), username, mover)


def stored(hall: Hall, identity: str) -> list[tuple[Any, ...]]:
    """Read what a device sent, in the order of time: time, lon, lat, speed, course, accuracy …"""
    return hall.ask(
        "SELECT f.time, f.lon, f.lat, f.speed_mps, f.course_deg, f.accuracy_m, f.altitude_m, f.battery_pct,"
        " f.source, f.gate, f.flags, f.mover_id, f.datum FROM fix AS f JOIN device AS d ON d.id = f.device_id"
        " WHERE d.identity = %s ORDER BY f.time, f.lon",
        identity,
    )
