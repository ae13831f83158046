"""Checks of what units are called and who answers for them."""

from __future__ import annotations

import re
from collections.abc import Iterator

from grid_editor.change import UnitValue
from grid_editor.checks import fixes
from grid_editor.checks.issues import Fix, Issue, make_issue
from grid_editor.checks.rules import severity_of
from grid_editor.checks.sight import Sight
from spatial.grids.words import LEVEL_NAMES

_NUMBER = re.compile(r"\d+")


def unnamed(sight: Sight) -> Iterator[Issue]:
    """Find units without a name."""
    for unit in sight.units:
        if not unit.name.strip():
            severity = severity_of("unnamed", sight.limits)
            yield make_issue(
                "unnamed", severity, [unit.id], sight.shape(unit.id), fixes=(_suggested(sight, unit),)
            )


def duplicate_names(sight: Sight) -> Iterator[Issue]:
    """Find units that are called like another one of the same parent; the one that is told is the newer."""
    told: set[frozenset[str]] = set()
    for unit in sight.units:
        for other in _siblings(sight, unit):
            pair = frozenset({unit.id, other.id})
            if other.name.strip() == unit.name.strip() != "" and pair not in told:
                told.add(pair)
                newer, older = _by_age(sight, unit, other)
                yield make_issue(
                    "duplicate_name", severity_of("duplicate_name", sight.limits), [newer.id, older.id],
                    sight.shape(newer.id), values=sight.named(newer.id), fixes=(_suggested(sight, newer),),
                )  # fmt: skip


def duplicate_codes(sight: Sight) -> Iterator[Issue]:
    """Find units with a code that another one has."""
    holders: dict[str, list[UnitValue]] = {}
    codes = {unit.code for unit in sight.units if unit.code}
    for unit in [*sight.units, *sight.state.change.after, *_published(sight, codes)]:
        if unit.code in codes and unit not in holders.setdefault(unit.code or "", []):
            holders[unit.code or ""].append(unit)
    for code, units in holders.items():
        for other in units[1:]:
            newer, older = _by_age(sight, units[0], other)
            yield make_issue(
                "duplicate_code", severity_of("duplicate_code", sight.limits), [newer.id, older.id],
                sight.shape(newer.id), values={"code": code, **sight.named(older.id, "other")},
            )  # fmt: skip


def _published(sight: Sight, codes: set[str]) -> list[UnitValue]:
    """Give the units of the published version that have one of some codes and still have it."""
    base = sight.state.base
    ids = [base.codes[code] for code in codes if code in base.codes]
    return [unit for id in ids if (unit := sight.state.find(id)) is not None and unit.code in codes]


def _by_age(sight: Sight, one: UnitValue, other: UnitValue) -> tuple[UnitValue, UnitValue]:
    """Put the one first that the published version does not have as it is now, else the greater id."""
    known = sight.state.base.units
    newer = max((one, other), key=lambda each: (known.get(each.id) != each, each.id not in known, each.id))
    return newer, other if newer is one else one


def _siblings(sight: Sight, unit: UnitValue) -> list[UnitValue]:
    above = unit.parent if unit.level > 1 and unit.parent else ""
    found = (sight.state.find(id) for id in sight.state.children(above) if id != unit.id)
    return [each for each in found if each is not None and each.parent == unit.parent]


def _suggested(sight: Sight, unit: UnitValue) -> Fix:
    """Suggest the parent's way of naming: its stem and the first free number."""
    siblings = _siblings(sight, unit)
    taken = {sibling.name.strip() for sibling in siblings}
    for pattern, pattern_en in _patterns(sight, unit, siblings):
        for number in range(1, len(siblings) + 3):
            name = pattern.format(n=number)
            if name not in taken:
                return fixes.rename(unit.id, name, pattern_en.format(n=number))
    raise AssertionError("there is always a free number")


def _patterns(sight: Sight, unit: UnitValue, siblings: list[UnitValue]) -> list[tuple[str, str]]:
    """Take the pattern of numbered siblings, then the level's own: 第1网格, Grid 1."""
    numbered = [each for each in siblings if len(_NUMBER.findall(each.name)) == 1]
    found = [
        (_braced(each.name), _braced(each.name_en))
        for each in sorted(numbered, key=lambda each: each.name)[:1]
    ]
    title, title_en = LEVEL_NAMES.get(sight.state.base.about.levels[unit.level - 1], ("单元", "Unit"))
    return [*found, (f"第{{n}}{title}", f"{title_en} {{n}}")]


def _braced(name: str) -> str:
    safe = name.replace("{", "").replace("}", "")
    return _NUMBER.sub("{n}", safe, count=1) if _NUMBER.search(safe) else f"{safe} {{n}}".strip()


def duty(sight: Sight) -> Iterator[Issue]:
    """Find base units that nobody works in, neither by the plan nor by the register of people."""
    staffed = sight.facts.staffed
    if staffed is None or sight.limits.get("duty") is False:
        return
    for unit in sight.leaves:
        if not unit.people and unit.code not in staffed:
            severity = severity_of("no_duty_person", sight.limits)
            yield make_issue(
                "no_duty_person", severity, [unit.id], sight.shape(unit.id),
                values=sight.named(unit.id), fixes=_leaders_beside(sight, unit),
            )  # fmt: skip


def _leaders_beside(sight: Sight, unit: UnitValue) -> tuple[Fix, ...]:
    """Offer the leaders of the units beside."""
    found = []
    for other in sight.kin_beside(unit) if sight.is_base(unit) else ():
        leaders = [[worker, role] for worker, role in sight.state.unit(other).people if role == "leader"]
        if leaders:
            payload = {"op": "assign", "unit": unit.id, "people": leaders[:1]}
            found.append(Fix("take_person", payload, sight.named(other)))
    return tuple(found[:2])
