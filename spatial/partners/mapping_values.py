"""What rules of a mapping do with a value: texts, tables, numbers with units, moments with zones. Pure.

Each is compiled from its part of the rule, which InvalidInput at a place refuses, into a function of a value,
which `Refused` ends with a reason.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from typing import Any, TypeGuard
from zoneinfo import ZoneInfo

from spatial.errors import InvalidInput

Json = Any
Step = Callable[[Json], Json]


class Missing:
    """The type of MISSING: there is no value."""

    def __repr__(self) -> str:
        return "MISSING"


MISSING = Missing()
LONGEST_TEXT = 20_000
"""Characters of a text that a rule makes."""


class Refused(Exception):
    """A value is not what the rule expects; the text says why."""


Unit = tuple[str, float, float]
"""Dimension, factor and offset to its base: base = value * factor + offset."""

UNITS: Mapping[str, Unit] = {
    "m": ("length", 1, 0), "km": ("length", 1000, 0), "cm": ("length", 0.01, 0), "mm": ("length", 0.001, 0),
    "ft": ("length", 0.3048, 0), "mi": ("length", 1609.344, 0), "li": ("length", 500, 0),
    "m2": ("area", 1, 0), "km2": ("area", 1e6, 0), "ha": ("area", 1e4, 0), "mu": ("area", 2000 / 3, 0),
    "s": ("time", 1, 0), "ms": ("time", 0.001, 0), "min": ("time", 60, 0), "h": ("time", 3600, 0),
    "d": ("time", 86400, 0),
    "deg": ("angle", 1, 0), "rad": ("angle", 180 / math.pi, 0), "arcsec": ("angle", 1 / 3600, 0),
    "1e-5deg": ("angle", 1e-5, 0), "1e-6deg": ("angle", 1e-6, 0), "1e-7deg": ("angle", 1e-7, 0),
    "m/s": ("speed", 1, 0), "km/h": ("speed", 1 / 3.6, 0), "kn": ("speed", 1852 / 3600, 0),
    "C": ("temperature", 1, 0), "F": ("temperature", 5 / 9, -160 / 9), "K": ("temperature", 1, -273.15),
    "Pa": ("pressure", 1, 0), "kPa": ("pressure", 1e3, 0), "MPa": ("pressure", 1e6, 0),
    "bar": ("pressure", 1e5, 0),
}  # fmt: skip
"""Units of numbers; li (里) is 500 m, mu (亩) 2000/3 m²."""

_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d{1,3})?", re.ASCII)
_PATTERN = re.compile(r"(?:[^%]|%[YmdHMSfzyjBbpI%])*")
_MOMENT_NAMES = ("rfc3339", "iso8601", "unix", "unix_ms")


def check_keys(given: object, allowed: str, where: str) -> dict[str, Any]:
    """See that something is an object with none but these names; InvalidInput."""
    if not isinstance(given, dict):
        raise InvalidInput.at(where, f"must be an object with {allowed.replace(' ', ', ')}")
    if unknown := [name for name in given if name not in allowed.split()]:
        raise InvalidInput.at(f"{where}.{unknown[0][:60]}", f"is not one of {allowed.replace(' ', ', ')}")
    return given


def text_of(value: Json) -> str:
    """Write a single value as text; Refused for objects and lists, and for what is too long."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (dict, list)):
        raise Refused("is an object or a list, not a single value")
    if isinstance(value, float) and value.is_integer() and abs(value) < 2**53:
        value = int(value)
    return checked_length(str(value))


def checked_length(text: str) -> str:
    """Give a text back that is not too long."""
    if len(text) > LONGEST_TEXT:
        raise Refused(f"is longer than {LONGEST_TEXT} characters")
    return text


def compile_text(given: object, where: str) -> Step:
    """{"case": "lower"|"upper", "most": 200, "remove": "abc"}: trims, changes the case, cuts."""
    spec = check_keys(given, "case most remove", where)
    case, most, remove = spec.get("case"), spec.get("most"), spec.get("remove", "")
    if case not in (None, "lower", "upper"):
        raise InvalidInput.at(f"{where}.case", "is not one of lower, upper")
    if most is not None and not (_is_int(most) and 1 <= most <= LONGEST_TEXT):
        raise InvalidInput.at(f"{where}.most", f"must be between 1 and {LONGEST_TEXT}")
    if not isinstance(remove, str) or len(remove) > 100:
        raise InvalidInput.at(f"{where}.remove", "must be a text of characters, 100 at most")
    gone = str.maketrans("", "", remove)

    def step(value: Json) -> Json:
        text = text_of(value).translate(gone).strip()
        text = text.lower() if case == "lower" else text.upper() if case == "upper" else text
        return text[:most] or MISSING

    return step


