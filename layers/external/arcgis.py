"""ArcGIS REST: FeatureServer and MapServer, features by page and pictures of a box.

Errors come with status 200, as {"error": {"code", "message"}}.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from layers.external import wmts
from layers.external.addresses import with_query
from layers.external.remote import MOST_LAYERS, Json, Remote, plain, read_json
from spatial.errors import InvalidInput
from spatial.geometry.tile_matrix import Box

PAGE = 1_000
IDS_AT_ONCE = 200
_SERVICE = re.compile(r"(.*/(?:FeatureServer|MapServer|ImageServer))(?:/(\d{1,6}))?/?", re.I)
_NO_FEATURES = ("Group Layer", "Raster Layer", "Annotation Layer", "Mosaic Layer")


def service_of(url: str) -> str:
    """Give the address of the service of an address that may name a layer of it; InvalidInput for others."""
    parts = urlsplit(url)
    found = _SERVICE.fullmatch(parts.path)
    if found is None:
        raise InvalidInput.at("url", "must end with FeatureServer, MapServer or ImageServer")
    return urlunsplit((parts.scheme, parts.netloc, str(found[1]), parts.query, ""))


def question(url: str) -> str:
    """Write the address of the description of the service."""
    return with_query(service_of(url), f="json")


def layer_question(url: str, number: str) -> str:
    """Write the address of the description of a layer."""
    return with_query(_below(service_of(url), number), f="json")


def _below(service: str, path: str) -> str:
    parts = urlsplit(service)
    return urlunsplit((parts.scheme, parts.netloc, f"{parts.path}/{path}", parts.query, ""))


def answer(body: bytes) -> Json:
    """Read an answer; InvalidInput at `url` for an error, or at `password` when it wants a log-in."""
    found = read_json(body)
    error = found.get("error")
    if isinstance(error, dict):
        code, message = error.get("code"), plain(error.get("message"))
        if code in (401, 403, 498, 499):
            raise InvalidInput.at("password", f"the service wants another log-in: {message or code}")
        raise InvalidInput.at("url", f"the service refuses: {message or code}")
    return found


def read(body: bytes, url: str) -> list[Remote]:
    """List the layers of a service, and under the name `*` the picture of them all."""
    found = answer(body)
    if "layers" not in found and "currentVersion" not in found:
        raise InvalidInput.at("url", "describes no ArcGIS service")
    service = service_of(url)
    credit = plain(found.get("copyrightText"))
    shared: Json = {"kind": "arcgis", "service": service}
    layers = [each for each in found.get("layers") or [] if isinstance(each, dict) and "id" in each]
    made = [
        Remote(
            str(each["id"]),
            plain(each.get("name")) or str(each["id"]),
            "",
            credit,
            None,
            {**shared, "layer": str(each["id"]), "features": each.get("type") not in _NO_FEATURES},
        )
        for each in layers[:MOST_LAYERS]
        if str(each["id"]).isdecimal()
    ]
    if not service.lower().endswith("/featureserver"):
        title = plain(found.get("mapName") or found.get("name")) or "*"
        whole = {**shared, "layer": "*", "features": False, "levels": _levels(found)}
        made.append(Remote("*", title, plain(found.get("serviceDescription")), credit, None, whole))
    return made


def _levels(found: Json) -> Json | None:
    """Read the tiles that a service keeps, for one that draws nothing else."""
    info = found.get("tileInfo")
    if not found.get("singleFusedMapCache") or not isinstance(info, dict):
        return None
    try:
        system = info["spatialReference"]
        srid = int(system.get("latestWkid") or system["wkid"])
        corner, wide, high = info["origin"], int(info["cols"]), int(info["rows"])
        levels: list[Json] = [
            {
                "id": str(int(each["level"])),
                "cell": float(each["resolution"]),
                "left": float(corner["x"]),
                "top": float(corner["y"]),
                "width": wide,
                "height": high,
                "columns": 2**30,
                "rows": 2**30,
            }
            for each in info["lods"]
        ]
    except (KeyError, TypeError, ValueError):
        return None
    levels = sorted((each for each in levels if each["cell"] > 0), key=lambda each: -float(each["cell"]))[:40]
    return {"srid": srid, "levels": levels} if levels and 16 <= wide <= 1024 and 16 <= high <= 1024 else None


def settle_picture(plan: Json, options: Mapping[str, str | None]) -> Json:
    """Say how pictures are asked for: drawn for the box, or put together of kept tiles."""
    kept = plan.get("levels")
    if kept and kept["srid"] in (*wmts.MERCATOR, *wmts.DEGREES):
        tile = _below(plan["service"], "tile/{TileMatrix}/{TileRow}/{TileCol}")
        tile = tile.replace("%7B", "{").replace("%7D", "}")
        return {
            "kind": "wmts",
            "layer": "*",
            "set": "",
            "style": "",
            "format": "",
            "kvp": "",
            "template": tile,
            "srid": kept["srid"],
            "levels": kept["levels"],
        }
    if plan["service"].lower().endswith("/featureserver"):
        raise InvalidInput.at(
            "mode", "a FeatureServer draws no pictures: harvest it, or register its MapServer"
        )
    form = options.get("format") or "png32"
    if form not in ("png", "png8", "png24", "png32", "jpg", "gif"):
        raise InvalidInput.at("format", "is none of png, png8, png24, png32, jpg, gif")
    return {"kind": "arcgis", "service": plan["service"], "layer": plan["layer"], "format": form}


def picture(plan: Json, area: Box, width: int, height: int) -> str:
    """Write the request for a picture; area: in Web Mercator."""
    is_image = plan["service"].lower().endswith("/imageserver")
    shown = None if plan["layer"] == "*" or is_image else f"show:{plan['layer']}"
    return with_query(
        _below(plan["service"], "exportImage" if is_image else "export"),
        bbox=",".join(f"{each:.12g}" for each in area),
        bboxSR=3857,
        imageSR=3857,
        size=f"{width},{height}",
        dpi=96,
        format=plan["format"],
        transparent="false" if plan["format"] == "jpg" else "true",
        layers=shown,
        f="image",
    )


def settle_features(plan: Json, about: Json) -> Json:
    """Say how features are asked for, by what the layer says of itself; InvalidInput when it has none."""
    fields = [each for each in about.get("fields") or [] if isinstance(each, dict)]
    own = [each.get("name") for each in fields if each.get("type") == "esriFieldTypeOID"]
    key = about.get("objectIdField") or next(iter(own), None)
    if not plan.get("features") or not about.get("geometryType") or not isinstance(key, str):
        raise InvalidInput.at("layer", "has no features with a place and a number")
    if "query" not in str(about.get("capabilities", "Query")).lower():
        raise InvalidInput.at("layer", "lets nobody query its features")
    most = about.get("maxRecordCount")
    can = about.get("advancedQueryCapabilities")
    pages = bool(about.get("supportsPagination") or (isinstance(can, dict) and can.get("supportsPagination")))
    return {
        "kind": "arcgis",
        "query": _below(_below(plan["service"], plan["layer"]), "query"),
        "key": key,
        "pages": pages,
        "page": min(PAGE, most) if isinstance(most, int) and most > 0 else PAGE,
        "reads": "ESRIJSON",
    }


def page(plan: Json, start: int) -> str:
    """Write the request for a page of features, in the order of their numbers."""
    return with_query(
        plan["query"],
        where="1=1",
        outFields="*",
        returnGeometry="true",
        orderByFields=plan["key"],
        resultOffset=start,
        resultRecordCount=plan["page"],
        f="json",
    )


def ids(plan: Json) -> str:
    """Write the request for the numbers of all features."""
    return with_query(plan["query"], where="1=1", returnIdsOnly="true", f="json")


def some(plan: Json, numbers: Sequence[Any]) -> str:
    """Write the request for the features of some numbers."""
    listed = ",".join(str(int(each)) for each in numbers)
    return with_query(plan["query"], objectIds=listed, outFields="*", returnGeometry="true", f="json")
