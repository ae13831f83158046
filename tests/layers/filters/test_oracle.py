"""The OGC's oracle for CQL2: each predicate finds as many features as the standard says, in text and JSON."""

from __future__ import annotations

import csv
import json
import random

import cql2
import pytest

from layers.filters import parse
from tests.layers.filters.conftest import DATA


def predicates(file: str) -> list[tuple[str, str, str, int]]:
    with (DATA / file).open(encoding="utf-8") as lines:
        return [(*row[:3], int(row[3])) for row in list(csv.reader(lines))[1:]]


ALL = [*predicates("predicates.csv"), *predicates("more_predicates.csv")]


def test_the_whole_oracle_is_here() -> None:
    assert len(predicates("predicates.csv")) == 139
    assert len(predicates("more_predicates.csv")) == 135


@pytest.mark.parametrize(("kind", "source", "predicate", "expected"), ALL)
def test_predicates_find_what_the_standard_says(world, count, kind, source, predicate, expected) -> None:
    as_text = parse(predicate)
    as_json = parse(json.dumps(cql2.parse_text(predicate).to_json()), "cql2-json")
    assert count(world[source], as_text) == expected
    assert count(world[source], as_json) == expected


@pytest.mark.parametrize("seed", range(30))
def test_combinations_agree_with_their_parts(world, count, seed) -> None:
    """The abstract suite's `logical` tests ask for execution only; here the answer is checked by sets."""
    chosen = random.Random(seed)
    source = chosen.choice(sorted(world))
    p1, p2, p3, p4 = chosen.sample([row[2] for row in ALL if row[1] == source], 4)
    whole = f"((NOT {p1} AND {p2}) OR ({p3} and NOT {p4}) or not ({p1} AND {p4}))"
    truth = {
        (a, b, c, d)
        for a in (True, False, None)
        for b in (True, False, None)
        for c in (True, False, None)
        for d in (True, False, None)
        if _or(_and(_not(a), b), _and(c, _not(d)), _not(_and(a, d))) is True
    }
    cases = [_case(values, (p1, p2, p3, p4)) for values in truth]
    assert count(world[source], parse(whole)) == sum(count(world[source], parse(case)) for case in cases)


def _not(value):
    return None if value is None else not value


def _and(*values):
    return False if False in values else None if None in values else True


def _or(*values):
    return True if True in values else None if None in values else False


def _case(values, parts) -> str:
    """Ask for the rows in which each part has a certain value; unknown is neither it nor its opposite."""
    tests = {True: "({p}) = TRUE", False: "({p}) = FALSE", None: "({p}) IS NULL"}
    return " AND ".join(tests[value].format(p=part) for value, part in zip(values, parts, strict=True))
