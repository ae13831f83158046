"""Dividing blocks: near the target, in one piece, and with little disruption."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from grid_editor.balance import Blocks, parts_for, rebalance, split


def lattice(rows: int, columns: int, seed: int = 1, least: float = 50, most: float = 400) -> Blocks:
    """Make a chequered town; every other street is a main street."""
    rng = np.random.default_rng(seed)
    number = np.arange(rows * columns).reshape(rows, columns)
    a = np.concatenate([number[:, :-1].ravel(), number[:-1].ravel()])
    b = np.concatenate([number[:, 1:].ravel(), number[1:].ravel()])
    price = (rng.random(len(a)) < 0.5).astype(float)
    return Blocks(rng.uniform(least, most, rows * columns), a, b, rng.uniform(50, 200, len(a)), price)


@pytest.mark.parametrize(
    ("rows", "columns", "parts"), [(8, 8, 2), (8, 8, 3), (20, 20, 8), (40, 25, 20), (30, 30, 12)]
)
def test_a_split_is_even_and_in_one_piece_each(rows: int, columns: int, parts: int) -> None:
    blocks = lattice(rows, columns)
    division = split(blocks, parts)
    assert division.is_contiguous
    assert division.is_balanced
    assert division.load.sum() == pytest.approx(blocks.load.sum())
    assert (np.diff(division.load) <= 0).all()
    assert division.load.tolist() == pytest.approx(np.bincount(division.part, blocks.load).tolist())


def test_a_split_into_two_is_as_good_as_trying_everything() -> None:
    """Twelve blocks: no cut into two connected parts is better balanced than what the tolerance asks for."""
    blocks = lattice(3, 4, seed=5)
    best = min(
        abs(blocks.load[np.array(side, bool)].sum() / (blocks.load.sum() / 2) - 1)
        for side in product((0, 1), repeat=12)
        if 0 < sum(side) < 12
    )
    assert split(blocks, 2, tolerance=0.05).worst <= max(0.05, best + 0.10)


def test_blocks_that_no_street_joins_fall_into_pieces_and_say_so() -> None:
    blocks = Blocks(np.ones(4), np.array([0]), np.array([1]), np.ones(1), np.zeros(1))
    division = split(blocks, 2)
    assert not division.is_contiguous


def test_one_heavy_block_cannot_be_evened_out() -> None:
    blocks = lattice(6, 6)
    blocks.load[14] = 50_000
    division = split(blocks, 3)
    assert not division.is_balanced
    assert division.is_contiguous


def test_what_is_even_stays_where_it_is() -> None:
    blocks = lattice(12, 12, least=100, most=101)
    home = (np.arange(144) // 12 // 3).astype(np.int64)
    division = rebalance(blocks, home)
    assert (division.part == home).all()
    assert (division.moved_load, division.moved_blocks) == (0.0, 0)


def test_a_little_unevenness_moves_little() -> None:
    blocks = lattice(20, 20)
    home = (np.arange(400) % 20 // 5).astype(np.int64)
    blocks.load[home == 0] *= 1.3
    division = rebalance(blocks, home)
    assert division.is_balanced
    assert division.is_contiguous
    assert division.moved_load < 0.15 * blocks.load.sum()
    assert division.moved_load == pytest.approx(blocks.load[division.part != home].sum())


def test_great_unevenness_is_drawn_anew_but_keeps_names() -> None:
    blocks = lattice(16, 16)
    home = np.zeros(256, np.int64)
    home[-1] = 1
    home[-2] = 2
    division = rebalance(blocks, home)
    assert division.is_balanced
    assert division.is_contiguous


@settings(max_examples=40, deadline=None)
@given(st.integers(2, 12), st.integers(2, 12), st.integers(2, 6), st.integers(0, 1000))
def test_every_block_has_one_part_and_no_part_falls_apart(
    rows: int, columns: int, parts: int, seed: int
) -> None:
    blocks = lattice(rows, columns, seed)
    division = split(blocks, parts)
    assert division.part.shape == (rows * columns,)
    assert set(division.part.tolist()) <= set(range(parts))
    assert (division.pieces <= 1).all()
    if rows * columns >= parts:
        assert division.is_contiguous


@pytest.mark.parametrize(
    ("load", "most", "parts"), [(500, 500, 1), (501, 500, 2), (1500, 500, 3), (0, 500, 1)]
)
def test_how_many_parts_are_needed(load: float, most: float, parts: int) -> None:
    assert parts_for(load, most) == parts
