"""The common documents of the door: landing page, definition, conformance, and the collections."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import quote

from api.ogc import openapi
from api.ogc.call import Call, Document, Json, Offer, link
from api.ogc.config import DESCRIPTION, TITLE
from api.ogc.parameters import CRS84, plain
from api.ogc.publication import Extent, Published
from api.ogc.validators import tagged
from layers.catalogue import Field, Layer, credit
from layers.features.systems import offered
from layers.legends.defaults import theme_of
from spatial.errors import InvalidInput
from spatial.geometry.crs import crs_of_srid

JSON, HTML, SCHEMA_JSON = "application/json", "text/html", "application/schema+json"
REL = "http://www.opengis.net/def/rel/ogc/1.0"
MOST_LETTERS = 200

CONFORMANCE = (
    "http://www.opengis.net/spec/ogcapi-common-1/1.0/conf/core",
    "http://www.opengis.net/spec/ogcapi-common-1/1.0/conf/html",
    "http://www.opengis.net/spec/ogcapi-common-1/1.0/conf/json",
    "http://www.opengis.net/spec/ogcapi-common-1/1.0/conf/landing-page",
    "http://www.opengis.net/spec/ogcapi-common-1/1.0/conf/oas30",
    "http://www.opengis.net/spec/ogcapi-common-2/1.0/conf/collections",
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
    offers = tuple(offer for offer in call.offers if offer.is_open(call))
    body = openapi.document(layers, call.base_url, call.language, offers)
    return Document(body, openapi.MEDIA_TYPE, "openapi.html")


def conformance(call: Call) -> Document:
    """Conformance: what each part of the door proves."""
    plain(call.ask.query)
    classes = sorted({each for offer in call.offers for each in offer.conformance})
    return Document({"conformsTo": classes}, JSON, "conformance.html")


def collections(call: Call) -> Document:
    """All collections, or those whose names, description or keywords hold all words of a text of `q`."""
    texts = _texts(call.ask.query)
    plain([pair for pair in call.ask.query if pair[0] != "q"])
    body = {
        "links": _selves(f"{call.base_url}/collections", call),
        "collections": [
            _collection(call, each)
            for each in call.publication.published.values()
            if _is_found(each.layer, texts)
        ]
        + [each for each in _others(call) if _says(each, texts)],
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


def extent_of(extent: Extent) -> Json:
    """Write where and when the features lie; nothing for none."""
    written: Json = {}
    if extent.bbox is not None:
        written["spatial"] = {"bbox": [list(extent.bbox)], "crs": CRS84}
    if extent.interval is not None:
        ends = [moment.isoformat().replace("+00:00", "Z") for moment in extent.interval]
        written["temporal"] = {"interval": [ends]}
    return written


def _collection(call: Call, published: Published) -> Json:
    layer, url = published.layer, address_of(call, published.layer)
    links = [
        *_selves(url, call),
        *(each for offer in call.offers for each in offer.collection_links(call, published)),
        *_licence_links(layer.about),
    ]
    return {
        "id": layer.name,
        "title": title_of(layer, call.language),
        "description": layer.description,
        **_credits(layer.about),
        "theme": theme_of(layer, call.language),
        "itemType": "feature",
        "extent": extent_of(published.extent),
        "crs": [system.uri for system in offered(layer)],
        "storageCrs": crs_of_srid(layer.srid).uri,
        **_order(layer),
        "links": links,
    }


def _order(layer: Layer) -> Json:
    """Without sortby the identifier settles the order; it can be named only where it is an attribute."""
    return {"defaultSortOrder": [layer.id_column]} if layer.id_column in layer.field_names else {}


def _credits(about: Mapping[str, Any]) -> Json:
    """Keywords, and whom to thank under which licence, as far as it is known."""
    written: Json = {"keywords": list(about.get("keywords", ()))}
    if credit(about):
        written["attribution"] = credit(about)
    if about.get("licence"):
        written["license"] = "other" if _is_address(about["licence"]) else str(about["licence"])
    return written


def _licence_links(about: Mapping[str, Any]) -> list[Json]:
    licence = about.get("licence")
    return [link("license", HTML, str(licence))] if _is_address(licence) else []


def _is_address(text: Any) -> bool:
    return str(text).startswith(("http://", "https://"))


def _texts(query: Iterable[tuple[str, str]]) -> list[list[str]]:
    """Read `q`: texts with commas between; of each its words."""
    given = [text for name, text in query if name == "q"]
    if len(given) > 1:
        raise InvalidInput.at("q", "stands more than once")
    if len("".join(given)) > MOST_LETTERS:
        raise InvalidInput.at("q", f"must be {MOST_LETTERS} letters or fewer")
    texts = "".join(given).lower().replace("，", ",").split(",")
    return [text.split() for text in texts if text.strip()]


def _is_found(layer: Layer, texts: list[list[str]]) -> bool:
    keywords = map(str, layer.about.get("keywords", ()))
    return _hold([layer.name, layer.title, layer.title_en, layer.description, *keywords], texts)


def _others(call: Call) -> Iterable[Json]:
    """Go through the collections that are no layers."""
    return (each for offer in call.offers for each in offer.collections(call))


def _says(collection: Json, texts: list[list[str]]) -> bool:
    return _hold([collection[name] for name in ("id", "title", "description")], texts)


def _hold(parts: Iterable[str], texts: list[list[str]]) -> bool:
    whole = "\n".join(parts).lower()
    return not texts or any(all(word in whole for word in text) for text in texts)


def _selves(url: str, call: Call) -> list[Json]:
    """This document, and itself as a page."""
    return [link("self", JSON, url), {**link("alternate", HTML, f"{url}?f=html"), "hreflang": call.language}]


OFFER = Offer(
    {
        "": {"GET": tagged(landing)},
        "openapi": {"GET": tagged(definition)},
        "conformance": {"GET": tagged(conformance)},
        "collections": {"GET": tagged(collections)},
        "collections/{collection}": {"GET": tagged(collection)},
    },
    CONFORMANCE,
    openapi.server_paths,
)