def compile_split(given: object, where: str) -> Step:
    """{"by": ",", "take": 0}: a part of a text."""
    spec = check_keys(given, "by take", where)
    by, take = spec.get("by"), spec.get("take")
    if not isinstance(by, str) or not 1 <= len(by) <= 20:
        raise InvalidInput.at(f"{where}.by", "must be the text between the parts")
    if not _is_int(take) or abs(take) > 1000:
        raise InvalidInput.at(f"{where}.take", "must be the place of the part, 0 the first, -1 the last")

    def step(value: Json) -> Json:
        parts = text_of(value).split(by)
        here = -len(parts) <= take < len(parts)
        return parts[take].strip() or MISSING if here else MISSING

    return step


def compile_table(given: object, fallback: Json, where: str) -> Step:
    """Look a value up by its text in any case; fallback: MISSING where what is not there is refused."""
    if not isinstance(given, dict) or not given:
        raise InvalidInput.at(where, "must be an object of values by text")
    table: dict[str, Json] = {}
    for key, value in given.items():
        if isinstance(value, (dict, list)):
            raise InvalidInput.at(f"{where}.{key[:60]}", "must be a single value")
        if table.setdefault(_folded(key), value) is not value:
            raise InvalidInput.at(f"{where}.{key[:60]}", "stands there twice but for its case")

    def step(value: Json) -> Json:
        key = text_of(value)
        found = table.get(_folded(key), fallback)
        if found is MISSING:
            raise Refused(f"has '{key[:80]}', which the table does not know")
        return MISSING if found is None else found

    return step


def _folded(text: str) -> str:
    return text.strip().casefold()


def compile_number(given: object, where: str) -> Step:
    """{"unit": "km", "to": "m", "decimals": 2, "decimal": ","}: a number out of a number or a text."""
    spec = check_keys(given, "unit to decimals decimal", where)
    unit, to = spec.get("unit"), spec.get("to")
    decimals, sign = spec.get("decimals"), spec.get("decimal", ".")
    if (unit is None) != (to is None):
        raise InvalidInput.at(f"{where}.{'to' if to is None else 'unit'}", "is missing: both or none")
    for name in ("unit", "to"):
        if spec.get(name) is not None and spec[name] not in UNITS:
            raise InvalidInput.at(f"{where}.{name}", f"is not one of {', '.join(UNITS)}")
    if unit is not None and to is not None and UNITS[unit][0] != UNITS[to][0]:
        raise InvalidInput.at(f"{where}.to", f"is a {UNITS[to][0]}, and {unit} a {UNITS[unit][0]}")
    if decimals is not None and not (_is_int(decimals) and 0 <= decimals <= 15):
        raise InvalidInput.at(f"{where}.decimals", "must be between 0 and 15")
    if sign not in (".", ","):
        raise InvalidInput.at(f"{where}.decimal", "must be . or ,")

    units = None if unit is None or unit == to else (UNITS[unit], UNITS[str(to)])

    def step(value: Json) -> Json:
        number = _number(value, sign)
        if units is not None:
            number = _converted(number, *units)
        return number if decimals is None else round(number, decimals) if decimals else round(number)

    return step


def _number(value: Json, sign: str = ".") -> float | int:
    if isinstance(value, bool):
        raise Refused("is no number")
    if isinstance(value, (int, float)):
        number: float | int = value
    else:
        text = text_of(value).strip()
        text = text.replace(".", "").replace(",", ".") if sign == "," else text.replace(",", "")
        if len(text) > 40 or not _NUMBER.fullmatch(text):
            raise Refused(f"has '{text[:40]}', which is no number")
        number = int(text) if text.lstrip("+-").isdigit() and len(text) <= 16 else float(text)
    if not math.isfinite(number):
        raise Refused("is no finite number")
    return number


