"""Theme layers: parts of places, components and events, as data; one for each class that has features.

A theme shows rows of a built-in layer's relation (`Layer.part`): no view or table of its own, the same
rights, and whatever changes the table changes it. It comes with its class's first feature, and then stays.
"""

from __future__ import annotations

from typing import Any

from psycopg import Connection
from psycopg.rows import dict_row

from layers.builtin import BUILTIN, write_row
from layers.builtin_fields import Row
from spatial.database import query

FIRST = 1_000
"""Where themes begin in the order of the catalogue: behind what else is built in and what people publish."""
PLACES = {"components": 0, "events": 20_000, "places": 21_000, "industries": 22_000}
"""Behind FIRST; within it a class stands at its own number, so that no other moves when one more appears.

Kinds of places stand at one, in the order of their names. The column holds up to 32,767."""

GROUPS = {
    "01": ("市政公用设施", "Public utilities"),
    "02": ("交通设施", "Traffic facilities"),
    "03": ("市容环卫设施", "Appearance and sanitation"),
    "04": ("园林绿化设施", "Parks and greenery"),
    "05": ("其他管理部件", "Other components"),
}
"""The five groups of GB/T 47678.5-2026, table A.1."""

MATTERS_EN = {
    "01": "Public utilities", "02": "Traffic facilities", "03": "Sanitation facilities", "04": "Greenery",
    "05": "Other components", "06": "City appearance", "07": "Advertising", "08": "Construction sites",
    "09": "Street order", "10": "Other matters",
}  # fmt: skip
"""The ten groups of matters, table C.1."""

INDUSTRIES: tuple[tuple[str, str, str, str, Row], ...] = (
    ("sanitation", "环卫", "Sanitation", "components", {"column": "class_code", "prefix": "03"}),
    ("sanitation", "环卫", "Sanitation", "events", {"column": "category", "values": [
        "06010", "06011", "06012", "06014", "06015", "06025", "06030", "06032", "06034", "06035", "06036",
        "06037", "06041", "06042"]}),
    ("gardens", "园林", "Parks and gardens", "components", {"column": "class_code", "prefix": "04"}),
    ("gardens", "园林", "Parks and gardens", "events", {"column": "category", "values": [
        "04001", "04002", "04003", "04004", "04008", "04013", "06017", "06018", "06021", "06022", "06045",
        "06047"]}),
    ("enforcement", "执法", "Enforcement", "events", {"column": "category", "prefix": "09"}),
    ("enforcement", "执法", "Enforcement", "components", {"column": "class_code", "values": [
        "03006", "03007", "01065"]}),
    ("municipal", "市政", "Municipal works", "components", {"column": "class_code", "prefix": "01"}),
    ("municipal", "市政", "Municipal works", "events", {"column": "category", "prefix": "01"}),
)  # fmt: skip
"""Industry maps: name, titles, the layer that it takes a part of, and which part."""

_OF = {"components": ("部件", "components"), "events": ("事件", "events"), "places": ("场所", "places")}


def sync_themes(connection: Connection[Any]) -> int:
    """Write the themes of what there is into the catalogue; returns how many there are.

    connection: of the tables' owner. Rows that are already right stay untouched; none is taken away.
    """
    rows = themes(connection)
    for row in rows:
        write_row(connection, row, row["position"])
    return len(rows)


def themes(connection: Connection[Any]) -> list[Row]:
    """Make the catalogue rows of all themes that have features."""
    with connection.cursor(row_factory=dict_row) as cursor:
        there = cursor.execute(query("layers", "builtin_themes")).fetchall()
    return [*(_MADE[each.pop("theme")](**each) for each in there), *_industries(there)]


def _component_class(code: str, title: str, title_en: str) -> Row:
    group, group_en = GROUPS.get(code[:2], ("其他", "Other"))
    # Not by prefix: the index of the column is in the database's own order, which knows no beginnings.
    part = {"column": "class_code", "values": [code]}
    below = (f"城市部件/{group}", f"City components/{group_en}")
    place = PLACES["components"] + _number(code)
    return _part("components", f"components_{code}", (title, title_en), part, below, place)


def _matter_class(code: str, title: str, title_en: str) -> Row:
    titles = (f"{title}事件", f"{MATTERS_EN.get(code, title_en)}: events")
    part = {"column": "category", "prefix": code}
    place = PLACES["events"] + _number(code)
    return _part("events", f"events_{code}", titles, part, ("事件专题", "Events by matter"), place)


def _place_kind(code: str, title: str, title_en: str) -> Row:
    part = {"column": "kind", "values": [code]}
    below = ("重点场所/类型", "Sensitive places/Kinds")
    return _part("places", f"places_{code}", (title, title_en), part, below, PLACES["places"])


def _number(code: str) -> int:
    return min(int(code), 9_999) if code.isascii() and code.isdecimal() else 0


_MADE = {"component": _component_class, "matter": _matter_class, "place": _place_kind}


def _industries(there: list[Row]) -> list[Row]:
    found = []
    for number, (name, title, title_en, of, part) in enumerate(INDUSTRIES if there else ()):
        word, word_en = _OF[of]
        titles = (f"{title}{word}", f"{title_en}: {word_en}")
        group = (f"行业图/{title}", f"Industry maps/{title_en}")
        found.append(_part(of, f"{name}_{of}", titles, part, group, PLACES["industries"] + number))
    return found


def _part(of: str, name: str, titles: tuple[str, str], part: Row, group: tuple[str, str], place: int) -> Row:
    base = next(row for row in BUILTIN if row["name"] == of)
    about = {"keywords": [*titles, of], "group": {"zh": group[0], "en": group[1]}}
    told = f"Of {base['title_en'].lower()}: {titles[1]}."
    return {
        **base, "name": name, "title": titles[0], "title_en": titles[1], "description": told, "part": part,
        "editable": False, "about": about, "position": FIRST + place,
    }  # fmt: skip
