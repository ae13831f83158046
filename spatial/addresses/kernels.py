"""The compiled comparisons of a look-up: which names have grams in common, how well two texts agree."""

from __future__ import annotations

from typing import Any

import numpy as np

from spatial.addresses.tokens import NUMBER, WORD
from spatial.grids.compiled import compiled

SAME_SOUND, SAME_SOFT = 0.82, 0.70
SPOKEN, SPOKEN_SOFT, INITIAL = 0.97, 0.85, 0.92
"""What a syllable is worth where the query is in pinyin."""
MOST_POSTINGS = 3_000_000
_BLOCKS = 10
_SIDES = tuple(map(ord, "东西南北中上下前后内外左右"))


@compiled
def candidates(
    gram: Any, gram_from: Any, gram_variant: Any, gram_weight: Any, norm: Any, keys: Any, most: Any
) -> Any:
    """Find the ways of writing that have most in common with a query of grams `keys`, at most `most`.

    Rare grams first: what is everywhere is left out once MOST_POSTINGS have been looked at.
    """
    at = np.searchsorted(gram, keys)
    size = np.zeros(len(keys), np.int64)
    total = 0.0
    for k in range(len(keys)):
        if at[k] < len(gram) and gram[at[k]] == keys[k]:
            size[k] = gram_from[at[k] + 1] - gram_from[at[k]]
            total += gram_weight[at[k]]
    score = np.zeros(len(norm), np.float32)
    touched = np.empty(len(norm), np.int32)
    count, seen = 0, 0
    for k in np.argsort(size):
        if size[k] == 0 or (seen > 0 and seen + size[k] > MOST_POSTINGS):
            continue
        seen += size[k]
        weight = gram_weight[at[k]]
        for p in range(gram_from[at[k]], gram_from[at[k] + 1]):
            v = gram_variant[p]
            if score[v] == 0:
                touched[count] = v
                count += 1
            score[v] += weight
    return _best(score, norm, touched[:count], total, most)


@compiled
def _best(score: Any, norm: Any, touched: Any, total: Any, most: Any) -> Any:
    """Choose the best by a histogram of 1,024 steps, without sorting all."""
    steps = np.zeros(1025, np.int32)
    step = np.empty(len(touched), np.int32)
    for k in range(len(touched)):
        v = touched[k]
        value = score[v] / max(total, 1e-6) * 0.6 + 0.4 * score[v] / max(norm[v], 1e-6)
        step[k] = min(1024, int(value * 1024))
        steps[step[k]] += 1
    floor, kept = 1024, steps[1024]
    while floor > 0 and kept + steps[floor - 1] <= most:
        floor -= 1
        kept += steps[floor]
    found = np.empty(min(kept, len(touched)), np.int32)
    n = 0
    for k in range(len(touched)):
        if step[k] >= floor and n < len(found):
            found[n] = touched[k]
            n += 1
    return found[:n]


@compiled
def _alike(qc: Any, qs: Any, qf: Any, qi: Any, nc: Any, ns: Any, nf: Any, ni: Any) -> Any:
    """How alike two tokens are, 0 to 1."""
    if qc > 0 and qc == nc:
        return 1.0
    if qs > 0 and qs == ns:
        return SPOKEN if qc == 0 else SAME_SOUND
    if qf > 0 and qf == nf:
        return SPOKEN_SOFT if qc == 0 else SAME_SOFT
    if qc == 0 and qs == 0 and qi > 0 and qi == ni:
        return INITIAL
    return 0.0


@compiled
def is_side(char: Any) -> Any:
    """Tell the characters that make another place of the same name: 东西南北中上下前后内外左右."""
    for one in _SIDES:  # noqa: SIM110 (numba knows no generators)
        if char == one:
            return True
    return False


@compiled
def agree(q: Any, qw: Any, tail: Any, n: Any, nw: Any, explained: Any) -> Any:
    """Compare a query q (4, m) with a name n (4, k), weights qw (m,), nw (k,); from `tail` on q says a kind.

    Marks in `explained` (m,) float32 how well each token of q is explained. Returns (weight of q explained,
    weight of n said, penalty, whether the tail is explained). Common pieces are found longest first, in any
    order.
    """
    m, k = q.shape[1], n.shape[1]
    alike = np.zeros((m, k), np.float32)
    for i in range(m):
        for j in range(k):
            alike[i, j] = _alike(q[0, i], q[1, i], q[2, i], q[3, i], n[0, j], n[1, j], n[2, j], n[3, j])
    said = np.zeros(k, np.float32)
    explained[:] = 0
    starts = np.empty((_BLOCKS, 3), np.int64)
    blocks = 0
    while blocks < _BLOCKS:
        best, bi, bj, size = 0.0, -1, -1, 0
        for i in range(m):
            for j in range(k):
                value, length = 0.0, 0
                while i + length < m and j + length < k:
                    one = alike[i + length, j + length]
                    if one == 0 or explained[i + length] > 0 or said[j + length] > 0:
                        break
                    value += one * qw[i + length]
                    length += 1
                if length == 0 or value <= best:
                    continue
                if length == 1 and blocks > 0 and not _in_order(starts, blocks, i, j) and q[0, i] < NUMBER:
                    continue
                best, bi, bj, size = value, i, j, length
        if size == 0:
            break
        for t in range(size):
            explained[bi + t] = alike[bi + t, bj + t]
            said[bj + t] = alike[bi + t, bj + t]
        starts[blocks, 0], starts[blocks, 1], starts[blocks, 2] = bi, bj, size
        blocks += 1
    return _judged(q, qw, tail, n, nw, explained, said, starts[:blocks])


