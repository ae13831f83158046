"""The log of what happened (事件流), read by a cursor: nothing is missed and nothing seen twice.

Steps of events, warnings and published coverages are logs already; they are read where they stand. Numbers of
rows are drawn before their transactions commit, and so appear out of order. What is read is ordered by the
transaction, and ends before the oldest one of this database that still runs: below that nothing appears any
more. So a transaction that stays open holds everybody's log up; nothing is lost by it.

Transactions are numbered by the server. A database that was restored on another one begins another life
there (`begin_life`), and the rows of the lives before come first.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from psycopg import Connection, sql

from spatial.database import query
from spatial.errors import InvalidInput, Problem
from spatial.events.lifecycle_verbs import VERBS
from spatial.events.models import SOURCES

ROOM = "spatial.partners"
TOPICS = ("events", "warnings", "coverages")
EVENTS, WARNINGS, COVERAGES = 1, 2, 3
"""Numbers of the topics in cursors and tables."""
STEP_VERBS = frozenset(VERBS) | {"report"}
MOST_SCANNED = 10_000
"""Rows that one reading looks at, whatever it finds."""
PAGE = 1_000
_LARGEST_XID = 2**64 - 1
_LARGEST_ID = 2**63 - 1
_TABLES = ("event_step", "event_warning", "coverage_version")

Json = dict[str, Any]


@dataclass(frozen=True, order=True)
class Cursor:
    """A position in the log: everything up to and with this row was seen."""

    life: int = 0
    txid: int = 0
    topic: int = 0
    row: int = 0

    def __str__(self) -> str:
        text = f"1.{self.life}.{self.txid}.{self.topic}.{self.row}"
        return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")

    @classmethod
    def parse(cls, text: str, where: str = "cursor") -> Cursor:
        """Read a cursor; InvalidInput at `where` for what is none of ours."""
        try:
            raw = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
            form, *numbers = (int(part) for part in raw.decode("ascii").split("."))
            found = cls(*numbers)
        except (ValueError, TypeError, binascii.Error):
            raise InvalidInput.at(where, "is no cursor that was given here") from None
        known = (
            0 <= found.life < 2**15 and 0 <= found.txid <= _LARGEST_XID and 0 <= found.topic <= len(TOPICS)
        )
        if form != 1 or len(numbers) != 4 or not known or not 0 <= found.row <= _LARGEST_ID:
            raise InvalidInput.at(where, "is no cursor that was given here")
        return found


@dataclass(frozen=True)
class Entry:
    """A row of the log, without the event that it is of."""

    topic: int
    life: int
    txid: int
    id: int
    at: datetime
    event_id: int | None
    verb: str
    facts: Json

    @property
    def cursor(self) -> Cursor:
        """Tell where it stands."""
        return Cursor(self.life, self.txid, self.topic, self.id)

    @property
    def name(self) -> str:
        """Tell it apart from all others of this city."""
        return f"{TOPICS[self.topic - 1]}-{self.id}"

    @property
    def subject(self) -> str:
        """Name what it is of: steps of one subject are told one after another."""
        if self.event_id is None:
            return f"coverages/{self.facts['coverage']}"
        return f"events/{self.event_id}"


@dataclass(frozen=True)
class Seen:
    """An event as its reader may see it now."""

    category: str
    unit_code: str | None
    source: str
    facts: Json


@dataclass(frozen=True)
class Wanted:
    """What of the log somebody wants; nothing given is everything.

    topics: names, or names with a verb: events, events.dispatch; categories and units: first digits.
    """

    topics: tuple[str, ...] = TOPICS
    categories: tuple[str, ...] = ()
    units: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()

    @property
    def numbers(self) -> list[int]:
        """Number the logs that are to be read."""
        names = {topic.partition(".")[0] for topic in self.topics}
        return [number for number, name in enumerate(TOPICS, 1) if name in names]

    def takes(self, entry: Entry) -> bool:
        """Tell whether it is of a topic that is wanted."""
        name = TOPICS[entry.topic - 1]
        return name in self.topics or f"{name}.{entry.verb}" in self.topics

    def takes_event(self, event: Seen) -> bool:
        """Tell whether the event is one that is wanted."""
        return (
            (not self.sources or event.source in self.sources)
            and (not self.categories or event.category.startswith(self.categories))
            and (not self.units or (event.unit_code or "").startswith(self.units))
        )

    @property
    def asks_of_events(self) -> bool:
        """Tell whether it matters which event something is of."""
        return bool(self.categories or self.units or self.sources)


def check_wanted(wanted: Wanted) -> list[Problem]:
    """Say what is wrong with what somebody wants."""
    problems = [Problem("topics", "must name one at least")] if not wanted.topics else []
    problems += [
        Problem("topics", f"has no '{topic[:60]}'") for topic in wanted.topics if not _is_topic(topic)
    ]
    problems += [
        Problem("sources", f"has no '{each[:60]}'") for each in wanted.sources if each not in SOURCES
    ]
    for where in ("categories", "units"):
        words = getattr(wanted, where)
        problems += [Problem(where, "are first digits of codes") for each in words if not _is_code(each)]
    return problems[:20]


def _is_topic(topic: str) -> bool:
    name, dot, verb = topic.partition(".")
    return name in TOPICS and (not dot or (name == "events" and verb in STEP_VERBS))


def _is_code(text: str) -> bool:
    return 0 < len(text) <= 40 and text.isascii() and text.isalnum()


def horizon(connection: Connection[Any]) -> Cursor:
    """Give the end of what is settled: a reader that begins here sees what comes from now on."""
    life, txid = connection.execute(query(ROOM, "log_horizon")).fetchall()[0]
    return Cursor(life, int(txid))


def check_given(cursor: Cursor, end: Cursor, where: str) -> None:
    """See that a position somebody gives lies in the log, whose end is `end`; InvalidInput at `where`."""
    if cursor > end:
        raise InvalidInput.at(
            where, "lies ahead of the log: it is another city's, or this one was put back to an earlier day"
        )


def held_since(connection: Connection[Any]) -> datetime | None:
    """Tell since when committed steps wait for an older transaction to end; None when none does."""
    found: datetime | None = connection.execute(query(ROOM, "log_held")).fetchall()[0][0]
    return found


def source(connection: Connection[Any]) -> str:
    """Name this city as messages do."""
    return f"urn:uuid:{connection.execute(query(ROOM, 'log_source')).fetchall()[0][0]}"


@dataclass
class Scan:
    """What a reading found, and where the next one begins."""

    cursor: Cursor
    entries: list[Entry] = field(default_factory=list)
    more: bool = False
    """There is more that is settled already."""


def scan(connection: Connection[Any], after: Cursor, wanted: Wanted, limit: int) -> Scan:
    """Read up to `limit` rows of the wanted topics behind a position, looking at PAGE rows in any case.

    connection: of the platform; which of the events the reader may see is asked of `seen`.
    """
    end = horizon(connection)
    if after >= end:
        return Scan(after)
    rows = read(connection, after, end, wanted.numbers, max(limit, PAGE))
    found = Scan(end if len(rows) < max(limit, PAGE) else rows[-1].cursor)
    found.more = found.cursor != end
    found.entries = [entry for entry in rows if wanted.takes(entry)]
    if len(found.entries) > limit:
        found.entries = found.entries[:limit]
        found.cursor, found.more = found.entries[-1].cursor, True
    return found


def read(
    connection: Connection[Any], after: Cursor, end: Cursor, topics: Sequence[int], limit: int
) -> list[Entry]:
    """Read rows between two positions in their order; connection: of the platform."""
    values = {
        "topics": list(topics), "life": after.life, "txid": str(after.txid), "until_life": end.life,
        "until_txid": str(end.txid), "limit": limit,
    }  # fmt: skip
    values |= {f"row_{number}": _beyond(after, number) for number in range(1, len(TOPICS) + 1)}
    return [_entry(row) for row in connection.execute(query(ROOM, "log_read"), values)]


def _beyond(after: Cursor, topic: int) -> int:
    """Number the last row of a topic that was seen of the cursor's own transaction."""
    if topic == after.topic:
        return after.row
    return 0 if topic > after.topic else _LARGEST_ID


