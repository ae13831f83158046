"""The only way in for files from strangers: what a file is by its content, and how it is taken apart.

Nothing here believes a name, a declared type or a declared size.
"""

from __future__ import annotations

import csv
import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from struct import unpack_from

from spatial.errors import InvalidInput
from spatial.geometry.unpack import Unpacked, ZipLimits, unpack_zip
from spatial.geometry.xml_tree import XmlLimits, parse_xml, xml_root

__all__ = [
    "Kind",
    "Unpacked",
    "XmlLimits",
    "ZipLimits",
    "check_kind",
    "parse_xml",
    "safe_name",
    "sniff",
    "unpack_zip",
]

MAX_NAME_BYTES = 120
_END_BYTES = 64 * 1024
_GEOJSON = re.compile(
    rb'"type"\s*:\s*"(?:FeatureCollection|Feature|GeometryCollection|(?:Multi)?(?:Point|LineString|Polygon))"'
)
_DELIMITERS = ",;\t|"
_NOT_TEXT = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_DOS_DEVICE = re.compile(r"(con|prn|aux|nul|com[0-9]|lpt[0-9])(\.|$)", re.IGNORECASE)


class Kind(StrEnum):
    """What a file is; the value is a word for people."""

    ZIP = "a ZIP archive"
    GZIP = "gzip"
    GEOPACKAGE = "a GeoPackage"
    SQLITE = "an SQLite database"
    PARQUET = "Parquet"
    ARROW_STREAM = "an Arrow IPC stream"
    ARROW_FILE = "an Arrow IPC file"
    GPX = "GPX"
    KML = "KML"
    GML = "GML"
    XML = "XML"
    GEOJSON = "GeoJSON"
    JSON = "JSON"
    CSV = "CSV"
    SHAPEFILE = "the .shp part of a Shapefile"
    DXF = "DXF"
    UNKNOWN = "of no kind that is known here"


@dataclass(frozen=True)
class _Ends:
    """The two ends of a file and its size; the whole is never needed to tell its kind."""

    head: bytes
    tail: bytes
    size: int


def sniff(body: bytes | Path) -> Kind:
    """Tell what a file is from magic and structure alone; PDF, programs and what is cut off are UNKNOWN.

    Only its two ends are read. A file that merely begins like a kind (a Parquet without its footer) is none.
    """
    ends = _read_ends(body)
    return next((kind for kind, fits in _TESTS if fits(ends)), Kind.UNKNOWN)


def check_kind(body: bytes | Path, declared: Kind) -> None:
    """Refuse a body that is plainly another kind than declared: InvalidInput says which.

    What cannot be recognised is left to the reader of the declared kind, which knows better what is broken.
    """
    found = sniff(body)
    if found not in (declared, Kind.UNKNOWN):
        raise InvalidInput.at("body", f"is {found}, but the Content-Type says {declared}")


def safe_name(name: str) -> str:
    """Make a name that a stranger's file can be stored under: one segment, at most MAX_NAME_BYTES of UTF-8.

    Letters and digits of any script, `.`, `-`, `_` and spaces stay; everything else becomes `_`. Folders,
    leading dots and dashes go; the extension stays when the name must be cut. Nothing left gives "file".

    >>> safe_name("../../etc/pass\\x00wd")
    'pass_wd'
    >>> safe_name("C:\\\\数据\\\\道路 2026.SHP")
    '道路 2026.SHP'
    """
    base = unicodedata.normalize("NFC", name).replace("\\", "/").rsplit("/", 1)[-1]
    kept = "".join(each if each in "._- " or each.isalnum() else "_" for each in base)
    stem, dot, extension = kept.strip(" ._-").rpartition(".")
    if not dot or len(extension) > 10:
        stem, dot, extension = kept.strip(" ._-"), "", ""
    room = MAX_NAME_BYTES - len((dot + extension).encode())
    stem = stem.encode()[: room - 1].decode("utf-8", "ignore").strip(" ._-")
    whole = f"{stem or 'file'}{dot}{extension}"
    return f"_{whole}" if _DOS_DEVICE.match(whole) else whole


def _read_ends(body: bytes | Path) -> _Ends:
    if isinstance(body, bytes):
        return _Ends(body[:_END_BYTES], body[-_END_BYTES:], len(body))
    with body.open("rb") as file:
        head = file.read(_END_BYTES)
        size = file.seek(0, 2)
        file.seek(max(0, size - _END_BYTES))
        return _Ends(head, file.read(_END_BYTES), size)


def _is_zip(ends: _Ends) -> bool:
    at = ends.tail.rfind(b"PK\x05\x06")
    if not ends.head.startswith((b"PK\x03\x04", b"PK\x05\x06")) or not 0 <= at <= len(ends.tail) - 22:
        return False
    (comment_bytes,) = unpack_from("<H", ends.tail, at + 20)
    return bool(at + 22 + comment_bytes == len(ends.tail))


def _is_gzip(ends: _Ends) -> bool:
    return ends.head.startswith(b"\x1f\x8b\x08") and ends.size >= 18 and not ends.head[3] & 0xE0


