"""How plans, what was done to them, issues and conflicts are written as JSON."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import asdict
from typing import Any

import shapely
from psycopg import Connection

from api.city import City
from grid_editor import store
from grid_editor.change import Change
from grid_editor.checks import Fix, Issue, check, mark_standing, waive
from grid_editor.checks.rules import text_of, title_of, title_of_fix
from grid_editor.conflicts import Clash, Comparison
from grid_editor.editing import Done, state_of
from grid_editor.facts import NO_FACTS, Facts
from grid_editor.features import arc_features, collection, touched, value_json
from grid_editor.pieces import lines_of
from grid_editor.plan import Plan, verbs
from grid_editor.reach import sees
from grid_editor.state import State
from grid_editor.touched import touched_units
from spatial.rights.reader import Reader

Json = dict[str, Any]
LANGUAGES = ("zh", "en")
_LEFT_OUT = ("drafter_id", "publish_asked_by")


def plan_json(connection: Connection[Any], city: City, reader: Reader, plan: Plan) -> Json:
    """Describe a plan with what its reader may do, what undo and redo would be, and whether it is behind."""
    newest, _ = store.newest_version(connection, plan.coverage)
    may = verbs(plan, reader, store.authors(connection, plan), city.settings.plan_own_approval)
    open_ones = ("draft", "submitted", "returned", "approved")
    return {
        "no": plan.no,
        **{name: value for name, value in vars(plan).items() if name not in _LEFT_OUT},
        "is_mine": plan.drafter_id == reader.account_id,
        "may": may,
        "newest_version": newest,
        "is_behind": plan.status in open_ones and newest != plan.base_version,
        **_ways(connection, plan),
    }


def _ways(connection: Connection[Any], plan: Plan) -> Json:
    """Name what undo would take away and redo give back; None where there is nothing."""
    around = store.steps(connection, plan, max(0, plan.head - 1), 2)
    by_seq = {each["seq"]: {name: each[name] for name in ("seq", "op", "title")} for each in around}
    return {"undo": by_seq.get(plan.head), "redo": by_seq.get(plan.head + 1)}


def done_json(connection: Connection[Any], city: City, reader: Reader, done: Done) -> Json:
    """Say what a step, an undo or a redo did: what to redraw, and what the checks find there."""
    step = done.step
    moved = done.before.base is not done.after.base
    codes = city.bases.codes(done.after, done.change.units)
    drawn = touched(done.before, done.after, done.change, reader, codes)
    reasons = {each["issue_id"]: each["reason"] for each in store.waivers(connection, done.plan)}
    issues = [] if moved else local_issues(done.before, done.after, done.change, reader, reasons)
    return {
        "seq": None if step is None else step.seq,
        "op": None if step is None else step.operation.get("op"),
        "title": None if step is None else step.title,
        "etag": done.plan.etag,
        "head": done.plan.head,
        "version": done.plan.base_version,
        **drawn,
        "reload": drawn["reload"] or moved,
        "issues": issues_json(done.after, issues, reader),
        **_ways(connection, done.plan),
    }


def local_issues(
    before: State,
    after: State,
    change: Change,
    reader: Reader,
    reasons: dict[str, str],
    facts: Facts = NO_FACTS,
) -> list[Issue]:
    """Check what a change touches, as far as the reader may know it."""
    touched = touched_units(before, after, change, reader)
    found = mark_standing(check(after, touched, facts), check(State(after.base), touched, facts))
    return waive([issue for issue in found if _is_told(after, issue, reader)], reasons)


def _is_told(state: State, issue: Issue, reader: Reader) -> bool:
    """An issue of units all of which the reader may not know is none for this reader."""
    return not issue.units or any(sees(state, unit, reader) for unit in issue.units)


def issues_json(state: State, issues: Iterable[Issue], reader: Reader) -> list[Json]:
    """Write issues; of units that the reader may not know there is no word in them."""
    return [_issue_json(state, each, reader) for each in issues]


def _issue_json(state: State, issue: Issue, reader: Reader) -> Json:
    known = [unit for unit in issue.units if reader.sees_everything or sees(state, unit, reader)]
    whole = len(known) == len(issue.units)
    found = asdict(issue)
    found["units"] = known
    found["values"] = dict(issue.values) if whole else {}
    found["fixes"] = [_fix_json(fix) for fix in issue.fixes] if whole else []
    title = {lang: title_of(issue.rule, lang) for lang in LANGUAGES}
    text = {lang: text_of(issue, lang) for lang in LANGUAGES} if whole else title
    return {**found, "title": title, "text": text, "blocks": issue.blocks}


def _fix_json(fix: Fix) -> Json:
    words = {lang: title_of_fix(fix, lang) for lang in LANGUAGES}
    return {"key": fix.key, "title": words, "operation": dict(fix.operation), "values": dict(fix.values)}


def diff_json(state: State, reader: Reader, codes: dict[str, str]) -> Json:
    """Show what a plan changes: units before and after, arcs that go and come."""
    before, change = State(state.base), state.change
    known = [unit for unit in sorted(change.units) if _is_known(before, state, unit, reader)]
    base = {unit for unit in known if _is_base(before, state, unit)}
    return {
        "units": [_pair(before, state, unit, codes) for unit in known if unit in base],
        "parents": [_values(before, state, unit) for unit in known if unit not in base],
        "removed": collection(arc_features(before, change.removed, reader)),
        "added": collection(arc_features(state, change.added, reader)),
    }


def _pair(before: State, after: State, unit: str, codes: dict[str, str]) -> Json:
    shapes = {
        name: shapely.geometry.mapping(state.polygon(unit)) if state.find(unit) else None
        for name, state in (("before_shape", before), ("after_shape", after))
    }
    return {**_values(before, after, unit), **shapes, "proposed_code": codes.get(unit)}


def _values(before: State, after: State, unit: str) -> Json:
    was, now = before.find(unit), after.find(unit)
    kind = "new" if was is None else "retired" if now is None else "changed"
    return {
        "id": unit, "kind": kind,
        "before": None if was is None else value_json(was), "after": None if now is None else value_json(now),
    }  # fmt: skip


def _is_base(before: State, after: State, unit: str) -> bool:
    found = after.find(unit) or before.find(unit)
    return found is not None and found.level == after.base.depth


def _is_known(before: State, after: State, unit: str, reader: Reader) -> bool:
    return reader.sees_everything or sees(after, unit, reader) or sees(before, unit, reader)


def conflicts_json(comparison: Comparison, old: State, new: State, reader: Reader) -> Json:
    """Show conflicts three ways: base, mine, published, each with its arcs and values."""
    return {
        "free": len(comparison.free),
        "conflicts": [_clash_json(clash, old, new, reader) for clash in comparison.clashes],
    }


def _clash_json(clash: Clash, old: State, new: State, reader: Reader) -> Json:
    mine, published = _sum(clash.mine), _sum(clash.published)
    drawn = State(old.base, mine)
    units = [
        unit for unit in sorted(clash.units) if _is_known(old, new, unit, reader) or sees(drawn, unit, reader)
    ]
    removed = sorted({*mine.removed, *published.removed})
    return {
        "id": clash.id,
        "units": [_unit_ways(unit, mine, published, old) for unit in units],
        "base": collection(arc_features(old, removed, reader)),
        "mine": collection(arc_features(drawn, mine.added, reader)),
        "published": collection(arc_features(new, published.added, reader)),
        "bbox": _bbox([*removed, *mine.added, *published.added]),
        "choices": ["mine", "theirs"],
    }


def _unit_ways(unit: str, mine: Change, published: Change, old: State) -> Json:
    def value(change: Change) -> Json | None:
        after = {each.id: each for each in change.after}
        found = after.get(unit, None if unit in change.retired else old.find(unit))
        return None if found is None else value_json(found)

    was = old.find(unit)
    base = None if was is None else value_json(was)
    return {"id": unit, "base": base, "mine": value(mine), "published": value(published)}


def _sum(parts: Collection[Change]) -> Change:
    found = Change()
    for part in parts:
        found = found.then(part)
    return found


def _bbox(pieces: Collection[Any]) -> list[float] | None:
    if not pieces:
        return None
    return [float(edge) for edge in shapely.total_bounds(lines_of(list(pieces)))]


__all__ = ["conflicts_json", "diff_json", "done_json", "issues_json", "local_issues", "plan_json", "state_of"]
