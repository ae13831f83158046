"""Ask pygeoapi for each document, then set right what it gets wrong.

It writes links to services that we do not run, a wrong `next` on a full last page, an older schema draft,
and a reference system that we do not store; every function here names what it mends.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any
from urllib.parse import quote

import orjson

from api.ogc import openapi
from api.ogc.config import CONFORMANCE, Published
from api.ogc.parameters import CRS84, plain
from api.ogc.publication import Publication
from api.ogc.request import Ask
from layers.catalogue import Layer
from spatial.errors import InvalidInput, NotFound

Json = dict[str, Any]

GEOMETRY_FORMATS = {
    "point": "geometry-point",
    "line": "geometry-linestring-or-multilinestring",
    "polygon": "geometry-polygon-or-multipolygon",
}

NOT_OFFERED = ("about", "processes", "job-list", "tiling-schemes")
"""Relations that pygeoapi always writes on its landing page."""


@dataclass(frozen=True)
class Document:
    """A document before it is written: as JSON of `media_type`, or as the page `template`."""

    body: Json
    media_type: str
    template: str
    layer: Layer | None = None


@dataclass(frozen=True)
class Call:
    """A request together with the publication that answers it."""

    ask: Ask
    publication: Publication
    language: str

    def collection(self, name: str) -> Published:
        """Find a collection; NotFound when the catalogue has none of that name."""
        found = self.publication.published.get(name)
        if found is None:
            raise NotFound(f"there is no collection '{name[:100]}'")
        return found

    def pygeoapi(self, function: Callable[..., Any], *values: str, **parameters: str) -> Json:
        """Run one of its functions; its own refusals become ours."""
        from api.ogc.pygeoapi_request import request_of

        language = "en-US" if self.language == "en" else "zh-CN"
        _, status, body = function(self.publication.api, request_of(parameters, language), *values)
        document: Json = orjson.loads(body)
        if status == 404:
            raise NotFound(str(document.get("description")))
        if status == 400:
            raise InvalidInput.at("query", str(document.get("description")))
        if status != 200:
            raise RuntimeError(f"pygeoapi answered {status}")
        return document


def answer(call: Call) -> Document:
    """Find and write the document that the path names; NotFound when it names none."""
    for pattern, write in RESOURCES.items():
        values = _values(pattern, call.ask.path)
        if values is not None:
            return write(call, *values)
    raise NotFound("there is no such resource under this address")


def _values(pattern: str, path: tuple[str, ...]) -> list[str] | None:
    """Give the parts of a path that stand where the pattern has {…}; None when it does not fit."""
    parts = pattern.split("/") if pattern else []
    if len(parts) != len(path):
        return None
    pairs = list(zip(parts, path, strict=True))
    fits = all(part.startswith("{") or part == given for part, given in pairs)
    return [given for part, given in pairs if part.startswith("{")] if fits else None


def landing(call: Call) -> Document:
    """Landing page, without the links to services that do not exist here."""
    from pygeoapi.api import landing_page

    body = call.pygeoapi(landing_page, **plain(call.ask.query))
    body["links"] = [link for link in _links(body) if not link["rel"].endswith(NOT_OFFERED)]
    for link in body["links"]:
        if link["rel"] in {"service-doc", "alternate"}:
            link["hreflang"] = call.language
    return Document(body, "application/json", "landing.html")


def definition(call: Call) -> Document:
    """OpenAPI, ours: pygeoapi's points to other servers and names parameters that nobody checks."""
    plain(call.ask.query)
    layers = {name: each.layer for name, each in call.publication.published.items()}
    body = openapi.document(layers, call.publication.api.base_url, call.language)
    return Document(body, openapi.MEDIA_TYPE, "openapi.html")


def conformance(call: Call) -> Document:
    """Conformance, ours: pygeoapi's list grows with every call and declares what we do not offer."""
    plain(call.ask.query)
    return Document({"conformsTo": list(CONFORMANCE)}, "application/json", "conformance.html")


def collections(call: Call) -> Document:
    """All collections."""
    from pygeoapi.api import describe_collections

    body = call.pygeoapi(describe_collections, **plain(call.ask.query))
    body["links"] = _links(body)
    for each in body["collections"]:
        _mend_collection(each, call.collection(each["id"]))
    return Document(body, "application/json", "collections.html")


