"""Page after page of a service's features: what is asked next follows from what was answered last.

No page is asked for here: a generator gives addresses and is sent the answers, so that whoever drives it
decides how the network is reached. Pages are kept as files, for GDAL to read in a process of its own.
"""

from __future__ import annotations

import hashlib
from collections.abc import Generator, Iterable
from pathlib import Path
from typing import Any

import orjson

from layers.external import arcgis, features_api, wfs
from layers.external.remote import Json, read_json, read_xml
from spatial.errors import InvalidInput, Unavailable
from spatial.geometry.read_features_pages import SCHEMA_FILE

Asking = Generator[str, bytes, None]
MOST_FEATURES = 5_000_000
MOST_PAGES = 20_000


class Sink:
    """What was read so far: files, how many features, and a digest that does not go by their order."""

    def __init__(self, folder: Path, most_bytes: int) -> None:
        self.folder = folder
        self.features = 0
        self.has_ids = True
        self._room = most_bytes
        self._pages = 0
        self._digests: list[bytes] = []
        self._last: set[bytes] = set()

    def add(self, body: bytes, features: int, parts: Iterable[bytes]) -> bool:
        """Keep a page; tell whether it is another one than the last: some services know no second page."""
        new = {hashlib.sha256(part).digest() for part in parts}
        if features and new == self._last:
            return False
        self._last = new
        self._digests += [each[:16] for each in new]
        self._room -= len(body)
        self.features += features
        self._pages += 1
        if self._room < 0 or self.features > MOST_FEATURES or self._pages > MOST_PAGES:
            raise InvalidInput.at("layer", "is larger than a harvest may be: see CITYGRID_EXTERNAL_MB")
        if features:
            (self.folder / f"page-{self._pages:06}").write_bytes(body)
        return True

    def keep_schema(self, body: bytes) -> None:
        """Keep the types of the attributes."""
        self._digests.append(hashlib.sha256(body).digest()[:16])
        (self.folder / SCHEMA_FILE).write_bytes(body)

    def digest(self, *more: object) -> str:
        """Give the digest of everything that was read, and of what decides how it is read."""
        whole = hashlib.sha256(orjson.dumps(more, option=orjson.OPT_SORT_KEYS))
        for each in sorted(self._digests):
            whole.update(each)
        return whole.hexdigest()


def pages(plan: Json, sink: Sink) -> Asking:
    """Read all features of a layer by its plan into the sink; yields addresses, is sent answers."""
    if plan["kind"] == "ogcapi":
        yield from _ogcapi(plan, sink)
    elif plan["kind"] == "arcgis":
        yield from _arcgis(plan, sink) if plan["pages"] else _arcgis_by_id(plan, sink)
    elif plan["reads"] == "GEOJSON":
        yield from _wfs_json(plan, sink)
    else:
        yield from _wfs_gml(plan, sink)
    if not sink.features:
        raise InvalidInput.at("layer", "the service has no features in it")


def _ogcapi(plan: Json, sink: Sink) -> Asking:
    url: str | None = features_api.page(plan)
    while url is not None:
        body = read_json((yield url))
        found = _features(body)
        if not found or not _keep(sink, body, found):
            return
        url = features_api.following(body, plan)


def _wfs_json(plan: Json, sink: Sink) -> Asking:
    while True:
        raw = yield wfs.page(plan, sink.features)
        if raw.lstrip()[:1] == b"<":
            read_xml(raw, "FeatureCollection in JSON")
        body = read_json(raw)
        found = _features(body)
        if not found or not _keep(sink, body, found):
            return
        if _is_last(plan, len(found), sink.features, body.get("numberMatched", body.get("totalFeatures"))):
            return


def _wfs_gml(plan: Json, sink: Sink) -> Asking:
    schema = yield wfs.schema(plan)
    read_xml(schema, "schema")
    sink.keep_schema(schema)
    while True:
        body = yield wfs.page(plan, sink.features)
        held, matched, content = wfs.gml_counts(body)
        if not held:
            read_xml(body, "FeatureCollection")
            return
        if not sink.add(body, held, [content]) or _is_last(plan, held, sink.features, matched):
            return


def _is_last(plan: Json, held: int, read: int, matched: object) -> bool:
    """A service may hold its pages smaller than asked: the count decides where it is told."""
    if isinstance(matched, int) and matched > 0:
        return read >= matched
    return not plan["pages"] and held != wfs.PAGE


def _arcgis(plan: Json, sink: Sink) -> Asking:
    while True:
        raw = yield arcgis.page(plan, sink.features)
        body = arcgis.answer(raw)
        found = _esri_features(body)
        new = sink.add(raw, len(found), map(_written, found))
        if not found or not body.get("exceededTransferLimit"):
            return
        if not new:
            raise Unavailable("the service answers the same page again and again")


def _arcgis_by_id(plan: Json, sink: Sink) -> Asking:
    """Read a server of before 10.3, which knows no pages: by the numbers of its features."""
    listed = arcgis.answer((yield arcgis.ids(plan))).get("objectIds") or []
    numbers = sorted(each for each in listed if isinstance(each, int))
    for start in range(0, len(numbers), arcgis.IDS_AT_ONCE):
        raw = yield arcgis.some(plan, numbers[start : start + arcgis.IDS_AT_ONCE])
        found = _esri_features(arcgis.answer(raw))
        sink.add(raw, len(found), map(_written, found))


def _esri_features(body: Json) -> list[Any]:
    found = body.get("features")
    if not isinstance(found, list):
        raise InvalidInput.at("url", "answers no features")
    return found


def _features(body: Json) -> list[Json]:
    found = body.get("features")
    if body.get("type") != "FeatureCollection" or not isinstance(found, list):
        raise InvalidInput.at("url", "answers no collection of features")
    return [each for each in found if isinstance(each, dict)]


def _keep(sink: Sink, body: Json, found: list[Json]) -> bool:
    """Keep a page of GeoJSON; the number of a feature stands among its attributes, or it would be lost."""
    for each in found:
        own = each.get("properties")
        own = each["properties"] = own if isinstance(own, dict) else {}
        if "id" in each:
            own.setdefault("id", each["id"])
        sink.has_ids = sink.has_ids and own.get("id") is not None
    page = {"type": "FeatureCollection", "features": found}
    if "crs" in body:
        page["crs"] = body["crs"]
    return sink.add(_written(page), len(found), map(_written, found))


def _written(value: Any) -> bytes:
    try:
        return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)
    except (TypeError, ValueError, RecursionError):
        raise InvalidInput.at("url", "answers a value that cannot be kept") from None
