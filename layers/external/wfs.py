"""WFS 1.0.0 to 2.0.0: what it offers, and how features are asked for page by page."""

from __future__ import annotations

import re
from collections.abc import Mapping
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

PAGE = 1_000
_JSON = re.compile(r"json", re.I)
_NOT_JSON = re.compile(r"jsonp|javascript|topojson", re.I)
_IN_DEGREES = ("4326", "4490", "84", "CRS84")


def question(url: str) -> str:
    """Write the address of the capabilities."""
    return with_query(url, SERVICE="WFS", REQUEST="GetCapabilities")


def read(body: bytes, url: str) -> list[Remote]:
    """List the feature types of a capabilities document; InvalidInput at `url` for anything else."""
    root = read_xml(body, "WFS_Capabilities")
    version = root.get("version", "2.0.0")
    shared: Json = {
        "kind": "wfs",
        "version": version if version in ("1.0.0", "1.1.0", "2.0.0") else "2.0.0",
        "get": at_home(_get_feature(root) or url, url),
        "formats": _formats(root),
        "pages": version.startswith("2"),
    }
    rights = words(root, "ServiceIdentification", "AccessConstraints") or words(
        root, "Service", "AccessConstraints"
    )
    credit = words(root, "ServiceProvider", "ProviderName") or rights
    types = list(all_under(under(root, "FeatureTypeList"), "FeatureType"))[:MOST_LAYERS]
    return [_type(each, shared, credit) for each in types if words(each, "Name")]


def _get_feature(root: Element) -> str:
    for operation in all_under(under(root, "OperationsMetadata"), "Operation"):
        if operation.get("name") == "GetFeature":
            return href(under(operation, "DCP", "HTTP", "Get"))
    get = under(root, "Capability", "Request", "GetFeature", "DCPType", "HTTP", "Get")
    return get.get("onlineResource", "") if get is not None else ""


def _formats(root: Element) -> list[str]:
    for operation in all_under(under(root, "OperationsMetadata"), "Operation"):
        for parameter in all_under(operation, "Parameter"):
            if operation.get("name") == "GetFeature" and parameter.get("name") == "outputFormat":
                return [words(each) for each in parameter.iter() if local(each) == "Value"][:60]
    old = under(root, "Capability", "Request", "GetFeature", "ResultFormat")
    return [local(each) for each in old] if old is not None else []


def _type(element: Element, shared: Json, credit: str) -> Remote:
    name = words(element, "Name")
    systems = [
        " ".join((each.text or "").split())
        for each in element
        if local(each) in ("DefaultCRS", "DefaultSRS", "OtherCRS", "OtherSRS", "SRS")
    ]
    corners, old = under(element, "WGS84BoundingBox"), under(element, "LatLongBoundingBox")
    sides: list[str | None] = [*words(corners, "LowerCorner").split(), *words(corners, "UpperCorner").split()]
    if old is not None:
        sides = [old.get(side) for side in ("minx", "miny", "maxx", "maxy")]
    own = [words(each) for each in all_under(under(element, "OutputFormats"), "Format")]
    plan = {**shared, "type": name, "crs": systems[:200], "formats": own or shared["formats"]}
    return Remote(
        name, words(element, "Title") or name, words(element, "Abstract"), credit, box(*sides), plan
    )


def settle(plan: Json, options: Mapping[str, str | None]) -> Json:
    """Choose the format: GeoJSON where there is any, which keeps texts that look like numbers; else GML."""
    chosen = options.get("format") or next(
        (each for each in plan["formats"] if _JSON.search(each) and not _NOT_JSON.search(each)), None
    )
    if options.get("format") and plan["formats"] and chosen not in plan["formats"]:
        raise InvalidInput.at("format", f"is none of {', '.join(plan['formats'])[:300]}")
    kept = {key: plan[key] for key in ("kind", "version", "get", "type", "pages")}
    is_json = bool(chosen and _JSON.search(chosen))
    return {**kept, "format": chosen, "reads": "GEOJSON" if is_json else "GML", "srs": _srs(plan, is_json)}


def _srs(plan: Json, is_json: bool) -> str | None:
    """Choose the reference system to ask for; None: the service's own.

    GeoJSON is read as degrees unless it says otherwise: ask for degrees where they are offered. GML in one
    written EPSG:4326 has either axis first (QGIS Server: latitude, GDAL: longitude); as a URN it has not.
    """
    first = str(plan["crs"][0]) if plan["crs"] else ""
    if not is_json:
        short = first.upper().startswith("EPSG:") and first[5:].isdecimal()
        return f"urn:ogc:def:crs:EPSG::{first[5:]}" if short and plan["version"] != "1.0.0" else None
    if not first or first.rpartition(":")[2] in _IN_DEGREES:
        return None
    return next((each for each in plan["crs"] if each.rpartition(":")[2] in _IN_DEGREES), None)


def page(plan: Json, start: int, count: int = PAGE) -> str:
    """Write the request for a page of features."""
    new = plan["version"] == "2.0.0"
    return with_query(
        plan["get"],
        SERVICE="WFS",
        VERSION=plan["version"],
        REQUEST="GetFeature",
        **{"TYPENAMES" if new else "TYPENAME": plan["type"], "COUNT" if new else "MAXFEATURES": count},
        STARTINDEX=start if start else None,
        OUTPUTFORMAT=plan["format"],
        SRSNAME=plan["srs"],
    )


def schema(plan: Json) -> str:
    """Write the request for the types of the attributes."""
    new = plan["version"] == "2.0.0"
    name = {"TYPENAMES" if new else "TYPENAME": plan["type"]}
    return with_query(
        plan["get"], SERVICE="WFS", VERSION=plan["version"], REQUEST="DescribeFeatureType", **name
    )


_ROOT = re.compile(rb"<(?!\?|!)[^>]{1,20000}>")
_MEMBER = re.compile(rb"<(?:[\w.-]{1,60}:)?(?:member|featureMember)[\s>]")
_NUMBER = re.compile(rb"""\b(numberMatched|numberReturned|numberOfFeatures)\s*=\s*["'](\d{1,18})["']""")


def gml_counts(body: bytes) -> tuple[int, int | None, bytes]:
    """Give how many features a page of GML holds, how many there are (None: not said), and its content.

    The content leaves out the first tag, which says when it was asked for.
    """
    found = _ROOT.search(body)
    end = found.end() if found else 0
    said = {name.decode(): int(text) for name, text in _NUMBER.findall(body[:end])}
    members = len(_MEMBER.findall(body))
    held = members or said.get("numberReturned", said.get("numberOfFeatures", 0))
    return held, said.get("numberMatched"), body[end:]
