"""What a check says: an issue (问题) with its place on the map, its measure, and fixes that can be sent.

An issue has the same id wherever and whenever it is found again, so that a waiver (豁免) keeps to it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from hashlib import blake2b
from typing import Any

import shapely

from spatial.geometry.precision import to_nano

ERROR, WARNING = "error", "warning"
_ALIKE = 0.01
"""A measure that changes by less is the rounding of the same trouble."""
_PLACE_NANO = 100_000
"""Places are told apart by ten metres: a repaired digit behind that is the same place."""


@dataclass(frozen=True)
class Fix:
    """A way to put an issue right (处理办法)."""

    key: str
    """What is done, as a word of `texts.FIXES`."""
    operation: Mapping[str, Any]
    """Payload for `POST /api/plans/{id}/operations`, to be sent as it is."""
    values: Mapping[str, Any] = field(default_factory=dict)
    """What the words of the title stand for."""


@dataclass(frozen=True)
class Issue:
    """Something about units that a rule does not like."""

    id: str
    rule: str
    severity: str
    """error: the plan cannot be published; warning: it can when somebody gives a reason."""
    lon: float
    lat: float
    bbox: tuple[float, float, float, float]
    """West, south, east, north of what to zoom to, degrees."""
    units: tuple[str, ...]
    """Ids of the units concerned, the one that is at fault first."""
    measure: float | None = None
    unit_of_measure: str = ""
    """m2, m, count, ratio, or empty without a measure."""
    values: Mapping[str, Any] = field(default_factory=dict)
    """What the words of the text stand for."""
    fixes: tuple[Fix, ...] = ()
    waived: str | None = None
    """The reason why a warning is let pass."""
    standing: bool = False
    """It is so in what is in force already; the plan did not bring it."""

    @property
    def blocks(self) -> bool:
        """Tell whether the plan cannot go on because of it: nobody is asked for a reason for old warnings."""
        return self.waived is None and not (self.standing and self.severity == WARNING)


def make_issue(
    rule: str, severity: str, units: Sequence[str], where: Any, subject: str = "", **rest: Any
) -> Issue:
    """Make an issue at a Shapely geometry (lon, lat): the place is a point in it, the box is around it.

    subject: what tells two issues of one rule and the same units apart (a building's id); the empty text
    where there is one at most. rest: measure, unit_of_measure, values, fixes.
    """
    place = shapely.point_on_surface(where)
    bounds = shapely.bounds(where).tolist()
    return Issue(
        issue_id(rule, units, subject), rule, severity,
        float(shapely.get_x(place)), float(shapely.get_y(place)),
        (bounds[0], bounds[1], bounds[2], bounds[3]), tuple(units), **rest,
    )  # fmt: skip


def issue_id(rule: str, units: Sequence[str], subject: str = "") -> str:
    """Name an issue by its rule, the units concerned in any order, and what tells it apart."""
    about = "|".join([*sorted(units), subject])
    return f"{rule}:{blake2b(about.encode(), digest_size=8).hexdigest()}"


def place_subject(where: Any) -> str:
    """Name a place, to ten metres: for issues that nothing else tells apart."""
    lon, lat = to_nano(shapely.get_coordinates(shapely.point_on_surface(where)))[0] // _PLACE_NANO
    return f"{lon},{lat}"


def mark_standing(issues: Sequence[Issue], in_force: Sequence[Issue]) -> list[Issue]:
    """Mark the issues that were there before, and are no more and no less than they were."""
    known = {issue.id: issue.measure for issue in in_force}
    return [
        replace(issue, standing=True)
        if issue.id in known and _is_alike(issue.measure, known[issue.id])
        else issue
        for issue in issues
    ]


def _is_alike(now: float | None, was: float | None) -> bool:
    if now is None or was is None:
        return now is was
    return abs(now - was) <= _ALIKE * max(abs(now), abs(was))


def waive(issues: Sequence[Issue], reasons: Mapping[str, str]) -> list[Issue]:
    """Mark the issues that somebody let pass, reasons by id; errors are never let pass."""
    return [
        replace(issue, waived=reasons[issue.id])
        if issue.severity == WARNING and issue.id in reasons
        else issue
        for issue in issues
    ]
