"""Reporters (举报人): invented persons behind the events that came by the hotline or from the public."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import numpy as np

from demo.generate.contents.city import City
from demo.generate.contents.files import texts
from demo.generate.contents.people import invent_names, invent_phone

BY_PERSONS = ("hotline", "public")
"""Sources of events that a person stands behind."""

PERSONS_PER_EVENT = 0.6
"""Some report again and again."""

FIRST_PHONE = 10_000_000
"""Far from the numbers of the field people."""

STREETS = ("示例东路", "示例西路", "示例南街", "示例北街", "示例胡同")

NAME_SHARE, ADDRESS_SHARE, ID_SHARE = 0.92, 0.45, 0.15
CHECK_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
CHECK_DIGITS = "10X98765432"
"""Of an 18-digit identity number, by the weighted sum modulo 11 (GB 11643-1999)."""


def make_reporters(city: City, sources: list[str]) -> dict[str, Any]:
    """Make the columns of reporters.parquet: who reported which event, by its row in events.parquet.

    sources: of all events. Names are drawn by chance; phones have an area and identity numbers a county that
    do not exist, and their check digits are wrong.
    """
    rows = np.flatnonzero(np.isin(sources, BY_PERSONS))
    rng = city.rng("reporters")
    count = max(1, int(len(rows) * PERSONS_PER_EVENT))
    person = rng.integers(0, count, len(rows))
    names, numbers, homes = invent_names(count, rng), _id_numbers(count, rng), _homes(count, rng)
    known = rng.random((3, count)) < np.array([[NAME_SHARE], [ID_SHARE], [ADDRESS_SHARE]])
    return {
        "event": rows,
        "name": _told(names, known[0], person),
        "phone": [invent_phone(FIRST_PHONE + int(number)) for number in person],
        "id_number": _told(numbers, known[1], person),
        "address": _told(homes, known[2], person),
        "generated": [True] * len(rows),
    }


def _told(values: list[str], known: Any, person: Any) -> list[str | None]:
    return texts(values[number] if known[number] else None for number in person)


def _id_numbers(count: int, rng: np.random.Generator) -> list[str]:
    """Write numbers of the county 000000, with the check digit after the right one."""
    days, orders = rng.integers(0, 20_000, count), rng.integers(0, 1_000, count)
    numbers = []
    for day, order in zip(days.tolist(), orders.tolist(), strict=True):
        number = f"000000{date(1950, 1, 1) + timedelta(days=day):%Y%m%d}{order:03d}"
        right = sum(w * int(digit) for w, digit in zip(CHECK_WEIGHTS, number, strict=True)) % 11
        numbers.append(number + CHECK_DIGITS[(right + 1) % 11])
    return numbers


def _homes(count: int, rng: np.random.Generator) -> list[str]:
    """Put everybody into a house of an invented street."""
    parts = rng.integers((0, 1, 1, 1, 1, 1), (len(STREETS), 200, 30, 7, 19, 5), (count, 6)).tolist()
    return [
        f"海淀区{STREETS[street]}{number}号院{house}号楼{stair}单元{floor}{flat:02d}"
        for street, number, house, stair, floor, flat in parts
    ]
