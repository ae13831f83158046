"""Write pygeoapi's configuration from our catalogue, as a dictionary; there is no file to edit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from api.ogc.parameters import CRS84
from layers.catalogue import Layer
from layers.features import MAX_LIMIT
from spatial.types import BBox

PROVIDER = "api.ogc.provider.LayerProvider"

DEFAULT_LIMIT = 10
"""QGIS then pages by min(max(1000, this), MAX_LIMIT) = 1,000."""

WORLD = BBox(-180.0, -90.0, 180.0, 90.0)

TITLE = {"zh": "城市网格空间平台 OGC API", "en": "citygrid OGC API"}
DESCRIPTION = {
    "zh": "城市治理网格、重点场所、部件与事件，按 OGC API - Features 发布。",
    "en": "Grids, sensitive places, components and events of the city as OGC API - Features.",
}

CONFORMANCE = (
    "http://www.opengis.net/spec/ogcapi-common-1/1.0/conf/core",
    "http://www.opengis.net/spec/ogcapi-common-1/1.0/conf/html",
    "http://www.opengis.net/spec/ogcapi-common-1/1.0/conf/json",
    "http://www.opengis.net/spec/ogcapi-common-1/1.0/conf/landing-page",
    "http://www.opengis.net/spec/ogcapi-common-1/1.0/conf/oas30",
    "http://www.opengis.net/spec/ogcapi-common-2/1.0/conf/collections",
    "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/core",
    "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/geojson",
    "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/html",
    "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/oas30",
    "http://www.opengis.net/spec/ogcapi-features-3/1.0/conf/queryables",
    "http://www.opengis.net/spec/ogcapi-features-3/1.0/conf/queryables-query-parameters",
    "http://www.opengis.net/spec/ogcapi-features-5/1.0/conf/schemas",
)
"""Only what our tests prove. pygeoapi would declare Part 2 and Part 4 as well, which we do not offer yet."""


@dataclass(frozen=True)
class Extent:
    """Where and when the features of a layer lie; None for a layer without any, or without time."""

    bbox: BBox | None
    interval: tuple[datetime, datetime] | None


@dataclass(frozen=True)
class Published:
    """A layer that can be read, with its extent."""

    layer: Layer
    extent: Extent


def configuration(published: Mapping[str, Published]) -> dict[str, Any]:
    """Write the whole configuration; the server's address is set on a copy for each request."""
    return {
        "server": {
            "url": "http://localhost",
            "mimetype": "application/json; charset=UTF-8",
            "encoding": "utf-8",
            "languages": ["zh-CN", "en-US"],
            "pretty_print": False,
            "limits": {
                "default_items": DEFAULT_LIMIT,
                "max_items": MAX_LIMIT,
                "on_exceed": "throttle",
            },
            "map": {"url": "", "attribution": ""},
        },
        "logging": {"level": "CRITICAL"},
        "metadata": _metadata(),
        "resources": {name: _resource(each) for name, each in published.items()},
    }


def _metadata() -> dict[str, Any]:
    return {
        "identification": {
            "title": TITLE,
            "description": DESCRIPTION,
            "keywords": ["citygrid"],
            "keywords_type": "theme",
            "terms_of_service": None,
            "url": "",
        },
        "license": {"name": "", "url": ""},
        "provider": {"name": "citygrid", "url": ""},
        "contact": {"name": "citygrid"},
    }


def _resource(published: Published) -> dict[str, Any]:
    layer, extent = published.layer, published.extent
    return {
        "type": "collection",
        "title": {"zh": layer.title, "en": layer.title_en},
        "description": layer.description,
        "keywords": [layer.name],
        "links": [],
        "extents": {
            "spatial": {"bbox": list(extent.bbox or WORLD), "crs": CRS84},
            # pygeoapi answers 400 for a time outside a configured interval; the standard wants an empty page.
            "temporal": {"begin": None, "end": None},
        },
        "providers": [
            {
                "type": "feature",
                "name": PROVIDER,
                "data": layer,
                "id_field": layer.id_column,
                "time_field": layer.time_column,
                "storage_crs": CRS84,
                "crs": [CRS84],
            }
        ],
    }
