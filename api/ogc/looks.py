"""What styles say of themselves, and how each form of them is written."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import quote

import orjson

from api.ogc.call import Call, Json, link
from api.ogc.documents import JSON, REL, address_of, title_of
from api.ogc.publication import Published
from layers.legends.defaults import legend_of
from layers.legends.maplibre.style import Drawn, Where, style
from layers.legends.qgis.qml import qml
from layers.legends.scales import OGC_PX_M, scale_of
from layers.legends.sld import SLD_10, SLD_11, sld
from spatial.city import notes
from spatial.database import session
from tiles.vector import POINTS_FROM_ZOOM

CITY = "city-map"
"""The style of everything that a reader may see; no layer has a hyphen in its name."""
LATITUDE = 35.0
"""Where zooms become scales for a layer without features."""
MAPBOX = "application/vnd.mapbox.style+json"
SLD = "application/vnd.ogc.sld+xml"
FORMS: Mapping[str, tuple[str, str]] = {
    "mapbox": (MAPBOX, "json"),
    "qml": ("application/vnd.qgis.qml", "qml"),
    "sld11": (f"{SLD};version=1.1", "sld"),
    "sld10": (f"{SLD};version=1.0", "sld"),
}
"""Form → media type and ending of the file."""
TITLES = {"zh": "城市一张图", "en": "The map of the city"}

Members = list[Published]


def city_of(call: Call) -> tuple[str, str]:
    """Name the city, as its notes do, and whom its data is thanked to."""
    with session(call.database, call.reader) as connection:
        known = notes(connection)
    name = known["name" if call.language == "zh" else "name_en"] or TITLES[call.language]
    return str(name), "; ".join(str(each.get("title", "")) for each in known["sources"])


def forms_of(identifier: str) -> tuple[str, ...]:
    """Name the forms of a style: QML is for one layer."""
    return tuple(form for form in FORMS if form != "qml" or identifier != CITY)


def drawn(each: Published) -> Drawn:
    """Take a collection with its look."""
    return Drawn(each.layer, legend_of(each.layer))


def where(call: Call, identifier: str) -> Where:
    """Say where tiles and signs are, from the address that was called."""
    credit = city_of(call)[1] if identifier == CITY else ""
    return Where(tiles_template(call), f"{style_url(call, identifier)}/sprite", credit)


def tiles_template(call: Call) -> str:
    """Write where tiles are: beside this door."""
    return f"{call.base_url.removesuffix(call.ask.base_path)}/tiles/{{layer}}/{{z}}/{{x}}/{{y}}.mvt"


def latitude(published: Published) -> float:
    """Give the latitude at which the zooms of a look are turned into scales."""
    box = published.extent.bbox
    return (box.south + box.north) / 2 if box else LATITUDE


def _mapbox(call: Call, identifier: str, members: Members) -> bytes:
    named = title(call, identifier, members)
    whole = identifier == CITY
    looks = [drawn(each) for each in members]
    return orjson.dumps(style(looks, named, call.language, where(call, identifier), POINTS_FROM_ZOOM, whole))


def _sld(dialect: Any) -> Callable[[Call, str, Members], bytes]:
    def write(call: Call, identifier: str, members: Members) -> bytes:
        looks = [(each.layer, legend_of(each.layer), latitude(each)) for each in members]
        looks.sort(key=lambda each: each[1].order)
        return sld(looks, dialect, identifier, call.language)

    return write


def _qml(call: Call, _identifier: str, members: Members) -> bytes:
    layer = members[0].layer
    return qml(layer, legend_of(layer), call.language, latitude(members[0]))


WRITERS: Mapping[str, Callable[[Call, str, Members], bytes]] = {
    "mapbox": _mapbox,
    "qml": _qml,
    "sld11": _sld(SLD_11),
    "sld10": _sld(SLD_10),
}


def title(call: Call, identifier: str, members: Members) -> str:
    """Give the title of a style."""
    return TITLES[call.language] if identifier == CITY else title_of(members[0].layer, call.language)


def described(call: Call, identifier: str, members: Members, url: str | None = None) -> Json:
    """Describe a style: title, what it is for, and its sheets."""
    links = sheets(url or style_url(call, identifier), identifier)
    if url is None:
        links.append(link("describedby", JSON, f"{style_url(call, identifier)}/metadata"))
    body: Json = {"id": identifier, "title": title(call, identifier, members), "links": links}
    return body if identifier == CITY else {**body, **_of_layer(call, members[0], links)}


def _of_layer(call: Call, published: Published, links: list[Json]) -> Json:
    layer, look = published.layer, legend_of(published.layer)
    own = address_of(call, layer)
    links += [link("preview", "image/svg+xml", f"{own}/legend?f=svg"), link(f"{REL}/data", JSON, own)]
    known: Json = {"description": layer.description, "keywords": list(layer.about.get("keywords", ()))}
    if look.min_zoom:
        known["maxScaleDenominator"] = round(scale_of(look.min_zoom, latitude(published), OGC_PX_M))
    return known


def style_url(call: Call, identifier: str) -> str:
    """Write the address of a style."""
    return f"{call.base_url}/styles/{quote(identifier, safe='')}"


def sheets(url: str, identifier: str) -> list[Json]:
    """Link the forms of a style."""
    return [link("stylesheet", FORMS[form][0], f"{url}?f={form}") for form in forms_of(identifier)]
