"""Write rows: many at once with one statement, and what PostgreSQL refuses told as the place in the input."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, NoReturn

import psycopg
import shapely
from psycopg import Connection, sql

from layers.catalogue import Layer
from layers.edits.target import Column, Target
from spatial.database import query, quoted
from spatial.errors import Conflict, Forbidden, InvalidInput, NotFound

ROOM = "layers.edits"

Row = Mapping[str, Any]
"""Column → text that its type reads, a Shapely geometry for the geometry column, or None."""


def insert(
    connection: Connection[Any], target: Target, rows: Sequence[Row], srid: int, where: Sequence[str]
) -> list[str]:
    """Insert rows in their order and return their identifiers as text, in the same order.

    srid: of the geometries. All rows give a value for the same columns. When one is refused nothing is
    inserted, and the error names it by `where`.
    """
    try:
        with connection.transaction():
            return _insert(connection, target, rows, srid)
    except _REFUSALS as error:
        count, reason = _first_refused(
            lambda count: _insert(connection, target, rows[:count], srid), connection, len(rows), error
        )
        _tell(connection, target, where[count - 1], reason)


def _insert(connection: Connection[Any], target: Target, rows: Sequence[Row], srid: int) -> list[str]:
    names = list(rows[0])
    text = sql.SQL(
        "INSERT INTO {table} ({names}) SELECT {casts}"
        " FROM unnest({arrays}) WITH ORDINALITY AS given ({columns}, nth)"
        " ORDER BY given.nth RETURNING {id}::text"
    ).format(
        table=target.table,
        names=sql.SQL(", ").join(map(quoted, names)),
        casts=sql.SQL(", ").join(_given(target, name, number) for number, name in enumerate(names)),
        id=quoted(target.layer.id_column),
        **_lists(target, names),
    )
    return [key for (key,) in connection.execute(text, _values(target, rows, srid)).fetchall()]


def _lists(target: Target, names: Sequence[str]) -> dict[str, sql.Composed]:
    """Write the arrays that hold the values of columns, and what their elements are called."""
    return {
        "arrays": sql.SQL(", ").join(_array(target, name, f"c{n}") for n, name in enumerate(names)),
        "columns": sql.SQL(", ").join(sql.Identifier(f"c{n}") for n, _ in enumerate(names)),
    }


def _values(target: Target, rows: Sequence[Row], srid: int) -> dict[str, Any]:
    values: dict[str, Any] = {"srid": srid, "stored_srid": target.geometry.srid}
    return values | {f"c{n}": [_sent(row[name]) for row in rows] for n, name in enumerate(rows[0])}


def _given(target: Target, name: str, number: int) -> sql.Composed:
    return _cast(target, name, sql.Identifier("given", f"c{number}"), is_new=True)


def _first_refused(
    write: Callable[[int], object], connection: Connection[Any], many: int, error: psycopg.Error
) -> tuple[int, psycopg.Error]:
    """Find how many rows, written together, are refused first, in about twice the work of all; and why."""
    good, bad, reason = 0, many, error
    while bad - good > 1:
        middle = (good + bad) // 2
        try:
            with connection.transaction(force_rollback=True):
                write(middle)
            good = middle
        except _REFUSALS as found:
            bad, reason = middle, found
    return bad, reason


def lock(connection: Connection[Any], target: Target, identifiers: Sequence[str]) -> dict[str, str]:
    """Lock rows until the transaction ends: identifier as given → as stored.

    A row that is not there is left out, and so is one that the reader may not change.
    """
    text = sql.SQL(
        "SELECT given.id, t.{id}::text FROM unnest(CAST(%(ids)s AS text[])) AS given (id)"
        " JOIN {table} AS t ON t.{id} = CAST(given.id AS {type}) ORDER BY t.{id} FOR UPDATE OF t"
    ).format(id=quoted(target.layer.id_column), table=target.table, type=id_type(target))
    try:
        with connection.transaction():
            return dict(connection.execute(text, {"ids": list(identifiers)}).fetchall())
    except psycopg.DataError:
        # Some text cannot be an identifier: that one is not there.
        if len(identifiers) == 1:
            return {}
        return {key: held for each in identifiers for key, held in lock(connection, target, [each]).items()}


def is_seen(connection: Connection[Any], layer: Layer, identifier: str) -> bool:
    """Tell whether the reader may see a feature of this identifier."""
    text = sql.SQL("SELECT FROM {table} WHERE {id} = %(id)s").format(
        table=layer.table, id=quoted(layer.id_column)
    )
    try:
        with connection.transaction():
            return connection.execute(text, {"id": identifier}).fetchone() is not None
    except psycopg.DataError:
        return False


def update(
    connection: Connection[Any],
    target: Target,
    keys: Sequence[str],
    rows: Sequence[Row],
    srid: int,
    where: Sequence[str],
) -> None:
    """Change the same columns of rows that were locked before, each to values of its own."""
    try:
        with connection.transaction():
            _update(connection, target, keys, rows, srid)
    except _REFUSALS as error:
        count, reason = _first_refused(
            lambda count: _update(connection, target, keys[:count], rows[:count], srid),
            connection,
            len(rows),
            error,
        )
        _tell(connection, target, where[count - 1], reason)


def _update(
    connection: Connection[Any], target: Target, keys: Sequence[str], rows: Sequence[Row], srid: int
) -> None:
    names = list(rows[0])
    values = {**_values(target, rows, srid), "keys": list(keys)}
    changes = [
        sql.SQL("{} = {}").format(quoted(name), _cast(target, name, sql.Identifier("given", f"c{number}")))
        for number, name in enumerate(names)
    ]
    text = sql.SQL(
        "UPDATE {table} AS t SET {changes}"
        " FROM unnest({arrays}, CAST(%(keys)s AS text[])) AS given ({columns}, key)"
        " WHERE t.{id} = CAST(given.key AS {type})"
    ).format(
        table=target.table,
        changes=sql.SQL(", ").join(changes),
        id=quoted(target.layer.id_column),
        type=id_type(target),
        **_lists(target, names),
    )
    connection.execute(text, values)


def delete(connection: Connection[Any], target: Target, identifiers: Sequence[str], where: str) -> int:
    """Delete rows that were locked before; returns how many went."""
    text = sql.SQL("DELETE FROM {table} WHERE {id} = ANY (CAST(%(ids)s AS {type}[]))").format(
        table=target.table, id=quoted(target.layer.id_column), type=id_type(target)
    )
    with _refusals(connection, target, where):
        return connection.execute(text, {"ids": list(identifiers)}).rowcount


def missing(target: Target, identifier: str) -> NotFound:
    """Make the error of a feature that is not there, or not for this reader."""
    return NotFound(f"layer '{target.layer.name}' has no feature '{identifier[:100]}'")


def _sent(value: Any) -> Any:
    return shapely.to_wkb(value) if isinstance(value, shapely.Geometry) else value


def id_type(target: Target) -> sql.SQL:
    """Write the type of a layer's identifiers."""
    return _type(target.columns[target.layer.id_column])


