"""Layers for the tests of looks: the built-in ones, and one whose every text is hostile."""

from __future__ import annotations

from typing import Any

from layers.builtin import BUILTIN
from layers.catalogue import Field, Layer
from layers.legends.legend import Class, Fill, Labels, Legend, Mark, Stroke, Symbol, always

HOSTILE = """a"b'c\\d<e>&f]]>${1}{name}%s\x01\u202e-->é"""
"""Ends strings, elements, comments, expressions and templates, where somebody forgot to escape."""


def layer(name: str = "shelters", geometry_type: str = "point", **more: Any) -> Layer:
    """Make a layer with a name, a number and a hostile attribute."""
    fields = (
        Field("name", "string", "名称", "Name"),
        Field("level", "number", "等级", "Level"),
        Field(HOSTILE, "string", HOSTILE, HOSTILE),
    )
    given = {
        "title": "避难所",
        "title_en": "Shelters",
        "description": "",
        "relation": name,
        "id_column": "id",
        "geometry_column": "geom",
        "time_column": None,
        "fields": fields,
        "tile_fields": ("name", "level", HOSTILE),
        "min_zoom": 0,
        **more,
    }
    return Layer(name=name, geometry_type=geometry_type, **given)


def built_in() -> dict[str, Layer]:
    """Make the built-in layers as the catalogue has them."""
    return {row["name"]: _of(row) for row in BUILTIN}


def _of(row: dict[str, Any]) -> Layer:
    kept = {key: row[key] for key in row if key in Layer.__dataclass_fields__}
    fields = tuple(Field(**{**each, "values": tuple(each.get("values", ()))}) for each in row["fields"])
    return Layer(
        **{
            **kept,
            "fields": fields,
            "tile_fields": tuple(row["tile_fields"]),
            "sources": tuple(row["sources"]),
        }
    )


def symbol(colour: str, geometry_type: str) -> Symbol:
    """Make a symbol of a colour."""
    stroke = Stroke(colour, ((10, 1), (16, 4)))
    if geometry_type == "point":
        return Symbol(mark=Mark("star", colour, ((10, 4), (16, 12))))
    return (
        Symbol(strokes=(stroke,)) if geometry_type == "line" else Symbol(Fill(colour, always(0.4)), (stroke,))
    )


def by_values(geometry_type: str, others: bool = True) -> Legend:
    """Make a look by the values of the hostile attribute."""
    return Legend(
        (
            Class(HOSTILE, HOSTILE, symbol("#d55e00", geometry_type), values=(HOSTILE, "'; DROP")),
            Class("二", "two", symbol("#0072b2", geometry_type), values=("2", True)),
            *((Class("其他", "other", symbol("#009e73", geometry_type), others=True),) if others else ()),
        ),
        HOSTILE,
        labels=Labels((HOSTILE, "name"), min_zoom=12, bold=True),
        min_zoom=8,
    )


def by_range(geometry_type: str, others: bool = True) -> Legend:
    """Make a look by ranges of a number: below 10, from 10 to 20, from 20."""
    return Legend(
        (
            Class("低", "low", symbol("#56b4e9", geometry_type), high=10),
            Class("中", "middle", symbol("#0072b2", geometry_type), low=10, high=20),
            Class("高", "high", symbol("#d55e00", geometry_type), low=20),
            *((Class("无", "none", symbol("#009e73", geometry_type), others=True),) if others else ()),
        ),
        "level",
    )
