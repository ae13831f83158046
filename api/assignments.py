"""The answer of locate as JSON and as columns, from one published version and one duty list."""

from __future__ import annotations

import math
from collections.abc import Hashable
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import orjson
from numpy.typing import NDArray

from spatial.grids.locate import Ruling
from spatial.grids.published import Published
from spatial.grids.versions import UnitDraft
from spatial.grids.words import Words, level_words, limited_ruling_words, ruling_words
from spatial.people.duty_lists import DutyLine, DutyList
from spatial.rights.reader import Reader

ROLES = {
    "grid_leader": ("网格长", "Grid leader"),
    "grid_worker": ("网格员", "Grid worker"),
    "liaison": ("微网格联络员", "Micro-grid liaison"),
    "supervisor": ("监督员", "Supervisor"),
    "inspector": ("巡检员", "Inspector"),
    "department": ("部门责任人", "Department officer"),
}

Json = dict[str, Any]
FloatArray = NDArray[np.float64]


@dataclass(frozen=True)
class Assignments:
    """One version and its duties, ready to answer."""

    published: Published
    duties: DutyList
    seen: NDArray[np.bool_] | None = None
    """Which base units the reader may know of, in the order of the index; None: all."""
    _chains: dict[int, orjson.Fragment] = field(default_factory=dict)
    _limited: dict[Hashable, Assignments] = field(default_factory=dict)

    def for_reader(self, reader: Reader) -> Assignments:
        """Give the answers that this reader may see: policies do not reach into memory, so this must.

        A point in a unit of somebody else's is unassigned to an area's reader, as it is outside the city.
        Whoever works for an organisation works everywhere, and sees every unit, as the policy has it.
        """
        if reader.area is None:
            return self
        if reader.area not in self._limited:
            codes = [chain[-1].code for chain in self.published.chains]
            seen = np.fromiter(map(reader.holds, codes), np.bool_, len(codes))
            self._limited[reader.area] = replace(self, seen=seen, _limited={})
        return self._limited[reader.area]

    def locate(self, lon: FloatArray, lat: FloatArray) -> tuple[NDArray[np.int32], NDArray[np.uint8]]:
        """Locate points (n,) in WGS-84 degrees; gives the base unit (-1: none to tell of) and the ruling."""
        unit, ruling = self.published.index.locate(lon, lat)
        if self.seen is not None:
            # One look-up a point; -1 finds the last place, which stands for it.
            unit = np.append(np.where(self.seen, np.arange(len(self.seen)), -1), -1).astype(np.int32)[unit]
            np.putmask(ruling, unit < 0, Ruling.unassigned)
        return unit, ruling

    def border(
        self, lon: FloatArray, lat: FloatArray, unit: NDArray[np.int32]
    ) -> tuple[FloatArray, NDArray[np.int32]]:
        """Measure metres to the border of each point's unit and the unit beyond (-1: none to tell of)."""
        border_m, runner_up = self.published.index.border(lon, lat, unit)
        if self.seen is not None:
            runner_up = np.where(self.seen[runner_up], runner_up, -1).astype(np.int32)
        return border_m, runner_up

    def one(self, lon: float, lat: float, category: str | None) -> Json:
        """Answer for one point in WGS-84 degrees."""
        unit, ruling, border_m, runner_up = self.published.index.answer(lon, lat)
        if self.seen is not None:
            if unit < 0 or not self.seen[unit]:
                unit, ruling, border_m = -1, Ruling.unassigned, math.nan
            runner_up = runner_up if self.seen[runner_up] else -1
        return self._assignment((lon, lat), unit, ruling, border_m, runner_up, category)

    def many(self, lon: np.ndarray, lat: np.ndarray, category: str | None) -> list[Json]:
        """Answer for points (n,) in WGS-84 degrees, in their order."""
        unit, ruling = self.locate(lon, lat)
        border_m, runner_up = self.border(lon, lat, unit)
        points = zip(lon.tolist(), lat.tolist(), strict=True)
        columns = zip(
            points, unit.tolist(), ruling.tolist(), border_m.tolist(), runner_up.tolist(), strict=True
        )
        return [self._assignment(p, u, Ruling(r), b, n, category) for p, u, r, b, n in columns]

    def head(self) -> Json:
        """Name the version that every assignment of an answer comes from."""
        return {"coverage": self.published.coverage, "version": self.published.version}

    def _assignment(
        self,
        point: tuple[float, float],
        unit: int,
        ruling: Ruling,
        border_m: float,
        runner_up: int,
        category: str | None,
    ) -> Json:
        neighbour = self._unit(runner_up)
        called = Words(neighbour.name, neighbour.name_en) if neighbour else None
        at_node = ruling is Ruling.border and point in self.published.nodes
        say = ruling_words if self.seen is None else limited_ruling_words
        words = say(ruling, border_m, self.published.tolerance_m, called, at_node)
        answer: Json = {"code": None, "ruling": ruling.name, "ruling_text": words, "chain": []}
        own = self._unit(unit)
        if own is None:
            return {**answer, "border_m": None, "runner_up": None, "duty": None}
        return {
            **answer,
            "code": own.code,
            "name": own.name,
            "name_en": own.name_en,
            "chain": self._chain(unit),
            "border_m": round(border_m, 3),
            "runner_up": neighbour and _named(neighbour),
            "duty": self._duty(unit, category),
        }

    def _unit(self, unit: int) -> UnitDraft | None:
        return self.published.chains[unit][-1] if unit >= 0 else None

    def _chain(self, unit: int) -> orjson.Fragment:
        """The chain of a unit never changes within a version: it is written once."""
        if unit not in self._chains:
            chain = [_link(link, self.published.levels) for link in self.published.chains[unit]]
            self._chains[unit] = orjson.Fragment(orjson.dumps(chain))
        return self._chains[unit]

    def _duty(self, unit: int, category: str | None) -> Json | None:
        chain = [link.code for link in reversed(self.published.chains[unit])]
        line = self.duties.find(chain, category)
        if line is None:
            return None
        names = {link.code: link for link in self.published.chains[unit]}
        return duty_json(line, names[line.unit_code], self.published.levels)


