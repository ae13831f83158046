"""Fields of the layers that every city has, as data."""

from __future__ import annotations

from typing import Any

from spatial.resources.models import KINDS as RESOURCE_KINDS
from spatial.resources.models import STATES as RESOURCE_STATES

Row = dict[str, Any]


def _field(name: str, kind: str, title: str, title_en: str, **more: Any) -> Row:
    """more: read_only, required, values."""
    return {"name": name, "type": kind, "title": title, "title_en": title_en, **more}


UNIT_FIELDS = [
    _field("code", "string", "编码", "Code"),
    _field("name", "string", "名称", "Name"),
    _field("name_en", "string", "英文名称", "English name"),
    _field("parent_code", "string", "上级编码", "Code of the parent"),
    _field("area_m2", "number", "面积(平方米)", "Area in square metres"),
    _field("evidence", "string", "名称依据", "Evidence for the name"),
    _field("generated", "boolean", "是否生成", "Generated, not real"),
]

_GENERATED = _field("generated", "boolean", "是否生成", "Generated, not real", read_only=True)
_SOURCE = _field("source", "string", "来源", "Source")

_UNIT = _field("unit_code", "string", "所在网格", "Grid it stands in", read_only=True)

PLACE_FIELDS = [
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

PLACE_AREA_FIELDS = [
    field for field in PLACE_FIELDS if field["name"] not in ("address", "risk_reason", "organisation")
]

MISSED_FIELDS = [
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

RESOURCE_FIELDS = [
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

COMPONENT_FIELDS = [
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

EVENT_FIELDS = [
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

_MEDIUM = _field(
    "medium", "string", "介质", "What flows",
    values=["water", "storm", "sewer", "combined", "gas", "heat_supply", "heat_return", "power", "telecom",
            "industrial"],
)  # fmt: skip
_PIPE_STATE = _field(
    "state", "string", "状态", "State", values=["in_service", "planned", "out_of_service", "abandoned"]
)


def _of_pipes(*fields: Row) -> list[Row]:
    """Fields of a part of a network: whose it is, its own, and where it is from."""
    return [
        _field("id", "integer", "标识", "Identifier"),
        _field("network", "string", "管网", "Network"),
        _MEDIUM,
        _field("code", "string", "编号", "Code"),
        _field("kind", "string", "类型", "Kind"),
        *fields,
        _PIPE_STATE,
        _SOURCE,
        _GENERATED,
    ]


_INSTALLED = _field("installed_on", "date", "安装日期", "Installed on")
_ACCURACY = _field("accuracy_m", "number", "探测精度(米)", "Accuracy of the survey in metres")
PIPE_FIELDS = _of_pipes(
    _field("diameter_mm", "number", "管径(毫米)", "Diameter in millimetres"),
    _field("length_m", "number", "长度(米)", "Length in metres"),
    _field("material", "string", "材质", "Material"),
    _field("pressure_class", "string", "压力等级", "Pressure class"),
    _INSTALLED,
    _field("z_up_m", "number", "起点高程(米)", "Level at its beginning in metres"),
    _field("z_down_m", "number", "终点高程(米)", "Level at its end in metres"),
    _ACCURACY,
    _field("from_code", "string", "起点编号", "Node it begins at"),
    _field("to_code", "string", "终点编号", "Node it ends at"),
)
PIPE_NODE_FIELDS = _of_pipes(
    _field("elevation_m", "number", "高程(米)", "Level in metres"),
    _field("is_source", "boolean", "是否源点", "Feeds the network"),
    _INSTALLED,
    _ACCURACY,
)
PIPE_DEVICE_FIELDS = _of_pipes(
    _field("stands", "string", "位置", "How it stands", values=["open", "closed", "stuck", "other"]),
    _field("is_open", "boolean", "是否开启", "Open"),
    _field("is_operable", "boolean", "是否可操作", "Can be turned"),
    _field("is_accessible", "boolean", "是否可到达", "Can be reached"),
    _field("normally_open", "boolean", "是否常开", "Open as a rule"),
    _field("node_code", "string", "所在节点", "Node it stands in"),
    _field("link_code", "string", "所在管段", "Pipe it sits on"),
)
