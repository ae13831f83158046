"""OGC API Tiles: requirements of 20-057 and 17-083r4, and the tiles themselves."""

from __future__ import annotations

from typing import Any

import httpx
import mapbox_vector_tile
import pytest

from spatial.geometry.tile_matrix import TILE_MATRIX_SETS, Tile, TileMatrixSet, tile_at

REL = "http://www.opengis.net/def/rel/ogc/1.0"
MVT = "application/vnd.mapbox-vector-tile"
SETS = list(TILE_MATRIX_SETS.values())
by_name = pytest.mark.parametrize("matrix", SETS, ids=lambda each: each.name)


def linked(document: dict[str, Any], rel: str) -> str:
    """Follow the one link of a relation."""
    (found,) = [each["href"] for each in document["links"] if each["rel"] == rel]
    return found


def drawn(answer: httpx.Response) -> dict[str, list[dict[str, Any]]]:
    """Decode a tile: features by source layer."""
    assert answer.status_code in (200, 204), answer.text
    found = mapbox_vector_tile.decode(answer.content) if answer.content else {}
    return {name: each["features"] for name, each in found.items()}


def filled(template: str, tile: Tile) -> str:
    """Fill in a template of tiles."""
    for name, number in (("tileMatrix", tile.z), ("tileRow", tile.y), ("tileCol", tile.x)):
        template = template.replace(f"{{{name}}}", str(number))
    return template


def test_the_landing_page_leads_to_tilesets_and_schemes(ogc: httpx.Client) -> None:
    landing = ogc.get("/ogc").json()
    assert ogc.get(linked(landing, f"{REL}/tilesets-vector")).status_code == 200
    sets = ogc.get(linked(landing, f"{REL}/tiling-schemes")).json()["tileMatrixSets"]
    assert [each["id"] for each in sets] == list(TILE_MATRIX_SETS)
    for each in sets:
        assert ogc.get(linked(each, "self")).json()["id"] == each["id"]


def test_what_is_offered_is_declared(ogc: httpx.Client) -> None:
    declared = ogc.get("/ogc/conformance").json()["conformsTo"]
    for name in ("core", "tileset", "tilesets-list", "dataset-tilesets", "geodata-tilesets", "mvt", "oas30"):
        assert f"http://www.opengis.net/spec/ogcapi-tiles-1/1.0/conf/{name}" in declared
    assert "http://www.opengis.net/spec/tms/2.0/conf/json-tilematrixset" in declared


@by_name
def test_a_definition_follows_the_axes_of_its_system(ogc: httpx.Client, matrix: TileMatrixSet) -> None:
    found = ogc.get(f"/ogc/tileMatrixSets/{matrix.name}").json()
    first = found["tileMatrices"][0]
    assert found["crs"] == matrix.crs.uri
    expected = {
        "WebMercatorQuad": (["E", "N"], [-20037508.342789244, 20037508.342789244], "0", 1),
        "WorldCRS84Quad": (["Lon", "Lat"], [-180.0, 90.0], "0", 2),
        "CGCS2000Quad": (["Lat", "Lon"], [90.0, -180.0], "1", 2),
    }[matrix.name]
    assert (found["orderedAxes"], first["pointOfOrigin"], first["id"], first["matrixWidth"]) == expected
    for before, after in zip(found["tileMatrices"], found["tileMatrices"][1:], strict=False):
        assert after["cellSize"] == pytest.approx(before["cellSize"] / 2)
        assert after["matrixWidth"] == 2 * before["matrixWidth"]


@pytest.mark.parametrize("what", ["/ogc/collections/ogc_test_plots/tiles", "/ogc/tiles"])
def test_tilesets_lead_to_tiles(ogc: httpx.Client, what: str) -> None:
    listed = ogc.get(what).json()["tilesets"]
    assert len(listed) == len(SETS)
    for brief in listed:
        assert brief["dataType"] == "vector"
        found = ogc.get(linked(brief, "self")).json()
        assert found["crs"] == brief["crs"]
        assert ogc.get(linked(found, f"{REL}/tiling-scheme")).json()["id"] == found["tileMatrixSetId"]
        (item,) = [each for each in found["links"] if each["rel"] == "item"]
        assert item["templated"] is True and item["type"] == MVT
        matrix = TILE_MATRIX_SETS[found["tileMatrixSetId"]]
        answer = ogc.get(filled(item["href"], tile_at(11.5, 51.5, 8 + matrix.first, matrix)))
        assert answer.headers["content-type"] == MVT
        assert {"P17"} == {each["properties"]["code"] for each in drawn(answer)["ogc_test_plots"]}
        described = {each["id"]: each for each in found["layers"]}
        assert described["ogc_test_plots"]["geometryDimension"] == 2
        assert described["ogc_test_plots"]["propertiesSchema"]["properties"]["code"]["type"] == "string"
        assert found["boundingBox"]["lowerLeft"][0] <= 0