def _converted(number: float, unit: Unit, to: Unit) -> float:
    made = (number * unit[1] + unit[2] - to[2]) / to[1]
    if not math.isfinite(made):
        raise Refused("is no finite number")
    return made


def number_of(value: Json) -> float:
    """Read a number; Refused."""
    return float(_number(value))


def compile_date(given: object, where: str) -> Step:
    """{"read": "%d.%m.%Y %H:%M", "zone": "Europe/Berlin", "write": "rfc3339", "write_zone": "UTC"}.

    read, write: rfc3339, iso8601 (its offset may be missing), unix, unix_ms, or a pattern of strptime. zone:
    of what has no offset. An hour that the clock shows twice is the first one.
    """
    spec = check_keys(given, "read zone write write_zone", where)
    read, write = (_moment_form(spec.get(name, "rfc3339"), f"{where}.{name}") for name in ("read", "write"))
    zone = _zone(spec.get("zone"), f"{where}.zone")
    write_zone = _zone(spec.get("write_zone"), f"{where}.write_zone")
    if read.startswith("rfc3339") and zone is not None:
        raise InvalidInput.at(f"{where}.zone", "is of no use: every such text has its own offset")

    def step(value: Json) -> Json:
        moment = _moment(value, read, zone)
        try:
            return _written(moment if write_zone is None else moment.astimezone(write_zone), write)
        except (ValueError, OverflowError, OSError):
            raise Refused(f"has '{text_of(value)[:60]}', which {write} cannot write there") from None

    return step


def _moment_form(given: object, where: str) -> str:
    if isinstance(given, str) and given in _MOMENT_NAMES:
        return given
    whole = isinstance(given, str) and len(given) <= 60 and "%" in given
    if not whole or not _PATTERN.fullmatch(str(given)):
        known = ", ".join(_MOMENT_NAMES)
        raise InvalidInput.at(where, f"is not one of {known}, and no pattern of %Y %m %d %H %M %S %f %z …")
    directives = re.findall("%[^%]|%%", str(given))
    if any(directives.count(each) > 1 for each in directives if each != "%%"):
        raise InvalidInput.at(where, "has a directive twice")
    return str(given)


def _zone(given: object, where: str) -> tzinfo | None:
    if given is None:
        return None
    offset = re.fullmatch(r"([+-])(\d\d):(\d\d)", given, re.ASCII) if isinstance(given, str) else None
    try:
        if offset:
            ahead = timedelta(hours=int(offset[2]), minutes=int(offset[3]))
            return timezone(-ahead if offset[1] == "-" else ahead)
        if isinstance(given, str) and 0 < len(given) <= 60:
            return ZoneInfo(given)
    except (ValueError, KeyError, OSError):
        pass
    raise InvalidInput.at(where, "is no zone, such as Asia/Shanghai or +08:00")


def _moment(value: Json, form: str, zone: tzinfo | None) -> datetime:
    try:
        moment = _read_moment(value, form)
        if moment.tzinfo is None and zone is None:
            raise Refused(f"has '{text_of(value)[:60]}', which has no offset: give the rule a zone")
        moment = moment.replace(tzinfo=zone) if moment.tzinfo is None else moment
        moment.astimezone(UTC)
    except (ValueError, OverflowError, OSError):
        raise Refused(f"has '{text_of(value)[:60]}', which is no moment as {form} has them") from None
    return moment


def _read_moment(value: Json, form: str) -> datetime:
    if form in ("unix", "unix_ms"):
        seconds = number_of(value) / (1000 if form == "unix_ms" else 1)
        return datetime.fromtimestamp(seconds, UTC)
    text = text_of(value).strip()[:100]
    if form == "rfc3339" or form == "iso8601":
        moment = datetime.fromisoformat(text)
        if form == "rfc3339" and moment.tzinfo is None:
            raise ValueError
        return moment
    return datetime.strptime(text, form)


def _written(moment: datetime, form: str) -> Json:
    if form == "unix":
        return int(moment.timestamp())
    if form == "unix_ms":
        return round(moment.timestamp() * 1000)
    if form in ("rfc3339", "iso8601"):
        return moment.isoformat()
    return moment.strftime(form)


def _is_int(value: object) -> TypeGuard[int]:
    return isinstance(value, int) and not isinstance(value, bool)
