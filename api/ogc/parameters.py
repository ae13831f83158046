"""Check the query parameters of the OGC API and write them in one plain form.

Pure: no database, no HTTP. What is not listed here is an unknown parameter, and that is an error.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime, time, timedelta
from functools import lru_cache

from layers.catalogue import Field, Layer
from layers.features import MAX_LIMIT, MAX_ZOOM, read_system
from layers.filters import LANGUAGES as FILTER_LANGUAGES
from spatial.errors import InvalidInput, Problem
from spatial.types import BBox

CRS84 = "http://www.opengis.net/def/crs/OGC/1.3/CRS84"
"""Longitude, latitude on WGS-84: what coordinates are in unless told."""

SYSTEMS = ("crs", "bbox-crs", "filter-crs")
"""Parameters that name a reference system."""

FORMS = frozenset({"properties", "skipGeometry", "zoom-level", "crs"})
"""Parameters of `items` that a single item takes, too: they change its form."""

OF_TILES = frozenset({"datetime", "filter", "filter-lang", "filter-crs", "properties"})
"""Parameters of `items` that a tile takes, too."""

LANGUAGES = {"zh": "zh", "zh-cn": "zh", "en": "en", "en-us": "en", "en-gb": "en"}

OPEN = ".."
"""The open end of an interval of time."""

Query = Iterable[tuple[str, str]]
Check = Callable[[str], str]
"""Takes the text of a parameter, gives it in plain form, raises ValueError or InvalidInput."""


def plain(query: Query, layer: Layer | None = None) -> dict[str, str]:
    """Check `query` for a resource, or for the items of `layer`, and write its values in plain form.

    `f` is checked and left out, and so are systems that are CRS84. Raises InvalidInput with one problem for
    each parameter that is unknown, repeated or wrong.
    """
    return _plain(query, COMMON if layer is None else checks_of(layer))


def plain_of_item(query: Query, layer: Layer) -> dict[str, str]:
    """Check `query` for one feature of `layer`, as `plain` does."""
    checks = checks_of(layer)
    named = (*FORMS, "datetime") if "city.unit_version" in layer.sources else FORMS
    return _plain(query, {**COMMON, **{name: checks[name] for name in named}})


def plain_of_tile(query: Query, layer: Layer, more: Mapping[str, Check]) -> dict[str, str]:
    """Check `query` for a tile of `layer`, as `plain` does; more: checks of what only tiles take."""
    checks = checks_of(layer)
    return _plain(query, {**{name: checks[name] for name in OF_TILES}, **more})


def plain_of(query: Query, more: Mapping[str, Check]) -> dict[str, str]:
    """Check `query` for a resource of no layer, as `plain` does; more: checks of what it takes besides."""
    return _plain(query, {**COMMON, **more})


def _plain(query: Query, checks: Mapping[str, Check]) -> dict[str, str]:
    problems: list[Problem] = []
    values: dict[str, str] = {}
    for name, text in query:
        _check(checks, name, text, values, problems)
    if "bbox" in values and not problems:
        problems += _order_of_box(values)
    if "token" in values and "offset" in values:
        problems.append(Problem("offset", "a token says already where the page begins"))
    if problems:
        raise InvalidInput(problems)
    values.pop("f", None)
    for name in SYSTEMS:
        if values.get(name) == CRS84:
            del values[name]
    return values


@lru_cache(maxsize=1024)
def checks_of(layer: Layer) -> Mapping[str, Check]:
    """Give the check of each parameter that the items of a layer take."""
    return {**_of_fields(layer), **COMMON, **ITEM_CHECKS, **_of_layer(layer)}


def box_of(values: Mapping[str, str], northing_first: bool) -> BBox | None:
    """Read the box of plain parameters, x before y whatever the order of its system."""
    if "bbox" not in values:
        return None
    first, second, third, fourth = map(float, values["bbox"].split(","))
    if northing_first:
        return BBox(second, first, fourth, third)
    return BBox(first, second, third, fourth)


def _order_of_box(values: Mapping[str, str]) -> list[Problem]:
    """In degrees the first edge may lie east of the last; nothing else may be the wrong way round."""
    if values.get("bbox-crs", CRS84) != CRS84:
        return []  # what is north depends on the system: the selection is checked when it is read
    box = box_of(values, northing_first=False)
    if box is not None and box.south > box.north:
        return [Problem("bbox", "the south edge lies north of the north edge")]
    return []


def _check(
    checks: Mapping[str, Check],
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
        except InvalidInput as error:
            problems += error.problems


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
    edges = [float(number) for number in numbers]
    if not all(map(math.isfinite, edges)):
        raise ValueError("must be finite numbers")
    return ",".join(map(repr, edges))


def _filter_language(text: str) -> str:
    if text not in FILTER_LANGUAGES:
        raise ValueError(f"must be {', '.join(FILTER_LANGUAGES)}")
    return text


def _words(text: str) -> str:
    """Terms between commas, of which one must be found; a term of several words is found in their order."""
    terms = [" ".join(term.split()) for term in text.split(",")]
    if len(text) > MOST_LETTERS or not all(terms):
        raise ValueError(f"must be one or more texts between commas, {MOST_LETTERS} letters at most")
    return ",".join(terms)


def _zoom(text: str) -> str:
    if not NUMBER.fullmatch(text) or not 0 <= float(text) <= MAX_ZOOM:
        raise ValueError(f"must be a number from 0 to {MAX_ZOOM:g}")
    return text


def _token(text: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9_-]{1,8000}", text):
        raise ValueError("is not one of ours: follow the links next and prev")
    return text


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


MOST_LETTERS = 200
"""Of a text that is searched for."""

COMMON: Mapping[str, Check] = {"f": _format, "lang": _language}
ITEM_CHECKS: Mapping[str, Check] = {
    "limit": _limit,
    "offset": _offset,
    "token": _token,
    "bbox": _bbox,
    "datetime": _datetime,
    "skipGeometry": _truth,
    "zoom-level": _zoom,
    "q": _words,
    "filter": str,
    "filter-lang": _filter_language,
}


def _of_layer(layer: Layer) -> dict[str, Check]:
    """Parameters whose values are names of the layer's attributes or systems."""

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

    def system(name: str) -> Check:
        return lambda text: read_system(text, layer, name).uri

    return {"sortby": sortby, "properties": properties, **{name: system(name) for name in SYSTEMS}}


def _of_fields(layer: Layer) -> dict[str, Check]:
    """An object has no text that it could be equal to."""
    return {field.name: _value_of(field) for field in layer.fields if field.type != "json"}


def _value_of(field: Field) -> Check:
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


VALUE_CHECKS: Mapping[str, Check] = {
    "integer": _integer,
    "number": _number,
    "boolean": _truth,
    "date-time": _instant,
}
