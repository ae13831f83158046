"""A station of the waterworks in short: what tests of SensorThings send and ask."""

from __future__ import annotations

from typing import Any

import httpx

from tests.api.planning import Json, Office

ROOT = "/sensorthings/v1.1"
UNIT = {"name": "kilopascal", "symbol": "kPa", "definition": "http://qudt.org/vocab/unit/KiloPA"}


def ask(office: Office, method: str, path: str, who: str = "chief", **options: Any) -> httpx.Response:
    """Send a request below the root."""
    return office[who].ask(method, f"{ROOT}/{path}", **options)


def get(office: Office, path: str, **query: Any) -> Json:
    """Read what must be there; a link of the service goes as it is."""
    path = path.partition(f"{ROOT}/")[2] or path
    answer = ask(office, "GET", path, params={f"${key}": value for key, value in query.items()} or None)
    assert answer.status_code == 200, f"{path}: {answer.text[:800]}"
    found: Json = answer.json()
    return found


def post(office: Office, path: str, body: Any) -> Json:
    """Make what must be good."""
    answer = ask(office, "POST", path, json=body)
    assert answer.status_code == 201, answer.text[:1500]
    found: Json = answer.json()
    return found


def refused(office: Office, method: str, path: str, status: int = 400, **options: Any) -> Json:
    """Send what must be refused; gives {where: reason}."""
    answer = ask(office, method, path, **options)
    assert answer.status_code == status, f"{answer.status_code} {answer.text[:800]}"
    return {each["where"]: each["reason"] for each in answer.json().get("errors", [])}


def stream(name: str, **more: Any) -> Json:
    """Write a datastream with its sensor and property inside."""
    return {
        "name": name,
        "description": "",
        "observationType": "http://www.opengis.net/def/observationType/OGC-OM/2.0/OM_Measurement",
        "unitOfMeasurement": UNIT,
        "Sensor": {"name": f"gauge of {name}", "encodingType": "text/plain", "metadata": "make"},
        "ObservedProperty": {"name": "pressure", "definition": "http://example.org/p", "description": ""},
        **more,
    }


def thing(name: str, *streams: Json, lon: float = 116.3, lat: float = 39.9, **more: Any) -> Json:
    """Write a thing at a place with its datastreams."""
    place = {
        "name": f"site of {name}", "description": "", "encodingType": "application/geo+json",
        "location": {"type": "Point", "coordinates": [lon, lat]},
    }  # fmt: skip
    return {"name": name, "description": "d", "Locations": [place], "Datastreams": list(streams), **more}


def at(minute: float) -> str:
    """Write a moment of a day long past."""
    second = round(minute * 60)
    return f"2026-03-0{1 + second // 86400}T{second // 3600 % 24:02}:{second // 60 % 60:02}:{second % 60:02}Z"


def made(office: Office, name: str, *values: float) -> tuple[int, int]:
    """Make a thing with one channel and a value a minute; gives their numbers."""
    rows = [{"phenomenonTime": at(n), "result": value} for n, value in enumerate(values)]
    station = post(office, "Things", thing(name, stream(f"{name} p", Observations=rows)))
    found = get(office, f"Things({station['@iot.id']})/Datastreams")["value"][0]
    return station["@iot.id"], found["@iot.id"]


def everything(office: Office, path: str, **query: Any) -> list[Json]:
    """Follow the links to the end."""
    found = get(office, path, **query)
    rows = found["value"]
    while "@iot.nextLink" in found:
        found = get(office, found["@iot.nextLink"])
        rows += found["value"]
    return list(rows)
