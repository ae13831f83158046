"""Base maps (底图) of other platforms: which there are, in which datum, and what must stand beside them.

What lies under our data is shown through our own door: pages ask no other host, and keys stay here. A map of
another datum is shifted to ours, see `base_maps_tiles`; our data stays where it is.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from layers.external.addresses import check_url
from layers.external.base_maps_tiles import KIND, address
from layers.external.remote import Json
from spatial.errors import InvalidInput
from spatial.geometry.datum import check_datum
from spatial.geometry.tile_matrix import WEB_MERCATOR_QUAD, Tile
from spatial.settings import Secret, Settings

CHOSEN = "CITYGRID_BASE_MAPS"
OWN = "CITYGRID_BASE_MAPS_FILE"
_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,39}")
MOST = 20
MOST_OVER_EACH_OTHER = 4


@dataclass(frozen=True)
class BaseMap:
    """A base map in Web Mercator, with what the law wants beside it: whose it is, and its review number."""

    name: str
    title: str
    title_en: str
    addresses: tuple[str, ...]
    """Of its tiles, with {z}, {x}, {y} and perhaps {1-4} for hosts; the later ones lie over the earlier."""
    datum: str
    attribution: str
    review_number: str = ""
    """审图号."""
    zooms: tuple[int, int] = (1, 18)
    key_parameter: str = ""
    key: Secret | None = None

    @property
    def plan(self) -> Json:
        """How it is asked for; the key is no part of it."""
        return {"kind": KIND, "datum": self.datum, "addresses": [*self.addresses], "zooms": [*self.zooms]}


_TIANDITU = "https://t{0-7}.tianditu.gov.cn/%s_w/wmts?" + "&".join(
    ("SERVICE=WMTS", "REQUEST=GetTile", "VERSION=1.0.0", "LAYER=%s", "STYLE=default", "TILEMATRIXSET=w",
     "FORMAT=tiles", "TILEMATRIX={z}", "TILEROW={y}", "TILECOL={x}")
)  # fmt: skip
_GAODE = "https://web%s0{1-4}.is.autonavi.com/appmaptile?lang=zh_cn&size=1&scale=1&style=%s&x={x}&y={y}&z={z}"


def _tianditu(*layers: str) -> tuple[str, ...]:
    return tuple(_TIANDITU % (layer, layer) for layer in layers)


KNOWN = {
    each.name: each
    for each in (
        BaseMap(
            "tianditu", "天地图·矢量", "Tianditu, streets", _tianditu("vec", "cva"), "cgcs2000",
            "国家地理信息公共服务平台 天地图", key_parameter="tk",
        ),
        BaseMap(
            "tianditu-imagery", "天地图·影像", "Tianditu, imagery", _tianditu("img", "cia"), "cgcs2000",
            "国家地理信息公共服务平台 天地图", key_parameter="tk",
        ),
        BaseMap(
            "gaode", "高德·矢量", "Gaode, streets", (_GAODE % ("rd", 8),), "gcj02", "高德地图",
            zooms=(3, 18), key_parameter="key",
        ),
        BaseMap(
            "gaode-imagery", "高德·影像", "Gaode, imagery", (_GAODE % ("st", 6), _GAODE % ("st", 8)), "gcj02",
            "高德地图", zooms=(3, 18), key_parameter="key",
        ),
    )
}  # fmt: skip
"""What is known by name; the deployment says which it may use, and under which review number."""


def base_maps(settings: Settings) -> dict[str, BaseMap]:
    """Read which base maps a deployment offers, by name; InvalidInput names the variable that is wrong."""
    chosen = [_chosen(name, number, settings) for name, number in settings.base_maps]
    own = _own(settings.base_maps_file) if settings.base_maps_file else []
    found = {each.name: each for each in (*chosen, *own)}
    if len(found) < len(chosen) + len(own):
        raise InvalidInput.at(OWN if own else CHOSEN, "names a base map twice")
    return found


def _chosen(name: str, number: str, settings: Settings) -> BaseMap:
    known = KNOWN.get(name)
    if known is None:
        raise InvalidInput.at(CHOSEN, f"'{name[:60]}' is none of {', '.join(KNOWN)}")
    if not number:
        raise InvalidInput.at(CHOSEN, f"'{name}' needs its review number (审图号): {name}=GS（…）…号")
    is_tianditu = known.key_parameter == "tk"
    key = settings.tianditu_key if is_tianditu else settings.gaode_key
    if is_tianditu and key is None:
        raise InvalidInput.at(CHOSEN, f"'{name}' needs CITYGRID_TIANDITU_KEY")
    return BaseMap(**{**vars(known), "review_number": number, "key": key})


def _own(path: Path) -> list[BaseMap]:
    """Read the base maps of a file of the deployment's own; InvalidInput names what is wrong in it."""
    try:
        tables = tomllib.loads(path.read_text(encoding="utf-8")).get("base_map", [])
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise InvalidInput.at(OWN, f"cannot be read: {error}") from None
    if not isinstance(tables, list) or not 0 < len(tables) <= MOST:
        raise InvalidInput.at(OWN, f"must hold 1 to {MOST} tables [[base_map]]")
    return [_read(table) for table in tables]


