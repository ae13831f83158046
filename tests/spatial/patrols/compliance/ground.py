"""Ground to walk on for tests of compliance: metres around a point of the city, and tracks over it.

Shares no code with the kernels: positions come from pyproj's own projection.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import shapely
from pyproj import Transformer

from spatial.patrols.compliance.track import Track, joined

LON, LAT = 116.33, 39.98
START_US = 1_790_000_000_000_000
_WAY = Transformer.from_crs(f"+proj=aeqd +lat_0={LAT} +lon_0={LON} +ellps=WGS84", "EPSG:4326", always_xy=True)


def lonlat(xy: Any) -> np.ndarray[Any, Any]:
    """Convert metres east and north (n, 2) to degrees."""
    points = np.asarray(xy, float).reshape(-1, 2)
    return np.column_stack(_WAY.transform(points[:, 0], points[:, 1]))


def line(*xy: tuple[float, float]) -> Any:
    """Draw a line through places in metres."""
    return shapely.linestrings(lonlat(xy))


def area(*xy: tuple[float, float]) -> Any:
    """Draw a polygon."""
    return shapely.polygons(lonlat(xy))


def point(x: float, y: float) -> Any:
    """Draw a point."""
    return shapely.points(lonlat([(x, y)]))[0]


def track(xy: Any, times_s: Any, accuracy_m: Any = 5.0, verdict: Any = 0, start_us: int = START_US) -> Track:
    """Make a track of places in metres at seconds from the begin."""
    places = lonlat(xy)
    times = start_us + np.rint(np.asarray(times_s, float) * 1e6).astype(np.int64)
    shape = times.shape
    return Track(
        times, places[:, 0].copy(), places[:, 1].copy(),
        np.broadcast_to(np.asarray(accuracy_m, float), shape).copy(),
        np.broadcast_to(np.asarray(verdict, np.int8), shape).copy(),
    )  # fmt: skip


def walk(
    *xy: tuple[float, float], every_s: float = 10.0, speed: float = 1.2, begin_s: float = 0.0, **more: Any
) -> Track:
    """Walk through places at a speed with a fix every so many seconds, and one at the end."""
    corners = np.asarray(xy, float)
    along = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(corners, axis=0).T))])
    times = np.append(np.arange(0.0, along[-1] / speed, every_s), along[-1] / speed)
    places = np.column_stack([np.interp(times * speed, along, corners[:, axis]) for axis in (0, 1)])
    return track(places, times + begin_s, **more)


def with_rest(way: Track, hours: float = 2.0, every_s: float = 10.0) -> Track:
    """Fill the rest of the window with fixes from elsewhere: the phone was on the whole time."""
    times = np.arange(0.0, hours * 3600, every_s)
    first, last = (way.time_us[[0, -1]] - START_US) / 1e6
    rest = times[(times < first - every_s) | (times > last + every_s)]
    return joined([way, track(np.column_stack([rest, np.full(len(rest), 5000.0)]), rest)])


def window(hours: float = 2.0, start_us: int = START_US) -> tuple[int, int]:
    """Give a window from the begin."""
    return start_us, start_us + int(hours * 3.6e9)
