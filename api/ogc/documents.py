"""The common documents of the door: landing page, definition, conformance, collections and their schemas."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from urllib.parse import quote

from api.ogc import openapi
from api.ogc.call import Call, Document, Json, Offer, link
from api.ogc.config import DESCRIPTION, TITLE
from api.ogc.parameters import CRS84, plain
from api.ogc.publication import Extent, Published
from layers.catalogue import Field, Layer

JSON, HTML, SCHEMA_JSON = "application/json", "text/html", "application/schema+json"
REL = "http://www.opengis.net/def/rel/ogc/1.0"

GEOMETRY_FORMATS = {
    "point": "geometry-point-or-multipoint",
    "line": "geometry-linestring-or-multilinestring",
    "polygon": "geometry-polygon-or-multipolygon",
}

CONFORMANCE = (
    "http://www.opengis.net/spec/ogcapi-common-1/1.0/conf/core",
    "http://www.opengis.net/spec/ogcapi-common-1/1.0/conf/html",
    "http://www.opengis.net/spec/ogcapi-common-1/1.0/conf/json",
    "http://www.opengis.net/spec/ogcapi-common-1/1.0/conf/landing-page",
    "http://www.opengis.net/spec/ogcapi-common-1/1.0/conf/oas30",
    "http://www.opengis.net/spec/ogcapi-common-2/1.0/conf/collections",
    "http://www.opengis.net/spec/ogcapi-features-3/1.0/conf/queryables",
    "http://www.opengis.net/spec/ogcapi-features-5/1.0/conf/schemas",
)


def landing(call: Call) -> Document:
    """Landing page: QGIS needs service-desc, data and, by its short name, conformance."""
    plain(call.ask.query)
    url = call.base_url
    links = [
        *_selves(url, call),
        link("service-desc", openapi.MEDIA_TYPE, f"{url}/openapi"),
        {**link("service-doc", HTML, f"{url}/openapi?f=html"), "hreflang": call.language},
        link("conformance", JSON, f"{url}/conformance"),
        link("data", JSON, f"{url}/collections"),
        *(each for offer in call.offers for each in offer.landing_links(call)),
    ]
    body = {"title": TITLE[call.language], "description": DESCRIPTION[call.language], "links": links}
    return Document(body, JSON, "landing.html")


def definition(call: Call) -> Document:
    """OpenAPI, whole: every path for the layers of this reader."""
    plain(call.ask.query)
    layers = {name: each.layer for name, each in call.publication.published.items()}
    body = openapi.document(layers, call.base_url, call.language, call.offers)
    return Document(body, openapi.MEDIA_TYPE, "openapi.html")


def conformance(call: Call) -> Document:
    """Conformance: what each part of the door proves."""
    plain(call.ask.query)
    classes = sorted({each for offer in call.offers for each in offer.conformance})
    return Document({"conformsTo": classes}, JSON, "conformance.html")


def collections(call: Call) -> Document:
    """All collections."""
    plain(call.ask.query)
    body = {
        "links": _selves(f"{call.base_url}/collections", call),
        "collections": [_collection(call, each) for each in call.publication.published.values()],
    }
    return Document(body, JSON, "collections.html")


def collection(call: Call, name: str) -> Document:
    """One collection."""
    published = call.collection(name)
    plain(call.ask.query)
    return Document(_collection(call, published), JSON, "collection.html", published.layer)


def address_of(call: Call, layer: Layer) -> str:
    """Write the address of a collection."""
    return f"{call.base_url}/collections/{quote(layer.name, safe='')}"


def title_of(thing: Layer | Field, language: str) -> str:
    """Choose the title of a layer or an attribute."""
    return thing.title if language == "zh" else thing.title_en


def _collection(call: Call, published: Published) -> Json:
    layer, url = published.layer, address_of(call, published.layer)
    links = [
        *_selves(url, call),
        link(f"{REL}/schema", SCHEMA_JSON, f"{url}/schema"),
        link(f"{REL}/queryables", SCHEMA_JSON, f"{url}/queryables"),
        *(each for offer in call.offers for each in offer.collection_links(call, published)),
    ]
    return {
        "id": layer.name,
        "title": title_of(layer, call.language),
        "description": layer.description,
        "keywords": layer.about.get("keywords", []),
        "itemType": "feature",
        "extent": extent_of(published.extent),
        "crs": [CRS84],
        "storageCrs": CRS84,
        "links": links,
    }


def extent_of(extent: Extent) -> Json:
    """Write where and when the features lie; nothing for none."""
    written: Json = {}
    if extent.bbox is not None:
        written["spatial"] = {"bbox": [list(extent.bbox)], "crs": CRS84}
    if extent.interval is not None:
        ends = [moment.isoformat().replace("+00:00", "Z") for moment in extent.interval]
        written["temporal"] = {"interval": [ends]}
    return written


def _selves(url: str, call: Call) -> list[Json]:
    """This document, and itself as a page."""
    return [link("self", JSON, url), {**link("alternate", HTML, f"{url}?f=html"), "hreflang": call.language}]


def schema(call: Call, name: str, kind: str) -> Document:
    """Queryables or schema, in the draft of JSON Schema that the standard names."""
    layer = call.collection(name).layer
    plain(call.ask.query)
    body: Json = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"{address_of(call, layer)}/{kind}",
        "type": "object",
        "title": title_of(layer, call.language),
        "properties": dict(_properties(layer, call.language)),
    }
    if kind == "queryables":
        body["additionalProperties"] = False
    return Document(body, SCHEMA_JSON, "schema.html", layer)


def _properties(layer: Layer, language: str) -> Iterator[tuple[str, Json]]:
    geometry = GEOMETRY_FORMATS.get(layer.geometry_type, "geometry-any")
    yield "geometry", {"format": geometry, "x-ogc-role": "primary-geometry"}
    for each in layer.fields:
        written = {**openapi.value_schema(each), "title": title_of(each, language)}
        if each.name == layer.time_column:
            written["x-ogc-role"] = "primary-instant"
        yield each.name, written


OFFER = Offer(
    {
        "": {"GET": landing},
        "openapi": {"GET": definition},
        "conformance": {"GET": conformance},
        "collections": {"GET": collections},
        "collections/{collection}": {"GET": collection},
        "collections/{collection}/queryables": {"GET": partial(schema, kind="queryables")},
        "collections/{collection}/schema": {"GET": partial(schema, kind="schema")},
    },
    CONFORMANCE,
    openapi.server_paths,
)
