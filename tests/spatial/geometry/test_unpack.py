"""ZIP archives: the ones that people send are unpacked, the ones that were made to do harm are refused."""

from __future__ import annotations

import io
import os
import stat
import struct
import subprocess
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path

import geopandas
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from shapely.geometry import Point

from spatial.errors import InvalidInput
from spatial.geometry.uploads import ZipLimits, unpack_zip

MIB = 2**20


def zipped(*entries: tuple[str, bytes], **options) -> bytes:
    """Make an archive as Python's own library does, which checks nothing."""
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED, **options) as archive:
        for name, content in entries:
            archive.writestr(zipfile.ZipInfo(name), content, zipfile.ZIP_DEFLATED)
    return sink.getvalue()


def local(name: bytes, data: bytes, size: int, crc: int, flags: int = 0, method: int = 8) -> bytes:
    return (
        struct.pack("<4s5H3L2H", b"PK\x03\x04", 20, flags, method, 0, 33, crc, len(data), size, len(name), 0)
        + name
        + data
    )


def listed(name: bytes, packed: int, size: int, crc: int, at: int, flags: int = 0, method: int = 8) -> bytes:
    fields = (20, 20, flags, method, 0, 33, crc, packed, size, len(name), 0, 0, 0, 0, 0, at)
    return struct.pack("<4s6H3L5H2L", b"PK\x01\x02", *fields) + name


def ended(body: bytes, entries: list[bytes], count: int | None = None) -> bytes:
    number = len(entries) if count is None else count
    whole = b"".join(entries)
    end = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, number, number, len(whole), len(body), 0)
    return body + whole + end


def deflated(content: bytes) -> bytes:
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    return packer.compress(content) + packer.flush()


def one(name: bytes, content: bytes = b"a", flags: int = 0, **lies: int) -> bytes:
    """Make an archive of one entry by hand; `lies` replace what the list says of it."""
    data = deflated(content)
    true = {"packed": len(data), "size": len(content), "crc": zlib.crc32(content), "at": 0, "flags": flags}
    body = local(name, data, len(content), zlib.crc32(content), flags)
    return ended(body, [listed(name, **{**true, **lies})])


def assert_refused(body: bytes, folder: Path, words: str, limits: ZipLimits | None = None) -> None:
    with pytest.raises(InvalidInput, match=words):
        unpack_zip(body, folder, limits)
    assert list(folder.iterdir()) == []
    assert not (folder.parent / "outside").exists()


def test_a_shapefile_comes_out_whole(tmp_path: Path) -> None:
    points = geopandas.GeoDataFrame({"名称": ["清华"]}, geometry=[Point(116.33, 39.99)], crs=4326)
    (tmp_path / "in").mkdir()
    points.to_file(tmp_path / "in" / "重点场所.shp", engine="pyogrio", encoding="UTF-8")
    subprocess.run(["zip", "-qr", "../a.zip", "."], cwd=tmp_path / "in", check=True)
    for source in (tmp_path / "a.zip", (tmp_path / "a.zip").read_bytes()):
        folder = tmp_path / f"out-{type(source).__name__}"
        found = unpack_zip(source, folder)
        assert {file.name for file in found} == {path.name for path in (tmp_path / "in").iterdir()}
        for file in found:
            assert file.path.read_bytes() == (tmp_path / "in" / file.name).read_bytes()
            assert file.size == file.path.stat().st_size
            assert stat.S_IMODE(file.path.stat().st_mode) == 0o600
        shape = next(file.path for file in found if file.name.endswith(".shp"))
        assert geopandas.read_file(shape, engine="pyogrio")["名称"].tolist() == ["清华"]


@pytest.mark.parametrize("encoding", ["utf-8", "gbk"])
def test_chinese_names_of_old_programs_are_read(tmp_path: Path, encoding: str) -> None:
    names = ["联通/道路.shp", "联通.dbf"]
    bodies, entries = b"", []
    for name in names:
        raw = name.encode(encoding)
        entries.append(listed(raw, 3, 1, zlib.crc32(b"a"), len(bodies)))
        bodies += local(raw, deflated(b"a"), 1, zlib.crc32(b"a"))
    found = unpack_zip(ended(bodies, entries), tmp_path / "out")
    assert [file.name for file in found] == names
    assert (tmp_path / "out" / "联通" / "道路.shp").read_bytes() == b"a"


def test_names_of_no_encoding_are_refused(tmp_path: Path) -> None:
    assert_refused(one(b"\xff\xff"), tmp_path / "out", "neither UTF-8 nor GBK")


def test_what_macos_adds_is_left_out(tmp_path: Path) -> None:
    body = zipped(("a.shp", b"a"), ("__MACOSX/._a.shp", b"b"), ("x/.DS_Store", b"c"))
    assert [file.name for file in unpack_zip(body, tmp_path / "out")] == ["a.shp"]


