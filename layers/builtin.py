"""The layers that every city has, as data; `sync` brings the catalogue up to date with them."""

from __future__ import annotations

from typing import Any

from psycopg import Connection
from psycopg.types.json import Jsonb

from spatial.database import query
from spatial.resources.models import KINDS as RESOURCE_KINDS
from spatial.resources.models import STATES as RESOURCE_STATES

Row = dict[str, Any]


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


def _field(name: str, kind: str, title: str, title_en: str, **more: Any) -> Row:
    """more: read_only, required, values."""
    return {"name": name, "type": kind, "title": title, "title_en": title_en, **more}


_UNIT_FIELDS = [
    _field("code", "string", "编码", "Code"),
    _field("name", "string", "名称", "Name"),
    _field("name_en", "string", "英文名称", "English name"),
    _field("parent_code", "string", "上级编码", "Code of the parent"),
    _field("area_m2", "number", "面积(平方米)", "Area in square metres"),
    _field("evidence", "string", "名称依据", "Evidence for the name"),
    _field("generated", "boolean", "是否生成", "Generated, not real"),
]


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
        "fields": _UNIT_FIELDS,
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
        "fields": [each for each in _UNIT_FIELDS if each["name"] not in left_out],
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


_GENERATED = _field("generated", "boolean", "是否生成", "Generated, not real", read_only=True)
_SOURCE = _field("source", "string", "来源", "Source")

_UNIT = _field("unit_code", "string", "所在网格", "Grid it stands in", read_only=True)

_PLACE_FIELDS = [
    _field("id", "integer", "标识", "Identifier", read_only=True),
    _field("kind", "string", "类型", "Kind", required=True),
    _field("name", "string", "名称", "Name", required=True),
    _field("name_en", "string", "英文名称", "English name"),
    _field("address", "string", "地址", "Address"),
    _field(
        "risk_level", "integer", "风险等级(1红 2橙 3黄 4蓝)", "Risk level: 1 red, 2 orange, 3 yellow, 4 blue",
        required=True, values=[1, 2, 3, 4],
    ),
    # Must be given anew with every change of the level; it goes into the history of the place.
    _field("risk_reason", "string", "定级原因", "Why it has this level"),
    _field("organisation", "string", "责任单位", "Responsible unit", read_only=True),
    _UNIT,
    _SOURCE,
    _GENERATED,
]  # fmt: skip

_PLACE_AREA_FIELDS = [
    field for field in _PLACE_FIELDS if field["name"] not in ("address", "risk_reason", "organisation")
]

_MISSED_FIELDS = [
    _field("id", "integer", "标识", "Identifier", read_only=True),
    _field("due_id", "integer", "巡查任务", "Due patrol"),
    _field("plan_id", "integer", "巡查计划标识", "Identifier of the plan"),
    _field("plan", "string", "巡查计划", "Plan"),
    _field("kind", "string", "类型", "Kind"),
    _field("target", "string", "巡查对象", "Target"),
    _field("word", "string", "结果", "Word", values=["missed", "partly", "cannot_tell"]),
    _field("mover_id", "integer", "人员", "Mover"),
    _field("starts_at", "date-time", "开始", "Begin of the window"),
    _field("ends_at", "date-time", "结束", "End of the window"),
    _UNIT,
]

_RESOURCE_FIELDS = [
    _field("id", "integer", "标识", "Identifier", read_only=True),
    _field("kind", "string", "类型", "Kind", required=True, values=list(RESOURCE_KINDS)),
    _field("name", "string", "名称", "Name", required=True),
    _field("name_en", "string", "英文名称", "English name"),
    _field("state", "string", "状态", "State", values=list(RESOURCE_STATES)),
    _field("capacity", "number", "容量", "Capacity"),
    _field("unit_of_measure", "string", "计量单位", "Unit of measure"),
    _field("organisation", "string", "责任单位", "Responsible unit", read_only=True),
    _field("phone", "string", "值班电话", "Duty line"),
    _field("opening", "string", "开放时间", "Opening hours"),
    _field("address", "string", "地址", "Address"),
    _UNIT,
    _SOURCE,
    _GENERATED,
]

