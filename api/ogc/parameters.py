"""Check the query parameters of the OGC API and write them in one plain form.

Pure: no database, no HTTP. What is not listed here is an unknown parameter, and that is an error.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime, time, timedelta

from layers.catalogue import Field, Layer
from layers.features import MAX_LIMIT
from spatial.errors import InvalidInput, Problem

CRS84 = "http://www.opengis.net/def/crs/OGC/1.3/CRS84"
"""Longitude, latitude on WGS-84: the only reference system of this first cut."""

LANGUAGES = {"zh": "zh", "zh-cn": "zh", "en": "en", "en-us": "en", "en-gb": "en"}

OPEN = ".."
"""The open end of an interval of time."""

Query = Iterable[tuple[str, str]]


def plain(query: Query, layer: Layer | None = None) -> dict[str, str]:
    """Check `query` for a resource, or for the items of `layer`, and write its values in plain form.

    `f`, `crs` and `bbox-crs` are checked and left out, since one value of them means the default.
    Raises InvalidInput with one problem for each parameter that is unknown, repeated or wrong.
    """
    checks: dict[str, Callable[[str], str]] = {"f": _format, "lang": _language}
    if layer is not None:
        checks = {**_of_fields(layer), **checks, **ITEM_CHECKS, **_of_layer(layer)}
    problems: list[Problem] = []
    values: dict[str, str] = {}
    for name, text in query:
        _check(checks, name, text, values, problems)
    if problems:
        raise InvalidInput(problems)
    return {name: text for name, text in values.items() if name not in {"f", "crs", "bbox-crs"}}


def _check(
    checks: Mapping[str, Callable[[str], str]],
    name: str,
    text: str,
    values: dict[str, str],
    problems: list[Problem],
) -> None:
    where = name[:100]
    if name not in checks:
        problems.append(Problem(where, "is not a parameter of this resource"))
    elif name in values:
        problems.append(Problem(where, "stands more than once"))
    elif "\x00" in text:
        problems.append(Problem(where, "holds a NUL character"))
    else:
        try:
            values[name] = checks[name](text)
        except ValueError as error:
            problems.append(Problem(where, str(error)))


def _format(text: str) -> str:
    if text not in {"json", "html"}:
        raise ValueError("must be json or html")
    return text


def _language(text: str) -> str:
    if text.lower() not in LANGUAGES:
        raise ValueError("must be zh or en")
    return LANGUAGES[text.lower()]


def _whole_number(text: str, low: int, high: int) -> int:
    if not re.fullmatch(r"-?[0-9]{1,30}", text):
        raise ValueError("must be a whole number")
    if not low <= int(text) <= high:
        raise ValueError(f"must be {low} or more" if int(text) < low else f"must be {high} or less")
    return int(text)


def _limit(text: str) -> str:
    """A limit above the most is lowered, not refused: Part 1, requirement fc-limit-response-1."""
    return str(min(_whole_number(text, 1, 10**30), MAX_LIMIT))


def _offset(text: str) -> str:
    return str(_whole_number(text, 0, 2**31 - 1))


NUMBER = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]{1,3})?")


def _bbox(text: str) -> str:
    """Four numbers, or six of which the heights are dropped: our geometries are flat."""
    # A plus sign in a query string that nobody encoded arrives as a space.
    numbers = [part.strip() for part in text.split(",")]
    if len(numbers) not in {4, 6} or not all(map(NUMBER.fullmatch, numbers)):
        raise ValueError("must be 4 numbers (west,south,east,north) or 6 with heights")
    if len(numbers) == 6:
        numbers = [*numbers[0:2], *numbers[3:5]]
    west, south, east, north = map(float, numbers)
    if not all(map(math.isfinite, (west, south, east, north))):
        raise ValueError("must be finite numbers")
    if south > north:
        raise ValueError("the south edge lies north of the north edge")
    return ",".join(map(repr, (west, south, east, north)))


def _crs84(text: str) -> str:
    """With and without angle brackets: QGIS and GDAL differ."""
    if text.strip("<>") not in {CRS84, CRS84.replace("http:", "https:")}:
        raise ValueError(f"only {CRS84} is offered")
    return CRS84


def _truth(text: str) -> str:
    if text.lower() not in {"true", "false"}:
        raise ValueError("must be true or false")
    return text.lower()


def _datetime(text: str) -> str:
    """An instant, or an interval with `..` or nothing for an open end; a date is its whole day in UTC."""
    parts = text.split("/")
    if len(parts) > 2:
        raise ValueError("must be one instant or an interval of two")
    if len(parts) == 1:
        begin, end = _moments(text)
        return begin if begin == end else f"{begin}/{end}"
    since = OPEN if parts[0] in {"", OPEN} else _moments(parts[0])[0]
    until = OPEN if parts[1] in {"", OPEN} else _moments(parts[1])[1]
    if OPEN not in {since, until} and datetime.fromisoformat(since) > datetime.fromisoformat(until):
        raise ValueError("the interval ends before it begins")
    return f"{since}/{until}"


DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
DATE_TIME = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ][0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]+)?([Zz]|[+-][0-9]{2}:[0-9]{2})"
)


def _moments(text: str) -> tuple[str, str]:
    """First and last moment of a date or a date-time, in UTC."""
    if text.startswith("0000-"):
        return OPEN, OPEN  # QGIS up to 3.22 writes an open begin as the year 0
    try:
        if DATE.fullmatch(text):
            begin = datetime.combine(datetime.fromisoformat(text), time.min, UTC)
            return begin.isoformat(), (begin + timedelta(days=1, microseconds=-1)).isoformat()
        if DATE_TIME.fullmatch(text):
            moment = datetime.fromisoformat(text.upper().replace(" ", "T")).astimezone(UTC).isoformat()
            return moment, moment
    except (ValueError, OverflowError):
        pass
    raise ValueError("must be RFC 3339, such as 2026-01-31T08:00:00+08:00 or 2026-01-31")


ITEM_CHECKS: Mapping[str, Callable[[str], str]] = {
    "limit": _limit,
    "offset": _offset,
    "bbox": _bbox,
    "bbox-crs": _crs84,
    "crs": _crs84,
    "datetime": _datetime,
    "skipGeometry": _truth,
}


def _of_layer(layer: Layer) -> dict[str, Callable[[str], str]]:
    """Parameters whose values are names of the layer's attributes."""

    def known(name: str) -> str:
        if name not in layer.field_names:
            raise ValueError(f"there is no attribute '{name[:100]}'")
        return name

    def sortby(text: str) -> str:
        parts = [part.strip() for part in text.split(",")]
        signs = ["-" if part.startswith("-") else "" for part in parts]
        return ",".join(sign + known(part.lstrip("+-")) for sign, part in zip(signs, parts, strict=True))

    def properties(text: str) -> str:
        return ",".join(known(name.strip()) for name in text.split(","))

    return {"sortby": sortby, "properties": properties}


def _of_fields(layer: Layer) -> dict[str, Callable[[str], str]]:
    return {field.name: _value_of(field) for field in layer.fields}


def _value_of(field: Field) -> Callable[[str], str]:
    return VALUE_CHECKS.get(field.type, str)


def _integer(text: str) -> str:
    return str(_whole_number(text, -(2**63), 2**63 - 1))


def _number(text: str) -> str:
    if not NUMBER.fullmatch(text):
        raise ValueError("must be a number")
    return text


def _instant(text: str) -> str:
    begin, end = _moments(text)
    if begin != end or begin == OPEN:
        raise ValueError("must be one moment; for a span use datetime")
    return begin


VALUE_CHECKS: Mapping[str, Callable[[str], str]] = {
    "integer": _integer,
    "number": _number,
    "boolean": _truth,
    "date-time": _instant,
}
