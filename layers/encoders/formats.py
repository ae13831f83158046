"""The formats by name: what every door, the job process and the command line offer."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from layers.encoders.csv_text import SPREADSHEET, write_csv
from layers.encoders.geojson import write_geojson, write_json_fg, write_sequence
from layers.encoders.source import Source
from spatial.errors import InvalidInput


@dataclass(frozen=True)
class Format:
    """One form of a file."""

    name: str
    """What `f` and `format` call it."""
    title: str
    media_type: str
    extension: str
    """With the dot."""
    write: Callable[[Source, Path], None]
    streams: bool
    """Bytes that are written are final: the file may be sent while it grows."""


def _geoparquet(source: Source, path: Path) -> None:
    from layers.encoders.geoparquet import write_geoparquet

    write_geoparquet(source, path)


def _flatgeobuf(source: Source, path: Path) -> None:
    from layers.encoders.gdal import write_flatgeobuf

    write_flatgeobuf(source, path)


def _geopackage(source: Source, path: Path) -> None:
    from layers.encoders.gdal import write_geopackage

    write_geopackage(source, path)


_SHEET = partial(write_csv, style=SPREADSHEET)

FORMATS: Mapping[str, Format] = {
    each.name: each
    for each in (
        Format("geojson", "GeoJSON", "application/geo+json", ".geojson", write_geojson, True),
        Format(
            "geojsonseq", "GeoJSON Sequence", "application/geo+json-seq", ".geojsons", write_sequence, True
        ),
        Format("jsonfg", "JSON-FG", "application/vnd.ogc.fg+json", ".json", write_json_fg, True),
        Format("csv", "CSV", "text/csv", ".csv", write_csv, True),
        Format("csv-sheet", "CSV for spreadsheets", "text/csv", ".csv", _SHEET, True),
        Format("flatgeobuf", "FlatGeobuf", "application/vnd.flatgeobuf", ".fgb", _flatgeobuf, False),
        Format("geoparquet", "GeoParquet", "application/vnd.apache.parquet", ".parquet", _geoparquet, True),
        Format("gpkg", "GeoPackage", "application/geopackage+sqlite3", ".gpkg", _geopackage, False),
    )
}
"""Name → format."""


def format_of_file(path: Path, name: str | None = None) -> Format:
    """Find a format by its name, or else by the extension of a file; InvalidInput."""
    if name is not None:
        found = FORMATS.get(name)
    else:
        found = next((each for each in FORMATS.values() if each.extension == path.suffix.lower()), None)
    if found is None:
        known = ", ".join(f"{each.name} ({each.extension})" for each in FORMATS.values())
        raise InvalidInput.at("format", f"is none of {known}")
    return found
