"""Features of a collection: a page of them, or one. PostgreSQL writes their text as it is sent."""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from hashlib import blake2b, sha256
from urllib.parse import quote, urlencode

import orjson

from api.asgi import Headers
from api.ogc.call import Answer, Call, Document, Json, Offer, Reply, link
from api.ogc.config import DEFAULT_LIMIT
from api.ogc.documents import HTML, JSON, address_of, title_of
from api.ogc.exports import or_file
from api.ogc.forms import explained
from api.ogc.paging import AFTER, BEFORE, Place, digest_of, placed, read_token, write_token
from api.ogc.parameters import OPEN, box_of, plain, plain_of_item
from api.ogc.publication import Published
from api.ogc.validators import holds
from layers import features
from layers.catalogue import Layer
from layers.features import Page, Selection, read_system
from layers.filters import Condition, compile_filter, parse
from spatial.database import reading
from spatial.database.steps import Server, Steps, run, server_of
from spatial.errors import NotFound
from spatial.geometry.crs import CRS84, Crs

GEOJSON = "application/geo+json"

PACKED_FROM = 16 * 2**10
"""Bytes from which a body is packed for who takes gzip; below it the time costs more than the way."""

VARY = b"Accept, Accept-Encoding, Accept-Language, Authorization"
PERSONAL: Headers = [(b"vary", VARY), (b"cache-control", b"private, no-cache")]

_FEATURES = "http://www.opengis.net/spec/ogcapi-features"
_CQL2 = "http://www.opengis.net/spec/cql2/1.0/conf"

CONFORMANCE = (
    *(f"{_FEATURES}-1/1.0/conf/{name}" for name in ("core", "geojson", "html", "oas30")),
    f"{_FEATURES}-2/1.0/conf/crs",
    *(
        f"{_FEATURES}-3/1.0/conf/{name}"
        for name in ("filter", "features-filter", "queryables-query-parameters")
    ),
    *(f"{_FEATURES}-6/1.0/conf/{name}" for name in ("properties", "properties-features")),
    *(f"{_FEATURES}-7/1.0/conf/{name}" for name in ("zoom-level", "zoom-level-features")),
    *(f"{_FEATURES}-8/1.0/conf/{name}" for name in ("sorting", "features-sorting")),
    *(f"{_FEATURES}-9/1.0/conf/{name}" for name in ("text-search", "features-text-search")),
    *(
        f"{_CQL2}/{name}"
        for name in (
            "cql2-text", "cql2-json", "basic-cql2", "advanced-comparison-operators",
            "case-insensitive-comparison", "accent-insensitive-comparison", "basic-spatial-functions",
            "basic-spatial-functions-plus", "spatial-functions", "temporal-functions", "array-functions",
            "property-property", "functions", "arithmetic",
        )
    ),
    # QGIS 3.32 to 3.44 looks for the name of the drafts.
    *(
        f"http://www.opengis.net/spec/cql2/{version}/conf/basic-spatial-operators"
        for version in ("0.0", "1.0")
    ),
)  # fmt: skip


@dataclass(frozen=True)
class _Asked:
    """What a request for a page means; the same for everybody who asks it."""

    layer: Layer
    parameters: dict[str, str]
    selection: Selection
    taken_apart: features.Asked
    start: int
    """How many features stand before the page; by a token, how many stood there when it was written."""
    digest: str
    """Of what the tokens of its pages are good for."""
    kept: str
    """The parameters that links to other pages keep."""
    here: str
    """The parameter that says where this page begins."""


@lru_cache(maxsize=256)
def _asked(layer: Layer, query: tuple[tuple[str, str], ...]) -> _Asked:
    """Read the parameters of a page; whole areas are looked at by the same few requests again and again."""
    parameters = plain(query, layer)
    selection, start = selection_of(parameters, layer), int(parameters.get("offset", 0))
    if "token" in parameters:
        start = read_token(layer, parameters, parameters["token"]).position
    kept = [(name, text) for name, text in query if name not in ("offset", "token", "f", "limit")]
    if "limit" in parameters:
        kept.append(("limit", parameters["limit"]))
    here = [(name, parameters[name]) for name in ("offset", "token") if name in parameters]
    return _Asked(
        layer, parameters, selection, features.take_apart(layer, selection), start,
        digest_of(layer, parameters), urlencode(kept), urlencode(here),
    )  # fmt: skip


def items(call: Call, name: str) -> Answer:
    """A page of features; a last page that is exactly full has no `next`."""
    with reading(call.database, call.reader) as connection:
        return run(connection, items_steps(call, server_of(connection.pgconn), name))


def items_steps(call: Call, server: Server, name: str) -> Steps[Answer]:
    """Answer with a page of features, in steps."""
    asked = _asked(call.collection(name).layer, tuple(call.ask.query))
    page = yield from features.page_steps(
        server, asked.layer, asked.selection, call.reader, call.counts, asked.taken_apart
    )
    links = _page_links(call, asked, page)
    if call.ask.wants_html:
        return _as_document(asked, page, links)
    return _as_text(call, asked, page, links)


