"""Rules of alarms as people keep them: checked, changed under an edition, and never without a legal basis."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg import Connection
from psycopg.rows import dict_row
from psycopg.types.json import Jsonb

from lifeline.alarms.kept.conditions import EACH, ROOM, channel_of
from lifeline.alarms.rules import Rule
from lifeline.alarms.text import read_rule, write_rule
from lifeline.alarms.units import convert
from spatial.database import as_platform, query
from spatial.errors import Conflict, Forbidden, InvalidInput, NotFound, Problem
from spatial.rights.reader import Reader
from spatial.rights.rules import rule_of

MOST_CHANNELS = 10_000
Json = dict[str, Any]


@dataclass(frozen=True)
class Draft:
    """A rule as somebody sends it. rule: a row of `lifeline.alarms.text.read_rule`, without code and basis.

    datastreams or observed_property (a name or a definition; of one network, where that is said) name the
    channels of which inputs of the sensor `each` are; a rule without such inputs is one condition over the
    datastreams whose numbers its inputs name.
    """

    name: str
    legal_basis: str
    rule: Mapping[str, Any]
    datastreams: Sequence[int] = ()
    observed_property: str | None = None
    network: str | None = None
    transport_s: float = 60.0
    enabled: bool = True

    def engine(self) -> Rule:
        """Make the machine's rule; InvalidInput names the field as it was sent."""
        try:
            return read_rule({**self.rule, "code": self.name, "legal_basis": self.legal_basis})
        except InvalidInput as wrong:
            raise InvalidInput(
                [Problem(_sent_as(each.where), each.reason) for each in wrong.problems]
            ) from None


def _sent_as(where: str) -> str:
    known = {"code": "name", "legal_basis": "legal_basis", "rule": "rule"}
    return known.get(where, f"rule.{where}")


def create(connection: Connection[Any], reader: Reader, organisation: int | None, draft: Draft) -> int:
    """Make a rule of an organisation; gives its number. connection: of a session of the reader.

    InvalidInput names what cannot be so; Forbidden for roles that keep none.
    """
    _may(reader, "create")
    values = {
        **_checked(connection, organisation, draft),
        "organisation": organisation,
        "username": reader.username,
    }
    try:
        with connection.transaction():
            number, edition = connection.execute(query(ROOM, "rule_add"), values).fetchall()[0]
    except psycopg.errors.InsufficientPrivilege:
        raise InvalidInput.at(
            "organisation", "this account may keep rules of its own organisation only"
        ) from None
    _keep(connection, reader, {**values, "id": number, "edition": edition})
    return int(number)


def hold(connection: Connection[Any], reader: Reader, number: int) -> Json:
    """Hold a rule to change it: id, edition, organisation_id; NotFound, Forbidden."""
    if not _rows(connection, "rules", {"id": number, "after": None, "limit": 1}):
        raise NotFound(f"there is no rule '{number}'")
    _may(reader, "update")
    found = _rows(connection, "rule_lock", {"id": number})
    if not found:
        raise NotFound(f"there is no rule '{number}'")
    return found[0]


def change(connection: Connection[Any], reader: Reader, held: Json, draft: Draft) -> None:
    """Make a rule that is held another edition; alarms that stand go on by it from the next look."""
    values = {
        **_checked(connection, held["organisation_id"], draft),
        "id": held["id"],
        "username": reader.username,
    }
    number, edition = connection.execute(query(ROOM, "rule_change"), values).fetchall()[0]
    _keep(connection, reader, {**values, "id": number, "edition": edition})


def delete(connection: Connection[Any], held: Json) -> None:
    """Delete a rule that is held; Conflict while alarms of it stand. What it raised stays on record."""
    counts = _rows(connection, "rule_counts", {"id": held["id"]})[0]
    if counts["standing"]:
        raise Conflict(f"{counts['standing']} alarms of this rule stand: see to them, or disable it first")
    connection.execute(query(ROOM, "rule_delete"), {"id": held["id"]})


def listed(connection: Connection[Any], after: int | None, limit: int) -> list[Json]:
    """List the rules that the reader may see, in the order in which they were made."""
    return _rows(connection, "rules", {"id": None, "after": after, "limit": limit})


def read(connection: Connection[Any], number: int) -> Json:
    """Read a rule with its editions, how many conditions and alarms it has, and why values were refused."""
    found = _rows(connection, "rules", {"id": number, "after": None, "limit": 1})
    if not found:
        raise NotFound(f"there is no rule '{number}'")
    counts = _rows(connection, "rule_counts", {"id": number})[0]
    return {**found[0], **counts, "editions": _rows(connection, "rule_editions", {"id": number})}


