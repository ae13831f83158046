"""Which features match: the parts of WHERE. The shape of a selection decides the text, values are bound."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from psycopg import sql

from layers.catalogue import Layer
from layers.features.boxes import BoxShape, box_condition, box_shape
from layers.features.facts import Facts
from layers.features.selection import Selection
from spatial.database import quoted
from spatial.database.matching import anywhere


@dataclass(frozen=True)
class MatchShape:
    """What decides the text of a WHERE."""

    box: BoxShape | None
    since: bool
    until: bool
    equals: tuple[str, ...]
    where: str | None
    """Text of the compiled filter."""
    terms: tuple[bool, ...]
    """For each text that is searched for, whether it has several words."""


EVERYTHING = MatchShape(None, False, False, (), None, ())


def match_shape(layer: Layer, selection: Selection) -> tuple[MatchShape, dict[str, Any]]:
    """Say what the WHERE of a selection looks like, and bind its values."""
    box, values = box_shape(layer, selection)
    timely = layer.time_column is not None
    since = timely and selection.since is not None
    until = timely and selection.until is not None
    if since:
        values["since"] = selection.since
    if until:
        values["until"] = selection.until
    for number, text in enumerate(selection.equals.values()):
        values[f"equals_{number}"] = text
    where = None
    if selection.where is not None:
        where = selection.where.text.as_string(None)
        values.update(selection.where.values)
    for number, term in enumerate(selection.q):
        values[f"term_{number}"] = _pattern(term)
    terms = tuple(_has_words(term) for term in selection.q)
    return MatchShape(box, since, until, tuple(selection.equals), where, terms), values


def match_condition(layer: Layer, shape: MatchShape, facts: Facts) -> sql.Composable:
    """Write the WHERE of a shape."""
    return sql.SQL(" AND ").join(list(_parts(layer, shape, facts)) or [sql.SQL("true")])


def _parts(layer: Layer, shape: MatchShape, facts: Facts) -> Iterator[sql.Composable]:
    if layer.part is not None:
        yield layer.only
    if shape.box is not None:
        yield box_condition(layer, shape.box, facts)
    for asked, operator, name in ((shape.since, ">=", "since"), (shape.until, "<=", "until")):
        if asked and layer.time_column is not None:
            yield _compared(quoted(layer.time_column), operator, name)
    types = {each.name: each.type for each in layer.fields}
    for number, name in enumerate(shape.equals):
        value = sql.Placeholder(f"equals_{number}")
        template = "{1} = ANY ({0})" if types.get(name) == "array" else "{0} = {1}"
        yield sql.SQL(template).format(quoted(name), value)
    if shape.where is not None:
        yield sql.SQL(shape.where)  # written by layers.filters, values bound
    if shape.terms:
        yield _searched(layer, shape.terms)


def _compared(column: sql.Composable, operator: str, name: str) -> sql.Composable:
    template = sql.SQL("{} >= {}") if operator == ">=" else sql.SQL("{} <= {}")
    return template.format(column, sql.Placeholder(name))


def _searched(layer: Layer, terms: Iterable[bool]) -> sql.Composable:
    """Each attribute by itself, so that a trigram index on it works; without one this reads every row."""
    columns = [quoted(each.name) for each in layer.fields if each.type == "string"]
    tests = [
        sql.SQL("{}::text ~* {}" if words else "{}::text ILIKE {}").format(
            column, sql.Placeholder(f"term_{number}")
        )
        for number, words in enumerate(terms)
        for column in columns
    ]
    return sql.SQL("({})").format(sql.SQL(" OR ").join(tests) if tests else sql.SQL("false"))


def _has_words(term: str) -> bool:
    return len(term.split()) > 1


def _pattern(term: str) -> str:
    """Words match in this order, with any white space between them; other characters are only themselves."""
    if _has_words(term):
        return r"\s+".join(re.sub(r"(\W)", r"\\\1", word) for word in term.split())
    return anywhere(term.strip())
