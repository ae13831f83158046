"""What an explanation says, in Chinese and English, made of its keys."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from spatial.grids.locate import Ruling
from spatial.grids.words import Words, limited_ruling_words, ruling_words

Json = Mapping[str, Any]
Names = Mapping[str, Mapping[str, str]]

_RULES = {
    "place": (
        "权责清单对该处另有规定（裁定或专属范围），按其派遣。",
        "The duty list has a line for this very place.",
    ),
    "special": ("属于专属网格，专属网格优先。", "It lies in a special grid, which comes first."),
    "grid": ("按网格的权责清单。", "By the duty list of the grid."),
    "upward": (
        "更具体的责任人均不可用，逐级向上。",
        "Nobody of the more specific lines is available, so the next one upward is asked.",
    ),
    "unavailable": (
        "清单中无人可用，仍由顺位最前者负责。",
        "Nobody on the list is available; whoever comes first is responsible all the same.",
    ),
    "nobody": ("权责清单对该单元和该类事项没有记载。", "The duty list has no line for this unit and matter."),
    "hand": ("由人工派遣。", "It was dispatched by hand."),
    "escalated": ("已上报，由上一级负责。", "It was taken up to whoever is responsible one level above."),
    "ruling": ("按确权裁定派遣。", "It was dispatched by a ruling on whose it is."),
    "elsewhere": ("由其他组织负责。", "Another organisation is responsible."),
    "outside": ("不在任何网格内，无法按网格派遣。", "It lies in no unit, so no line of a unit applies."),
}
_WHYS = {
    "chosen": ("负责", "responsible"),
    "off_duty": ("不在岗", "off duty"),
    "skill_missing": ("缺少所需特长", "has not the skills that are asked for"),
    "out_of_hours": ("不在责任时段", "not in the hours of the line"),
    "place_first": ("该处的裁定优先", "the ruling on this place comes first"),
    "special_first": ("专属网格优先", "the special grid comes first"),
    "ruling_first": ("裁定优先，较新者在前", "a ruling comes first, a newer one before an older one"),
    "less_specific_matter": ("事项不如所选的具体", "its matter is less specific"),
    "coarser_area": ("范围更大", "its area is coarser"),
    "lower_rank": ("顺位在后", "its rank is lower"),
    "busier": ("在办事件更多", "has more to do"),
    "farther": ("距离更远", "is farther away"),
    "in_order": ("其余相同，编号在后", "all else is equal; its number comes later"),
}


def told(body: Json, names: Names, is_limited: bool = False) -> dict[str, Any]:
    """Say an explanation in words, beside its facts.

    names: of `explanations.named`. is_limited: for a reader of an area, who must not learn of what is beyond
    it; units without a name stay unnamed then.
    """
    chosen = next((each for each in body["considered"] if each["why"] == "chosen"), None)
    who = _said(body, names) if "username" in body else _who(chosen, names)
    parts = [_where(body, names, is_limited), _rule(body), who]
    text = {
        "zh": "".join(part.zh for part in parts),
        "en": " ".join(part.en for part in parts if part.en),
    }
    considered = [{**each, "text": _considered(each, names)} for each in body["considered"]]
    return {**body, "text": text, "considered": considered}


def _where(body: Json, names: Names, is_limited: bool) -> Words:
    beyond = names.get(f"grids:{body['runner_up']}")
    neighbour = Words(f"“{beyond['zh']}”", f"'{beyond['en']}'") if beyond else None
    say = limited_ruling_words if is_limited else ruling_words
    metres = float("nan") if body["border_m"] is None else body["border_m"]
    if body["ruling"] == "unassigned":
        return Words("该点不属于任何网格。", "The point belongs to no grid.")
    unit = _name(names, "grids", body["unit"])
    said = say(Ruling[body["ruling"]], metres, 0, neighbour)
    return Words(f"归属“{unit.zh}”：{said.zh}", f"In '{unit.en}'. {said.en}")


def _rule(body: Json) -> Words:
    return Words(*_RULES[body["rule"]])


def _who(chosen: Json | None, names: Names) -> Words:
    if chosen is None:
        return Words("", "")
    unit, organisation = _name(names, chosen["coverage"], chosen["unit"]), _organisation(chosen, names)
    person = _person(chosen, names)
    matter_zh = f"{chosen['category']} 类事项" if chosen["category"] else "未另列的事项"
    matter_en = f"matters {chosen['category']}" if chosen["category"] else "matters not listed elsewhere"
    return Words(
        f"依据“{unit.zh}”{matter_zh}第 {chosen['rank']} 顺位（第 {chosen['line']} 条），"
        f"由{organisation.zh}{person.zh}负责。",
        f"By line {chosen['line']} for '{unit.en}', {matter_en}, rank {chosen['rank']}:"
        f" {organisation.en}{person.en}.",
    )


def _said(body: Json, names: Names) -> Words:
    """Say whom somebody made responsible."""
    if body["organisation"] is None:
        return Words("", "")
    organisation, person = _organisation(body, names), _person(body, names)
    why = f" ({body['note']})" if body["note"] else ""
    why_zh = f"（{body['note']}）" if body["note"] else ""
    return Words(
        f"经办人 {body['username']}：由{organisation.zh}{person.zh}负责{why_zh}。",
        f"By {body['username']}: {organisation.en}{person.en}{why}.",
    )


def _considered(each: Json, names: Names) -> dict[str, str]:
    why_zh, why_en = _WHYS[each["why"]]
    who_zh = f"{_organisation(each, names).zh}{_person(each, names).zh}"
    who_en = f"{_organisation(each, names).en}{_person(each, names).en}"
    zh, en = _facts(each)
    return {"zh": f"{who_zh}：{why_zh}{zh}。", "en": f"{who_en}: {why_en}{en}."}


def _facts(each: Json) -> tuple[str, str]:
    """Say the figures behind a reason."""
    if each["why"] == "skill_missing":
        listed = each.get("missing", [])
        if not listed:
            return "", ""
        return f"（{'、'.join(listed)}）", f" ({', '.join(listed)})"
    if each["why"] == "busier" and each.get("load") is not None:
        return f"（{each['load']} 件）", f" ({each['load']})"
    if each["why"] in ("farther", "chosen") and each.get("distance_m") is not None:
        return f"（{each['distance_m']:.0f} 米）", f" ({each['distance_m']:.0f} m)"
    return "", ""


def _organisation(each: Json, names: Names) -> Words:
    return _name(names, "organisation", each["organisation"])


def _person(each: Json, names: Names) -> Words:
    if each["worker"] is None:
        return Words("", "")
    name = _name(names, "worker", each["worker"])
    return Words(f"{name.zh}", f", {name.en}")


def _name(names: Names, kind: str, key: Any) -> Words:
    found = names.get(f"{kind}:{key}")
    return Words(found["zh"], found["en"]) if found else Words(f"{key}", f"{key}")
