"""Mappings (字段映射): how messages are put from others' words into ours, and back, as data.

    mapping = Mapping.parse({"fields": {"title": {"path": "$.kind"}, "lon": {"path": "$.x", "number": {}}}})
    mapping.apply({"kind": "pothole", "x": "116.3"}).values    # {"title": "pothole", "lon": 116.3}

A mapping is checked whole when it is saved; what is wrong with it is told with its place. Applied, it is
pure, and ends soon whatever the message is. docs/28-partners.md describes the language.
"""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Mapping as Map
from dataclasses import dataclass, field
from typing import Any

import orjson

from spatial.errors import InvalidInput, Problem
from spatial.partners.mapping_paths import Path, check_message, read_path
from spatial.partners.mapping_rules import DEEPEST_TARGET, Compiler, Rule
from spatial.partners.mapping_values import MISSING, Missing, Refused, check_keys

__all__ = ["MISSING", "Mapped", "Mapping", "Missing", "Refused", "Rule", "check_message"]

Json = Any
MOST_BYTES = 256 * 1024
"""Of a mapping as JSON."""
MOST_ITEMS = 10_000
"""Messages of one document."""


@dataclass(frozen=True)
class Mapped:
    """What came out of a message: by target, and what is wrong."""

    fields: Map[str, Json]
    problems: tuple[Problem, ...] = ()

    @property
    def values(self) -> dict[str, Json]:
        """Give it nested as the targets say: "a.b" is b within a, "a.0" the first of the list a."""
        root: dict[str, Json] = {}
        for target, value in self.fields.items():
            *path, last = target.split(".")
            node = root
            for name in path:
                node = node.setdefault(name, {})
            node[last] = value
        return {name: _listed(value, 0) for name, value in root.items()}


def _listed(value: Json, depth: int) -> Json:
    if not isinstance(value, dict) or depth > DEEPEST_TARGET:
        return value
    inner = {name: _listed(each, depth + 1) for name, each in value.items()}
    if inner and all(name.isdecimal() for name in inner):
        return [inner[name] for name in sorted(inner, key=int)]
    return inner


@dataclass(frozen=True)
class Mapping:
    """A mapping that was checked."""

    rules: Map[str, Rule]
    """By target."""
    items: Path | None = None
    """Where the messages are in a document; None: it is one, or a list of them."""
    spec: Map[str, Json] = field(default_factory=dict, compare=False)

    @classmethod
    def parse(
        cls, spec: object, where: str = "mapping", refused: Callable[[str], str | None] | None = None
    ) -> Mapping:
        """Compile a mapping: {"items": "$.data[*]", "fields": {target: rule}}.

        refused: says of a target why there is none such. Raises InvalidInput with all problems.
        """
        _check_size(spec, where)
        given = check_keys(spec, "items fields", where)
        compiler = Compiler()
        items = None
        problems: list[Problem] = []
        try:
            items = read_path(given["items"], f"{where}.items") if given.get("items") else None
        except InvalidInput as error:
            problems += error.problems
        rules = dict(compiler.fields(given.get("fields"), f"{where}.fields", refused, problems))
        if problems:
            raise InvalidInput(problems[:50])
        return cls(rules, items, given)

    def messages(self, document: Json) -> list[Json]:
        """Give the single messages of a document; InvalidInput when there are too many, or none such."""
        if self.items is not None:
            found = list(self.items.found(document))
        else:
            found = document if isinstance(document, list) else [document]
        if len(found) > MOST_ITEMS:
            raise InvalidInput.at("body", f"holds {len(found)} messages; {MOST_ITEMS} are taken at most")
        return found

    def apply(self, message: Json) -> Mapped:
        """Put a message into the words of the targets; a target whose value is missing is left out.

        The message is one that `check_message` takes.
        """
        fields: dict[str, Json] = {}
        problems = []
        for target, rule in self.rules.items():
            try:
                value = rule.value(message)
            except Refused as refusal:
                problems.append(Problem(target, str(refusal)))
                continue
            if value is not MISSING:
                fields[target] = value
        return Mapped(fields, tuple(problems))


def _check_size(spec: object, where: str) -> None:
    try:
        text = orjson.dumps(spec)
    except (TypeError, ValueError, RecursionError):
        raise InvalidInput.at(where, "is nested too deeply, or holds what is no JSON") from None
    if len(text) > MOST_BYTES:
        raise InvalidInput.at(where, f"may have {MOST_BYTES // 1024} KiB at most")
    if rb"\u0000" in text:
        raise InvalidInput.at(where, "holds the character U+0000, which cannot be kept")
