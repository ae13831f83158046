"""A track in the forms that programs read: rows for JSON, GeoJSON, GPX 1.1, Arrow."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from typing import Any
from xml.etree import ElementTree

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from spatial.patrols.grading import Stay, Trip
from spatial.patrols.simplify import simplified
from spatial.patrols.track_days import TrackDay, moment
from spatial.patrols.tracks import Sums, Track
from spatial.patrols.verdicts import COUNTS_FOR_WAY, SUSPICIONS, Verdict

Json = dict[str, Any]
Rows = npt.NDArray[np.int64]

_WAY = sorted(COUNTS_FOR_WAY)
_NAMES = {verdict.value: verdict.name.lower() for verdict in Verdict}
_GPX = "http://www.topografix.com/GPX/1/1"


def clean_rows(track: Track) -> Rows:
    """Find the fixes that the clean track goes through."""
    return np.flatnonzero(np.isin(track.verdicts, _WAY))


def every_row(track: Track) -> Rows:
    """Find all fixes."""
    return np.arange(len(track))


def rows(track: Track, chosen: Rows) -> list[Json]:
    """Write fixes as objects, with the name of the verdict; what is not known is null."""
    columns = track.columns[chosen]
    verdicts = [_NAMES.get(code, str(code)) for code in track.verdicts[chosen].tolist()]
    units = [columns.units[at] if at >= 0 else None for at in columns.unit.tolist()]
    given = zip(
        columns.time_us.tolist(), columns.mark.tolist(), _floats(columns.lon), _floats(columns.lat),
        _floats(columns.speed_mps), _floats(columns.course_deg), _floats(columns.accuracy_m),
        columns.device.tolist(), units, verdicts, strict=True,
    )  # fmt: skip
    names = (
        "time", "mark", "lon", "lat", "speed_mps", "course_deg", "accuracy_m", "device", "unit", "verdict"
    )  # fmt: skip
    return [dict(zip(names, (_text(row[0]), *row[1:]), strict=True)) for row in given]


def _floats(values: npt.NDArray[Any]) -> list[float | None]:
    if values.dtype == np.float32:
        # As it was sent: 5.3, and not 5.300000190734863.
        values = np.round(values.astype(np.float64), 3)
    return [value if np.isfinite(value) else None for value in values.tolist()]


def _text(time_us: int) -> str:
    return moment(time_us).isoformat()


def counts(track: Track) -> dict[str, int]:
    """Count fixes by the name of their verdict."""
    codes, numbers = np.unique(track.verdicts, return_counts=True)
    return {_NAMES[code]: number for code, number in zip(codes.tolist(), numbers.tolist(), strict=True)}


def stay(found: Stay) -> Json:
    """Write a stay."""
    return {
        "from": _text(found.begin_us), "to": _text(found.end_us),
        "seconds": (found.end_us - found.begin_us) // 1_000_000, "lon": found.lon, "lat": found.lat,
        "fixes": found.fixes,
    }  # fmt: skip


def trip(found: Trip) -> Json:
    """Write a trip; `ride_m` was gone faster than the mover's own gait and is no part of `distance_m`."""
    return {
        "from": _text(found.begin_us), "to": _text(found.end_us), "distance_m": found.distance_mm / 1000,
        "ride_m": found.ride_mm / 1000, "moving_s": found.moving_ms // 1000, "fixes": found.fixes,
    }  # fmt: skip


def day(found: TrackDay) -> Json:
    """Write what a day came to."""
    suspicious = int(np.isin(found.codes, sorted(SUSPICIONS)).sum())
    return {
        "day": found.day.isoformat(), "fixes": found.fixes, "good": found.good, "suspicious": suspicious,
        "distance_m": found.distance_m, "ride_m": found.ride_m, "moving_s": found.moving_s,
        "standing_s": found.standing_s, "first_at": found.first_at, "last_at": found.last_at,
        "stays": len(found.stays), "trips": len(found.trips),
    }  # fmt: skip


