"""Extra fields: attributes that a class of components or a kind of place has beside the common ones.

A user says by a JSON schema what they are. Of JSON Schema 2020-12 only what such a form needs is taken: no
references, no alternatives, patterns of the engine that never runs away (RE2), bounded in size and depth.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime, time
from functools import lru_cache
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError
from jsonschema.validators import extend

from spatial.errors import InvalidInput, Problem

MOST_SCHEMA_BYTES = 32_768
MOST_BYTES = 65_536
"""Of the attributes of one thing, as JSON."""
MOST_DEPTH = 6
MOST_PROPERTIES = 200
MOST_PATTERN = 200
MOST_PROBLEMS = 20

Json = dict[str, Any]

TYPES = ("string", "number", "integer", "boolean", "object", "array", "null")
FORMATS = ("date", "date-time", "time")

_TEXTS = ("title", "title_en", "description", "description_en", "unit", "$schema", "$comment")
_NUMBERS = ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf")
_SIZES = ("minLength", "maxLength", "minItems", "maxItems", "minProperties", "maxProperties")
_KNOWN = {
    *_TEXTS, *_NUMBERS, *_SIZES, "type", "properties", "required", "additionalProperties", "enum", "const",
    "pattern", "format", "items", "uniqueItems", "default", "examples",
}  # fmt: skip


def check_extras(schema: Mapping[str, Any], attributes: Any, where: str = "attributes") -> None:
    """Check attributes (a JSON object) against a schema; InvalidInput names each field, as `where.field`.

    schema: one that `check_schema` let pass; empty: any object within the size.
    """
    problems = list(problems_of(schema, attributes, where))
    if problems:
        raise InvalidInput(problems[:MOST_PROBLEMS])


def problems_of(schema: Mapping[str, Any], attributes: Any, where: str = "attributes") -> Iterator[Problem]:
    """Find what `check_extras` would refuse."""
    if not isinstance(attributes, dict):
        yield Problem(where, "must be an object")
    elif _size(attributes) > MOST_BYTES:
        yield Problem(where, f"is larger than {MOST_BYTES // 1024} KiB")
    elif schema:
        for error in _validator(_text(schema)).iter_errors(attributes):
            yield _problem(error, where)


def check_schema(schema: Any, where: str = "schema") -> None:
    """Check that a schema describes an object in words that are taken here; InvalidInput names the place."""
    if not isinstance(schema, dict):
        raise InvalidInput.at(where, "must be a JSON schema: an object")
    if _size(schema) > MOST_SCHEMA_BYTES:
        raise InvalidInput.at(where, f"is larger than {MOST_SCHEMA_BYTES // 1024} KiB")
    problems = list(_Checker().check(schema, where, 0))
    if not problems and schema and schema.get("type") != "object":
        problems = [Problem(f"{where}.type", "must be 'object'")]
    if problems:
        raise InvalidInput(problems[:MOST_PROBLEMS])


class _Checker:
    """Walks through a schema; counts its properties."""

    def __init__(self) -> None:
        self._properties = 0

    def check(self, schema: Any, where: str, depth: int) -> Iterator[Problem]:
        if not isinstance(schema, dict):
            yield Problem(where, "must be a schema: an object")
            return
        if depth > MOST_DEPTH:
            yield Problem(where, f"is nested more than {MOST_DEPTH} deep")
            return
        for name, value in schema.items():
            place = f"{where}.{str(name)[:60]}"
            if name not in _KNOWN:
                yield Problem(place, "is not among the words of JSON Schema that are taken here")
            elif name == "properties":
                yield from self._below(value, place, depth)
            elif name == "items" or (name == "additionalProperties" and not isinstance(value, bool)):
                yield from self.check(value, place, depth + 1)
            elif (reason := _RULES.get(name, _fine)(value)) is not None:
                yield Problem(place, reason)

    def _below(self, properties: Any, where: str, depth: int) -> Iterator[Problem]:
        if not isinstance(properties, dict):
            yield Problem(where, "must be an object of schemas")
            return
        self._properties += len(properties)
        if self._properties > MOST_PROPERTIES:
            yield Problem(where, f"there are more than {MOST_PROPERTIES} properties")
            return
        for name, schema in properties.items():
            yield from self.check(schema, f"{where}.{name[:60]}", depth + 1)


def _fine(_: Any) -> str | None:
    return None


def _kind(value: Any) -> str | None:
    kinds = value if isinstance(value, list) and value else [value]
    return None if all(kind in TYPES for kind in kinds) else f"must be one of {', '.join(TYPES)}"


def _texts(value: Any) -> str | None:
    is_right = isinstance(value, list) and all(isinstance(each, str) for each in value)
    return None if is_right else "must be a list of names"


def _number(value: Any) -> str | None:
    is_number = isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
    return None if is_number else "must be a number"


def _whole(value: Any) -> str | None:
    is_right = isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= MOST_BYTES
    return None if is_right else "must be a whole number, zero or more"


def _listed(value: Any) -> str | None:
    return (
        None if isinstance(value, list) and 0 < len(value) <= 1000 else "must be a list of 1 to 1000 values"
    )


def _pattern(value: Any) -> str | None:
    if not isinstance(value, str) or len(value) > MOST_PATTERN:
        return f"must be a text of at most {MOST_PATTERN} characters"
    try:
        _matches(value, "")
    except pa.ArrowInvalid:
        return "must be a regular expression without look-around and back references (RE2)"
    return None


def _format(value: Any) -> str | None:
    return None if value in FORMATS else f"must be one of {', '.join(FORMATS)}"


_RULES: dict[str, Callable[[Any], str | None]] = {
    **dict.fromkeys(_TEXTS, lambda value: None if isinstance(value, str) else "must be a text"),
    **dict.fromkeys(_NUMBERS, _number),
    **dict.fromkeys(_SIZES, _whole),
    "multipleOf": lambda value: _number(value) or (None if value > 0 else "must be above zero"),
    "type": _kind,
    "required": _texts,
    "enum": _listed,
    "examples": _listed,
    "pattern": _pattern,
    "format": _format,
    "uniqueItems": lambda value: None if isinstance(value, bool) else "must be true or false",
}


def _size(value: Any) -> int:
    """Count the bytes of a value as JSON; without end when it is none."""
    try:
        return len(_text(value).encode())
    except (TypeError, ValueError, RecursionError):
        return MOST_BYTES * 2


def _text(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, allow_nan=False, sort_keys=True)


def _matches(pattern: str, text: str) -> bool:
    return bool(pc.match_substring_regex(pa.array([text]), pattern)[0].as_py())


def _check_pattern(_: Any, pattern: str, instance: Any, __: Any) -> Iterator[ValidationError]:
    if isinstance(instance, str) and not _matches(pattern, instance):
        yield ValidationError(f"must match {pattern}")


_READS: dict[str, Callable[[str], Any]] = {
    "date": date.fromisoformat,
    "time": time.fromisoformat,
    "date-time": datetime.fromisoformat,
}


def _check_format(_: Any, name: str, instance: Any, __: Any) -> Iterator[ValidationError]:
    if isinstance(instance, str):
        try:
            found = _READS[name](instance)
        except ValueError:
            found = None
        if found is None or (name == "date-time" and found.tzinfo is None):
            yield ValidationError(f"must be a {name}" + (" with an offset" if name == "date-time" else ""))


_Validator: Any = extend(Draft202012Validator, {"pattern": _check_pattern, "format": _check_format})


@lru_cache(maxsize=512)
def _validator(text: str) -> Any:
    return _Validator(json.loads(text))


def _problem(error: ValidationError, where: str) -> Problem:
    path = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in error.absolute_path)
    place, value = where + path, error.validator_value
    if error.validator == "required":
        missing = next((name for name in value if name not in error.instance), "?")
        missing = next((name for name in value if error.message.startswith(f"'{name}'")), missing)
        return Problem(f"{place}.{missing}", "is required")
    if error.validator == "additionalProperties":
        known = error.schema.get("properties", {})
        other = next((str(name) for name in error.instance if name not in known), "?")
        return Problem(f"{place}.{other[:60]}", "is not an attribute of it")
    said = _SAID.get(str(error.validator), _as_said)
    return Problem(place, said(value, str(error.message)))


def _as_said(_: Any, message: str) -> str:
    return message


_SAID: dict[str, Callable[[Any, str], str]] = {
    "type": lambda kind, _: f"must be {' or '.join(kind) if isinstance(kind, list) else kind}",
    "enum": lambda values, _: f"must be one of {', '.join(map(str, values[:30]))}",
    "minimum": lambda least, _: f"must be {least} or more",
    "maximum": lambda most, _: f"must be {most} or less",
    "exclusiveMinimum": lambda least, _: f"must be more than {least}",
    "exclusiveMaximum": lambda most, _: f"must be less than {most}",
    "multipleOf": lambda step, _: f"must be a multiple of {step}",
    "minLength": lambda least, _: f"must have {least} characters or more",
    "maxLength": lambda most, _: f"must have {most} characters or fewer",
    "minItems": lambda least, _: f"must have {least} values or more",
    "maxItems": lambda most, _: f"must have {most} values or fewer",
    "uniqueItems": lambda _, __: "must not repeat a value",
    "const": lambda value, _: f"must be {value}",
}
