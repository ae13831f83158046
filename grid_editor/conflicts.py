"""Two changes of one version: what of them does not touch goes together, the rest is shown three ways.

Base is the version that a plan was drawn on, mine the plan, published what others have published since. A
conflict is settled by a choice: mine takes back what was published there and makes the plan's change, theirs
leaves the plan's change out.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from hashlib import blake2b
from typing import Literal

from grid_editor.base import Base
from grid_editor.change import Change, UnitValue
from grid_editor.parts import difference, lines_clash, parts_of
from grid_editor.pieces import box_of, boxes_meet
from grid_editor.proof import Flaw, emptied, prove_near
from grid_editor.state import State
from spatial.errors import Conflict, InvalidInput, Problem

MINE, THEIRS = "mine", "theirs"
Choice = Literal["mine", "theirs"]


@dataclass(frozen=True)
class Clash:
    """One conflict: changes that cannot both be made."""

    id: str
    """The same for the same changes, whenever it is looked at."""
    mine: tuple[Change, ...]
    """Parts of the plan."""
    published: tuple[Change, ...]
    """Parts of what was published since."""

    @property
    def units(self) -> frozenset[str]:
        """The units whose borders or values it is about."""
        return frozenset().union(*(part.units for part in (*self.mine, *self.published)))


class Unsettled(Conflict):
    """A plan cannot be laid over the newest version until somebody chooses."""

    def __init__(self, clashes: Sequence[Clash]) -> None:
        self.clashes = tuple(clashes)
        count = len(clashes)
        super().__init__(
            f"{count} {'change' if count == 1 else 'changes'} of this plan touch what was published since:"
            " choose for each which one shall be"
        )


@dataclass(frozen=True)
class Comparison:
    """A plan beside what was published since it was drawn."""

    free: tuple[Change, ...]
    """Parts of the plan that touch nothing, as changes of the newest version."""
    clashes: tuple[Clash, ...]

    def settle(self, choices: Mapping[str, str]) -> Change:
        """Give the net change of the newest version; Unsettled while choices are missing, InvalidInput."""
        _check_choices(choices, self.clashes)
        if missing := [clash for clash in self.clashes if clash.id not in choices]:
            raise Unsettled(missing)
        won = [clash for clash in self.clashes if choices[clash.id] == MINE]
        found = Change()
        for part in [part.inverse() for clash in won for part in clash.published]:
            found = found.then(part)
        for part in (*self.free, *(part for clash in won for part in clash.mine)):
            found = found.then(part)
        return found


def compare(mine: Change, old: Base, new: Base) -> Comparison:
    """Compare a plan, a net change of `old`, with what made `new` of it."""
    parts, theirs = parts_of(mine), parts_of(difference(old, new))
    merged = [_merged(part, theirs) for part in parts]
    links = _with_followers(parts, theirs, [_links(part, theirs, State(new)) for part in merged])
    links = _with_followers(parts, theirs, _proven(merged, theirs, links, State(new)))
    clashes = list(_clashes(parts, theirs, links))
    free = tuple(part for part, hit in zip(merged, links, strict=True) if not hit and part)
    return Comparison(free, tuple(sorted(clashes, key=lambda clash: clash.id)))


def rebase(mine: Change, old: Base, new: Base, choices: Mapping[str, str] | None = None) -> State:
    """Lay a plan over another version; Unsettled while choices are missing, Conflict if it cannot fit."""
    if old is new:
        return State.of(new, mine)
    return State.of(new, compare(mine, old, new).settle(choices or {}))


def _check_choices(choices: Mapping[str, str], clashes: Sequence[Clash]) -> None:
    known = {clash.id for clash in clashes}
    problems = [
        Problem(f"choices.{key}", "is no conflict of this plan") for key in choices if key not in known
    ]
    problems += [
        Problem(f"choices.{key}", "must be mine or theirs")
        for key, choice in choices.items()
        if choice not in (MINE, THEIRS)
    ]
    if problems:
        raise InvalidInput(problems)


def _merged(part: Change, theirs: Sequence[Change]) -> Change:
    """Take over what others changed of the same units, where it is another field."""
    was = {unit.id: unit for change in theirs for unit in change.before}
    now = {unit.id: unit for change in theirs for unit in change.after}
    before, after = [], []
    mine = {unit.id: unit for unit in part.after}
    for unit in part.before:
        ours, others = mine.get(unit.id), now.get(unit.id)
        both = ours and others and unit.id in was and merge_values(unit, ours, others)
        before.append(others if both and others else unit)
        if ours:
            after.append(both or ours)
    known = {unit.id for unit in part.before}
    after += [unit for unit in part.after if unit.id not in known]
    return Change.between(part.removed, part.added, before, after)


def merge_values(base: UnitValue, mine: UnitValue, theirs: UnitValue) -> UnitValue | None:
    """Put together two changes of a unit field by field; None when they want one field differently."""
    taken = {}
    for field in fields(UnitValue):
        old, ours, others = (getattr(unit, field.name) for unit in (base, mine, theirs))
        if old != ours and old != others and ours != others:
            return None
        taken[field.name] = others if ours == old else ours
    return replace(base, **taken)


def _links(part: Change, theirs: Sequence[Change], now: State) -> set[int]:
    """Number the published changes that a part of the plan (values merged already) cannot go with."""
    return {number for number, other in enumerate(theirs) if _clash(part, other, now)}


def _with_followers(
    parts: Sequence[Change], theirs: Sequence[Change], links: Sequence[set[int]]
) -> list[set[int]]:
    """Values that were merged with a published change hang on it: where one is disputed, so is the other."""
    of_unit: dict[str, set[int]] = {}
    for number, other in enumerate(theirs):
        for unit in (*other.before, *other.after):
            of_unit.setdefault(unit.id, set()).add(number)
    merged = [set[int]().union(*(of_unit.get(unit.id, set()) for unit in part.before)) for part in parts]
    while True:
        disputed = set[int]().union(*links)
        wider = [
            hits | values if hits else values & disputed for hits, values in zip(links, merged, strict=True)
        ]
        if wider == list(links):
            return wider
        links = wider


def _proven(
    parts: Sequence[Change], theirs: Sequence[Change], links: Sequence[set[int]], now: State
) -> list[set[int]]:
    """Lay what seems free over the newest version: what the proof finds wrong there is a conflict, too.

    Two plans that grow into the same ground outside have no border in common.
    """
    links = [set(hits) for hits in links]
    for _ in parts:
        free = [number for number, hits in enumerate(links) if not hits and parts[number]]
        found = [
            pair
            for flaw in _flaws([parts[i] for i in free], theirs, now)
            for pair in _blame(flaw, {i: parts[i] for i in free}, theirs)
        ]
        if not found:
            break
        for number, other in found:
            links[number].add(other)
    return links


def _flaws(free: Sequence[Change], theirs: Sequence[Change], now: State) -> list[Flaw]:
    whole = Change()
    for part in free:
        whole = whole.then(part)
    try:
        state = now.apply(whole)
    except Conflict:
        return []
    changed = [whole, *theirs] if whole else []
    units = {unit for change in changed for unit in change.reshaped if state.find(unit)}
    left = {unit.parent for unit in whole.before if unit.parent is not None}
    return [*prove_near(state, units), *emptied(state, left)]


def _blame(flaw: Flaw, free: Mapping[int, Change], theirs: Sequence[Change]) -> Iterator[tuple[int, int]]:
    """Pair the parts that a flaw comes from: they touch its units, or lie where those do."""
    ours = [i for i, part in free.items() if _is_about(part, flaw)]
    others = [j for j, other in enumerate(theirs) if _is_about(other, flaw)]
    for i in ours:
        near = others or [j for j, other in enumerate(theirs) if _lie_together(free[i], other)]
        yield from ((i, j) for j in near)


def _is_about(change: Change, flaw: Flaw) -> bool:
    parents = {unit.parent for unit in change.before}
    return not (change.units | parents).isdisjoint(flaw.units)


def _lie_together(one: Change, other: Change) -> bool:
    ours, others = (*one.added, *one.removed), (*other.added, *other.removed)
    return bool(ours and others) and boxes_meet(box_of(ours), box_of(others))


def _clash(mine: Change, theirs: Change, now: State) -> bool:
    return (
        not {*mine.removed}.isdisjoint(theirs.removed)
        or not {*mine.added}.isdisjoint(theirs.added)
        or _values_clash(mine, theirs, now)
        or _families_clash(mine, theirs)
        or _families_clash(theirs, mine)
        or _codes_clash(mine, theirs)
        or lines_clash(mine, theirs)
    )


def _values_clash(mine: Change, theirs: Change, now: State) -> bool:
    """Values of one unit that could not be merged are still compared with what it was before."""
    touched = {unit.id for unit in (*theirs.before, *theirs.after)}
    changed = any(unit.id in touched and now.find(unit.id) != unit for unit in mine.before)
    return changed or not mine.born.isdisjoint(theirs.born)


def _families_clash(one: Change, other: Change) -> bool:
    """A border or child of a unit that the other one retires."""
    sides = {side for piece in one.added for side in piece.sides}
    parents = {unit.parent for unit in one.after if unit.parent is not None}
    return not other.retired.isdisjoint(sides | parents)


def _codes_clash(mine: Change, theirs: Change) -> bool:
    codes = {unit.code: unit.id for unit in theirs.after if unit.code is not None}
    return any(unit.code in codes and codes[unit.code] != unit.id for unit in mine.after)


def _clashes(parts: Sequence[Change], theirs: Sequence[Change], links: Sequence[set[int]]) -> Iterator[Clash]:
    """Put together what hangs together through conflicts."""
    for ours, others in _groups(links):
        mine, published = [parts[i] for i in ours], [theirs[j] for j in others]
        yield Clash(_name(mine, published), tuple(mine), tuple(published))


def _groups(links: Sequence[set[int]]) -> list[tuple[set[int], set[int]]]:
    groups: list[tuple[set[int], set[int]]] = []
    for part, hits in enumerate(links):
        if not hits:
            continue
        ours, others = {part}, set(hits)
        apart = []
        for group in groups:
            if group[1] & others:
                ours, others = ours | group[0], others | group[1]
            else:
                apart.append(group)
        groups = [*apart, (ours, others)]
    return groups


def _name(mine: Iterable[Change], published: Iterable[Change]) -> str:
    digest = blake2b(digest_size=8)
    for tag, changes in (("mine", mine), ("published", published)):
        for text in sorted(repr(change) for change in changes):
            digest.update(f"{tag}|{text}".encode())
    return digest.hexdigest()


__all__ = ["Clash", "Comparison", "Unsettled", "compare", "merge_values", "rebase"]
