"""Reads any file of a network, and says where on earth it is, with evidence of what was taken for what."""

from __future__ import annotations

import gzip
import tempfile
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from pyproj import CRS
from pyproj.exceptions import CRSError

from lifeline.importers.epanet import read_epanet
from lifeline.importers.found import Evidence, Found
from lifeline.importers.frames import Frame, propose
from lifeline.importers.pandapipes import read_pandapipes
from lifeline.importers.survey import read_survey
from lifeline.importers.survey_words import COLUMNS
from lifeline.importers.swmm import read_swmm
from lifeline.networks.roles import found_in
from lifeline.networks.sheets import Sheet, read_sheets
from lifeline.networks.wish import Wish
from spatial.errors import InvalidInput
from spatial.types import BBox

Json = dict[str, Any]
MOST_PROPOSALS = 8
_WITHIN = 0.95
"""Share of the nodes that lie where a system is for, for a file to be believed what it says."""


@dataclass(frozen=True)
class Read:
    """A network as a file tells it, and the frame of its coordinates; None: somebody must say it."""

    found: Found
    frame: Frame | None
    proposals: Json
    """Evidence, possible frames, and which fields must be confirmed."""

    @property
    def must_confirm(self) -> list[str]:
        """Name the fields of a Wish that somebody must say before it can be brought in."""
        return list(self.proposals["confirm"])


def read_network(path: Path, filename: str, wish: Wish, city: BBox) -> Read:
    """Read a file: EPANET or SWMM INP, pandapipes JSON, tables of a survey, GIS layers, a ZIP of these.

    city: degrees, where networks are looked for. InvalidInput for a file that holds no network.
    """
    found, stated = _found(path, filename, wish)
    if wish.kind:
        found = replace(found, kind=wish.kind)
    middle = _middle(found)
    frame = wish.frame(middle) or _stated_frame(stated, wish)
    evidence = [each for each in found.evidence if not (each.what == "kind" and wish.kind)]
    options: list[Json] = []
    confirm = [] if wish.kind or _is_sure(found, "kind") else ["kind"]
    if frame is not None:
        told, is_right = _judged(frame, found, city)
        evidence += told
        if wish.crs is None and not is_right:
            confirm.append("crs")
    else:
        proposals = propose(found, city)[:MOST_PROPOSALS]
        options = [{"crs": each.frame.crs, "title": each.frame.title, "unit_m": each.frame.unit_m,
                    "swap_axes": each.frame.is_swapped, "inside": each.inside, "same": list(each.same),
                    "length_ratio": each.length_ratio, "sure": each.is_sure}
                   for each in proposals]  # fmt: skip
        if proposals:
            evidence += proposals[0].evidence
        if proposals and proposals[0].is_sure:
            frame = proposals[0].frame
        else:
            confirm.append("crs")
    counts = {name: len(getattr(found, name)) for name in _PARTS}
    told_all = {"form": found.form, "kind": found.kind, "counts": counts, "confirm": confirm,
                "evidence": [asdict(each) for each in evidence], "frames": options,
                "problems": [asdict(each) for each in found.problems[:100]],
                "more_problems": found.more_problems + max(len(found.problems) - 100, 0)}  # fmt: skip
    return Read(found, frame, told_all)


_PARTS = ("nodes", "links", "devices", "services", "customers")


def _found(path: Path, filename: str, wish: Wish) -> tuple[Found, str | None]:
    """Give the network and the reference system that the file says, if any."""
    with path.open("rb") as file:
        start = file.read(64 * 1024)
    if start[:2] == b"\x1f\x8b":
        return _of_text(gzip.decompress(path.read_bytes())), None
    if filename.lower().endswith(".inp") or (start.lstrip()[:1] == b"[" and b"[JUNCTIONS]" in start.upper()):
        return _of_text(path.read_bytes()), None
    if b"pandapipes" in start:
        return _of_text(path.read_bytes()), None
    with tempfile.TemporaryDirectory(prefix="citygrid-network-") as folder:
        sheets = read_sheets(path, filename, Path(folder), wish.encoding)
    surveyed = _survey(sheets, wish)
    if surveyed is not None:
        return surveyed, None
    stated = {each.crs for each in sheets if each.crs and each.shape}
    if len(stated) > 1:
        raise InvalidInput.at("crs", "the layers of the file are in several reference systems")
    said = _named(filename)
    found = found_in(sheets, wish.kind or said.value, wish.tolerance)
    return replace(found, evidence=[*found.evidence, said]), next(iter(stated), None)


