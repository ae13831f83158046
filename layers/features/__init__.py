"""Read the features of any layer: by box, time, attribute, filter, order and page.

`page` and `item` give the text that is sent, made by PostgreSQL; `statement` is how everybody else selects.
"""

from layers.extents import extent
from layers.features.counts import CAP, Counts
from layers.features.reading import Asked, Page, item, item_steps, page, page_steps, take_apart
from layers.features.selection import MAX_LIMIT, MAX_ZOOM, Selection
from layers.features.statements import statement
from layers.features.systems import COORDINATE_DIGITS, METRE_DIGITS, offered, read_system
from layers.features.versions import row_version
from layers.features.whole import Feature, count, feature, features, interval

__all__ = [
    "CAP",
    "COORDINATE_DIGITS",
    "MAX_LIMIT",
    "MAX_ZOOM",
    "METRE_DIGITS",
    "Asked",
    "Counts",
    "Feature",
    "Page",
    "Selection",
    "count",
    "extent",
    "feature",
    "features",
    "interval",
    "item",
    "item_steps",
    "offered",
    "page",
    "page_steps",
    "read_system",
    "row_version",
    "statement",
    "take_apart",
]
