"""Reads resource paths of SensorThings (`Things(1)/Datastreams(2)/Observations`) into conditions."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from psycopg import sql

from lifeline.telemetry.conditions import Names, Sql
from lifeline.telemetry.entities import SETS, EntitySet
from spatial.errors import InvalidInput, NotFound

LONGEST = 12
_SEGMENT = re.compile(r"(\w+)(?:\((.{1,60})\))?", re.DOTALL)
_OBSERVATION = re.compile(r"'(\d{1,18})-(-?\d{1,17})'")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Target:
    """What a path leads to: entities of a set, one of them (`is_one`), or a property of it.

    `parent` is the statement that finds the entity the set hangs on: without it the set is not found.
    """

    set: EntitySet
    alias: sql.Identifier
    condition: Sql | None = None
    is_one: bool = False
    parent: sql.Composed | None = None
    property: str | None = None
    raw: bool = False
    refs: bool = False
    link: tuple[str, Target] | None = None
    """The name of the last link, and where it goes out from."""


def resolve(path: str, names: Names) -> Target:
    """Find what a path below the root leads to; NotFound names the segment that leads nowhere."""
    segments = path.strip("/").split("/")
    if len(segments) > LONGEST:
        raise NotFound(f"a path has {LONGEST} segments at most")
    target = _first(segments[0], names)
    for segment in segments[1:]:
        target = _step(target, segment, names)
    return target


def _first(segment: str, names: Names) -> Target:
    name, key = _halves(segment)
    if name not in SETS:
        raise NotFound(f"there is no set {name[:40]}; there are {', '.join(SETS)}")
    target = Target(SETS[name], names.new())
    return _keyed(target, key) if key is not None else target


def _step(target: Target, segment: str, names: Names) -> Target:
    if target.refs or target.raw:
        raise NotFound(f"nothing comes after {'$ref' if target.refs else '$value'}")
    if segment == "$ref" and target.property is None:
        return replace(target, refs=True)
    if segment == "$value" and target.property is not None:
        return replace(target, raw=True)
    if not target.is_one or target.property is not None:
        raise NotFound(f"{segment[:40]} comes after one entity, as in Things(1)/{segment[:40]}")
    if segment in target.set.properties or segment in ("id", "@iot.id"):
        return replace(target, property=segment)
    name, key = _halves(segment)
    if name not in target.set.links:
        known = ", ".join([*target.set.links, *target.set.properties])
        raise NotFound(f"{target.set.name} have no {name[:40]}; there are {known}")
    return _linked(target, name, key, names)


def _linked(target: Target, name: str, key: str | None, names: Names) -> Target:
    way, alias = target.set.links[name], names.new()
    there = SETS[way.target]
    known = target.condition if target.condition is not None else sql.SQL("true")
    here = sql.SQL("FROM {} AS {} WHERE {}").format(sql.Identifier(target.set.table), target.alias, known)
    joins = sql.SQL(way.joins).format(here=target.alias, there=alias)
    condition = sql.SQL("EXISTS (SELECT {} AND {})").format(here, joins)
    found = Target(
        there, alias, condition, not way.many, sql.SQL("SELECT 1 {}").format(here), link=(name, target)
    )
    if key is None:
        return found
    if not way.many:
        raise NotFound(f"{name} is one: it is not chosen by a key")
    return _keyed(found, key)


def _keyed(target: Target, key: str) -> Target:
    own = key_condition(target.set, target.alias, key)
    both = own if target.condition is None else sql.SQL("{} AND {}").format(own, target.condition)
    return replace(target, condition=both, is_one=True, parent=None)


def key_condition(here: EntitySet, alias: sql.Identifier, key: str) -> sql.Composed:
    """Write which row a key names; NotFound when no row can have it."""
    values = observation_key(key) if len(here.keys) == 2 else (_number(key, here.name),)
    pairs = zip(here.keys, values, strict=True)
    return sql.SQL(" AND ").join(
        sql.SQL("{} = {}").format(sql.SQL(column).format(t=alias), sql.Literal(value))
        for column, value in pairs
    )


def observation_key(key: str) -> tuple[int, datetime]:
    """Read the key of an observation: its datastream, and its time in microseconds since 1970."""
    match = _OBSERVATION.fullmatch(key)
    if match is None:
        raise NotFound("an observation is named as in Observations('12-1767225600000000')")
    try:
        return int(match[1]), _EPOCH + timedelta(microseconds=int(match[2]))
    except OverflowError:
        raise NotFound("there is no observation of that time") from None


def _number(key: str, name: str) -> int:
    if not (key.isascii() and key.isdigit() and len(key) <= 18):
        raise NotFound(f"{name} are named by numbers, as in {name}(1)")
    return int(key)


def _halves(segment: str) -> tuple[str, str | None]:
    match = _SEGMENT.fullmatch(segment)
    if match is None:
        raise NotFound(f"{segment[:40]} is no segment of a path")
    return match[1], match[2]


def number_in(value: object, where: str) -> int:
    """Read the number of an entity that a body refers to."""
    if not isinstance(value, int) or isinstance(value, bool) or not 0 < value < 2**63:
        raise InvalidInput.at(where, "must be the number of an entity")
    return value
