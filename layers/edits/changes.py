"""Create, replace, update and delete features in the transaction of a session, for its reader."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import shapely
from psycopg import Connection, sql
from psycopg.rows import dict_row

from layers import features
from layers.catalogue import Layer
from layers.edits import house, rows, shapes
from layers.edits.given import Json, Problems, geometry_of, new_row, patched_row, whole_row
from layers.edits.target import Target, may, target_of
from spatial.database import quoted
from spatial.errors import Forbidden, InvalidInput
from spatial.geometry.crs import CRS84, Crs
from spatial.grids.stamping import Stamper
from spatial.rights.reader import Reader

Check = Callable[[str, str], None]
"""Called with the identifier and version of a row while it is locked; raises when that is not expected."""

MOST_FEATURES = 20_000
"""Most features that one request may create."""


@dataclass(frozen=True)
class Written:
    """A feature as it stands after a change."""

    identifier: str
    version: str
    """Version of its row; see layers.features.row_version."""


@dataclass(frozen=True)
class Editor:
    """Who changes a layer, in which transaction, with coordinates in which system."""

    connection: Connection[Any]
    layer: Layer
    reader: Reader
    stamper: Stamper
    crs: Crs = CRS84

    @cached_property
    def target(self) -> Target:
        """The table that is written to."""
        return target_of(self.connection, self.layer)

    def require(self, verb: str) -> None:
        """Refuse who may not create, update or delete in this layer at all; Forbidden."""
        if not may(self.connection, self.reader, self.layer, verb):
            raise Forbidden(f"you may not {verb} features of layer '{self.layer.name}'")
        if self.target.unit_column is not None:
            # Before any row is locked: who publishes a coverage locks in the same order.
            self.stamper.hold(self.connection)


def create(editor: Editor, given: Sequence[Json], where: Sequence[str] = ("",)) -> list[Written]:
    """Create features, all or none, and return them in their order.

    given: GeoJSON features. where: what is written before the place of a mistake in each, such as
    `features[3].`. Raises InvalidInput with every mistake found, Conflict for a value that must be unique and
    is not, Forbidden for who may not create here.
    """
    editor.require("create")
    if not given:
        return []
    if len(given) > MOST_FEATURES:
        raise InvalidInput.at("features", f"are more than {MOST_FEATURES}; send them in several requests")
    target, problems = editor.target, Problems()
    made = [new_row(target, feature, place, problems) for feature, place in zip(given, where, strict=True)]
    shown = [(f"{place}geometry", geometry_of(each)) for each, place in zip(given, where, strict=True)]
    _place(editor, made, shown, problems)
    house.fill(editor.connection, target, editor.reader, made, where)
    identifiers = rows.insert(editor.connection, target, made, shapes.stored_srid(target.geometry), where)
    return _written(editor, identifiers)


def replace(
    editor: Editor, identifier: str, feature: Json, check: Check | None = None, where: str = ""
) -> Written:
    """Replace all attributes and the geometry of a feature; what is left out becomes null.

    check: see `Check`. Read-only attributes may be sent back as they are. Raises NotFound for no such feature
    (and for a foreign one), else as `create`.
    """
    ((stored, key),) = _begin(editor, "update", [identifier], check)
    problems = Problems()
    row = whole_row(editor.target, feature, where, problems, stored, (identifier, key))
    shown = [(f"{where}geometry", geometry_of(feature))]
    return _finish(editor, [(key, stored, row)], shown, [where], problems)[0]


def update(
    editor: Editor, identifiers: Sequence[str], patch: Json, check: Check | None = None, where: str = ""
) -> list[Written]:
    """Apply a JSON Merge Patch (RFC 7396) of `properties` and `geometry` to features; null removes a value.

    Raises as `replace`; none is changed when one cannot be. An empty patch changes nothing.
    """
    begun = _begin(editor, "update", identifiers, check)
    problems = Problems()
    changed = []
    for identifier, (stored, key) in zip(identifiers, begun, strict=True):
        row = patched_row(editor.target, patch, where, problems, stored, (identifier, key))
        changed.append((key, stored, row))
        problems.refuse()
    has_geometry = isinstance(patch, dict) and "geometry" in patch
    shown = [(f"{where}geometry", geometry_of(patch))] * len(changed) if has_geometry else []
    places = [where if len(changed) == 1 else f"{where}feature '{key}'." for key, _, _ in changed]
    return _finish(editor, changed, shown, places, problems)


def delete(
    editor: Editor, identifiers: Sequence[str], check: Check | None = None, where: str = ""
) -> list[str]:
    """Delete features and return their identifiers; raises NotFound, Conflict while others refer to one."""
    keys = [key for _, key in _begin(editor, "delete", identifiers, check)]
    if keys and rows.delete(editor.connection, editor.target, keys, where) != len(keys):
        raise Forbidden("you may read these features, and not delete all of them")
    return keys


def _begin(
    editor: Editor, verb: str, identifiers: Sequence[str], check: Check | None
) -> list[tuple[Json, str]]:
    """Lock features and read them as they are now, and as nobody else can change them any more."""
    editor.require(verb)
    locked = rows.lock(editor.connection, editor.target, [each for each in identifiers if "\x00" not in each])
    stored = _stored(editor, list(locked.values()))
    begun = []
    for identifier in identifiers:
        key = locked.get(identifier)
        if key is None and rows.is_seen(editor.connection, editor.layer, identifier):
            raise Forbidden(f"you may read feature '{identifier}', and not {verb} it")
        row = stored.get(key) if key is not None else None
        if key is None or row is None:
            raise rows.missing(editor.target, identifier)
        version = row.pop(_VERSION)
        if check is not None:
            check(identifier, version)
        begun.append((row, key))
    return begun


_VERSION, _KEY = "row version", "row key"
"""Not names that an attribute is likely to have."""


def _stored(editor: Editor, keys: Sequence[str]) -> dict[str, Json]:
    """Read features by identifier, as the layer shows them."""
    layer = editor.layer
    names = [quoted(name) for name in dict.fromkeys([layer.id_column, *layer.field_names])]
    text = sql.SQL(
        "SELECT {names}, {id}::text AS {key}, {version} AS {name} FROM {table}"
        " WHERE {id} = ANY (CAST(%(keys)s AS {type}[]))"
    ).format(
        names=sql.SQL(", ").join(names),
        version=features.row_version(layer),
        key=sql.Identifier(_KEY),
        name=sql.Identifier(_VERSION),
        type=rows.id_type(editor.target),
        table=layer.table,
        id=quoted(layer.id_column),
    )
    with editor.connection.cursor(row_factory=dict_row) as cursor:
        found = cursor.execute(text, {"keys": list(keys)}).fetchall()
    return {row.pop(_KEY): row for row in found}


def _place(
    editor: Editor, made: Sequence[Json], given: Sequence[tuple[str, Any]], problems: Problems
) -> None:
    """Put geometries into rows, and the unit that they lie in; refuse what was wrong with either."""
    target = editor.target
    try:
        stored, lonlat = shapes.read(given, editor.crs, target.geometry)
    except InvalidInput as error:
        problems.found += [each for each in error.problems if each.where not in problems.places]
        problems.refuse()
        raise
    if target.columns[target.geometry.name].not_null:
        _require_geometry(given, problems)
    problems.refuse()
    for row, each in zip(made, stored, strict=True):
        row[target.geometry.name] = each
    if target.unit_column is not None:
        for row, code in zip(made, _units(editor, lonlat), strict=True):
            row[target.unit_column] = code


def _require_geometry(given: Sequence[tuple[str, Any]], problems: Problems) -> None:
    wrong = problems.places
    for where, geometry in given:
        feature = where.rpartition(".")[0] or "body"
        if geometry is None and not wrong & {where, feature}:
            problems.add(where, "is required")


def _units(editor: Editor, lonlat: Sequence[Any]) -> list[str | None]:
    """Name the units that geometries lie in, by a point of each."""
    nowhere = shapely.Point(np.nan, np.nan)
    points = shapely.point_on_surface([nowhere if each is None else each for each in lonlat])
    return editor.stamper.codes(editor.connection, shapely.get_x(points), shapely.get_y(points))


def _finish(
    editor: Editor,
    changed: Sequence[tuple[str, Json, Json]],
    geometry: Sequence[tuple[str, Any]],
    where: Sequence[str],
    problems: Problems,
) -> list[Written]:
    """Write the changes of locked rows: (identifier, stored values, new values); none is no change."""
    target, keys, made = editor.target, [key for key, _, _ in changed], [row for _, _, row in changed]
    if geometry:
        _place(editor, made, geometry, problems)
    problems.refuse()
    if any(made):
        for (_, stored, row), place in zip(changed, where, strict=True):
            house.keep(target, row, stored)
            if house.is_component(target) and ("code" in row or "class_code" in row):
                _recode(editor, row, stored, place)
        rows.update(editor.connection, target, keys, made, shapes.stored_srid(target.geometry), where)
    return _written(editor, keys)


def _recode(editor: Editor, row: Json, stored: Json, where: str) -> None:
    whole = {**{name: stored.get(name) for name in ("code", "class_code", "unit_code")}, **row}
    house.issue_codes(editor.connection, editor.target, [whole], [where])
    row |= {name: whole[name] for name in ("code", "profile")}


def _written(editor: Editor, identifiers: Sequence[str]) -> list[Written]:
    """Read the versions of rows, in the order of their identifiers."""
    layer = editor.layer
    text = sql.SQL(
        "SELECT {id}::text, {version} FROM {table} WHERE {id} = ANY (CAST(%(ids)s AS {type}[]))"
    ).format(
        id=quoted(layer.id_column),
        version=features.row_version(layer),
        table=layer.table,
        type=rows.id_type(editor.target),
    )
    found: Mapping[str, str] = dict(editor.connection.execute(text, {"ids": list(identifiers)}).fetchall())
    if any(each not in found for each in identifiers):
        raise Forbidden("you could not read this feature any more")
    return [Written(each, found[each]) for each in identifiers]
