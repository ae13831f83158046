"""What the database knows of the things that reports name: matters, components, places."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

from psycopg import Connection

from spatial.database import query
from spatial.errors import Problem
from spatial.events.intake_report import INSPECTIONS, Report

ROOM = "spatial.events"
MOST_NEAR = 3
MOST_NEARED = 20
"""Unknown categories of a batch that those like them are looked for: each takes milliseconds."""
CATEGORY_SENT = "category_sent"
"""The attribute that holds the code as it was sent, where ours is another."""
_LISTED = "GET /api/matters lists them"


class Standing(NamedTuple):
    """A component that a report names."""

    id: int
    lon: float
    lat: float


@dataclass(frozen=True)
class Facts:
    """What is known of what some reports name."""

    matters: Mapping[str, str]
    """Names of the matters that reports name, by what they call them and by code."""
    components: Mapping[str, Standing]
    places: frozenset[int]
    near: Mapping[str, str]
    """Of the first unknown categories: which matters are written like them, or called so."""
    means: Mapping[str, str] = field(default_factory=dict)
    """Codes of lists → the matters of ours that they mean, where those are called otherwise."""

    def translated(self, report: Report) -> Report:
        """Put our matter in the place of what its list calls it; what was sent stays as an attribute."""
        ours = self.means.get(report.category)
        if ours is None:
            return report
        kept = {**report.attributes, CATEGORY_SENT: report.category}
        return replace(report, category=ours, attributes=kept)

    def problems(self, report: Report) -> Iterator[Problem]:
        """Name what a report names and there is not."""
        if report.category not in self.matters:
            yield Problem("category", f"is no matter; {self.near.get(report.category, _LISTED)}")
        if report.component is not None and report.component not in self.components:
            yield Problem("component", "is no component that you can see")
        if report.place_id is not None and report.place_id not in self.places:
            yield Problem("place_id", "is no place that you can see")


def _near(category: str, matters: Mapping[str, str]) -> str:
    named = [code for code, name in matters.items() if category and category in name]
    like = difflib.get_close_matches(category[:40], list(matters), 20, 0.5)
    like.sort(key=lambda code: (not code.startswith(category[: len(code) - 1]), code))
    found = list(dict.fromkeys([*named, *like]))[:MOST_NEAR]
    if not found:
        return _LISTED
    return "near: " + ", ".join(f"{code} {matters[code]}" for code in found)


def read_facts(connection: Connection[Any], reports: Sequence[Report]) -> Facts:
    """Read what the reports name, as their reader may see it."""
    wanted = dict.fromkeys(report.category for report in reports).keys()
    platform = all((report.external_id or "").startswith(INSPECTIONS) for report in reports)
    found = _matters(connection, _texts(wanted), platform)
    unknown = [category for category in wanted if category not in found][:MOST_NEARED]
    every = _matters(connection, None, platform) if unknown else {}
    near = {category: _near(category, dict(every.values())) for category in unknown}
    means = {sent: code for sent, (code, _) in found.items() if sent != code}
    matters = {sent: name for sent, (_, name) in found.items()} | dict(found.values())
    codes = _texts({report.component for report in reports if report.component})
    places = {report.place_id for report in reports if report.place_id is not None}
    return Facts(matters, _components(connection, codes), _places(connection, sorted(places)), near, means)


def _matters(
    connection: Connection[Any], codes: list[str] | None, platform: bool
) -> dict[str, tuple[str, str]]:
    """Read what codes mean: sent → code and name of ours; None: of all that may be sent."""
    values = {"codes": codes, "platform": platform}
    rows = connection.execute(query(ROOM, "intake_matters"), values).fetchall()
    return {sent: (code, name) for sent, code, name in rows}


def _components(connection: Connection[Any], codes: list[str]) -> dict[str, Standing]:
    if not codes:
        return {}
    rows = connection.execute(query(ROOM, "intake_components"), {"codes": codes}).fetchall()
    return {code: Standing(*rest) for code, *rest in rows}


def _places(connection: Connection[Any], ids: list[int]) -> frozenset[int]:
    if not ids:
        return frozenset()
    rows = connection.execute(query(ROOM, "intake_places"), {"ids": ids}).fetchall()
    return frozenset(key for (key,) in rows)


def _texts(found: Iterable[str]) -> list[str]:
    """What cannot be stored cannot be there."""
    return sorted(text for text in found if "\x00" not in text and text.isprintable())