_COMPONENT_FIELDS = [
    _field("id", "integer", "标识", "Identifier", read_only=True),
    # Left out, the platform gives the next one of the county and kind.
    _field("code", "string", "部件标识码", "Component code"),
    _field("class_code", "string", "小类代码", "Kind code", required=True),
    _field("class_name", "string", "小类名称", "Kind", read_only=True),
    _field("name", "string", "名称", "Name", required=True),
    _field(
        "state", "string", "状态", "State",
        required=True, values=["intact", "damaged", "missing", "occupied", "abandoned", "removed"],
    ),
    _field("owner", "string", "权属单位", "Owner"),
    _field("upkeep", "string", "养护单位", "Upkeep unit"),
    _field("installed_on", "date", "安装日期", "Installed on"),
    _UNIT,
    _SOURCE,
    _GENERATED,
    _field("manager", "string", "主管部门", "Department in charge"),
    _field("note", "string", "备注", "Note"),
]  # fmt: skip

_EVENT_FIELDS = [
    _field("id", "integer", "标识", "Identifier", read_only=True),
    _field("no", "string", "案件编号", "Number"),
    _field("category", "string", "事项代码", "Matter code"),
    _field("category_name", "string", "事项", "Matter"),
    _field("title", "string", "标题", "Title"),
    _field("state", "string", "状态", "State"),
    _SOURCE,
    _field("address", "string", "地址", "Address"),
    _field("occurred_at", "date-time", "发生时间", "Occurred at"),
    _field("reported_at", "date-time", "上报时间", "Reported at"),
    _field("closed_at", "date-time", "结案时间", "Closed at"),
    _field("unit_code", "string", "所在网格", "Grid at the time"),
    _field("ruling", "string", "归属判定", "Ruling"),
    _field("organisation", "string", "责任单位", "Responsible unit"),
    _GENERATED,
    _field("urgency", "string", "紧急程度", "Urgency", values=["ordinary", "urgent", "critical"]),
    _field("accepted_at", "date-time", "受理时间", "Accepted at"),
    _field("filed_at", "date-time", "立案时间", "Filed at"),
    _field("dispatched_at", "date-time", "派遣时间", "Dispatched at"),
    _field("handled_at", "date-time", "处置时间", "Handled at"),
    _field("verified_at", "date-time", "核查时间", "Verified at"),
    _field("due_at", "date-time", "本环节时限", "Deadline of the present step"),
    _field("handle_due_at", "date-time", "处置时限", "Deadline of handling"),
    _field("close_due_at", "date-time", "结案时限", "Deadline of closing"),
    _field("handled_on_time", "boolean", "是否按时处置", "Handled on time"),
    _field("returned_count", "integer", "退回次数", "Times returned"),
    _field("redispatched_count", "integer", "改派次数", "Times dispatched anew"),
    _field("escalated_level", "integer", "升级层级", "Levels escalated"),
    _field("supervised", "boolean", "是否督办", "Under supervision"),
    _field("disputed", "boolean", "是否疑难", "Responsibility disputed"),
    _field("valid", "boolean", "是否有效", "Judged valid"),
]

BUILTIN: list[Row] = [
    _units("districts", "区县", "Districts", 0),
    _units("streets", "街道", "Streets (sub-districts)", 0),
    _units("communities", "社区", "Communities", 11),
    _units("grids", "网格", "Grids", 12),
    _points(
        "places",
        ("重点场所", "Sensitive places", "Sensitive places with their risk level."),
        _PLACE_FIELDS,
        "id kind name name_en risk_level generated",
        "city.place city.organisation",
        editable=True,
    ),
    _points(
        "components",
        ("城市部件", "City components", "Manholes, lamps, signs … by the classes of GB/T 47678.5-2026."),
        _COMPONENT_FIELDS,
        "id class_code class_name name state generated",
        "city.component city.component_class",
        editable=True,
    ),
    _points(
        "events",
        ("事件", "Events", "Reported events with the grid they were ruled into."),
        _EVENT_FIELDS,
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
            _PLACE_AREA_FIELDS,
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
        _RESOURCE_FIELDS,
        "id kind name name_en state capacity unit_of_measure generated",
        "city.resource city.organisation",
        editable=True,
    ),
    {
        **_points(
            "missed_patrols",
            ("漏巡", "Missed patrols", "What was missed, or cannot be told, of patrols that are over."),
            _MISSED_FIELDS,
            "id plan word starts_at",
            "city.patrol_missed",
            time_column="starts_at",
        ),
        "geometry_type": "geometry",
        "min_zoom": 12,
    },
]
