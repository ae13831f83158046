"""The compiled choice of doors: which addresses of the names found have the numbers that were asked for."""

from __future__ import annotations

from typing import Any

import numpy as np

from spatial.addresses.kernels import agree, is_side
from spatial.addresses.tokens import NUMBER, WORD
from spatial.grids.compiled import compiled

NEAR_NUMBER = 12
"""Doors as near as this stand for one that is not known."""
AREA_COST = 0.3
"""An address of another district or street than the one said is no answer."""
SCANNED = 2_000
"""Addresses of one name that are looked at where no number tells them apart."""


@compiled
def doors(
    name_from: Any, name_row: Any, row_slot: Any, row_name: Any, row_flag: Any, best: Any, slot_of: Any,
    scores: Any, marks: Any, q: Any, qw: Any, foreign: Any, asked: Any, variant_name: Any,
    variant_from: Any, token: Any, weight: Any, share: Any, of_name: Any, most: Any, row_area: Any, said: Any,
) -> Any:  # fmt: skip
    """Find the addresses of the names `best` (k,) whose numbers fit those asked for, the best `most` of them.

    slot_of: int16 (C,), place of a name in `best` or -1. foreign: so many first tokens of the query name
    another city and must be in a name. asked: int32 (7,) as in Index.row_slot. said: int32 (2, 3) as in
    Reading. Returns rows int32, their score float32, the name found (place in best) and a mask of what of
    the numbers fitted.
    """
    rows = np.empty(most, np.int32)
    value = np.full(most, -1.0, np.float32)
    through = np.empty(most, np.int32)
    fitted = np.empty(most, np.int32)
    total = 0.0
    for i in range(len(qw)):
        total += qw[i]
    n, last, last_k, together = 0, -1, -1, -1.0
    for k in range(len(best)):
        begin, end = name_from[best[k]], name_from[best[k] + 1]
        p = begin
        skipped = False
        while p < end:
            if asked[0] > 0 and not skipped and row_slot[name_row[p], 0] > 0:
                # Doors are in order: go on at those that may still hold the number.
                skipped = True
                p = _lower(name_row, row_slot, p, end, asked[0] - 400)
                continue
            row = name_row[p]
            p += 1
            if asked[0] > 0 and row_slot[row, 0] > asked[0] + NEAR_NUMBER:
                break
            slots, mask = _fit(row_slot[row], asked)
            if slots > 0.9:
                continue
            got = _row_score(row, row_name, slot_of, k, scores, marks, q, qw, foreign, total, share, of_name)
            if mask & 1 and got < 0.9:
                # The number fits: the row's other name may be written too wrongly to be found by itself.
                for side in range(2):
                    name = row_name[row, side]
                    if name < 0 or name == best[k] or slot_of[name] >= 0:
                        continue
                    if name != last or k != last_k:
                        last, last_k = name, k
                        together = _beside(
                            name, variant_name, variant_from, token, weight, q, qw, foreign, total,
                            scores[k], marks[k], share, of_name,
                        )  # fmt: skip
                    got = max(got, together)
            got -= slots
            for level in range(2):
                if said[level, 0] > 0 and row_area[row, level] > 0 and said[level, 0] != row_area[row, level]:
                    got -= _elsewhere(marks[k], said[level, 1], said[level, 2])
            flag = row_flag[row]
            got -= 0.01 * (flag & 1) + 0.03 * ((flag >> 1) & 1) + 0.03 * ((flag >> 2) & 1)
            n = _insert(rows, value, through, fitted, n, row, got, k, mask)
            if asked[0] == 0 and asked[3] == 0 and p - begin > SCANNED:
                break
    return rows[:n], value[:n], through[:n], fitted[:n]


@compiled
def _elsewhere(marks: Any, begin: Any, until: Any) -> Any:
    """What it costs to lie in another area than the one said, unless the name itself says so."""
    for i in range(begin, min(until, len(marks))):
        if marks[i] == 0:
            return AREA_COST
    return 0.0 if until > begin else AREA_COST


