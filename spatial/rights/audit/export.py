"""Writes entries of the log for other programs: CSV and JSON lines, each under a watermark.

The first line says who took the export when, and by which number it stands in the log itself; the last line
how many entries it holds, so that one that was cut off is known for it.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable
from datetime import datetime
from typing import Any, Protocol

from spatial.rights.audit.search import Entry

COLUMNS = (
    "id", "at", "account_id", "username", "role", "database_user", "address", "request", "action", "relation",
    "row_key", "unit_code", "before", "after", "reason", "hash",
)  # fmt: skip

FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
"""How a cell begins that a spreadsheet would run (OWASP, CSV injection); wide forms count for Excel too."""


class Form(Protocol):
    """A form that entries are written in."""

    media_type: str

    def head(self, watermark: dict[str, Any]) -> str: ...
    def entries(self, entries: Iterable[Entry]) -> str: ...
    def end(self, count: int) -> str: ...


class Csv:
    """UTF-8 with a byte order mark, for spreadsheets; before and after are JSON in their cells."""

    media_type = "text/csv"

    def head(self, watermark: dict[str, Any]) -> str:
        """Write the watermark and the names of the columns."""
        words = " · ".join(f"{name}: {value}" for name, value in watermark.items())
        return "\ufeff" + _lines([[f"# {words}"], COLUMNS])

    def entries(self, entries: Iterable[Entry]) -> str:
        """Write some entries."""
        return _lines([[_cell(entry[name]) for name in COLUMNS] for entry in entries])

    def end(self, count: int) -> str:
        """Write the last line."""
        return _lines([[f"# end: {count} entries"]])


class JsonLines:
    """One JSON object a line."""

    media_type = "application/jsonl"

    def head(self, watermark: dict[str, Any]) -> str:
        """Write the watermark."""
        return _json({"export": watermark}) + "\n"

    def entries(self, entries: Iterable[Entry]) -> str:
        """Write some entries."""
        return "".join(_json({name: entry[name] for name in COLUMNS}) + "\n" for entry in entries)

    def end(self, count: int) -> str:
        """Write the last line."""
        return _json({"end": {"entries": count}}) + "\n"


FORMS: dict[str, Form] = {"csv": Csv(), "jsonl": JsonLines()}


def _lines(rows: Iterable[Iterable[Any]]) -> str:
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    return text.getvalue()


def _cell(value: Any) -> Any:
    if isinstance(value, dict):
        return _json(value)
    if isinstance(value, datetime):
        return value.isoformat()
    return f"'{value}" if isinstance(value, str) and value.startswith(FORMULA) else value


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, default=datetime.isoformat)
