"""What a filter may ask for: the published attributes of a layer and its geometry, nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from layers.catalogue import Layer

GEOMETRY = "geometry"
"""The name of every layer's geometry in OGC documents; its column's own name is understood, too."""


@dataclass(frozen=True)
class Queryable:
    """One name that a filter may use."""

    name: str
    type: str
    """As of a field, or geometry."""
    column: str
    title: str
    title_en: str


def shape(layer: Layer) -> Queryable:
    """Describe the geometry of a layer."""
    return Queryable(GEOMETRY, GEOMETRY, layer.geometry_column, "几何", "Geometry")


def queryables(layer: Layer) -> Mapping[str, Queryable]:
    """List what filters of a layer may name, the geometry first.

    An attribute that is itself called geometry keeps its name; the geometry is then asked for by its column.
    """
    fields = {
        field.name: Queryable(field.name, field.type, field.name, field.title, field.title_en)
        for field in layer.fields
    }
    return MappingProxyType({GEOMETRY: shape(layer), **fields})
