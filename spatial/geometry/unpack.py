"""ZIP archives that strangers send: every name, offset and size is checked, and what comes out is counted.

The standard library reads the list of entries; it is not trusted with anything else. Format: PKWARE's
APPNOTE.TXT 6.3.10. Overlapping entries: D. Fifield, "A better zip bomb", WOOT 2019.
"""

from __future__ import annotations

import io
import os
import shutil
import stat
import struct
import unicodedata
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from spatial.errors import InvalidInput

_CHUNK_BYTES = 64 * 1024
_END, _ZIP64_LOCATOR, _LOCAL = b"PK\x05\x06", b"PK\x06\x07", b"PK\x03\x04"
_END_BYTES, _LOCAL_BYTES, _COMMENT_BYTES = 22, 30, 65_535
_LARGEST_RECORD = 1_024
"""Bytes of the list for one entry: 46, a name and a few extra fields."""
_ENCRYPTED, _PATCH, _HIDDEN, _UTF8 = 0x0041, 0x0020, 0x2000, 0x0800
_MAX_PATH_BYTES, _MAX_SEGMENT_BYTES = 1_000, 200
_PACKED = (
    b"PK\x03\x04", b"PK\x05\x06", b"\x1f\x8b\x08", b"BZh", b"7z\xbc\xaf\x27\x1c", b"Rar!\x1a\x07",
    b"\xfd7zXZ\0", b"\x28\xb5\x2f\xfd", b"MSCF",
)  # fmt: skip
"""How archives and packed files begin: ZIP, gzip, bzip2, 7-Zip, RAR, xz, Zstandard, Cabinet."""
BROKEN = (zipfile.BadZipFile, zlib.error, struct.error, EOFError, NotImplementedError, UnicodeError)
"""What the standard library raises for an archive that is not whole."""
_OF_MACOS = ("__MACOSX/", ".DS_Store")


@dataclass(frozen=True)
class ZipLimits:
    """How much an archive may hold."""

    max_entries: int = 1_000
    max_bytes: int = 2**30
    """Unpacked, all together."""
    max_ratio: int = 200
    """Unpacked to packed, all together, from the first 16 MiB on; blank columns of a .dbf reach 100."""
    max_depth: int = 8


@dataclass(frozen=True)
class Unpacked:
    """A file that came out of an archive."""

    name: str
    """Its path in the archive, segments joined by `/`."""
    path: Path
    size: int
    """Bytes."""


@dataclass(frozen=True)
class _Entry:
    name: str
    header: int
    begins: int
    packed: int
    size: int
    crc: int
    is_stored: bool
    is_folder: bool


def unpack_zip(source: bytes | Path, folder: Path, limits: ZipLimits | None = None) -> list[Unpacked]:
    """Unpack an archive into `folder`, which must be empty or absent; returns its files in their order.

    Names that are not marked as UTF-8 are read as UTF-8 if all of them are, else as GBK. What macOS adds is
    left out. Raises InvalidInput, and leaves the folder empty, for an archive that is broken, encrypted, too
    large or too dense, and for entries that reach outside, overlap, hide each other or are no plain files.
    """
    limits = limits or ZipLimits()
    folder.mkdir(parents=True, exist_ok=True)
    if any(folder.iterdir()):
        raise ValueError(f"{folder} is not empty")
    try:
        with _opened(source) as file:
            return list(_unpacked(file, _entries(file, limits), folder, limits))
    except BROKEN as error:
        _clear(folder)
        raise InvalidInput.at("body", f"is not a whole ZIP archive: {str(error)[:200]}") from None
    except BaseException:
        _clear(folder)
        raise


def _opened(source: bytes | Path) -> BinaryIO:
    return io.BytesIO(source) if isinstance(source, bytes) else source.open("rb")


def _clear(folder: Path) -> None:
    for child in folder.iterdir():
        if child.is_dir():
            shutil.rmtree(child)
        else:
            child.unlink()


def _entries(file: BinaryIO, limits: ZipLimits) -> list[_Entry]:
    """Read the list of entries and check all that can be checked before anything is unpacked."""
    list_begins = check_list(file, limits)
    with zipfile.ZipFile(file) as archive:
        infos = archive.infolist()
    if len(infos) > limits.max_entries:
        raise _refuse(f"holds {len(infos)} entries; {limits.max_entries} are the most")
    entries = [_entry(file, info, name) for info, name in zip(infos, _names(infos), strict=True)]
    _check_paths(entries, limits)
    _check_apart(entries, list_begins)
    if sum(entry.size for entry in entries) > limits.max_bytes:
        raise _too_large(limits)
    return entries


