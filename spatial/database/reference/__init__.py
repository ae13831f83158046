"""Code tables of the national standards, as data.

`gbt47678_5_2026_codes.csv`: classes and kinds of components (部件) and matters (事项) of
GB/T 47678.5-2026, tables A.1 and C.1: facts of a national standard, taken from the public
repository Jackyhellolove/city-inspection-ai; check against the standard before a contract.
"""

from __future__ import annotations

import csv
from importlib.resources import files

STANDARD = "GB/T 47678.5-2026"


def standard_codes(kind: str) -> list[dict[str, str]]:
    """List the codes of one `kind` (部件 or 事项): code, name, class_code, class_name, standard."""
    text = (files(__package__) / "gbt47678_5_2026_codes.csv").read_text(encoding="utf-8")
    rows = [row for row in csv.DictReader(text.splitlines()) if row.pop("kind") == kind]
    return [{**row, "standard": STANDARD} for row in rows]


def english_names() -> list[dict[str, str]]:
    """List what the classes of components are called in English: code, name_en. The words are ours."""
    text = (files(__package__) / "component_names_en.csv").read_text(encoding="utf-8")
    return list(csv.DictReader(text.splitlines()))
