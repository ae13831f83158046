"""The protocols under their names: where a service describes itself, what it offers, how it is asked then."""

from __future__ import annotations

from collections.abc import Generator, Mapping

from layers.external import arcgis, features_api, wfs, wms, wmts
from layers.external.addresses import check_url
from layers.external.pictures import zooms
from layers.external.remote import Json, Remote, find
from spatial.errors import InvalidInput

MODULES = {"wms": wms, "wmts": wmts, "wfs": wfs, "ogcapi": features_api, "arcgis": arcgis}
MODES = {
    "wms": ("proxy",),
    "wmts": ("proxy",),
    "wfs": ("harvest",),
    "ogcapi": ("harvest",),
    "arcgis": ("harvest", "proxy"),
}
"""What each may be used for; the first one unless told."""


def mode_of(protocol: str, mode: str | None) -> str:
    """Choose how a service is used; InvalidInput for what its protocol cannot give."""
    modes = MODES[protocol]
    if mode is not None and mode not in modes:
        raise InvalidInput.at("mode", f"{protocol} can be used by {' or '.join(modes)}")
    return mode or modes[0]


def offers(protocol: str, url: str) -> Generator[str, bytes, list[Remote]]:
    """List what a service offers; yields addresses to ask, is sent the answers."""
    module = MODULES[protocol]
    body = yield module.question(check_url(url))
    found: list[Remote] = module.read(body, url)
    return found


def planned(
    protocol: str, mode: str, url: str, name: str, options: Mapping[str, str | None]
) -> Generator[str, bytes, Remote]:
    """Find a layer, and settle how it is asked for; yields addresses to ask, is sent the answers.

    Raises InvalidInput at `layer`, `crs`, `format`, `style`, `matrix_set` or `mode`.
    """
    found = find((yield from offers(protocol, url)), name)
    plan: Json
    if protocol == "arcgis" and mode == "harvest":
        about = arcgis.answer((yield arcgis.layer_question(url, found.name)))
        plan = arcgis.settle_features(found.plan, about)
    elif protocol == "arcgis":
        plan = arcgis.settle_picture(found.plan, options)
    else:
        plan = MODULES[protocol].settle(found.plan, options)
    if mode == "proxy":
        first, last = zooms(plan)
        plan = {**plan, "zooms": [first, last], "bbox": found.bbox}
    return Remote(found.name, found.title, found.description, found.attribution, found.bbox, plan)
