"""Which street polygon may carry a real name: a conservative rule over real feature names, with its proof.

The source polygons have no names. A real feature whose name shows that it is an office or a service *of* a
street is evidence for that street; a park, road, station or school that merely shares the word is not. A
polygon is named only when all of this holds, else it stays "unnamed (demo)":

1. a feature of at least MIN_WEIGHT for the street lies inside it;
2. at least one such feature lies MIN_INSIDE_M or more from its border (the source is up to 0.5 km off);
3. no evidence for another street lies inside it, nor a service of a community that belongs to another street;
4. no evidence for this street lies in another polygon or outside the shown extent.

Services of communities (weight 1) can speak against a name but are never enough for one.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import shapely

from demo.generate.plane import to_plane

MIN_WEIGHT = 2
MIN_INSIDE_M = 300.0
LAYERS = ("buildings", "public_services", "commercial", "research")
PATTERNS = (
    (3, "{stem}街道办事处|{stem}地区办事处|{stem}镇人民政府"),
    (3, "{full}(?!办事处).*"),
    (2, "{stem}办事处"),
    (2, "{stem}(街道)?(社区服务中心|便民服务中心|政务服务中心|综合服务中心|市民活动中心)"),
)
"""(weight, pattern) with the street's official name and its stem; a pattern matches the end of the name."""


@dataclass(frozen=True)
class Street:
    """A street or town of the official list: 9-digit code, full name, stems of its communities' names."""

    code: str
    name: str
    communities: tuple[str, ...] = ()

    @property
    def stem(self) -> str:
        """Return the name without its kind (街道, 地区, 镇)."""
        return re.sub("(街道|地区|镇)$", "", self.name)


@dataclass(frozen=True)
class Finding:
    """One feature that speaks for a street; polygon is None outside the shown extent."""

    street: Street
    feature: str
    osm_id: int
    weight: int
    polygon: int | None
    inside_m: float

    def text(self) -> str:
        """Return the finding in one line."""
        where = "outside the extent" if self.polygon is None else f"{self.inside_m:.0f} m inside"
        return f"OSM {self.osm_id} {self.feature} → {self.street.name} (weight {self.weight}, {where})"


@dataclass(frozen=True)
class Ruling:
    """The decision on one polygon: the street it is, or None, with the reason and the findings."""

    street: Street | None
    reason: str
    findings: list[Finding]


def read_official(data_dir: Path) -> list[Street]:
    """Read the streets and towns of Haidian from the official code list."""
    import pandas

    table = pandas.read_csv(data_dir / "division_codes.csv", dtype=str)
    table = table[table.code.str.startswith("110108")]
    stems = table["name"].str.replace("(社区)?居委会$|村委会$", "", regex=True)
    inside = stems[(table.code.str.len() == 12) & (stems.str.len() >= 3)].groupby(table.parent)
    communities = {parent: tuple(group) for parent, group in inside}
    streets = table[table.code.str.len() == 9]
    return [Street(c, n, communities.get(c, ())) for c, n in zip(streets.code, streets["name"], strict=True)]


def rule(data_dir: Path, polygons: Any, official: list[Street]) -> list[Ruling]:
    """Decide for every street polygon (plane) whether it may be named."""
    features = _features(data_dir)
    findings = [f for street in official for f in _findings(street, features, polygons)]
    return [_decide(index, findings) for index in range(len(polygons))]


def _features(data_dir: Path) -> list[tuple[int, str, Any]]:
    """Return (OSM id, name, plane geometry) of all named real features, each once."""
    import geopandas

    seen: dict[tuple[int, str], Any] = {}
    for layer in LAYERS:
        table = geopandas.read_file(data_dir / "haidian_osm.gpkg", layer=layer)
        table = table[table["name"].notna()]
        shapes = to_plane(np.asarray(table.geometry.array))
        seen |= {(int(i), n): s for i, n, s in zip(table.osm_id, table["name"], shapes, strict=True)}
    return [(i, name, shape) for (i, name), shape in sorted(seen.items(), key=lambda item: item[0])]


def _findings(street: Street, features: list[tuple[int, str, Any]], polygons: Any) -> list[Finding]:
    patterns = [(w, re.compile(p.format(stem=street.stem, full=street.name) + "$")) for w, p in PATTERNS]
    patterns += [(1, re.compile(re.escape(stem) + "社区")) for stem in street.communities]
    found = []
    for osm_id, name, shape in features:
        weight = max((w for w, pattern in patterns if pattern.search(name)), default=0)
        if weight:
            polygon, inside_m = _place(shape, polygons)
            found.append(Finding(street, name, osm_id, weight, polygon, inside_m))
    return found


def _place(shape: Any, polygons: Any) -> tuple[int | None, float]:
    """Return the polygon a feature lies wholly in, and its distance to that polygon's border."""
    holders = np.flatnonzero(shapely.covers(polygons, shape))
    if len(holders) == 0:
        return None, 0.0
    return int(holders[0]), float(shapely.boundary(polygons[holders[0]]).distance(shape))


def _decide(index: int, findings: list[Finding]) -> Ruling:
    here = [f for f in findings if f.polygon == index]
    streets = {f.street for f in here}
    if not any(f.weight >= MIN_WEIGHT for f in here):
        return Ruling(None, "no feature inside names a street", here)
    if len(streets) > 1:
        return Ruling(None, "features inside speak for several streets", here)
    street = here[0].street
    elsewhere = [f for f in findings if f.street == street and f.polygon != index and f.weight >= MIN_WEIGHT]
    if elsewhere:
        return Ruling(None, f"evidence for {street.name} also lies elsewhere", here + elsewhere)
    if max(f.inside_m for f in here if f.weight >= MIN_WEIGHT) < MIN_INSIDE_M:
        return Ruling(None, "the evidence lies too near the border", here)
    return Ruling(street, "accepted", here)