@compiled
def _in_order(starts: Any, blocks: Any, i: Any, j: Any) -> Any:
    for b in range(blocks):  # noqa: SIM110 (numba knows no generators)
        if (starts[b, 0] < i) != (starts[b, 1] < j):
            return False
    return True


@compiled
def _judged(q: Any, qw: Any, tail: Any, n: Any, nw: Any, explained: Any, said: Any, starts: Any) -> Any:
    m, k = q.shape[1], n.shape[1]
    heard = 0.0
    for i in range(m):
        heard += explained[i] * qw[i]
    told = 0.0
    for j in range(k):
        told += said[j] * nw[j]
    penalty = 0.015 * max(len(starts) - 1, 0)
    for a in range(len(starts)):
        for b in range(a):
            if (starts[a, 0] < starts[b, 0]) != (starts[a, 1] < starts[b, 1]):
                penalty += 0.02
    penalty += _conflicts(q, n, explained, said)
    penalty += _replaced(q, qw, n, explained, said, starts)
    whole = True
    for i in range(tail, m):
        whole = whole and explained[i] > 0
    return heard, told, penalty, whole


@compiled
def _conflicts(q: Any, n: Any, explained: Any, said: Any) -> Any:
    """A number or a side that is not the name's own means another place."""
    q_number, n_number, q_side, n_side, q_word = 0, 0, 0, 0, 0
    for i in range(q.shape[1]):
        if explained[i] < 1:
            q_number += NUMBER <= q[0, i] < WORD and explained[i] == 0
            q_word += q[0, i] >= WORD and explained[i] == 0
            q_side += is_side(q[0, i]) and explained[i] == 0
    for j in range(n.shape[1]):
        if said[j] == 0:
            n_number += NUMBER <= n[0, j] < WORD
            n_side += is_side(n[0, j])
    number = 0.30 * q_number + (0.04 * n_number if q_number == 0 else 0.1 * min(n_number, 1))
    side = (0.30 if n_side else 0.22) * q_side if q_side else 0.03 * n_side
    return number + side + 0.12 * q_word


@compiled
def _replaced(q: Any, qw: Any, n: Any, explained: Any, said: Any, starts: Any) -> Any:
    """A character in the place of one that sounds otherwise: more often another name than a slip."""
    penalty = 0.0
    for i in range(q.shape[1]):
        if explained[i] > 0 or q[0, i] == 0:
            continue
        for b in range(len(starts)):
            after = starts[b, 0] + starts[b, 2] == i
            before = starts[b, 0] == i + 1
            j = starts[b, 1] + starts[b, 2] if after else starts[b, 1] - 1
            if (after or before) and 0 <= j < n.shape[1] and said[j] == 0:
                penalty += 0.08 * qw[i]
                break
    return penalty


@compiled
def compare(
    found: Any,
    variant_from: Any,
    token: Any,
    weight: Any,
    variant_name: Any,
    name_kinds: Any,
    q: Any,
    qw: Any,
    tail: Any,
    tail_kinds: Any,
    partial: Any,
    share: Any,
    of_name: Any,
) -> Any:
    """Compare a query with ways of writing `found`.

    tail_kinds: bits of the kinds that the tail of the query fits. partial: what it costs that the name is
    said in part only. Returns per way (score, part of q, part of the name, penalty) float32 (f, 4), and how
    well each token of q is explained, float32 (f, m).
    """
    m = q.shape[1]
    scores = np.zeros((len(found), 4), np.float32)
    marks = np.zeros((len(found), m), np.float32)
    total = 0.0
    for i in range(m):
        total += qw[i]
    for f in range(len(found)):
        v = found[f]
        a, b = variant_from[v], variant_from[v + 1]
        if b == a:
            continue
        name_total = 0.0
        for j in range(a, b):
            name_total += weight[j]
        heard, told, penalty, whole = agree(q, qw, tail, token[:, a:b], weight[a:b], marks[f])
        if not whole:
            if name_kinds[variant_name[v]] & tail_kinds:
                for i in range(tail, m):
                    if marks[f, i] == 0:
                        heard += 0.9 * qw[i]
                        marks[f, i] = 0.9
                penalty += 0.4 * (1 - told / name_total)
            else:
                penalty += 0.2
        # 中国 alone says little: it stands for a name that it is most of.
        penalty += 0.2 * max(0.0, 1.2 - total) * (1 - told / name_total) + partial * (1 - told / name_total)
        scores[f, 1] = heard / total
        scores[f, 2] = told / name_total
        scores[f, 3] = penalty
        scores[f, 0] = share * scores[f, 1] + of_name * scores[f, 2] - penalty
    return scores, marks
