"""What a person says of a file of a network, or confirms of what was found in it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from datetime import datetime
from typing import Any

from pyproj import CRS
from pyproj.exceptions import CRSError

from lifeline.importers.frames import UNITS, Frame
from spatial.errors import InvalidInput

Json = dict[str, Any]
LOCAL = "local"
"""A drawing without a place on earth: one unit is a metre, its middle is put where somebody says."""
GONE = ("keep", "out_of_service")


@dataclass(frozen=True)
class Wish:
    """How a file is to be read; None: as the file says, or as is found.

    crs: EPSG:code, gcj02, bd09 or local. unit: of the coordinates, see UNITS; None: the system's own. at:
    where the middle of a `local` drawing is put, (lon, lat). tolerance: in the unit of the coordinates, ends
    nearer than that are one node. gone: what becomes of what a later file does not have any more.
    """

    kind: str | None = None
    crs: str | None = None
    unit: str | None = None
    swap_axes: bool | None = None
    at: tuple[float, float] | None = None
    vertical_datum: str | None = None
    tolerance: float = 0.0
    encoding: str | None = None
    gone: str = "keep"
    data_at: str | None = None

    @classmethod
    def of(cls, said: Mapping[str, Any]) -> Wish:
        """Take what was kept as JSON."""
        known = {each.name for each in fields(cls)}
        given = {key: value for key, value in said.items() if key in known}
        if given.get("at") is not None:
            given["at"] = tuple(given["at"])
        return cls(**given)

    def json(self) -> Json:
        """Give it as JSON; what is not said is left out."""
        return {key: value for key, value in asdict(self).items() if value is not None}

    @property
    def day(self) -> datetime | None:
        """When the data is of."""
        return datetime.fromisoformat(self.data_at) if self.data_at else None

    def frame(self, middle: tuple[float, float]) -> Frame | None:
        """Make the frame that is said; None: none is. InvalidInput at `crs`, `unit` or `at`.

        middle: of the coordinates of the file.
        """
        if self.crs is None:
            return None
        swapped = bool(self.swap_axes)
        if self.crs in ("gcj02", "bd09"):
            return Frame(self.crs, self.crs, None, swapped)
        if self.crs == LOCAL:
            return self._local(middle, swapped)
        try:
            system = CRS.from_user_input(self.crs)
        except CRSError:
            raise InvalidInput.at(
                "crs", f"'{self.crs[:40]}' is not a known reference system: write EPSG:4547"
            ) from None
        if system.is_geographic:
            return Frame(self.crs, system.name, None, swapped)
        own = float(system.axis_info[0].unit_conversion_factor)
        unit = own if self.unit is None else UNITS[self.unit]
        # Feet of two kinds differ by two millionths, which are metres so far from the origin.
        return Frame(self.crs, system.name, own if abs(unit / own - 1) < 1e-4 else unit, swapped)

    def _local(self, middle: tuple[float, float], swapped: bool) -> Frame:
        if self.at is None:
            raise InvalidInput.at("at", "must say where the middle of the drawing is put, as lon,lat")
        lon, lat = self.at
        unit = UNITS[self.unit or "m"]
        x, y = (middle[1], middle[0]) if swapped else middle
        plane = f"+proj=aeqd +lon_0={lon} +lat_0={lat} +x_0={x * unit} +y_0={y * unit} +ellps=WGS84 +units=m"
        return Frame(plane, "a drawing without a place", unit, swapped)