_TEXTS = ("name", "title", "title_en", "attribution", "review_number", "datum", "key_parameter", "key")
_NEEDED = ("name", "title", "attribution", "addresses", "datum")


def _read(table: Mapping[str, Any]) -> BaseMap:
    strange = sorted({*table} - {*_TEXTS, "addresses", "zooms"})
    missing = [name for name in _NEEDED if not table.get(name)]
    if strange or missing:
        words = f"does not know {', '.join(strange)}" if strange else f"lacks {', '.join(missing)}"
        raise InvalidInput.at(OWN, f"a base map {words}")
    texts = {name: _text(table[name], name) for name in _TEXTS if name in table}
    name = texts["name"]
    if not _NAME.fullmatch(name):
        raise InvalidInput.at(OWN, f"'{name[:60]}': a name is of small letters, digits and -")
    check_datum(texts["datum"], OWN)
    if texts["datum"] == "bd09":
        raise InvalidInput.at(OWN, f"'{name}': tiles of BD-09 are cut otherwise and are not shown here")
    key = texts.pop("key", "")
    texts.setdefault("title_en", texts["title"])
    return BaseMap(
        **texts,
        addresses=_addresses(table["addresses"], name),
        zooms=_zooms(table.get("zooms", [1, 18]), name),
        key=Secret(key) if key else None,
    )


def _text(value: Any, name: str) -> str:
    if not isinstance(value, str) or len(value) > 300 or not value.isprintable():
        raise InvalidInput.at(OWN, f"{name} must be a line of text")
    return value


def _addresses(given: Any, name: str) -> tuple[str, ...]:
    if not isinstance(given, list) or not 0 < len(given) <= MOST_OVER_EACH_OTHER:
        raise InvalidInput.at(OWN, f"'{name}' needs 1 to {MOST_OVER_EACH_OTHER} addresses")
    for each in given:
        text = _text(each, "an address")
        if any(mark not in text for mark in ("{z}", "{x}", "{y}")):
            raise InvalidInput.at(OWN, f"'{name}': an address needs {{z}}, {{x}} and {{y}}")
        check_url(address(text, Tile(1, 0, 0)), OWN)
    return tuple(given)


def _zooms(given: Any, name: str) -> tuple[int, int]:
    if not isinstance(given, list) or len(given) != 2 or not all(isinstance(each, int) for each in given):
        raise InvalidInput.at(OWN, f"'{name}': zooms are two numbers, such as [1, 18]")
    first, last = given
    if not 0 <= first <= last <= WEB_MERCATOR_QUAD.last:
        raise InvalidInput.at(OWN, f"'{name}': zooms go from 0 to {WEB_MERCATOR_QUAD.last}")
    return first, last
