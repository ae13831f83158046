"""Styles of the collections, and of the whole map: OGC API - Styles, draft 20-009."""

from __future__ import annotations

from hashlib import blake2b
from typing import Any

import orjson

from api.ogc.call import Answer, Call, Document, Json, Offer, Reply, link
from api.ogc.config import TITLE
from api.ogc.documents import HTML, JSON, REL, address_of, title_of
from api.ogc.looks import CITY, FORMS, SLD, WRITERS, Members, described, forms_of, sheets, style_url
from api.ogc.parameters import plain
from api.ogc.publication import Published
from api.ogc.styles_openapi import paths
from api.ogc.validators import PERSONAL, holds, tagged
from layers.catalogue import Layer
from layers.legends.advice import advice
from layers.legends.defaults import legend_of
from layers.legends.legend import Legend
from layers.legends.picture import picture
from layers.legends.sprite import sprite
from layers.legends.stored import parsed, store, written
from spatial.database import session
from spatial.errors import InvalidInput, NotFound
from spatial.people.administration import check_over_everything

OWN = "default"
"""The one style of a collection."""
BASE = "http://www.opengis.net/spec/ogcapi-styles-1/1.0/conf"
CONFORMANCE = tuple(
    f"{BASE}/{name}"
    for name in ("core", "global-styles", "collection-styles", "html", "mapbox-styles", "sld-10", "sld-11")
)


def styles(call: Call) -> Document:
    """All styles: one for the whole map, and one for each collection."""
    plain(call.ask.query)
    published = [*call.publication.published.values()]
    body = {
        "default": CITY,
        "styles": [
            described(call, CITY, published),
            *(described(call, each.layer.name, [each]) for each in published),
        ],
        "links": _selves(call, f"{call.base_url}/styles"),
    }
    return Document(body, JSON, "styles.html")


def collection_styles(call: Call, name: str) -> Document:
    """The styles of a collection: it has one, `default`."""
    published = call.collection(name)
    plain(call.ask.query)
    url = f"{address_of(call, published.layer)}/styles"
    body = {
        "default": OWN,
        "styles": [described(call, OWN, [published], f"{url}/{OWN}")],
        "links": _selves(call, url),
    }
    return Document(body, JSON, "styles.html", published.layer)


def style_of(call: Call, identifier: str) -> Answer:
    """A style in the form asked for; a page for people."""
    return _style(call, identifier, _members(call, identifier), style_url(call, identifier))


def collection_style(call: Call, name: str, identifier: str) -> Answer:
    """The style of a collection in the form asked for."""
    published = _own(call, name, identifier)
    return _style(call, name, [published], f"{address_of(call, published.layer)}/styles/{OWN}")


def metadata(call: Call, identifier: str) -> Document:
    """What there is to know of a style."""
    members = _members(call, identifier)
    plain(call.ask.query)
    return Document(described(call, identifier, members), JSON, "style.html")


def sprites(call: Call, identifier: str, file: str) -> Reply:
    """The signs of a style: index and picture, for screens of one and of two pixels a CSS pixel."""
    marks = [mark for each in _members(call, identifier) for mark in legend_of(each.layer).marks]
    name, _, ending = file.partition(".")
    if name not in ("sprite", "sprite@2x") or ending not in ("json", "png"):
        raise NotFound("a style has sprite.json and sprite.png, and both with @2x")
    plain(call.ask.query)
    index, pixels = sprite(marks, 2 if name.endswith("@2x") else 1)
    return (
        file_reply(call, b"image/png", pixels)
        if ending == "png"
        else file_reply(call, JSON.encode(), orjson.dumps(index))
    )


def legend(call: Call, name: str) -> Answer:
    """The legend of a collection, as data or (f=svg) as a picture."""
    layer = call.collection(name).layer
    form = _form(call, ("json", "html", "svg"))
    found = legend_of(layer)
    title = title_of(layer, call.language)
    if form == "svg":
        drawing = picture(found, title, call.language, layer.geometry_type)
        return file_reply(call, b"image/svg+xml", drawing)
    url = f"{address_of(call, layer)}/legend"
    links = [*_selves(call, url), link("preview", "image/svg+xml", f"{url}?f=svg")]
    body = {"title": title, **written(found), "advice": _advice(found, layer), "links": links}
    return Document(body, JSON, "legend.html", layer)


def replace(call: Call, name: str, identifier: str) -> Document:
    """Give a collection a look of its own, for everybody; administrators of the whole city may."""
    layer = _own(call, name, identifier).layer
    check_over_everything(call.reader)
    plain(call.ask.query)
    try:
        document = orjson.loads(call.body)
    except orjson.JSONDecodeError as error:
        raise InvalidInput.at("body", "is not JSON") from error
    return Document(change(call, layer, document), JSON, "legend.html", layer)


