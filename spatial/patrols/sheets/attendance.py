"""Shift sheets (考勤表): who was to be on duty, who came, how late, how far they went and how long."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import numpy as np
import numpy.typing as npt
from psycopg import Connection, sql
from psycopg.rows import dict_row

from spatial.database import query
from spatial.database.matching import end_of
from spatial.errors import InvalidInput
from spatial.patrols import tracks
from spatial.patrols.sheets.shifts import OF_UNIT, ROOM
from spatial.patrols.track_days import moment
from spatial.patrols.verdicts import COUNTS_FOR_WAY, Verdict
from spatial.rights.reader import Reader
from spatial.rights.rules import rule_of

LATE_S = 600
"""Whoever is first seen later than this after the begin of a shift is late."""
MARGIN = timedelta(hours=2)
"""So long before a shift, and after it, somebody seen counts as come and as still there."""
MOST_DAYS = 92
MOST_ROWS = 100_000
LEVELS = {1: 6, 2: 9, 3: 12, 4: 15}
"""Length of the codes of each level of `grids`."""

Row = dict[str, Any]


@dataclass(frozen=True)
class Wanted:
    """Whose sheet, of which local days, both included."""

    first: date
    last: date
    unit: str | None = None
    organisation_id: int | None = None
    mover_id: int | None = None
    after: tuple[int, date] = (0, date.min)
    limit: int = 1000


def sheet(connection: Connection[Any], reader: Reader, wanted: Wanted, now: datetime) -> list[Row]:
    """Give a row a mover and day with a shift, fixes or signs, of those the reader may watch, in this order.

    state: present, late, left_early, late_and_left_early, absent, expected (the shift is not over and nobody
    was seen), or no_shift. Distances in metres, times in seconds: of the day, or of the shifts where one goes
    over midnight; what a shift of the night before came to is in its own row alone.
    """
    values = {**_values(wanted), "limit": wanted.limit}
    values |= {"after_mover": wanted.after[0], "after_day": wanted.after[1]}
    statement = sql.SQL(query(ROOM, "sheet_page")).format(sheet=_sheet(wanted))
    with connection.cursor(row_factory=dict_row) as cursor:
        rows = cursor.execute(statement, values).fetchall()
    return [with_state(with_figures(connection, reader, row), now) for row in rows]


def whole_sheet(connection: Connection[Any], reader: Reader, wanted: Wanted, now: datetime) -> list[Row]:
    """Give all rows of a sheet; InvalidInput when there are too many for one file."""
    found = sheet(connection, reader, Wanted(**{**vars(wanted), "limit": MOST_ROWS + 1}), now)
    if len(found) > MOST_ROWS:
        raise InvalidInput.at("from", f"gives more than {MOST_ROWS:,} rows: ask for fewer days")
    return found


def on_duty(connection: Connection[Any], reader: Reader, wanted: Wanted, by: str, level: int) -> list[Row]:
    """Count who was to be on duty and who came, by day and by organisation, or by unit of a level."""
    keys = {"organisation": "s.organisation_id::text", "unit": "left(s.unit_code, %(length)s)"}
    parts = {"sheet": _sheet(wanted), "key": sql.SQL(keys[by])}
    values = {**_values(wanted), "limit": MOST_ROWS, "length": LEVELS[level]}
    statements = [sql.SQL(query(ROOM, name)).format(**parts) for name in ("on_duty", "on_duty_cut")]
    with connection.cursor(row_factory=dict_row) as cursor:
        counted, cut = (cursor.execute(each, values).fetchall() for each in statements)
    found = {(row["day"], row["key"]): row for row in counted}
    for row in (with_figures(connection, reader, each) for each in cut):
        into = found[row["day"], row["key"]]
        into["distance_m"] += row["distance_m"]
        into["seen_s"] += row["moving_s"] + row["standing_s"]
    return counted


def with_figures(connection: Connection[Any], reader: Reader, row: Row) -> Row:
    """Add up what a row's mover did in its spans, where no day's sums say so."""
    begins, ends = row.pop("spans_from"), row.pop("spans_until")
    if begins is None:
        return row
    mover = tracks.find_mover(connection, reader, mover=row["mover_id"])
    spans = [tracks.Span(connection, reader, mover, *each) for each in zip(begins, ends, strict=True)]
    sums = sum((span.sums() for span in spans), tracks.Sums())
    times = np.concatenate([_counting(span.track()) for span in spans])
    first, last = (moment(int(times[0])), moment(int(times[-1]))) if len(times) else (None, None)
    figures = {"distance_m": sums.distance_mm / 1000, "moving_s": sums.moving_s}
    figures |= {"standing_s": sums.standing_s, "fixes": len(times)}
    return {**row, **figures, "first_at": first, "last_at": last}


def _counting(track: tracks.Track) -> npt.NDArray[np.int64]:
    """Give the times of the fixes that the way goes through."""
    return track.columns.time_us[np.isin(track.verdicts, sorted(COUNTS_FOR_WAY))]


def with_state(row: Row, now: datetime) -> Row:
    """Say in a word what a row comes to, and by how much somebody was late or early.

    Where duty goes by signs, these count, and of whoever did not sign out nobody says that they left early.
    """
    if row["starts_at"] is None:
        return {**row, "state": "no_shift", "late_s": None, "early_s": None}
    came, left = _span(row)
    if came is None:
        state = "expected" if row["ends_at"] > now else "absent"
        return {**row, "state": state, "late_s": None, "early_s": None}
    late_s = max(0.0, (came - row["starts_at"]).total_seconds())
    is_over = row["ends_at"] <= now and left is not None
    early_s = max(0.0, (row["ends_at"] - left).total_seconds()) if is_over else None
    words = ["late"] * (late_s > LATE_S) + ["left_early"] * (early_s is not None and early_s > LATE_S)
    return {**row, "state": "_and_".join(words) or "present", "late_s": late_s, "early_s": early_s}


def _span(row: Row) -> tuple[datetime | None, Any]:
    """Say when somebody came and was there last, None: not known."""
    if row["duty_by"] == "sign_in":
        return row["signed_in_at"], row["signed_out_at"]
    return row["first_seen"], row["last_seen"] or row["first_seen"]


def _sheet(wanted: Wanted) -> sql.Composed:
    found = {
        OF_UNIT: wanted.unit,
        "coalesce(w.organisation_id, r.organisation_id) = %(organisation_id)s": wanted.organisation_id,
        "v.id = %(mover_id)s": wanted.mover_id,
    }
    conditions = [sql.SQL("true"), *(sql.SQL(text) for text, on in found.items() if on)]
    return sql.SQL(query(ROOM, "sheet")).format(conditions=sql.SQL(" AND ").join(conditions))


def _values(wanted: Wanted) -> Row:
    if not 0 <= (wanted.last - wanted.first).days < MOST_DAYS:
        raise InvalidInput.at("to", f"must be 0 to {MOST_DAYS - 1} days after 'from'")
    return {
        "first": wanted.first, "last": wanted.last, "unit": wanted.unit,
        "upto": wanted.unit and end_of(wanted.unit), "organisation_id": wanted.organisation_id,
        "mover_id": wanted.mover_id, "knows": sorted(rule_of("fix").read), "before": MARGIN, "after": MARGIN,
        "present": [int(Verdict.GOOD), int(Verdict.APPROXIMATE)],
    }  # fmt: skip


COLUMNS = (
    ("code", "编号"), ("name", "姓名"), ("organisation", "单位"), ("unit_code", "网格"), ("day", "日期"),
    ("starts_at", "排班开始"), ("ends_at", "排班结束"), ("state", "状态"), ("first_seen", "首次定位"),
    ("last_seen", "末次定位"), ("signed_in_at", "签到"), ("signed_out_at", "签退"), ("signed_by", "签到方式"),
    ("late_s", "迟到(秒)"), ("early_s", "早退(秒)"), ("planned_s", "排班时长(秒)"),
    ("moving_s", "行进(秒)"), ("standing_s", "停留(秒)"), ("distance_m", "里程(米)"), ("fixes", "有效定位数"),
)  # fmt: skip
"""Columns of the sheet as a file, with their Chinese names."""


def cells(rows: Sequence[Row]) -> Iterator[list[Any]]:
    """Give the rows of a sheet as values in the order of COLUMNS; figures to the tenth."""
    for row in rows:
        yield [_cell(row[name]) for name, _ in COLUMNS]


def _cell(value: Any) -> Any:
    return round(value, 1) if isinstance(value, float) else value