def check_list(file: BinaryIO, limits: ZipLimits) -> int:
    """Check the end record before the list is read, which may name millions; gives where the list begins.

    The archive must begin with the file and end with it: what hides before or behind could be another file.
    Raises InvalidInput for what is not read here, and what is in BROKEN.
    """
    size = file.seek(0, io.SEEK_END)
    start = max(0, size - _END_BYTES - _COMMENT_BYTES)
    file.seek(start)
    tail = file.read()
    at = tail.rfind(_END)
    if at < 0 or at + _END_BYTES > len(tail):
        raise zipfile.BadZipFile("the end of the list is missing")
    fields = struct.unpack_from("<4H2LH", tail, at + 4)
    disk, list_disk, here, entries, list_bytes, list_begins, comment = fields
    if tail[max(0, at - 20) : at].startswith(_ZIP64_LOCATOR) or 0xFFFFFFFF in (list_bytes, list_begins):
        raise _refuse("is a ZIP64 archive, which is not read here; an ordinary one may hold up to 4 GiB")
    if disk or list_disk or here != entries:
        raise _refuse("is one part of an archive in several parts")
    if start + at + _END_BYTES + comment != size or list_begins + list_bytes != start + at:
        raise _refuse("is an archive with something else before, in or behind it")
    if entries > limits.max_entries or list_bytes > limits.max_entries * _LARGEST_RECORD:
        raise _refuse(f"holds too many entries; {limits.max_entries} are the most")
    return int(list_begins)


def _names(infos: list[zipfile.ZipInfo]) -> list[str]:
    """Decode all unmarked names alike: one name alone may be good UTF-8 and still be meant as GBK."""
    unmarked = [info.orig_filename.encode("cp437") for info in infos if not info.flag_bits & _UTF8]
    encoding = _encoding(b"\n".join(unmarked))
    decoded = (raw.decode(encoding) for raw in unmarked)
    return [info.orig_filename if info.flag_bits & _UTF8 else next(decoded) for info in infos]


def _encoding(names: bytes) -> str:
    for encoding in ("utf-8", "gb18030"):
        try:
            names.decode(encoding)
        except UnicodeDecodeError:
            continue
        return encoding
    raise _refuse("has names that are neither UTF-8 nor GBK")


def _entry(file: BinaryIO, info: zipfile.ZipInfo, name: str) -> _Entry:
    mode = info.external_attr >> 16
    if info.flag_bits & (_ENCRYPTED | _PATCH | _HIDDEN):
        raise _refuse(f"holds an encrypted entry ({name[:60]!r}): pack it without a password")
    if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise _refuse(f"packs {name[:60]!r} in a way that is not read here: use Deflate")
    if stat.S_IFMT(mode) not in (0, stat.S_IFREG, stat.S_IFDIR):
        raise _refuse(f"holds a link or device ({name[:60]!r})")
    is_folder = name.endswith("/") or stat.S_ISDIR(mode)
    if is_folder and (info.file_size or not name.endswith("/")):
        raise _refuse(f"holds a folder with content ({name[:60]!r})")
    is_stored = info.compress_type == zipfile.ZIP_STORED
    header, begins = info.header_offset, _data_begins(file, info)
    return _Entry(name, header, begins, info.compress_size, info.file_size, info.CRC, is_stored, is_folder)


def _data_begins(file: BinaryIO, info: zipfile.ZipInfo) -> int:
    """Find the data behind the local header, whose name must be the list's: readers may take either."""
    file.seek(info.header_offset)
    header = file.read(_LOCAL_BYTES)
    if len(header) < _LOCAL_BYTES or not header.startswith(_LOCAL):
        raise zipfile.BadZipFile("an entry is not where the list says")
    name_bytes, extra_bytes = struct.unpack_from("<2H", header, 26)
    raw = info.orig_filename.encode("utf-8" if info.flag_bits & _UTF8 else "cp437")
    if file.read(name_bytes) != raw:
        raise _refuse(f"names an entry twice, and differently ({info.orig_filename[:60]!r})")
    return int(info.header_offset + _LOCAL_BYTES + name_bytes + extra_bytes)


def _check_paths(entries: list[_Entry], limits: ZipLimits) -> None:
    """Refuse names that reach outside, and names that a file system could take for one another."""
    files: set[str] = set()
    folders: set[str] = set()
    for entry in entries:
        segments = entry.name.rstrip("/").split("/") if entry.is_folder else entry.name.split("/")
        _check_segments(entry.name, segments, limits)
        folded = [unicodedata.normalize("NFKC", segment).casefold() for segment in segments]
        above = {"/".join(folded[:depth]) for depth in range(1, len(folded))}
        whole = "/".join(folded)
        if whole in files or above & files or (not entry.is_folder and whole in folders):
            raise _refuse(f"holds a name twice, or two that differ only in case ({entry.name[:60]!r})")
        folders |= above | ({whole} if entry.is_folder else set())
        files |= set() if entry.is_folder else {whole}