_NAMES = {
    "water": ("water", "给水", "供水"), "gas": ("gas", "燃气"), "storm": ("storm", "rain", "雨水"),
    "sewer": ("sewer", "污水"), "combined": ("drainage", "排水", "合流"), "heat_supply": ("heat", "供热"),
}  # fmt: skip


def _named(filename: str) -> Evidence:
    """Tell by the name of a file what flows."""
    kinds = [kind for kind, words in _NAMES.items() if any(word in filename.lower() for word in words)]
    if len(kinds) == 1:
        return Evidence("kind", kinds[0], f"the file is called '{filename[:60]}'", True)
    return Evidence("kind", "water", "neither the file nor its name says what flows", False)


def _of_text(content: bytes) -> Found:
    if b"pandapipes" in content[: 64 * 1024]:
        return read_pandapipes(content)
    upper = content.upper()
    return read_swmm(content) if b"[CONDUITS]" in upper else read_epanet(content)


def _survey(sheets: Sequence[Sheet], wish: Wish) -> Found | None:
    """Read point and line tables of a survey; None when these are none."""
    plain = [each for each in sheets if each.shape in ("", "point") and each.rows]
    points = [each for each in plain if {"code", "x", "y"} <= _known(each)]
    lines = [each for each in plain if {"tail", "head"} <= _known(each)]
    if not points or any(each.shape == "line" for each in sheets):
        return None
    if not lines and "head" not in _known(points[0]):
        return None
    rows = [dict(row.facts) for each in points for row in each.rows]
    joined = [dict(row.facts) for each in lines if each not in points for row in each.rows]
    return read_survey(rows, joined or None, wish.kind)


def _known(sheet: Sheet) -> set[str]:
    columns = {str(name).lower().strip() for name in sheet.rows[0].facts}
    return {ours for ours, names in COLUMNS.items() if columns & {name.lower() for name in names}}


def _is_sure(found: Found, what: str) -> bool:
    return all(each.is_sure for each in found.evidence if each.what == what)


def _middle(found: Found) -> tuple[float, float]:
    places = np.array([each.at for each in found.nodes if each.at is not None], np.float64).reshape(-1, 2)
    if not len(places):
        raise InvalidInput.at("file", "no node of it has a place: there are no coordinates")
    x, y = np.median(places, axis=0)
    return float(x), float(y)


def _stated_frame(stated: str | None, wish: Wish) -> Frame | None:
    if stated is None:
        return None
    try:
        code = CRS.from_user_input(stated).to_epsg()
    except CRSError:
        return None
    name = f"EPSG:{code}" if code else stated
    return replace(wish, crs=name).frame((0.0, 0.0))


def _judged(frame: Frame, found: Found, city: BBox) -> tuple[list[Evidence], bool]:
    """Tell whether coordinates can be in a frame: where it is for, and how much of it lies in the city."""
    places = np.array([each.at for each in found.nodes if each.at is not None], np.float64)
    placed = frame.to_lonlat(places)
    west, south, east, north = city
    with np.errstate(invalid="ignore"):
        inside = float(np.mean((placed >= (west, south)) & (placed <= (east, north))))
    area = None if frame.crs in ("gcj02", "bd09") or frame.crs[0] == "+" else CRS(frame.crs).area_of_use
    if area is None:
        fits = float(np.mean(np.isfinite(placed)))
    else:
        with np.errstate(invalid="ignore"):
            within = (placed >= (area.west, area.south)) & (placed <= (area.east, area.north))
        fits = float(np.mean(within.all(axis=1)))
    because = f"{fits:.1%} of the nodes lie where {frame.title} is for, {inside:.1%} of them in the city"
    return [Evidence("crs", frame.crs, because, fits >= _WITHIN)], fits >= _WITHIN
