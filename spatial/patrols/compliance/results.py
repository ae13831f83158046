"""Results of a patrol: the covered share of targets with its probability, what was missed, and the word."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import shapely

from spatial.patrols.compliance.kernels import longest_rising
from spatial.patrols.compliance.order import Stays, in_order, order_rate
from spatial.patrols.compliance.rates import LASTING, Asked
from spatial.patrols.compliance.rules import Rules
from spatial.patrols.compliance.seen import Seen, Window, united
from spatial.patrols.compliance.targets import AREAS, LINES, POINTS, Samples, Target
from spatial.patrols.compliance.waits import known_waits_s, longest_waits_s, silences_of

Word = Literal["open", "done", "partly", "missed", "cannot_tell"]
WORDS = ("open", "done", "partly", "missed", "cannot_tell")
"""open: not done yet, and the window is not over. cannot_tell: too bad a record to accuse by (无法判定)."""


@dataclass(frozen=True)
class Result:
    """What became of one target, or (see `together`) of a whole plan."""

    word: Word
    reason: str
    """no_fixes, few_fixes, bad_fixes, revisit, order, record, or nothing."""
    ratio: float
    """Covered share, 0 … 1."""
    probability: float
    """Share that was covered truly, to be expected from the accuracies of the fixes."""
    false_accusation_rate: float | None
    """How often the record of a true walker with this phone is no better; None where nobody is accused."""
    missed_rate: float | None
    """How often it is so bad that the threshold would call it missed; None while the window is open."""
    figures: dict[str, Any] = field(default_factory=dict)
    """covered, total, longest_gap_m, passes, in_order, dwell_s, first_us, last_us … as the kind has them."""
    missed: Any = None
    """In degrees: points, pieces of line, or cells; None for nothing."""
    stays: Stays | None = None
    """Of a point: when it was visited, for its order among others."""


def result_of(
    target: Target, samples: Samples, movers: Sequence[Seen], window: Window, rules: Rules, *,
    over: bool = True, recorded: bool = False,
) -> Result:  # fmt: skip
    """Judge a target by what each of those who had to cover it saw of it: somebody without fixes, too.

    over: its window has ended; recorded: somebody was there.
    """
    asked, seen = Asked(target, samples, movers, window, rules), united(movers, len(samples))
    enough = _enough(target, seen)
    covered = np.zeros(len(samples), np.bool_)
    covered[seen.sample[enough]] = True
    covered |= recorded
    ratio = float(samples.weight[covered].sum() / samples.weight.sum())
    probability = 1.0 if recorded else float(np.average(seen.likely, weights=samples.weight))
    figures = _figures(target, samples, seen, covered, window)
    word, reason, rate = _said(asked, ratio, figures.get("kept", 1.0), seen, over)
    return Result(
        word, "record" if recorded else reason, ratio, probability, rate,
        _missed_rate(asked) if over else None, figures, _missed(target, samples, covered),
        Stays.of(seen, enough, movers, window, rules) if target.kind == POINTS else None,
    )  # fmt: skip


def _said(asked: Asked, ratio: float, kept: float, seen: Seen, over: bool) -> tuple[Word, str, float | None]:
    """Give the word, why, and how often a true walker would have so bad a record."""
    rules = asked.rules
    if ratio < rules.done_at - 1e-9:
        if not over:
            return "open", "", None
        rates = asked.accusing(ratio)
        word = _word(ratio, max(rates), rules)
        return word, _why_of(asked, rates) if word == "cannot_tell" else "", max(rates)
    return ("done", "", None) if kept >= rules.done_at else _of_waits(asked, seen, over)


def _of_waits(asked: Asked, seen: Seen, over: bool) -> tuple[Word, str, float | None]:
    """Judge an area of which every cell was visited, but not as often as it should be."""
    wait_s, rules, window = asked.target.revisit_s, asked.rules, asked.window
    silences = silences_of(asked.movers, window, rules)
    waited = known_waits_s(seen, len(asked.samples), window, silences, wait_s)
    kept = float(np.mean(waited <= wait_s))
    if not over:
        return "open", "" if kept >= rules.done_at else "revisit", None
    if kept >= rules.done_at:
        return "cannot_tell", "few_fixes", 1.0
    rates = asked.accusing(kept, max(1, int(np.ceil((window[1] - window[0]) / 1e6 / wait_s))))
    if max(rates) > rules.accuse_at_most:
        return "cannot_tell", _why_of(asked, rates), max(rates)
    return "partly", "revisit", max(rates)


def _missed_rate(asked: Asked) -> float:
    """Give how often a true walker would be said to have missed it; where order counts, at the worst."""
    below = asked.rules.missed_at - 2e-9
    rates = asked.rates(below)
    if asked.target.kind == POINTS and asked.rules.in_order:
        rates += asked.rates(below, lasting=LASTING)
    return max(rates)


def _enough(target: Target, seen: Seen) -> npt.NDArray[np.bool_]:
    """Tell which visits were long enough."""
    if target.kind != POINTS:
        return np.ones(len(seen.sample), np.bool_)
    # To the millisecond: moments between fixes are computed.
    return np.asarray(seen.inside_us >= target.dwell_s * 1e6 - 1000)


def _word(ratio: float, rate: float, rules: Rules) -> Word:
    if rate > rules.accuse_at_most:
        return "cannot_tell"
    return "missed" if ratio < rules.missed_at else "partly"


def _why_of(asked: Asked, rates: Sequence[float]) -> str:
    """Say why nothing can be told, by the phone that tells least."""
    return _why(asked.movers[int(np.argmax(rates))], asked.window, asked.rules)


def _why(seen: Seen, window: Window, rules: Rules) -> str:
    """Say why nothing can be told: no fixes, a phone silent for half the time, or fixes that are too bad."""
    usable, unusable = len(seen.fixes_us), int(seen.unusable[0])
    if unusable > usable:
        return "bad_fixes"
    if not usable:
        return "no_fixes"
    known_us = np.minimum(np.diff(np.append(seen.fixes_us, window[1])), rules.link_s * 1e6).sum()
    return "few_fixes" if known_us < 0.5 * (window[1] - window[0]) else "bad_fixes"


def _figures(
    target: Target, samples: Samples, seen: Seen, covered: npt.NDArray[np.bool_], window: Window
) -> dict[str, Any]:
    found: dict[str, Any] = {
        "covered": float(samples.weight[covered].sum()),
        "total": float(samples.weight.sum()),
        "first_us": int(seen.since_us.min()) if len(seen.since_us) else None,
        "last_us": int(seen.until_us.max()) if len(seen.until_us) else None,
        "fixes": len(seen.fixes_us),
        "unusable": int(seen.unusable[0]),
        "accuracy_m": float(np.median(seen.accuracy_m)) if len(seen.accuracy_m) else None,
    }
    own = {POINTS: _of_point, LINES: _of_line, AREAS: _of_area}[target.kind]
    return found | own(target, samples, seen, covered, window)


def _of_point(_: Target, __: Samples, seen: Seen, ___: Any, ____: Window) -> dict[str, Any]:
    longest = int(seen.inside_us.max()) if len(seen.inside_us) else 0
    return {"visits": len(seen.sample), "dwell_s": longest / 1e6}


def _of_line(_: Target, samples: Samples, seen: Seen, covered: Any, __: Window) -> dict[str, Any]:
    counts = np.bincount(seen.sample, minlength=len(samples))
    runs = _runs(~covered, samples.part)
    first = _first_visits(seen, len(samples))[covered]
    return {
        "longest_gap_m": max((float(samples.weight[a:b].sum()) for a, b in runs), default=0.0),
        # How often nine tenths of it were passed: a lost corner does not undo a round.
        "passes": int(np.quantile(counts, 0.1, method="lower")),
        "in_order": float(longest_rising(first) / len(first)) if len(first) else 0.0,
    }


def _of_area(target: Target, samples: Samples, seen: Seen, _: Any, window: Window) -> dict[str, Any]:
    waited = longest_waits_s(seen, len(samples), window)
    found = {"cells": len(samples), "longest_wait_s": float(waited.max())}
    if target.revisit_s:
        found["kept"] = float(np.mean(waited <= target.revisit_s))
    return found


def _first_visits(seen: Seen, count: int) -> npt.NDArray[np.int64]:
    first = np.full(count, np.iinfo(np.int64).max)
    np.minimum.at(first, seen.sample, seen.since_us)
    return first


def _runs(missing: npt.NDArray[np.bool_], part: npt.NDArray[np.int64]) -> list[tuple[int, int]]:
    """List runs [first, after the last) of missing samples; none goes over the end of a part."""
    at = np.flatnonzero(missing)
    breaks = np.flatnonzero((np.diff(at) > 1) | (np.diff(part[at]) != 0)) + 1
    return [(int(run[0]), int(run[-1]) + 1) for run in np.split(at, breaks) if len(run)]


def _missed(target: Target, samples: Samples, covered: npt.NDArray[np.bool_]) -> Any:
    if covered.all():
        return None
    if target.kind == POINTS:
        return target.geometry
    if target.kind == AREAS:
        return shapely.multipolygons(shapely.get_parts(shapely.union_all(samples.shapes[~covered])))
    lines = [_strung(samples.shapes[first:last]) for first, last in _runs(~covered, samples.part)]
    return shapely.multilinestrings(lines)


def _strung(pieces: Any) -> Any:
    """Put pieces of a line, each beginning where the one before ends, into one."""
    coordinates, piece = shapely.get_coordinates(pieces, return_index=True)
    keep = np.concatenate([[True], piece[1:] == piece[:-1]])
    return shapely.linestrings(coordinates[keep])


def together(targets: Sequence[Target], results: Sequence[Result], rules: Rules) -> Result:
    """Judge a plan by its targets: done when all are, missed when all are; rates add up at the most."""
    weights = np.array([target.weight for target in targets])
    word, reason = _of_all([each.word for each in results])
    figures: dict[str, Any] = {"targets": len(results), "done": sum(each.word == "done" for each in results)}
    order = _order(targets, results)
    if order is not None:
        figures["in_order"] = order
    rate = _summed([each.false_accusation_rate for each in results if each.word in ("partly", "missed")])
    rate = rate or _summed([each.false_accusation_rate for each in results if each.word == "cannot_tell"])
    if rules.in_order and order is not None and order < 1 and word == "done":
        word, reason, rate = _out_of_order(results, rules)
    shapes = [each.missed for each in results if each.missed is not None]
    return Result(
        word, reason or next((each.reason for each in results if each.word == word), ""),
        float(np.average([each.ratio for each in results], weights=weights)),
        float(np.average([each.probability for each in results], weights=weights)),
        rate, _summed([each.missed_rate for each in results]), figures, _one(shapes),
    )  # fmt: skip


def _out_of_order(results: Sequence[Result], rules: Rules) -> tuple[Word, str, float | None]:
    """Judge points that were all visited, but not seen to be in their order at first."""
    stays = [each.stays for each in results if each.stays is not None and each.stays.visits]
    if in_order(stays, silent=False):
        return "done", "", None
    if any(each.missed_rate is None for each in results):
        return "open", "order", None
    if in_order(stays, silent=True):
        return "cannot_tell", "few_fixes", 1.0
    rate = order_rate([each.missed_rate for each in results])
    return ("cannot_tell", "bad_fixes", rate) if rate > rules.accuse_at_most else ("partly", "order", rate)


def _of_all(words: Sequence[Word]) -> tuple[Word, str]:
    others = {word for word in words if word != "done"}
    if not others:
        return "done", ""
    if "open" in others:
        return "open", ""
    if others == {"cannot_tell"}:
        return "cannot_tell", ""
    return ("missed" if set(words) == {"missed"} else "partly"), ""


def _summed(rates: Sequence[float | None]) -> float | None:
    known = [rate for rate in rates if rate is not None]
    return min(1.0, sum(known)) if known and len(known) == len(rates) else None


def _order(targets: Sequence[Target], results: Sequence[Result]) -> float | None:
    """Give the share of visited points that were visited in the plan's order; None but for points."""
    first = [each.figures["first_us"] for each in results if each.ratio > 0 and each.figures["first_us"]]
    if not all(target.kind == POINTS for target in targets) or len(first) < 2:
        return None
    return float(longest_rising(np.array(first, np.int64)) / len(first))


def _one(shapes: Sequence[Any]) -> Any:
    """Put what was missed into one geometry of its own kind."""
    if not shapes:
        return None
    parts = shapely.get_parts(np.array(shapes, object))
    make = {0: shapely.multipoints, 1: shapely.multilinestrings, 3: shapely.multipolygons}
    kinds = set(shapely.get_type_id(parts).tolist())
    return make[kinds.pop()](parts) if len(kinds) == 1 else shapely.geometrycollections(parts)
