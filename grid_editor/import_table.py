"""The report of an import as a table: a row for every feature, and for every unit that changes for it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

Json = Mapping[str, Any]
COLUMNS = (
    "what", "unit", "code", "name", "parent", "area_before_m2", "area_after_m2", "gained_m2", "lost_m2",
    "was_m2", "shift_m", "note",
)  # fmt: skip
"""what: new, kept, lost, left_out (of the file); changed, retired (of the plan, not in the file)."""


def rows_of(report: Json) -> Iterator[dict[str, Any]]:
    """Go through the rows, each with the COLUMNS that it has something for."""
    codes = {row["unit"]: f"its code {row['reason']}" for row in report.get("codes", ())}
    for row in report["units"]:
        yield {**row, "what": row["now"], "note": codes.get(row["code"])}
    for row in report["left_out"]:
        yield {"what": "left_out", "unit": f"feature {row['feature']}", "note": row["reason"]}
    for row in report["others"]:
        yield _of_plan(row, "changed", row["was_m2"], row["area_m2"])
    for row in report["retired"]:
        yield _of_plan(row, "retired", row["area_m2"], 0.0)


def _of_plan(row: Json, what: str, before_m2: float, after_m2: float) -> dict[str, Any]:
    named = {"unit": row["code"] or row["name"], "code": row["code"], "name": row["name"]}
    return {"what": what, **named, "was_m2": before_m2, "area_after_m2": after_m2}
