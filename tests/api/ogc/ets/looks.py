"""What the Java suite looks at in every answer with features (AbstractFeatures.java), and a little more."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any
from urllib.parse import quote

from tests.api.ogc.ets.conftest import GEOJSON, Door, Json, Taken, geometry_of
from tests.api.ogc.ets.standard import FEATURES, array, check

EDGE = 1e-9
"""Digits that are published: a feature on the edge of a box may stand half a digit beside it."""


def pages(door: Door, **query: Any) -> Iterator[Taken]:
    """The first page of each collection."""
    assert door.collections
    for collection in door.collections:
        yield door.page(collection, **query)


def one(door: Door, collection: Json, identifier: Any, **query: Any) -> Taken:
    """One feature."""
    name = quote(collection["id"], safe="")
    return door.take(f"/collections/{name}/items/{quote(str(identifier), safe='')}", GEOJSON, **query)


def in_crs84(page: Taken) -> None:
    """All coordinates are longitude, latitude, and the header says so."""
    assert page.response.headers["content-crs"] == "<http://www.opengis.net/def/crs/OGC/1.3/CRS84>"
    for each in page.json["features"]:
        geometry = geometry_of(each)
        if geometry is not None:
            west, south, east, north = geometry.bounds
            assert -180 <= west <= east <= 180
            assert -90 <= south <= north <= 90


def typed(page: Taken) -> None:
    """The type is FeatureCollection."""
    assert page.json["type"] == "FeatureCollection"


def listing(page: Taken) -> None:
    """There is a list of features, each of the right form."""
    check(FEATURES, page.json)
    check(array({"type": "object"}), page.json["features"])


def linked(door: Door, page: Taken) -> None:
    """Itself, itself in the other form, and the next page, each leading where it says."""
    links = page.json["links"]
    types = {(each["rel"], each["type"]) for each in links}
    assert types >= {("self", GEOJSON), ("alternate", "text/html"), ("collection", "application/json")}
    for each in links:
        assert each["href"].startswith(door.url)
        if each["rel"] in ("self", "alternate", "collection", "next"):
            answer = door.take(each["href"], each["type"]).response
            assert answer.status_code == 200, each
            assert answer.headers["content-type"].split("; charset")[0] == each["type"]
    [own] = [each["href"] for each in links if each["rel"] == "self"]
    again = door.take(own, GEOJSON).json
    assert again["features"] == page.json["features"]


def stamped(page: Taken) -> None:
    """The time stamp lies between the request and the answer."""
    assert page.before <= datetime.fromisoformat(page.json["timeStamp"]) <= page.after


def counted(page: Taken) -> None:
    """numberReturned counts the features."""
    assert page.json["numberReturned"] == len(page.json["features"])
    assert page.json["numberReturned"] <= page.json["numberMatched"]


def same(found: list[Json], wanted: list[Json]) -> None:
    """The same features, in whatever order."""
    assert sorted(str(each["id"]) for each in found) == sorted(str(each["id"]) for each in wanted)
