"""Words of tables of underground pipe surveys (地下管线探测), by CJJ 61 and local standards built on it."""

from __future__ import annotations

import re

COLUMNS: dict[str, tuple[str, ...]] = {
    "code": (
        "物探点号", "管点编号", "管线点号", "管线点编号", "点号", "点编号", "exp_no", "expno", "point_no",
    ),
    "x": ("x", "x坐标", "x坐标(m)", "纵坐标", "x_coor", "坐标x"),
    "y": ("y", "y坐标", "y坐标(m)", "横坐标", "y_coor", "坐标y"),
    "ground": ("地面高程", "高程", "地面高程(m)", "high", "h", "surf_h", "地面标高"),
    "feature": ("特征", "特征点", "管点特征", "feature"),
    "fitting": ("附属物", "附属物名称", "附属设施", "subsid", "adjunct"),
    "well_depth": ("井深", "井底深", "窨井深", "welldeep", "well_deep", "w_deep"),
    "owner": ("权属", "权属单位", "权属代码", "belong"),
    "tail": (
        "起点点号", "起始点号", "起点编号", "起点物探点号", "起点号", "s_point", "start_point", "spoint",
    ),
    "head": (
        "终点点号", "终止点号", "终点编号", "终点物探点号", "终点号", "连接点号", "连接方向", "e_point",
        "end_point", "epoint",
    ),
    "tail_depth": ("起点埋深", "起始埋深", "起点埋深(m)", "s_deep", "start_deep", "埋深"),
    "head_depth": ("终点埋深", "终止埋深", "终点埋深(m)", "e_deep", "end_deep"),
    "tail_level": ("起点管底高程", "起点管内底高程", "起点管顶高程", "起点高程", "s_h", "start_h"),
    "head_level": ("终点管底高程", "终点管内底高程", "终点管顶高程", "终点高程", "e_h", "end_h"),
    "size": (
        "管径", "管径(mm)", "管径或断面尺寸", "断面尺寸", "管径或断面", "规格", "d_s", "psize", "diameter",
    ),
    "material": ("材质", "管材", "管线材质", "material"),
    "year": ("建设年代", "埋设年代", "埋设日期", "建设日期", "敷设年代", "mdate", "b_year"),
    "line_code": ("管线编号", "管线号", "管段编号", "lnumber", "line_no", "pipe_no"),
    "flow": ("流向", "flowdirect", "flow_dir", "flow"),
    "pressure": ("压力", "压力等级", "pressure"),
    "embedding": ("埋设方式", "敷设方式", "埋设类型", "d_type", "emb_type"),
}  # fmt: skip
"""What columns are called, in small letters and without spaces; the first that is there is taken."""

KINDS: dict[str, str] = {
    "JS": "water", "SS": "water", "PS": "combined", "HS": "combined", "YS": "storm", "WS": "sewer",
    "RQ": "gas", "MQ": "gas", "TR": "gas", "YH": "gas", "RL": "heat_supply", "RS": "heat_supply",
    "RH": "heat_return",
}  # fmt: skip
"""What flows, by the letters that codes of points begin with; drains that are not told apart are combined."""

_NODE_KINDS: tuple[tuple[str, str], ...] = (
    ("消防栓|消火栓|hydrant", "hydrant"), ("止回阀|逆止阀", "check_valve"),
    ("排气阀|泄压阀|安全阀", "junction"),
    ("减压阀|调压", "regulator"), ("阀|valve", "valve"), ("水表|燃气表|热量表|meter", "meter"),
    ("雨水?篦|雨水?箅|雨水口|gully", "gully"), ("排水口|排出口|出水口|排放口|outfall", "outfall"),
    ("泵站|水泵|加压站|pump", "pump"), ("水厂|水源|门站|热源|锅炉房|储配站", "source"),
    ("水塔|水池|蓄水|清水池|tank", "tank"), ("化粪池|沉淀池|调蓄", "storage"),
    ("井|手孔|人孔|manhole", "manhole"),
)  # fmt: skip

MATERIALS: dict[str, str] = {
    "铸铁": "cast_iron", "球墨": "ductile_iron", "钢": "steel", "镀锌": "galvanised_steel", "砼": "concrete",
    "混凝土": "concrete", "砖": "brick", "PE": "pe", "PVC": "pvc", "塑料": "plastic", "陶": "clay",
    "玻璃钢": "grp", "石棉": "asbestos_cement", "铜": "copper",
}  # fmt: skip
_BEFORE = ("球墨", "镀锌", "玻璃钢")
"""Longer words that hold shorter ones."""


def kind_of_node(feature: str, fitting: str) -> str:
    """Tell what stands at a point by what is written of it: the fitting says more than the shape."""
    for text in (fitting, feature):
        for pattern, kind in _NODE_KINDS:
            if text and re.search(pattern, text, re.I):
                return kind
    return "junction"


def material_of(text: str) -> str | None:
    """Tell the material in our words; None: not known."""
    for word in (*_BEFORE, *MATERIALS):
        if word.upper() in text.upper():
            return MATERIALS[word]
    return None


def size_of(text: str) -> tuple[float | None, float | None, float | None]:
    """Read a size in millimetres: (diameter, None, None) or (None, width, height); ValueError for another.

    300, DN300, D300, φ300, 300mm; 1000X800, 1000*800, 1000×800.
    """
    plain = re.sub(r"(?i)^(dn|de|d|φ|ф|ø|Φ)\s*|mm$|\s", "", text.strip())
    parts = re.split(r"(?i)[x*×]", plain)
    if not 1 <= len(parts) <= 2 or not all(re.fullmatch(r"\d+(\.\d+)?", part) for part in parts):
        raise ValueError(f"'{text[:30]}' is no size")
    values = [float(part) for part in parts]
    if min(values) <= 0:
        raise ValueError(f"'{text[:30]}' is no size")
    return (values[0], None, None) if len(values) == 1 else (None, values[0], values[1])
