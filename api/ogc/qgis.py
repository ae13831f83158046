"""Files for QGIS: a project of everything that the reader may see, and layers to be dragged into one."""

from __future__ import annotations

import re

from api.asgi import Headers
from api.ogc.call import Call, Offer, Reply, link
from api.ogc.looks import TITLES, city_of, tiles_template
from api.ogc.parameters import plain
from api.ogc.publication import Published
from api.ogc.styles import file_reply
from layers.legends.defaults import legend_of
from layers.legends.qgis.project import Door, Shown, qgs, qgz, qlr
from spatial.errors import InvalidInput, NotFound

QGZ, QGS, QLR = "application/vnd.qgis.qgz", "application/vnd.qgis.qgs+xml", "application/vnd.qgis.qlr+xml"
AUTHCFG = re.compile(r"[A-Za-z0-9]{7}")


def file(call: Call, name: str) -> Reply:
    """A project (project.qgz, project.qgs), or one layer (its name with .qlr)."""
    door = _door(call)
    stem, _, ending = name.rpartition(".")
    if name == "project.qgz":
        return _attached(call, QGZ, name, qgz(_all(call), door, call.language, *city_of(call)))
    if name == "project.qgs":
        return _attached(call, QGS, name, qgs(_all(call), door, call.language, *city_of(call)))
    published = call.publication.published.get(stem)
    if ending != "qlr":
        raise NotFound(f"there is no file '{name[:100]}'")
    if published is None:
        raise NotFound(f"there is no layer '{stem[:100]}'")
    return _attached(call, QLR, name, qlr(_shown(published), door, call.language))


def _door(call: Call) -> Door:
    """Where the layers are read from: the address that was called."""
    given = [text for name, text in call.ask.query if name == "authcfg"]
    plain([pair for pair in call.ask.query if pair[0] != "authcfg"])
    if len(given) > 1 or not all(map(AUTHCFG.fullmatch, given)):
        raise InvalidInput.at("authcfg", "must be the seven letters and digits of an entry in QGIS's store")
    return Door(call.base_url, tiles_template(call), *given)


def _all(call: Call) -> list[Shown]:
    return [_shown(each) for each in call.publication.published.values()]


def _shown(published: Published) -> Shown:
    return Shown(published.layer, legend_of(published.layer), published.extent.bbox)


def _attached(call: Call, media_type: str, name: str, body: bytes) -> Reply:
    headers: Headers = [(b"content-disposition", f'attachment; filename="citygrid-{name}"'.encode())]
    return file_reply(call, media_type.encode(), body, *headers)


def _landing_links(call: Call) -> list[dict[str, str]]:
    return [link("enclosure", QGZ, f"{call.base_url}/qgis/project.qgz", "QGIS: " + TITLES[call.language])]


def _collection_links(call: Call, published: Published) -> list[dict[str, str]]:
    return [link("enclosure", QLR, f"{call.base_url}/qgis/{published.layer.name}.qlr", "QGIS")]


OFFER = Offer(
    {"qgis/{file}": {"GET": file}}, collection_links=_collection_links, landing_links=_landing_links
)
