"""A small ArcGIS server, written from Esri's documentation of its REST interface; knows nothing of us.

A service with one layer of points in CGCS2000 (wkid 4490). What it is asked decides what it answers:
where=1=1, resultOffset and resultRecordCount, objectIds, returnIdsOnly, f=json; errors with status 200.
"""

from __future__ import annotations

import io
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

import orjson
from PIL import Image

from tests.api.external.peers import Quiet, serving

TOKEN = "sesame"


@dataclass
class Arc:
    """What the server holds, and what it was asked."""

    url: str = ""
    rows: list[dict[str, Any]] = field(default_factory=list)
    most: int = 2
    """maxRecordCount."""
    pages: bool = True
    token: str | None = None
    asked: list[dict[str, str]] = field(default_factory=list)


FIELDS = [
    {"name": "OBJECTID", "type": "esriFieldTypeOID", "alias": "OBJECTID"},
    {"name": "CODE", "type": "esriFieldTypeString", "alias": "编码", "length": 20},
    {"name": "DEPTH", "type": "esriFieldTypeDouble", "alias": "埋深"},
    {"name": "BUILT", "type": "esriFieldTypeDate", "alias": "日期", "length": 8},
    {"name": "KIND", "type": "esriFieldTypeSmallInteger", "alias": "类型"},
]
SYSTEM = {"wkid": 4490, "latestWkid": 4490}


def manhole(number: int) -> dict[str, Any]:
    """Make a row."""
    return {
        "attributes": {
            "OBJECTID": number * 10,
            "CODE": f"0{number}",
            "DEPTH": 1.5,
            "BUILT": 1_600_000_000_000,
            "KIND": 1,
        },
        "geometry": {"x": 116.3 + number / 1000, "y": 39.95},
    }


def _error(code: int, message: str) -> dict[str, Any]:
    return {"error": {"code": code, "message": message, "details": []}}


def _service(arc: Arc) -> dict[str, Any]:
    return {
        "currentVersion": 10.81,
        "serviceDescription": "",
        "mapName": "排水 drains",
        "copyrightText": "水务局",
        "maxRecordCount": arc.most,
        "layers": [
            {"id": 0, "name": "井盖", "type": "Feature Layer"},
            {"id": 1, "name": "all", "type": "Group Layer"},
        ],
    }


def _layer(arc: Arc) -> dict[str, Any]:
    return {
        "currentVersion": 10.81,
        "id": 0,
        "name": "井盖",
        "type": "Feature Layer",
        "geometryType": "esriGeometryPoint",
        "objectIdField": "OBJECTID",
        "fields": FIELDS,
        "maxRecordCount": arc.most,
        "capabilities": "Query",
        "advancedQueryCapabilities": {"supportsPagination": arc.pages},
        "extent": {"xmin": 116, "ymin": 39, "xmax": 117, "ymax": 41, "spatialReference": SYSTEM},
    }


def _query(arc: Arc, given: dict[str, str]) -> dict[str, Any]:
    rows = arc.rows
    if given.get("returnIdsOnly") == "true":
        ids = [each["attributes"]["OBJECTID"] for each in rows]
        return {"objectIdFieldName": "OBJECTID", "objectIds": ids[::-1]}
    more = False
    if "objectIds" in given:
        wanted = {int(each) for each in given["objectIds"].split(",")}
        rows = [each for each in rows if each["attributes"]["OBJECTID"] in wanted]
    else:
        if "resultOffset" in given and not arc.pages:
            return _error(400, "Pagination is not supported.")
        start, count = int(given.get("resultOffset", 0)), int(given.get("resultRecordCount", arc.most))
        count = min(count, arc.most)
        more, rows = len(rows) > start + count, rows[start : start + count]
    answer: dict[str, Any] = {
        "objectIdFieldName": "OBJECTID",
        "globalIdFieldName": "",
        "geometryType": "esriGeometryPoint",
        "spatialReference": SYSTEM,
        "fields": FIELDS,
        "features": rows,
    }
    return {**answer, "exceededTransferLimit": True} if more else answer


def _export(given: dict[str, str]) -> bytes:
    """Paint the box's west half red."""
    assert given["bboxSR"] == given["imageSR"] == "3857", given
    wide, high = map(int, given["size"].split(","))
    picture = Image.new("RGBA", (wide, high))
    picture.paste((255, 0, 0, 255), (0, 0, wide // 2, high))
    out = io.BytesIO()
    picture.save(out, "PNG")
    return out.getvalue()


@contextmanager
def arcgis_server():
    """Run it."""
    arc = Arc(rows=[manhole(number) for number in range(1, 6)])

    class Handler(Quiet):
        def do_GET(self) -> None:  # noqa: N802
            parts = urlsplit(self.path)
            given = {name: values[0] for name, values in parse_qs(parts.query).items()}
            arc.asked.append(given)
            if arc.token is not None and given.get("token") != arc.token:
                self._send(_error(499, "Token Required"))
                return
            kind, _, rest = parts.path.removeprefix("/arcgis/rest/services/drains/").partition("/")
            if rest == "export":
                self.answer(200, _export(given), "image/png")
                return
            found = {"": _service, "0": _layer}.get(rest)
            self._send(
                found(arc) if found else _query(arc, given) if rest == "0/query" else _error(404, kind)
            )

        def _send(self, body: dict[str, Any]) -> None:
            self.answer(200, orjson.dumps(body), "application/json;charset=utf-8")

    with serving(Handler) as url:
        arc.url = f"{url}/arcgis/rest/services/drains"
        yield arc