def collection(call: Call, name: str) -> Document:
    """One collection."""
    from pygeoapi.api import describe_collections

    published = call.collection(name)
    body = call.pygeoapi(describe_collections, name, **plain(call.ask.query))
    _mend_collection(body, published)
    return Document(body, "application/json", "collection.html", published.layer)


def _mend_collection(body: Json, published: Published) -> None:
    """One reference system, and the measured extent in place of the configured one."""
    extent = published.extent
    body["links"] = _links(body)
    body["crs"] = [CRS84]
    body["storageCrs"] = CRS84
    body["extent"] = {}
    if extent.bbox is not None:
        body["extent"]["spatial"] = {"bbox": [list(extent.bbox)], "crs": CRS84}
    if extent.interval is not None:
        ends = [moment.isoformat().replace("+00:00", "Z") for moment in extent.interval]
        body["extent"]["temporal"] = {"interval": [ends]}


def schema(call: Call, name: str, kind: str) -> Document:
    """Queryables or schema in the draft of JSON Schema that the standard names, with the real geometry."""
    from pygeoapi.api import get_collection_schema
    from pygeoapi.api.itemtypes import get_collection_queryables

    layer = call.collection(name).layer
    function = get_collection_queryables if kind == "queryables" else get_collection_schema
    body = call.pygeoapi(function, name, **plain(call.ask.query))
    body["$schema"] = "https://json-schema.org/draft/2020-12/schema"
    body["$id"] = f"{_address(call, name)}/{kind}"
    body["properties"]["geometry"]["format"] = GEOMETRY_FORMATS.get(layer.geometry_type, "geometry-any")
    for field in layer.fields:
        body["properties"][field.name]["title"] = field.title if call.language == "zh" else field.title_en
    if kind == "queryables":
        body["additionalProperties"] = False
    return Document(body, "application/schema+json", "schema.html", layer)


def items(call: Call, name: str) -> Document:
    """A page of features; a last page that is exactly full has no `next`."""
    from pygeoapi.api.itemtypes import get_collection_items

    layer = call.collection(name).layer
    parameters = plain(call.ask.query, layer)
    body = call.pygeoapi(get_collection_items, name, **parameters)
    body["links"] = _links(body)
    if int(parameters.get("offset", 0)) + body["numberReturned"] >= body["numberMatched"]:
        body["links"] = [link for link in body["links"] if link["rel"] != "next"]
    return Document(body, "application/geo+json", "items.html", layer)


def item(call: Call, name: str, identifier: str) -> Document:
    """One feature; its own address is written with the identifier percent-encoded."""
    from pygeoapi.api.itemtypes import get_collection_item

    layer = call.collection(name).layer
    if "\x00" in identifier:
        raise NotFound(f"layer '{name}' has no such feature")
    query = [pair for pair in call.ask.query if pair[0] != "crs"]
    _only_crs84(call.ask.query, layer)
    body = call.pygeoapi(get_collection_item, name, identifier, **plain(query))
    plain_address = f"{_address(call, name)}/items/{identifier}"
    address = f"{_address(call, name)}/items/{quote(identifier, safe='')}"
    for link in body["links"]:
        link["href"] = link["href"].replace(plain_address, address, 1)
    body["links"] = _links(body)
    return Document(body, "application/geo+json", "item.html", layer)


def _only_crs84(query: list[tuple[str, str]], layer: Layer) -> None:
    plain([pair for pair in query if pair[0] == "crs"], layer)


def _address(call: Call, name: str) -> str:
    return f"{call.publication.api.base_url}/collections/{name}"


def _links(body: Mapping[str, Any]) -> list[Json]:
    """All links but those to JSON-LD, which needs contexts from other servers."""
    return [link for link in body["links"] if link.get("type") != "application/ld+json"]


RESOURCES: dict[str, Callable[..., Document]] = {
    "": landing,
    "openapi": definition,
    "conformance": conformance,
    "collections": collections,
    "collections/{collection}": collection,
    "collections/{collection}/queryables": partial(schema, kind="queryables"),
    "collections/{collection}/schema": partial(schema, kind="schema"),
    "collections/{collection}/items": items,
    "collections/{collection}/items/{item}": item,
}
"""Every resource of this door below its base path; the test of leaks asks for each."""
