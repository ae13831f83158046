"""Spreadsheets (XLSX) as tables of texts: each sheet becomes a CSV, which is then read like any other.

Runs in the process that reads files of strangers. A cell is the text that stands for its value: numbers as
far as a spreadsheet keeps them, which is 15 digits, so codes of 17 must be texts there.
"""

from __future__ import annotations

import csv
import re
from pathlib import Path
from typing import Any

from spatial.errors import InvalidInput

_SLASHED = re.compile(r"(\d{4})/(\d{2})/(\d{2})( 00:00:00)?")
OPENING = {"HEADERS": "FORCE", "FIELD_TYPES": "STRING"}


def as_csv(path: Path, folder: Path, pyogrio: Any, most: int) -> list[str]:
    """Write each sheet that has rows into the folder as 0.csv, 1.csv …; returns the sheets' names.

    Raises InvalidInput, before any is written, for more than `most` sheets.
    """
    names = [str(name) for name, _ in pyogrio.list_layers(path)]
    if len(names) > most:
        raise InvalidInput.at("body", f"holds {len(names)} sheets; {most} are the most")
    found: list[str] = []
    for name in names:
        meta, _, _, columns = pyogrio.raw.read(path, layer=name, read_geometry=False, **OPENING)
        if len(columns) and len(columns[0]):
            _write(folder / f"{len(found)}.csv", list(meta["fields"]), columns)
            found.append(name)
    return found


def _write(path: Path, names: list[str], columns: Any) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(names)
        writer.writerows([_cell(value) for value in row] for row in zip(*columns, strict=True))


def _cell(value: Any) -> str:
    """Write a day as everybody else does."""
    text = "" if value is None else str(value)
    day = _SLASHED.fullmatch(text)
    return "-".join(day.groups()[:3]) if day else text