def item(call: Call, name: str, identifier: str) -> Answer:
    """One feature; its own address is written with the identifier percent-encoded."""
    with reading(call.database, call.reader) as connection:
        return run(connection, item_steps(call, server_of(connection.pgconn), name, identifier))


def item_steps(call: Call, server: Server, name: str, identifier: str) -> Steps[Answer]:
    """Answer with one feature, in steps."""
    layer = call.collection(name).layer
    form = _form(layer, tuple(call.ask.query))
    if "\x00" in identifier:
        raise NotFound(f"layer '{name}' has no such feature")
    text, version = yield from features.item_steps(server, layer, identifier, form.selection)
    own = f"{address_of(call, layer)}/items/{quote(identifier, safe='')}"
    links = orjson.dumps(_item_links(own, form.query))
    body = b"".join((text, b',"links":', links, b"}"))
    crs = _content_crs(form.selection.crs)
    if call.ask.wants_html:
        return Document(orjson.loads(body), GEOJSON, "item.html", layer, (crs,))
    etag = f'"{version}-{form.representation}"'
    headers = [(b"etag", etag.encode()), crs, *PERSONAL, (b"content-language", call.language.encode())]
    if holds(call.ask.headers.get("if-none-match", ""), etag):
        return Reply(304, GEOJSON.encode(), headers, b"")
    return Reply(200, GEOJSON.encode(), headers, body)


@dataclass(frozen=True)
class _Form:
    """In which form one feature is asked for."""

    selection: Selection
    query: str
    representation: str


@lru_cache(maxsize=256)
def _form(layer: Layer, query: tuple[tuple[str, str], ...]) -> _Form:
    parameters = plain_of_item(query, layer)
    return _Form(selection_of(parameters, layer), urlencode(parameters), representation(parameters))


def representation(parameters: Mapping[str, str]) -> str:
    """Name the form of an item: the second part of its strong ETag, behind the row version."""
    return blake2b(orjson.dumps(sorted(parameters.items())), digest_size=4).hexdigest()


def selection_of(parameters: Mapping[str, str], layer: Layer) -> Selection:
    """Read checked parameters (see parameters.plain) into a selection; InvalidInput where filter or token is
    wrong."""
    since, until = span(parameters.get("datetime"))
    sort = [part for part in parameters.get("sortby", "").split(",") if part]
    names = [part for part in parameters.get("properties", "").split(",") if part]
    crs, bbox_crs = (_system(parameters, layer, name) for name in ("crs", "bbox-crs"))
    selection = Selection(
        bbox=box_of(parameters, bbox_crs.northing_first),
        bbox_crs=bbox_crs,
        crs=crs,
        since=since,
        until=until,
        equals=_equals(parameters, layer),
        where=_condition(parameters, layer),
        q=parameters["q"].split(",") if "q" in parameters else (),
        sort=[(part.lstrip("-"), part.startswith("-")) for part in sort],
        limit=int(parameters.get("limit", DEFAULT_LIMIT)),
        offset=int(parameters.get("offset", 0)),
        attributes=names or None,
        geometry=parameters.get("skipGeometry") != "true",
        zoom=float(parameters["zoom-level"]) if "zoom-level" in parameters else None,
    )
    if "token" in parameters:
        return placed(selection, read_token(layer, parameters, parameters["token"]))
    return selection


def _equals(parameters: Mapping[str, str], layer: Layer) -> dict[str, str]:
    """An attribute whose name is that of a parameter cannot be asked for by it."""
    return {
        name: parameters[name] for name in layer.field_names if name in parameters and name not in _RESERVED
    }


_RESERVED = frozenset(
    {"limit", "offset", "token", "bbox", "bbox-crs", "crs", "datetime", "skipGeometry", "zoom-level", "q",
     "filter", "filter-lang", "filter-crs", "sortby", "properties", "lang", "f"}
)  # fmt: skip


def _system(parameters: Mapping[str, str], layer: Layer, name: str) -> Crs:
    return read_system(parameters[name], layer, name) if name in parameters else CRS84


def _condition(parameters: Mapping[str, str], layer: Layer) -> Condition | None:
    if "filter" not in parameters:
        return None
    language = parameters.get("filter-lang", "cql2-text")
    return _compiled(layer, parameters["filter"], language, _system(parameters, layer, "filter-crs"))


@lru_cache(maxsize=256)
def _compiled(layer: Layer, text: str, language: str, crs: Crs) -> Condition:
    return compile_filter(parse(text, language), layer, crs)


