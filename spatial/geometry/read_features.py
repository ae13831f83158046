"""The only way in for a file of features: GeoPackage, Shapefile, GeoJSON, GeoParquet, CSV, XLSX, KML or DXF.

What a file is, its content decides (uploads.sniff). It is read by GDAL and Arrow in a process of its own
(read_features_child.py) that has no keys, little memory and only the drivers that are needed here: what a
crafted file does there, it does to nobody else. Features come in batches; the whole is never in memory.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

import pyarrow as pa

from spatial.errors import InvalidInput
from spatial.geometry.unpack import BROKEN, check_list
from spatial.geometry.uploads import Kind, Unpacked, ZipLimits, sniff, unpack_zip

BATCH_ROWS = 8_192
GEOMETRY = "__geometry__"
"""Name of the WKB column in a batch; a file's own columns never begin like this."""
FID = "__fid__"
"""Name of the column with the file's own feature numbers, where it has any."""
READ_SECONDS = 1_800
_MAIN = "spatial.geometry.read_features_child"
_UNZIPPED = ZipLimits(max_bytes=4 * 2**30)
_MOST_LAYERS = 200
NO_POSITIONS = "lon"
"""Where the reading process puts its refusal of a table without columns of positions."""
MOST_SHEET_BYTES = 512 * 2**20
"""That a spreadsheet unpacks to, by its own list of parts: the reading process has memory for no more."""
MOST_SHEET_PARTS = 10_000

READABLE = {
    Kind.GEOPACKAGE: "gpkg",
    Kind.GEOJSON: "geojson",
    Kind.PARQUET: "parquet",
    Kind.CSV: "csv",
    Kind.KML: "kml",
    Kind.DXF: "dxf",
    Kind.SHAPEFILE: "shp",
}
"""What is read, and the extension that GDAL knows it by."""


@dataclass(frozen=True)
class ReadOptions:
    """What a sender says of a file that the file does not say itself."""

    encoding: str | None = None
    """Of the texts of a Shapefile or CSV: utf-8, gbk …; None: as the file says, else found by trying."""
    lon: str | None = None
    lat: str | None = None
    """Columns of a CSV with the position; None: lon and lat, x and y, 经度 and 纬度."""
    as_text: bool = False
    """Leave the columns of a CSV as the texts that they are: what is no date in a column of dates stays."""


@dataclass(frozen=True)
class FileLayer:
    """One layer of a file."""

    name: str
    crs: str | None
    """AUTHORITY:code, WKT or PROJJSON; None when the file does not say."""
    features: int
    """-1: not known before it is read."""
    path: str
    kind: str
    encoding: str | None = None
    notes: list[dict[str, Any]] = field(default_factory=list)
    """What was found while opening: [{kind, detail}]."""


class _DataSet(NamedTuple):
    path: Path
    kind: Kind
    stem: str
    is_sheet: bool = False
    """Of a workbook, where sheets that only explain stand beside those with positions."""


def list_layers(path: Path, filename: str, folder: Path, options: ReadOptions) -> list[FileLayer]:
    """List the layers of a file; archives are unpacked into `folder`, which must be empty.

    filename: as its sender calls it, for the names of layers that have none. Raises InvalidInput for a file
    of another kind, a broken one, or one without a layer that has positions; sheets without are left out.
    """
    found: list[FileLayer] = []
    refused = InvalidInput.at("body", "holds no layer with positions")
    for each in _data_sets(path, filename, folder):
        try:
            found += _layers_of(each, options)
        except InvalidInput as error:
            if not each.is_sheet or error.problems[0].where != NO_POSITIONS:
                raise
            refused = error
    if not found:
        raise refused
    if len(found) > _MOST_LAYERS:
        raise InvalidInput.at("body", f"holds {len(found)} layers; {_MOST_LAYERS} are the most")
    return found


def _layers_of(data: _DataSet, options: ReadOptions) -> list[FileLayer]:
    about = {"path": str(data.path), "kind": data.kind.name, "stem": data.stem}
    return [FileLayer(**each) for each in json.loads(_run({"action": "list", **about, **asdict(options)}))]


def list_pages(folder: Path, reads: str, stem: str) -> FileLayer:
    """Describe the pages of a service that were saved as page-* in a folder, as one layer.

    reads: GEOJSON, ESRIJSON or GML. Raises InvalidInput for pages that cannot be read.
    """
    asked = {"action": "list", "path": str(folder), "kind": f"{reads}_PAGES", "stem": stem}
    return FileLayer(**json.loads(_run(asked))[0])


@contextmanager
def open_layer(layer: FileLayer, options: ReadOptions) -> Iterator[Iterator[pa.RecordBatch]]:
    """Read a layer batch by batch; the geometry stands as WKB in the column GEOMETRY.

    Raises InvalidInput, when it is used, for a file that breaks off or cannot be read.
    """
    asked = {"action": "read", **asdict(layer), **asdict(options), "encoding": layer.encoding}
    process = _start(asked)
    try:
        yield _batches(process)
    finally:
        process.kill()
        process.communicate()


def _batches(process: subprocess.Popen[bytes]) -> Iterator[pa.RecordBatch]:
    assert process.stdout is not None
    try:
        with pa.ipc.open_stream(process.stdout) as reader:
            yield from reader
    except (pa.ArrowException, OSError) as error:
        raise _refusal(process, str(error)) from None
    if process.wait() != 0:
        raise _refusal(process, "it could not be read to its end")


