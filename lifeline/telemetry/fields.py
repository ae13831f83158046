"""What may be written of each entity set, and how a value that is sent is looked at: pure."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson
import shapely

from lifeline.alarms.units import UNITS
from lifeline.telemetry.expressions import moment
from spatial.errors import InvalidInput

Body = dict[str, Any]
LONGEST_TEXT = 10_000
MOST_JSON = 64 * 1024
GEOJSON = ("application/geo+json", "application/vnd.geo+json")


@dataclass(frozen=True)
class Shape:
    """A shape as sent, and as lon/lat in WKB."""

    sent: str
    wkb: bytes


def text(value: Any, where: str) -> str:
    """Read a text."""
    if not isinstance(value, str) or len(value) > LONGEST_TEXT or "\0" in value:
        raise InvalidInput.at(where, f"must be a text of {LONGEST_TEXT} characters at most")
    return value


def name(value: Any, where: str) -> str:
    """Read a text that is not empty."""
    if not text(value, where).strip():
        raise InvalidInput.at(where, "must not be empty")
    return text(value, where)


def json_text(value: Any, where: str) -> str | None:
    """Read any JSON of 64 KB at most."""
    if value is None:
        return None
    found = orjson.dumps(value).decode()
    if len(found) > MOST_JSON or "\\u0000" in found:
        raise InvalidInput.at(where, f"must be JSON of {MOST_JSON} bytes at most, without NUL")
    return found


def attributes(value: Any, where: str) -> str | None:
    """Read a JSON object."""
    if value is not None and not isinstance(value, dict):
        raise InvalidInput.at(where, "must be an object")
    return json_text(value, where)


def shape(value: Any, where: str) -> Shape:
    """Read a GeoJSON geometry or feature in lon/lat."""
    geometry = value.get("geometry") if isinstance(value, dict) and value.get("type") == "Feature" else value
    sent = json_text(value, where) or ""
    try:
        found = shapely.from_geojson(orjson.dumps(geometry))
    except shapely.errors.GEOSException:
        raise InvalidInput.at(where, "is no geometry of GeoJSON") from None
    if found is None or found.is_empty:
        raise InvalidInput.at(where, "is an empty shape")
    west, south, east, north = found.bounds
    if not (-180 <= west <= east <= 180 and -90 <= south <= north <= 90):
        raise InvalidInput.at(where, "lies outside of lon -180 … 180, lat -90 … 90")
    return Shape(sent, shapely.to_wkb(shapely.force_2d(found)))


def encoding(value: Any, where: str) -> str:
    """Read how a place is written: GeoJSON alone."""
    if value not in GEOJSON:
        raise InvalidInput.at(where, f"must be {GEOJSON[0]}")
    return str(value)


def unit(value: Any, where: str) -> str:
    """Read a unit {name, symbol, definition}; one that is not known is refused by its symbol.

    Everything null says that there is none, as for texts and truth values.
    """
    if not isinstance(value, dict) or not value.keys() <= {"name", "symbol", "definition"}:
        raise InvalidInput.at(where, "must be {name, symbol, definition}")
    symbol = value.get("symbol")
    if symbol is not None and symbol not in UNITS:
        raise InvalidInput.at(
            f"{where}.symbol", f"unknown unit {str(symbol)[:40]!r}; there are {', '.join(UNITS)}"
        )
    return json_text(value, where) or "{}"


def when(value: Any, where: str) -> datetime:
    """Read a time."""
    return moment(text(value, where), where)


Check = Callable[[Any, str], Any]
_NAMED: dict[str, tuple[str, Check]] = {
    "name": ("name", name), "description": ("description", text), "properties": ("properties", attributes),
}  # fmt: skip
_ENCODED: dict[str, tuple[str, Check]] = {"encodingType": ("encoding_type", encoding)}

FIELDS: dict[str, dict[str, tuple[str, Check]]] = {
    "Things": _NAMED,
    "Locations": _NAMED | _ENCODED | {"location": ("shape", shape)},
    "HistoricalLocations": {"time": ("time", when)},
    "Sensors": _NAMED | {"encodingType": ("encoding_type", text), "metadata": ("metadata", json_text)},
    "ObservedProperties": _NAMED | {"definition": ("definition", text)},
    "Datastreams": _NAMED | {
        "observationType": ("observation_type", text), "unitOfMeasurement": ("unit", unit),
    },
    "FeaturesOfInterest": _NAMED | _ENCODED | {"feature": ("shape", shape)},
}  # fmt: skip
"""Set → what is sent, its column, and how it is looked at."""

PARENTS: dict[str, dict[str, tuple[str, str]]] = {
    "Datastreams": {
        "Thing": ("thing_id", "Things"),
        "Sensor": ("sensor_id", "Sensors"),
        "ObservedProperty": ("observed_property_id", "ObservedProperties"),
    },
    "HistoricalLocations": {"Thing": ("thing_id", "Things")},
}
"""Set → the single neighbours that it must have, each with its column and set."""

REQUIRED: dict[str, tuple[str, ...]] = {
    "Things": ("name",),
    "Locations": ("name", "location"),
    "HistoricalLocations": ("time",),
    "Sensors": ("name",),
    "ObservedProperties": ("name", "definition"),
    "Datastreams": ("name", "unitOfMeasurement"),
    "FeaturesOfInterest": ("name", "feature"),
}


def columns_of(set_name: str, body: Body, where: str, whole: bool) -> dict[str, Any]:
    """Read the own properties of an entity into columns; `whole`: what it must have is asked for."""
    fields = FIELDS[set_name]
    if whole:
        for needed in REQUIRED[set_name]:
            if needed not in body:
                raise InvalidInput.at(where + needed, "is missing")
    return {
        fields[key][0]: fields[key][1](value, where + key) for key, value in body.items() if key in fields
    }


MEANINGS = ("expectedPeriod_s", "range", "network", "feature")


@dataclass(frozen=True)
class Meaning:
    """What the properties of a datastream tell: seconds between values, span, what it is about."""

    expected_s: float | None = None
    range_from: float | None = None
    range_until: float | None = None
    network: str | None = None
    feature: str | None = None


def meaning(properties: Body, where: str) -> Meaning:
    """Read {expectedPeriod_s, range: [from, until], network: name, feature: code} out of the properties."""
    expected = properties.get("expectedPeriod_s")
    if expected is not None and not (_is_number(expected) and 0 < expected < 1e9):
        raise InvalidInput.at(f"{where}.expectedPeriod_s", "must be seconds above 0")
    span = properties.get("range")
    if span is not None and not (
        isinstance(span, list) and len(span) == 2 and all(map(_is_number, span)) and span[0] < span[1]
    ):
        raise InvalidInput.at(f"{where}.range", "must be [from, until] in the unit of the values")
    network, feature = (properties.get(key) for key in MEANINGS[2:])
    for key, value in (("network", network), ("feature", feature)):
        if value is not None:
            name(value, f"{where}.{key}")
    if feature is not None and network is None:
        raise InvalidInput.at(f"{where}.network", "is missing: a feature is one of a network")
    low, high = (float(span[0]), float(span[1])) if span else (None, None)
    return Meaning(None if expected is None else float(expected), low, high, network, feature)


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and abs(value) < 1e300