def engine_of(connection: Connection[Any], number: int, tried: Mapping[str, Any] | None = None) -> Rule:
    """Read the machine's rule, or as it would be with other conditions; NotFound, InvalidInput."""
    found = _rows(connection, "rules", {"id": number, "after": None, "limit": 1})
    if not found:
        raise NotFound(f"there is no rule '{number}'")
    rule = Draft(found[0]["name"], found[0]["legal_basis"], tried or found[0]["rule"]).engine()
    for place, entry in enumerate(rule.inputs):
        if entry.sensor != EACH and not _is_number(entry.sensor):
            raise InvalidInput.at(
                f"rule.inputs.{place}.sensor", f"must be '{EACH}' or the number of a datastream"
            )
    return rule


def _keep(connection: Connection[Any], reader: Reader, values: Json) -> None:
    with as_platform(connection, reader):
        connection.execute(query(ROOM, "edition_add"), values)


def _may(reader: Reader, verb: str) -> None:
    if reader.role not in rule_of("alarm_rule").may(verb):
        raise Forbidden("rules of alarms are for district administrators to keep")


def _checked(connection: Connection[Any], organisation: int | None, draft: Draft) -> Json:
    rule = draft.engine()
    problems = list(_of_channels(rule, draft))
    if problems:
        raise InvalidInput(problems)
    _check_units(connection, organisation, rule, draft)
    fixed = [number for entry in rule.inputs if (number := channel_of(entry)) is not None]
    has_each = len(fixed) < len(rule.inputs)
    kept = write_rule(rule)
    del kept["code"], kept["legal_basis"]
    return {
        "name": draft.name, "legal_basis": draft.legal_basis, "rule": Jsonb(kept), "enabled": draft.enabled,
        "datastreams": sorted(set(draft.datastreams)) if has_each else fixed[:1],
        "observed_property": draft.observed_property, "transport_s": draft.transport_s,
        "network": _network(connection, draft.network),
    }  # fmt: skip


def _of_channels(rule: Rule, draft: Draft) -> Iterator[Problem]:
    for place, entry in enumerate(rule.inputs):
        if entry.sensor != EACH and not _is_number(entry.sensor):
            yield Problem(f"rule.inputs.{place}.sensor", f"must be '{EACH}' or the number of a datastream")
    has_each = any(entry.sensor == EACH for entry in rule.inputs)
    named = bool(draft.datastreams) + (draft.observed_property is not None)
    if has_each and named != 1:
        yield Problem(
            "datastreams", f"inputs of '{EACH}' need datastreams or an observed_property, one of both"
        )
    if not has_each and named:
        where = "datastreams" if draft.datastreams else "observed_property"
        yield Problem(where, f"goes with inputs of the sensor '{EACH}' only")
    if draft.network is not None and draft.observed_property is None:
        yield Problem("network", "goes with an observed_property only")


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) < 19 and int(text) > 0


def _check_units(connection: Connection[Any], organisation: int | None, rule: Rule, draft: Draft) -> None:
    """See that each channel that is named is there, of the same organisation, and in a unit that fits."""
    asked = {number for entry in rule.inputs if (number := channel_of(entry)) is not None}
    values = {"datastreams": sorted(asked | set(draft.datastreams)), "organisation": organisation}
    units: dict[int, str] = dict(connection.execute(query(ROOM, "channels"), values).fetchall())
    problems = [
        Problem(f"datastreams.{place}", f"there is no datastream {number} of this organisation")
        for place, number in enumerate(draft.datastreams)
        if number not in units
    ]
    for place, entry in enumerate(rule.inputs):
        fixed = channel_of(entry)
        if fixed is not None and fixed not in units:
            where = f"rule.inputs.{place}.sensor"
            problems.append(Problem(where, f"there is no datastream {fixed} of this organisation"))
            continue
        for number in draft.datastreams if fixed is None else (fixed,):
            why = convert(0.0, units[number], entry.unit) if number in units else 0.0
            if isinstance(why, str):
                problems.append(Problem(f"rule.inputs.{place}.unit", f"datastream {number}: {why}"))
                break
    if problems:
        raise InvalidInput(problems[:50])


def _network(connection: Connection[Any], name: str | None) -> int | None:
    if name is None:
        return None
    found = connection.execute(query(ROOM, "network_named"), {"network": name}).fetchone()
    if found is None:
        raise InvalidInput.at("network", f"there is no network '{name}'")
    return int(found[0])


def _rows(connection: Connection[Any], name: str, values: Json) -> list[Json]:
    with connection.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(query(ROOM, name), values).fetchall()
