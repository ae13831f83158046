"""Grams: what two texts have in common before they are compared letter by letter."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from spatial.addresses.tokens import Tokens

CHAR, PAIR, SOUND_PAIR, FIRSTS = 1, 2, 3, 4
Keys = NDArray[np.uint32]


def grams(text: Tokens, is_query: bool) -> Keys:
    """Give the different grams of a text: characters, pairs of them and of sounds, triples of first letters.

    A query is asked by its first letters only where it is nothing else.
    """
    char, soft, first = text.char, text.soft, text.first
    found = [_key(CHAR, char[char > 0]), _pairs(PAIR, char), _pairs(SOUND_PAIR, soft)]
    if not is_query or not (char.any() or soft.any()):
        found += [_triples(first), _pairs(FIRSTS, first)]
    return np.unique(np.concatenate(found))


def _pairs(kind: int, values: Any) -> Keys:
    both = (values[:-1] > 0) & (values[1:] > 0)
    return _key(kind, values[:-1][both], values[1:][both])


def _triples(values: Any) -> Keys:
    every = (values[:-2] > 0) & (values[1:-1] > 0) & (values[2:] > 0)
    return _key(FIRSTS, values[:-2][every] * 32 + values[1:-1][every], values[2:][every])


def _key(kind: int, first: Any, second: Any = 0) -> Keys:
    """Mix into 32 bits (Fibonacci hashing); that two grams fall together costs a comparison, no mistake."""
    mixed = np.asarray(first, np.uint64) * np.uint64(0x9E3779B97F4A7C15)
    mixed = (mixed ^ (np.asarray(second, np.uint64) + np.uint64(kind << 24))) * np.uint64(0xBF58476D1CE4E5B9)
    keys: Keys = (np.atleast_1d(mixed) >> np.uint64(32)).astype(np.uint32)
    return keys