def _as_text(call: Call, asked: _Asked, page: Page, links: list[Json]) -> Reply:
    """Put the text of the features between what is ours; the time is not part of what the tag stands for."""
    figures = orjson.dumps(
        {
            "numberMatched": page.matched,
            "numberMatchedIs": page.matched_is,
            "numberReturned": page.returned,
            "links": links,
        }
    )
    digest = sha256(page.features)
    digest.update(figures)
    etag = f'W/"{digest.hexdigest()[:24]}"'
    headers: Headers = [
        (b"etag", etag.encode()),
        _content_crs(asked.selection.crs),
        *PERSONAL,
        (b"content-language", call.language.encode()),
    ]
    if holds(call.ask.headers.get("if-none-match", ""), etag):
        return Reply(304, GEOJSON.encode(), headers, b"")
    now = datetime.now(UTC).isoformat().replace("+00:00", "Z").encode()
    parts = (b'{"type":"FeatureCollection","timeStamp":"', now, b'","features":[', page.features, b"],")
    body = b"".join((*parts, figures[1:]))
    if len(body) >= PACKED_FROM and _takes_gzip(call.ask.headers.get("accept-encoding", "")):
        headers.append((b"content-encoding", b"gzip"))
        body = zlib.compress(body, level=1, wbits=31)
    return Reply(200, GEOJSON.encode(), headers, body)


@lru_cache(maxsize=256)
def _takes_gzip(header: str) -> bool:
    for part in header.lower().split(","):
        name, _, weight = part.strip().partition(";")
        if name.strip() == "gzip":
            return weight.replace(" ", "") not in ("q=0", "q=0.0", "q=0.00", "q=0.000")
    return False


def _as_document(asked: _Asked, page: Page, links: list[Json]) -> Document:
    tokens = {way: _token(asked, page, way) for way in (AFTER, BEFORE)}
    body = {
        "type": "FeatureCollection",
        "features": orjson.loads(b"[" + page.features + b"]"),
        "numberMatched": page.matched,
        "numberMatchedIs": page.matched_is,
        "numberReturned": page.returned,
        "links": links,
        "place": {"start": asked.start, "next": tokens[AFTER], "prev": tokens[BEFORE]},
    }
    return Document(body, GEOJSON, "items.html", asked.layer, (_content_crs(asked.selection.crs),))


def _content_crs(crs: Crs) -> tuple[bytes, bytes]:
    return b"content-crs", f"<{crs.uri}>".encode()


def _page_links(call: Call, asked: _Asked, page: Page) -> list[Json]:
    collection = address_of(call, asked.layer)
    address = f"{collection}/items?{asked.kept}{'&' if asked.kept else ''}"

    def turned(more: str) -> str:
        return (address + more).rstrip("?&")

    own = f"{asked.here}&" if asked.here else ""
    links = [
        link("self", GEOJSON, turned(own)),
        link("alternate", HTML, turned(f"{own}f=html")),
        link("collection", JSON, collection),
    ]
    for relation, way in (("next", AFTER), ("prev", BEFORE)):
        token = _token(asked, page, way)
        if token is not None:
            links.append(link(relation, GEOJSON, turned(f"token={token}")))
    if asked.selection.offset:
        before = max(0, asked.selection.offset - (asked.selection.limit or DEFAULT_LIMIT))
        links.append(link("prev", GEOJSON, turned(f"offset={before}")))
    return links


def _token(asked: _Asked, page: Page, way: str) -> str | None:
    keys = page.following if way == AFTER else page.preceding
    if keys is None:
        return None
    limit = asked.selection.limit or DEFAULT_LIMIT
    position = asked.start + page.returned if way == AFTER else max(0, asked.start - limit)
    return write_token(asked.digest, Place(keys, way, position))


def _item_links(own: str, form: str) -> list[Json]:
    here = f"{own}?{form}" if form else own
    return [
        link("self", GEOJSON, here),
        link("alternate", HTML, f"{here}{'&' if form else '?'}f=html"),
        link("collection", JSON, own.rpartition("/items/")[0]),
    ]


def span(text: str | None) -> tuple[datetime | None, datetime | None]:
    """Read a plain instant or interval (see parameters.py) into its two inclusive ends."""
    if text is None:
        return None, None
    first, _, last = text.partition("/")
    return _moment(first), _moment(last or first)


def _moment(text: str) -> datetime | None:
    return None if text == OPEN else datetime.fromisoformat(text)


def _links(call: Call, published: Published) -> list[Json]:
    url, title = address_of(call, published.layer), title_of(published.layer, call.language)
    return [
        link("items", GEOJSON, f"{url}/items", title),
        link("items", HTML, f"{url}/items?f=html", title),
    ]


OFFER = Offer(
    {
        "collections/{collection}/items": {"GET": or_file(explained(items), selection_of)},
        "collections/{collection}/items/{item}": {"GET": item},
    },
    CONFORMANCE,
    collection_links=_links,
)
