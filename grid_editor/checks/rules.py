"""The rules of checks as data: how grave a breach is, what it is called, and what is said of it.

A coverage changes them by its `limits`: {"households": [300, 500], "severity": {"hole": "off"}}.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from grid_editor.checks.issues import ERROR, WARNING, Fix, Issue

OFF = "off"


@dataclass(frozen=True)
class Rule:
    """One rule: its words in Chinese and English, {…} stands for a value of the issue."""

    key: str
    severity: str
    title: str
    title_en: str
    text: str
    text_en: str
    limit: str = ""
    """The key of the coverage's `limits` that it goes by, with what holds without one."""


RULES: tuple[Rule, ...] = (
    Rule(
        "overlap", ERROR, "重叠", "Overlap",
        "{unit}与{other}重叠 {measure} 平方米", "{unit} and {other} overlap by {measure} m²",
    ),
    Rule(
        "gap", WARNING, "缝隙", "Gap",
        "{unit}旁有 {measure} 平方米不属于任何单元", "{measure} m² beside {unit} belong to no unit",
        "complete: only of coverages that leave nothing out",
    ),
    Rule(
        "given_up", WARNING, "范围缩小", "Ground given up",
        "{measure} 平方米原属本体系，方案之后不再属于任何单元",
        "{measure} m² belonged to a unit and belong to none after the plan",
        "complete: only of coverages that leave nothing out",
    ),
    Rule(
        "outside_parent", ERROR, "超出上级范围", "Outside of the parent",
        "{unit}有 {measure} 平方米超出{parent}", "{measure} m² of {unit} lie outside of {parent}",
    ),
    Rule(
        "grown", WARNING, "范围扩大", "Ground taken in",
        "{measure} 平方米原不属于本体系", "{measure} m² that belonged to no unit are taken in",
    ),
    Rule(
        "nested_outside", WARNING, "下级单元不再落入", "Nested unit left behind",
        "{nested}（{coverage}）有 {measure} 平方米不再位于{unit}内",
        "{measure} m² of {nested} ({coverage}) no longer lie in {unit}",
    ),
    Rule(
        "wrong_parent", ERROR, "上级不存在", "Parent missing",
        "{unit}的上级单元不存在，或不是上一级", "{unit} has no parent of the level above",
    ),
    Rule(
        "sliver", WARNING, "狭长碎片", "Sliver",
        "{unit}有一块狭长碎片，平均宽 {width} 米，面积 {measure} 平方米",
        "{unit} has a sliver of {measure} m², {width} m wide on average", "sliver_width_m: 3",
    ),
    Rule(
        "not_contiguous", WARNING, "不连片", "Not contiguous",
        "{unit}不连片，分离部分共 {measure} 平方米", "{unit} is in {parts} parts; {measure} m² lie apart",
        "contiguous: true",
    ),
    Rule(
        "point_touch", WARNING, "仅以点相接", "Touches in a point only",
        "{unit}的两部分仅在一个点上相接，{measure} 平方米",
        "Parts of {unit} touch in a point only; {measure} m²",
        "contiguous: true",
    ),
    Rule(
        "hole", WARNING, "飞地内孔", "Hole",
        "{unit}包围着{inner}", "{unit} encloses {inner}",
    ),
    Rule(
        "too_small", WARNING, "面积过小", "Too small",
        "{unit}面积 {measure} 平方米，低于 {limit} 平方米", "{unit} has {measure} m², less than {limit} m²",
        "min_area_m2; half of area_target_m2",
    ),
    Rule(
        "too_large", WARNING, "面积过大", "Too large",
        "{unit}面积 {measure} 平方米，高于 {limit} 平方米", "{unit} has {measure} m², more than {limit} m²",
        "max_area_m2; twice area_target_m2",
    ),
    Rule(
        "too_many_households", WARNING, "户数过多", "Too many households",
        "{unit}有 {measure} 户，多于 {limit} 户", "{unit} has {measure} households, more than {limit}",
        "households: [least, most]",
    ),
    Rule(
        "too_few_households", WARNING, "户数过少", "Too few households",
        "{unit}有 {measure} 户，少于 {limit} 户", "{unit} has {measure} households, fewer than {limit}",
        "households: [least, most]",
    ),
    Rule(
        "too_many_people", WARNING, "人口过多", "Too many people",
        "{unit}有 {measure} 人，多于 {limit} 人", "{unit} has {measure} people, more than {limit}",
        "people: [least, most]",
    ),
    Rule(
        "too_few_people", WARNING, "人口过少", "Too few people",
        "{unit}有 {measure} 人，少于 {limit} 人", "{unit} has {measure} people, fewer than {limit}",
        "people: [least, most]",
    ),
    Rule(
        "too_many_events", WARNING, "事件过多", "Too many events",
        "{unit}近一年有 {measure} 件事件，多于 {limit} 件",
        "{unit} had {measure} events in a year, more than {limit}", "events: [least, most]",
    ),
    Rule(
        "too_few_events", WARNING, "事件过少", "Too few events",
        "{unit}近一年有 {measure} 件事件，少于 {limit} 件",
        "{unit} had {measure} events in a year, fewer than {limit}", "events: [least, most]",
    ),
    Rule(
        "crosses_building", WARNING, "穿过建筑", "Crosses a building",
        "{unit}的边界穿过建筑{building}，切下 {measure} 平方米",
        "The border of {unit} cuts {measure} m² off building {building}", "least_cut_m2: 5",
    ),
    Rule(
        "crosses_street", WARNING, "穿过道路中心线", "Crosses a street",
        "{unit}的边界在路口之外穿过道路{street}",
        "The border of {unit} crosses {street} away from any junction",
        "junction_m: 25",
    ),
    Rule("unnamed", WARNING, "未命名", "Unnamed", "单元没有名称", "A unit has no name"),
    Rule(
        "no_duty_person", WARNING, "无人负责", "Nobody responsible",
        "{unit}没有责任人", "Nobody is responsible for {unit}",
    ),
    Rule(
        "duplicate_name", WARNING, "重名", "Duplicate name",
        "{unit}与同一上级下的另一单元同名", "{unit} is called like another unit of the same parent",
    ),
    Rule(
        "duplicate_code", ERROR, "编码重复", "Duplicate code",
        "编码 {code} 已属于{other}", "The code {code} is {other}'s",
    ),
)  # fmt: skip
"""One line a rule, the gravest kinds first."""

