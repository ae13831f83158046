"""CSV is read back as it was, whatever stands in it, and a spreadsheet runs none of it."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from layers.encoders.csv_text import _cell, _lines, _safe
from spatial.rights.audit.export import FORMULA
from tests.layers.encoders.conftest import HOSTILE

# PostgreSQL holds no NUL, and UTF-8 no half of a surrogate pair.
TEXT = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]))
ROWS = st.lists(st.lists(TEXT | st.none(), min_size=2, max_size=5), max_size=10)


def read(body: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(body.decode("utf-8"), newline="")))


@given(ROWS)
def test_any_text_comes_back(rows: list[list[str | None]]) -> None:
    found = read(_lines([[_cell(value) for value in row] for row in rows]))
    assert found == [[value or "" for value in row] for row in rows]


@given(ROWS)
def test_no_cell_of_a_safe_file_begins_like_a_formula(rows: list[list[str | None]]) -> None:
    found = read(_lines([[_safe(_cell, value) for value in row] for row in rows]))
    assert not any(cell.startswith(FORMULA) for row in found for cell in row)
    wanted = [["" if value is None else value for value in row] for row in rows]
    marked = [[f"'{value}" if value.startswith(FORMULA) else value for value in row] for row in wanted]
    assert found == marked


@given(st.integers(-(2**63), 2**63 - 1), st.floats(allow_nan=False, allow_infinity=False), st.booleans())
def test_numbers_come_back_exactly_and_stay_numbers(whole: int, part: float, truth: bool) -> None:
    ((a, b, c),) = read(_lines([[_safe(_cell, value) for value in (whole, part, truth)]]))
    assert (int(a), float(b), c) == (whole, part, str(truth).lower())


def test_a_sheet_opens_in_a_spreadsheet(write: Callable[..., Path]) -> None:
    body = write("csv-sheet", "things").read_bytes()
    assert body.startswith(b"\xef\xbb\xbf# exported_by: tester"), "a byte order mark, and who took it"
    _, heads, *rows = read(body[3:])
    assert heads[heads.index("Words") + 1] == f"'{HOSTILE}", "a column may be called like a formula, too"
    found = {row[0]: dict(zip(heads, row, strict=True)) for row in rows}
    assert found["101"]["words"] == '\'=HYPERLINK("http://evil")'
    assert found["101"]["whole"] == str(-(2**63) + 1), "a number below zero is none"
    assert found["101"]["lon"] == "-179.9"


def test_a_plain_file_changes_nothing(write: Callable[..., Path]) -> None:
    body = write("csv", "things").read_bytes()
    assert not body.startswith(b"\xef\xbb\xbf")
    heads, *rows = read(body)
    found = {row[0]: dict(zip(heads, row, strict=True)) for row in rows}
    assert found["101"]["words"] == '=HYPERLINK("http://evil")'
    assert heads[-2:] == ["lon", "lat"]


@pytest.mark.parametrize(
    ("name", "last"), [("things", "lat"), ("high", "z"), ("lines", "wkt"), ("gaps", "lat")]
)
def test_points_have_columns_and_everything_else_text(
    write: Callable[..., Path], name: str, last: str
) -> None:
    assert read(write("csv", name).read_bytes())[0][-1] == last
