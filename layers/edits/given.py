"""Read what a client says of a feature: the members of its GeoJSON, its attributes, its identifier."""

from __future__ import annotations

from typing import Any

from layers.catalogue import Field
from layers.edits import values
from layers.edits.target import Target
from spatial.errors import InvalidInput, Problem

Json = dict[str, Any]

MOST_PROBLEMS = 100
"""Most that are named of one request."""
FIXED_NEW = "is written by the platform; leave it out"
FIXED = "is written by the platform and cannot be changed"


class Problems:
    """Mistakes found so far; of very many, the first are told."""

    def __init__(self) -> None:
        self.found: list[Problem] = []

    @property
    def places(self) -> set[str]:
        """Where mistakes were found."""
        return {each.where for each in self.found}

    def add(self, where: str, reason: str) -> None:
        """Note a mistake."""
        self.found.append(Problem(where, reason))

    def refuse(self) -> None:
        """Raise InvalidInput when there is any."""
        if self.found:
            raise InvalidInput(self.found[:MOST_PROBLEMS])


def new_row(target: Target, feature: Any, where: str, problems: Problems) -> Json:
    """Read the attributes of a new feature: column → text, None for what is left open."""
    properties = _members(target, feature, where, problems, None)
    if properties is None:
        return {}
    row = _whole(target, properties, where, problems, None)
    if not target.issues_ids:
        _take_identifier(target, feature, row, where, problems)
    return row


def whole_row(
    target: Target, feature: Any, where: str, problems: Problems, stored: Json, keys: tuple[str, ...]
) -> Json:
    """Read all attributes of a feature that replaces the `stored` one; keys: what it may call itself."""
    properties = _members(target, feature, where, problems, keys)
    return {} if properties is None else _whole(target, properties, where, problems, stored)


def patched_row(
    target: Target, patch: Any, where: str, problems: Problems, stored: Json, keys: tuple[str, ...]
) -> Json:
    """Read the attributes that a merge patch names."""
    properties = _members(target, patch, where, problems, keys, is_patch=True)
    row: Json = {}
    for name, given in (properties or {}).items():
        field = target.fields.get(name)
        if field is None:
            continue  # noted already
        place = f"{where}properties.{name}"
        if _is_fixed(target, field, stored):
            _check_unchanged(field, given, place, problems, stored)
            continue
        value = values.merged(stored[name], given) if field.type == "json" and given is not None else given
        row[name] = _text(target, field, value, place, problems)
    return row


def geometry_of(feature: Any) -> Any:
    """Give the geometry that a feature names; a feature that is none has none."""
    return feature.get("geometry") if isinstance(feature, dict) else None


def _take_identifier(target: Target, feature: Json, row: Json, where: str, problems: Problems) -> None:
    """Take the identifier that the client chose, from `id` or its attribute; both must agree."""
    name, given = target.layer.id_column, feature.get("id")
    held = row.get(name)
    if given is None and held is None:
        problems.add(f"{where}properties.{name}", "is required: it is the feature's identifier")
    elif given is not None and held is not None and str(given) != held:
        problems.add(f"{where}id", f"differs from properties.{name}")
    elif held is None:
        row[name] = str(given)


def _members(
    target: Target,
    feature: Any,
    where: str,
    problems: Problems,
    keys: tuple[str, ...] | None,
    is_patch: bool = False,
) -> Json | None:
    """Check the members around the attributes and give these, or None when there are none to read."""
    if not isinstance(feature, dict):
        problems.add(where.rstrip(".") or "body", "must be a GeoJSON feature")
        return None
    if feature.get("type", "Feature" if is_patch else None) != "Feature":
        problems.add(f"{where}type", "must be Feature")
        return None
    if "id" in feature:
        _check_identifier(feature["id"], f"{where}id", problems, keys)
    if not is_patch and "geometry" not in feature:
        problems.add(f"{where}geometry", "is missing; null stands for none")
    if "properties" not in feature and not is_patch:
        problems.add(f"{where}properties", "is missing")
        return None
    given = feature.get("properties", {})
    given = {} if given is None and not is_patch else given
    problems.found += values.unknown(given, target.fields, f"{where}properties")
    return given if isinstance(given, dict) else None


def _check_identifier(given: Any, where: str, problems: Problems, keys: tuple[str, ...] | None) -> None:
    if given is None and keys is None:
        return
    if type(given) not in (str, int, float) or (isinstance(given, str) and "\x00" in given):
        problems.add(where, "must be a text or a number")
    elif keys is not None and str(given) not in keys:
        problems.add(where, f"is '{str(given)[:100]}', and the address says '{keys[0][:100]}'")


def _whole(target: Target, properties: Json, where: str, problems: Problems, stored: Json | None) -> Json:
    """Give every writable attribute its value, and refuse new values of those that the platform writes."""
    row: Json = {}
    for field in target.layer.fields:
        value = properties.get(field.name)
        place = f"{where}properties.{field.name}"
        if _is_fixed(target, field, stored):
            _check_unchanged(field, value, place, problems, stored)
        else:
            row[field.name] = _text(target, field, value, place, problems)
    return row


def _is_fixed(target: Target, field: Field, stored: Json | None) -> bool:
    """Tell whether a client may not choose a value; an identifier is chosen once."""
    return target.is_read_only(field) or (stored is not None and field.name == target.layer.id_column)


def _check_unchanged(field: Field, value: Any, place: str, problems: Problems, stored: Json | None) -> None:
    """Let read-only values be sent back: QGIS sends all that it has, and null for what it does not know."""
    if value is None or (stored is not None and values.is_same(field, value, stored[field.name])):
        return
    problems.add(place, FIXED if stored else FIXED_NEW)


def _text(target: Target, field: Field, value: Any, place: str, problems: Problems) -> str | None:
    column = target.columns[field.name]
    if value is None and field.required:
        problems.add(place, "is required")
        return None
    try:
        return values.text_of(field, value, column.type, column.longest)
    except ValueError as error:
        problems.add(place, str(error))
        return None
