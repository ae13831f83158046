"""Read the parameters of an export as `items` reads them: at the door, and again when the file is written."""

from __future__ import annotations

from collections.abc import Sequence

from api.ogc.exports import whole
from api.ogc.items import selection_of
from layers.catalogue import Layer
from layers.features import Selection


def selection_of_export(layer: Layer, query: Sequence[Sequence[str]]) -> Selection:
    """Read the selection of an export; InvalidInput that names every parameter that is wrong."""
    return whole(selection_of, layer, [(name, text) for name, text in query])
