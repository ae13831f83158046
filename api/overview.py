"""Routes that tell what there is: the city, its layers, its categories."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from fastapi import APIRouter

from api.city import DEFAULT_COVERAGE
from api.dependencies import CityOf, ConnectionOf
from layers import catalogue, features
from layers.external.store import health_of
from layers.legends.defaults import legend_of, theme_of
from layers.legends.signs import signs
from spatial.city import describe
from spatial.events.matters import matters
from spatial.grids.words import LEVEL_NAMES
from tiles.vector import MAX_ZOOM, POINTS_FROM_ZOOM

router = APIRouter(tags=["what there is"])

_FEW_SIGNS = 4
"""Beside a name in a list there is room for so many."""
_PLURALS = {"district": "districts", "street": "streets", "community": "communities", "grid": "grids"}


@router.get("/api/city")
def city(city: CityOf, connection: ConnectionOf) -> dict[str, Any]:
    """Describe the city: name, shown extent, levels with their counts, sources; nulls while it is empty."""
    facts = describe(connection, DEFAULT_COVERAGE)
    names = facts.pop("level_names")
    levels = [_level(number, name, facts["units"]) for number, name in enumerate(names, 1)]
    there = DEFAULT_COVERAGE in city.coverages()
    version = city.assignments(DEFAULT_COVERAGE).published.version if there else None
    return {**facts, "coverage": DEFAULT_COVERAGE, "version": version, "levels": levels}


@router.get("/api/layers")
def layers(connection: ConnectionOf) -> dict[str, Any]:
    """List the layers of the catalogue in their order, with where their tiles are."""
    found, health = catalogue.everything(connection), health_of(connection)
    return {"layers": [_layer(layer, health.get(layer.name)) for layer in found.values()]}


@router.get("/api/layers/{name}/extent")
def extent(name: str, connection: ConnectionOf) -> dict[str, Any]:
    """Measure the box around a layer: [west, south, east, north], null when it is empty."""
    return {"bbox": features.extent(connection, catalogue.layer(connection, name))}


@router.get("/api/categories")
def categories(connection: ConnectionOf) -> dict[str, Any]:
    """List the matters (事项) that an event can be about."""
    return {"categories": matters(connection)}


def _level(number: int, name: str, units: dict[int, int]) -> dict[str, Any]:
    title, title_en = LEVEL_NAMES[name]
    return {
        "level": number,
        "layer": _PLURALS.get(name, name),
        "title": title,
        "title_en": title_en,
        "units": units.get(number, 0),
    }


def _layer(layer: catalogue.Layer, health: dict[str, Any] | None) -> dict[str, Any]:
    is_raster = layer.kind == catalogue.RASTER
    pictures = {"tilejson": f"/rasters/{quote(layer.name, safe='')}.json"} if is_raster else {}
    of_service = {"external": {**layer.about.get("external", {}), **health}} if health else {}
    tiles = "/rasters/{}/{{z}}/{{x}}/{{y}}" if is_raster else "/tiles/{}/{{z}}/{{x}}/{{y}}.mvt"
    return {
        "name": layer.name,
        "title": layer.title,
        "title_en": layer.title_en,
        "description": layer.description,
        "kind": layer.kind,
        "group": layer.about.get("group"),
        "theme": {language: theme_of(layer, language) for language in ("zh", "en")},
        "keywords": layer.about.get("keywords", []),
        "editable": layer.editable,
        "part_of": layer.relation if layer.part else None,
        "geometry": layer.geometry_type,
        "tiles": tiles.format(layer.name),
        "attribution": catalogue.credit(layer.about),
        "min_zoom": layer.min_zoom,
        "max_zoom": MAX_ZOOM,
        "points_from_zoom": POINTS_FROM_ZOOM if layer.geometry_type == "point" else None,
        "look": None if is_raster else _look(layer),
        **pictures,
        **of_service,
    }


def _look(layer: catalogue.Layer) -> dict[str, Any]:
    """Tell at which zooms a layer is drawn, its place among the layers of a map, and its first signs."""
    legend = legend_of(layer)
    few = signs(legend, layer.geometry_type)[:_FEW_SIGNS]
    return {"min_zoom": legend.min_zoom, "max_zoom": legend.max_zoom, "order": legend.order, "signs": few}