def _data_sets(path: Path, filename: str, folder: Path) -> Iterator[_DataSet]:
    """Find the data sets of a file: itself, or those of the archive that it is."""
    kind, stem = sniff(path), Path(filename).stem or "layer"
    if kind is Kind.ZIP and _is_spreadsheet(path):
        yield from _sheets(path, folder, stem)
        return
    if kind is Kind.ZIP:
        yield from _of_archive(unpack_zip(path, folder, _UNZIPPED))
        return
    if kind is Kind.SHAPEFILE:
        raise InvalidInput.at("body", "is one part of a Shapefile: send .shp, .dbf, .shx and .prj as a ZIP")
    if kind is Kind.CSV and _first_byte(path) in (b"{", b"["):
        raise InvalidInput.at("body", "begins as JSON and does not end as JSON: it was cut off")
    if kind not in READABLE:
        raise InvalidInput.at("body", f"is {kind}; read are {', '.join(READABLE)}, and ZIP of these, and KMZ")
    named = folder / f"data.{READABLE[kind]}"
    named.symlink_to(path.absolute())
    yield _DataSet(named, kind, stem)


def _is_spreadsheet(path: Path) -> bool:
    """Tell an XLSX, which is a ZIP, by what it must hold; what is wrong with an archive, unpack_zip says."""
    try:
        with path.open("rb") as file:
            check_list(file, ZipLimits(max_entries=MOST_SHEET_PARTS))
            with zipfile.ZipFile(file) as archive:
                parts = archive.infolist()
    except (InvalidInput, OSError, *BROKEN):
        return False
    if not {"[Content_Types].xml", "xl/workbook.xml"} <= {part.filename for part in parts}:
        return False
    if sum(part.file_size for part in parts) > MOST_SHEET_BYTES or len(parts) > MOST_SHEET_PARTS:
        raise InvalidInput.at("body", f"unpacks to more than {MOST_SHEET_BYTES // 2**20} MiB: save it as CSV")
    return True


def _sheets(path: Path, folder: Path, stem: str) -> Iterator[_DataSet]:
    """Read the sheets of a spreadsheet as CSVs; a single one is called by the file's own name."""
    named = folder / "data.xlsx"
    named.symlink_to(path.absolute())
    asked = {"action": "sheets", "path": str(named), "folder": str(folder), "most": _MOST_LAYERS}
    names = json.loads(_run(asked))
    for number, name in enumerate(names):
        called = stem if len(names) == 1 else f"{stem} {name}"
        yield _DataSet(folder / f"{number}.csv", Kind.CSV, called, is_sheet=True)


def _first_byte(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(1)


def _of_archive(files: list[Unpacked]) -> Iterator[_DataSet]:
    found = [(each, sniff(each.path)) for each in files]
    known = [(each, kind) for each, kind in found if kind in READABLE and not _is_side_file(each)]
    if not known:
        raise InvalidInput.at("body", "is an archive without a file that is read here")
    for each, kind in known:
        named, path = each.path.with_suffix(f".{READABLE[kind]}"), each.path
        if path.suffix.lower() != named.suffix and not named.exists():
            # GDAL knows a CSV by its extension alone.
            path = path.rename(named)
        yield _DataSet(path, kind, Path(each.name).stem)


def _is_side_file(file: Unpacked) -> bool:
    """Parts of a Shapefile are text, too; a .cpg or .prj is no CSV."""
    return file.path.suffix.lower() in (
        ".dbf",
        ".shx",
        ".prj",
        ".cpg",
        ".sbn",
        ".sbx",
        ".qix",
        ".xml",
        ".txt",
    )


def _start(asked: dict[str, Any]) -> subprocess.Popen[bytes]:
    """Start the reading process with nothing of our environment: no address, no password."""
    kept = ("PATH", "LANG", "LC_ALL", "VIRTUAL_ENV", "PYTHONPATH", "TMPDIR", "SYSTEMROOT")
    environment = {name: os.environ[name] for name in kept if name in os.environ}
    environment["PYTHONPATH"] = os.pathsep.join(
        filter(None, [str(Path(__file__).parents[2]), environment.get("PYTHONPATH", "")])
    )
    process = subprocess.Popen(
        [sys.executable, "-m", _MAIN],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment,
    )
    assert process.stdin is not None
    process.stdin.write(json.dumps(asked).encode())
    process.stdin.close()
    process.stdin = None
    return process


def _run(asked: dict[str, Any]) -> bytes:
    process = _start(asked)
    try:
        out, _ = process.communicate(timeout=READ_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.communicate()
        raise InvalidInput.at("body", "takes too long to read") from None
    if process.returncode != 0:
        raise _refusal(process, "it could not be opened", _)
    return out


def _refusal(process: subprocess.Popen[bytes], otherwise: str, told: bytes | None = None) -> InvalidInput:
    """Read why the process ended: its last line, when that is of its own making."""
    if told is None:
        process.kill()
        _, told = process.communicate()
    for line in reversed((told or b"").decode("utf-8", "replace").splitlines()):
        if line.startswith("{"):
            reason = json.loads(line)
            return InvalidInput.at(str(reason["where"]), str(reason["reason"])[:500])
    return InvalidInput.at("body", f"cannot be read: {otherwise[:200]}")
