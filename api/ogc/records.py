"""The catalogue as OGC API - Records (Part 1, 20-004r1): one record a layer that a reader sees.

Made here and not by pygeoapi: its records provider reads one file or index for everybody, and what is in
this catalogue differs by reader. The reader's publication is all there is to search: a hundred rows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

from api.ogc import metadata
from api.ogc.call import Answer, Call, Document, Json, Offer, Reply, link
from api.ogc.documents import HTML, JSON, address_of, title_of
from api.ogc.parameters import CRS84, ITEM_CHECKS, OPEN, plain, plain_of
from api.ogc.publication import Published
from api.ogc.records_openapi import paths
from layers.catalogue import RASTER, Layer, credit
from spatial.errors import InvalidInput, NotFound
from spatial.types import BBox

GEOJSON = "application/geo+json"
CATALOGUE = "catalogue"
"""Name of the collection of records."""
BASE = "http://www.opengis.net/spec/ogcapi-records-1/1.0/conf"
RECORD_CORE = f"{BASE}/record-core"
CONFORMANCE = (
    RECORD_CORE,
    f"{BASE}/record-core-query-parameters",
    f"{BASE}/json",
    f"{BASE}/html",
)
TITLES = {"zh": "图层目录", "en": "Catalogue of the layers"}
DATASET = "dataset"
FEATURES = [{"name": "GeoJSON", "mediaType": GEOJSON}, {"name": "HTML", "mediaType": HTML}]
PICTURES = [{"name": "PNG", "mediaType": "image/png"}]
LANGUAGES = [{"code": "zh", "name": "中文"}, {"code": "en", "name": "English"}]


def _words(text: str) -> str:
    if len(text) > 1_000:
        raise ValueError("must be 1,000 letters at most")
    return text


CHECKS: Mapping[str, Callable[[str], str]] = {
    **{name: ITEM_CHECKS[name] for name in ("limit", "offset", "bbox", "datetime")},
    "q": _words,
    "type": _words,
    "ids": _words,
    "externalIds": _words,
}


def catalogue(call: Call) -> Document:
    """The collection of records."""
    plain(call.ask.query)
    url = f"{call.base_url}/collections/{CATALOGUE}"
    boxes = [each.extent.bbox for each in call.publication.recorded.values() if each.extent.bbox is not None]
    body: Json = {
        "id": CATALOGUE,
        "title": TITLES[call.language],
        "description": "One record for each layer that you may see.",
        "itemType": "record",
        "extent": {"spatial": {"bbox": [list(_around(boxes))], "crs": CRS84}} if boxes else {},
        "conformsTo": list(CONFORMANCE),
        "links": [
            link("self", JSON, url),
            {**link("alternate", HTML, f"{url}?f=html"), "hreflang": call.language},
            link("items", GEOJSON, f"{url}/items"),
        ],
    }
    return Document(body, JSON, "records_catalogue.html")


def records(call: Call) -> Document:
    """A page of records: those that all parameters let through, in the catalogue's order."""
    given = plain_of(call.ask.query, CHECKS)
    found = [each for each in call.publication.recorded.values() if _fits(each, given)]
    limit, offset = int(given.get("limit", 10)), int(given.get("offset", 0))
    shown = found[offset : offset + limit]
    url = f"{call.base_url}/collections/{CATALOGUE}"
    body = {
        "type": "FeatureCollection",
        "features": [record_of(call, each) for each in shown],
        "numberMatched": len(found),
        "numberReturned": len(shown),
        "timeStamp": _moment(datetime.now(UTC)),
        "links": [
            *_page_links(f"{url}/items", given, limit, offset, len(found)),
            link("collection", JSON, url),
        ],
    }
    return Document(body, GEOJSON, "records.html")


def record(call: Call, name: str) -> Document:
    """One record."""
    published = call.publication.recorded.get(name)
    if published is None:
        raise NotFound(f"the catalogue has no record '{name[:100]}'")
    plain(call.ask.query)
    return Document(record_of(call, published), GEOJSON, "record.html", published.layer)


