"""Floods of alarms (报警泛滥): what chatters, what has one cause, and the few that matter of ten thousand.

Nothing is thrown away here: what is not among the few is counted in the group of its cause.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from lifeline.alarms.states import Event, Transition

CHATTER_TIMES, CHATTER_MS = 3, 60_000
"""Raised so often in so short a time, an alarm chatters (ISA-18.2, EEMUA 191: three in a minute)."""

Cause = Callable[[str], str | None]
"""Names what a source hangs on, one step upstream: a sensor on its station, a segment on the one before."""


@dataclass(frozen=True)
class Standing:
    """An alarm that stands: its key, where it comes from, its level (1 the gravest) and since when."""

    key: str
    source: str
    level: int
    since_ms: int


@dataclass(frozen=True)
class Group:
    """Alarms of one cause: the one to look at first, how many there are, and since when."""

    root: str
    first: Standing
    count: int
    since_ms: int


def chatters(told: Sequence[Transition], now_ms: int) -> bool:
    """Tell whether an alarm came up too often just now; `told` is its own transitions, in any order."""
    raised = (step.at_ms for step in told if step.event is Event.RAISED)
    return sum(now_ms - CHATTER_MS < at_ms <= now_ms for at_ms in raised) >= CHATTER_TIMES


def roots(sources: Iterable[str], cause: Cause) -> dict[str, str]:
    """Find of each source the farthest upstream one that is in alarm too; itself where there is none.

    What lies between may be silent: a station that is cut off says nothing. A cause that goes round in a
    circle is walked once, and the least name of those in alarm on the circle stands for it.
    """
    there = set(sources)
    known: dict[str, str | None] = {}
    for source in there:
        way, end = _climb(source, cause, known, there)
        for name in reversed(way):
            end = end or (name if name in there else None)
            known[name] = end
    return {source: known[source] or source for source in there}


def _climb(
    source: str, cause: Cause, known: Mapping[str, str | None], there: set[str]
) -> tuple[list[str], str | None]:
    """Go upstream until the way ends or is known; gives what was passed, and the root beyond it."""
    way: dict[str, int] = {}
    at: str | None = source
    while at is not None and at not in known:
        if at in way:
            circle = list(way)[way[at] :]
            return list(way), min((name for name in circle if name in there), default=None)
        way[at] = len(way)
        at = cause(at)
    return list(way), known[at] if at is not None else None


def muster(standing: Iterable[Standing], cause: Cause, most: int = 10) -> list[Group]:
    """Pick the groups to look at first: by gravest level, then size, then age; `most` of them.

    In a group the alarm of the root itself comes first, then the gravest, then the oldest.
    """
    alarms = list(standing)
    root = roots((alarm.source for alarm in alarms), cause)
    groups: dict[str, list[Standing]] = {}
    for alarm in alarms:
        groups.setdefault(root[alarm.source], []).append(alarm)
    found = [_group(name, members) for name, members in groups.items()]
    gravest = {name: min(alarm.level for alarm in members) for name, members in groups.items()}
    found.sort(key=lambda group: (gravest[group.root], -group.count, group.since_ms, group.root))
    return found[:most]


def _group(root: str, members: list[Standing]) -> Group:
    def place(alarm: Standing) -> tuple[bool, int, int, str]:
        return alarm.source != root, alarm.level, alarm.since_ms, alarm.key

    return Group(root, min(members, key=place), len(members), min(alarm.since_ms for alarm in members))


def by_tree(upstream: Mapping[str, str]) -> Cause:
    """Make a cause of a table: each source with the one upstream of it."""
    return upstream.get
