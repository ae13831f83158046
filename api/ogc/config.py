"""What the door says of itself: titles and the size of a page."""

from __future__ import annotations

DEFAULT_LIMIT = 10
"""QGIS then pages by min(max(1000, this), MAX_LIMIT) = 1,000."""

TITLE = {"zh": "城市网格空间平台 OGC API", "en": "citygrid OGC API"}
DESCRIPTION = {
    "zh": "城市治理网格、重点场所、部件与事件，按 OGC API 发布。",
    "en": "Grids, sensitive places, components and events of the city by OGC API.",
}