def _type(column: Column) -> sql.SQL:
    # Spelled and quoted by PostgreSQL itself.
    return sql.SQL(column.spelled.replace("%", "%%"))


def _array(target: Target, name: str, placeholder: str) -> sql.Composed:
    kind = sql.SQL("bytea" if name == target.geometry.name else "text")
    return sql.SQL("CAST({} AS {}[])").format(sql.Placeholder(placeholder), kind)


def _cast(target: Target, name: str, value: sql.Composable, is_new: bool = False) -> sql.Composed:
    """Write the reading of a value by its column's type; without length, so that nothing is cut off.

    What is left open of a new feature, or may not be, is what the column is by itself.
    """
    if name == target.geometry.name:
        return sql.SQL(
            "ST_Transform(ST_SetSRID(ST_GeomFromWKB(CAST({} AS bytea)), %(srid)s::integer),"
            " %(stored_srid)s::integer)"
        ).format(value)
    column = target.columns[name]
    read = _read(column, value)
    if column.default is not None and (is_new or column.not_null):
        default = sql.SQL(column.default.replace("%", "%%"))
        return sql.SQL("coalesce({}, {})").format(read, default)
    return read


def _read(column: Column, value: sql.Composable) -> sql.Composed:
    if column.spelled.endswith("[]"):
        return sql.SQL(
            "CASE WHEN {0} IS NOT NULL"
            " THEN CAST(ARRAY(SELECT jsonb_array_elements_text(CAST({0} AS jsonb))) AS {1}) END"
        ).format(sql.SQL("CAST({} AS text)").format(value), _type(column))
    return sql.SQL("CAST(CAST({} AS text) AS {})").format(value, _type(column))