def test_a_collection_leads_to_its_tilesets(ogc: httpx.Client) -> None:
    collection = ogc.get("/ogc/collections/ogc_test_plots").json()
    assert linked(collection, f"{REL}/tilesets-vector").endswith("/ogc/collections/ogc_test_plots/tiles")
    tileset = ogc.get("/ogc/collections/ogc_test_plots/tiles/WebMercatorQuad").json()
    assert linked(tileset, "describedby").endswith("/tiles/ogc_test_plots.json")


@by_name
def test_the_row_comes_before_the_column(ogc: httpx.Client, matrix: TileMatrixSet) -> None:
    tile = tile_at(11.5, 51.5, 9 + matrix.first, matrix)
    assert tile.x != tile.y
    address = f"/ogc/collections/ogc_test_plots/tiles/{matrix.name}/{tile.z}"
    assert drawn(ogc.get(f"{address}/{tile.y}/{tile.x}"))
    swapped = ogc.get(f"{address}/{tile.x}/{tile.y}")
    assert swapped.status_code == 404 or not drawn(swapped)


@by_name
def test_tiles_of_both_doors_are_the_same(ogc: httpx.Client, matrix: TileMatrixSet) -> None:
    """The same features, whatever the tile matrix set: those that an item request finds there."""
    tile = tile_at(10.05, 50.004, 11, matrix)
    found = drawn(ogc.get(f"/ogc/collections/ogc_test_plots/tiles/{matrix.name}/11/{tile.y}/{tile.x}"))
    box = ",".join(map(repr, tile.bounds()))
    items = ogc.get(f"/ogc/collections/ogc_test_plots/items?limit=100&bbox={box}").json()["features"]
    assert {each["id"] for each in items} <= {each["properties"]["code"] for each in found["ogc_test_plots"]}
    assert items


def test_an_empty_tile_is_204_and_one_outside_404(ogc: httpx.Client) -> None:
    base = "/ogc/collections/ogc_test_plots/tiles"
    empty = ogc.get(f"{base}/WebMercatorQuad/10/1000/1000")
    assert (empty.status_code, empty.content) == (204, b"")
    for address in (
        "WebMercatorQuad/10/1024/0", "WebMercatorQuad/10/0/1024", "WebMercatorQuad/23/0/0",
        "WebMercatorQuad/x/0/0",
        "WebMercatorQuad/-1/0/0", "WebMercatorQuad/1/0/1e0", "WebMercatorQuad/1/0/%D9%A1",
        "CGCS2000Quad/0/0/0",
        "WorldCRS84Quad/0/1/0", "WebMercatorQuad/1/0/99999999999999999999", "Nothing/0/0/0", "%00/0/0/0",
    ):  # fmt: skip
        answer = ogc.get(f"{base}/{address}")
        assert answer.status_code == 404, address
        assert answer.headers["content-type"] == "application/problem+json"
    assert ogc.get("/ogc/collections/nothing/tiles/WebMercatorQuad/0/0/0").status_code == 404
    assert ogc.get("/ogc/collections/nothing/tiles").status_code == 404
    assert ogc.get("/ogc/tileMatrixSets/nothing").status_code == 404


@pytest.mark.parametrize(
    "query",
    ["f=png", "f=json", "limit=1", "datum=mars", "properties=nothing", "datetime=yesterday", "filter=x%20%3D",
     "filter=nothing%3D1", "datum=gcj02&datum=gcj02", "bbox=0,0,1,1", "filter=%00"],
)  # fmt: skip
def test_wrong_parameters_are_named(ogc: httpx.Client, query: str) -> None:
    answer = ogc.get(f"/ogc/collections/ogc_test_plots/tiles/WebMercatorQuad/5/10/16?{query}")
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["where"] == query.partition("=")[0]


def test_filter_and_properties_select(ogc: httpx.Client) -> None:
    tile = tile_at(10.05, 50.004, 9)
    base = f"/ogc/collections/ogc_test_plots/tiles/WebMercatorQuad/9/{tile.y}/{tile.x}"
    everything = {each["properties"]["code"] for each in drawn(ogc.get(base))["ogc_test_plots"]}
    some = drawn(
        ogc.get(base, params={"filter": "storeys = 1 AND listed = true", "properties": "name,storeys"})
    )
    assert {each["properties"]["code"] for each in some["ogc_test_plots"]} == {
        f"P{n:02}" for n in range(1, 15) if n % 3 == 1 and n % 2 == 0
    } & everything
    assert all(set(each["properties"]) == {"code", "name", "storeys"} for each in some["ogc_test_plots"])


