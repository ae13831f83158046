"""How often the geocoder is right, on 951 texts written by hand before it was.

The texts stand in tests/data/addresses_variants.csv: real OSM names and addresses of the demo city as people
write or say them, and texts that mean nothing there (other cities, nonsense, names like those that exist).
A digest of the line drew its half before anything was tuned; only `tuning` lines were looked at one by one.
docs/25-addresses.md says what that is worth.
"""

from __future__ import annotations

import csv
from collections import Counter
from pathlib import Path

import pytest

from spatial.addresses.geocode import Gazetteer

VARIANTS = Path(__file__).parents[2] / "data" / "addresses_variants.csv"


def lines(half: str) -> list[dict[str, str]]:
    with VARIANTS.open(encoding="utf-8", newline="") as file:
        return [line for line in csv.DictReader(file) if line["half"] == half]


def right(gazetteer: Gazetteer, line: dict[str, str]) -> bool:
    found = gazetteer.find(line["text"], 5)
    first = found[0].text if found else ""
    return first in line["expected"].split("|")


@pytest.mark.parametrize("half", ["held_out", "tuning"])
def test_it_is_right(gazetteer: Gazetteer, half: str) -> None:
    asked, good = Counter[str](), Counter[str]()
    for line in lines(half):
        kind = "no_match" if line["variant"] == "no_match" else "match"
        asked[kind] += 1
        good[kind] += right(gazetteer, line)
    assert good["match"] >= 0.90 * asked["match"]
    assert good["no_match"] >= 0.95 * asked["no_match"]


def test_the_texts_are_many_and_of_every_kind() -> None:
    every = lines("held_out") + lines("tuning")
    kinds = Counter(line["variant"] for line in every)
    assert len({line["text"] for line in every}) == len(every) >= 600
    assert kinds["no_match"] >= 100
    assert {
        "homophone",
        "missing",
        "order",
        "traditional",
        "fullwidth",
        "spoken",
        "abbreviation",
        "pinyin",
    } <= set(kinds)
    assert {"initials", "numeral", "number", "chain", "intersection", "typo"} <= set(kinds)