_BY_KEY = {rule.key: rule for rule in RULES}
_ORDER = {rule.key: number for number, rule in enumerate(RULES)}

FIXES: dict[str, tuple[str, str]] = {
    "absorb_longest": ("并入共边最长的{unit}", "Give it to {unit}, with the longest border"),
    "give_to": ("划给{unit}", "Give it to {unit}"),
    "snap_sliver": ("碎片并入{unit}", "Snap the sliver to {unit}"),
    "give_part": ("分离部分划给{unit}", "Give the detached part to {unit}"),
    "merge_into": ("并入{unit}", "Merge into {unit}"),
    "merge_with": ("与{unit}合并", "Merge with {unit}"),
    "follow_nested": ("让边界跟随{nested}", "Let the border follow {nested}"),
    "whole_building": ("整栋划给{unit}", "Give the whole building to {unit}"),
    "cut_back": ("截去超出部分", "Cut it back to the parent"),
    "name_it": ("命名为“{name}”", "Name it “{name}”"),
    "take_person": ("由{unit}的网格长负责", "Assign the leader of {unit}"),
    "new_code": ("改为编码 {code}", "Recode to {code}"),
}
"""What a fix is called, in Chinese and English."""


def severity_of(rule: str, limits: Mapping[str, Any]) -> str:
    """Say how grave a breach is in a coverage: error, warning or off. What is an error stays one."""
    usual = _BY_KEY[rule].severity
    given = limits.get("severity", {}).get(rule, usual)
    return usual if usual == ERROR or given not in (ERROR, WARNING, OFF) else str(given)


def order_of(issue: Issue) -> tuple[bool, int, str]:
    """Order issues: errors first, then by rule and id."""
    return issue.severity != ERROR, _ORDER.get(issue.rule, len(_ORDER)), issue.id


def title_of(rule: str, lang: str) -> str:
    """Name a rule in `zh` or `en`; a rule that is not listed names itself."""
    found = _BY_KEY.get(rule)
    return rule if found is None else found.title if lang == "zh" else found.title_en


def text_of(issue: Issue, lang: str) -> str:
    """Say what an issue is in `zh` or `en`."""
    rule = _BY_KEY.get(issue.rule)
    if rule is None:
        return str(issue.values.get("text", issue.rule))
    values = {"measure": issue.measure, **issue.values}
    return _filled(rule.text if lang == "zh" else rule.text_en, values, lang)


def title_of_fix(fix: Fix, lang: str) -> str:
    """Name a fix in `zh` or `en`."""
    return _filled(FIXES[fix.key][lang != "zh"], fix.values, lang)


def _filled(text: str, values: Mapping[str, Any], lang: str) -> str:
    """Fill words in; of what has a name in English (`…_en`), English takes that."""
    own = {
        name: (values.get(f"{name}_en") if lang != "zh" else None) or value for name, value in values.items()
    }
    return text.format_map({name: _written(value) for name, value in own.items()})


def _written(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:,.0f}" if abs(value) >= 10 else f"{value:,.1f}"
    return str(value)
