"""A rule over the history of its channels: what would it have told? For tuning its thresholds."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import numpy as np
from psycopg import Connection

from lifeline.alarms.kept.conditions import ROOM, channel_of
from lifeline.alarms.kept.moments import moment_of, ms_of
from lifeline.alarms.replay import replay
from lifeline.alarms.rules import Rule
from lifeline.alarms.states import Event, Transition
from lifeline.alarms.units import convert
from spatial.database import query
from spatial.errors import InvalidInput, TooLarge

MOST_VALUES = 100_000
MOST_CONDITIONS = 200
MOST_STEPS = 1_000
"""Steps that are told one by one; all are counted."""
LONGEST = timedelta(days=366)
Json = dict[str, Any]


@dataclass(frozen=True)
class Span:
    """From when to when; both ends belong to it."""

    begins: datetime
    ends: datetime


def rehearse(
    connection: Connection[Any], number: int, rule: Rule, span: Span, datastream: int | None = None
) -> Json:
    """Replay a rule over what its channels measured, in the order of the values' own times.

    connection: of a session of whoever asks. number: the rule whose channels they are; rule: it, or what is
    to become of it. datastream: that condition alone. InvalidInput, TooLarge name the field.
    """
    _check(span)
    channels = [each for (each,) in connection.execute(query(ROOM, "rule_channels"), {"rule": number})]
    if datastream is not None:
        if datastream not in channels:
            raise InvalidInput.at("datastream", f"{datastream} is none of the rule's")
        channels = [datastream]
    if len(channels) > MOST_CONDITIONS:
        raise TooLarge.at(
            "datastream", f"the rule is of {len(channels)} channels, {MOST_CONDITIONS} are taken: name one"
        )
    fixed = {channel for entry in rule.inputs if (channel := channel_of(entry)) is not None}
    history = _history(connection, sorted(fixed | set(channels)), span)
    told = [(channel, _replayed(rule, channel, history, span)) for channel in channels]
    return _answer(rule, told, span, sum(len(at) for at, _, _ in history.values()))


History = Mapping[int, tuple[list[int], list[float], str]]
"""Of each channel times (ms), values and their unit."""


def _check(span: Span) -> None:
    if span.begins >= span.ends:
        raise InvalidInput.at("to", "must be later than from")
    if span.ends - span.begins > LONGEST:
        raise TooLarge.at("to", f"{LONGEST.days} days are taken at most")


def _history(connection: Connection[Any], channels: Sequence[int], span: Span) -> History:
    units = dict(connection.execute(query(ROOM, "units"), {"datastreams": channels}).fetchall())
    found: dict[int, tuple[list[int], list[float], str]] = {
        channel: ([], [], units.get(channel, "")) for channel in channels
    }
    values = {"datastreams": channels, "begins": span.begins, "ends": span.ends, "most": MOST_VALUES + 1}
    rows = connection.execute(query(ROOM, "history"), values).fetchall()
    if len(rows) > MOST_VALUES:
        raise TooLarge.at(
            "to", f"there are more than {MOST_VALUES} values: ask for less, or name a datastream"
        )
    for channel, at, value in rows:
        found[channel][0].append(ms_of(at))
        found[channel][1].append(value)
    return found


def _replayed(rule: Rule, channel: int, history: History, span: Span) -> list[Transition]:
    places, times, values = list[int](), list[int](), list[float]()
    for place, entry in enumerate(rule.inputs):
        at, numbers, unit = history.get(channel_of(entry) or channel, ([], [], entry.unit))
        made = [convert(number, unit, entry.unit) for number in numbers]
        good = [
            (moment, number) for moment, number in zip(at, made, strict=True) if isinstance(number, float)
        ]
        places += [place] * len(good)
        times += [moment for moment, _ in good]
        values += [number for _, number in good]
    order = np.lexsort((np.array(places, np.int64), np.array(times, np.int64)))
    columns = (
        np.array(places, np.int64)[order],
        np.array(times, np.int64)[order],
        np.array(values, float)[order],
    )
    return replay(rule, *columns, ms_of(span.begins), ms_of(span.ends))


def _answer(rule: Rule, told: Sequence[tuple[int, list[Transition]]], span: Span, values: int) -> Json:
    steps = [_step(rule, channel, each) for channel, all_told in told for each in all_told]
    steps.sort(key=lambda step: (step["at"], step["datastream"]))
    raised = Counter(step["level"] for step in steps if step["event"] in ("raised", "upgraded"))
    return {
        "conditions": len(told), "values": values, "steps": steps[:MOST_STEPS],
        "more_steps": max(len(steps) - MOST_STEPS, 0),
        "raised": sum(step["event"] == "raised" for step in steps),
        "reached": {str(level): raised[level] for level in sorted(raised)},
        "active_s": round(sum(_active_s(all_told, span) for _, all_told in told), 3),
    }  # fmt: skip


def _step(rule: Rule, channel: int, told: Transition) -> Json:
    return {
        "datastream": channel, "at": moment_of(told.at_ms), "event": told.event.name.lower(),
        "level": rule.ladder[told.severity - 1].level if told.severity else None,
    }  # fmt: skip


def _active_s(told: Sequence[Transition], span: Span) -> float:
    """Add up how long the condition was there."""
    total, since = 0, None
    for each in told:
        if each.event is Event.RAISED:
            since = each.at_ms
        elif each.severity == 0 and since is not None:
            total, since = total + each.at_ms - since, None
    return (total + (ms_of(span.ends) - since if since is not None else 0)) / 1000
