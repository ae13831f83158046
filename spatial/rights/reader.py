"""Who is reading: the one value that every connection is opened for."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

SYSTEM_STANDPOINT = "citygrid_system"
"""The platform itself: keys, caches, jobs."""
CITY_STANDPOINT = "citygrid_city"
"""Readers whose reach is the whole city: most of their policies are plainly true, and cost nothing."""
AREA_STANDPOINT = "citygrid_area"
"""Readers of an area or of an organisation."""
STANDPOINTS = (SYSTEM_STANDPOINT, CITY_STANDPOINT, AREA_STANDPOINT)


@dataclass(frozen=True)
class Reader:
    """Somebody (or some part of the platform) that reads and changes data, through one key."""

    account_id: int | None
    username: str
    display_name: str
    role: str
    reach: str = "city"
    """city: every row; area: the subtree of `area`, and the organisation's rows; organisation: only those."""
    area: str | None = None
    """Code of a unit of coverage `grids` at any level."""
    above: tuple[str, ...] = ()
    """Codes of the units that `area` lies in."""
    organisation_id: int | None = None
    worker_id: int | None = None
    layers: frozenset[str] = frozenset()
    """Layers of the audience `granted` that this reader was granted."""
    scope: str = "all"
    """What the key may be used for: all, read or field."""
    key_id: int | None = None
    must_change_password: bool = False
    as_of: datetime | None = None
    """The moment that units are read as of; None is now."""
    address: str = ""
    """Where the request came from."""
    request: str = ""

    @property
    def standpoint(self) -> str:
        """The role of PostgreSQL that the policies are written for."""
        if self.role == "system":
            return SYSTEM_STANDPOINT
        return CITY_STANDPOINT if self.reach == "city" else AREA_STANDPOINT

    @property
    def sees_everything(self) -> bool:
        """Tell whether no row is kept back for where it lies: only then may estimates be shown."""
        return self.reach == "city"

    @cached_property
    def area_range(self) -> tuple[str, str]:
        """Codes [from, until) of the reader's units, in the order of bytes; empty without an area."""
        if self.area is None:
            return "", ""
        return self.area, self.area[:-1] + chr(ord(self.area[-1]) + 1)

    def holds(self, code: str | None) -> bool:
        """Tell whether a unit lies in the reader's reach."""
        first, until = self.area_range
        return self.sees_everything or (code is not None and first <= code < until)

    @cached_property
    def rights_key(self) -> Hashable:
        """Everything that decides what this reader may see: the key of caches that policies do not reach."""
        person = self.worker_id if self.role == "field_worker" else None
        reach = (self.reach, self.area, self.above, self.organisation_id)
        return (self.role, *reach, person, self.as_of, self.layers)


SYSTEM = Reader(None, "system", "citygrid", "system")
"""The platform itself: start-up, jobs and the command line."""
