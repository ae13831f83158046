"""Proofs of the finished coverage, on the published coordinates, before anything is written."""

from __future__ import annotations

from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from demo.generate.faces import segments
from spatial.errors import InvalidInput
from spatial.geometry.precision import from_nano, to_nano

Ints = NDArray[np.int64]


def prove(polygons: Any, street: Ints, community: Ints) -> dict[str, Any]:
    """Check grids (lon/lat degrees) against everything a coverage must be; returns what was found.

    street, community: the parent of every grid. Raises InvalidInput when a proof fails.
    """
    facts = {
        "grids_valid": bool(shapely.is_valid(polygons).all()),
        "grids_single_part": bool((shapely.get_type_id(polygons) == 3).all()),
        "on_precision_grid": _on_grid(polygons),
        "coverage_valid": bool(shapely.coverage_is_valid(polygons)),
        "edges_matched": _edges_matched(polygons),
        "communities_contiguous": _contiguous(polygons, community),
        "nested": len(np.unique(np.column_stack([community, street]), axis=0)) == len(np.unique(community)),
        "areas_add_up": _areas_add_up(polygons),
    }
    failed = [name for name, holds in facts.items() if not holds]
    if failed:
        raise InvalidInput.at("demo coverage", f"proofs that fail: {', '.join(failed)}")
    return facts


def _on_grid(polygons: Any) -> bool:
    degrees = shapely.get_coordinates(polygons)
    return bool((from_nano(to_nano(degrees)) == degrees).all())


def _edges_matched(polygons: Any) -> bool:
    """Tell whether no directed edge occurs twice, and the unpaired ones are just the border of the union."""
    _, start, end = segments(shapely.normalize(shapely.orient_polygons(polygons)))
    edges = np.column_stack([to_nano(start), to_nano(end)])
    if len(np.unique(edges, axis=0)) != len(edges):
        return False
    paired = np.unique(np.vstack([edges, edges[:, [2, 3, 0, 1]]]), axis=0, return_counts=True)
    single = paired[0][paired[1] == 1]
    union = shapely.coverage_union_all(polygons)
    _, start, _ = segments(shapely.get_parts(union))
    return len(single) == 2 * len(start)


def _contiguous(polygons: Any, community: Ints) -> bool:
    order = np.argsort(community, kind="stable")
    groups = np.split(order, np.flatnonzero(np.diff(community[order])) + 1)
    return all(shapely.coverage_union_all(polygons[group]).geom_type == "Polygon" for group in groups)


def _areas_add_up(polygons: Any) -> bool:
    union = shapely.coverage_union_all(polygons).area
    return abs(float(shapely.area(polygons).sum()) / union - 1.0) < 1e-12
