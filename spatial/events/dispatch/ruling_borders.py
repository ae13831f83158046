"""The border of a unit in a ruling, and the check that a point lies in it: pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import shapely

from spatial.errors import Problem
from spatial.events.dispatch.explanations import BY_HAND
from spatial.geometry.arcs import build_arcs
from spatial.geometry.precision import from_nano, to_nano
from spatial.grids.locate import Answer, Ruling, compile_index

BORDER_WITHIN_M = 0.002
"""How far the distance to the border may be from what was kept, which is in millimetres."""
Json = dict[str, Any]
Point = tuple[float, float]


def written_arc(coordinates: Any, left: str | None, right: str | None) -> Json:
    """Write an arc (n, 2) degrees with the codes on its sides; whole nano-degrees, so that it stays exact."""
    return {"nano": to_nano(np.asarray(coordinates)).tolist(), "left": left, "right": right}


def problems_of_place(
    point: Sequence[float], decision: Mapping[str, Any], facts: Mapping[str, Any]
) -> list[Problem]:
    """Check that the point lies in the units that the decision says, by their own borders."""
    units = {"grids": decision["unit"], **decision["units"]}
    found: list[Problem] = []
    for coverage, code in units.items():
        if code is None:
            continue
        known = facts["coverages"][coverage]
        if known["chain"][:1] != [code]:
            found.append(Problem(f"facts.coverages.{coverage}", f"is not about unit {code}"))
            continue
        ruling = decision["ruling"] if coverage == "grids" else None
        for reason in _wrong_place((point[0], point[1]), code, known, ruling):
            found.append(Problem(f"facts.coverages.{coverage}", reason))
    if decision["unit"] is not None and not found:
        found += _wrong_border((point[0], point[1]), decision, facts["coverages"]["grids"])
    return found


def _wrong_place(point: Point, code: str, known: Mapping[str, Any], ruling: str | None) -> Iterator[str]:
    answer = _answer(point, code, known)
    if answer.unit < 0:
        yield f"the point lies outside of unit {code}"
    elif ruling is not None and answer.ruling.name != ruling:
        yield f"the point is {answer.ruling.name} of unit {code}, not {ruling}"
    elif answer.ruling is Ruling.border:
        owner = _owner_on_border(point, known["arcs"])
        if owner != code:
            yield f"the border rule gives the point to {owner}, not to {code}"


def _answer(point: Point, code: str, known: Mapping[str, Any]) -> Answer:
    """Locate the point in a coverage of this one unit."""
    own = [arc for arc in known["arcs"] if code in (arc["left"], arc["right"])]
    lines = [shapely.LineString(from_nano(np.array(arc["nano"], np.int64))) for arc in own]
    polygon = shapely.build_area(shapely.MultiLineString(lines))
    index = compile_index(build_arcs([polygon]), [code], known["tolerance_m"])
    return index.answer(*point)


def _owner_on_border(point: Point, arcs: Sequence[Mapping[str, Any]]) -> str | None:
    """Apply the border rule: at a node the smallest code around it, else left of the arc, else right."""
    ends = [arc for arc in arcs if point in _ends(arc)]
    around = {code for arc in ends for code in (arc["left"], arc["right"])} - {None}
    is_node = sum(_ends(arc).count(point) for arc in ends) > 2
    if is_node:
        return min(around, default=None)
    for arc in arcs:
        if shapely.LineString(from_nano(np.array(arc["nano"], np.int64))).intersects(shapely.Point(point)):
            side: str | None = arc["left"] or arc["right"]
            return side
    return None


def _ends(arc: Mapping[str, Any]) -> list[Point]:
    first, last = from_nano(np.array([arc["nano"][0], arc["nano"][-1]], np.int64)).tolist()
    return [(first[0], first[1]), (last[0], last[1])]


def _wrong_border(point: Point, decision: Mapping[str, Any], known: Mapping[str, Any]) -> Iterator[Problem]:
    """Check how near the border is, and whose it is beyond."""
    answer = _answer(point, decision["unit"], known)
    if decision["border_m"] is None:
        # A person's decision about an event that no line of the duty list was asked for.
        if decision["rule"] not in BY_HAND:
            yield Problem("decision.border_m", "is missing")
    elif answer.unit >= 0 and abs(answer.border_m - decision["border_m"]) > BORDER_WITHIN_M:
        yield Problem(
            "decision.border_m", f"is {decision['border_m']}; the border gives {answer.border_m:.3f}"
        )
    beyond = {
        code for arc in known["arcs"] for code in (arc["left"], arc["right"])
        if decision["unit"] in (arc["left"], arc["right"])
    }  # fmt: skip
    if decision["runner_up"] is not None and decision["runner_up"] not in beyond:
        yield Problem("decision.runner_up", f"{decision['runner_up']} is no neighbour of the unit")
