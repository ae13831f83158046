"""Check the attributes that clients send, and write them as PostgreSQL reads them.

Pure: no database. A value is returned as text (None for NULL), which its column's type then reads.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

import orjson

from layers.catalogue import Field
from spatial.errors import Problem

CITY_TIME = timezone(timedelta(hours=8))
"""What a moment without an offset is read in, as QGIS writes what was picked from a calendar."""

CLOSE_S = 1.0
"""GIS software keeps moments to the millisecond, or to the second: this near they are the same."""

RANGES = {"int2": 2**15, "int4": 2**31, "int8": 2**63}

_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_MOMENT = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ][0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,9})?)?"
    r"([Zz]|[+-][0-9]{2}:?[0-9]{2})?"
)

Properties = Mapping[str, Any]


def unknown(properties: Any, names: Mapping[str, Field], where: str) -> list[Problem]:
    """Refuse what is no object of attributes, or names one that the layer does not have."""
    if not isinstance(properties, dict):
        return [Problem(where, "must be an object of attributes")]
    return [
        Problem(f"{where}.{name[:100]}", "is not an attribute of this layer")
        for name in properties
        if name not in names
    ]


def text_of(field: Field, value: Any, column_type: str = "", longest: int | None = None) -> str | None:
    """Write a value of an attribute as text; ValueError says what it must be.

    column_type: the name of its type in PostgreSQL, which may hold less than the attribute's; longest: most
    characters that it holds.
    """
    if value is None:
        return None
    written = _WRITERS.get(field.type, _string)(value)
    if field.values and value not in field.values:
        raise ValueError(f"must be one of {', '.join(map(str, field.values))}")
    if column_type in RANGES and not -RANGES[column_type] <= int(written) < RANGES[column_type]:
        raise ValueError(f"must lie between {-RANGES[column_type]} and {RANGES[column_type] - 1}")
    if longest is not None and len(written) > longest:
        raise ValueError(f"is longer than {longest} characters")
    if field.required and not written.strip():
        raise ValueError("must not be empty")
    return written


def is_same(field: Field, given: Any, stored: Any) -> bool:
    """Tell whether a value that was sent back is the stored one, as far as GIS software keeps it."""
    if given == stored or str(given) == str(stored):
        return True
    try:
        if field.type == "number":
            return math.isclose(float(given), float(stored), rel_tol=1e-9, abs_tol=1e-12)
        if field.type == "date-time":
            return bool(abs((moment(given) - stored).total_seconds()) < CLOSE_S)
        return text_of(field, given) == (stored.isoformat() if isinstance(stored, date) else str(stored))
    except (TypeError, ValueError, OverflowError):
        return False


def merged(stored: Any, patch: Any) -> Any:
    """Apply a JSON Merge Patch (RFC 7396) to a value."""
    if not isinstance(patch, dict):
        return patch
    kept = dict(stored) if isinstance(stored, dict) else {}
    for name, value in patch.items():
        if value is None:
            kept.pop(name, None)
        else:
            kept[name] = merged(kept.get(name), value)
    return kept


def moment(text: Any) -> datetime:
    """Read a moment by RFC 3339; one without an offset is in the city's time. ValueError."""
    if not isinstance(text, str) or not _MOMENT.fullmatch(text):
        raise ValueError("must be a moment by RFC 3339, such as 2026-01-31T08:00:00+08:00")
    try:
        read = datetime.fromisoformat(text.upper().replace(" ", "T"))
        return (read if read.tzinfo else read.replace(tzinfo=CITY_TIME)).astimezone(UTC)
    except (ValueError, OverflowError):
        raise ValueError("is a moment that no calendar has") from None


def _integer(value: Any) -> str:
    if type(value) is float and value.is_integer() and abs(value) < 2**53:
        value = int(value)
    if type(value) is not int:
        raise ValueError("must be a whole number")
    if not -(2**63) <= value < 2**63:
        raise ValueError("must fit into 64 bits")
    return str(value)


def _number(value: Any) -> str:
    if type(value) not in (int, float) or not math.isfinite(value):
        raise ValueError("must be a finite number")
    return repr(value)


def _boolean(value: Any) -> str:
    if type(value) is not bool:
        raise ValueError("must be true or false")
    return "true" if value else "false"


def _string(value: Any) -> str:
    if not isinstance(value, str):
        raise ValueError("must be a text")
    if "\x00" in value:
        raise ValueError("holds a NUL character")
    return value


def _date(value: Any) -> str:
    if not isinstance(value, str) or not _DATE.fullmatch(value):
        raise ValueError("must be a date, such as 2026-01-31")
    try:
        return date.fromisoformat(value).isoformat()
    except ValueError:
        raise ValueError("is a date that no calendar has") from None


def _moment(value: Any) -> str:
    return moment(value).isoformat()


def _array(value: Any) -> str:
    if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
        raise ValueError("must be a list of texts")
    return _json(value)


def _json(value: Any) -> str:
    written = orjson.dumps(value).decode()
    if "\\u0000" in written:
        raise ValueError("holds a NUL character")
    return written


_WRITERS: Mapping[str, Callable[[Any], str]] = {
    "integer": _integer,
    "number": _number,
    "boolean": _boolean,
    "date": _date,
    "date-time": _moment,
    "array": _array,
    "json": _json,
}
