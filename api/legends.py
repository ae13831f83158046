"""How a layer looks: for our own map, and for who changes it."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Body, Query

from api.dependencies import ConnectionOf, ReaderOf
from layers import catalogue
from layers.legends.advice import advice
from layers.legends.defaults import legend_of
from layers.legends.maplibre.style import Drawn, Where, style
from layers.legends.signs import signs
from layers.legends.stored import parsed, store, written
from spatial.people.administration import check_over_everything
from tiles.vector import POINTS_FROM_ZOOM

router = APIRouter(tags=["layers"])

Json = dict[str, Any]
_TOLD = ("advice", "signs")
"""What stands in an answer beside the look itself; sent back, it is left aside."""


@router.get("/api/layers/{name}/style.json")
def style_json(
    name: str, connection: ConnectionOf, lang: Annotated[str, Query(pattern="^(zh|en)$")] = "zh"
) -> Json:
    """Write the look of a layer as a MapLibre style; addresses in it are paths of this server."""
    layer = catalogue.layer(connection, name)
    where = Where("/tiles/{layer}/{z}/{x}/{y}.mvt", f"/ogc/styles/{name}/sprite")
    title = layer.title if lang == "zh" else layer.title_en
    return style([Drawn(layer, legend_of(layer))], title, lang, where, POINTS_FROM_ZOOM, with_ground=False)


@router.get("/api/layers/{name}/legend")
def legend(name: str, connection: ConnectionOf) -> Json:
    """Give the look of a layer as data, with advice on its colours."""
    return _shown(catalogue.layer(connection, name))


@router.put("/api/layers/{name}/legend")
def replace(name: str, connection: ConnectionOf, reader: ReaderOf, sent: Annotated[Json, Body()]) -> Json:
    """Give a layer a look of its own; for administrators of the whole city."""
    check_over_everything(reader)
    layer = catalogue.layer(connection, name)
    store(connection, name, parsed({key: sent[key] for key in sent if key not in _TOLD}, layer))
    return _shown(catalogue.layer(connection, name))


@router.delete("/api/layers/{name}/legend")
def remove(name: str, connection: ConnectionOf, reader: ReaderOf) -> Json:
    """Go back to the look that the layer was delivered with."""
    check_over_everything(reader)
    store(connection, name, None)
    return _shown(catalogue.layer(connection, name))


def _shown(layer: catalogue.Layer) -> Json:
    found = legend_of(layer)
    notes = [{"where": each.where, "reason": each.reason} for each in advice(found, layer)]
    return {**written(found), "signs": signs(found, layer.geometry_type), "advice": notes}
