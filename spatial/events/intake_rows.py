"""The rows that reports become: the event with its deadlines. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import numpy as np
import orjson

from spatial.database.arrays import array_of
from spatial.events.calendar import Seconds
from spatial.events.deadlines import Deadlines
from spatial.events.intake_report import way_of
from spatial.events.lifecycle_verbs import DISPATCHED, FILED, HANDLED, STAGES, VERBS, WAY
from spatial.rights.reader import Reader

if TYPE_CHECKING:
    from spatial.events.intake import Draft

Row = dict[str, Any]
_DISPATCHED, _HANDLED = WAY.index(DISPATCHED), WAY.index(HANDLED)
STRAIGHT = ("report", *(next(v.name for v in VERBS.values() if v.to == state) for state in WAY[1:]))
"""The verbs that lead along the straight way."""


REACHED = tuple(f"{state}_at" for state in WAY)
"""The columns of the moments of states."""


class Texts(dict[datetime, str]):
    """Moments as ISO texts, each written once."""

    def __missing__(self, at: datetime) -> str:
        """Write it."""
        text = self[at] = at.isoformat()
        return text


def rows_of(
    drafts: Sequence[Draft], numbers: Sequence[str], reader: Reader, deadlines: Deadlines, now: datetime
) -> list[Row]:
    """Write the columns of each, times as ISO texts; a state that was not reached has no moment."""
    ways = [_way(draft, now) for draft in drafts]
    # Of a batch most moments are one: `now`.
    written = Texts()
    rows = [
        _row(draft, no, way, reader, now, written)
        for draft, no, way in zip(drafts, numbers, ways, strict=True)
    ]
    _put_deadlines(rows, ways, deadlines)
    return rows


def columns_of(rows: Sequence[Mapping[str, Any]]) -> dict[str, str | None]:
    """Write rows as an array a column, as intake_add.sql takes them."""
    columns = {name: array_of([row.get(name) for row in rows]) for name in COLUMNS}
    for name in ("units", "attributes"):
        columns[name] = array_of([orjson.dumps(row[name]).decode() for row in rows])
    return columns


COLUMNS = (
    "no", "category", "source", "external_id", "title", "description", "address", "urgency", "state", "lon",
    "lat", "occurred_at", *REACHED, "due_at", "handle_due_at", "close_due_at",
    "handled_on_time", "unit_code", "ruling", "version_id", "organisation_id", "worker_id", "component_id",
    "place_id", "address_id", "reported_by", "valid", "generated",
)  # fmt: skip


def _way(draft: Draft, now: datetime) -> list[datetime]:
    """Go no further than filing where nobody is responsible, unless it was handled elsewhere already."""
    way = way_of(draft.report, draft.report.reported_at or now)
    nobody = draft.decision is None or draft.decision.organisation_id is None
    if nobody and len(way) == _DISPATCHED + 1:
        return way[: WAY.index(FILED) + 1]
    return way


def _row(
    draft: Draft, no: str, way: Sequence[datetime], reader: Reader, now: datetime, written: Texts
) -> Row:  # fmt: skip
    report, decision = draft.report, draft.decision
    assert decision is not None
    sent = len(way) > _DISPATCHED
    organisation = decision.organisation_id if sent else None
    worker = decision.worker_id if sent else None
    return {
        "no": no,
        "category": report.category,
        "source": report.source,
        "external_id": report.external_id,
        "title": report.title,
        "description": report.description,
        "address": report.address,
        "urgency": report.urgency,
        "state": WAY[len(way) - 1],
        "lon": draft.lon,
        "lat": draft.lat,
        "occurred_at": written[min(report.occurred_at or way[0], now)],
        "unit_code": decision.unit_code,
        "ruling": decision.ruling,
        "version_id": decision.version_id,
        "units": dict(decision.units),
        "organisation_id": organisation,
        "worker_id": worker,
        "component_id": draft.component_id,
        "place_id": report.place_id,
        "address_id": draft.address_id,
        "reported_by": reader.account_id,
        "valid": True if len(way) > 1 else None,
        "generated": report.generated,
        "attributes": dict(report.attributes),
        **{name: written[at] for name, at in zip(REACHED, way, strict=False)},
    }


def _put_deadlines(rows: Sequence[Row], ways: Sequence[Sequence[datetime]], deadlines: Deadlines) -> None:
    """Put due_at, handle_due_at, close_due_at and handled_on_time into the rows, a stage at a time."""
    for state, stage in STAGES.items():
        there = [n for n, row in enumerate(rows) if row["state"] == state]
        starts = np.array([int(ways[n][-1].timestamp()) for n in there], np.int64)
        for n, due in zip(there, _due(rows, there, stage, starts, deadlines).tolist(), strict=True):
            rows[n]["due_at"] = _text(due)
    sent = [n for n, way in enumerate(ways) if len(way) > _DISPATCHED]
    starts = np.array([int(ways[n][_DISPATCHED].timestamp()) for n in sent], np.int64)
    handle = _due(rows, sent, "handle", starts, deadlines)
    close = _due(rows, sent, "close", _due(rows, sent, "verify", handle, deadlines), deadlines)
    for n, handle_s, close_s in zip(sent, handle.tolist(), close.tolist(), strict=True):
        rows[n]["handle_due_at"], rows[n]["close_due_at"] = _text(handle_s), _text(close_s)
        if len(ways[n]) > _HANDLED and handle_s >= 0:
            rows[n]["handled_on_time"] = ways[n][_HANDLED].timestamp() <= handle_s


def _due(
    rows: Sequence[Row], there: Sequence[int], stage: str, starts_s: Seconds, deadlines: Deadlines
) -> Seconds:
    categories, urgencies = ([rows[n][name] for n in there] for name in ("category", "urgency"))
    return deadlines.due_many(stage, categories, urgencies, starts_s)


def _text(posix_s: int) -> str | None:
    return None if posix_s < 0 else datetime.fromtimestamp(posix_s, UTC).isoformat()
