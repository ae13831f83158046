"""The looks of the layers that every city has; the web map draws the same ones.

tests/layers/legends/test_builtin.py holds them against web_map/web/src/map/palette.ts.
"""

from __future__ import annotations

from collections.abc import Mapping

from layers.legends.legend import Class, Cluster, Fill, Labels, Legend, Mark, Stroke, Symbol, always
from layers.legends.pipes import PIPES

UNIT_COLOURS = {
    "districts": "#2c3475",
    "streets": "#3b4590",
    "communities": "#5a68b4",
    "grids": "#808cc6",
}
LABEL_COLOURS = {
    "districts": "#232a5e",
    "streets": "#2c3475",
    "communities": "#454f96",
    "grids": "#6670b0",
}

RISKS = (
    ("#cf3a32", "重大风险（红）", "Major (red)"),
    ("#e8851c", "较大风险（橙）", "Serious (orange)"),
    ("#e6bf1f", "一般风险（黄）", "Moderate (yellow)"),
    ("#3b82c4", "低风险（蓝）", "Low (blue)"),
)
"""Risk levels 1 to 4, whose colours are fixed by rule."""

STAGES = (
    ("#d1402b", "待派遣", "To dispatch", ("reported", "accepted", "filed"), False),
    ("#e58f12", "处置中", "In hand", ("dispatched",), True),
    ("#2f7fd0", "核查中", "Verifying", ("handled", "verified"), False),
    ("#6f9b83", "已结案", "Closed", ("closed",), False),
    ("#6d7178", "未处置终止", "Dropped", ("rejected", "merged", "cancelled"), False),
)
"""Stages of an event: colour, titles, the states that make it up, whether it takes unknown states too."""

ENDED = frozenset(("closed", "rejected", "merged", "cancelled"))
"""States that no step leads on from, but a new beginning."""

COMPONENT_CLASSES = (
    ("#5b6b7d", "市政公用设施", "Public utilities", "01"),
    ("#0072b2", "交通设施", "Traffic facilities", "02"),
    ("#cc79a7", "市容环卫设施", "Appearance and sanitation", "03"),
    ("#009e73", "园林绿化设施", "Parks and greenery", "04"),
    ("#d55e00", "其他管理部件", "Other components", "05"),
)
"""GB/T 47678.5-2026, table A.1: colour, titles and the first two digits of the kind."""

CLUSTERS = (
    Cluster(1, "#efb878", 6),
    Cluster(10, "#e79f58", 10),
    Cluster(50, "#db8041", 13),
    Cluster(200, "#c95c2f", 17),
    Cluster(800, "#ae4424", 21),
)
"""Circles over the whole city, by the events that each stands for."""


def counted(colour: str) -> tuple[Cluster, ...]:
    """Make circles for counts, all in one colour."""
    return tuple(Cluster(each.count, colour, each.radius_px - 1) for each in CLUSTERS)


NAME, NAME_EN = ("name", "name_en"), ("name_en", "name")


def _district() -> Legend:
    colour = UNIT_COLOURS["districts"]
    border = Stroke(colour, ((8, 1.5), (11, 2.5), (15, 3.5)), always(0.9), (6, 2, 1, 2))
    return Legend(
        (Class("区县", "District", Symbol(strokes=(border,))),),
        labels=Labels(
            NAME,
            NAME_EN,
            ((7, 12), (9, 16)),
            LABEL_COLOURS["districts"],
            bold=True,
            max_zoom=9.5,
            priority=10,
        ),
        order=3,
    )


def _street() -> Legend:
    colour = UNIT_COLOURS["streets"]
    # The soft band along the border lets the eye follow it under everything else.
    band = Stroke(colour, ((9, 4), (12, 8), (16, 14)), always(0.12))
    border = Stroke(colour, ((9, 1), (11, 1.5), (14, 2.2), (18, 3)), always(0.85))
    return Legend(
        (Class("街道", "Street", Symbol(Fill(colour, ((11.5, 0.035), (12.5, 0))), (band, border))),),
        labels=Labels(
            NAME, NAME_EN, ((10, 11), (14, 16)), LABEL_COLOURS["streets"],
            halo_px=1.6, bold=True, min_zoom=9.5, max_zoom=15, priority=9,
        ),
        order=2,
    )  # fmt: skip


def _community() -> Legend:
    border = Stroke(UNIT_COLOURS["communities"], ((12, 0.7), (14, 1.4), (18, 2.4)), always(0.85), (5, 1.6))
    return Legend(
        (Class("社区", "Community", Symbol(strokes=(border,))),),
        labels=Labels(
            NAME, NAME_EN, ((13, 11), (16, 14)), LABEL_COLOURS["communities"],
            halo_px=1.6, min_zoom=13, max_zoom=16.5, priority=8,
        ),
        min_zoom=12,
        order=1,
    )  # fmt: skip


def _grid() -> Legend:
    border = Stroke(UNIT_COLOURS["grids"], ((13, 0.5), (15, 1), (18, 1.6)), ((13, 0.35), (14.5, 0.8)))
    return Legend(
        (Class("网格", "Grid", Symbol(strokes=(border,))),),
        # The last three of fifteen digits number a grid inside its community.
        labels=Labels(
            ("code",), (), ((15, 10.5), (18, 14)), LABEL_COLOURS["grids"],
            halo_px=1.6, min_zoom=15, skip=12, priority=6,
        ),
        min_zoom=13,
        order=0,
    )  # fmt: skip


