"""Files that wait for the job process: a folder for each queue, swept of what nobody waits for."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

ABANDONED_S = 3600
"""How long a file may take to arrive, and then some."""


def folder_for(home: Path, name: str) -> Path:
    """Give the folder of a queue; private to this user."""
    folder = home / name
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder


def sweep(folder: Path, is_needed: Callable[[str], bool]) -> None:
    """Delete old files that nobody waits for: the worker that received them is gone."""
    for file in folder.iterdir():
        if time.time() - file.stat().st_mtime > ABANDONED_S and not is_needed(file.name):
            file.unlink(missing_ok=True)