def _is_sqlite(ends: _Ends) -> bool:
    if not ends.head.startswith(b"SQLite format 3\0") or ends.size < 512:
        return False
    (page_bytes,) = unpack_from(">H", ends.head, 16)
    return bool(page_bytes == 1 or (page_bytes >= 512 and page_bytes & (page_bytes - 1) == 0))


def _is_geopackage(ends: _Ends) -> bool:
    return _is_sqlite(ends) and ends.head[68:72] in (b"GPKG", b"GP10", b"GP11")


def _is_parquet(ends: _Ends) -> bool:
    if ends.size < 12 or not (ends.head.startswith(b"PAR1") and ends.tail.endswith(b"PAR1")):
        return False
    (footer_bytes,) = unpack_from("<I", ends.tail, len(ends.tail) - 8)
    return bool(0 < footer_bytes <= ends.size - 12)


def _is_arrow_stream(ends: _Ends) -> bool:
    if not ends.head.startswith(b"\xff\xff\xff\xff") or ends.size < 16:
        return False
    (metadata_bytes,) = unpack_from("<i", ends.head, 4)
    return bool(0 < metadata_bytes <= ends.size - 8 and metadata_bytes % 8 == 0)


def _is_arrow_file(ends: _Ends) -> bool:
    return ends.head.startswith(b"ARROW1\0\0") and ends.tail.endswith(b"ARROW1")


def _is_shapefile(ends: _Ends) -> bool:
    """ESRI Shapefile Technical Description (1998): file code, length in 16-bit words, version, shape type."""
    if ends.size < 100 or unpack_from(">6i", ends.head) != (9994, 0, 0, 0, 0, 0):
        return False
    (words,) = unpack_from(">i", ends.head, 24)
    version, shape = unpack_from("<2i", ends.head, 28)
    return bool(2 * words == ends.size and version == 1000 and 0 <= shape <= 31)


def _is_dxf(ends: _Ends) -> bool:
    return re.match(rb"(\s*999\r?\n[^\n]*\n)*\s*0\r?\n\s*SECTION\r?\n", ends.head) is not None


def _is_gpx(ends: _Ends) -> bool:
    return _has_root(ends, "gpx", "http://www.topografix.com/GPX/")


def _is_kml(ends: _Ends) -> bool:
    return _has_root(ends, "kml", "http://www.opengis.net/kml/")


def _has_root(ends: _Ends, name: str, space: str) -> bool:
    """Many a GPX or KML of a phone comes without its namespace."""
    root = xml_root(ends.head)
    return root is not None and root[1] == name and (root[0].startswith(space) or not root[0])


def _is_gml(ends: _Ends) -> bool:
    """The collection stands in the namespace of whoever made it, and its features in GML's."""
    root = xml_root(ends.head)
    return root is not None and root[1] == "FeatureCollection" and b"opengis.net/gml" in ends.head


def _is_xml(ends: _Ends) -> bool:
    root = xml_root(ends.head)
    return root is not None and root[1].lower() != "html"


def _is_json(ends: _Ends) -> bool:
    first, last = ends.head.removeprefix(b"\xef\xbb\xbf").lstrip()[:1], ends.tail.rstrip()[-1:]
    return (first, last) in ((b"{", b"}"), (b"[", b"]"))


def _is_geojson(ends: _Ends) -> bool:
    return _is_json(ends) and bool(_GEOJSON.search(ends.head) or _GEOJSON.search(ends.tail))


def _is_csv(ends: _Ends) -> bool:
    """A table has at least two columns, and the same number in each of its first rows."""
    text = _text(ends)
    if text is None:
        return False
    whole = ends.size <= len(ends.head)
    lines = text.splitlines()[: 50 if whole else -1][:50]
    return any(_is_table(lines, delimiter) for delimiter in _DELIMITERS)


def _is_table(lines: list[str], delimiter: str) -> bool:
    try:
        widths = [len(row) for row in csv.reader(lines, delimiter=delimiter, strict=True) if row]
    except csv.Error:
        return False
    return len(set(widths)) == 1 and widths[0] > 1


def _text(ends: _Ends) -> str | None:
    """Decode the head as UTF-8 or GB 18030; None when it is not text. A character may be cut at its end."""
    for encoding in ("utf-8-sig", "gb18030"):
        for cut in range(4):
            try:
                text = ends.head[: len(ends.head) - cut].decode(encoding)
            except UnicodeDecodeError:
                continue
            return None if _NOT_TEXT.search(text) else text
    return None


_TESTS: tuple[tuple[Kind, Callable[[_Ends], bool]], ...] = (
    (Kind.ZIP, _is_zip),
    (Kind.GZIP, _is_gzip),
    (Kind.GEOPACKAGE, _is_geopackage),
    (Kind.SQLITE, _is_sqlite),
    (Kind.PARQUET, _is_parquet),
    (Kind.ARROW_STREAM, _is_arrow_stream),
    (Kind.ARROW_FILE, _is_arrow_file),
    (Kind.SHAPEFILE, _is_shapefile),
    (Kind.DXF, _is_dxf),
    (Kind.GPX, _is_gpx),
    (Kind.KML, _is_kml),
    (Kind.GML, _is_gml),
    (Kind.XML, _is_xml),
    (Kind.GEOJSON, _is_geojson),
    (Kind.JSON, _is_json),
    (Kind.CSV, _is_csv),
)
