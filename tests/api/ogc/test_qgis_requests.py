"""What QGIS 3.22, 3.32, 3.40 and 4 send when a layer is opened, in their order, and what they need to find.

From qgsoapifprovider.cpp and its neighbours; edits are replayed beside the tests of transactions.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from pyproj import Transformer

from tests.servers import LiveServer

VERSIONS = ((3, 22), (3, 32), (3, 40), (4, 0))
API_TYPES = (
    "application/vnd.oai.openapi+json;version=3.0, application/openapi+json;version=3.0, application/json"
)
GEOJSON = "application/geo+json, application/json"
LAT_LON = "http://www.opengis.net/def/crs/EPSG/0/4326"
CRS84 = "http://www.opengis.net/def/crs/OGC/1.3/CRS84"
SCHEMA = "http://www.opengis.net/def/rel/ogc/1.0/schema"
NEEDED = {
    "http://www.opengis.net/spec/ogcapi-features-3/1.0/conf/filter",
    "http://www.opengis.net/spec/ogcapi-features-3/1.0/conf/features-filter",
    "http://www.opengis.net/spec/cql2/1.0/conf/cql2-text",
    "http://www.opengis.net/spec/cql2/1.0/conf/basic-cql2",
}
"""Without all four QGIS filters by itself."""


class Analyst:
    """QGIS with Basic: user name, and a token as the password."""

    def __init__(self, server: LiveServer) -> None:
        auth = (server.username, server.token)
        self.http = httpx.Client(auth=auth, timeout=60, headers={"user-agent": "Mozilla/5.0 QGIS"})
        self.landing = f"{server.url}/ogc"

    def get(self, address: str, accept: str, **query: Any) -> Any:
        """Ask as QGIS does; a status of 200 or nothing."""
        answer = self.http.get(address, params=query or None, headers={"accept": accept})
        assert answer.status_code == 200, answer.text[:300]
        return answer.json()

    def link(self, document: Any, relation: str, media_type: str) -> str:
        """Find a link by relation and type, as QGIS looks for it."""
        found = [
            each["href"]
            for each in document["links"]
            if (each["rel"], each["type"]) == (relation, media_type)
        ]
        assert len(found) == 1, (relation, media_type)
        return found[0]


@pytest.fixture(scope="module")
def analyst(live_server: LiveServer) -> Iterator[Analyst]:
    made = Analyst(live_server)
    yield made
    made.http.close()


def opened(analyst: Analyst, name: str) -> tuple[str, int, Any]:
    """Steps 1 to 3: landing page, definition, collection; gives the items, the page size, the collection."""
    landing = analyst.get(analyst.landing, "application/json")
    definition = analyst.get(
        analyst.link(landing, "service-desc", "application/vnd.oai.openapi+json;version=3.0"), API_TYPES
    )
    limit = definition["components"]["parameters"]["limit"]["schema"]
    size = min(max(1000, limit["default"]), limit["maximum"])
    collections = analyst.link(landing, "data", "application/json")
    collection = analyst.get(f"{collections}/{name}", "application/json")
    assert collection["id"] == name
    return f"{collections}/{name}/items", size, collection


def read(analyst: Analyst, address: str, **query: Any) -> list[Any]:
    """Step 7: pages until one is empty or names no next one."""
    page = analyst.get(address, GEOJSON, **query)
    found = list(page["features"])
    while page["features"]:
        following = [each for each in page["links"] if each["rel"] == "next"]
        if not following:
            break
        assert following[0]["type"] == "application/geo+json"
        page = analyst.get(following[0]["href"], GEOJSON)
        found += page["features"]
    return found


@pytest.mark.parametrize("version", VERSIONS, ids=lambda each: f"{each[0]}.{each[1]}")
@pytest.mark.parametrize("name", ["grids", "places", "events"])
def test_qgis_opens_a_layer_and_reads_it(analyst: Analyst, name: str, version: tuple[int, int]) -> None:
    items, size, collection = opened(analyst, name)
    assert size == 1000
    if version >= (3, 32):
        filters(analyst, items)
    if version >= (3, 40):
        schema(analyst, collection)
    sample = analyst.get(items, GEOJSON, limit=10)["features"]
    assert len(sample) == 10
    assert len({each["geometry"]["type"] for each in sample}) == 1
    if version >= (3, 32):
        methods(analyst, items, sample[0]["id"], name)
    matched = analyst.get(items, GEOJSON, limit=1)["numberMatched"]
    system = {"crs": collection["storageCrs"]} if version >= (3, 32) else {}
    whole = read(analyst, items, limit=size, **system)
    assert len(whole) == len({each["id"] for each in whole}) == matched


def filters(analyst: Analyst, items: str) -> None:
    """Step 4: conformance by the short name of its link, and the queryables at a built address."""
    landing = analyst.get(analyst.landing, "application/json")
    declared = analyst.get(analyst.link(landing, "conformance", "application/json"), "application/json")
    assert set(declared["conformsTo"]) >= NEEDED
    found = analyst.get(f"{items.removesuffix('/items')}/queryables", "application/schema+json")
    assert found["properties"]


def schema(analyst: Analyst, collection: Any) -> None:
    """Part 5, where QGIS takes fields and geometry type from the schema and not from ten features."""
    found = analyst.get(
        analyst.link(collection, SCHEMA, "application/schema+json"), "application/schema+json"
    )
    [geometry] = [
        each for each in found["properties"].values() if each.get("x-ogc-role") == "primary-geometry"
    ]
    assert geometry["format"].startswith("geometry-")
    assert geometry["format"] != "geometry-any"
    numbers = [each["x-ogc-propertySeq"] for each in found["properties"].values()]
    assert numbers == sorted(set(numbers))


def methods(analyst: Analyst, items: str, identifier: Any, name: str) -> None:
    """Step 6: POST in Allow decides whether QGIS offers to edit at all."""
    allowed = analyst.http.options(items).headers["allow"].replace(" ", "").split(",")
    single = analyst.http.options(f"{items}/{identifier}").headers["allow"].replace(" ", "").split(",")
    assert {"GET", "HEAD"} <= set(allowed)
    # Grids are edited into a draft plan.
    assert ("POST" in allowed) is (name != "events")
    assert ({"PUT", "DELETE", "PATCH"} <= set(single)) is (name != "events")


FILTERS = [
    ("places", '("risk_level" = 1)', lambda each: each["risk_level"] == 1),
    (
        "places",
        "((risk_level >= 2) AND (kind <> '学校'))",
        lambda each: each["risk_level"] >= 2 and each["kind"] != "学校",
    ),
    ("places", "(name_en IS NULL)", lambda each: each["name_en"] is None),
    ("places", "(risk_level IN (1,4))", lambda each: each["risk_level"] in (1, 4)),
    ("places", "(risk_level BETWEEN 2 AND 3)", lambda each: 2 <= each["risk_level"] <= 3),
    ("grids", "(code LIKE '1101080%')", lambda each: each["code"].startswith("1101080")),
    ("grids", "(CASEI(name_en) LIKE CASEI('%GRID%'))", lambda each: "grid" in each["name_en"].lower()),
]  # fmt: skip


@pytest.mark.parametrize(("name", "text", "holds"), FILTERS, ids=[each[1] for each in FILTERS])
def test_qgis_pushes_a_filter_down(analyst: Analyst, name: str, text: str, holds: Any) -> None:
    items, size, _ = opened(analyst, name)
    found = read(analyst, items, **{"limit": size, "filter": text, "filter-lang": "cql2-text"})
    whole = read(analyst, items, limit=10_000)
    assert {each["id"] for each in found} == {each["id"] for each in whole if holds(each["properties"])}
    assert found


def test_qgis_asks_for_its_window_in_the_order_of_the_authority(analyst: Analyst) -> None:
    """From 3.30 on a layer may be opened in EPSG:4326, whose first axis is the latitude."""
    items, size, collection = opened(analyst, "places")
    west, south, east, north = collection["extent"]["spatial"]["bbox"][0]
    middle = ((west + east) / 2, (south + north) / 2)
    plain = read(analyst, items, limit=size, bbox=f"{west},{south},{middle[0]},{middle[1]}")
    window = {"bbox": f"{south},{west},{middle[1]},{middle[0]}", "bbox-crs": LAT_LON}
    turned = read(analyst, items, **{"limit": size, "crs": LAT_LON, **window})
    assert {each["id"] for each in turned} == {each["id"] for each in plain}
    for one, other in zip(plain, turned, strict=True):
        assert other["geometry"]["coordinates"] == one["geometry"]["coordinates"][::-1]


def test_qgis_opens_a_layer_in_the_city_s_metres(analyst: Analyst) -> None:
    items, size, collection = opened(analyst, "places")
    uri = "http://www.opengis.net/def/crs/EPSG/0/4548"
    assert uri in collection["crs"]
    found = read(analyst, items, limit=size, crs=uri)
    plain = {each["id"]: each["geometry"]["coordinates"] for each in read(analyst, items, limit=size)}
    move = Transformer.from_crs("OGC:CRS84", "EPSG:4548")
    for each in found[:50]:
        assert each["geometry"]["coordinates"] == pytest.approx(move.transform(*plain[each["id"]]), abs=1e-3)


def test_qgis_3_22_sends_open_times_its_own_way(analyst: Analyst) -> None:
    items, _, _ = opened(analyst, "events")
    whole = analyst.get(items, GEOJSON, limit=1)["numberMatched"]
    span = "0000-01-01T00:00:00Z/9999-12-31T00:00:00Z"
    assert analyst.get(items, GEOJSON, limit=1, datetime=span)["numberMatched"] == whole


def test_qgis_4_finds_the_formats_among_the_links(analyst: Analyst) -> None:
    _, _, collection = opened(analyst, "places")
    types = [each["type"] for each in collection["links"] if each["rel"] == "items"]
    assert types.count("application/geo+json") == 1
    assert {"application/vnd.flatgeobuf", "application/vnd.ogc.fg+json"} <= set(types)
