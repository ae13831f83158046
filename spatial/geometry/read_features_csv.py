"""Texts of CSV and Shapefile: their encoding, and the columns of a CSV that hold the position."""

from __future__ import annotations

import codecs
import shutil
import tempfile
from pathlib import Path
from typing import Any

from spatial.errors import InvalidInput

_LON = ("lon", "lng", "longitude", "long", "x", "经度", "东经")
_LAT = ("lat", "latitude", "y", "纬度", "北纬")
_PIECE = 2**20
Notes = list[dict[str, Any]]


def position_names(lon: str | None, lat: str | None) -> tuple[str, str]:
    """Name the columns that may hold the position, as GDAL takes them."""
    return lon or ",".join(_LON), lat or ",".join(_LAT)


def check_encoding(name: str) -> str:
    """Return Python's name of an encoding; InvalidInput at `encoding`."""
    try:
        return codecs.lookup(name).name
    except LookupError:
        raise InvalidInput.at(
            "encoding", f"'{name[:40]}' is no encoding; utf-8 or gbk, for example"
        ) from None


def find_encoding(path: Path, skip: int = 0) -> str:
    """Tell UTF-8 from GB 18030 by reading it all: what is valid UTF-8 and has Chinese in it is hardly GBK."""
    decoder = codecs.getincrementaldecoder("utf-8-sig")()
    with path.open("rb") as file:
        file.seek(skip)
        try:
            while piece := file.read(_PIECE):
                decoder.decode(piece)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            return "gb18030"
    return "utf-8"


def to_utf8(path: Path, given: str | None, notes: Notes) -> None:
    """Rewrite a CSV as UTF-8 without a mark, in place; InvalidInput when it is not what it is said to be."""
    encoding = check_encoding(given) if given else find_encoding(path)
    if encoding == "utf-8":
        return
    notes.append({"kind": "encoding", "detail": encoding})
    codec = "gb18030" if encoding in ("gbk", "gb2312") else encoding
    with (
        tempfile.NamedTemporaryFile("w", encoding="utf-8", newline="", dir=path.parent, delete=False) as out,
        path.open(encoding=codec, newline="") as text,
    ):
        try:
            shutil.copyfileobj(text, out, _PIECE)
        except UnicodeDecodeError as error:
            reason = f"is not {encoding} (byte {error.start}): say which encoding it is"
            raise InvalidInput.at("encoding", reason) from None
    path.unlink()
    Path(out.name).rename(path)


def shapefile_encoding(path: Path, given: str | None, notes: Notes) -> str | None:
    """Name the encoding of a .dbf: as given, as its .cpg says, else UTF-8 or GBK by its texts."""
    if given:
        return check_encoding(given)
    beside = [each for each in path.parent.iterdir() if each.stem == path.stem]
    by_suffix = {each.suffix.lower(): each for each in beside}
    if ".dbf" not in by_suffix or ".cpg" in by_suffix:
        return None
    found = find_encoding(by_suffix[".dbf"], skip=_records_begin(by_suffix[".dbf"]))
    if found != "utf-8":
        notes.append({"kind": "encoding", "detail": "gbk"})
        return "gbk"
    return "utf-8"


def _records_begin(path: Path) -> int:
    """Field descriptors begin at byte 32 of a .dbf; before it are numbers."""
    with path.open("rb") as file:
        head = file.read(32)
    return 32 if len(head) == 32 else 0