def test_folders_and_empty_files_and_streamed_entries(tmp_path: Path) -> None:
    sink = io.BytesIO()

    class Pipe(io.RawIOBase):
        def writable(self) -> bool:
            return True

        def write(self, piece) -> int:
            return sink.write(piece)

    with zipfile.ZipFile(Pipe(), "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("x/", b"")
        archive.writestr("x/empty.txt", b"")
        archive.writestr("x/stored.txt", b"stored", zipfile.ZIP_STORED)
        archive.writestr("x/zeros.dbf", b" " * 5_000_000)
    found = unpack_zip(sink.getvalue(), tmp_path / "out")
    assert [(file.name, file.size) for file in found] == [
        ("x/empty.txt", 0),
        ("x/stored.txt", 6),
        ("x/zeros.dbf", 5_000_000),
    ]
    assert unpack_zip(zipped(), tmp_path / "none") == []


OUTSIDE = [
    "../outside", "a/../../outside", "/outside", "//outside", "C:/outside", "C:outside", "..\\outside",
    "a\\b", "\\\\host\\share", "..", ".", "a/./b", "a//b", "a/ /b", "a/.../b", "", "a/..",
]  # fmt: skip


@pytest.mark.parametrize("name", OUTSIDE)
def test_no_path_leads_outside(tmp_path: Path, name: str) -> None:
    assert_refused(one(name.encode()), tmp_path / "out", "leads outside or nowhere")
    assert_refused(one(name.encode(), flags=0x800), tmp_path / "out2", "leads outside or nowhere")


@pytest.mark.parametrize("name", ["a\0.shp", "a\nb", "gpj\u202eshp.exe", "a\u200bb", "\x1b[2J", "a\u2028b"])
def test_no_name_hides_anything(tmp_path: Path, name: str) -> None:
    assert_refused(one(name.encode(), flags=0x800), tmp_path / "out", "invisible characters")


@pytest.mark.parametrize("name", ["a/" * 9 + "a", "a" * 201, "报" * 70, "/".join(["a" * 190] * 6)])
def test_no_path_is_too_long(tmp_path: Path, name: str) -> None:
    assert_refused(one(name.encode()), tmp_path / "out", "too long or too deep")


TWICE = [
    ("a.shp", "a.shp"), ("a.shp", "A.SHP"), ("ａ.shp", "a.shp"), ("a", "a/b"), ("a/b", "a"), ("a/b", "A/B"),
    ("straße", "STRASSE"), ("é", "e\u0301"), ("a/", "a"), ("a", "a/"),
]  # fmt: skip


@pytest.mark.parametrize(("first", "second"), TWICE)
@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_no_name_stands_twice(tmp_path: Path, first: str, second: str) -> None:
    contents = [(name, b"" if name.endswith("/") else b"x") for name in (first, second)]
    assert_refused(zipped(*contents), tmp_path / "out", "a name twice")


@pytest.mark.parametrize("kind", [stat.S_IFLNK, stat.S_IFCHR, stat.S_IFBLK, stat.S_IFIFO, stat.S_IFSOCK])
def test_no_link_and_no_device_comes_out(tmp_path: Path, kind: int) -> None:
    info = zipfile.ZipInfo("a")
    info.external_attr = (kind | 0o777) << 16
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w") as archive:
        archive.writestr(info, "/etc/passwd")
    assert_refused(sink.getvalue(), tmp_path / "out", "link or device")


def test_a_real_symlink_is_refused(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a").symlink_to("/etc")
    subprocess.run(["zip", "-qry", "../a.zip", "."], cwd=tmp_path / "in", check=True)
    assert_refused((tmp_path / "a.zip").read_bytes(), tmp_path / "out", "link or device")


def test_an_encrypted_archive_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("secret" * 100)
    subprocess.run(["zip", "-qP", "word", "a.zip", "a.txt"], cwd=tmp_path, check=True)
    assert_refused((tmp_path / "a.zip").read_bytes(), tmp_path / "out", "encrypted")


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_only_deflate_is_unpacked(tmp_path: Path, method: int) -> None:
    """A step of bzip2 or LZMA may give any number of bytes."""
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w", method) as archive:
        archive.writestr("a", b"a" * 1000)
    assert_refused(sink.getvalue(), tmp_path / "out", "use Deflate")


def test_an_archive_in_an_archive_is_refused(tmp_path: Path) -> None:
    for inner in (zipped(("a", b"a")), zipped(), zlib.compress(b"a", wbits=31), b"Rar!\x1a\x07\x01\x00"):
        assert_refused(zipped(("a.shp", inner)), tmp_path / "out", "another archive")


def test_a_plain_bomb_stops_at_the_limit(tmp_path: Path) -> None:
    body = zipped(("a", bytes(100 * MIB)))
    assert len(body) < 200_000
    assert_refused(body, tmp_path / "out", "more than 50 MiB", ZipLimits(max_bytes=50 * MIB))
    assert_refused(body, tmp_path / "out", "more than 200 times its size")


def test_a_bomb_that_lies_about_its_size_stops_too(tmp_path: Path) -> None:
    limits = ZipLimits(max_bytes=20 * MIB, max_ratio=100_000)
    for size in (0, 1, 10 * MIB):
        body = one(b"a", bytes(100 * MIB), size=size)
        assert_refused(body, tmp_path / "out", "is damaged", limits)
    assert_refused(one(b"a", bytes(100 * MIB), size=200 * MIB), tmp_path / "out", "more than 20 MiB", limits)


def test_many_small_bombs_add_up(tmp_path: Path) -> None:
    body = zipped(*((f"{number}", bytes(MIB)) for number in range(30)))
    assert_refused(body, tmp_path / "out", "more than 20 MiB", ZipLimits(max_bytes=20 * MIB))
    assert_refused(body, tmp_path / "out", "holds too many entries", ZipLimits(max_entries=29))


def test_entries_that_share_their_bytes_are_refused(tmp_path: Path) -> None:
    """Fifield's bomb: one kernel of packed zeros, listed a hundred times under other names."""
    content = bytes(MIB)
    data, crc = deflated(content), zlib.crc32(content)
    names = [b"%03d" % number for number in range(100)]
    body = local(names[0], data, len(content), crc)
    same = [listed(names[0], len(data), len(content), crc, 0) for _ in names]
    assert_refused(ended(body, same), tmp_path / "out", "a name twice")
    headers = b"".join(local(name, b"", len(content), crc) for name in names[:-1])
    at = [33 * number for number in range(100)]
    overlapping = [
        listed(name, len(headers) - at[n] - 33 + len(body), len(content), crc, at[n])
        for n, name in enumerate(names)
    ]
    quoting = headers + local(names[-1], data, len(content), crc)
    assert_refused(ended(quoting, overlapping), tmp_path / "out", "overlap")


def test_an_entry_must_not_reach_into_the_list(tmp_path: Path) -> None:
    assert_refused(one(b"a", packed=60), tmp_path / "out", "overlap")


def test_a_list_and_a_header_that_disagree_are_refused(tmp_path: Path) -> None:
    data = deflated(b"a")
    body = local(b"a.php", data, 1, zlib.crc32(b"a"))
    assert_refused(
        ended(body, [listed(b"a.shp", len(data), 1, zlib.crc32(b"a"), 0)]), tmp_path / "out", "twice"
    )


def test_a_list_of_millions_is_refused_before_it_is_read(tmp_path: Path) -> None:
    body = ended(b"", [listed(b"", 0, 0, 0, 0)] * 1_000_000, count=60_000)
    assert_refused(body, tmp_path / "out", "too many entries")
    assert_refused(ended(b"", [listed(b"", 0, 0, 0, 0)] * 1_000_000, count=1), tmp_path / "out", "too many")


@pytest.mark.parametrize("where", ["before", "behind", "between"])
def test_an_archive_is_nothing_but_an_archive(tmp_path: Path, where: str) -> None:
    body = zipped(("a", b"a"))
    at = {"before": 0, "behind": len(body), "between": body.rindex(b"PK\x05\x06")}[where]
    assert_refused(body[:at] + b"%PDF-1.7 something else" + body[at:], tmp_path / "out", "is ")


def test_a_wrong_checksum_is_refused(tmp_path: Path) -> None:
    assert_refused(one(b"a", crc=1), tmp_path / "out", "is damaged")


def test_zip64_is_refused_in_words(tmp_path: Path) -> None:
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w") as archive:
        for number in range(66_000):
            archive.writestr(f"{number}", b"")
    assert_refused(sink.getvalue(), tmp_path / "out", "ZIP64")


def test_a_folder_with_something_in_it_is_never_written_to(tmp_path: Path) -> None:
    (tmp_path / "mine").write_text("mine")
    with pytest.raises(ValueError, match="not empty"):
        unpack_zip(zipped(("mine", b"theirs")), tmp_path)
    assert (tmp_path / "mine").read_text() == "mine"


names = st.text(st.characters(codec="utf-8"), max_size=12)
contents = st.binary(max_size=300)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(names, contents), max_size=5))
@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_whatever_comes_out_is_inside_and_true(tmp_path: Path, entries: list[tuple[str, bytes]]) -> None:
    folder = tmp_path / os.urandom(6).hex()
    try:
        found = unpack_zip(zipped(*entries), folder)
    except InvalidInput:
        assert list(folder.iterdir()) == []
        return
    # A name ends at its first NUL, as ZIP libraries read it.
    named = [(name.partition("\0")[0], content) for name, content in entries]
    for file in found:
        assert file.path.resolve().is_relative_to(folder.resolve())
        assert (file.name, file.path.read_bytes()) in named


SOUND = zipped(("a/b.txt", b"b" * 300), ("c.bin", bytes(range(256))))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=300)
@given(
    st.lists(st.tuples(st.integers(0, len(SOUND) - 1), st.integers(0, 255)), max_size=6), st.integers(0, 9)
)
def test_damaged_archives_are_unpacked_or_refused(tmp_path: Path, changes, cut: int) -> None:
    damaged = bytearray(SOUND)
    for at, byte in changes:
        damaged[at] = byte
    folder = tmp_path / os.urandom(6).hex()
    refuse: Callable[[], object] = lambda: unpack_zip(bytes(damaged[: len(SOUND) - cut]), folder)  # noqa: E731
    try:
        refuse()
    except InvalidInput as error:
        assert len(str(error)) < 500
        assert list(folder.iterdir()) == []