def change(call: Call, layer: Layer, document: Any) -> Json:
    """Check and keep a look; returns it with advice on its colours."""
    if isinstance(document, dict):
        document = {key: value for key, value in document.items() if key not in ("title", "advice", "links")}
    chosen = parsed(document, layer)
    with session(call.database, call.reader) as connection:
        store(connection, layer.name, chosen)
    return {"title": title_of(layer, call.language), **written(chosen), "advice": _advice(chosen, layer)}


def remove(call: Call, name: str, identifier: str) -> Reply:
    """Go back to the look that the collection was delivered with."""
    layer = _own(call, name, identifier).layer
    check_over_everything(call.reader)
    with session(call.database, call.reader) as connection:
        store(connection, layer.name, None)
    return Reply(204, JSON.encode(), list(PERSONAL), b"")


def _advice(found: Legend, layer: Layer) -> list[Json]:
    return [{"where": each.where, "reason": each.reason} for each in advice(found, layer)]


def _own(call: Call, name: str, identifier: str) -> Published:
    published = call.collection(name)
    if identifier != OWN:
        raise NotFound(f"the one style of a collection is '{OWN}'")
    return published


def _members(call: Call, identifier: str) -> Members:
    """What a style draws: all that the reader may see, or one layer of it."""
    if identifier == CITY:
        return [*call.publication.published.values()]
    found = call.publication.published.get(identifier)
    if found is None:
        raise NotFound(f"there is no style '{identifier[:100]}'")
    return [found]


def _form(call: Call, known: tuple[str, ...], default: str = "json") -> str:
    """Read `f`, else a page for browsers, else the default; InvalidInput for an unknown form."""
    given = [text for name, text in call.ask.query if name == "f"]
    plain([pair for pair in call.ask.query if pair[0] != "f"])
    if len(given) > 1 or (given and given[0] not in known):
        raise InvalidInput.at("f", f"must be one of {', '.join(known)}")
    if given:
        return given[0]
    return "html" if call.ask.wants_html else default


def _style(call: Call, identifier: str, members: Members, url: str) -> Answer:
    forms = forms_of(identifier)
    form = _form(call, (*forms, "json", "html"), _accepted(call, forms))
    if form == "html":
        body = {
            **described(call, identifier, members, url),
            "links": _selves(call, url) + sheets(url, identifier),
        }
        return Document(body, JSON, "style.html", None if identifier == CITY else members[0].layer)
    form = "mapbox" if form == "json" else form
    media_type, ending = FORMS[form]
    name = f'inline; filename="{identifier}.{ending}"'.encode()
    sheet = WRITERS[form](call, identifier, members)
    return file_reply(call, media_type.encode(), sheet, (b"content-disposition", name))


def _accepted(call: Call, forms: tuple[str, ...]) -> str:
    """The first form whose media type the client names."""
    accepted = call.ask.headers.get("accept", "").replace(" ", "").lower()
    named = (form for form in forms if FORMS[form][0] in accepted)
    return next(named, "sld11" if SLD in accepted else "mapbox")


def _selves(call: Call, url: str) -> list[Json]:
    page = {**link("alternate", HTML, f"{url}?f=html"), "hreflang": call.language}
    return [link("self", JSON, url), page]


def file_reply(call: Call, media_type: bytes, body: bytes, *headers: tuple[bytes, bytes]) -> Reply:
    """Answer with ready bytes, or 304 for who has them."""
    etag = f'"{blake2b(body, digest_size=12).hexdigest()}"'
    common = [*PERSONAL, (b"content-language", call.language.encode()), (b"etag", etag.encode()), *headers]
    if holds(call.ask.headers.get("if-none-match", ""), etag):
        return Reply(304, media_type, common, b"")
    return Reply(200, media_type, common, body)


def _collection_links(call: Call, published: Published) -> list[Json]:
    url = address_of(call, published.layer)
    return [
        link(f"{REL}/styles", JSON, f"{url}/styles"),
        link(f"{REL}/legend", "image/svg+xml", f"{url}/legend?f=svg"),
    ]


def _landing_links(call: Call) -> list[Json]:
    return [link(f"{REL}/styles", JSON, f"{call.base_url}/styles", f"{TITLE[call.language]}: styles")]


OFFER = Offer(
    {
        "styles": {"GET": tagged(styles)},
        "styles/{style}": {"GET": tagged(style_of)},
        "styles/{style}/metadata": {"GET": tagged(metadata)},
        "styles/{style}/{sprite}": {"GET": sprites},
        "collections/{collection}/styles": {"GET": tagged(collection_styles)},
        "collections/{collection}/styles/{style}": {
            "GET": tagged(collection_style),
            "PUT": replace,
            "DELETE": remove,
        },
        "collections/{collection}/legend": {"GET": tagged(legend)},
    },
    CONFORMANCE,
    paths,
    collection_links=_collection_links,
    landing_links=_landing_links,
)
