"""One reading of a text against one index: names in common, names compared, doors compared."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from spatial.addresses import kernels
from spatial.addresses.compile import weigh
from spatial.addresses.doors import doors
from spatial.addresses.grams import grams
from spatial.addresses.index import Index
from spatial.addresses.query import Reading

MOST_NAMES = 240
"""Names that are compared letter by letter."""
BEST_NAMES = 32
"""Names whose addresses are looked at."""
FLOOR = 0.25
WHOLE = 0.6
"""Part of a name that is said, from which it may be one of two."""
OF_QUERY, OF_NAME = 0.66, 0.34
"""How much it counts that the text is explained, and that the name is said."""
_SLOTS = ("number", "building", "unit", "floor", "room")


@dataclass(frozen=True)
class Hit:
    """An address of an index."""

    row: int
    score: float
    variant: int
    fitted: int
    """Bits: 1 number, 2 building, 4 unit, 8 floor, 16 room, 64 a number nearby."""
    is_exact: bool
    is_part: bool
    """A house of a compound that was asked for as a whole."""

    def by(self, reading: str) -> str:
        """Say how the name was recognised."""
        if reading != "as_written" or self.is_exact:
            return "exact" if reading == "as_written" else reading
        return "similar"

    @property
    def numbers(self) -> dict[str, bool]:
        """Say which of the numbers fitted."""
        return {name: True for bit, name in enumerate(_SLOTS) if self.fitted & (1 << bit)}


def look_up(index: Index, reading: Reading, most: int) -> list[Hit]:
    """Find the addresses that a reading may mean, best first."""
    if not len(index) or not len(reading.text):
        return []
    compared = _names(index, reading)
    if compared is None:
        return []
    names, variants, scores, marks, text, weights = compared
    slot_of = np.full(len(index.name_from) - 1, -1, np.int16)
    slot_of[names] = np.arange(len(names))
    rows, values, through, fitted = doors(
        index.name_from, index.name_row, index.row_slot, index.row_name, index.row_flag, names, slot_of,
        scores, marks, text, weights, reading.foreign, reading.asked,
        index.variant_name, index.variant_from, index.token, index.weight, OF_QUERY, OF_NAME, most,
        index.row_area, reading.said,
    )  # fmt: skip
    asked = bool(reading.asked.any())
    return [
        Hit(
            int(row), float(value), int(variants[name]), int(fit),
            bool((marks[name] == 1).all() and scores[name, 2] > 0.999),
            not asked and bool(index.row_slot[row].any()),
        )
        for row, value, name, fit in zip(rows, values, through, fitted, strict=True)
    ]  # fmt: skip


def _kept(names: Any, scores: Any) -> Any:
    """Choose the best by themselves, and those said whole: a road beside a compound explains half a text."""
    plainly = OF_QUERY * scores[:, 1] + OF_NAME * scores[:, 2]
    order = np.argsort(-scores[:, 0], kind="stable")
    alone = order[scores[order, 0] >= FLOOR]
    order = np.argsort(-plainly, kind="stable")
    whole = order[(scores[order, 2] >= WHOLE) & (scores[order, 1] > 0)]
    kept = np.concatenate([_once(names, alone)[:BEST_NAMES], _once(names, whole)[:BEST_NAMES]])
    return _once(names, kept)


def _once(names: Any, order: Any) -> Any:
    """Keep the first way of writing of each name."""
    _, first = np.unique(names[order], return_index=True)
    return order[np.sort(first)]


def _names(index: Index, reading: Reading) -> tuple[Any, ...] | None:
    """Compare the names that have something in common with a text, each by its best way of writing."""
    found = kernels.candidates(
        index.gram, index.gram_from, index.gram_variant, index.gram_weight, index.variant_norm,
        grams(reading.text, True), MOST_NAMES,
    )  # fmt: skip
    if not len(found):
        return None
    text = np.ascontiguousarray(np.array(reading.text, np.int32))
    weights = weigh(reading.text, index.known, index.known_weight)
    kinds = sum(1 << min(bit, 62) for bit, kind in enumerate(index.kinds) if kind in reading.tail_kinds)
    scores, marks = kernels.compare(
        found, index.variant_from, index.token, index.weight, index.variant_name, index.name_kinds, text,
        weights, reading.tail, kinds, reading.partial, OF_QUERY, OF_NAME,
    )  # fmt: skip
    scores[:, 0] -= 0.01 * (index.variant_sort[found] > 0)
    kept = _kept(index.variant_name[found], scores)
    if not len(kept):
        return None
    return index.variant_name[found[kept]], found[kept], scores[kept], marks[kept], text, weights
