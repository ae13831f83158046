"""Results of due patrols, kept in step with tracks: a day of a mover at a time, in any order and number."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely
import structlog
from psycopg import Connection
from psycopg.rows import dict_row
from psycopg.types.json import Jsonb

from spatial.database import Database, query, session
from spatial.patrols.columns import Columns
from spatial.patrols.compliance.results import Result, result_of, together
from spatial.patrols.compliance.rules import Rules
from spatial.patrols.compliance.seen import Seen, in_turn, see
from spatial.patrols.compliance.targets import Samples, Target, samples_of
from spatial.patrols.compliance.track import Track
from spatial.patrols.compliance.walkers import USUAL_MPS
from spatial.patrols.days import bounds, moments
from spatial.patrols.grading import Graded
from spatial.patrols.plans.store import ROOM, KeptTarget, kept_targets
from spatial.patrols.track_days import TrackDay
from spatial.rights.reader import SYSTEM

CODE = 2
"""Edition of the code that judges."""
GRACE = timedelta(minutes=15)
"""So long after its end a patrol is judged: phones send in bursts. What comes later still counts."""
PATIENCE = timedelta(hours=6)
"""So long after its end a patrol waits for fixes of its time to be graded."""
NEAR_M = 100.0
"""Who wrote a record this near to the thing was there."""
BATCH = 200

log = structlog.get_logger()

Row = dict[str, Any]
Parts = dict[int, dict[int, list[Seen]]]
"""What each mover saw of each target, by their numbers, day by day."""
_EPOCH = datetime.fromisoformat("1970-01-01T00:00:00+00:00")


@dataclass(frozen=True)
class Judged:
    """What became of a due patrol, in all and target by target."""

    whole: Result
    targets: tuple[tuple[KeptTarget, Result], ...]


def track_of(columns: Columns, verdicts: npt.NDArray[np.int8], gait: str) -> Track:
    """Take what compliance looks at from fixes, what is said of each, and how their mover gets about."""
    accuracy_m = np.asarray(columns.accuracy_m, np.float64)
    return Track(columns.time_us, columns.lon, columns.lat, accuracy_m, verdicts, USUAL_MPS[gait])


def follow(
    connection: Connection[Any], mover: int, day: date, _: TrackDay | None, __: TrackDay, graded: Graded
) -> None:
    """Judge anew what a mover had to do on a day that was graded; see spatial.patrols.followers."""
    gait = connection.execute(query(ROOM, "gait"), {"mover": mover}).fetchall()[0][0]
    follow_track(connection, mover, day, track_of(graded.columns, graded.verdicts, gait))


def follow_track(connection: Connection[Any], mover: int, day: date, track: Track) -> list[int]:
    """Judge anew what a mover had to do on a day; gives the due patrols whose word or figures have changed.

    track: of the day, and some of the time around it. Doing it again changes nothing.
    """
    since, until = moments(day)
    with connection.cursor(row_factory=dict_row) as cursor:
        dues = cursor.execute(
            query(ROOM, "dues_of"), {"mover": mover, "since": since, "until": until}
        ).fetchall()
    return [due["id"] for due in dues if _follow_due(connection, due, mover, day, track)]


def _follow_due(connection: Connection[Any], due: Row, mover: int, day: date, track: Track) -> bool:
    changed = 0
    for kept in kept_targets(connection, due["plan_id"], due["edition"]):
        seen = see_on(day, due, kept.target, track)
        changed += _put_part(connection, due["id"], kept.id, mover, day, seen)
    return bool(changed) and judge(connection, due)


def see_on(day: date, due: Row, target: Target, track: Track) -> Seen:
    """Tell what a track shows of a target on one day of a due patrol: a part of what is judged."""
    rules = Rules.of(due["rules"])
    window = _day_window(track, due, day, rules)
    return see(target, _samples(target, rules.step_m), track, window, rules, bounds(day)[0])


def is_nothing(seen: Seen) -> bool:
    """Tell whether a part says nothing at all: such parts are not kept."""
    return not len(seen.fixes_us) and not seen.unusable[0]


def _day_window(track: Track, due: Row, day: date, rules: Rules) -> tuple[int, int]:
    """Give the part of a window that a day answers for: from the last fix before midnight that counts."""
    begin, end = bounds(day)
    times = track.counted(rules.worst_accuracy_m).time_us
    first = int(np.searchsorted(times, begin)) - 1
    if first >= 0 and begin - times[first] <= rules.link_s * 1e6:
        begin = int(times[first])
    return max(begin, _us(due["starts_at"])), min(end - 1, _us(due["ends_at"]))


def _put_part(connection: Connection[Any], due: int, target: int, mover: int, day: date, seen: Seen) -> int:
    values = {"due_id": due, "target_id": target, "mover": mover, "day": day}
    if is_nothing(seen):
        return connection.execute(query(ROOM, "part_forget"), values).rowcount
    return connection.execute(query(ROOM, "part_put"), {**values, "content": seen.pack()}).rowcount


def judge_by_id(connection: Connection[Any], due: int) -> bool:
    """Judge one due patrol anew from what is kept of it; tells whether anything changed."""
    with connection.cursor(row_factory=dict_row) as cursor:
        row = cursor.execute(query(ROOM, "due_lock"), {"id": due}).fetchone()
    return row is not None and judge(connection, row)


def judge(connection: Connection[Any], due: Row) -> bool:
    """Put the parts of a locked due patrol together, write what became of it; tells whether that is new."""
    return _write(connection, due["id"], judged(connection, due, _parts(connection, due["id"])))


def judged(connection: Connection[Any], due: Row, parts: Parts) -> Judged:
    """Judge a due patrol by what was seen of its targets, wherever that comes from; nothing is written."""
    rules = Rules.of(due["rules"])
    targets = kept_targets(connection, due["plan_id"], due["edition"])
    recorded = _recorded(connection, due, targets) if rules.records_count else set()
    # Of whom nothing was seen, nothing can be told: they are asked of as well.
    members = connection.execute(query(ROOM, "due_movers"), {"id": due["id"]}).fetchall()
    silent: dict[int, list[Seen]] = {mover: [] for (mover,) in members}
    window = (_us(due["starts_at"]), _us(due["ends_at"]))
    over = due["closed_at"] is not None
    results = [
        judge_target(each.target, silent | parts.get(each.id, {}), window, rules, over, each.id in recorded)
        for each in targets
    ]
    whole = together([each.target for each in targets], results, rules)
    return Judged(whole, tuple(zip(targets, results, strict=True)))


def judge_target(
    target: Target, parts: Mapping[int, Sequence[Seen]], window: tuple[int, int], rules: Rules, over: bool,
    recorded: bool = False,
) -> Result:  # fmt: skip
    """Judge a target by what each mover saw of it, day by day; of who saw nothing by that."""
    samples = _samples(target, rules.step_m)
    movers = [in_turn(days, target, samples, rules) for _, days in sorted(parts.items())]
    movers = movers or [in_turn([], target, samples, rules)]
    return result_of(target, samples, movers, window, rules, over=over, recorded=recorded)


def is_over(connection: Connection[Any], now: datetime) -> bool:
    """Tell whether the time of a patrol is over that can be judged now."""
    return bool(over(connection, now, 1))


def over(connection: Connection[Any], now: datetime, limit: int = BATCH) -> list[int]:
    """Name patrols that can be judged now, those that wait longest first."""
    values = {"now": now, "before": now - GRACE, "at_last": now - PATIENCE, "limit": limit}
    return [row[0] for row in connection.execute(query(ROOM, "dues_over"), values)]


def close_over(database: Database, now: datetime, limit: int = BATCH) -> int:
    """Judge patrols whose time is over for good, each in a transaction of its own; gives how many.

    One that cannot be judged waits behind the others, longer each time, and is logged.
    """
    with session(database, SYSTEM) as connection:
        dues = over(connection, now, limit)
    return sum(_close(database, due, now) for due in dues)


def _close(database: Database, due: int, now: datetime) -> bool:
    try:
        with session(database, SYSTEM) as connection:
            return close(connection, due, now)
    except Exception as error:
        log.error("a patrol could not be judged", due=due, exc_info=error)
    with session(database, SYSTEM) as connection:
        connection.execute(query(ROOM, "due_later"), {"id": due, "now": now})
    return False


def close(connection: Connection[Any], due: int, now: datetime) -> bool:
    """Judge one patrol whose time is over; false when somebody else is at it, or it is gone.

    Where fixes of its time still wait to be graded, nobody is told to have missed anything.
    """
    with connection.cursor(row_factory=dict_row) as cursor:
        row = cursor.execute(query(ROOM, "due_over"), {"id": due, "now": now}).fetchone()
    if row is None:
        return False
    connection.execute(query(ROOM, "due_close"), row)
    if not row["waiting"]:
        judge(connection, row)
        return True
    # As if it were not over: what is missing may stand in what waits.
    judge(connection, {**row, "closed_at": None})
    connection.execute(query(ROOM, "result_not_graded"), {"id": due})
    return True


def result_row(result: Result) -> Row:
    """Write a result as JSON has it; what was missed is a geometry, and stands elsewhere."""
    names = ("word", "reason", "ratio", "probability", "false_accusation_rate", "missed_rate")
    figures = dict(result.figures)
    for name in ("first", "last"):
        if f"{name}_us" in figures:
            figures[f"{name}_at"] = _told(figures.pop(f"{name}_us"))
    return {**{name: getattr(result, name) for name in names}, "figures": figures}


def _write(connection: Connection[Any], due: int, judged: Judged) -> bool:
    values = result_row(judged.whole)
    targets = [{"target_id": kept.id, **result_row(result)} for kept, result in judged.targets]
    values |= {"figures": Jsonb(values["figures"]), "targets": Jsonb(targets), "due_id": due, "code": CODE}
    if connection.execute(query(ROOM, "result_put"), values).fetchone() is None:
        return False
    connection.execute(query(ROOM, "missed_clear"), {"due_id": due})
    missed = [(kept.id, each.word, each.missed) for kept, each in judged.targets if each.missed is not None]
    if missed:
        ids, words, shapes = zip(*missed, strict=True)
        values = {"due_id": due, "targets": list(ids), "words": list(words)}
        connection.execute(
            query(ROOM, "missed_add"), {**values, "geoms": [shapely.to_wkb(each) for each in shapes]}
        )
    return True


def _parts(connection: Connection[Any], due: int) -> Parts:
    found: Parts = {}
    for target, mover, content in connection.execute(query(ROOM, "parts"), {"id": due}).fetchall():
        found.setdefault(target, {}).setdefault(mover, []).append(Seen.unpack(content))
    return found


def _recorded(connection: Connection[Any], due: Row, targets: Sequence[KeptTarget]) -> set[int]:
    values = {"id": due["id"], "starts_at": due["starts_at"], "ends_at": due["ends_at"], "near_m": NEAR_M}
    things = [each.id for each in targets if each.place_id or each.component_id]
    if not things:
        return set()
    return {row[0] for row in connection.execute(query(ROOM, "recorded"), {**values, "targets": things})}


def _samples(target: Target, step_m: float) -> Samples:
    shape = shapely.to_wkb(target.geometry)
    return _samples_of(shape, target.buffer_m, target.radius_m, target.cell_m, step_m)


@lru_cache(32)
def _samples_of(geometry: bytes, buffer_m: float, radius_m: float, cell_m: float, step_m: float) -> Samples:
    target = Target(shapely.from_wkb(geometry), radius_m=radius_m, buffer_m=buffer_m, cell_m=cell_m)
    return samples_of(target, step_m)


def _us(at: datetime) -> int:
    return (at - _EPOCH) // timedelta(microseconds=1)


def _told(time_us: int | None) -> str | None:
    return None if time_us is None else (_EPOCH + timedelta(microseconds=time_us)).isoformat()
