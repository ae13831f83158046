"""A net change falls into parts that can be made or left out one without another."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable

from grid_editor.base import Base
from grid_editor.change import OUTSIDE, Change, Piece, UnitValue

Item = Hashable
"""A piece, tagged with whether it comes, or the id of a unit whose values change."""


def difference(old: Base, new: Base) -> Change:
    """Give the change that makes one version of a coverage of another."""
    return Change.between(old.pieces, new.pieces, old.units.values(), new.units.values())


def parts_of(change: Change) -> list[Change]:
    """Take a change apart; made one after another, in any order, the parts are the change.

    Borders stay together where one cannot go without the other: at a node whose arcs do not balance, around
    a unit that begins or retires, and of units below such a one.
    """
    groups = _Groups()
    uneven = _join_at_nodes(groups, change)
    _join_by_units(groups, change, uneven)
    _join_families(groups, change)
    return [_part(change, set(members)) for members in groups.members()]


class _Groups:
    """Items that belong together (union-find)."""

    def __init__(self) -> None:
        self._above: dict[Item, Item] = {}

    def find(self, item: Item) -> Item:
        above = self._above.setdefault(item, item)
        while above != item:
            self._above[item] = self._above[above]
            item, above = above, self._above[above]
        return item

    def join(self, items: Iterable[Item]) -> None:
        first: Item = None
        for item in items:
            root = self.find(item)
            if first is None:
                first = root
            else:
                self._above[root] = self.find(first)

    def members(self) -> list[list[Item]]:
        found: dict[Item, list[Item]] = defaultdict(list)
        for item in list(self._above):
            found[self.find(item)].append(item)
        return list(found.values())


def _tagged(change: Change) -> list[tuple[bool, Piece]]:
    return [*((False, piece) for piece in change.removed), *((True, piece) for piece in change.added)]


def _join_at_nodes(groups: _Groups, change: Change) -> set[Item]:
    """Join arcs that replace each other at a node; names those at nodes where they do not balance."""
    at: dict[tuple[int, int], list[tuple[bool, Piece]]] = defaultdict(list)
    for item in _tagged(change):
        groups.find(item)
        for node in item[1].ends:
            at[node].append(item)
    uneven: set[Item] = set()
    for items in at.values():
        pairs: dict[frozenset[str], list[tuple[bool, Piece]]] = defaultdict(list)
        for item in items:
            pairs[frozenset(item[1].sides)].append(item)
        if all(_balances(pair) for pair in pairs.values()):
            for pair in pairs.values():
                groups.join(pair)
        else:
            groups.join(items)
            uneven.update(items)
    return uneven


def _balances(pair: list[tuple[bool, Piece]]) -> bool:
    counts = Counter(comes for comes, _ in pair)
    return counts[True] == counts[False]


def _join_by_units(groups: _Groups, change: Change, uneven: set[Item]) -> None:
    whole = change.born | change.retired
    of_unit: dict[str, list[Item]] = defaultdict(list)
    for item in _tagged(change):
        for side in item[1].sides:
            if side != OUTSIDE and (side in whole or item in uneven):
                of_unit[side].append(item)
    for unit in {unit.id for unit in (*change.before, *change.after)}:
        groups.find(unit)
    for unit, items in of_unit.items():
        groups.join([unit, *items] if unit in whole else items)


def _join_families(groups: _Groups, change: Change) -> None:
    """A unit that moves below a new one, or away from one that retires, goes with it."""
    for units, passing in ((change.after, change.born), (change.before, change.retired)):
        for unit in units:
            if unit.parent in passing:
                groups.join([unit.id, unit.parent])


def _part(change: Change, members: set[Item]) -> Change:
    def of(units: tuple[UnitValue, ...]) -> tuple[UnitValue, ...]:
        return tuple(unit for unit in units if unit.id in members)

    return Change(
        tuple(piece for piece in change.removed if (False, piece) in members),
        tuple(piece for piece in change.added if (True, piece) in members),
        of(change.before),
        of(change.after),
    )
