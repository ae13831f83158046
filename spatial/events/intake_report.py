"""A report as it comes in, and what can be said of it without asking the database: pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from math import isfinite
from typing import Any

import orjson

from spatial.errors import Problem
from spatial.events.lifecycle_verbs import REPORTED, WAY
from spatial.events.models import SOURCES, URGENCIES
from spatial.geometry.datum import DATUMS

MOST_AHEAD = timedelta(minutes=5)
"""How far a clock may be fast."""
EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
LENGTHS = {"title": 200, "description": 5000, "address": 200, "external_id": 200}
MOST_ATTRIBUTES, MOST_BYTES = 50, 20_000
INSPECTIONS = "inspection:"
"""What the external ids of reports begin with that the platform makes of inspections: nobody else's may."""
MOMENTS = tuple(f"{state}_at" for state in WAY[1:])
"""Moments that a report may bring along when the event has a past elsewhere."""


@dataclass(frozen=True)
class Person:
    """Who reported it (举报人), in clear; sealed before it is stored."""

    name: str | None = None
    phone: str | None = None
    id_number: str | None = None
    address: str | None = None


@dataclass(frozen=True)
class Report:
    """What somebody says has happened (上报): a point in `datum`, an address, or a component."""

    category: str
    """A matter code."""
    source: str
    """One of SOURCES."""
    title: str | None = None
    """None: the name of the matter."""
    lon: float | None = None
    lat: float | None = None
    datum: str = "wgs84"
    address: str | None = None
    description: str | None = None
    urgency: str = "ordinary"
    external_id: str | None = None
    """What the sender calls it: sent again, it is the same event."""
    occurred_at: datetime | None = None
    """With a zone; None: now."""
    reported_at: datetime | None = None
    component: str | None = None
    """Code of a component that it is about."""
    place_id: int | None = None
    attributes: Mapping[str, Any] = field(default_factory=dict)
    reporter: Person | None = None
    until: str = REPORTED
    """How far along the straight way it comes in: a hotline may have accepted and filed it already."""
    moments: Mapping[str, datetime] = field(default_factory=dict)
    """accepted_at … closed_at, of an event that has a past elsewhere."""
    generated: bool = False

    @property
    def reaches(self) -> int:
        """Say how far along the way it comes in: the place of the state in WAY."""
        last = max((MOMENTS.index(name) + 1 for name in self.moments), default=0)
        return max(last, WAY.index(self.until))


def problems_of(report: Report, now: datetime) -> list[Problem]:
    """Check what a report says by itself; [] when nothing is wrong with it."""
    return [*_words(report), *_texts(report), *_where(report), *_times(report, now), *_persons(report)]


def way_of(report: Report, reported_at: datetime) -> list[datetime]:
    """Give the moments when the states up to the one it comes in with were reached, the report's first.

    A moment that is not given is that of the next one that is, else of the last one, else of the report.
    """
    moments = [reported_at]
    names = MOMENTS[: report.reaches][::-1]
    following = next((report.moments[name] for name in names if name in report.moments), reported_at)
    for name in names:
        following = report.moments.get(name, following)
        moments.insert(1, following)
    return moments


def _words(report: Report) -> Iterator[Problem]:
    if report.source not in SOURCES:
        yield Problem("source", f"is not one of {', '.join(SOURCES)}")
    if report.urgency not in URGENCIES:
        yield Problem("urgency", f"is not one of {', '.join(URGENCIES)}")
    if report.until not in WAY:
        yield Problem("until", f"is not one of {', '.join(WAY)}")
    if unknown := [name for name in report.moments if name not in MOMENTS]:
        yield Problem(unknown[0], "is no moment of an event")


def _texts(report: Report) -> Iterator[Problem]:
    for name, most in LENGTHS.items():
        text = getattr(report, name)
        if text is None:
            continue
        if not text.strip():
            yield Problem(name, "is empty")
        if len(text) > most:
            yield Problem(name, f"may have {most} characters at most")
        yield from _signs(name, text, "\n\r\t" if name == "description" else "")
    yield from _attributes(report.attributes)


def _attributes(given: Mapping[str, Any]) -> Iterator[Problem]:
    signs = [each for where, text in _inside("attributes", given) for each in _signs(where, text, "\n\r\t")]
    try:
        size = len(orjson.dumps(given))
    except (TypeError, ValueError):
        # Half a surrogate pair has its own name.
        yield from signs or [Problem("attributes", "holds a value that cannot be kept: beyond 64 bits?")]
        return
    if len(given) > MOST_ATTRIBUTES or size > MOST_BYTES:
        yield Problem("attributes", f"may have {MOST_ATTRIBUTES} names and {MOST_BYTES} bytes at most")
    yield from signs


_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff]")


def _signs(where: str, text: str, allowed: str) -> Iterator[Problem]:
    """No control characters, and nothing that cannot be stored: half a surrogate pair, for one."""
    wrong = next((found[0] for found in _CONTROL.finditer(text) if found[0] not in allowed), None)
    if wrong is not None:
        yield Problem(where, f"holds the control character U+{ord(wrong):04X}")


def _inside(where: str, value: Any, depth: int = 0) -> Iterator[tuple[str, str]]:
    if isinstance(value, str):
        yield where, value
    elif isinstance(value, Mapping) and depth < 8:
        for name, inner in value.items():
            yield where, str(name)
            yield from _inside(f"{where}.{name}"[:80], inner, depth + 1)
    elif isinstance(value, list) and depth < 8:
        for inner in value:
            yield from _inside(where, inner, depth + 1)
    elif isinstance(value, (Mapping, list)):
        yield where, "\x00"


def _where(report: Report) -> Iterator[Problem]:
    if report.datum not in DATUMS:
        yield Problem("datum", f"is not one of {', '.join(DATUMS)}")
    if (report.lon is None) != (report.lat is None):
        missing = "lat" if report.lat is None else "lon"
        yield Problem(missing, "is missing")
    if report.lon is None and report.lat is None and not report.address and not report.component:
        yield Problem("lon", "is missing: give lon and lat, an address, or a component")
    for name, value, most in (("lon", report.lon, 180), ("lat", report.lat, 90)):
        if value is not None and not (isfinite(value) and abs(value) <= most):
            yield Problem(name, f"must be degrees between -{most} and {most}")


def _times(report: Report, now: datetime) -> Iterator[Problem]:
    given = {"occurred_at": report.occurred_at, "reported_at": report.reported_at}
    given |= {name: report.moments.get(name) for name in MOMENTS}
    known = [(name, at) for name, at in given.items() if at is not None]
    if report.moments and report.reported_at is None:
        yield Problem("reported_at", "must be given with what came after it")
    for name, at in known:
        if at.tzinfo is None:
            yield Problem(name, "must have an offset, such as +08:00 or Z")
            return
        if at > now + MOST_AHEAD:
            yield Problem(name, "lies in the future")
        elif at < EARLIEST:
            yield Problem(name, f"lies before {EARLIEST.year}")
    for (before, first), (name, second) in pairwise(known):
        if second < first:
            yield Problem(name, f"lies before {before}")


def _persons(report: Report) -> Iterator[Problem]:
    for name, value in vars(report.reporter).items() if report.reporter else ():
        where = f"reporter.{name}"
        if value is None:
            continue
        if len(value) > 200:
            yield Problem(where, "may have 200 characters at most")
        if "*" in value:
            yield Problem(where, "holds a star, so it is a mask and no value")
        yield from _signs(where, value, "")
