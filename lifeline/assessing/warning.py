"""The warning level that an alarm proposes, with its reasons; a person decides.

The level is that of the alarm's rule, whose thresholds carry their legal basis. What the trace found is told
beside it as grounds to go higher: how much each weighs is for the city's own plan to say, not for a program.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

Json = dict[str, Any]
COLOURS = {1: "red", 2: "orange", 3: "yellow", 4: "blue"}
"""预警级别: of the Emergency Response Law, first the gravest."""
_COLOURS_ZH = {1: "一级（红）", 2: "二级（橙）", 3: "三级（黄）", 4: "四级（蓝）"}


def warning_of(alarm: Json, traces: Sequence[Json], adjacent: Sequence[Json] | None) -> Json:
    """Propose a level: 1 to 4, or None of a technical alarm, and say why."""
    if alarm["is_technical"]:
        reason = _reason(
            "technical",
            "技术报警：说明的是监测设备，不是管网。",
            "A technical alarm: it is of the device, not of the network.",
        )
        return {"level": None, "colour": None, "reasons": [reason]}
    level = alarm["level"]
    rule = _reason(
        "rule",
        f"报警规则“{alarm['rule_name']}”（{alarm['legal_basis']}）为{_COLOURS_ZH[level]}：{alarm['reason']}",
        f"The rule '{alarm['rule_name']}' ({alarm['legal_basis']}) says level {level}: {alarm['reason']}",
    )
    return {
        "level": level, "colour": COLOURS[level],
        "reasons": [rule, *_of_highest(alarm), *_of_traces(traces), *_of_adjacent(adjacent or [])],
    }  # fmt: skip


def _reason(kind: str, text: str, text_en: str) -> Json:
    return {"kind": kind, "text": text, "text_en": text_en}


def _of_highest(alarm: Json) -> list[Json]:
    highest = alarm["highest_level"]
    if highest >= alarm["level"]:
        return []
    return [
        _reason("highest", f"曾达到{_COLOURS_ZH[highest]}。", f"It has reached level {highest} before."),
    ]


def _of_traces(traces: Sequence[Json]) -> list[Json]:
    found = []
    for told in traces:
        customers = told["customers"]
        if told["type"] == "isolation" and customers["services"]:
            found.append(_cut_off(customers))
        important = {row["priority"]: row["customers"] for row in customers["by"] if row["priority"]}
        if important:
            listed = ", ".join(f"{name} {count}" for name, count in sorted(important.items()))
            found.append(
                _reason("priority", f"其中重点用户：{listed}。", f"Customers of priority: {listed}.")
            )
        if told["places"]:
            count = len(told["places"])
            found.append(
                _reason("places", f"涉及重点场所 {count} 处。", f"{count} sensitive places lie there.")
            )
        if told.get("stop"):
            codes = ", ".join(told["stop"])
            found.append(_reason("sources", f"须停止源点：{codes}。", f"Sources are to be stopped: {codes}."))
        if told.get("passed"):
            codes = ", ".join(each["code"] for each in told["passed"])
            found.append(
                _reason("stuck", f"不能操作的阀门：{codes}。", f"Valves that cannot be used: {codes}.")
            )
    return found


def _cut_off(customers: Json) -> Json:
    services, meters, people = customers["services"], customers["meters"], customers["people"]
    zh, en = (
        f"断供用户 {services} 处、{meters} 块表",
        f"{services} connections with {meters} meters are cut off",
    )
    if people is not None:
        zh, en = f"{zh}、{people} 人", f"{en}, {people} people"
    return _reason("cut_off", f"{zh}。", f"{en}.")


def _of_adjacent(adjacent: Sequence[Json]) -> list[Json]:
    return [
        _reason(
            "adjacent",
            f"旁边 {row['nearest_m']} 米有“{row['network']}”的管线 {row['links']} 段。",
            f"{row['links']} pipes of '{row['network']}' lie {row['nearest_m']} m beside it.",
        )
        for row in adjacent
    ]
