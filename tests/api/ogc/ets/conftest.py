"""The door under test: the live server over the demo city, and the door alone over the gallery."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property, wraps
from typing import Any, TypeVar

import httpx
import numpy as np
import orjson
import pytest
from shapely.geometry import shape
from shapely.geometry.base import BaseGeometry

Json = dict[str, Any]
Looked = TypeVar("Looked")

GEOJSON = "application/geo+json"
CRS84 = "http://www.opengis.net/def/crs/OGC/1.3/CRS84"


@dataclass(frozen=True)
class Taken:
    """An answer, and between which moments it was made."""

    response: httpx.Response
    before: datetime
    after: datetime

    @cached_property
    def json(self) -> Json:
        """The body of a successful answer; read once, so nobody may change it."""
        assert self.response.status_code == 200, self.response.text[:300]
        return orjson.loads(self.response.content)


@dataclass
class Door:
    """A service under test. As in the Java suite, an answer is taken once and then looked at by many
    tests."""

    client: httpx.Client
    kept: dict[Any, Any] = field(default_factory=dict)

    @property
    def url(self) -> str:
        """Address of the landing page."""
        return f"{self.client.base_url}".rstrip("/") + "/ogc"

    def take(self, path: str, accept: str = "application/json", **query: Any) -> Taken:
        """GET a path below the landing page, or a whole address; each request is sent once."""
        key = (path, accept, tuple(sorted(query.items())))
        if key not in self.kept:
            before = datetime.now(UTC)
            address = path if path.startswith("http") else f"{self.url}{path}"
            response = self.client.get(address, params=query or None, headers={"accept": accept})
            self.kept[key] = Taken(response, before, datetime.now(UTC))
        return self.kept[key]

    @property
    def collections(self) -> list[Json]:
        """The collections of features as /collections lists them; none would be a test of nothing."""
        listed = self.take("/collections").json["collections"]
        # Moving features have their own standard, and their own tests.
        listed = [each for each in listed if each.get("itemType", "feature") == "feature"]
        assert listed
        return listed

    @property
    def definition(self) -> Json:
        """The OpenAPI document."""
        return self.take("/openapi").json

    def operation(self, path: str) -> Json:
        """GET of a path in the OpenAPI document."""
        return self.definition["paths"][path]["get"]

    def parameter(self, path: str, name: str) -> Json:
        """A query parameter in the OpenAPI document."""
        found = [self.resolved(each) for each in self.operation(path)["parameters"]]
        [wanted] = [each for each in found if each["name"] == name]
        return wanted

    def resolved(self, part: Json) -> Json:
        """Follow a $ref of the OpenAPI document."""
        found: Any = self.definition
        if "$ref" not in part:
            return part
        for step in part["$ref"].removeprefix("#/").split("/"):
            found = found[step]
        return found

    def page(self, collection: Json, **query: Any) -> Taken:
        """Take a page of items at the address that the collection names."""
        [items] = [each["href"] for each in collection["links"] if is_items(each)]
        return self.take(items, GEOJSON, **query)

    def every(self, collection: Json, **query: Any) -> list[Json]:
        """Follow `next` until the end."""
        key = ("every", collection["id"], tuple(sorted(query.items())))
        if key not in self.kept:
            self.kept[key] = list(self._walk(collection, query))
        return self.kept[key]

    def shapes(self, collection: Json) -> Any:
        """The geometries of `every` feature, (n,) of Shapely; None for a feature without."""
        key = ("shapes", collection["id"])
        if key not in self.kept:
            self.kept[key] = np.array([geometry_of(each) for each in self.every(collection)], object)
        return self.kept[key]

    def _walk(self, collection: Json, query: Json) -> Iterator[Json]:
        page = self.page(collection, **{"limit": 10_000, **query}).json
        while True:
            assert page["numberReturned"] == len(page["features"])
            yield from page["features"]
            following = [each["href"] for each in page["links"] if each["rel"] == "next"]
            if not following:
                return
            page = self.take(following[0], GEOJSON).json


Walk = Callable[[Door], Iterator[Looked]]


def never_empty(walk: Walk[Looked]) -> Walk[Looked]:
    """Make a walk over a door fail that finds nothing to look at: its test would pass without a look."""

    @wraps(walk)
    def walked(door: Door) -> Iterator[Looked]:
        met = False
        for each in walk(door):
            met = True
            yield each
        assert met, f"{walk.__name__} found nothing to look at"

    return walked


def is_items(link: Json) -> bool:
    """Tell the link to GeoJSON items."""
    return link["rel"] == "items" and link["type"] == GEOJSON


def geometry_of(feature: Json) -> BaseGeometry | None:
    """Read a feature's geometry."""
    return shape(feature["geometry"]) if feature["geometry"] else None


@pytest.fixture(scope="session")
def city_door(client: httpx.Client) -> Door:
    """The demo city in a real server; nothing changes there while the suite looks, so it is walked once."""
    return Door(client)


@pytest.fixture(scope="module", params=[pytest.param("city", marks=pytest.mark.slow), "gallery"])
def door(request: pytest.FixtureRequest) -> Door:
    """Each test runs against the demo city in a real server, and against awkward small layers."""
    if request.param == "gallery":
        return Door(request.getfixturevalue("ogc"))
    return request.getfixturevalue("city_door")


@pytest.fixture(scope="module")
def conforms(door: Door) -> set[str]:
    """What the service says it conforms to."""
    return set(door.take("/conformance").json["conformsTo"])
