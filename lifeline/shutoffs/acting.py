"""What people do with shut-offs: plan, announce, start, turn valves, end, call off, confirm changes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal

import orjson
from psycopg import Connection
from psycopg.types.json import Jsonb

from lifeline.shutoffs.finding import Finding, differences, find, in_words
from lifeline.shutoffs.models import OPEN
from lifeline.shutoffs.records import ROOM, ask_again, read, rows
from lifeline.traces.asking import Question
from lifeline.traces.held import Networks, read_known
from spatial.database import query
from spatial.errors import Conflict, Forbidden, InvalidInput, NotFound
from spatial.rights.reader import Reader
from spatial.rights.rules import rule_of

Json = dict[str, Any]
MOST_OPEN = 200
"""Shut-offs of one network that are planned or run at once."""
YEARS = range(2000, 2201)
"""In which one may lie."""
Turned = Literal["closed", "opened", "stuck"]


@dataclass(frozen=True)
class Planned:
    """What is said of a shut-off beside the question; from_at None: now."""

    cause: Literal["accidental", "planned"]
    title: str = ""
    from_at: datetime | None = None
    until_at: datetime | None = None


def plan(
    connection: Connection[Any], networks: Networks, reader: Reader, network: str, asked: Question,
    said: Planned,
) -> int:  # fmt: skip
    """Write a shut-off down as the network of now answers; gives its number.

    NotFound for a network that the reader does not see; Forbidden; InvalidInput at the field.
    """
    known = read_known(connection, network)
    _check_keeper(reader)
    _check_period(said)
    if len(rows(connection, "open_ones", {"network": known.id, "limit": MOST_OPEN})) >= MOST_OPEN:
        raise Conflict(f"{MOST_OPEN} shut-offs of this network are open already")
    finding = find(connection, networks, network, asked)
    values = {**vars(said), **_kept(finding), "network": known.id, "username": reader.username}
    number = int(connection.execute(query(ROOM, "add"), values).fetchall()[0][0])
    _set_border(connection, number, finding)
    return number


def announce(connection: Connection[Any], reader: Reader, number: int) -> None:
    """Note that those who are cut off were told; Conflict when it is not planned."""
    record = _hold(connection, reader, number, ("planned",))
    _move(connection, record, "announced")


def start(connection: Connection[Any], networks: Networks, reader: Reader, number: int) -> None:
    """Begin; Conflict that says what is different when the network no longer answers as it did."""
    record = _hold(connection, reader, number, ("planned", "announced"))
    finding = _asked(connection, networks, record)
    different = differences(record["found"], finding.found)
    if different:
        raise Conflict(
            f"the network has changed since edition {record['edition']}, it is {finding.edition} now:"
            f" {in_words(different)}; confirm the proposal first"
        )
    connection.execute(query(ROOM, "confirm"), {**_kept(finding), "id": number})
    _move(connection, record, "running")


def confirm(
    connection: Connection[Any], networks: Networks, reader: Reader, number: int, edition: int
) -> None:
    """Take over what the network of now answers; edition: of the proposal that was seen.

    Conflict when it has moved on since, for what comes then nobody has seen.
    """
    record = _hold(connection, reader, number, OPEN)
    finding = _asked(connection, networks, record)
    if finding.edition != edition:
        raise Conflict(
            f"the network is of edition {finding.edition} by now, not {edition}: look at the proposal again"
        )
    connection.execute(query(ROOM, "confirm"), {**_kept(finding), "id": number})
    _set_border(connection, number, finding)


def turn(connection: Connection[Any], reader: Reader, number: int, code: str, what: Turned) -> None:
    """Note that somebody closed a valve, opened it again, or found it stuck; the network knows it at once.

    Conflict in a state where that cannot be, and for opening what another shut-off needs closed.
    """
    record = _hold(connection, reader, number, OPEN if what == "stuck" else ("running",))
    state = next((each["state"] for each in record["valves"] if each["code"] == code), None)
    if state is None:
        raise NotFound(f"the shut-off has no valve '{code}'")
    if state == what:
        return
    _check_turn(connection, record, code, state, what)
    _note(connection, reader, record, [code], what)
    is_open = {"closed": False, "opened": True, "stuck": None}[what]
    _set_devices(connection, record, [code], is_open, {"closed": True, "stuck": False}.get(what))
    if what == "closed" and code in record["question"]["unusable"]:
        # It can be used after all.
        usable = [each for each in record["question"]["unusable"] if each != code]
        question = {**record["question"], "unusable": usable}
        kept = {"question": _jsonb(question), "edition": record["edition"], "found": _jsonb(record["found"])}
        connection.execute(query(ROOM, "confirm"), {**kept, "id": number})


def finish(
    connection: Connection[Any], reader: Reader, number: int, valves: Literal["opened", "left"] | None
) -> None:
    """End one that runs. valves: whether those that were closed for it are open again, or stay closed.

    InvalidInput at `valves` when some are closed and nothing is said of them. What another shut-off that
    runs needs closed is left to it.
    """
    record = _hold(connection, reader, number, ("running",))
    closed = _closed(record)
    if closed and valves is None:
        raise InvalidInput.at("valves", f"is needed: {', '.join(closed[:20])} are closed; opened, or left?")
    others = {code for code, _ in _held_by_others(connection, record, closed)}
    opened = [code for code in closed if valves == "opened" and code not in others]
    _note(connection, reader, record, opened, "opened")
    _note(connection, reader, record, [code for code in closed if code not in opened], "left")
    _set_devices(connection, record, opened, True, None)
    _move(connection, record, "done")


def cancel(connection: Connection[Any], reader: Reader, number: int) -> None:
    """Call one off; Conflict when it is over, or when valves are closed for it."""
    record = _hold(connection, reader, number, OPEN)
    if closed := _closed(record):
        raise Conflict(f"{', '.join(closed[:20])} are closed for it: open them first, or end it as done")
    _move(connection, record, "cancelled")


def _check_period(said: Planned) -> None:
    if said.cause == "planned":
        for name in ("from_at", "until_at"):
            if getattr(said, name) is None:
                raise InvalidInput.at(name, "is needed for what is planned")
    for name in ("from_at", "until_at"):
        at = getattr(said, name)
        if at is not None and at.year not in YEARS:
            raise InvalidInput.at(name, f"lies outside {YEARS[0]} to {YEARS[-1]}")
    if said.until_at is not None and said.until_at <= (said.from_at or datetime.now(UTC)):
        raise InvalidInput.at("until_at", "must lie after the beginning")


def _hold(connection: Connection[Any], reader: Reader, number: int, states: Sequence[str]) -> Json:
    """Hold a record until the end of the transaction; NotFound, Forbidden, Conflict in another state."""
    read(connection, number)
    _check_keeper(reader)
    connection.execute(query(ROOM, "lock"), {"id": number})
    # Read again: another may have changed it while this one waited.
    record = read(connection, number)
    if record["state"] not in states:
        raise Conflict(f"the shut-off is {record['state']}, and not {' or '.join(states)}")
    return record


def _check_keeper(reader: Reader) -> None:
    if reader.role not in rule_of("shut_off").create:
        raise Forbidden("this role does not shut networks off")


def _asked(connection: Connection[Any], networks: Networks, record: Json) -> Finding:
    try:
        return ask_again(connection, networks, record)
    except InvalidInput as error:
        raise Conflict(f"the network no longer has what was asked: {error.detail}") from None


def _check_turn(connection: Connection[Any], record: Json, code: str, state: str, what: Turned) -> None:
    if state == "held":
        raise Conflict(f"valve '{code}' was closed before, and is not of this shut-off to turn")
    if what == "stuck" and state in ("closed", "left"):
        raise Conflict(f"valve '{code}' is closed: one that does not open again is left at the end")
    if what != "opened":
        return
    if state != "closed":
        raise Conflict(f"valve '{code}' was not closed for this shut-off")
    for _, other in _held_by_others(connection, record, [code]):
        raise Conflict(f"valve '{code}' is needed closed by shut-off {other}, which runs")


def _held_by_others(connection: Connection[Any], record: Json, codes: Sequence[str]) -> list[tuple[str, int]]:
    values = {"network": record["network_id"], "id": record["id"], "codes": list(codes)}
    return [(row["code"], row["id"]) for row in rows(connection, "held_by_others", values)]


def _closed(record: Json) -> list[str]:
    return [each["code"] for each in record["valves"] if each["state"] == "closed"]


def _move(connection: Connection[Any], record: Json, state: str) -> None:
    connection.execute(query(ROOM, "move"), {"id": record["id"], "state": state})


def _note(
    connection: Connection[Any], reader: Reader, record: Json, codes: Sequence[str], state: str
) -> None:
    values = {"id": record["id"], "codes": list(codes), "state": state, "username": reader.username}
    connection.execute(query(ROOM, "turn"), values)


def _set_devices(
    connection: Connection[Any], record: Json, codes: Sequence[str], is_open: bool | None,
    is_operable: bool | None,
) -> None:  # fmt: skip
    """Change the devices themselves: the database raises the edition, and every process knows."""
    values = {"network": record["network_id"], "codes": list(codes), "is_open": is_open}
    connection.execute(query(ROOM, "device_turn"), {**values, "is_operable": is_operable})


def _set_border(connection: Connection[Any], number: int, finding: Finding) -> None:
    codes = [each["code"] for each in finding.valves]
    values = {
        "id": number, "codes": codes, "kinds": [each["kind"] for each in finding.valves],
        "needed": [each["needed"] for each in finding.valves],
        "states": [each["state"] for each in finding.valves],
    }  # fmt: skip
    connection.execute(query(ROOM, "valves_remove"), {"id": number, "codes": codes})
    connection.execute(query(ROOM, "valves_add"), values)


def _kept(finding: Finding) -> Json:
    return {
        "question": _jsonb(finding.question), "edition": finding.edition, "found": _jsonb(finding.found),
    }  # fmt: skip


def _jsonb(value: Any) -> Jsonb:
    return Jsonb(value, dumps=lambda each: orjson.dumps(each).decode())
