"""The store of attachments: what a file is, how large, once, and gone when it belongs to nothing."""

from __future__ import annotations

import io
import struct
import tracemalloc
import zipfile
import zlib
from pathlib import Path

import pytest
from PIL import Image

from spatial.errors import InvalidInput, NotFound, TooLarge
from spatial.events.attachments import Store, shown_name, tidy
from spatial.events.attachments_kinds import kind_of
from spatial.rights.reader import SYSTEM
from tests.spatial.events.desk import Town


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(str(tmp_path / "files"))


def picture(form: str = "JPEG", size: tuple[int, int] = (40, 30)) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", size, "red").save(out, form)
    return out.getvalue()


def huge_png(width: int, height: int) -> bytes:
    """A picture of a few kilobytes that is gigabytes when it is looked at."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", head)
        + chunk(b"IDAT", zlib.compress(bytes(10_000)))
        + chunk(b"IEND", b"")
    )


@pytest.mark.parametrize(
    ("head", "kind", "media_type"),
    [
        (picture(), "photo", "image/jpeg"),
        (picture("PNG"), "photo", "image/png"),
        (picture("GIF"), "photo", "image/gif"),
        (picture("WEBP"), "photo", "image/webp"),
        (b"\x00\x00\x00\x18ftypheic", "photo", "image/heic"),
        (b"\x00\x00\x00\x18ftypisom", "video", "video/mp4"),
        (b"\x00\x00\x00\x18ftypqt  ", "video", "video/quicktime"),
        (b"\x00\x00\x00\x18ftypM4A ", "audio", "audio/mp4"),
        (b"RIFF\x00\x00\x00\x00WAVE", "audio", "audio/wav"),
        (b"ID3\x04", "audio", "audio/mpeg"),
        (b"\xff\xfb\x90\x00", "audio", "audio/mpeg"),
        (b"#!AMR\n", "audio", "audio/amr"),
        (b"%PDF-1.7", "document", "application/pdf"),
    ],
)
def test_a_file_is_what_it_holds(head: bytes, kind: str, media_type: str) -> None:
    found = kind_of(head)
    assert (found.kind, found.media_type) == (kind, media_type)


@pytest.mark.parametrize(
    "content",
    [b"<svg onload=a()>", b"<html>", b"MZ\x90", b"\x7fELF", b"PK\x03\x04", b"GIF", b"RIFF", b"\xff"],
)
def test_anything_else_is_refused(content: bytes, town: Town, store: Store) -> None:
    with pytest.raises(InvalidInput, match="file: is no photo"):
        store.put(town.database, io.BytesIO(content))


def test_the_same_content_is_kept_once(town: Town, store: Store) -> None:
    first = store.put(town.database, io.BytesIO(picture()))
    again = store.put(town.database, io.BytesIO(picture()))
    assert first == again
    assert [path.name for path in Path(store.url).rglob("*") if path.is_file()] == [first.digest]
    assert town.ask("SELECT bytes, media_type FROM attachment WHERE digest = %s", first.digest) == [
        (len(picture()), "image/jpeg")
    ]
    with store.open(first.digest) as file:
        assert file.read() == picture()
    with pytest.raises(NotFound), store.open("0" * 64):
        pass


def test_a_store_may_be_anywhere_that_fsspec_reaches(town: Town) -> None:
    memory = Store("memory://bucket/folder")
    stored = memory.put(town.database, io.BytesIO(picture()))
    assert memory.has(stored.digest)
    with memory.open(stored.digest) as file:
        assert file.read() == picture()
    memory.forget(stored.digest)
    memory.forget(stored.digest)
    assert not memory.has(stored.digest)


class Endless(io.RawIOBase):
    """A photo of 50 MB that counts how much of it was read."""

    def __init__(self, size: int) -> None:
        self.left, self.taken = size, 0

    def read(self, size: int = -1) -> bytes:
        if not self.taken:
            self.taken, self.left = 3, self.left - 3
            return b"\xff\xd8\xff"
        count = min(size, self.left)
        self.left -= count
        self.taken += count
        return bytes(count)


def test_a_photo_of_50_mb_is_refused_where_the_limit_is(town: Town, store: Store) -> None:
    file = Endless(50_000_000)
    with pytest.raises(TooLarge, match="a photo may have 20 MB at most"):
        store.put(town.database, file)
    assert file.taken < 22_000_000
    with pytest.raises(TooLarge, match=r"0\.001 MB"):
        store.put(town.database, Endless(5_000), limit=1_000)
    assert not list(Path(store.url).rglob("*"))


def test_a_picture_of_too_many_pixels_is_refused_without_decoding_it(town: Town, store: Store) -> None:
    for width, height in ((60_000, 60_000), (2**31 - 1, 1), (12_000, 10_001)):
        tracemalloc.start()
        with pytest.raises(InvalidInput, match=r"pixels|damaged"):
            store.put(town.database, io.BytesIO(huge_png(width, height)))
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert peak < 20_000_000
    assert store.put(town.database, io.BytesIO(huge_png(12_000, 10_000))).kind == "photo"


def test_a_damaged_picture_is_refused(town: Town, store: Store) -> None:
    for content in (picture()[:20], picture("PNG")[:15], b"\x89PNG\r\n\x1a\n" + bytes(500), b"GIF89a"):
        with pytest.raises(InvalidInput, match="damaged"):
            store.put(town.database, io.BytesIO(content))
    with pytest.raises(InvalidInput, match="empty"):
        store.put(town.database, io.BytesIO())


def test_a_zip_bomb_is_no_photo_whatever_its_name(town: Town, store: Store) -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("photo.jpg", bytes(50_000_000))
    with pytest.raises(InvalidInput, match="is no photo"):
        store.put(town.database, io.BytesIO(out.getvalue()))


def test_what_belongs_to_nothing_goes_after_a_day(town: Town, store: Store) -> None:
    kept, orphan, young = (
        store.put(town.database, io.BytesIO(picture(size=(n, 9)))).digest for n in (51, 52, 53)
    )
    event = town.ask("SELECT min(id) FROM event")[0][0]
    town.ask(
        "INSERT INTO event_attachment (event_id, digest, name, kind) VALUES (%s, %s, 'a', 'photo')",
        event,
        kept,
    )
    town.ask("UPDATE attachment SET created_at = now() - interval '25 hours' WHERE digest <> %s", young)
    with town.as_reader(SYSTEM) as connection:
        tidy(connection, store)
    assert [store.has(digest) for digest in (kept, orphan, young)] == [True, False, True]
    assert town.ask("SELECT count(*) FROM attachment WHERE digest = %s", orphan) == [(0,)]
    # Brought again, it is there again.
    assert store.put(town.database, io.BytesIO(picture(size=(52, 9)))).digest == orphan
    assert store.has(orphan)


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("照片.jpg", "照片.jpg"),
        ("../../etc/passwd", "passwd"),
        ("C:\\a\\b.png", "b.png"),
        ("a\r\nSet-Cookie: b.png", "aSet-Cookie: b.png"),
        (None, "photo"),
        ("...", "photo"),
        ("n" * 300, "n" * 120),
    ],
)
def test_names_are_made_fit_to_be_shown(name: str | None, shown: str) -> None:
    assert shown_name(name, "photo") == shown
