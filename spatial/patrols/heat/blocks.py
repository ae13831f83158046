"""Blocks of days: so that a long span is read in few rows, days that are over are added up once."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import date, timedelta
from typing import NamedTuple

MONDAY = date(1970, 1, 5)
"""The first of all weeks, and of all blocks."""
WEEK = 7
BLOCK_DAYS = (7, 28)
"""Weeks from Monday on, and four of them; a block of one length lies in one of the next."""


class Block(NamedTuple):
    """Days from `first` on."""

    days: int
    first: date

    @property
    def until(self) -> date:
        """The day after the last one."""
        return self.first + timedelta(days=self.days)


def block_of(day: date, days: int) -> Block:
    """Find the block of a length that a day lies in; of length 1, the day itself."""
    return Block(days, day - timedelta(days=(day - MONDAY).days % days))


def blocks_of(day: date) -> list[Block]:
    """Find all blocks that a day lies in, the short one first."""
    return [block_of(day, days) for days in BLOCK_DAYS]


def parts(first: date, until: date, added: Collection[Block]) -> Iterator[Block]:
    """Cut the days [first, until) into as few rows as there are: blocks that were added up, else days."""
    while first < until:
        fitting = (
            block
            for block in reversed(blocks_of(first))
            if block in added and block.first == first and block.until <= until
        )
        found = next(fitting, Block(1, first))
        yield found
        first = found.until


def whole_weeks(first: date, until: date) -> list[date]:
    """List the Mondays of the weeks that lie wholly in [first, until)."""
    monday = block_of(first + timedelta(days=WEEK - 1), WEEK).first
    return [monday + timedelta(days=WEEK * n) for n in range(max(0, (until - monday).days) // WEEK)]
