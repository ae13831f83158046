"""Base maps (底图) of other platforms: which there are, and their tiles, through our own door.

Whoever is logged in sees them. The platform sees us alone: no address of a reader, and no key at a reader's.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Header, Path, Request, Response

from api.external.client import Opener
from api.external.tiles import Gallery, Picture
from layers.external.base_maps import BaseMap, base_maps
from spatial.errors import InvalidInput, NotFound
from spatial.geometry.tile_matrix import Tile
from spatial.settings import Settings

router = APIRouter(tags=["what there is"])

Json = dict[str, Any]
PATH = "/api/base-maps/{name}/{z}/{x}/{y}"
_KEPT = "private, max-age=3600"
Name = Annotated[str, Path(max_length=60)]
Zoom = Annotated[int, Path(ge=0, le=22)]
Number = Annotated[int, Path(ge=0, le=2**22)]


class Shelf:
    """The base maps of a process, and the gallery that their tiles are kept in."""

    def __init__(self, settings: Settings, gallery: Callable[[], Gallery]) -> None:
        self.maps = base_maps(settings)
        self._gallery = gallery

    async def tile(self, name: str, tile: Tile) -> Picture:
        """Give a tile; NotFound without such a map, Unavailable when the platform does not give it."""
        found = self.maps.get(name)
        if found is None:
            raise NotFound(f"there is no base map '{name}'")
        if not tile.exists:
            raise InvalidInput.at("z/x/y", f"there is no tile {tile.z}/{tile.x}/{tile.y}")
        return await self._gallery().picture(_state(found), found.plan, _opener(found), tile)


def _opener(found: BaseMap) -> Opener | None:
    if found.key is None or not found.key_parameter:
        return None
    return Opener("query", found.key_parameter, found.key.value)


def _state(found: BaseMap) -> Any:
    return ("base map", found.name, hashlib.sha256(repr(found.plan).encode()).digest())


def _shelf(request: Request) -> Shelf:
    shelf: Shelf = request.app.state.base_maps
    return shelf


ShelfOf = Annotated[Shelf, Depends(_shelf)]


@router.get("/api/base-maps")
def offered(shelf: ShelfOf) -> Json:
    """List the base maps that may lie under our data, each with what must stand beside it."""
    return {"base_maps": [_json(each) for each in shelf.maps.values()]}


@router.get(PATH, response_class=Response)
async def tile(
    name: Name, z: Zoom, x: Number, y: Number, shelf: ShelfOf,
    if_none_match: Annotated[str | None, Header()] = None,
) -> Response:  # fmt: skip
    """Give a tile of a base map in Web Mercator, shifted to where WGS-84 data lies right on it."""
    found = await shelf.tile(name, Tile(z, x, y))
    tag = found.etag.decode()
    headers = {"etag": tag, "cache-control": _KEPT, "vary": "authorization, cookie"}
    if tag in (if_none_match or ""):
        return Response(status_code=304, headers=headers)
    return Response(found.body, media_type=found.kind, headers=headers)


def _json(each: BaseMap) -> Json:
    return {
        "name": each.name,
        "title": each.title,
        "title_en": each.title_en,
        "attribution": each.attribution,
        "review_number": each.review_number,
        "datum": each.datum,
        "tiles": PATH.replace("{name}", each.name),
        "min_zoom": each.zooms[0],
        "max_zoom": each.zooms[1],
    }
