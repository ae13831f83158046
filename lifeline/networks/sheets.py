"""Tables of a file or of an archive of files: rows with shapes, and rows without."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import shapely

from lifeline.importers.features import Feature
from spatial.errors import InvalidInput
from spatial.geometry.read_features import FID, GEOMETRY, FileLayer, ReadOptions, list_layers, open_layer
from spatial.geometry.uploads import Kind, ZipLimits, sniff, unpack_zip

MOST_BYTES = 2 * 2**30
"""That an archive of a network unpacks to."""
_ENCODINGS = ("utf-8-sig", "gb18030")


@dataclass(frozen=True)
class Sheet:
    """A table: of lines, of points, or without places."""

    name: str
    rows: list[Feature]
    crs: str | None = None

    @property
    def word(self) -> str:
        """Give the last word of its name, in lower case: what its rows are (ky4_pipes → pipes)."""
        return self.name.lower().replace("-", "_").replace(" ", "_").rsplit("_", 1)[-1]

    @property
    def columns(self) -> set[str]:
        """Name the columns that are filled anywhere."""
        return {key for row in self.rows for key, value in row.facts.items() if value not in (None, "")}

    @property
    def shape(self) -> str:
        """Tell what its rows are drawn as: line, point or '' for neither."""
        kinds = {row.shape.geom_type for row in self.rows if row.shape is not None}
        if kinds & {"LineString", "MultiLineString"}:
            return "line"
        return "point" if kinds & {"Point", "MultiPoint"} else ""


def read_sheets(path: Path, filename: str, folder: Path, encoding: str | None) -> list[Sheet]:
    """Read all tables of a file; of a ZIP those of all files in it.

    folder: empty, for what is unpacked. InvalidInput for a file that is none of those read here.
    """
    kind = sniff(path)
    if kind is Kind.CSV:
        return [Sheet(Path(filename).stem, _csv_rows(path.read_bytes(), encoding))]
    if kind is not Kind.ZIP:
        return _layers(path, filename, folder / "0", encoding)
    files = unpack_zip(path, folder / "all", ZipLimits(max_bytes=MOST_BYTES))
    plain = [each for each in files if each.path.suffix.lower() in (".csv", ".gpkg", ".geojson", ".json")]
    if len(plain) != len(files) or not plain:
        # Parts of Shapefiles, and workbooks, belong together.
        return _layers(path, filename, folder / "0", encoding)
    found: list[Sheet] = []
    for number, each in enumerate(plain, 1):
        if each.path.suffix.lower() == ".csv":
            found.append(Sheet(Path(each.name).stem, _csv_rows(each.path.read_bytes(), encoding)))
        else:
            found += _layers(each.path, Path(each.name).name, folder / str(number), encoding)
    return found


def _layers(path: Path, filename: str, folder: Path, encoding: str | None) -> list[Sheet]:
    folder.mkdir(parents=True, exist_ok=True)
    options = ReadOptions(encoding)
    return [
        Sheet(each.name, list(_features(each, options)), each.crs)
        for each in list_layers(path, filename, folder, options)
    ]


def _features(layer: FileLayer, options: ReadOptions) -> Iterator[Feature]:
    with open_layer(layer, options) as batches:
        for batch in batches:
            shapes = shapely.from_wkb(batch.column(GEOMETRY).to_numpy(zero_copy_only=False))
            names = [name for name in batch.schema.names if name not in (GEOMETRY, FID)]
            columns = [batch.column(name).to_pylist() for name in names]
            for at, shape in enumerate(shapes):
                yield Feature(shape, {name: column[at] for name, column in zip(names, columns, strict=True)})


def _csv_rows(content: bytes, encoding: str | None) -> list[Feature]:
    text = _text(content, encoding)
    reader = csv.DictReader(io.StringIO(text), restkey="")
    return [Feature(None, _plain(row)) for row in reader]


def _plain(row: Mapping[str | Any, Any]) -> dict[str, Any]:
    return {str(key).strip(): value for key, value in row.items() if key and isinstance(value, str)}


def _text(content: bytes, encoding: str | None) -> str:
    for each in (encoding,) if encoding else _ENCODINGS:
        try:
            return content.decode(each)
        except (UnicodeDecodeError, LookupError):
            continue
    raise InvalidInput.at("encoding", "say which encoding the texts are in: utf-8, gbk …")