def sums(found: Sums) -> Json:
    """Write what legs come to."""
    return {
        "distance_m": found.distance_mm / 1000, "ride_m": found.ride_mm / 1000, "moving_s": found.moving_s,
        "standing_s": found.standing_s,
    }  # fmt: skip


def pieces(track: Track, gap_s: float, most_m: float = 0.0) -> Iterator[Rows]:
    """Cut the clean track where nobody knows which way it went; each piece simplified to `most_m` (TD-TR)."""
    clean = clean_rows(track)
    times = track.columns.time_us[clean]
    cuts = np.flatnonzero(np.diff(times) > gap_s * 1e6) + 1
    for piece in np.split(clean, cuts):
        if not len(piece):
            continue
        if most_m > 0:
            part = track.columns[piece]
            piece = piece[simplified(part.time_us, part.lon, part.lat, most_m)]
        yield piece


def geojson(track: Track, stays: Sequence[Stay], gap_s: float, most_m: float, about: Json) -> Json:
    """Write the clean track as lines, with the time of each position in `times`, and its stays."""
    lines = [_line(track, piece) for piece in pieces(track, gap_s, most_m)]
    points = [
        {"type": "Feature", "geometry": {"type": "Point", "coordinates": [each.lon, each.lat]},
         "properties": {"kind": "stay", **stay(each)}}
        for each in stays
    ]  # fmt: skip
    return {"type": "FeatureCollection", "features": [*lines, *points], **about}


def _line(track: Track, piece: Rows) -> Json:
    part = track.columns[piece]
    positions = np.column_stack([part.lon, part.lat]).round(9).tolist()
    times = [_text(each) for each in part.time_us.tolist()]
    alone = len(piece) == 1
    return {
        "type": "Feature",
        "geometry": {"type": "Point" if alone else "LineString",
                     "coordinates": positions[0] if alone else positions},
        "properties": {"kind": "track", "from": times[0], "to": times[-1], "times": times},
    }  # fmt: skip


def gpx(track: Track, gap_s: float, name: str) -> bytes:
    """Write the clean track as GPX 1.1, a segment for each piece."""
    root = ElementTree.Element("gpx", {"xmlns": _GPX, "version": "1.1", "creator": "citygrid"})
    whole = ElementTree.SubElement(root, "trk")
    ElementTree.SubElement(whole, "name").text = name
    for piece in pieces(track, gap_s):
        segment = ElementTree.SubElement(whole, "trkseg")
        part = track.columns[piece]
        for lon, lat, time_us in zip(
            part.lon.tolist(), part.lat.tolist(), part.time_us.tolist(), strict=True
        ):
            point = ElementTree.SubElement(segment, "trkpt", {"lat": f"{lat:.9f}", "lon": f"{lon:.9f}"})
            ElementTree.SubElement(point, "time").text = _text(time_us).replace("+00:00", "Z")
    return bytes(ElementTree.tostring(root, encoding="utf-8", xml_declaration=True))


def arrow(track: Track, chosen: Rows) -> bytes:
    """Write fixes as an Arrow stream, one batch; verdicts as codes, units as a dictionary."""
    columns = track.columns[chosen]
    unit = pa.DictionaryArray.from_arrays(
        pa.array(columns.unit, mask=columns.unit < 0), pa.array(list(columns.units), pa.string())
    )
    fields = {
        "time": pa.array(columns.time_us).cast(pa.timestamp("us", "UTC")),
        "mark": pa.array(columns.mark),
        **{name: pa.array(getattr(columns, name)) for name in ("lon", "lat")},
        **{
            name: pa.array(getattr(columns, name), from_pandas=True)
            for name in ("speed_mps", "course_deg", "accuracy_m")
        },
        "device": pa.array(columns.device, mask=columns.device == 0),
        "unit": unit,
        "verdict": pa.array(track.verdicts[chosen]),
    }
    table = pa.table(fields)
    sink = io.BytesIO()
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)
    return sink.getvalue()
