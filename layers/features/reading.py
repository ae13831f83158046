"""Read a page of features, or one, as the text that is sent: in one statement, with its count."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import orjson
import psycopg
from psycopg import Connection, sql

from layers.catalogue import Layer
from layers.features import counts as counting
from layers.features.conditions import MatchShape, match_shape
from layers.features.counts import Counted, Counts, count_key, judge
from layers.features.facts import Facts, facts_steps
from layers.features.order import key_columns, order_shape
from layers.features.selection import Selection, check
from layers.features.shifted import shifted_text
from layers.features.statements import Shape, matching, select
from layers.features.versions import row_version
from layers.features.writing import (
    FormShape,
    columns,
    feature_tail,
    feature_text,
    form_shape,
    shape_wkb,
    tolerance,
)
from spatial.database import Reading, quoted
from spatial.database.steps import Question, Rows, Server, Steps, run, server_of
from spatial.errors import InvalidInput, NotFound
from spatial.rights.reader import Reader

Keys = Sequence[str | None]


@dataclass(frozen=True)
class Page:
    """A page of features as GeoJSON text, joined by commas."""

    features: bytes
    returned: int
    matched: int
    matched_is: str
    """exact, atLeast or estimated."""
    following: Keys | None
    """Keys that the next page begins behind; None when this is the last one."""
    preceding: Keys | None
    """Keys that the page before ends in front of; None when this is the first one, or found by offset."""


@dataclass(frozen=True)
class Asked:
    """A selection taken apart: the shapes that decide texts, and the values that are bound."""

    match: MatchShape
    shape: Shape
    form: FormShape
    values: dict[str, Any]
    match_values: dict[str, Any]


@dataclass(frozen=True)
class _Found:
    features: bytes
    number: int
    """Features read: one more than the page holds when there are more."""
    last: Keys | None
    """Keys of the last feature of a full page, in the order it was read."""
    first: Keys | None
    counted: int | None
    changed: bool
    snapshot: str


def page(
    connection: Connection[Any] | Reading, layer: Layer, selection: Selection, reader: Reader, counts: Counts
) -> Page:
    """Read one page, its neighbours' keys and how many features match, in one statement as a rule.

    connection: in a session of `reader`. Raises InvalidInput that names what is wrong.
    """
    return run(connection, page_steps(server_of(connection.pgconn), layer, selection, reader, counts))


def page_steps(
    server: Server,
    layer: Layer,
    selection: Selection,
    reader: Reader,
    counts: Counts,
    asked: Asked | None = None,
) -> Steps[Page]:
    """Read one page in steps, as `page` does; server: the database; asked: of the same selection."""
    asked = asked or take_apart(layer, selection)
    known = yield from facts_steps(server, layer)
    key = count_key(layer, reader, asked.match, asked.match_values)
    remembered = None if key is None else counts.find(key)
    try:
        found = yield from _read(layer, selection, asked, known, remembered)
    except psycopg.DataError:
        raise _unreadable(selection) from None
    except psycopg.errors.InternalError_:
        raise _out_of_domain(selection) from None
    number = min(found.number, selection.limit or 0)
    if _is_all(selection, found.number):
        matched: tuple[int, str] = (selection.offset + number, counting.EXACT)
    elif remembered is not None and not found.changed:
        matched = remembered.number, remembered.kind
    else:
        matched = yield from _count(layer, reader, asked, known, found)
        if key is not None:
            counts.keep(key, Counted(*matched, found.snapshot))
    return Page(found.features, number, *matched, *_neighbours(selection, found))


def take_apart(layer: Layer, selection: Selection) -> Asked:
    """Check the selection of a page, and say what its statement looks like; InvalidInput.

    Depends on nothing else, so that it may be kept for who asks the same again.
    """
    check(layer, selection)
    if selection.limit is None:
        raise InvalidInput.at("limit", "a page has a limit")
    return _asked(layer, selection)


def _asked(layer: Layer, selection: Selection) -> Asked:
    match, match_values = match_shape(layer, selection)
    order, keys = order_shape(layer, selection)
    assert selection.limit is not None
    values = {**match_values, **keys, "page": selection.limit, "limit": selection.limit + 1}
    if selection.offset:
        values["offset"] = selection.offset
    form = form_shape(layer, selection)
    if form.simplified and selection.zoom is not None:
        values["tolerance"] = tolerance(selection.zoom)
    return Asked(match, Shape(match, order, True, selection.offset > 0), form, values, match_values)


def _is_all(selection: Selection, number: int) -> bool:
    """Tell whether a page ends the layer, begun from a known place: it has been counted then."""
    if selection.limit is None or selection.after is not None or selection.before is not None:
        return False
    return number <= selection.limit and (number > 0 or not selection.offset)


def _read(
    layer: Layer, selection: Selection, asked: Asked, known: Facts, remembered: Counted | None
) -> Steps[_Found]:
    values = {**asked.values, "most": counting.CAP + 1}
    if remembered is not None:
        values |= {"sources": list(layer.sources), "counted_at": remembered.snapshot}
    text = _page_text(layer, asked.shape, asked.form, known, remembered is None)
    rows = yield Question(text, values, remembered is not None and asked.shape.is_plain)
    if selection.crs.is_shifted:
        return _read_shifted(rows, selection)
    result = rows.pgresult
    assert result is not None
    features, number, last, first, counted, changed, snapshot = (
        result.get_value(0, column) for column in range(7)
    )
    found = int(number or 0)
    return _Found(
        _trimmed(features, found, selection) if features else b"",
        found,
        None if last is None else orjson.loads(last),
        None if first is None else orjson.loads(first),
        None if counted is None else int(counted),
        changed != b"f",
        (snapshot or b"").decode(),
    )


def _read_shifted(rows: Rows, selection: Selection) -> _Found:
    """Datums that PostGIS does not know are shifted here; the rest of a feature is written as always."""
    row = rows.fetchone()
    assert row is not None
    heads, shapes, tails, number, last, first, counted, changed, snapshot = row
    shown = shifted_text(shapes or [], selection.crs.datum)
    parts = zip(heads or (), shown, tails or (), strict=True)
    features = BETWEEN.join(f"{head}{shape}{tail}".encode() for head, shape, tail in parts)
    return _Found(
        _trimmed(features, number, selection) if features else b"",
        number,
        None if last is None else orjson.loads(last),
        None if first is None else orjson.loads(first),
        counted,
        changed is not False,
        snapshot or "",
    )


def _count(layer: Layer, reader: Reader, asked: Asked, known: Facts, found: _Found) -> Steps[tuple[int, str]]:
    """Take the count that the statement brought along; ask again where only its being stale was found out."""
    number = found.counted
    if number is None:
        text = matching(layer, asked.match, known, most=True).as_string(None)
        rows = yield Question(text, {**asked.match_values, "most": counting.CAP + 1})
        assert rows.pgresult is not None
        number = int(rows.pgresult.get_value(0, 0) or 0)
    return (yield from judge(layer, reader, asked.match, asked.match_values, known, number))


def _neighbours(selection: Selection, found: _Found) -> tuple[Keys | None, Keys | None]:
    """Read against the order, the first feature read is the last of the page."""
    assert selection.limit is not None
    more = found.last if found.number > selection.limit else None
    if selection.before is not None:
        return found.first, more
    return more, found.first if selection.after is not None else None


@lru_cache(maxsize=1024)
def _page_text(layer: Layer, shape: Shape, form: FormShape, known: Facts, with_count: bool) -> str:
    """Write the statement of a page; its text is kept, for composing it takes longer than to run it."""
    keys = key_columns(shape.order)
    aliases = [sql.Identifier(f"k{number}") for number in range(len(keys))]
    key_list = sql.SQL(", ").join(
        sql.SQL("{} AS {}").format(quoted(name), alias) for name, alias in zip(keys, aliases, strict=True)
    )
    nobody = sql.SQL("NULL")
    statement = sql.SQL(_PAGE).format(
        features=_aggregates(layer, form, known),
        last=_keys(aliases, sql.SQL("%(page)s")),
        first=nobody if shape.order.nulls is None else _keys(aliases, sql.SQL("1")),
        count=_count_text(layer, shape, known) if with_count else sql.SQL(_CHECK),
        rows=select(layer, shape, known, sql.SQL(", ").join([columns(layer, form), key_list])),
    )
    return statement.as_string(None)


_PAGE = "SELECT {features}, count(*), {last}, {first}, {count} FROM ({rows}) AS page"
_CHECK = (
    "NULL::bigint, changed_since(%(sources)s::text[], %(counted_at)s::pg_snapshot), pg_current_snapshot()"
)
BETWEEN = b",\n"
"""What stands between two features, and nowhere inside of one: the text of JSON has no bare line feed."""


def _keys(aliases: Sequence[sql.Composable], number: sql.Composable) -> sql.Composable:
    """Give the keys of one of the rows, counted from 1 in the order they were read in."""
    values = [sql.SQL("((array_agg({}))[{}])::text").format(alias, number) for alias in aliases]
    return sql.SQL("json_build_array({})::text").format(sql.SQL(", ").join(values))


def _count_text(layer: Layer, shape: Shape, known: Facts) -> sql.Composable:
    """Count beside the page, unless the page tells it: a CASE does not run what it does not choose."""
    count = sql.SQL("({})").format(matching(layer, shape.match, known, most=True))
    if shape.order.nulls is None:
        behind = sql.SQL("count(*) NOT BETWEEN 1 AND %(page)s" if shape.skipping else "count(*) > %(page)s")
        count = sql.SQL("CASE WHEN {} THEN {} END").format(behind, count)
    return sql.SQL("{}, true, pg_current_snapshot()").format(count)


def _aggregates(layer: Layer, form: FormShape, known: Facts) -> sql.Composable:
    """Gather what was read, in its order; a window that numbers the rows would cost an eighth of the page."""
    if not form.crs.is_shifted:
        return sql.SQL("string_agg({}, E',\\n')").format(feature_text(layer, form, known))
    head, tail = feature_tail(layer, form, known)
    shape = shape_wkb(layer, form) if form.geometry else sql.SQL("NULL::bytea")
    return sql.SQL(", ").join(sql.SQL("array_agg({})").format(part) for part in (head, shape, tail))


def _trimmed(features: bytes, number: int, selection: Selection) -> bytes:
    """Cut off the feature behind the page, and turn round what was read against the order."""
    assert selection.limit is not None
    if number > selection.limit:
        features = features[: features.rindex(BETWEEN)]
    if selection.before is not None:
        return BETWEEN.join(reversed(features.split(BETWEEN)))
    return features


def item(
    connection: Connection[Any] | Reading, layer: Layer, identifier: str, form: Selection
) -> tuple[bytes, str]:
    """Read one feature as GeoJSON text without its closing brace, and its row version.

    form: of the selection only attributes, geometry, system and zoom count. Raises NotFound when there is no
    such feature, or the text cannot be an identifier.
    """
    return run(connection, item_steps(server_of(connection.pgconn), layer, identifier, form))


def item_steps(server: Server, layer: Layer, identifier: str, form: Selection) -> Steps[tuple[bytes, str]]:
    """Read one feature in steps, as `item` does; server: the database."""
    check(layer, form)
    shape = form_shape(layer, form)
    known = yield from facts_steps(server, layer)
    text = _item_text(layer, shape, known)
    values: dict[str, Any] = {"id": identifier}
    if shape.simplified and form.zoom is not None:
        values["tolerance"] = tolerance(form.zoom)
    row = yield from _one(Question(text, values, keeps_plan=True), form)
    if row is None:
        raise NotFound(f"layer '{layer.name}' has no feature '{identifier[:100]}'")
    return row


def _one(question: Question, form: Selection) -> Steps[tuple[bytes, str] | None]:
    try:
        rows = yield question
    except psycopg.DataError:
        return None
    except psycopg.errors.InternalError_:
        raise _out_of_domain(form) from None
    if form.crs.is_shifted:
        row = rows.fetchone()
        if row is None:
            return None
        (shape,) = shifted_text([row[2]], form.crs.datum)
        return f"{row[0]}{shape}{row[3]}".encode()[:-1], row[1]
    result = rows.pgresult
    assert result is not None
    if not result.ntuples:
        return None
    return (result.get_value(0, 0) or b"")[:-1], (result.get_value(0, 1) or b"").decode()


@lru_cache(maxsize=1024)
def _item_text(layer: Layer, form: FormShape, known: Facts) -> str:
    written: sql.Composable
    if form.crs.is_shifted:
        head, tail = feature_tail(layer, form, known)
        shape = shape_wkb(layer, form) if form.geometry else sql.SQL("NULL::bytea")
        written = sql.SQL("{head}, version, {shape}, {tail}").format(head=head, shape=shape, tail=tail)
    else:
        written = sql.SQL("{}, version").format(feature_text(layer, form, known))
    statement = sql.SQL(
        "SELECT {written}"
        " FROM (SELECT {columns}, {version} AS version FROM {table} WHERE {id} = %(id)s AND {only}) AS one"
    ).format(
        written=written,
        columns=columns(layer, form),
        version=row_version(layer),
        table=layer.table,
        id=quoted(layer.id_column),
        only=layer.only,
    )
    return statement.as_string(None)


def _unreadable(selection: Selection) -> InvalidInput:
    """A key was made by ourselves for the same selection: if one cannot be read, it was tampered with."""
    if selection.after is not None or selection.before is not None:
        return InvalidInput.at("token", "is not one of ours")
    return InvalidInput.at("filter", "a value cannot be read as its attribute's type")


def _out_of_domain(selection: Selection) -> InvalidInput:
    where = "crs" if selection.bbox_crs.in_degrees or selection.bbox is None else "bbox-crs"
    return InvalidInput.at(where, "features lie outside the domain of this reference system")
