"""Where reports are: points of any datum, addresses, components; all to WGS-84 degrees."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from spatial.errors import Problem
from spatial.events.intake_facts import Facts
from spatial.events.intake_report import Report
from spatial.geometry.datum import DATUMS, convert

if TYPE_CHECKING:
    from spatial.addresses.geocode import Found, Gazetteer

MOST_CANDIDATES = 5
MOST_ADDRESSES = 2000
"""Different addresses that one batch has looked up."""


@dataclass(frozen=True)
class Spot:
    """A place in WGS-84 degrees, or the reason why there is none."""

    lon: float = np.nan
    lat: float = np.nan
    address_id: int | None = None
    problems: tuple[Problem, ...] = ()


def located(reports: Sequence[Report], facts: Facts, gazetteer: Callable[[], Gazetteer]) -> list[Spot]:
    """Find where each report is; the address library is opened only where one is asked for."""
    lon = np.array([np.nan if each.lon is None else each.lon for each in reports], np.float64)
    lat = np.array([np.nan if each.lat is None else each.lat for each in reports], np.float64)
    for datum in DATUMS[2:]:
        rows = np.flatnonzero([each.datum == datum for each in reports])
        if len(rows):
            lon[rows], lat[rows] = convert(lon[rows], lat[rows], datum, "wgs84")
    spots = [Spot(x, y) for x, y in zip(lon.tolist(), lat.tolist(), strict=True)]
    asked: dict[str, Spot] = {}
    for row in np.flatnonzero(np.isnan(lon)).tolist():
        standing = facts.components.get(reports[row].component or "")
        if standing is not None:
            spots[row] = Spot(standing.lon, standing.lat)
        else:
            spots[row] = _looked_up(reports[row].address or "", asked, gazetteer)
    return spots


def _looked_up(address: str, asked: dict[str, Spot], gazetteer: Callable[[], Gazetteer]) -> Spot:
    """Look an address up, each text once."""
    if address not in asked:
        if len(asked) >= MOST_ADDRESSES:
            reason = f"is one too many: a batch has {MOST_ADDRESSES} different ones looked up at most"
            return Spot(problems=(Problem("address", reason),))
        asked[address] = _addressed(gazetteer().find(address, MOST_CANDIDATES))
    return asked[address]


def _addressed(found: Sequence[Found]) -> Spot:
    from spatial.addresses.geocode import verdict

    if not found:
        return Spot(problems=(Problem("address", "matches no address that is known; give lon and lat"),))
    if verdict(found) != "matched":
        near = "; ".join(f"{each.text} ({each.score:.2f})" for each in found)
        return Spot(problems=(Problem("address", f"is not clear; it may be: {near}"),))
    best = found[0]
    return Spot(best.lon, best.lat, best.id)