def duty_json(line: DutyLine, unit: UnitDraft, levels: tuple[str, ...]) -> Json:
    """Write a duty line with the basis it rests on, in words."""
    role_zh, role_en = ROLES.get(line.role or "", (line.role, line.role))
    person = None
    if line.person is not None:
        person = {
            "name": line.person,
            "role": role_zh,
            "role_en": role_en,
            "on_duty": line.on_duty,
            "phone": line.phone,
            "worker_id": line.worker_id,
        }
    return {
        "person": person,
        "organisation": {"name": line.organisation, "name_en": line.organisation_en},
        "basis": _basis(line, unit, levels),
    }


def _basis(line: DutyLine, unit: UnitDraft, levels: tuple[str, ...]) -> dict[str, str]:
    level_zh, level_en = level_words(levels[unit.level - 1])
    matter_zh = f"{line.category} 类事项" if line.category else "未另列的事项"
    matter_en = f"matters {line.category}" if line.category else "matters not listed elsewhere"
    return {
        "zh": f"权责清单：{level_zh}“{unit.name}”，{matter_zh}，第 {line.rank} 责任人。",
        "en": f"Duty list: {level_en.lower()} '{unit.name_en}', {matter_en}, rank {line.rank}.",
    }


def _named(unit: UnitDraft) -> Json:
    return {"code": unit.code, "name": unit.name, "name_en": unit.name_en}


def _link(unit: UnitDraft, levels: tuple[str, ...]) -> Json:
    zh, en = level_words(levels[unit.level - 1])
    return {
        "level": unit.level,
        "level_name": {"zh": zh, "en": en},
        "code": unit.code,
        "name": unit.name,
        "name_en": unit.name_en,
        "generated": unit.generated,
    }