@compiled
def _beside(
    name: Any,
    variant_name: Any,
    variant_from: Any,
    token: Any,
    weight: Any,
    q: Any,
    qw: Any,
    foreign: Any,
    total: Any,
    score: Any,
    mark: Any,
    share: Any,
    of_name: Any,
) -> Any:
    """The score of a name that was found with another one that was not; -1 where they say too little."""
    v = np.searchsorted(variant_name, name)
    a, b = variant_from[v], variant_from[v + 1]
    if a == b or score[2] <= 0.5:
        return -1.0
    own = np.zeros(len(qw), np.float32)
    _, told, _, _ = agree(q, qw, len(qw), token[:, a:b], weight[a:b], own)
    name_total = 0.0
    for j in range(a, b):
        name_total += weight[j]
    if told <= 0.5 * name_total:
        return -1.0
    return _together(q, qw, foreign, total, mark, own, score[2], told / name_total, share, of_name)


@compiled
def _together(
    q: Any,
    qw: Any,
    foreign: Any,
    total: Any,
    one: Any,
    other: Any,
    said: Any,
    other_said: Any,
    share: Any,
    of_name: Any,
) -> Any:
    """The score of two names that a text says both: what neither explains counts, numbers and sides most."""
    heard, left = 0.0, 0.015
    for i in range(len(qw)):
        mark = max(one[i], other[i])
        heard += mark * qw[i]
        if mark == 0:
            left += (
                1.0 if i < foreign else 0.3 if NUMBER <= q[0, i] < WORD else 0.22 if is_side(q[0, i]) else 0.0
            )
    return share * heard / total + of_name * 0.5 * (said + other_said) - left


@compiled
def _insert(
    rows: Any, value: Any, through: Any, fitted: Any, n: Any, row: Any, got: Any, k: Any, mask: Any
) -> Any:
    """Keep the best, best first."""
    most = len(rows)
    if n == most and got <= value[n - 1]:
        return n
    at = n if n < most else most - 1
    while at > 0 and value[at - 1] < got:
        rows[at], value[at] = rows[at - 1], value[at - 1]
        through[at], fitted[at] = through[at - 1], fitted[at - 1]
        at -= 1
    rows[at], value[at], through[at], fitted[at] = row, got, k, mask
    return min(n + 1, most)


@compiled
def _lower(name_row: Any, row_slot: Any, low: Any, high: Any, number: Any) -> Any:
    while low < high:
        middle = (low + high) // 2
        if row_slot[name_row[middle], 0] < number:
            low = middle + 1
        else:
            high = middle
    return low


@compiled
def _fit(slot: Any, asked: Any) -> Any:
    """Compare an address's numbers with those asked for: what it costs (1: another door), and what fitted."""
    cost, mask = 0.0, 0
    if asked[0] > 0:
        if slot[0] == 0:
            if slot[3] == asked[0] + 1 and asked[3] == 0:
                # 3号 for 3号楼
                return 0.03, 2
            cost += 0.08
        elif slot[0] <= asked[0] <= slot[2]:
            mask |= 1
            cost += 0.01 * (slot[2] > slot[0])
            if slot[1] != asked[1]:
                cost += 0.04 if asked[1] == 0 or slot[1] == 0 else 0.12
        elif abs(slot[0] - asked[0]) <= NEAR_NUMBER and slot[3] == 0 and asked[3] == 0:
            cost += 0.13 + 0.003 * abs(slot[0] - asked[0]) + 0.01 * ((slot[0] - asked[0]) % 2 != 0)
            mask |= 64
        else:
            return 1.0, 0
    elif slot[0] > 0:
        cost += 0.02
    for s in range(3, 7):
        if asked[s] > 0:
            if slot[s] == asked[s]:
                mask |= 1 << (s - 2)
            elif slot[s] > 0:
                return 1.0, 0
            else:
                cost += 0.10 if s == 3 else 0.02
        elif slot[s] > 0:
            cost += 0.02
    return cost, mask


@compiled
def _row_score(
    row: Any,
    row_name: Any,
    slot_of: Any,
    k: Any,
    scores: Any,
    marks: Any,
    q: Any,
    qw: Any,
    foreign: Any,
    total: Any,
    share: Any,
    of_name: Any,
) -> Any:
    """The score of the name found; where road and name are both said, of the two together."""
    got = scores[k, 0]
    for i in range(foreign):
        if marks[k, i] == 0:
            got = -1.0
    for side in range(2):
        name = row_name[row, side]
        if name < 0 or slot_of[name] < 0 or slot_of[name] == k:
            continue
        other = slot_of[name]
        if scores[other, 2] <= 0.5 or scores[k, 2] <= 0.5:
            continue
        both = _together(
            q, qw, foreign, total, marks[k], marks[other], scores[k, 2], scores[other, 2], share, of_name
        )
        got = max(got, both)
    return got
