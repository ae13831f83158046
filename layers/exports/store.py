"""The folder <home>/exports: finished files by number, unfinished ones, and the room they may take."""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from layers.exports.spool import PREFIX
from spatial.errors import Unavailable

FOLDER = "exports"
STALE_S = 3600
"""After this long without a byte nobody writes it any more; what is still sent is open, and lives on."""


LEAST_FREE = 512 * 2**20
"""Bytes of the disk that exports leave to everybody else."""


def check_disk(folder: Path) -> None:
    """Raise Unavailable when the disk is nearly full."""
    if shutil.disk_usage(folder).free < LEAST_FREE:
        raise Unavailable("the disk is nearly full: no exports are written now")


class Store:
    """Where exports lie, and how many bytes there may be of them."""

    def __init__(self, home: Path, most_bytes: int) -> None:
        self.folder = home / FOLDER
        self.most_bytes = most_bytes

    def finished(self, number: int, extension: str) -> Path:
        """Name the file of an export that is done."""
        return self.folder / f"{number}{extension}"

    def unfinished(self, number: int, extension: str) -> Path:
        """Name the file of an export that is being written."""
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        return self.folder / f"part-{number}{extension}"

    def used(self) -> int:
        """Add up what lies there."""
        return sum(size for _, size, _ in self._files())

    def check_room(self) -> None:
        """Raise Unavailable when there is no room for more."""
        check_disk(self.folder)
        if self.used() >= self.most_bytes:
            raise Unavailable(
                f"the exports have filled the {self.most_bytes // 2**20} MiB that they may take: delete some,"
                " or come back when some have expired"
            )

    def remove(self, number: int) -> None:
        """Delete all files of an export."""
        for path in [*self.folder.glob(f"{number}.*"), *self.folder.glob(f"part-{number}.*")]:
            path.unlink(missing_ok=True)
        for path in self.folder.glob(f"part-{number}_*"):
            path.unlink(missing_ok=True)

    def sweep(self, known: Iterable[int]) -> int:
        """Delete files of exports that are not `known`, and left-overs of processes that died."""
        kept, old, gone = {str(number) for number in known}, time.time() - STALE_S, 0
        for path, _, changed in self._files():
            name = path.name.split(".")[0]
            mine = name.removeprefix("part-").split("_")[0]
            stale = changed < old if name.startswith(PREFIX) else mine not in kept
            if stale:
                path.unlink(missing_ok=True)
                gone += 1
        return gone

    def _files(self) -> list[tuple[Path, int, float]]:
        """List path, size and time of the last change; a file that goes meanwhile is left out."""
        found = []
        for path in self.folder.glob("*"):
            with suppress(FileNotFoundError):
                facts = path.stat()
                found.append((path, facts.st_size, facts.st_mtime))
        return found
