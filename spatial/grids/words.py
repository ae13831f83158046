"""What a ruling (归属判定) says, in words that a person can read."""

from __future__ import annotations

from dataclasses import dataclass

from spatial.grids.locate import Ruling

LEVEL_NAMES = {
    "district": ("区县", "District"),
    "street": ("街道", "Street"),
    "community": ("社区", "Community"),
    "grid": ("网格", "Grid"),
    "micro_grid": ("微网格", "Micro-grid"),
    "unit_grid": ("单元网格", "Unit grid"),
    "police_area": ("警务区", "Police area"),
    "school_area": ("学区", "School catchment"),
    "hospital_area": ("医疗服务区", "Hospital service area"),
    "evaluation_grid": ("评价网格", "Evaluation grid"),
    "sanitation_area": ("环卫作业区", "Street cleaning area"),
}


def level_words(level: str) -> tuple[str, str]:
    """Name a level in Chinese and English; one that a city defined itself is called what it is."""
    return LEVEL_NAMES.get(level, (level, level))


@dataclass(frozen=True)
class Words:
    """The same sentence in Chinese and English."""

    zh: str
    en: str


def ruling_words(
    ruling: Ruling, border_m: float, tolerance_m: float, neighbour: Words | None, at_node: bool = False
) -> Words:
    """Say why a point belongs where it does.

    border_m: metres to the border of its unit; neighbour: what the unit beyond it is called, None where
    the coverage ends; at_node: whether a point on the border is one where arcs meet.
    """
    if ruling is Ruling.inside:
        return _inside(border_m, neighbour)
    if ruling is Ruling.border:
        return _node() if at_node else _border(neighbour)
    if ruling is Ruling.nearest:
        return Words(
            f"该点在网格范围之外 {border_m:.1f} 米，不超过容差 {tolerance_m:g} 米，归最近的网格。",
            f"{border_m:.1f} m outside the coverage, within the tolerance of {tolerance_m:g} m:"
            " given to the nearest grid.",
        )
    return Words(
        f"该点在网格范围之外，超过容差 {tolerance_m:g} 米，未归属任何网格。",
        f"Outside the coverage by more than the tolerance of {tolerance_m:g} m: belongs to no grid.",
    )


def limited_ruling_words(
    ruling: Ruling, border_m: float, tolerance_m: float, neighbour: Words | None, at_node: bool = False
) -> Words:
    """Say the same to a reader of an area, who must not learn whether anything lies beyond it."""
    if ruling is Ruling.unassigned:
        return Words("该点不在您负责的区域内。", "Not in the area that you are responsible for.")
    if neighbour is None and ruling is Ruling.inside:
        return Words(
            f"该点在网格内部，距边界 {border_m:.1f} 米，该边界也是您负责区域的边界。",
            f"Inside the grid, {border_m:.1f} m from its border, where the area that you are responsible for"
            " ends.",
        )
    if neighbour is None and ruling is Ruling.border and not at_node:
        return Words(
            "该点正好在您负责区域的边界线上；按边界规则，归本网格。",
            "Exactly on the border of the area that you are responsible for: by the rule for borders it"
            " belongs to this grid.",
        )
    return ruling_words(ruling, border_m, tolerance_m, neighbour, at_node)


def _inside(border_m: float, neighbour: Words | None) -> Words:
    beyond_zh = f"对面是{neighbour.zh}" if neighbour else "对面是范围之外"
    beyond_en = f"beyond it lies {neighbour.en}" if neighbour else "beyond it the coverage ends"
    return Words(
        f"该点在网格内部，距边界 {border_m:.1f} 米，{beyond_zh}。",
        f"Inside the grid, {border_m:.1f} m from its border; {beyond_en}.",
    )


def _node() -> Words:
    return Words(
        "该点正好在多条边界相交的节点上；按节点规则，归周围编码最小的网格，即本网格。",
        "Exactly on a node, where borders meet: by the node rule it belongs to the grid with the smallest"
        " code around it, which is this one.",
    )


def _border(neighbour: Words | None) -> Words:
    if neighbour is None:
        return Words(
            "该点正好在范围的外边界上；按外边界规则，归范围内的网格，即本网格。",
            "Exactly on the outer border of the coverage: by the rule for outer borders it belongs to the"
            " grid inside, which is this one.",
        )
    return Words(
        f"该点正好在与{neighbour.zh}的边界线上；按边线规则，归该边线规范方向左侧的网格，即本网格。",
        f"Exactly on the border line with {neighbour.en}: by the line rule it belongs to the grid on the"
        " left of the line in its canonical direction, which is this one.",
    )
