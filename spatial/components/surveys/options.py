"""What whoever sends a survey says of it, and which column of the file is which of our fields."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import Any, Literal

from spatial.components.names import plain
from spatial.errors import InvalidInput, Problem

Json = dict[str, Any]

NAMES: dict[str, tuple[str, ...]] = {
    "code": ("code", "GLBJBSM", "部件标识码", "管理部件标识码", "部件编码", "标识码", "编码"),
    "class": ("class", "class_code", "小类代码", "部件类别", "小类", "类别", "部件类型"),
    "name": ("name", "GLBJMC", "管理部件名称", "部件名称", "名称"),
    "state": ("state", "GLBJZT", "管理部件状态", "部件状态", "状态"),
    "manager": ("manager", "ZGBMMC", "主管部门名称", "主管部门"),
    "manager_code": ("manager_code", "ZGBMDM", "主管部门代码"),
    "owner": ("owner", "QSDWMC", "权属单位名称", "权属单位"),
    "owner_code": ("owner_code", "QSDWDM", "权属单位代码"),
    "upkeep": ("upkeep", "YHDWMC", "养护单位名称", "养护单位"),
    "upkeep_code": ("upkeep_code", "YHDWDM", "养护单位代码"),
    "installed_on": ("installed_on", "CSRQ", "初始日期", "安装日期"),
    "note": ("note", "BZ", "备注"),
}
"""Our field → what a column may be called; the short ones are those of the standard's table of attributes."""

DERIVED = (
    "SZDYWGBSM", "SZJDDM", "SZJDMC", "SZSQDM", "SZSQMC", "BGRQ", "SJLY", "unit_code", "所在单元网格标识码",
    "lon", "lat", "lng", "x", "y", "经度", "纬度", "id", "fid",
)  # fmt: skip
"""Columns that are left out in silence: they follow from the position, or are ours to write."""

EXTRA = "attributes."
"""Before the name of an extra field."""


@dataclass(frozen=True)
class Options:
    """What is said of a survey."""

    dry_run: bool = True
    profile: str | None = None
    """Whose codes and classes the file has; None: found by each."""
    layer: str | None = None
    crs: str | None = None
    datum: str | None = None
    encoding: str | None = None
    lon: str | None = None
    lat: str | None = None
    columns: Mapping[str, str] = field(default_factory=dict)
    """Our field (or attributes.NAME) → column of the file; others are found by their names."""
    area: Json | None = None
    """GeoJSON polygon in WGS-84 that was surveyed: what stands in it and was not found is missing."""
    classes: Sequence[str] = ()
    """Which classes were surveyed, by code or name; (): those that the file has."""
    match_m: float = 2.0
    """A row without a code is the component of its class that stands so near, or else a new one."""
    missing: Literal["report", "mark", "retire"] = "report"
    codes: Literal["keep", "renew"] = "keep"
    """renew: codes of other profiles become former codes, and one of the default profile is issued."""
    source: str = "survey"

    @classmethod
    def of(cls, given: Mapping[str, Any]) -> Options:
        """Read options that were kept as JSON; what is not known is left out."""
        known = {each.name for each in fields(cls)}
        return cls(**{name: value for name, value in given.items() if name in known})


def columns_of(names: Sequence[str], options: Options) -> tuple[dict[str, str], list[str]]:
    """Say which column holds which of our fields, and which columns are left out.

    Raises InvalidInput for a mapping to a field or from a column that there is not, and for a file that says
    neither code nor class.
    """
    wrong = [
        Problem(f"columns.{ours[:60]}", f"the file has no column '{theirs[:60]}'")
        for ours, theirs in options.columns.items()
        if theirs not in names
    ]
    wrong += [
        Problem(f"columns.{ours[:60]}", "is no field of a component")
        for ours in options.columns
        if ours not in NAMES and not (ours.startswith(EXTRA) and len(ours) > len(EXTRA))
    ]
    if wrong:
        raise InvalidInput(wrong[:20])
    found = dict(options.columns)
    by_name = {plain(name): name for name in names if name not in found.values()}
    for ours, words in NAMES.items():
        theirs = next((by_name[plain(word)] for word in words if plain(word) in by_name), None)
        if ours not in found and theirs is not None:
            found[ours] = theirs
    for name in names:
        if name.startswith(EXTRA) and len(name) > len(EXTRA):
            found.setdefault(name, name)
    if "code" not in found and "class" not in found:
        raise InvalidInput.at(
            "columns", "neither a column with codes nor one with classes is known: name one"
        )
    silent = {plain(word) for word in (*DERIVED, options.lon or "lon", options.lat or "lat")}
    left = [name for name in names if name not in found.values() and plain(name) not in silent]
    return found, left
