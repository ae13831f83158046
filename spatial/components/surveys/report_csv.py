"""The report of a survey as CSV; no cell of it can become a formula."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

HEAD = ("row", "verdict", "code", "class_code", "component_id", "what", "before", "after")
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")
"""How a cell begins that a spreadsheet would run (OWASP, CSV injection); wide forms count for Excel too."""


def report_csv(rows: Iterable[Mapping[str, Any]]) -> Iterator[bytes]:
    """Write the report, one line for each field that changed and each reason; UTF-8 with a mark for Excel."""
    return report_csv_pages([row] for row in rows)


def report_csv_pages(pages: Iterable[Iterable[Mapping[str, Any]]]) -> Iterator[bytes]:
    """Write the report, a piece for each page of rows."""
    yield b"\xef\xbb\xbf" + _lines([HEAD])
    for page in pages:
        yield _lines(line for row in page for line in _cells(row))


def _cells(row: Mapping[str, Any]) -> Iterator[tuple[Any, ...]]:
    first = (row["row"], row["verdict"], row["code"], row["class_code"], row["component_id"])
    return ((*first, *told) for told in _told(row))


def _told(row: Mapping[str, Any]) -> Iterator[tuple[Any, Any, Any]]:
    detail = row["detail"]
    if row["verdict"] == "changed":
        yield from ((name, before, after) for name, (before, after) in detail.items())
    elif row["verdict"] == "rejected":
        yield from ((reason, "", "") for reason in detail["reasons"])
    else:
        yield detail.get("name", ""), detail.get("former_code", ""), detail.get("state", "")


def _lines(lines: Iterable[Iterable[Any]]) -> bytes:
    out = io.StringIO()
    csv.writer(out, lineterminator="\r\n").writerows([_cell(each) for each in cells] for cells in lines)
    return out.getvalue().encode()


def _cell(value: Any) -> Any:
    if value is None or isinstance(value, int | float):
        return value
    text = str(value)
    return f"'{text}" if text.startswith(_FORMULA) else text
