"""WMS 1.1.1 and 1.3.0: what it offers, and how a picture of a box is asked for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from xml.etree.ElementTree import Element

from layers.external.addresses import at_home, with_query
from layers.external.remote import (
    MOST_LAYERS,
    Json,
    Remote,
    all_under,
    box,
    href,
    local,
    read_xml,
    under,
    words,
)
from spatial.errors import InvalidInput
from spatial.geometry.tile_matrix import Box

MERCATOR = ("EPSG:3857", "EPSG:900913", "EPSG:102100", "EPSG:102113")
LATITUDE_FIRST = ("EPSG:4326", "EPSG:4490", "EPSG:4258", "EPSG:4214", "EPSG:4610")
"""In WMS 1.3.0 their boxes are written south, west, north, east."""
LONGITUDE_FIRST = ("CRS:84",)
FORMATS = ("image/png", "image/png; mode=24bit", "image/png8", "image/webp", "image/jpeg", "image/gif")


def question(url: str) -> str:
    """Write the address of the capabilities."""
    return with_query(url, SERVICE="WMS", REQUEST="GetCapabilities")


def read(body: bytes, url: str) -> list[Remote]:
    """List the layers of a capabilities document; InvalidInput at `url` for anything else."""
    root = read_xml(body, "WMS_Capabilities", "WMT_MS_Capabilities")
    version = "1.3.0" if root.get("version", "").startswith("1.3") else "1.1.1"
    capability, service = under(root, "Capability"), under(root, "Service")
    request = under(capability, "Request", "GetMap")
    get = under(request, "DCPType", "HTTP", "Get", "OnlineResource")
    shared: Json = {
        "version": version,
        "get_map": at_home(href(get) or url, url),
        "formats": [words(each) for each in all_under(request, "Format")][:40],
        "service": words(service, "Title"),
        "rights": words(service, "AccessConstraints"),
    }
    found = [remote for top in all_under(capability, "Layer") for remote in _layers(top, shared, (), None, 0)]
    return found[:MOST_LAYERS]


def _layers(
    layer: Element,
    shared: Json,
    crs: tuple[str, ...],
    around: tuple[float, float, float, float] | None,
    depth: int,
) -> Iterator[Remote]:
    """List a layer with a name and those below it: systems and boxes are inherited."""
    key = "CRS" if shared["version"] == "1.3.0" else "SRS"
    own = [word.upper() for each in all_under(layer, key) for word in (each.text or "").split()]
    crs = tuple(dict.fromkeys([*crs, *own]))
    around = _box(layer) or around
    if name := words(layer, "Name"):
        styles = [words(each, "Name") for each in all_under(layer, "Style")]
        credit = words(layer, "Attribution", "Title")
        plan = {**shared, "kind": "wms", "layer": name, "crs": list(crs)[:500], "styles": styles[:100]}
        title = words(layer, "Title") or name
        yield Remote(name, title, words(layer, "Abstract"), credit or shared["rights"], around, plan)
    for below in all_under(layer, "Layer"):
        if depth < 20:
            yield from _layers(below, shared, crs, around, depth + 1)


def _box(layer: Element) -> tuple[float, float, float, float] | None:
    bounds = under(layer, "EX_GeographicBoundingBox")
    if bounds is not None:
        sides = ("westBoundLongitude", "southBoundLatitude", "eastBoundLongitude", "northBoundLatitude")
        return box(*(words(bounds, side) for side in sides))
    bounds = next((each for each in layer if local(each) == "LatLonBoundingBox"), None)
    return (
        box(*(bounds.get(side) for side in ("minx", "miny", "maxx", "maxy"))) if bounds is not None else None
    )


def settle(plan: Json, options: Mapping[str, str | None]) -> Json:
    """Choose system, format and style out of what is offered; InvalidInput names what was asked in vain."""
    offered, formats = plan["crs"], plan["formats"]
    crs = (options.get("crs") or "").upper() or next(
        (each for each in (*MERCATOR, *LONGITUDE_FIRST, "EPSG:4326", "EPSG:4490") if each in offered), ""
    )
    if (
        not crs
        or (offered and crs not in offered)
        or crs not in (*MERCATOR, *LONGITUDE_FIRST, *LATITUDE_FIRST)
    ):
        raise InvalidInput.at(
            "crs",
            f"the layer is offered in {', '.join(offered[:12]) or 'no system'}; shown are"
            f" {', '.join(MERCATOR)}, EPSG:4326, EPSG:4490 and CRS:84",
        )
    chosen = options.get("format") or next((each for each in FORMATS if each in formats), "image/png")
    if formats and chosen not in formats:
        raise InvalidInput.at("format", f"is none of {', '.join(formats)[:300]}")
    style = options.get("style") or ""
    if style and style not in plan["styles"]:
        raise InvalidInput.at(
            "style", f"is none of {', '.join(plan['styles'])[:300] or 'its styles: it has none'}"
        )
    kept = {key: plan[key] for key in ("kind", "version", "get_map", "layer")}
    return {**kept, "crs": crs, "format": chosen, "style": style}


def picture(plan: Json, area: Box, width: int, height: int) -> str:
    """Write the request for a picture; area: in the plan's system, x before y."""
    version, crs = plan["version"], plan["crs"]
    flipped = version == "1.3.0" and crs in LATITUDE_FIRST
    sides = (area.south, area.west, area.north, area.east) if flipped else tuple(area)
    given = {
        "SERVICE": "WMS",
        "VERSION": version,
        "REQUEST": "GetMap",
        "LAYERS": plan["layer"],
        "STYLES": plan["style"],
        "CRS" if version == "1.3.0" else "SRS": crs,
        "BBOX": ",".join(f"{each:.12g}" for each in sides),
        "WIDTH": width,
        "HEIGHT": height,
        "FORMAT": plan["format"],
    }
    clear = (
        "TRUE" if "png" in plan["format"] or "webp" in plan["format"] or "gif" in plan["format"] else "FALSE"
    )
    return with_query(plan["get_map"], **given, TRANSPARENT=clear)
