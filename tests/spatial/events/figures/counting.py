"""Events at random, what happens to them, and figures of them by plain counting."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from psycopg import Connection
from psycopg.rows import dict_row

from spatial.events.figures.asking import figures
from spatial.events.figures.cubes import NONE, WIDTHS, Asked
from spatial.events.figures.measures import NAMES
from spatial.events.figures.restating import start_of
from spatial.rights.reader import Reader
from tests.spatial.rights.town import COMMUNITIES, GRIDS, STREETS, middle

SHANGHAI = ZoneInfo("Asia/Shanghai")

BEGINNING = datetime(2026, 1, 30, 12, tzinfo=UTC)

SPAN = (date(2026, 1, 1), date(2027, 1, 1))

STEPS = ("accepted_at", "filed_at", "dispatched_at", "handled_at", "verified_at", "closed_at")

Event = dict[str, Any]


def moment(dice: random.Random) -> datetime:
    """Any second of eighty days, the last one of a Chinese day now and then."""
    if dice.random() < 0.1:
        return datetime(2026, 2, 28, 15, 59, 59, 999_999, tzinfo=UTC) + timedelta(
            microseconds=dice.randint(0, 1)
        )
    return BEGINNING + timedelta(seconds=dice.randint(0, 80 * 86_400))


def drawn(dice: random.Random, facts: dict[str, list[Any]]) -> Event:
    """An event that has come as far as it has."""
    at, far = moment(dice), dice.randint(0, len(STEPS))
    event: Event = {"reported_at": at, "state": "reported", "merged_into": None}
    for number, name in enumerate(STEPS):
        at += timedelta(hours=dice.choice([0, 0, 1, 30, 500]))
        event[name] = at if number < far else None
    handled = event["handled_at"] is not None
    return event | {
        "unit_code": dice.choice([*GRIDS, None]),
        "organisation_id": dice.choice([*facts["organisations"], None]),
        "worker_id": dice.choice([*facts["workers"][:3], None]),
        "source": dice.choice(["app", "hotline", "sensor"]),
        "category": dice.choice(facts["matters"]),
        "valid": dice.choice([None, True, False]),
        "handled_on_time": dice.choice([True, False]) if handled else None,
        "returned_count": dice.choice([0, 0, 1, 3]),
        "redispatched_count": dice.choice([0, 0, 2]),
    }


def read_facts(connection: Connection[Any]) -> dict[str, list[Any]]:
    ask = {
        "organisations": "SELECT id FROM organisation ORDER BY id",
        "workers": "SELECT id FROM worker ORDER BY id",
        "matters": "SELECT code FROM matter WHERE code LIKE '01%' OR code LIKE '02%' ORDER BY code LIMIT 40",
    }
    return {name: [row[0] for row in connection.execute(text)] for name, text in ask.items()}


COLUMNS = (
    "reported_at", "state", "merged_into", *STEPS, "unit_code", "organisation_id", "worker_id", "source",
    "category", "valid", "handled_on_time", "returned_count", "redispatched_count",
)  # fmt: skip


def put(connection: Connection[Any], events: list[Event], prefix: str) -> None:
    """Bring events in by COPY, as intake does."""
    names = ", ".join(("no", "title", "ruling", "occurred_at", "geom", *COLUMNS))
    with connection.cursor().copy(f"COPY event ({names}) FROM STDIN") as copy:
        for number, event in enumerate(events):
            lon, lat = middle(event["unit_code"] or GRIDS[0])
            place = f"SRID=4326;POINT({lon} {lat})"
            row = (event[name] for name in COLUMNS)
            copy.write_row((f"{prefix}-{number}", "t", "inside", event["reported_at"], place, *row))


def change(
    connection: Connection[Any], dice: random.Random, facts: dict[str, list[Any]], prefix: str
) -> None:
    """Do something to some of the events of a prefix: one of everything that can happen."""
    mine = [row[0] for row in connection.execute("SELECT id FROM event WHERE no LIKE %s", [f"{prefix}%"])]
    chosen = dice.sample(mine, min(len(mine), dice.randint(1, 12)))
    what = dice.choice(["in", "on", "moved", "merged", "gone", "same"])
    if what == "in":
        put(connection, [drawn(dice, facts) for _ in range(dice.randint(1, 25))], f"{prefix}-{dice.random()}")
    for number in chosen:
        if what == "on":
            new = drawn(dice, facts)
            sets = ", ".join(
                f"{name} = %({name})s" for name in COLUMNS if name not in ("state", "merged_into")
            )
            statement = "UPDATE event SET " + sets + " WHERE id = %(id)s"  # noqa: S608
            connection.execute(statement, new | {"id": number})
        elif what == "moved":
            connection.execute("UPDATE event SET unit_code = %s WHERE id = %s", [dice.choice(GRIDS), number])
        elif what == "merged" and number != mine[0]:
            merge = "UPDATE event SET state = 'merged', merged_into = %s WHERE id = %s"
            connection.execute(merge, [mine[0], number])
        elif what == "same":
            connection.execute("UPDATE event SET title = title || '!' WHERE id = %s", [number])
    if what == "gone":
        kept = "SELECT merged_into FROM event WHERE merged_into IS NOT NULL"
        gone = f"DELETE FROM event WHERE id = ANY (%s) AND id NOT IN ({kept})"  # noqa: S608
        connection.execute(gone, [chosen])


def day_of(at: datetime) -> date:
    return at.astimezone(SHANGHAI).date()


HOLDS: dict[str, Callable[[Event], bool]] = {
    "reported": lambda e: True,
    "merged": lambda e: e["merged_into"] is not None,
    "valid": lambda e: e["valid"] is True,
    "invalid": lambda e: e["valid"] is False,
    **{step.removesuffix("_at"): (lambda e, step=step: e[step] is not None) for step in STEPS},
    "on_time": lambda e: e["handled_on_time"] is True,
    "late": lambda e: e["handled_on_time"] is False,
    "returned": lambda e: e["returned_count"] > 0,
    "returns": lambda e: e["returned_count"] > 0,
    "redispatched": lambda e: e["redispatched_count"] > 0,
    "redispatches": lambda e: e["redispatched_count"] > 0,
}


def own_moment(event: Event, name: str) -> datetime | None:
    """When the step of a measure was; by hand, and never asking measures.py."""
    if name in ("reported", "merged"):
        return event["reported_at"]
    if name in ("valid", "invalid"):
        return event["accepted_at"] or event["reported_at"]
    if name in ("on_time", "late"):
        return event["handled_at"]
    return event.get(f"{name}_at")


def plainly(events: list[Event], asked: Asked, classes: dict[str, str]) -> dict[Any, dict[str, int]]:
    """Count in Python, event by event."""
    cells: dict[Any, dict[str, int]] = {}
    for event in (each for each in events if passes(each, asked, classes)):
        for name in NAMES:
            at = event["reported_at"] if asked.basis == 0 else own_moment(event, name)
            if at is None or not HOLDS[name](event) or not asked.since <= day_of(at) < asked.until:
                continue
            cell = (start_of(day_of(at), asked.bucket), key_of(event, asked, classes))
            times = {"returns": "returned_count", "redispatches": "redispatched_count"}.get(name)
            counts = cells.setdefault(cell, dict.fromkeys(NAMES, 0))
            counts[name] += event[times] if times else 1
    return cells


def passes(event: Event, asked: Asked, classes: dict[str, str]) -> bool:
    pairs = (
        (asked.organisation, event["organisation_id"]), (asked.person, event["worker_id"]),
        (asked.source, event["source"]), (asked.category, event["category"]),
        (asked.class_code, classes[event["category"]]),
    )  # fmt: skip
    in_unit = asked.unit is None or (event["unit_code"] or NONE).startswith(asked.unit)
    return in_unit and all(want in (None, str(has) if has is not None else NONE) for want, has in pairs)


def key_of(event: Event, asked: Asked, classes: dict[str, str]) -> str | None:
    values = {
        "all": None, "source": event["source"], "category": event["category"],
        "class": classes[event["category"]], "organisation": event["organisation_id"],
        "person": event["worker_id"], "unit": (event["unit_code"] or "")[: WIDTHS[asked.level - 1]] or None,
    }  # fmt: skip
    return None if values[asked.by] is None else str(values[asked.by])


def questions(dice: random.Random, facts: dict[str, list[Any]]) -> Iterator[Asked]:
    """Every grouping by every bucket, and some of the many filters and spans."""
    for by in ("all", "unit", "organisation", "source", "category", "class", "person"):
        for bucket in ("day", "week", "month", "quarter", "year", "all"):
            for basis in (0, 1):
                yield Asked(*SPAN, by, bucket, basis, level=dice.randint(1, 4))  # type: ignore[arg-type]
    filters = {
        "unit": [NONE, *STREETS, *COMMUNITIES, GRIDS[3]],
        "organisation": [NONE, str(facts["organisations"][0])],
        "person": [NONE, str(facts["workers"][0])],
        "source": ["app"],
        "category": facts["matters"][:2],
        "class_code": [facts["matters"][0][:5]],
    }
    spans = [SPAN, (date(2026, 2, 1), date(2026, 3, 1)), (date(2026, 2, 11), date(2026, 3, 17))]
    for name, choices in filters.items():
        for choice in choices:
            span = dice.choice(spans)
            by = dice.choice(["all", "unit", "source", "category", "organisation"])
            yield replace(
                Asked(*span, by, dice.choice(["month", "all", "day"]), dice.randint(0, 1)), **{name: choice}
            )


def as_dict(found: Any) -> dict[Any, dict[str, int]]:
    return {(cell.starts, cell.key): cell.counts for cell in found.cells}


def check(
    connection: Connection[Any], reader: Reader, dice: random.Random, facts: dict[str, list[Any]]
) -> set[int | None]:
    """Compare every question's answer with counting by hand; returns the cubes that were used."""
    with connection.cursor(row_factory=dict_row) as cursor:
        events = cursor.execute("SELECT * FROM event").fetchall()
    classes = dict(connection.execute("SELECT code, class_code FROM matter").fetchall())
    used = set()
    for asked in questions(dice, facts):
        found, wanted = figures(connection, asked, reader), plainly(events, asked, classes)
        assert as_dict(found) == wanted, asked
        assert as_dict(figures(connection, asked, reader, kept=False)) == wanted, asked
        used.add(found.cube)
    return used