def iso_metadata(call: Call, name: str) -> Answer:
    """What there is to know of a layer as ISO 19115/19139 in XML, or as a record."""
    published = call.collection(name)
    query = [pair for pair in call.ask.query if pair != ("f", "xml")]
    plain(query)
    if len(query) == len(call.ask.query):
        return Document(record_of(call, published), GEOJSON, "record.html", published.layer)
    written = metadata.iso_19139(published, address_of(call, published.layer), call.language)
    return Reply(200, metadata.MEDIA_TYPE.encode(), [(b"cache-control", b"private, no-cache")], written)


def record_of(call: Call, published: Published) -> Json:
    """Write the record of a layer."""
    layer, about, url = published.layer, published.layer.about, address_of(call, published.layer)
    properties = {
        "created": _moment(layer.created_at),
        "updated": _moment(layer.published_at),
        "type": DATASET,
        "title": title_of(layer, call.language),
        "description": layer.description,
        "keywords": list(about.get("keywords", [])),
        "themes": [{"concepts": [{"id": each} for each in about.get("themes", [])], "scheme": "layer group"}],
        "language": LANGUAGES[0 if call.language == "zh" else 1],
        "languages": LANGUAGES,
        "resourceLanguages": [{"code": about.get("language", "zh")}],
        "externalIds": [{"value": layer.name}, *_review(about)],
        "formats": PICTURES if layer.kind == RASTER else FEATURES,
        "contacts": _contacts(about),
        "license": about.get("licence"),
        "rights": about.get("rights") or credit(about) or None,
    }
    if not about.get("themes"):
        del properties["themes"]
    return {
        "id": layer.name,
        "type": "Feature",
        "conformsTo": [RECORD_CORE],
        "time": _time(published),
        "geometry": _polygon(published.extent.bbox),
        "properties": {key: value for key, value in properties.items() if value not in (None, [])},
        "links": [
            link("self", GEOJSON, f"{call.base_url}/collections/{CATALOGUE}/items/{url.rpartition('/')[2]}"),
            link("collection", JSON, f"{call.base_url}/collections/{CATALOGUE}"),
            *_links_to(call, published),
        ],
    }


def _links_to(call: Call, published: Published) -> list[Json]:
    """Link to the layer itself: a collection of features, or pictures."""
    url = address_of(call, published.layer)
    if published.layer.kind == RASTER:
        name = url.rpartition("/")[2]
        pictures = f"{call.base_url.removesuffix('/ogc')}/rasters/{name}.json"
        return [link("describes", JSON, pictures, "TileJSON")]
    offered = [each for offer in call.offers for each in offer.collection_links(call, published)]
    return [link("describes", JSON, url), *offered]


def _fits(published: Published, given: Mapping[str, str]) -> bool:
    layer = published.layer
    if "ids" in given and layer.name not in given["ids"].split(","):
        return False
    if "externalIds" in given and layer.name not in given["externalIds"].split(","):
        return False
    if "type" in given and DATASET not in given["type"].split(","):
        return False
    if "q" in given and not _says(layer, given["q"]):
        return False
    if "bbox" in given and not _meets(published.extent.bbox, given["bbox"]):
        return False
    return "datetime" not in given or _was_then(published, given["datetime"])


def _says(layer: Layer, text: str) -> bool:
    """Find one of the terms between commas (OR), each as it stands, in what people read of a layer."""
    about = layer.about
    words: Iterable[str] = (
        layer.name, layer.title, layer.title_en, layer.description,
        *about.get("keywords", []), *about.get("themes", []),
        str(about.get("group", "")),
    )  # fmt: skip
    whole = "\n".join(words).casefold()
    return any(" ".join(term.split()).casefold() in whole for term in text.split(",") if term.strip())


