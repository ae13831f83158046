"""Many addresses at once, with a report: matched, ambiguous, unmatched, and why."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from spatial.addresses.geocode import Found, Gazetteer, verdict
from spatial.addresses.normal import MAX_LETTERS
from spatial.errors import InvalidInput
from spatial.geometry.datum import check_datum, convert
from spatial.geometry.read_tables import read_csv

ALTERNATIVES = 3
COLUMNS = (
    "geocode_status", "geocode_reason", "geocode_id", "geocode_text", "geocode_lon", "geocode_lat",
    "geocode_score", "geocode_exactness", "geocode_alternatives",
)  # fmt: skip
_NOTED = 200
_NUMBER = re.compile(r"[+-]?\d+(?:\.\d+)?")


@dataclass(frozen=True)
class Answer:
    """What one text of many was found to mean."""

    status: str
    """matched, ambiguous or unmatched."""
    reason: str
    found: tuple[Found, ...]


def answer(
    gazetteer: Gazetteer, text: str, limit: int = ALTERNATIVES, near: tuple[float, float] | None = None
) -> Answer:
    """Find what one text means, at most `limit` answers; what is none is unmatched, and the reason says so.

    It is judged by at least ALTERNATIVES: of one alone nobody could say that it has rivals.
    """
    if not text.strip():
        return Answer("unmatched", "is empty", ())
    if len(text) > MAX_LETTERS:
        return Answer("unmatched", f"is longer than {MAX_LETTERS} letters", ())
    found = tuple(gazetteer.find(text, max(limit, ALTERNATIVES), near))
    return Answer(verdict(found), _reason(found), found[:limit])


def answers(
    gazetteer: Gazetteer,
    texts: Sequence[str],
    limit: int = ALTERNATIVES,
    tell: Callable[[float], None] = lambda _: None,
) -> list[Answer]:
    """Find what each of many texts means; the same text is looked up once."""
    known: dict[str, Answer] = {}
    told = []
    for number, text in enumerate(texts, 1):
        if text not in known:
            known[text] = answer(gazetteer, text, limit)
        told.append(known[text])
        if number % _NOTED == 0:
            tell(number / len(texts))
    return told


def report(told: Sequence[Answer]) -> dict[str, Any]:
    """Count what became of many texts."""
    counts = Counter(each.status for each in told)
    reasons = Counter(each.reason for each in told if each.status != "matched")
    return {
        "rows": len(told), **{name: counts[name] for name in ("matched", "ambiguous", "unmatched")},
        "reasons": dict(reasons.most_common(20)),
    }  # fmt: skip


def geocode_file(
    gazetteer: Gazetteer, body: bytes, column: str, datum: str, most: int, tell: Callable[[float], None]
) -> tuple[bytes, dict[str, Any]]:
    """Geocode a column of a CSV (UTF-8, at most `most` rows): returns it with COLUMNS added, and the report.

    datum: of the positions that are told. InvalidInput for no CSV, no such column, or an unknown datum.
    """
    check_datum(datum)
    table = read_csv(body, most)
    if table.column_names.count(column) != 1:
        names = ", ".join(table.column_names)[:300]
        raise InvalidInput.at("column", f"the file has no one column '{column}': {names}")
    told = answers(gazetteer, table.column(column).to_pylist(), ALTERNATIVES, tell)
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow([*map(_safe, table.column_names), *COLUMNS])
    columns = [table.column(number).to_pylist() for number in range(table.num_columns)]
    for number, each in enumerate(told):
        writer.writerow([*(_safe(values[number]) for values in columns), *_line(each, datum)])
    return out.getvalue().encode("utf-8-sig"), report(told)


def shifted(found: Found, datum: str) -> tuple[float, float]:
    """Give the position of an answer in a datum."""
    if datum == "wgs84":
        return found.lon, found.lat
    (lon,), (lat,) = convert([found.lon], [found.lat], "wgs84", datum)
    return round(float(lon), 8), round(float(lat), 8)


def _line(told: Answer, datum: str) -> list[Any]:
    if not told.found:
        return [told.status, told.reason, *[None] * (len(COLUMNS) - 2)]
    first = told.found[0]
    others = " | ".join(f"{each.text} ({each.score:g})" for each in told.found[1:])
    return [
        told.status, told.reason, first.id, _safe(first.text), *shifted(first, datum), first.score,
        first.exactness, _safe(others),
    ]  # fmt: skip


def _safe(value: Any) -> Any:
    """A spreadsheet takes what begins like this for a formula; numbers stay numbers."""
    if not isinstance(value, str) or value[:1] not in ("=", "+", "-", "@", "\t", "\r", "\n"):
        return value
    return value if _NUMBER.fullmatch(value) else f"'{value}"


def _reason(found: Sequence[Found]) -> str:
    status = verdict(found)
    if status == "unmatched":
        return "no address is like it"
    if status == "matched":
        return f"{found[0].exactness}, recognised by {found[0].matched.get('by')}"
    if found[0].exactness == "near_number":
        return "the number is not known; the nearest one on the road"
    if found[0].matched.get("missing"):
        return f"the {' and '.join(found[0].matched['missing'])} is not known; the nearest thing there is"
    if found[0].exactness == "crossing" and len(found) > 1:
        return "the roads meet more than once"
    if found[0].exactness == "group":
        return "a compound; which of its houses is not said"
    return "not sure enough" if len(found) < 2 else "several places fit as well"