def _check_segments(name: str, segments: list[str], limits: ZipLimits) -> None:
    outside = name.startswith("/") or "\\" in name or ".." in segments or name[1:2] == ":"
    if outside or not all(segment.strip(" .") for segment in segments):
        raise _refuse(f"holds a path that leads outside or nowhere ({name[:60]!r})")
    if any(unicodedata.category(letter) in ("Cc", "Cf", "Cs", "Zl", "Zp") for letter in name):
        raise _refuse(f"holds a name with invisible characters ({name[:60]!r})")
    longest = max(len(segment.encode()) for segment in segments)
    if (
        len(segments) > limits.max_depth
        or longest > _MAX_SEGMENT_BYTES
        or len(name.encode()) > _MAX_PATH_BYTES
    ):
        raise _refuse(f"holds a path that is too long or too deep ({name[:60]!r})")


def _check_apart(entries: Iterable[_Entry], list_begins: int) -> None:
    """Refuse entries that share bytes: a kilobyte could be unpacked a thousand times over."""
    until = 0
    for entry in sorted(entries, key=lambda each: each.header):
        if entry.header < until:
            raise _refuse("holds entries that overlap")
        until = entry.begins + entry.packed
    if until > list_begins:
        raise _refuse("holds entries that overlap")


def _unpacked(file: BinaryIO, entries: list[_Entry], folder: Path, limits: ZipLimits) -> Iterator[Unpacked]:
    budget = _Budget(limits)
    for entry in entries:
        if entry.is_folder or entry.name.startswith(_OF_MACOS[0]) or entry.name.endswith(_OF_MACOS[1]):
            continue
        path = folder.joinpath(*entry.name.split("/"))
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
        with open(handle, "wb") as out:  # noqa: PTH123
            _write(file, entry, out, budget)
        yield Unpacked(entry.name, path, entry.size)


def _write(file: BinaryIO, entry: _Entry, out: BinaryIO, budget: _Budget) -> None:
    """Write one entry; what it says of its size and its checksum must be true."""
    size = crc = 0
    head = b""
    for piece in _pieces(file, entry):
        head = head + piece[:8] if len(head) < 8 else head
        if head.startswith(_PACKED):
            raise _refuse(f"holds another archive ({entry.name[:60]!r}): unpack it first")
        size += len(piece)
        crc = zlib.crc32(piece, crc)
        budget.take(len(piece), entry.packed)
        if size > entry.size:
            break
        out.write(piece)
    budget.close_entry(entry.packed)
    if size != entry.size or crc != entry.crc:
        raise _refuse(f"is damaged: {entry.name[:60]!r} is not what the list says")


def _pieces(file: BinaryIO, entry: _Entry) -> Iterator[bytes]:
    """Give the unpacked content in pieces of at most 64 KiB, whatever the entry says of its size."""
    file.seek(entry.begins)
    left = entry.packed
    inflater = None if entry.is_stored else zlib.decompressobj(-zlib.MAX_WBITS)
    while left:
        packed = file.read(min(left, _CHUNK_BYTES))
        if not packed:
            raise EOFError("it ends in the middle")
        left -= len(packed)
        if inflater is None:
            yield packed
            continue
        while packed and not inflater.eof:
            yield inflater.decompress(packed, _CHUNK_BYTES)
            packed = inflater.unconsumed_tail
    while inflater is not None and not inflater.eof:
        # What the window still holds; an empty piece means that the end never comes.
        piece = inflater.decompress(b"", _CHUNK_BYTES)
        if not piece:
            raise EOFError("it ends in the middle")
        yield piece


class _Budget:
    """Counts what has come out of how much."""

    def __init__(self, limits: ZipLimits) -> None:
        self._limits = limits
        self._packed = 0
        self._size = 0

    def take(self, size: int, packed: int) -> None:
        """Add a piece of an entry of `packed` bytes."""
        self._size += size
        if self._size > self._limits.max_bytes:
            raise _too_large(self._limits)
        if self._size > max(16 * 2**20, (self._packed + packed) * self._limits.max_ratio):
            raise _refuse(f"unpacks to more than {self._limits.max_ratio} times its size")

    def close_entry(self, packed: int) -> None:
        """Count an entry that is done."""
        self._packed += packed


def _too_large(limits: ZipLimits) -> InvalidInput:
    return _refuse(f"unpacks to more than {limits.max_bytes // 2**20} MiB")


def _refuse(reason: str) -> InvalidInput:
    return InvalidInput.at("body", reason)
