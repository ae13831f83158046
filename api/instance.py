"""The one running city of a state folder: its pid file, locked as long as it runs, and how to end it."""

from __future__ import annotations

import fcntl
import os
import select
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from spatial.errors import Conflict, Unavailable

PATIENCE_S = 60.0
"""What a stopping city gets before it is killed: its children's grace, and the database's last checkpoint."""


@dataclass(frozen=True)
class Running:
    """A running city: process number, start time in kernel ticks since boot, and address."""

    pid: int
    started_ticks: int
    address: str


def pid_file(home: Path) -> Path:
    """Return the path of the pid file."""
    return home / "citygrid.pid"


@contextmanager
def claim(home: Path, address: str) -> Iterator[None]:
    """Be the running city of `home` inside the block; Conflict, with the address, when there is one already.

    The lock on the pid file is what counts: the kernel drops it however the process ends, so that a
    left-over file never stands in the way.
    """
    home.mkdir(parents=True, exist_ok=True)
    with _locked(pid_file(home)) as file:
        file.truncate(0)
        file.write(f"{os.getpid()}\n{started_ticks(os.getpid())}\n{address}\n")
        file.flush()
        try:
            yield
        finally:
            pid_file(home).unlink(missing_ok=True)


def find(home: Path) -> Running | None:
    """Return the running city of `home`, or None; a left-over pid file counts as none."""
    try:
        with pid_file(home).open() as file:
            with suppress(BlockingIOError):
                fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
                return None
            pid, ticks, address = file.read().split("\n")[:3]
            return Running(int(pid), int(ticks), address)
    except (FileNotFoundError, ValueError):
        return None


def end(home: Path, say: Callable[[str], None]) -> bool:
    """Stop the running city of `home` and wait until it is gone; False when there was none.

    Its process is made sure of by its start time, so that no other process is ever signalled.
    """
    running = find(home)
    if running is None:
        return False
    try:
        handle = os.pidfd_open(running.pid)
    except ProcessLookupError:
        raise Unavailable(_not_visible(running)) from None
    try:
        _end_process(running, handle, say)
    finally:
        os.close(handle)
    return True


def started_ticks(pid: int) -> int:
    """Return the start time of a process, in kernel ticks since boot; 0 when there is no such process."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return 0
    # The command name, in parentheses, may hold spaces; field 22 of proc(5) is the 20th after it.
    return int(text.rpartition(")")[2].split()[19])


def _end_process(running: Running, handle: int, say: Callable[[str], None]) -> None:
    if started_ticks(running.pid) != running.started_ticks:
        raise Unavailable(_not_visible(running))
    say(f"stopping the city at {running.address} (process {running.pid})")
    signal.pidfd_send_signal(handle, signal.SIGTERM)
    if not _gone(handle, PATIENCE_S):
        say(f"it does not end within {PATIENCE_S:.0f} s; killing it")
        signal.pidfd_send_signal(handle, signal.SIGKILL)
        _gone(handle, 10)


def _gone(handle: int, seconds: float) -> bool:
    return bool(select.select([handle], [], [], seconds)[0])


def _not_visible(running: Running) -> str:
    return (
        f"a city runs at {running.address}, but its process {running.pid} cannot be seen from here"
        " (another container?); stop it where it was started"
    )


@contextmanager
def _locked(path: Path) -> Iterator[IO[str]]:
    with path.open("a+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            running = find(path.parent)
            where = f" at {running.address}" if running else ""
            raise Conflict(f"the city is running already{where}; 'make stop' ends it") from None
        if not _still_there(path, file):
            raise Conflict("another city of this state folder has just ended; try again")
        yield file


def _still_there(path: Path, file: IO[str]) -> bool:
    with suppress(FileNotFoundError):
        return path.stat().st_ino == os.fstat(file.fileno()).st_ino
    return False