def _meets(box: BBox | None, text: str) -> bool:
    """West may lie beyond east: across the antimeridian. A layer without features lies nowhere."""
    west, south, east, north = map(float, text.split(","))
    if south > north:
        raise InvalidInput.at("bbox", "the south edge lies north of the north edge")
    if box is None or box.south > north or box.north < south:
        return False
    if west <= east:
        return box.west <= east and box.east >= west
    return box.east >= west or box.west <= east


def _was_then(published: Published, text: str) -> bool:
    """A layer without time is of any time."""
    interval = published.extent.interval
    if interval is None:
        return True
    begins, _, ends = text.partition("/")
    ends = ends or begins
    since = None if begins == OPEN else datetime.fromisoformat(begins)
    until = None if ends == OPEN else datetime.fromisoformat(ends)
    return (since is None or interval[1] >= since) and (until is None or interval[0] <= until)


def _page_links(url: str, given: Mapping[str, str], limit: int, offset: int, found: int) -> list[Json]:
    def at(start: int) -> str:
        return f"{url}?{urlencode({**given, 'limit': limit, 'offset': start})}"

    links = [link("self", GEOJSON, at(offset)), link("alternate", HTML, f"{at(offset)}&f=html")]
    if offset + limit < found:
        links.append(link("next", GEOJSON, at(offset + limit)))
    if offset:
        links.append(link("prev", GEOJSON, at(max(0, offset - limit))))
    return links


def _review(about: Mapping[str, Any]) -> list[Json]:
    """The number under which the map was reviewed (审图号), as an identifier of the record."""
    number = about.get("review_number")
    return [{"scheme": "审图号", "value": str(number)}] if number else []


def _contacts(about: Mapping[str, Any]) -> list[Json]:
    contact = about.get("contact")
    if not isinstance(contact, Mapping):
        return []
    written: Json = {"roles": ["pointOfContact"]}
    written |= {"name": contact["name"]} if contact.get("name") else {}
    written |= {"organization": contact["organisation"]} if contact.get("organisation") else {}
    written |= {"emails": [{"value": contact["email"]}]} if contact.get("email") else {}
    written |= {"phones": [{"value": contact["phone"]}]} if contact.get("phone") else {}
    return [written]


def _time(published: Published) -> Json | None:
    if published.extent.interval is None:
        return None
    return {"interval": [_moment(each) for each in published.extent.interval]}


def _moment(moment: datetime | None) -> str | None:
    return (
        None
        if moment is None
        else moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
    )


def _polygon(box: BBox | None) -> Json | None:
    if box is None:
        return None
    west, south, east, north = box
    ring = [[west, south], [east, south], [east, north], [west, north], [west, south]]
    return {"type": "Polygon", "coordinates": [ring]}


def _around(boxes: list[BBox]) -> BBox:
    west, south, east, north = zip(*boxes, strict=True)
    return BBox(min(west), min(south), max(east), max(north))


def _collection_links(call: Call, published: Published) -> list[Json]:
    # Not `describedby`: what that names in XML, GDAL reads as a schema of the features.
    url = f"{address_of(call, published.layer)}/metadata"
    return [link("alternate", metadata.MEDIA_TYPE, f"{url}?f=xml", "ISO 19139")]


def _landing_links(call: Call) -> list[Json]:
    url = f"{call.base_url}/collections/{CATALOGUE}"
    return [link("http://www.opengis.net/def/rel/ogc/1.0/ogc-catalog", JSON, url, TITLES[call.language])]


OFFER = Offer(
    {
        f"collections/{CATALOGUE}": {"GET": catalogue},
        f"collections/{CATALOGUE}/items": {"GET": records},
        f"collections/{CATALOGUE}/items/{{record}}": {"GET": record},
        "collections/{collection}/metadata": {"GET": iso_metadata},
    },
    CONFORMANCE,
    paths,
    _collection_links,
    _landing_links,
)
