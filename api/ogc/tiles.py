"""OGC API Tiles: vector tiles of a collection, or of several in one, and the tile matrix sets they follow."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from urllib.parse import quote

from api.ogc import tiles_paths
from api.ogc.call import Call, Document, Json, Offer, Reply, link
from api.ogc.documents import HTML, JSON, REL, address_of, title_of
from api.ogc.items import selection_of
from api.ogc.openapi import value_schema
from api.ogc.parameters import COMMON, Check, plain, plain_of_tile
from api.ogc.publication import Published
from api.tiles import MVT, TileAnswer, TileMaker
from layers.catalogue import Layer
from spatial.errors import InvalidInput, NotFound
from spatial.geometry.datum import DATUMS
from spatial.geometry.tile_matrix import PIXELS, TILE_MATRIX_SETS, TileMatrixSet, tile_matrix_set
from tiles.rows import Variant, carried
from tiles.vector import MEDIA_TYPE, Tile

_TILES = "http://www.opengis.net/spec/ogcapi-tiles-1/1.0/conf"
_SETS = "http://www.opengis.net/spec/tms/2.0/conf"
CONFORMANCE = (
    *(
        f"{_TILES}/{name}"
        for name in (
            "core", "tileset", "tilesets-list", "dataset-tilesets", "geodata-tilesets",
            "collections-selection", "datetime", "mvt", "oas30",
        )
    ),
    *(
        f"{_SETS}/{name}"
        for name in ("tilematrixset", "json-tilematrixset", "tilesetmetadata", "json-tilesetmetadata")
    ),
)  # fmt: skip

TILESETS = f"{REL}/tilesets-vector"
TILING_SCHEME = f"{REL}/tiling-scheme"
TILE_JSON = "application/vnd.mapbox.tile+json"
_SCALE_SETS = {"WebMercatorQuad": "GoogleMapsCompatible", "WorldCRS84Quad": "GoogleCRS84Quad"}
_DIMENSIONS = {"point": 0, "line": 1, "polygon": 2}


def matrix_sets(call: Call) -> Document:
    """All tile matrix sets."""
    plain(call.ask.query)
    url = f"{call.base_url}/tileMatrixSets"
    listed = [
        {**_identity(each), "links": [link("self", JSON, f"{url}/{each.name}", each.title)]}
        for each in TILE_MATRIX_SETS.values()
    ]
    return Document({"links": _selves(call, url), "tileMatrixSets": listed}, JSON, "tiles.html")


def matrix_set(call: Call, name: str) -> Document:
    """One tile matrix set; coordinates of its origin in the axis order of its system."""
    found = tile_matrix_set(name)
    plain(call.ask.query)
    body = {
        **_identity(found),
        "orderedAxes": _axes(found),
        "tileMatrices": [_matrix(found, zoom) for zoom in range(found.first, found.last + 1)],
        "links": _selves(call, f"{call.base_url}/tileMatrixSets/{found.name}"),
    }
    if found.name in _SCALE_SETS:
        body["wellKnownScaleSet"] = f"http://www.opengis.net/def/wkss/OGC/1.0/{_SCALE_SETS[found.name]}"
    return Document(body, JSON, "tiles.html")


def tilesets(call: Call, name: str | None = None) -> Document:
    """The tilesets of a collection, or of the whole dataset."""
    plain(call.ask.query)
    url, title, layer = _subject(call, name)
    body = {
        "title": title,
        "links": _selves(call, url),
        "tilesets": [
            {**_brief(call, each, title), "links": _links(call, each, f"{url}/{each.name}")[:3]}
            for each in TILE_MATRIX_SETS.values()
        ],
    }
    return Document(body, JSON, "tiles.html", layer)


def tileset(call: Call, name: str | None, matrix: str) -> Document:
    """One tileset: how to ask for its tiles, and what is in them."""
    found = tile_matrix_set(matrix)
    chosen = _tiled(call) if name is None else [call.collection(name)]
    _, rest = _taken_out(call.ask.query, {"collections"} if name is None else set())
    plain(rest)
    url, title, layer = _subject(call, name)
    url = f"{url}/{found.name}"
    body = {
        **_brief(call, found, title),
        "links": [*_links(call, found, url), *_tile_json(call, found, layer)],
        "layers": [_described(call, found, each) for each in chosen],
    }
    box = _around(chosen)
    if box is not None:
        west, south, east, north = box
        body["boundingBox"] = {
            "lowerLeft": [west, south], "upperRight": [east, north], "orderedAxes": ["Lon", "Lat"],
            "crs": f"{_CRS84}",
        }  # fmt: skip
    return Document(body, JSON, "tiles.html", layer)


def collection_tile(call: Call, name: str, matrix: str, *numbers: str) -> Reply:
    """One tile of a collection: /{tileMatrix}/{tileRow}/{tileCol}."""
    layer = call.collection(name).layer
    tile = _tile(matrix, numbers)
    values = plain_of_tile(call.ask.query, layer, _ONLY_TILES)
    chosen = selection_of({key: text for key, text in values.items() if key != "datum"}, layer)
    fields = None if chosen.attributes is None else tuple(chosen.attributes)
    variant = Variant(values.get("datum", "wgs84"), chosen.since, chosen.until, chosen.where, fields)
    return _sent(call, _maker(call).make(call.ask.scope, call.reader, [name], tile, variant))


def dataset_tile(call: Call, matrix: str, *numbers: str) -> Reply:
    """One tile of several collections: those of `collections`, or all that are drawn at this zoom."""
    tile = _tile(matrix, numbers)
    wanted, rest = _taken_out(call.ask.query, {"collections"})
    if "collections" in wanted:
        layers = [_wanted(call, name) for name in dict.fromkeys(wanted["collections"].split(","))]
    else:
        layers = [each.layer for each in _tiled(call) if each.layer.min_zoom <= tile.detail]
    values = plain_of_tile(rest, _NOTHING, _ONLY_TILES)
    since_until = selection_of({k: v for k, v in values.items() if k == "datetime"}, _NOTHING)
    variant = Variant(values.get("datum", "wgs84"), since_until.since, since_until.until)
    names = [each.name for each in layers]
    return _sent(call, _maker(call).make(call.ask.scope, call.reader, names, tile, variant))


_CRS84 = "http://www.opengis.net/def/crs/OGC/1.3/CRS84"
_NOTHING = Layer(
    name="", title="", title_en="", description="", relation="", id_column="", geometry_column="",
    geometry_type="geometry", time_column=None, fields=(), tile_fields=(), min_zoom=0,
)  # fmt: skip
"""Stands for no layer in particular: of its parameters only `datetime` is good for several."""


def _form(text: str) -> str:
    if text not in ("mvt", MEDIA_TYPE):
        raise ValueError("must be mvt")
    return text


def _datum(text: str) -> str:
    if text not in DATUMS:
        raise ValueError(f"must be one of {', '.join(DATUMS)}")
    return "wgs84" if text == "cgcs2000" else text


_ONLY_TILES: Mapping[str, Check] = {"f": _form, "datum": _datum, "lang": COMMON["lang"]}


def _tile(matrix: str, numbers: tuple[str, ...]) -> Tile:
    """Find the tile of an address; NotFound beyond the matrix (Tiles, requirement /req/core/tc-error)."""
    found = tile_matrix_set(matrix)
    if all(text.isascii() and text.isdigit() and len(text) <= 9 for text in numbers):
        zoom, row, column = map(int, numbers)
        if found.has(zoom, column, row):
            return Tile(zoom, column, row, found)
    address = "/".join(text[:20] for text in numbers)
    raise NotFound(
        f"{found.name} has no tile {address}: zooms are {found.first} to {found.last}, the row comes first"
    )


def _taken_out(
    query: Iterable[tuple[str, str]], names: set[str]
) -> tuple[dict[str, str], list[tuple[str, str]]]:
    """Take the parameters of some names out of a query; InvalidInput for one that stands twice."""
    taken: dict[str, str] = {}
    rest = []
    for name, text in query:
        if name not in names:
            rest.append((name, text))
        elif name in taken:
            raise InvalidInput.at(name, "stands more than once")
        else:
            taken[name] = text
    return taken, rest


def _wanted(call: Call, name: str) -> Layer:
    found = call.publication.published.get(name.strip())
    if found is None:
        raise InvalidInput.at("collections", f"there is no collection '{name.strip()[:100]}'")
    return found.layer


def _tiled(call: Call) -> list[Published]:
    return list(call.publication.published.values())


def _maker(call: Call) -> TileMaker:
    return call.tiles or TileMaker(call.database)


def _sent(call: Call, answer: TileAnswer) -> Reply:
    known = call.ask.headers.get("if-none-match", "").encode("latin-1")
    if known and (answer.etag in known or known == b"*"):
        return Reply(304, MVT, answer.headers, b"")
    if not answer.zipped:
        return Reply(204, MVT, answer.headers, b"")
    if "gzip" in call.ask.headers.get("accept-encoding", ""):
        return Reply(200, MVT, [(b"content-encoding", b"gzip"), *answer.headers], answer.zipped)
    return Reply(200, MVT, answer.headers, answer.whole)


def _subject(call: Call, name: str | None) -> tuple[str, str, Layer | None]:
    """Give address, title and layer of what is tiled."""
    if name is None:
        return f"{call.base_url}/tiles", "全部图层" if call.language == "zh" else "All layers", None
    layer = call.collection(name).layer
    return f"{address_of(call, layer)}/tiles", title_of(layer, call.language), layer


def _identity(matrix: TileMatrixSet) -> Json:
    uri = {"uri": matrix.uri} if matrix.uri else {}
    return {"id": matrix.name, "title": matrix.title, **uri, "crs": matrix.crs.uri}


def _axes(matrix: TileMatrixSet) -> list[str]:
    axes = ["Lon", "Lat"] if matrix.crs.in_degrees else ["E", "N"]
    return axes[::-1] if matrix.crs.northing_first else axes


def _matrix(matrix: TileMatrixSet, zoom: int) -> Json:
    columns, rows = matrix.size(zoom)
    origin = [matrix.west, matrix.north]
    return {
        "id": str(zoom),
        "scaleDenominator": matrix.scale_denominator(zoom),
        "cellSize": matrix.cell_size(zoom),
        "cornerOfOrigin": "topLeft",
        "pointOfOrigin": origin[::-1] if matrix.crs.northing_first else origin,
        "tileWidth": PIXELS,
        "tileHeight": PIXELS,
        "matrixWidth": columns,
        "matrixHeight": rows,
    }


def _brief(call: Call, matrix: TileMatrixSet, title: str) -> Json:
    return {
        "title": f"{title} ({matrix.name})",
        "dataType": "vector",
        "crs": matrix.crs.uri,
        "tileMatrixSetId": matrix.name,
        "tileMatrixSetURI": matrix.uri or f"{call.base_url}/tileMatrixSets/{matrix.name}",
    }


def _links(call: Call, matrix: TileMatrixSet, url: str) -> list[Json]:
    template = f"{url}/{{tileMatrix}}/{{tileRow}}/{{tileCol}}"
    return [
        link("self", JSON, url),
        link(TILING_SCHEME, JSON, f"{call.base_url}/tileMatrixSets/{matrix.name}", matrix.title),
        {**link("item", MEDIA_TYPE, template, "Mapbox Vector Tiles"), "templated": True},
        {**link("alternate", HTML, f"{url}?f=html"), "hreflang": call.language},
    ]


def _tile_json(call: Call, matrix: TileMatrixSet, layer: Layer | None) -> list[Json]:
    """Web maps read TileJSON, which knows one tile matrix set only."""
    if layer is None or matrix.name != "WebMercatorQuad":
        return []
    address = f"{call.base_url.removesuffix('/ogc')}/tiles/{quote(layer.name, safe='')}.json"
    return [link("describedby", TILE_JSON, address, "TileJSON 3.0")]


def _described(call: Call, matrix: TileMatrixSet, published: Published) -> Json:
    layer = published.layer
    first = min(max(matrix.first, layer.min_zoom + matrix.first - matrix.detail(matrix.first)), matrix.last)
    types = {each.name: each for each in layer.fields}
    properties = {
        name: {**value_schema(types[name]), "title": title_of(types[name], call.language)}
        for name in carried(layer, Variant())
        if name in types
    }
    described: Json = {
        "id": layer.name,
        "title": title_of(layer, call.language),
        "description": layer.description,
        "dataType": "vector",
        "minTileMatrix": str(first),
        "maxTileMatrix": str(matrix.last),
        "propertiesSchema": {"type": "object", "properties": properties},
        "links": [link("geodata", JSON, address_of(call, layer))],
    }
    if layer.geometry_type in _DIMENSIONS:
        described["geometryDimension"] = _DIMENSIONS[layer.geometry_type]
    return described


def _around(chosen: list[Published]) -> tuple[float, float, float, float] | None:
    boxes = [each.extent.bbox for each in chosen if each.extent.bbox is not None]
    if not boxes:
        return None
    if len(boxes) == 1:
        return boxes[0]
    west, south, east, north = zip(*boxes, strict=True)
    if any(first > last for first, last in zip(west, east, strict=True)):
        return -180.0, min(south), 180.0, max(north)
    return min(west), min(south), max(east), max(north)


def _selves(call: Call, url: str) -> list[Json]:
    return [link("self", JSON, url), {**link("alternate", HTML, f"{url}?f=html"), "hreflang": call.language}]


def _collection_links(call: Call, published: Published) -> list[Json]:
    return [link(TILESETS, JSON, f"{address_of(call, published.layer)}/tiles")]


def _landing_links(call: Call) -> list[Json]:
    return [
        link(TILESETS, JSON, f"{call.base_url}/tiles"),
        link(f"{REL}/tiling-schemes", JSON, f"{call.base_url}/tileMatrixSets"),
    ]


def _dataset_tileset(call: Call, matrix: str) -> Document:
    return tileset(call, None, matrix)


OFFER = Offer(
    {
        "tileMatrixSets": {"GET": matrix_sets},
        "tileMatrixSets/{tileMatrixSetId}": {"GET": matrix_set},
        "tiles": {"GET": tilesets},
        "tiles/{tileMatrixSetId}": {"GET": _dataset_tileset},
        "tiles/{tileMatrixSetId}/{tileMatrix}/{tileRow}/{tileCol}": {"GET": dataset_tile},
        "collections/{collection}/tiles": {"GET": tilesets},
        "collections/{collection}/tiles/{tileMatrixSetId}": {"GET": tileset},
        "collections/{collection}/tiles/{tileMatrixSetId}/{tileMatrix}/{tileRow}/{tileCol}": {
            "GET": collection_tile
        },
    },
    CONFORMANCE,
    tiles_paths.paths,
    _collection_links,
    _landing_links,
)
