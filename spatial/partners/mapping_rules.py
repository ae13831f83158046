"""Rules of mappings: how one value comes out of a message. Compiled from data and counted; applied, pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from collections.abc import Mapping as Map
from dataclasses import dataclass
from functools import partial
from typing import Any

import orjson

from spatial.errors import InvalidInput, Problem
from spatial.geometry.datum import DATUMS, convert
from spatial.partners.mapping_paths import Path, read_path
from spatial.partners.mapping_values import (
    MISSING,
    Refused,
    Step,
    check_keys,
    checked_length,
    compile_date,
    compile_number,
    compile_split,
    compile_table,
    compile_text,
    number_of,
    text_of,
)

Json = Any
MOST_FIELDS = 200
MOST_RULES = 500
MOST_ENTRIES = 10_000
"""Lines of all tables together."""
MOST_WIDE = 20
"""Paths that may lead to many values."""
MOST_CONST = 10_000
"""Bytes of a constant."""
DEEPEST_RULE = 6
DEEPEST_TARGET = 8

_SOURCES = ("path", "const", "template", "join", "first_of", "point")
_BESIDE = {
    "path": "all", "const": "", "template": "values", "join": "with", "first_of": "", "point": "from to as",
}  # fmt: skip
_STEPS = "split text table else number date"
_ENDS = "default required"
_TARGET = re.compile(r"[^.\s\x00-\x1f\x7f](?:[^.\x00-\x1f\x7f]{0,98}[^.\s\x00-\x1f\x7f])?")
_AS: Map[str, Callable[[float, float], Json]] = {
    "lon": lambda lon, _: lon,
    "lat": lambda _, lat: lat,
    "lon_lat": lambda lon, lat: [lon, lat],
    "lat_lon": lambda lon, lat: [lat, lon],
}

Take = Callable[[Json], Json]


@dataclass(frozen=True)
class Rule:
    """How one value comes out of a message."""

    take: Take
    steps: tuple[Step, ...] = ()
    default: Json = MISSING
    required: bool = False

    @classmethod
    def parse(cls, spec: object, where: str = "rule") -> Rule:
        """Compile a rule that stands alone; InvalidInput."""
        return Compiler().rule(spec, where)

    def value(self, message: Json) -> Json:
        """Give the value, or MISSING; Refused with the reason when it is not what the rule expects."""
        found = self.take(message)
        for step in self.steps:
            found = _stepped(step, found)
        if found is not MISSING:
            return found
        if self.default is MISSING and self.required:
            raise Refused("is missing")
        return self.default


def _stepped(step: Step, found: Json) -> Json:
    try:
        if not isinstance(found, list):
            return found if found is MISSING else step(found)
        made = [step(each) for each in found]
    except (ValueError, OverflowError):
        raise Refused("has a value that the rule cannot take") from None
    return [each for each in made if each is not MISSING] or MISSING


class Compiler:
    """Compiles the rules of one mapping, and counts what they cost."""

    def __init__(self) -> None:
        self._counts = {"rules": 0, "entries": 0, "wide": 0}

    def fields(
        self, given: object, where: str, refused: Callable[[str], str | None] | None, problems: list[Problem]
    ) -> Iterator[tuple[str, Rule]]:
        """Compile all rules; what is wrong is added to the problems."""
        if not isinstance(given, dict) or not given:
            problems.append(Problem(where, "must be an object of rules by target, with one at least"))
            return
        if len(given) > MOST_FIELDS:
            problems.append(Problem(where, f"may have {MOST_FIELDS} targets at most"))
            return
        problems += _wrong_targets(given, where, refused)
        for target, spec in given.items():
            try:
                yield target, self.rule(spec, f"{where}.{target[:80]}")
            except InvalidInput as error:
                problems += error.problems

    def rule(self, given: object, where: str, depth: int = 0) -> Rule:
        """Compile one rule; InvalidInput."""
        if depth > DEEPEST_RULE:
            raise InvalidInput.at(where, f"is nested deeper than {DEEPEST_RULE} rules")
        self._count("rules", 1, MOST_RULES, where)
        spec = {"path": given} if isinstance(given, str) else given
        named = [name for name in _SOURCES if isinstance(spec, dict) and name in spec]
        if not isinstance(spec, dict) or len(named) != 1:
            raise InvalidInput.at(where, f"must have one of {', '.join(_SOURCES)}")
        kind = named[0]
        check_keys(spec, " ".join(f"{kind} {_BESIDE[kind]} {_STEPS} {_ENDS}".split()), where)
        take = getattr(self, f"_{kind}")(spec, where, depth)
        default, required = spec.get("default"), spec.get("required", False)
        if not isinstance(required, bool):
            raise InvalidInput.at(f"{where}.required", "must be true or false")
        _check_const(default, f"{where}.default")
        steps = tuple(self._steps(spec, where))
        return Rule(take, steps, MISSING if default is None else default, required)

    def _count(self, name: str, more: int, most: int, where: str) -> None:
        self._counts[name] += more
        if self._counts[name] > most:
            words = {"rules": "rules", "entries": "lines of tables", "wide": "paths to many values"}[name]
            raise InvalidInput.at(where, f"is one too many: a mapping has {most} {words} at most")

    def _steps(self, spec: Map[str, Json], where: str) -> Iterator[Step]:
        if "split" in spec:
            yield compile_split(spec["split"], f"{where}.split")
        if "text" in spec:
            yield compile_text(spec["text"], f"{where}.text")
        if "table" in spec:
            entries = len(spec["table"]) if isinstance(spec["table"], dict) else 0
            self._count("entries", entries, MOST_ENTRIES, f"{where}.table")
            _check_const(spec.get("else"), f"{where}.else")
            yield compile_table(spec["table"], spec.get("else", MISSING), f"{where}.table")
        elif "else" in spec:
            raise InvalidInput.at(f"{where}.else", "is for rules with a table")
        if "number" in spec:
            yield compile_number(spec["number"], f"{where}.number")
        if "date" in spec:
            yield compile_date(spec["date"], f"{where}.date")

    def _path(self, spec: Map[str, Json], where: str, _depth: int) -> Take:
        path = self._read(spec["path"], f"{where}.path")
        every = spec.get("all", False)
        if not isinstance(every, bool):
            raise InvalidInput.at(f"{where}.all", "must be true or false")
        return partial(_all if every else _first, path)

    def _read(self, text: object, where: str) -> Path:
        path = read_path(text, where)
        self._count("wide", path.wide, MOST_WIDE, where)
        return path

    def _const(self, spec: Map[str, Json], where: str, _depth: int) -> Take:
        value = spec["const"]
        _check_const(value, f"{where}.const")
        return lambda _message: MISSING if value is None else value

    def _template(self, spec: Map[str, Json], where: str, depth: int) -> Take:
        text = spec["template"]
        if not isinstance(text, str) or len(text) > 5000:
            raise InvalidInput.at(f"{where}.template", "must be a text of 5000 characters at most")
        named = spec.get("values", {})
        if not isinstance(named, dict):
            raise InvalidInput.at(f"{where}.values", "must be an object of rules by name")
        rules = {
            name: self.rule(each, f"{where}.values.{name[:60]}", depth + 1) for name, each in named.items()
        }
        parts = tuple(self._parts(text, rules, f"{where}.template"))
        return partial(_filled, parts)

    def _parts(self, text: str, rules: Map[str, Rule], where: str) -> Iterator[str | Rule]:
        """Cut a template: texts, and rules for {name} and {$.path}; {{ and }} are braces."""
        for piece in re.split(r"(\{\{|\}\}|\{[^{}]*\})", text):
            if piece in ("{{", "}}"):
                yield piece[0]
            elif piece.startswith("{") and piece.endswith("}"):
                yield self._named(piece[1:-1], rules, where)
            elif "{" in piece or "}" in piece:
                raise InvalidInput.at(where, "has half a pair of braces; {{ and }} are braces as such")
            else:
                yield piece

    def _named(self, name: str, rules: Map[str, Rule], where: str) -> Rule:
        if name.startswith("$"):
            self._count("rules", 1, MOST_RULES, where)
            return Rule(partial(_first, self._read(name, where)))
        if name not in rules:
            raise InvalidInput.at(where, f"names '{name[:60]}', which is not among its values")
        return rules[name]

    def _join(self, spec: Map[str, Json], where: str, depth: int) -> Take:
        between = spec.get("with", "")
        if not isinstance(between, str) or len(between) > 100:
            raise InvalidInput.at(f"{where}.with", "must be a text of 100 characters at most")
        return partial(_joined, self._rules(spec["join"], f"{where}.join", depth), between)

    def _first_of(self, spec: Map[str, Json], where: str, depth: int) -> Take:
        return partial(_first_that_is, self._rules(spec["first_of"], f"{where}.first_of", depth))

    def _rules(self, given: object, where: str, depth: int) -> tuple[Rule, ...]:
        if not isinstance(given, list) or not given:
            raise InvalidInput.at(where, "must be a list of rules, with one at least")
        return tuple(self.rule(each, f"{where}.{row}", depth + 1) for row, each in enumerate(given))

    def _point(self, spec: Map[str, Json], where: str, depth: int) -> Take:
        """{"point": {"lon": rule, "lat": rule}, "from": "gcj02", "to": "wgs84", "as": "lon"}."""
        point = check_keys(spec["point"], "lon lat", f"{where}.point")
        lon, lat = (self.rule(point.get(name), f"{where}.point.{name}", depth + 1) for name in ("lon", "lat"))
        source, target = spec.get("from", "wgs84"), spec.get("to", "wgs84")
        for name, datum in (("from", source), ("to", target)):
            if datum not in DATUMS:
                raise InvalidInput.at(f"{where}.{name}", f"is not one of {', '.join(DATUMS)}")
        form = spec.get("as", "lon_lat")
        if not isinstance(form, str) or form not in _AS:
            raise InvalidInput.at(f"{where}.as", f"is not one of {', '.join(_AS)}")
        return partial(_pointed, lon, lat, source, target, _AS[form])


def _wrong_targets(
    given: Map[str, Json], where: str, refused: Callable[[str], str | None] | None
) -> Iterator[Problem]:
    inner = {
        ".".join(parts[:n]) for target in given if (parts := target.split(".")) for n in range(1, len(parts))
    }
    for target in given:
        parts = target.split(".")
        reason = refused(target) if refused else None
        if len(parts) > DEEPEST_TARGET or not all(map(_TARGET.fullmatch, parts)):
            reason = f"is no target: names with full stops between, {DEEPEST_TARGET} at most"
        elif target in inner:
            reason = "holds other targets, and so cannot be one itself"
        if reason:
            yield Problem(f"{where}.{target[:80]}", reason)


def _check_const(value: Json, where: str) -> None:
    try:
        size = len(orjson.dumps(value))
    except (TypeError, ValueError, RecursionError):
        raise InvalidInput.at(where, "is no JSON that can be kept") from None
    if size > MOST_CONST:
        raise InvalidInput.at(where, f"may have {MOST_CONST} bytes at most")


def _first(path: Path, message: Json) -> Json:
    return next((value for value in path.found(message) if value != ""), MISSING)


def _all(path: Path, message: Json) -> Json:
    return [value for value in path.found(message) if value != ""] or MISSING


def _filled(parts: tuple[str | Rule, ...], message: Json) -> Json:
    """Fill a template; with nothing to fill in, there is no value."""
    found = [part.value(message) if isinstance(part, Rule) else part for part in parts]
    ruled = [value for part, value in zip(parts, found, strict=True) if isinstance(part, Rule)]
    if ruled and all(value is MISSING for value in ruled):
        return MISSING
    return checked_length("".join("" if value is MISSING else text_of(value) for value in found))


def _joined(rules: tuple[Rule, ...], between: str, message: Json) -> Json:
    found = [rule.value(message) for rule in rules]
    flat = [each for value in found for each in (value if isinstance(value, list) else [value])]
    texts = [text_of(each) for each in flat if each is not MISSING]
    return checked_length(between.join(texts)) if texts else MISSING


def _first_that_is(rules: tuple[Rule, ...], message: Json) -> Json:
    return next((value for rule in rules if (value := rule.value(message)) is not MISSING), MISSING)


def _pointed(
    lon: Rule, lat: Rule, source: str, target: str, form: Callable[[float, float], Json], message: Json
) -> Json:
    x, y = lon.value(message), lat.value(message)
    if x is MISSING and y is MISSING:
        return MISSING
    if x is MISSING or y is MISSING:
        raise Refused(f"has no {'lon' if x is MISSING else 'lat'}")
    there = convert([number_of(x)], [number_of(y)], source, target)
    return form(float(there[0][0]), float(there[1][0]))