@contextmanager
def _refusals(connection: Connection[Any], target: Target, where: str) -> Iterator[None]:
    try:
        with connection.transaction():
            yield
    except _REFUSALS as error:
        _tell(connection, target, where, error)


def _tell(connection: Connection[Any], target: Target, where: str, error: psycopg.Error) -> NoReturn:
    """Raise what a refusal of PostgreSQL is to the client, in words of our own.

    The statement was undone to a savepoint, so that PostgreSQL can be asked which columns a constraint is
    about: its own message does not say so where policies hide rows.
    """
    place = _place(connection, target, where, error)
    for kind, tell in _TOLD.items():
        if isinstance(error, kind):
            raise tell(target, place, error) from None
    raise error


def _place(connection: Connection[Any], target: Target, where: str, error: psycopg.Error) -> str:
    """Name the attribute that was refused, or the feature where it is none, or several."""
    names = [error.diag.column_name] if error.diag.column_name else []
    if error.diag.constraint_name:
        values = {"schema": target.schema, "table": target.relation, "name": error.diag.constraint_name}
        names = [name for (name,) in connection.execute(query(ROOM, "constraint"), values).fetchall()]
    if names == [target.geometry.name] or isinstance(error, psycopg.errors.InsufficientPrivilege):
        return f"{where}geometry"
    if len(names) == 1 and names[0] in target.fields:
        return f"{where}properties.{names[0]}"
    return where.rstrip(".") or "feature"


def _not_mine(target: Target, place: str, _: psycopg.Error) -> Exception:
    if target.unit_column:
        return Forbidden(f"{place}: lies outside the area that you may change")
    return Forbidden(f"{place.removesuffix('geometry')}this feature is not among those that you may change")


def _not_null(_: Target, place: str, __: psycopg.Error) -> Exception:
    return InvalidInput.at(place, "is required")


def _not_unique(_: Target, place: str, __: psycopg.Error) -> Exception:
    return Conflict(f"{place}: another feature has this value already")


def _dangling(target: Target, place: str, error: psycopg.Error) -> Exception:
    if error.diag.table_name != target.relation:
        return Conflict(f"{place}: other records refer to it")
    return InvalidInput.at(place, "names something that does not exist")


def _checked(target: Target, place: str, error: psycopg.Error) -> Exception:
    rule = (error.diag.constraint_name or "").removeprefix(f"ck_{target.relation}_")
    return InvalidInput.at(place, f"breaks the rule '{rule}' of its table")


def _unreadable(_: Target, place: str, __: psycopg.Error) -> Exception:
    return InvalidInput.at(place, "holds a value that its column cannot store")


_TOLD: dict[type[psycopg.Error], Callable[[Target, str, psycopg.Error], Exception]] = {
    psycopg.errors.InsufficientPrivilege: _not_mine,
    psycopg.errors.NotNullViolation: _not_null,
    psycopg.errors.UniqueViolation: _not_unique,
    psycopg.errors.ForeignKeyViolation: _dangling,
    psycopg.errors.IntegrityError: _checked,
    psycopg.DataError: _unreadable,
    psycopg.errors.InternalError_: _unreadable,
}
"""What PostgreSQL says, and what the client is told."""

_REFUSALS = tuple(_TOLD)
