"""Messages taken in: put into our words, made reports of, and kept where they are not taken.

    received = receive(connection, desk, reader, adapter, messages)

One transaction takes the good ones; the others are kept with their reasons, sealed, until somebody has mended
the mapping and sends them again, or drops them. Nothing that was read is lost.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from functools import cached_property
from typing import Any

import orjson
from psycopg import Connection
from psycopg.rows import dict_row

from spatial.database import as_platform, query
from spatial.errors import Forbidden, InvalidInput, NotFound, Problem, TooMany
from spatial.events.intake import Desk, Outcome, take_in
from spatial.events.intake_report import Report
from spatial.partners.adapters.reports import name_of, report_of, shown
from spatial.partners.adapters.store import ROOM, Adapter, check_keeper
from spatial.partners.mapping import Mapped, check_message
from spatial.rights.data_keys import open_keyring, open_to_seal
from spatial.rights.envelope import Place, master_file
from spatial.rights.reader import Reader
from spatial.rights.rules import RESPONDERS

Json = Any
MOST_WAITING = 20_000
"""Refused messages of one adapter that wait; above it the sender keeps them."""
LARGEST = 256 * 1024
"""Bytes of one message that is kept; a larger one is refused, and stays with its sender."""
MOST_SENT_AGAIN = 1_000
MOST_SHOWN = 100
"""Messages that a dry run shows."""


@dataclass(frozen=True)
class Received:
    """What became of a message: an outcome of intake, or the reasons and the number it is kept under."""

    outcome: Outcome
    refusal: int | None = None
    state: str | None = None
    """Of a refused one: waiting, or dropped before."""

    @property
    def problems(self) -> tuple[Problem, ...]:
        """Why it is no event; () when it is one."""
        return self.outcome.problems


@dataclass(frozen=True)
class _Read:
    """A message on its way."""

    message: Json
    mapped: Mapped
    report: Report | None
    problems: tuple[Problem, ...] = ()

    @cached_property
    def key(self) -> str:
        """Name it: by what the sender calls it, else by what it says."""
        name = name_of(self.mapped)
        return name if name is not None else "#" + hashlib.sha256(_bytes(self.message)).hexdigest()

    @property
    def can_be_kept(self) -> bool:
        """Tell whether it is small enough to be kept when it is refused."""
        return len(_bytes(self.message)) <= LARGEST


def _bytes(message: Json) -> bytes:
    return orjson.dumps(message, option=orjson.OPT_SORT_KEYS)


def check_may_send(reader: Reader) -> None:
    """See that somebody may report events at all."""
    if reader.role not in RESPONDERS:
        raise Forbidden("this role reads events, and reports none")


def receive(
    connection: Connection[Any], desk: Desk, reader: Reader, adapter: Adapter, messages: Sequence[Json]
) -> list[Received]:
    """Take messages in, in the order sent; what is refused is kept.

    connection: of a session of `reader`, committed afterwards. Forbidden for roles that report nothing, and
    for an adapter that is paused; TooMany when too many refused ones wait already.
    """
    check_may_send(reader)
    if adapter.state != "active":
        raise Forbidden(f"the adapter is paused: {adapter.why}")
    read = [_read(adapter, message) for message in messages]
    outcomes = _outcomes(connection, desk, reader, read)
    with as_platform(connection, reader):
        kept = _kept(connection, desk, adapter, read, outcomes)
        _settled(connection, adapter, read, outcomes)
        _count(connection, adapter, outcomes)
    return [
        Received(outcome, *kept.get(each.key, (None, None))) if outcome.problems else Received(outcome)
        for each, outcome in zip(read, outcomes, strict=True)
    ]


def _read(adapter: Adapter, message: Json) -> _Read:
    try:
        check_message(message, "message")
    except InvalidInput as error:
        return _Read(message, Mapped({}), None, error.problems)
    mapped = adapter.mapping.apply(message)
    made = report_of(mapped, adapter.name, adapter.source)
    if isinstance(made, Report):
        return _Read(message, mapped, made)
    return _Read(message, mapped, None, tuple(made))


def _outcomes(
    connection: Connection[Any], desk: Desk, reader: Reader, read: Sequence[_Read]
) -> list[Outcome]:
    reports = [each.report for each in read if each.report is not None]
    taken = iter(take_in(connection, desk, reader, reports) if reports else ())
    return [Outcome(problems=each.problems) if each.report is None else next(taken) for each in read]


def _kept(
    connection: Connection[Any], desk: Desk, adapter: Adapter, read: Sequence[_Read],
    outcomes: Sequence[Outcome],
) -> dict[str, tuple[int, str]]:  # fmt: skip
    """Keep what was refused, sealed; gives number and state by key. Of one name the last one stands."""
    pairs = zip(read, outcomes, strict=True)
    refused = {each.key: (each, out) for each, out in pairs if out.problems and each.can_be_kept}
    if not refused:
        return {}
    most = {"adapter": adapter.id, "most": MOST_WAITING + 1}
    waiting = connection.execute(query(ROOM, "refusal_count"), most).fetchall()[0][0]
    if waiting + len(refused) > MOST_WAITING:
        raise TooMany(f"{waiting} refused messages wait already: somebody must look at them first", 3600)
    told = [_written(out.problems) for _, out in refused.values()]
    values = {"adapter": adapter.id, "keys": list(refused), "problems": told}
    rows = connection.execute(query(ROOM, "refusal_keep"), values).fetchall()
    _seal(connection, desk, {number: refused[key][0].message for number, key, _ in rows})
    return {key: (number, state) for number, key, state in rows}


def _written(problems: Sequence[Problem]) -> str:
    """Write reasons that can be kept: they may show a piece of the message."""
    told = [{"where": _line(each.where), "reason": _line(each.reason)} for each in problems[:20]]
    return orjson.dumps(told).decode()


def _line(text: str) -> str:
    return "".join(sign if sign.isprintable() else "\ufffd" for sign in text)[:500]


def _seal(connection: Connection[Any], desk: Desk, messages: dict[int, Json]) -> None:
    keyring = open_to_seal(connection, master_file(desk.settings))
    ciphers = [keyring.encrypt(_place(number), _bytes(each).decode()) for number, each in messages.items()]
    connection.execute(query(ROOM, "refusal_seal"), {"ids": list(messages), "ciphers": ciphers})


def _place(number: int) -> Place:
    return Place("adapter_refusal", "message", number)


def _settled(
    connection: Connection[Any], adapter: Adapter, read: Sequence[_Read], outcomes: Sequence[Outcome]
) -> None:
    """Note of what was refused before that it has become an event."""
    good = {each.key: out.id for each, out in zip(read, outcomes, strict=True) if not out.problems}
    values = {"adapter": adapter.id, "keys": list(good), "events": list(good.values())}
    connection.execute(query(ROOM, "refusal_settle"), values)


def _count(connection: Connection[Any], adapter: Adapter, outcomes: Sequence[Outcome]) -> None:
    taken = sum(each.created for each in outcomes)
    refused = sum(bool(each.problems) for each in outcomes)
    values = {"taken": taken, "refused": refused, "known": len(outcomes) - taken - refused}
    connection.execute(query(ROOM, "pace_count"), {"id": adapter.id, **values})


def tried(
    connection: Connection[Any], desk: Desk, reader: Reader, adapter: Adapter, document: Json
) -> list[dict[str, Json]]:
    """See what would become of the messages of a document (dry run), and keep nothing of it.

    connection: of a session of `reader`. Gives for each of the first MOST_SHOWN its fields as they were
    mapped, the report, and what intake says of it; `created`: it would be a new event.
    """
    check_may_send(reader)
    read = [_read(adapter, message) for message in adapter.mapping.messages(document)[:MOST_SHOWN]]
    with connection.transaction(force_rollback=True):
        outcomes = _outcomes(connection, desk, reader, read)
    return [_shown(each, outcome) for each, outcome in zip(read, outcomes, strict=True)]


def _shown(read: _Read, outcome: Outcome) -> dict[str, Json]:
    said = {name: value for name, value in asdict(outcome).items() if name not in ("problems", "no")}
    if outcome.created:
        said["id"] = None
    return {
        "fields": dict(read.mapped.fields),
        "report": None if read.report is None else shown(read.report),
        "outcome": None if outcome.problems else said,
        "problems": [asdict(each) for each in outcome.problems],
    }


def refusals(
    connection: Connection[Any], name: str, state: str | None = None, after: int | None = None,
    limit: int = 100, number: int | None = None,
) -> list[dict[str, Json]]:  # fmt: skip
    """List refused messages of an adapter, oldest first, without what they say."""
    values = {"name": name, "state": state, "after": after, "limit": limit, "id": number}
    with connection.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(query(ROOM, "refusal_list"), values).fetchall()


def refusal(
    connection: Connection[Any], desk: Desk, reader: Reader, adapter: Adapter, number: int
) -> dict[str, Json]:
    """Read one with what it says; that is on record. NotFound."""
    check_keeper(reader)
    found = refusals(connection, adapter.name, number=number, limit=1)
    if not found:
        raise NotFound(f"there is no refused message '{number}'")
    with as_platform(connection, reader):
        opened = _opened(connection, desk, adapter, [number])
        _record(connection, adapter, "message-read", 1, [number])
    return {**found[0], "message": opened.get(number)}


def _opened(
    connection: Connection[Any], desk: Desk, adapter: Adapter, ids: Sequence[int] | None
) -> dict[int, Json]:
    """Open messages that wait, or those that are named; connection: of the platform."""
    values = {"adapter": adapter.id, "ids": ids, "limit": MOST_SENT_AGAIN}
    rows = connection.execute(query(ROOM, "refusal_open"), values).fetchall()
    if not rows:
        return {}
    keyring = open_keyring(connection, master_file(desk.settings))
    return {number: orjson.loads(keyring.decrypt(_place(number), bytes(cipher))) for number, cipher in rows}


def send_again(
    connection: Connection[Any], desk: Desk, reader: Reader, adapter: Adapter,
    ids: Sequence[int] | None = None,
) -> list[Received]:  # fmt: skip
    """Take refused messages in anew by the mapping of now, with the reader's rights: named ones, or all.

    All: the MOST_SENT_AGAIN that have waited longest.
    """
    check_keeper(reader)
    with as_platform(connection, reader):
        opened = _opened(connection, desk, adapter, ids)
        _record(connection, adapter, "message-again", len(opened), ids)
    received = receive(connection, desk, reader, replace(adapter, state="active"), list(opened.values()))
    with as_platform(connection, reader):
        # By another name now, it was kept once more: the first of the two is settled.
        for number, each in zip(opened, received, strict=True):
            _moved(connection, adapter, number, each)
    return received


def _moved(connection: Connection[Any], adapter: Adapter, number: int, received: Received) -> None:
    if not received.problems:
        values = {"id": number, "event": received.outcome.id}
        connection.execute(query(ROOM, "refusal_taken"), values)
    elif received.refusal not in (None, number):
        connection.execute(
            query(ROOM, "refusal_drop"),
            {"adapter": adapter.id, "ids": [number], "why": "has another name now"},
        )


def drop(
    connection: Connection[Any], reader: Reader, adapter: Adapter, why: str, ids: Sequence[int] | None = None
) -> int:
    """Give refused messages up for good: named ones, or all; the reason is kept. Tells how many."""
    check_keeper(reader)
    if not why.strip():
        raise InvalidInput.at("why", "must say why they are dropped")
    with as_platform(connection, reader):
        values = {"adapter": adapter.id, "ids": ids, "why": why.strip()[:500]}
        count = connection.execute(query(ROOM, "refusal_drop"), values).rowcount
        _record(connection, adapter, "message-drop", count, ids, why.strip()[:500])
    return count


def _record(
    connection: Connection[Any], adapter: Adapter, action: str, count: int, ids: Iterable[int] | None,
    why: str | None = None,
) -> None:  # fmt: skip
    told = orjson.dumps(None if ids is None else list(ids)[:100]).decode()
    values = {"action": action, "adapter": adapter.id, "count": count, "ids": told, "why": why}
    connection.execute(query(ROOM, "record"), values)
