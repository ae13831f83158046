"""Replay (派遣回放): what other rules or borders would have made of past events, before they are published.

Both sides are decided anew, by the same function, for the moment each event was reported: what differs is
only what was changed. Who was on duty then is not known, so everybody counts as available unless told.
"""

from __future__ import annotations

import csv
import io
import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from typing import Any

import numpy as np
from psycopg import Connection

from spatial.database import query
from spatial.errors import InvalidInput
from spatial.events.dispatch.decide import Asked, Decision, Dispatcher
from spatial.events.dispatch.facts import Person

ROOM = "spatial.events.dispatch"
OTHER_UNIT, OTHER_LINE, OTHER_PERSON = "other_unit", "other_line", "other_person"
REASONS = (OTHER_UNIT, OTHER_LINE, OTHER_PERSON)
"""Why somebody else is responsible: the event lies in another unit; another line of the duty list decides;
the line is the same, and gives another person."""
Json = dict[str, Any]


@dataclass(frozen=True)
class Past:
    """Events that were there, as columns of the same length."""

    id: Sequence[int]
    no: Sequence[str]
    category: Sequence[str]
    reported_at: Sequence[datetime]
    lon: Any
    lat: Any
    organisation_id: Sequence[int | None]
    """To whom each was dispatched in fact."""
    worker_id: Sequence[int | None]

    def __len__(self) -> int:
        return len(self.id)

    @property
    def asked(self) -> Asked:
        """Ask for all of them, at the moments they were reported."""
        return Asked(self.lon, self.lat, self.category, self.reported_at)


@dataclass(frozen=True)
class Side:
    """Whose an event is on one side of a replay."""

    unit: str | None
    organisation: int | None
    worker: int | None
    line: int | None
    rule: str

    @classmethod
    def of(cls, decision: Decision) -> Side:
        """Take what is compared of a decision."""
        return cls(
            decision.unit_code, decision.organisation_id, decision.worker_id, decision.line, decision.rule
        )


@dataclass(frozen=True)
class Changed:
    """An event that would have gone to somebody else."""

    id: int
    no: str
    category: str
    reported_at: datetime
    before: Side
    after: Side
    reason: str


@dataclass(frozen=True)
class Report:
    """What a replay found."""

    events: int
    as_recorded: int
    """Events that went in fact to the organisation of the first side."""
    organisations: Mapping[int | None, tuple[int, int]]
    """Events before and after, by organisation; None: nobody."""
    workers: Mapping[int | None, tuple[int, int]]
    """The same by person; None: the organisation alone, or nobody."""
    changed: Sequence[Changed] = field(default_factory=tuple)

    @property
    def reasons(self) -> dict[str, int]:
        """Count the changed events by reason."""
        counts = Counter(each.reason for each in self.changed)
        return {reason: counts[reason] for reason in REASONS}


def read_past(
    connection: Connection[Any], since: datetime, until: datetime | None = None, most: int | None = None
) -> Past:
    """Read the events that were reported in [since, until), as the connection's reader may see them.

    most: InvalidInput when there are more, before they are all read.
    """
    values = {"since": since, "until": until, "most": None if most is None else most + 1}
    rows = connection.execute(query(ROOM, "replay_events"), values, binary=True).fetchall()
    if most is not None and len(rows) > most:
        raise InvalidInput.at("since", f"more than {most} events since then are too many for one request")
    columns = list(zip(*rows, strict=True)) if rows else [()] * 8
    number, no, category, at, lon, lat, organisation, worker = columns
    return Past(number, no, category, at, np.array(lon, float), np.array(lat, float), organisation, worker)


def everybody_available(people: Mapping[int, Person]) -> dict[int, Person]:
    """Give the people as if all were on duty with nothing to do and nobody knew where."""
    return {
        number: replace(person, on_duty=True, load=0, lon=math.nan, lat=math.nan)
        for number, person in people.items()
    }


def replay(past: Past, before: Dispatcher, after: Dispatcher) -> Report:
    """Decide past events by two dispatchers, and say what differs."""
    sides = [before.decide(past.asked), after.decide(past.asked)]
    pairs = list(zip(*sides, strict=True))
    recorded = sum(
        decision.organisation_id == organisation
        for decision, organisation in zip(sides[0], past.organisation_id, strict=True)
    )
    return Report(
        len(past),
        recorded,
        _counted(pairs, "organisation_id"),
        _counted(pairs, "worker_id"),
        tuple(_changes(past, pairs)),
    )


def _counted(pairs: Sequence[tuple[Decision, ...]], name: str) -> dict[int | None, tuple[int, int]]:
    counts = [Counter(getattr(pair[side], name) for pair in pairs) for side in (0, 1)]
    keys = sorted(set(counts[0]) | set(counts[1]), key=lambda key: (key is None, key))
    return {key: (counts[0][key], counts[1][key]) for key in keys}


def _changes(past: Past, pairs: Sequence[tuple[Decision, ...]]) -> Iterator[Changed]:
    for row, (was, would) in enumerate(pairs):
        if (was.organisation_id, was.worker_id) != (would.organisation_id, would.worker_id):
            yield Changed(
                past.id[row], past.no[row], past.category[row], past.reported_at[row], Side.of(was),
                Side.of(would), _reason(was, would),
            )  # fmt: skip


def _reason(was: Decision, would: Decision) -> str:
    if was.unit_code != would.unit_code:
        return OTHER_UNIT
    return OTHER_PERSON if was.line == would.line else OTHER_LINE


def as_json(report: Report, names: Mapping[str, Mapping[int, str]], most_changed: int | None = None) -> Json:
    """Write a report; names: of organisations and workers by number."""
    changed = [
        {**asdict(each), "reported_at": each.reported_at.isoformat()}
        for each in report.changed[:most_changed]
    ]
    return {
        "events": report.events,
        "as_recorded": report.as_recorded,
        "changed": len(report.changed),
        "reasons": report.reasons,
        "organisations": _rows(report.organisations, names["organisation"]),
        "workers": _rows(report.workers, names["worker"]),
        "changes": changed,
    }


def _rows(counts: Mapping[int | None, tuple[int, int]], names: Mapping[int, str]) -> list[Json]:
    return [
        {
            "id": key,
            "name": names.get(key or 0),
            "before": before,
            "after": after,
            "difference": after - before,
        }
        for key, (before, after) in counts.items()
    ]


def as_csv(report: Report) -> str:
    """Write the changed events as a table."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    sides = ("unit", "organisation", "worker", "line", "rule")
    heads = [f"{side}_{name}" for side in ("before", "after") for name in sides]
    writer.writerow(["no", "category", "reported_at", "reason", *heads])
    for each in report.changed:
        cells = [value for side in (each.before, each.after) for value in asdict(side).values()]
        writer.writerow([each.no, each.category, each.reported_at.isoformat(), each.reason, *cells])
    return text.getvalue()


def read_names(connection: Connection[Any]) -> dict[str, dict[int, str]]:
    """Read what organisations and workers are called, as the connection's reader may see it."""
    names: dict[str, dict[int, str]] = {"organisation": {}, "worker": {}}
    for kind, number, name in connection.execute(query(ROOM, "replay_names")):
        names[kind][number] = name
    return names