def _places() -> Legend:
    classes = tuple(
        Class(title, title_en, Symbol(mark=_diamond(colour)), values=(level,), others=level == 4)
        for level, (colour, title, title_en) in enumerate(RISKS, 1)
    )
    labels = Labels(NAME, NAME_EN, ((16, 11), (18, 12.5)), "#4a3b2a", min_zoom=16, priority=4)
    return Legend(
        classes,
        "risk_level",
        labels=labels,
        min_zoom=14,
        single_zoom=12.5,
        clusters=counted("#8a7a66"),
        order=201,
    )


def _diamond(colour: str) -> Mark:
    return Mark("diamond", colour, ((12, 6), (14, 8.5), (16, 13.7)), rim_px=1.5)


def _components() -> Legend:
    return Legend(
        tuple(
            Class(title, title_en, Symbol(mark=_square(colour)), values=(major,), others=major == "05")
            for colour, title, title_en, major in COMPONENT_CLASSES
        ),
        "class_code",
        2,
        min_zoom=16,
        single_zoom=15,
        clusters=counted("#5b6b7d"),
        order=200,
    )


def _square(colour: str) -> Mark:
    return Mark("square", colour, ((14, 4), (16, 5), (19, 8)), rim_px=1.0)


def _events() -> Legend:
    return Legend(
        tuple(
            Class(title, title_en, Symbol(mark=_dot(colour, states)), values=states, others=others)
            for colour, title, title_en, states, others in STAGES
        ),
        "state",
        single_zoom=13,
        clusters=CLUSTERS,
        order=202,
    )


def _dot(colour: str, states: tuple[str, ...]) -> Mark:
    # What is done steps back, so that the eye finds what is not.
    if ENDED.intersection(states):
        return Mark("circle", colour, ((12, 3), (14, 4.4), (16, 8), (19, 14)), rim_px=1.2, opacity=0.75)
    return Mark("circle", colour, ((12, 4.5), (14, 6.8), (16, 12), (19, 20)), rim_px=1.2)


RESOURCES = (
    ("#d55e00", "队伍", "Teams", "team"),
    ("#009e73", "避难场所", "Shelters", "shelter"),
    ("#e69f00", "物资", "Supplies", "supply"),
    ("#0072b2", "站点", "Stations", "station"),
    ("#1a1a1a", "摄像头", "Cameras", "camera"),
    ("#cc79a7", "医院", "Hospitals", "hospital"),
    ("#56b4e9", "车辆", "Vehicles", "vehicle"),
    ("#7a7a7a", "装备", "Equipment", "equipment"),
)
"""Emergency resources: colour, titles, kind."""


def _place_areas() -> Legend:
    classes = tuple(
        Class(
            title,
            title_en,
            Symbol(Fill(colour, always(0.16)), (Stroke(colour, ((12, 0.8), (16, 1.8)), always(0.8)),)),
            values=(level,),
            others=level == 4,
        )
        for level, (colour, title, title_en) in enumerate(RISKS, 1)
    )
    return Legend(classes, "risk_level", min_zoom=13, order=30)


MISSED = (
    ("#d55e00", "漏巡", "Missed", "missed"),
    ("#e69f00", "部分完成", "Done in part", "partly"),
    ("#7a7a7a", "无法判定", "Cannot be told", "cannot_tell"),
)
"""Missed parts of patrols: colour, titles, word."""


def _missed_patrols() -> Legend:
    classes = tuple(
        Class(
            title,
            title_en,
            Symbol(
                Fill(colour, always(0.22)), (Stroke(colour, ((12, 1.6), (16, 3.5)), always(0.9)),),
                mark=_square(colour),
            ),
            values=(word,),
            others=word == "cannot_tell",
        )
        for colour, title, title_en, word in MISSED
    )  # fmt: skip
    return Legend(classes, "word", min_zoom=12, order=40)


def _resources() -> Legend:
    classes = tuple(
        Class(title, title_en, Symbol(mark=_square(colour)), values=(kind,), others=kind == "equipment")
        for colour, title, title_en, kind in RESOURCES
    )
    labels = Labels(NAME, NAME_EN, ((16, 11), (18, 12.5)), "#27403d", min_zoom=16, priority=3)
    return Legend(
        classes, "kind", labels=labels, min_zoom=13, single_zoom=12.5, clusters=counted("#4f7a76"), order=199
    )


BUILTIN: Mapping[str, Legend] = {
    "districts": _district(),
    "streets": _street(),
    "communities": _community(),
    "grids": _grid(),
    "places": _places(),
    "place_areas": _place_areas(),
    "missed_patrols": _missed_patrols(),
    "resources": _resources(),
    "components": _components(),
    "events": _events(),
    **PIPES,
}
"""Layer → its look as delivered."""

OTHER_AREAS: Mapping[str, str] = {
    "micro_grids": "#56b4e9",
    "unit_grids": "#5a68b4",
    "police_areas": "#0072b2",
    "school_areas": "#cc79a7",
    "hospital_areas": "#d55e00",
    "evaluation_grids": "#e69f00",
    "sanitation_areas": "#009e73",
}
"""Areas beside the grids, each in a colour of its own: by their names alone several would have the same."""

THEMES: Mapping[str, tuple[str, str]] = {
    **dict.fromkeys((*UNIT_COLOURS, *OTHER_AREAS), ("网格体系", "Areas and grids")),
    **dict.fromkeys(
        ("places", "place_areas", "components", "events", "missed_patrols"), ("城市治理", "City governance")
    ),
    "resources": ("应急资源", "Emergency resources"),
    **dict.fromkeys(PIPES, ("城市生命线", "Lifelines")),
}
"""Layer → the group that it stands in, in Chinese and English."""
OTHER_THEME = ("其他图层", "Other layers")
