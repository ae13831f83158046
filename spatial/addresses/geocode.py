"""Geocoding (地理编码): from what people write or say to a place, and back.

gazetteer = Gazetteers(database, home).current(reader)    # spatial.addresses.library
gazetteer.find("北航南门对面", 5)          # list[Found], best first; [] when nothing fits
gazetteer.reverse(116.34, 39.98)          # the nearest address
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from spatial.addresses.cells import around, distances_m
from spatial.addresses.compile import AREA, GENERATED, OLD, RETIRED, Row, compile_rows
from spatial.addresses.crossings import Crossings
from spatial.addresses.index import Index
from spatial.addresses.look_up import Hit, look_up
from spatial.addresses.normal import MAX_LETTERS
from spatial.addresses.query import Reading, Term, crossing, hear, readings
from spatial.addresses.tokens import tokens
from spatial.errors import InvalidInput
from spatial.geometry.read_files import check_lonlat

FITS = 0.77
"""Below this score nothing is told: the text means no address that is known."""
SURE = 0.85
"""From here on an address may be taken without asking a person, unless another one is as good."""
MOST = 50
_ENOUGH = 0.97
_SAME_SPOT_M = 200.0


@dataclass(frozen=True)
class Found:
    """An address that a text may mean."""

    id: int
    """Key of table address."""
    text: str
    kind: str
    lon: float
    """Degrees, WGS-84."""
    lat: float
    score: float
    """0 to 1: how much of the text is explained, and how much of the address was said."""
    exactness: str
    """room, unit, building, door, place, road, area, crossing; near_number, group: the nearest there is."""
    matched: dict[str, Any] = field(default_factory=dict)
    """How it was recognised: {name, by, number, building, qualifier …}."""
    distance_m: float | None = None
    """From `near`, or from the point that was asked about."""
    generated: bool = False
    note: str | None = None
    """What a person should know: an old name, a place that is no longer in use."""


@dataclass(frozen=True)
class Gazetteer:
    """The address library as of one moment, compiled: immutable, shared by threads."""

    base: Index
    newer: Index | None = None
    """What was written since `base` was compiled."""
    hidden: Any = field(default_factory=lambda: np.zeros(0, np.int64))
    """int64, ascending: addresses of `base` that were changed or deleted since."""
    areas: frozenset[str] = frozenset()
    terms: tuple[Term, ...] = ()
    crossings: Crossings = field(default_factory=Crossings)

    def find(self, text: str, limit: int = 5, near: tuple[float, float] | None = None) -> list[Found]:
        """Find what `text` means, best first; [] when nothing fits. near: (lon, lat) WGS-84, ties go to it.

        Raises InvalidInput at "q" for an empty text or one of more than 200 letters.
        """
        check_text(text)
        roads = crossing(text)
        if roads is not None:
            met = self._crossing(*roads)
            if met:
                return _ranked(met, near)[:limit]
        best: dict[int, Found] = {}
        qualifier = hear(text).qualifier
        for reading in readings(text, self.areas, self.terms):
            for found in self._read(reading, qualifier, limit):
                if found.id not in best or best[found.id].score < found.score:
                    best[found.id] = found
            if any(found.score >= _ENOUGH for found in best.values()):
                break
        return _ranked(list(best.values()), near)[:limit]

    def reverse(self, lon: float, lat: float, limit: int = 1, within_m: float = 500.0) -> list[Found]:
        """Find the nearest addresses to a point (degrees, WGS-84), with their distance in metres.

        Areas are no addresses here. [] when there is none within `within_m` (at most 5,000 m).
        """
        check_lonlat(np.array([lon]), np.array([lat]), "point")
        found: list[Found] = []
        for index in self._indexes():
            found += self._nearest(index, lon, lat, limit, within_m)
        return sorted(found, key=lambda each: (each.distance_m or 0.0, each.id))[:limit]

    def _indexes(self) -> list[Index]:
        return [self.base] if self.newer is None else [self.base, self.newer]

    def _read(self, reading: Reading, qualifier: str | None, limit: int) -> list[Found]:
        found = []
        for index in self._indexes():
            for hit in look_up(index, reading, 2 * limit + 24):
                score = min(hit.score - reading.cost, 1.0)
                if score >= FITS and not (index is self.base and self._is_hidden(index, hit.row)):
                    found.append(_found(index, hit, reading, score, qualifier))
        return found

    def _is_hidden(self, index: Index, row: int) -> bool:
        key = index.row_id[row]
        at = np.searchsorted(self.hidden, key)
        return bool(at < len(self.hidden) and self.hidden[at] == key)

    def _nearest(self, index: Index, lon: float, lat: float, limit: int, within_m: float) -> list[Found]:
        near = around(index.spot, index.spot_cell, lon, lat, min(within_m, 5000.0))
        near = near[index.row_flag[near] & (AREA | RETIRED) == 0]
        if index is self.base and len(self.hidden):
            near = near[~np.isin(index.row_id[near], self.hidden)]
        distance = distances_m(index.row_lonlat[near], lon, lat)
        order = [row for row in np.argsort(distance, kind="stable")[:limit] if distance[row] <= within_m]
        return [
            replace(_told(index, int(near[row])), distance_m=round(float(distance[row]), 1)) for row in order
        ]

    def _crossing(self, first: str, second: str) -> list[Found]:
        """Find where two roads meet, every place; the roads may be written as wrongly as anything."""
        pairs = [self._roads(name) for name in (first, second)]
        for one in pairs[0]:
            for other in pairs[1]:
                spots = self.crossings.meet(one.text, other.text) if one.text != other.text else []
                if spots:
                    return [_met(one, other, spot) for spot in spots]
        return []

    def _roads(self, name: str) -> list[Found]:
        found: list[Found] = []
        for reading in readings(name, self.areas, self.terms):
            found += self._read(reading, None, 5)
        roads = [each for each in found if each.kind == "road" and each.score >= SURE]
        return sorted(roads, key=lambda each: -each.score)[:3]


def _met(one: Found, other: Found, spot: tuple[float, float]) -> Found:
    return replace(
        one, text=f"{one.text}与{other.text}交叉口", lon=spot[0], lat=spot[1], exactness="crossing",
        score=round(min(one.score, other.score), 3),
        matched={"roads": [one.text, other.text], "by": "crossing"},
    )  # fmt: skip


def check_text(text: str, where: str = "q") -> None:
    """Refuse what is no line of text: InvalidInput at `where`."""
    if not text.strip():
        raise InvalidInput.at(where, "is empty: write an address or a name")
    if len(text) > MAX_LETTERS:
        raise InvalidInput.at(where, f"must be at most {MAX_LETTERS} letters")


def verdict(found: Sequence[Found]) -> str:
    """Judge an answer of `find`: "matched" (take the first), "ambiguous" (ask a person) or "unmatched"."""
    if not found or found[0].score < FITS:
        return "unmatched"
    first = found[0]
    if first.score < SURE or first.exactness in ("near_number", "group") or first.matched.get("missing"):
        return "ambiguous"
    if first.exactness == "crossing" and len(found) > 1:
        return "ambiguous"
    rivals = [each for each in found[1:] if first.score - each.score < 0.015]
    far = any(_apart_m(first, each) > _SAME_SPOT_M for each in rivals)
    return "ambiguous" if far else "matched"


def _apart_m(one: Found, other: Found) -> float:
    return float(distances_m(np.array([[other.lon, other.lat]]), one.lon, one.lat)[0])


def _ranked(found: list[Found], near: tuple[float, float] | None) -> list[Found]:
    """Best first; of equally good ones the real, then the nearest, then the shortest."""
    if near is not None:
        spots = np.array([[each.lon, each.lat] for each in found]).reshape(-1, 2)
        away = distances_m(spots, *near)
        found = [replace(each, distance_m=round(float(m), 1)) for each, m in zip(found, away, strict=True)]
    return sorted(found, key=_order)


def _order(found: Found) -> tuple[float, bool, float, float, int, int]:
    score, away_m = found.score, found.distance_m or 0.0
    return (-round(score, 2), found.generated, away_m, -score, len(found.text), found.id)


def _told(index: Index, row: int) -> Found:
    lon, lat = index.row_lonlat[row]
    flag = int(index.row_flag[row])
    return Found(
        id=int(index.row_id[row]), text=index.text(row), kind=index.kinds[index.row_kind[row]],
        lon=float(lon), lat=float(lat), score=1.0, exactness="place", generated=bool(flag & GENERATED),
        note="no longer in use" if flag & RETIRED else None,
    )  # fmt: skip


def _found(index: Index, hit: Hit, reading: Reading, score: float, qualifier: str | None) -> Found:
    told = _told(index, hit.row)
    written = index.written(hit.variant)
    is_old = int(index.variant_sort[hit.variant]) == OLD
    name, _, until = written.partition("\t")
    matched = {"name": name, "by": "old_name" if is_old else hit.by(reading.by), **hit.numbers}
    if qualifier:
        matched["qualifier"] = qualifier
    missing = _missing(index, hit, reading)
    if missing:
        matched["missing"] = missing
    old = f"old name {name}" + (f", until {until}" if until else "") if is_old else reading.note
    note = "; ".join(each for each in (told.note, old) if each) or None
    return replace(told, score=round(score, 3), exactness=_exactness(told, hit), matched=matched, note=note)


def _missing(index: Index, hit: Hit, reading: Reading) -> list[str]:
    """Name what of number and building was said and is not known: neither by its slot nor in the name."""
    if hit.fitted & 2 and [name for name, _ in reading.wanted] == ["number"]:
        # 3号 for 3号楼
        return []
    begin, end = index.variant_from[hit.variant], index.variant_from[hit.variant + 1]
    written = set(index.token[0, begin:end].tolist())
    bits = {"number": 1, "building": 2}
    return [
        name
        for name, value in reading.wanted
        if not hit.fitted & bits[name] and not set(tokens(value).char.tolist()) <= written
    ]


def _exactness(told: Found, hit: Hit) -> str:
    fitted = hit.fitted
    for bit, name in ((64, "near_number"), (16, "room"), (4, "unit"), (2, "building"), (1, "door")):
        if fitted & bit:
            return name
    if told.kind in ("road", "district", "street", "community", "grid"):
        return "road" if told.kind == "road" else "area"
    return "group" if hit.is_part else "place"


def warm() -> None:
    """Have every kernel compiled before the first question, not during it."""
    row = Row(1, "北京市海淀区清华东路35号清华科技园1号楼", "door", 116.33, 39.99)
    Gazetteer(compile_rows([row])).find("清华东路35号科技园")


def __getattr__(name: str) -> Any:
    """`Gazetteers` stands in spatial.addresses.library, which builds on this module."""
    if name == "Gazetteers":
        from spatial.addresses.library import Gazetteers

        return Gazetteers
    raise AttributeError(name)
