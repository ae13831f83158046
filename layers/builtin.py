"""The layers that every city has, as data; `sync` brings the catalogue up to date with them."""

from __future__ import annotations

from typing import Any

from psycopg import Connection
from psycopg.types.json import Jsonb

from layers.builtin_fields import (
    COMPONENT_FIELDS,
    EVENT_FIELDS,
    MISSED_FIELDS,
    PIPE_DEVICE_FIELDS,
    PIPE_FIELDS,
    PIPE_NODE_FIELDS,
    PLACE_AREA_FIELDS,
    PLACE_FIELDS,
    RESOURCE_FIELDS,
    UNIT_FIELDS,
    Row,
)
from spatial.database import query


def sync(connection: Connection[Any]) -> None:
    """Write the built-in layers into the catalogue; rows that are already right stay untouched."""
    for position, row in enumerate(BUILTIN):
        write_row(connection, row, position)


def write_row(connection: Connection[Any], row: Row, position: int) -> None:
    """Write one layer of ours into the catalogue, unless it is right already."""
    values = {"part": None, **row, "position": position}
    values |= {name: Jsonb(row[name]) for name in ("fields", "tile_fields", "about")}
    if values["part"] is not None:
        values["part"] = Jsonb(values["part"])
    connection.execute(query("layers", "sync"), values)


def _units(name: str, title: str, title_en: str, min_zoom: int) -> Row:
    return {
        "name": name,
        "title": title,
        "title_en": title_en,
        "description": "Units of the coverage 'grids' in force now; parents are made of their children.",
        "kind": "view",
        "relation": name,
        "id_column": "code",
        "geometry_column": "geom",
        "geometry_type": "polygon",
        "time_column": None,
        "fields": UNIT_FIELDS,
        "tile_fields": ["code", "name", "name_en", "parent_code", "generated"],
        "min_zoom": min_zoom,
        "editable": False,
        "sources": ["city.unit_version"],
        "by_clock": True,
        "about": {"keywords": ["网格", "grid"]},
    }


def _areas(
    name: str, titles: tuple[str, str], description: str, min_zoom: int, *, below: bool = False
) -> Row:
    """A coverage beside `grids`; below: its units lie in units of `grids`."""
    left_out = () if below else ("parent_code",)
    return {
        **_units(name, *titles, min_zoom),
        "description": description,
        "fields": [each for each in UNIT_FIELDS if each["name"] not in left_out],
        "tile_fields": ["code", "name", "name_en", *(["parent_code"] if below else []), "generated"],
        "about": {"keywords": ["网格", "grid", titles[0], name]},
    }


def _points(
    name: str,
    titles: tuple[str, str, str],
    fields: list[Row],
    tile: str,
    sources: str,
    *,
    time_column: str | None = None,
    editable: bool = False,
) -> Row:
    title, title_en, description = titles
    return {
        "name": name,
        "title": title,
        "title_en": title_en,
        "description": description,
        "kind": "view",
        "relation": name,
        "id_column": "id",
        "geometry_column": "geom",
        "geometry_type": "point",
        "time_column": time_column,
        "fields": fields,
        "tile_fields": tile.split(),
        "min_zoom": 0,
        "editable": editable,
        "sources": sources.split(),
        "by_clock": False,
        "about": {"keywords": [title, name]},
    }


BUILTIN: list[Row] = [
    _units("districts", "区县", "Districts", 0),
    _units("streets", "街道", "Streets (sub-districts)", 0),
    _units("communities", "社区", "Communities", 11),
    _units("grids", "网格", "Grids", 12),
    _points(
        "places",
        ("重点场所", "Sensitive places", "Sensitive places with their risk level."),
        PLACE_FIELDS,
        "id kind name name_en risk_level generated",
        "city.place city.organisation",
        editable=True,
    ),
    _points(
        "components",
        ("城市部件", "City components", "Manholes, lamps, signs … by the classes of GB/T 47678.5-2026."),
        COMPONENT_FIELDS,
        "id class_code class_name name state generated",
        "city.component city.component_class",
        editable=True,
    ),
    _points(
        "events",
        ("事件", "Events", "Reported events with the grid they were ruled into."),
        EVENT_FIELDS,
        "id category category_name state occurred_at title generated",
        "city.event city.matter city.organisation",
        time_column="occurred_at",
    ),
    _areas(
        "micro_grids",
        ("微网格", "Micro-grids"),
        "Parts of grids, each with a liaison; where they have been drawn.",
        14,
        below=True,
    ),
    _areas(
        "unit_grids",
        ("单元网格", "Unit grids of city management"),
        "Units of about 10,000 m² that city management is supervised by; where they have been drawn.",
        14,
        below=True,
    ),
    _areas("police_areas", ("警务区", "Police areas"), "Areas of police stations, made of whole grids.", 10),
    _areas("school_areas", ("学区", "School catchments"), "Catchments of schools, made of whole grids.", 11),
    _areas(
        "hospital_areas",
        ("医疗服务区", "Hospital service areas"),
        "Areas that hospitals serve, made of whole grids.",
        10,
    ),
    _areas(
        "evaluation_grids",
        ("评价网格", "Evaluation grids"),
        "The grids that are looked at in an evaluation: a sample.",
        11,
    ),
    _areas(
        "sanitation_areas",
        ("环卫作业区", "Street cleaning areas"),
        "Areas of street cleaning, made of whole grids.",
        11,
    ),
    {
        **_points(
            "place_areas",
            ("重点场所范围", "Areas of sensitive places", "The drawn areas of sensitive places."),
            PLACE_AREA_FIELDS,
            "id kind name name_en risk_level generated",
            "city.place",
        ),
        "geometry_type": "polygon",
        "min_zoom": 12,
    },
    _points(
        "resources",
        (
            "应急资源",
            "Emergency resources",
            "Teams, shelters, supplies, stations, cameras, hospitals, vehicles and gear.",
        ),
        RESOURCE_FIELDS,
        "id kind name name_en state capacity unit_of_measure generated",
        "city.resource city.organisation",
        editable=True,
    ),
    {
        **_points(
            "missed_patrols",
            ("漏巡", "Missed patrols", "What was missed, or cannot be told, of patrols that are over."),
            MISSED_FIELDS,
            "id plan word starts_at",
            "city.patrol_missed",
            time_column="starts_at",
        ),
        "geometry_type": "geometry",
        "min_zoom": 12,
    },
    {
        **_points(
            "pipes",
            ("管线", "Pipes", "Pipes of all networks that one may see, where they lie exactly."),
            PIPE_FIELDS,
            "id network medium code kind diameter_mm state",
            "city.network_link city.network city.network_node",
        ),
        "geometry_type": "line",
        "min_zoom": 12,
    },
    {
        **_points(
            "pipe_nodes",
            ("管点", "Nodes of pipes", "Junctions, manholes, tanks and sources of networks."),
            PIPE_NODE_FIELDS,
            "id network medium code kind is_source state",
            "city.network_node city.network",
        ),
        "min_zoom": 14,
    },
    {
        **_points(
            "pipe_devices",
            (
                "阀门与设备",
                "Valves and devices",
                "Valves, pumps, hydrants … and how they stand.",
            ),
            PIPE_DEVICE_FIELDS,
            "id network medium code kind stands state",
            "city.network_device city.network city.network_node city.network_link",
        ),
        "min_zoom": 13,
    },
]
