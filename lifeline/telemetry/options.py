"""Reads the query options of SensorThings ($select, $expand, $top …) into one value; knows no database."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import unquote_plus

from lifeline.telemetry.expressions import Node, parse_filter, parse_orders
from spatial.errors import InvalidInput

MOST_ROWS = 100_000
USUAL_ROWS = 100
DEEPEST_EXPAND = 5
MOST_EXPANDS = 12
_INNER = ("$filter", "$orderby", "$top", "$skip", "$count", "$select", "$expand")
_OUTER = (*_INNER, "$resultFormat", "$skiptoken")


@dataclass(frozen=True)
class Options:
    """What a request asks of a set of entities; `given` is the text of each option, for links."""

    given: dict[str, str]
    condition: Node | None = None
    orders: tuple[tuple[Node, bool], ...] = ()
    top: int = USUAL_ROWS
    skip: int = 0
    count: bool = False
    select: tuple[str, ...] = ()
    expand: tuple[tuple[str, Options], ...] = ()
    data_array: bool = False
    token: str | None = None


def read_options(query: str) -> Options:
    """Read a query string; InvalidInput names an option that is unknown, stands twice or cannot be read."""
    given: dict[str, str] = {}
    for part in filter(None, query.split("&")):
        name, _, value = part.partition("=")
        try:
            _put(given, unquote_plus(name, errors="strict"), unquote_plus(value, errors="strict"), _OUTER)
        except UnicodeDecodeError:
            raise InvalidInput.at("query", "must be UTF-8") from None
    return _options(given, 0)


def _put(given: dict[str, str], name: str, value: str, known: tuple[str, ...]) -> None:
    if name not in known:
        raise InvalidInput.at(name[:60], f"is not an option here; there are {', '.join(known)}")
    if name in given:
        raise InvalidInput.at(name, "stands twice")
    given[name] = value


def _options(given: dict[str, str], depth: int) -> Options:
    form = given.get("$resultFormat", "")
    if form not in ("", "dataArray"):
        raise InvalidInput.at("$resultFormat", "is not known; there is dataArray")
    return Options(
        given=given,
        condition=parse_filter(given["$filter"]) if "$filter" in given else None,
        orders=tuple(parse_orders(given["$orderby"])) if "$orderby" in given else (),
        top=_number(given, "$top", USUAL_ROWS, MOST_ROWS),
        skip=_number(given, "$skip", 0, 10_000_000),
        count=_yes(given.get("$count", "false")),
        select=_names(given["$select"]) if "$select" in given else (),
        expand=tuple(_expands(given["$expand"], depth)) if "$expand" in given else (),
        data_array=form == "dataArray",
        token=given.get("$skiptoken"),
    )


def _number(given: dict[str, str], name: str, usual: int, most: int) -> int:
    text = given.get(name)
    if text is None:
        return usual
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise InvalidInput.at(name, "must be a whole number")
    if name == "$skip" and int(text) > most:
        raise InvalidInput.at(name, f"is more than {most}; follow @iot.nextLink")
    return min(int(text), most)


def _yes(text: str) -> bool:
    if text not in ("true", "false"):
        raise InvalidInput.at("$count", "must be true or false")
    return text == "true"


def _names(text: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(each.strip() for each in text.split(",")))


def _expands(text: str, depth: int) -> Iterator[tuple[str, Options]]:
    """Read `Datastreams($top=1;$expand=Sensor),Locations` or `Datastreams/Sensor`."""
    if depth >= DEEPEST_EXPAND:
        raise InvalidInput.at("$expand", f"is nested deeper than {DEEPEST_EXPAND} times")
    parts = _split(text, ",")
    if len(parts) > MOST_EXPANDS:
        raise InvalidInput.at("$expand", f"names more than {MOST_EXPANDS} at once")
    seen: dict[str, dict[str, str]] = {}
    for part in parts:
        head, bracket, inside = part.strip().partition("(")
        if bracket and not inside.endswith(")"):
            raise InvalidInput.at("$expand", f"lacks ) after {head[:40]}")
        name, slash, deeper = head.strip().partition("/")
        given: dict[str, str] = {}
        for option in filter(None, (each.strip() for each in _split(inside[:-1], ";"))):
            _put(given, *_halves(option), _INNER)
        if slash:
            given = {"$expand": f"{deeper}({inside}" if bracket else deeper}
        if name in seen and not (slash and seen[name].keys() == {"$expand"}):
            raise InvalidInput.at("$expand", f"names {name[:40]} twice")
        if name in seen:
            given = {"$expand": f"{seen[name]['$expand']},{given['$expand']}"}
        seen[name] = given
    for name, given in seen.items():
        yield name, _options(given, depth + 1)


def _halves(option: str) -> tuple[str, str]:
    name, _, value = option.partition("=")
    return name.strip(), value.strip()


def _split(text: str, mark: str) -> list[str]:
    """Split where the mark stands outside of quotes and brackets."""
    parts, depth, quoted, begin = [], 0, False, 0
    for at, letter in enumerate(text):
        if letter == "'":
            quoted = not quoted
        elif not quoted and letter in "()":
            depth += 1 if letter == "(" else -1
        elif letter == mark and not quoted and depth == 0:
            parts.append(text[begin:at])
            begin = at + 1
    if quoted or depth:
        raise InvalidInput.at("$expand", "has a quote or a bracket that is not closed")
    return [*parts, text[begin:]]
