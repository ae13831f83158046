"""Units and coverages as values: what is published, and what is read back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from spatial.geometry.arcs import Arcs

Person = tuple[int, str]
"""A worker's id and the role: leader, worker or liaison."""


@dataclass(frozen=True)
class UnitDraft:
    """A unit as it is to be published, or as it was read; its shape comes from the arcs."""

    level: int
    """1 is the whole; the highest level is the base units'."""
    code: str
    parent_code: str | None
    """Code of the unit above; of a first level, the unit of `Coverage.within` that it lies in, if any."""
    name: str
    name_en: str
    generated: bool
    evidence: str | None = None
    unit_id: UUID | None = None
    """The identity through all versions. To be published: None finds it by its code, or begins a new one."""
    people: tuple[Person, ...] | None = None
    """Sorted. To be published: None leaves them as they are."""


@dataclass(frozen=True)
class Coverage:
    """What a coverage (网格体系) is for and which rules it keeps."""

    name: str
    title: str
    title_en: str
    kind: str
    """administrative, social, city_management or special."""
    levels: tuple[str, ...]
    """From coarse to fine; the last is the base units'."""
    code_profile: str
    """A name of `spatial.grids.codes.PROFILES`."""
    tolerance_m: float
    profession: str | None = None
    within: str | None = None
    """The coverage whose units of `within_level` (1 is the coarsest) the units of the first level lie in."""
    within_level: int | None = None
    composed_of: str | None = None
    """The coverage whose base units its units are made of; it then has no borders of its own."""
    complete: bool = True
    """Gap-free: every point of what it lies in, or is made of, belongs to a unit."""
    limits: Mapping[str, Any] = field(default_factory=dict, hash=False)

    @property
    def depth(self) -> int:
        """The level of the base units."""
        return len(self.levels)


@dataclass(frozen=True)
class Snapshot:
    """A coverage as it was in force at one moment, as read from the store."""

    coverage: str
    version: int
    valid_from: datetime
    tolerance_m: float
    levels: tuple[str, ...]
    units: tuple[UnitDraft, ...]
    """Base units in code order (arcs index them), then their parents from fine to coarse; with their ids."""
    arcs: Arcs
    about: Coverage

    @property
    def base_count(self) -> int:
        """How many of the units are base units."""
        return sum(unit.level == len(self.levels) for unit in self.units)
