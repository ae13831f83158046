"""The fixes of one mover as columns, in the order of their key: what is judged, drawn and counted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np
import numpy.typing as npt

Int = npt.NDArray[np.int64]
Float = npt.NDArray[np.float64]

NO_UNIT = -1


@dataclass(frozen=True)
class Columns:
    """Fixes of one mover (n,), sorted by (time_us, mark); positions WGS-84, nulls are NaN, 0 or -1."""

    time_us: Int
    """POSIX microseconds."""
    mark: npt.NDArray[np.int32]
    device: Int
    """Number of the device; 0 for none."""
    lon: Float
    lat: Float
    speed_mps: npt.NDArray[np.float32]
    course_deg: npt.NDArray[np.float32]
    accuracy_m: npt.NDArray[np.float32]
    datum: npt.NDArray[np.int8]
    """0 wgs84, 1 cgcs2000, 2 gcj02, 3 bd09: what the device declared; lon, lat are converted."""
    source: npt.NDArray[np.int16]
    gate: npt.NDArray[np.int8]
    """The stateless verdict."""
    flags: npt.NDArray[np.int32]
    unit: npt.NDArray[np.int32]
    """Place in `units`; -1 for none."""
    units: tuple[str, ...] = ()
    """Codes of base grid units of the time."""

    def __len__(self) -> int:
        return len(self.time_us)

    def __getitem__(self, rows: slice | npt.NDArray[Any]) -> Columns:
        """Choose rows; they stay in order when `rows` says so."""
        chosen = {name: getattr(self, name)[rows] for name in ROW_COLUMNS}
        return replace(self, **chosen)

    def sorted(self) -> Columns:
        """Put rows into the order of the key; a row that is there twice stands once."""
        if not len(self):
            return self
        order = np.lexsort((self.mark, self.time_us))
        time_us, mark = self.time_us[order], self.mark[order]
        again = np.zeros(len(self), bool)
        again[1:] = (time_us[1:] == time_us[:-1]) & (mark[1:] == mark[:-1])
        return self[order[~again]]

    def between(self, begin_us: int, end_us: int) -> slice:
        """Find the rows of a span, the end not included."""
        low, high = np.searchsorted(self.time_us, [begin_us, end_us])
        return slice(int(low), int(high))

    @classmethod
    def of(cls, time_us: npt.ArrayLike, lon: npt.ArrayLike, lat: npt.ArrayLike, **more: Any) -> Columns:
        """Make columns of what there is; what is not said is null. Sorts by the key."""
        times = np.asarray(time_us, np.int64)
        given = {"time_us": times, "lon": lon, "lat": lat, **more}
        units: Sequence[str] = given.pop("units", ())
        made = {
            name: np.array(np.broadcast_to(np.asarray(given.get(name, null), kind), times.shape))
            for name, (kind, null) in ROW_COLUMNS.items()
        }
        if "mark" not in given:
            made["mark"] = np.arange(len(times), dtype=np.int32)
        return cls(**made, units=tuple(units)).sorted()


ROW_COLUMNS: dict[str, tuple[Any, Any]] = {
    "time_us": (np.int64, 0), "mark": (np.int32, 0), "device": (np.int64, 0), "lon": (np.float64, np.nan),
    "lat": (np.float64, np.nan), "speed_mps": (np.float32, np.nan), "course_deg": (np.float32, np.nan),
    "accuracy_m": (np.float32, np.nan), "datum": (np.int8, 0), "source": (np.int16, 0),
    "gate": (np.int8, 0), "flags": (np.int32, 0), "unit": (np.int32, NO_UNIT),
}  # fmt: skip
"""Name → type and null of each column that has a value a row."""

assert {each.name for each in fields(Columns)} == {*ROW_COLUMNS, "units"}
