"""Zooms of web maps as scales of desktop GIS."""

from __future__ import annotations

import math

EQUATOR_M = 2 * math.pi * 6378137
TILE_PX = 512
"""MapLibre counts zooms in tiles of this size."""
CSS_PX_M = 0.0254 / 96
"""A pixel of QGIS's screens, and of CSS."""
OGC_PX_M = 0.00028
"""The pixel by which SLD and OGC tile matrices count."""
MM_PER_PX = 25.4 / 96


def scale_of(zoom: float, latitude: float, pixel_m: float = CSS_PX_M) -> float:
    """Give the denominator of the scale on the ground of a zoom at a latitude in degrees."""
    return zoom_0(latitude, pixel_m) / 2**zoom


def zoom_0(latitude: float, pixel_m: float = CSS_PX_M) -> float:
    """Give the denominator of zoom 0."""
    return EQUATOR_M / TILE_PX / pixel_m * math.cos(math.radians(max(-85.0, min(85.0, latitude))))