def test_datetime_selects_even_what_is_counted(ogc: httpx.Client) -> None:
    base = "/ogc/collections/ogc_test_sightings/tiles/WorldCRS84Quad/0/0"
    whole = sum(
        each["properties"]["count"]
        for column in (0, 1)
        for features in drawn(ogc.get(f"{base}/{column}")).values()
        for each in features
    )
    assert whole == 50
    until = {"datetime": "../2026-01-01T09:00:00Z"}
    found = drawn(ogc.get(f"{base}/1", params=until))["ogc_test_sightings"]
    assert sum(each["properties"]["count"] for each in found) == 10
    assert drawn(ogc.get(f"{base}/0", params=until)) == {}
    several = {**until, "collections": "ogc_test_sightings"}
    found = drawn(ogc.get("/ogc/tiles/WorldCRS84Quad/0/0/1", params=several))["ogc_test_sightings"]
    assert sum(each["properties"]["count"] for each in found) == 10


def test_several_collections_in_one_tile(ogc: httpx.Client) -> None:
    base = "/ogc/tiles/WebMercatorQuad/0/0/0"
    assert {"ogc_test_plots", "ogc_test_sightings", "ogc_test_mirror"} <= set(drawn(ogc.get(base)))
    two = drawn(ogc.get(base, params={"collections": "ogc_test_mirror,ogc_test_plots,ogc_test_mirror"}))
    assert list(two) == ["ogc_test_mirror", "ogc_test_plots"]
    for wrong in ("nothing", "", "ogc_test_plots,nothing"):
        answer = ogc.get(base, params={"collections": wrong})
        assert answer.status_code == 400
        assert answer.json()["errors"][0]["where"] == "collections"
    assert ogc.get(f"{base}?collections=ogc_test_plots&collections=ogc_test_plots").status_code == 400


def test_a_tile_is_not_sent_twice(ogc: httpx.Client) -> None:
    address = "/ogc/collections/ogc_test_plots/tiles/WebMercatorQuad/5/10/16"
    answer = ogc.get(address)
    again = ogc.get(address, headers={"If-None-Match": answer.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    head = ogc.head(address)
    assert head.content == b"" and int(head.headers["content-length"]) > 0
    plain = ogc.get(address, headers={"Accept-Encoding": "identity"})
    assert plain.content == answer.content and "content-encoding" not in plain.headers


@pytest.mark.parametrize(
    "path",
    ["/ogc/tileMatrixSets", "/ogc/tileMatrixSets/CGCS2000Quad", "/ogc/tiles", "/ogc/tiles/WorldCRS84Quad",
     "/ogc/collections/ogc_test_plots/tiles", "/ogc/collections/ogc_test_plots/tiles/CGCS2000Quad"],
)  # fmt: skip
@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_document_is_a_page_too(ogc: httpx.Client, path: str, language: str) -> None:
    page = ogc.get(f"{path}?f=html&lang={language}")
    assert page.status_code == 200
    assert page.headers["content-type"].startswith("text/html")
    assert "<b>" not in page.text.partition("<main")[2]
    assert ogc.get(f"{path}?limit=1").status_code == 400


def test_the_definition_names_every_operation(ogc: httpx.Client) -> None:
    definition = ogc.get("/ogc/openapi").json()
    under = "/collections/ogc_test_plots/tiles"
    ends = {
        under: "collection.vector.getTileSetsList",
        f"{under}/{{tileMatrixSetId}}": "collection.vector.getTileSet",
        f"{under}/{{tileMatrixSetId}}/{{tileMatrix}}/{{tileRow}}/{{tileCol}}": "collection.vector.getTile",
        "/tiles": "dataset.vector.getTileSetsList", "/tiles/{tileMatrixSetId}": "dataset.vector.getTileSet",
        "/tiles/{tileMatrixSetId}/{tileMatrix}/{tileRow}/{tileCol}": "dataset.vector.getTile",
        "/tileMatrixSets": "getTileMatrixSetsList", "/tileMatrixSets/{tileMatrixSetId}": "getTileMatrixSet",
    }  # fmt: skip
    for path, end in ends.items():
        assert definition["paths"][path]["get"]["operationId"].endswith(end)
