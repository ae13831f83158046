"""A net change falls into parts that can be made or left out one without another."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable
from itertools import combinations

import shapely

from grid_editor.base import Base
from grid_editor.change import OUTSIDE, Change, Piece, UnitValue
from grid_editor.pieces import box_of, boxes_meet, lines_of

Item = Hashable
"""A piece, tagged with whether it comes, or the id of a unit whose values change."""


def difference(old: Base, new: Base) -> Change:
    """Give the change that makes one version of a coverage of another."""
    return Change.between(old.pieces, new.pieces, old.units.values(), new.units.values())


def parts_of(change: Change) -> list[Change]:
    """Take a change apart; made one after another, in any order, the parts are the change.

    Borders stay together where one cannot go without the other: at a node whose arcs do not balance, around
    a unit that begins or retires, of units below such a one, and where a new border needs the room that
    another one of the same unit makes for it. So do units that pass a code on.
    """
    groups = _Groups()
    uneven = _join_at_nodes(groups, change)
    _join_by_units(groups, change, uneven)
    _join_families(groups, change)
    _join_codes(groups, change)
    _join_crossing(groups, change)
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


def _join_codes(groups: _Groups, change: Change) -> None:
    """A unit that takes the code of another goes with the one that gives it up."""
    given_up = {unit.code: unit.id for unit in change.before if unit.code is not None}
    for unit in change.after:
        if unit.code in given_up:
            groups.join([unit.id, given_up[unit.code]])


def _join_crossing(groups: _Groups, change: Change) -> None:
    """Parts with a side in common go together where borders of one, new or old, cross those of the other."""
    members = groups.members()
    parts = [_part(change, set(items)) for items in members]
    of_unit: dict[str, list[int]] = defaultdict(list)
    for number, part in enumerate(parts):
        for side in _sides(part):
            of_unit[side].append(number)
    pairs = {pair for numbers in of_unit.values() for pair in combinations(numbers, 2)}
    for one, other in sorted(pairs):
        if lines_clash(parts[one], parts[other]):
            groups.join([members[one][0], members[other][0]])


def _sides(change: Change) -> set[str]:
    """Name what lies beside its borders, the outside too: two units may grow into the same ground."""
    return {side for piece in (*change.removed, *change.added) for side in piece.sides}


def lines_clash(mine: Change, theirs: Change) -> bool:
    """Borders beside one unit that cross or meet, or one of which is an island that the other may pass.

    One of the two may only take borders away: what the other puts there needs the room.
    """
    if not (mine.added or theirs.added) or _sides(mine).isdisjoint(_sides(theirs)):
        return False
    ours, others = (*mine.added, *mine.removed), (*theirs.added, *theirs.removed)
    if not boxes_meet(box_of(ours), box_of(others)):
        return False
    if any(piece.ends[0] == piece.ends[1] for piece in (*ours, *others)):
        return True
    tree = shapely.STRtree(lines_of(others))
    first, second = tree.query(lines_of(ours), predicate="intersects")
    return any(_meet_between_nodes(ours[i], others[j]) for i, j in zip(first, second, strict=True))


def _meet_between_nodes(one: Piece, other: Piece) -> bool:
    ours, others = lines_of([one, other])
    common = shapely.intersection(ours, others)
    ends = shapely.multipoints([line.coords[at] for line in (ours, others) for at in (0, -1)])
    return not shapely.is_empty(shapely.difference(common, ends))


def _part(change: Change, members: set[Item]) -> Change:
    def of(units: tuple[UnitValue, ...]) -> tuple[UnitValue, ...]:
        return tuple(unit for unit in units if unit.id in members)

    return Change(
        tuple(piece for piece in change.removed if (False, piece) in members),
        tuple(piece for piece in change.added if (True, piece) in members),
        of(change.before),
        of(change.after),
    )
