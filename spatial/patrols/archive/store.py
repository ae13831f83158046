"""Where the files of the archive lie: a folder, or wherever fsspec goes (s3://bucket/folder)."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from functools import cached_property
from pathlib import Path, PurePosixPath
from typing import Any, BinaryIO

import fsspec
from fsspec.implementations.local import LocalFileSystem

from spatial.errors import Conflict, NotFound
from spatial.settings import Settings

FIXES, DAYS = "fixes", "days"
OWNER = "city.txt"
"""Says whose archive it is."""
GRACE = timedelta(hours=6)
"""How long a file stays that nothing names any more: somebody may be reading it."""


class Store:
    """Files by day and generation. A file is seen under its name only when it is whole, and never changes."""

    def __init__(self, url: str) -> None:
        self.url = url

    @classmethod
    def of(cls, settings: Settings) -> Store:
        """Make the store of a deployment: CITYGRID_ARCHIVE_URL, or a folder of the state folder."""
        return cls(settings.archive_url or str((settings.home / "archive").absolute()))

    @cached_property
    def _where(self) -> tuple[Any, PurePosixPath]:
        files, root = fsspec.core.url_to_fs(self.url)
        return files, PurePosixPath(root)

    def __reduce__(self) -> Any:
        # Whoever calculates elsewhere opens it anew, with the keys of that machine.
        return Store, (self.url,)

    def path(self, kind: str, day: date, generation: int) -> str:
        """Name the file of a day; no part of the name comes from anybody else."""
        return str(self._where[1] / kind / f"day={day.isoformat()}" / f"{generation:06d}.parquet")

    def put(self, kind: str, day: date, generation: int, write: Callable[[BinaryIO], Any]) -> int:
        """Write a file aside, then put it in its place, on the disk for good; returns its size."""
        files, _ = self._where
        target = self.path(kind, day, generation)
        with tempfile.TemporaryDirectory(prefix="citygrid-archive-") as folder:
            aside = Path(folder) / "part"
            with aside.open("wb") as file:
                write(file)
            if isinstance(files, LocalFileSystem):
                _move(aside, Path(target))
            else:
                files.put_file(str(aside), target)
                files.invalidate_cache()
        return self.size(target)

    @contextmanager
    def open(self, kind: str, day: date, generation: int) -> Iterator[BinaryIO]:
        """Open a file; NotFound when it is not there."""
        files, _ = self._where
        try:
            file = files.open(self.path(kind, day, generation), "rb")
        except FileNotFoundError:
            raise NotFound(f"the file of {day} ({kind}, {generation}) is not in the archive") from None
        with file:
            yield file

    def size(self, path: str) -> int:
        """Tell how many bytes a file has."""
        return int(self._where[0].size(path))

    def claim(self, city: str) -> None:
        """Write down whose archive this is; Conflict where it is another city's."""
        files, root = self._where
        path = str(root / OWNER)
        files.invalidate_cache()
        if not files.exists(path):
            files.makedirs(str(root), exist_ok=True)
            if isinstance(files, LocalFileSystem):
                Path(root).chmod(0o700)
            files.pipe_file(path, city.encode())
        if (found := files.cat_file(path).decode()) != city:
            raise Conflict(f"{self.url} is the archive of another database: {OWNER} in it says {found}")

    def listed(self) -> dict[str, datetime]:
        """List all files with when they were written."""
        files, root = self._where
        files.invalidate_cache()
        found: dict[str, datetime] = {}
        for kind in (FIXES, DAYS):
            try:
                about = files.find(str(root / kind), detail=True)
            except FileNotFoundError:
                continue
            found |= {
                path: _written(each) for path, each in about.items() if path.endswith((".parquet", ".part"))
            }
        return found

    def sweep(self, named: set[str], grace: timedelta = GRACE) -> int:
        """Delete files that are older than `grace` and that nothing names; returns how many."""
        before = datetime.now(UTC) - grace
        gone = [path for path, written in self.listed().items() if path not in named and written <= before]
        for path in gone:
            self._where[0].rm_file(path)
        return len(gone)


def _move(aside: Path, target: Path) -> None:
    """Copy to the same disk, make sure that it is written, and give it its name; for nobody else's eyes."""
    target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    part = target.with_suffix(".part")
    part.touch(mode=0o600)
    shutil.copyfile(aside, part)
    _settle(part)
    part.replace(target)
    for folder in (target.parent, target.parent.parent, target.parent.parent.parent):
        _settle(folder)


def _settle(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _written(about: dict[str, Any]) -> datetime:
    given = about.get("LastModified") or about.get("mtime") or about.get("created")
    return given if isinstance(given, datetime) else datetime.fromtimestamp(float(given or 0), UTC)