def _entry(row: Sequence[Any]) -> Entry:
    topic, life, txid, *rest = row
    return Entry(topic, life, int(txid), *rest)


def rows(connection: Connection[Any], topic: int, ids: Iterable[int]) -> dict[int, Entry]:
    """Read single rows of a log; connection: of the platform."""
    found = connection.execute(query(ROOM, "log_rows"), {"topic": topic, "ids": list(ids)})
    return {entry.id: entry for entry in map(_entry, found)}


def last_step(connection: Connection[Any], event: int) -> Entry | None:
    """Read the last step of an event; connection: of the platform."""
    found = connection.execute(query(ROOM, "log_last_step"), {"event": event}).fetchall()
    return rows(connection, EVENTS, [found[0][0]]).get(found[0][0]) if found else None


def seen(connection: Connection[Any], ids: Collection[int]) -> dict[int, Seen]:
    """Read those of the events that the reader of the connection may see."""
    if not ids:
        return {}
    found = connection.execute(query(ROOM, "log_events"), {"ids": list(ids)})
    return {key: Seen(*rest) for key, *rest in found}


def visible(wanted: Wanted, entry: Entry, events: Mapping[int, Seen]) -> bool:
    """Tell whether a row may be told, and is wanted."""
    if entry.event_id is None:
        return True
    event = events.get(entry.event_id)
    return event is not None and wanted.takes_event(event)


def begin_life(connection: Connection[Any]) -> bool:
    """See whether the database has come to another server, and begin a new life there; tells whether it has.

    connection: of the tables' owner, in a transaction.
    """
    life, same, server, name = connection.execute(query(ROOM, "log_server")).fetchall()[0]
    if same:
        return False
    values = {"life": life + 1, "server": server, "source": name}
    connection.execute(query(ROOM, "log_begin_life"), values)
    for table in _TABLES:
        statement = sql.SQL("ALTER TABLE {} ALTER COLUMN life SET DEFAULT {}")
        connection.execute(statement.format(sql.Identifier(table), sql.Literal(life + 1)))
    return True
