"""Codes of units by profile, as tables."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from spatial.errors import Conflict, InvalidInput
from spatial.grids.codes import (
    PROFILES,
    check,
    first_codes,
    next_free,
    numbered,
    parse,
    reading_order,
    several_communities,
)


@pytest.mark.parametrize(
    ("profile", "text", "parent", "number", "parts"),
    [
        ("6+3+3+3", "110108", None, 110108, {"district": "110108"}),
        ("6+3+3+3", "110108010", "110108", 10, {"district": "110108", "street": "010"}),
        ("6+3+3+3", "110108010022004", "110108010022", 4,
         {"district": "110108", "street": "010", "community": "022", "grid": "004"}),
        ("12+3", "110108010022017", "110108010022", 17, {"community": "110108010022", "number": "017"}),
        ("20", "01010011010801002203", "010100110108010022", 3,
         {"class": "010100", "district": "110108", "street": "010", "community": "022", "part": "03"}),
        ("grid+2", "11010801002200401", "110108010022004", 1, {"grid": "110108010022004", "number": "01"}),
        ("local", "JW-007", None, None, {}),
    ],
)  # fmt: skip
def test_a_code_is_taken_apart(profile: str, text: str, parent, number, parts) -> None:
    code = parse(profile, text)
    assert (code.parent, code.number, dict(code.parts)) == (parent, number, parts)


@pytest.mark.parametrize(
    ("profile", "text"),
    [
        ("6+3+3+3", "1101080"), ("6+3+3+3", ""), ("6+3+3+3", "11010801002200A"),
        ("6+3+3+3", "１１０１０８"), ("12+3", "110108010022"), ("20", "0101001101080100220"),
        ("grid+2", "110108010022004"), ("local", ""), ("local", "a b"), ("local", "-a"), ("local", "x" * 33),
        ("local", "警务"), ("no such", "1"),
    ],
)  # fmt: skip
def test_what_is_no_code_is_refused_at_its_place(profile: str, text: str) -> None:
    with pytest.raises(InvalidInput):
        parse(profile, text, "units[3].code")


@pytest.mark.parametrize(
    ("profile", "text", "parent", "right"),
    [
        ("6+3+3+3", "110108010022004", "110108010022", True),
        ("6+3+3+3", "110108010022004", "110108010023", False),
        ("6+3+3+3", "110108010022000", "110108010022", False),
        ("6+3+3+3", "110108", None, True),
        ("20", "01010011010801002203", "110108010022", True),
        ("20", "01010011010801002200", "110108010022", True),
        ("20", "01010011010801002203", "110108010021", False),
        ("grid+2", "11010801002200401", "110108010022004", True),
        ("local", "anything-1", "110108", True),
        ("12+3", "nothing", "110108", False),
    ],
)
def test_a_code_is_checked_against_its_parent(profile: str, text: str, parent, right: bool) -> None:
    assert (check(profile, text, parent) == []) is right


@pytest.mark.parametrize(
    ("profile", "parent", "issued", "given"),
    [
        ("6+3+3+3", "110108010022", [], "110108010022001"),
        ("6+3+3+3", "110108010022", ["110108010022001", "110108010022004"], "110108010022005"),
        ("6+3+3+3", "110108010022", ["110108010023007"], "110108010022001"),
        ("6+3+3+3", "110108", ["110108010", "110108010022001"], "110108011"),
        ("grid+2", "110108010022004", ["11010801002200409"], "11010801002200410"),
        ("local", "JW", ["JW009", "JWX12", "JW"], "JW010"),
        ("local", None, ["7"], "001"),
    ],
)
def test_a_new_unit_takes_the_number_after_the_highest_ever_given(profile, parent, issued, given) -> None:
    """A gap in the numbers is a unit that has retired: it is not filled."""
    assert next_free(profile, parent, issued) == given


@pytest.mark.parametrize(
    ("profile", "parent", "issued"),
    [
        ("6+3+3+3", "110108010022", ["110108010022999"]),
        ("grid+2", "110108010022004", ["11010801002200499"]),
    ],
)
def test_when_all_numbers_are_given_nothing_is_given_twice(profile: str, parent: str, issued) -> None:
    with pytest.raises(Conflict, match="have been given"):
        next_free(profile, parent, issued)


def test_there_is_no_level_below_the_last() -> None:
    with pytest.raises(InvalidInput, match="has no level below"):
        numbered("6+3+3+3", "110108010022004", 1)


def test_a_grid_of_several_communities_counts_from_601() -> None:
    one = several_communities("010100", "110108010", [])
    assert one == "01010011010801060100"
    two = several_communities("010100", "110108010", [one, "01010011010801002203"])
    assert two == "01010011010801060200"


def test_the_first_codes_run_west_to_east_and_north_to_south() -> None:
    """Three rows of three; the rows are not quite straight, as real grids are not."""
    cells = [(x, y) for y in range(3) for x in range(3)]
    points = [(116.3 + 0.01 * x, 39.9 - 0.0077 * y + 0.001 * ((x + y) % 2)) for x, y in cells]
    shuffled = np.random.default_rng(7).permutation(9)
    codes = first_codes("6+3+3+3", "110108010022", np.array(points)[shuffled])
    wanted = [f"110108010022{number:03d}" for number in range(1, 10)]
    assert [codes[place] for place in np.argsort(shuffled)] == wanted


def test_first_codes_go_on_after_what_was_issued_and_none_need_nothing() -> None:
    assert first_codes("grid+2", "110108010022004", [(1.0, 2.0)], ["11010801002200407"]) == [
        "11010801002200408"
    ]
    assert first_codes("grid+2", "110108010022004", np.empty((0, 2))) == []


@given(st.lists(st.tuples(st.floats(-180, 180), st.floats(-90, 90)), max_size=40))
def test_every_point_has_one_place_in_the_order(points) -> None:
    assert sorted(reading_order(np.array(points).reshape(-1, 2))) == list(range(len(points)))


@given(st.sampled_from(["6+3+3+3", "12+3", "grid+2"]), st.integers(1, 99), st.sets(st.integers(1, 98)))
def test_what_is_issued_is_right_and_new(profile: str, size: int, taken: set[int]) -> None:
    form = PROFILES[profile]
    assert form is not None
    end = form.lengths[-1]
    parent = "9" * (end - form.counting[end])
    issued = {numbered(profile, parent, number) for number in taken}
    code = next_free(profile, parent, issued)
    assert code not in issued and check(profile, code, parent) == []
