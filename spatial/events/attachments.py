"""The store of attachments (附件): bytes by the hash of their content, in a folder or wherever fsspec goes.

    store = Store.of(settings)
    stored = store.put(database, stream)      # the same content twice is stored once
    with store.open(stored.digest) as file: …

A row of `attachment` says that the bytes are there. It is written and committed before they are, so that the
tidying of orphans, which deletes both under the row's lock, never takes bytes that somebody is bringing.
"""

from __future__ import annotations

import hashlib
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any, BinaryIO, cast

import fsspec
from fsspec.implementations.local import LocalFileSystem
from psycopg import Connection

from spatial.database import Database, query, session
from spatial.errors import InvalidInput, NotFound, TooLarge
from spatial.events.attachments_kinds import HEAD_BYTES, LIMITS, MEGABYTE, Kind, check_picture, kind_of
from spatial.rights.reader import SYSTEM
from spatial.settings import Settings

ROOM = "spatial.events"
CHUNK = 1 << 20
ORPHAN_HOURS = 24
"""How long bytes that belong to nothing are kept: whoever sent them may still say what they belong to."""
LONGEST_NAME = 120


@dataclass(frozen=True)
class Stored:
    """Bytes that the store has."""

    digest: str
    """SHA-256, hexadecimal."""
    bytes: int
    media_type: str
    kind: str
    """photo, video, audio or document."""


class Store:
    """Bytes by their hash, under a folder or an address such as s3://bucket/folder."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._files, root = fsspec.core.url_to_fs(url)
        self._root = PurePosixPath(root)

    @classmethod
    def of(cls, settings: Settings) -> Store:
        """Make the store of a deployment: CITYGRID_ATTACHMENTS, or a folder of the state folder."""
        return cls(settings.attachments or str(settings.home / "attachments"))

    def put(self, database: Database, stream: BinaryIO, limit: int | None = None) -> Stored:
        """Read a stream to its end, see what it is and keep it; the same content is kept once.

        limit: most bytes, below those of its kind. InvalidInput for a file that is none of the kinds, or a
        picture of too many pixels; TooLarge above the limit, which it names, without reading on.
        """
        with tempfile.SpooledTemporaryFile(max_size=4 * CHUNK) as spool:
            found, digest, size = _received(stream, cast(BinaryIO, spool), limit)
            check_picture(found, cast(BinaryIO, spool))
            stored = Stored(digest, size, found.media_type, found.kind)
            with session(database, SYSTEM) as connection:
                connection.execute(query(ROOM, "attachment_note"), vars(stored))
            self._keep(digest, size, cast(BinaryIO, spool))
            return stored

    @contextmanager
    def open(self, digest: str) -> Iterator[BinaryIO]:
        """Open what was stored under a digest; NotFound when it is not there."""
        try:
            file = self._files.open(self._path(digest), "rb")
        except FileNotFoundError:
            raise NotFound("the file is no longer in the store of attachments") from None
        with file:
            yield file

    def has(self, digest: str) -> bool:
        """Tell whether the bytes are there."""
        return bool(self._files.exists(self._path(digest)))

    def free_bytes(self) -> int | None:
        """Tell how much room the disk of a folder has; None for a store that is elsewhere."""
        if not isinstance(self._files, LocalFileSystem):
            return None
        folder = Path(self._root)
        there = next(each for each in (folder, *folder.parents) if each.exists())
        return shutil.disk_usage(there).free

    def forget(self, digest: str) -> None:
        """Delete bytes; those that are gone already are no error."""
        try:
            self._files.rm_file(self._path(digest))
        except FileNotFoundError:
            return

    def _keep(self, digest: str, size: int, spool: BinaryIO) -> None:
        path = self._path(digest)
        if self._files.exists(path) and self._files.size(path) == size:
            return
        self._files.makedirs(str(PurePosixPath(path).parent), exist_ok=True)
        spool.seek(0)
        # Seen under its name only when it is whole.
        file = self._files.open(path, "wb", autocommit=False)
        try:
            while chunk := spool.read(CHUNK):
                file.write(chunk)
            file.close()
            file.commit()
        except BaseException:
            file.discard()
            raise

    def _path(self, digest: str) -> str:
        return str(self._root / digest[:2] / digest)


def tidy(connection: Connection[Any], store: Store) -> int:
    """Delete what has belonged to nothing for a day, rows and bytes; returns how many.

    connection: of the platform, in a transaction. The rows stay locked until it ends: see above.
    """
    rows = connection.execute(query(ROOM, "attachment_orphans"), {"hours": ORPHAN_HOURS}).fetchall()
    for (digest,) in rows:
        store.forget(digest)
    return len(rows)


def shown_name(name: str | None, kind: str) -> str:
    """Make a name that a file came with fit to be shown: no folder, no control character, not too long."""
    plain = "".join(sign for sign in (name or "").replace("\\", "/").rpartition("/")[2] if sign.isprintable())
    return plain.strip().strip(".")[:LONGEST_NAME] or kind


def _received(stream: BinaryIO, spool: BinaryIO, limit: int | None) -> tuple[Kind, str, int]:
    """Copy a stream aside while hashing it; nothing beyond the limit is read."""
    head = stream.read(HEAD_BYTES)
    if not head:
        raise InvalidInput.at("file", "is empty")
    found, hashed, size = kind_of(head), hashlib.sha256(), 0
    most = min(LIMITS[found.kind], limit or LIMITS[found.kind])
    chunk = head
    while chunk:
        size += len(chunk)
        if size > most:
            raise TooLarge.at("file", f"a {found.kind} may have {most / MEGABYTE:g} MB at most")
        hashed.update(chunk)
        spool.write(chunk)
        chunk = stream.read(CHUNK)
    return found, hashed.hexdigest(), size
