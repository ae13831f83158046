"""Log files of child processes: bounded in size, with a tail in memory for reports of a crash."""

from __future__ import annotations

import re
import time
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import IO

from api.redact import Redactor

LARGEST_BYTES = 10_000_000
KEPT_FILES = 3
TAIL_LINES = 20
ECHOED_LINES_PER_MINUTE = 30

_MASKS = Redactor()
_MILD = re.compile(rb"(DEBUG|INFO|WARNING)\b")
_ERROR = re.compile(
    rb'\b(ERROR|CRITICAL|FATAL)\b|"level": ?"(error|critical)"|\[(error|critical) *\]|^\w*(Error|Exception):'
)


def tells_of_error(line: bytes) -> bool:
    """Tell whether a line reports an error, in plain, structlog or JSON form, or ends a traceback."""
    return _ERROR.search(line) is not None and _MILD.match(line) is None


class ChildLog:
    """One file, rotated by size: NAME.log, NAME.log.1 … NAME.log.3."""

    def __init__(self, path: Path, largest_bytes: int = LARGEST_BYTES) -> None:
        self.path = path
        self._largest_bytes = largest_bytes
        self._tail: deque[bytes] = deque(maxlen=TAIL_LINES)
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._open()

    def write(self, line: bytes) -> None:
        """Add a line; start a new file when this one is full."""
        if self._size + len(line) > self._largest_bytes:
            self._rotate()
        self._file.write(line)
        self._file.flush()
        self._size += len(line)
        self._tail.append(line)

    def last_words(self) -> str:
        """Return the last lines as text, indented."""
        return "".join("    " + line.decode("utf-8", "replace") for line in self._tail)

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def _open(self) -> None:
        self._file = self.path.open("ab")
        self._size = self._file.tell()

    def _rotate(self) -> None:
        self._file.close()
        for number in range(KEPT_FILES, 0, -1):
            older = self.path.with_name(f"{self.path.name}.{number}")
            newer = self.path.with_name(f"{self.path.name}.{number - 1}") if number > 1 else self.path
            if newer.exists():
                newer.replace(older)
        self._open()


def pump(source: IO[bytes], log: ChildLog, prefix: str, say: Callable[[str], None]) -> None:
    """Copy a child's output to its log until it ends, and say error lines, a bounded number a minute.

    The child masks its secrets itself; here what others print past its log is masked by its shape.
    """
    said: deque[float] = deque(maxlen=ECHOED_LINES_PER_MINUTE)
    for raw in source:
        line = _MASKS.text(raw.decode("utf-8", "surrogateescape")).encode("utf-8", "surrogateescape")
        # A full disk must not stop the reading: the child would wait for its pipe for ever.
        with suppress(OSError):
            log.write(line)
        now_s = time.monotonic()
        if tells_of_error(line) and (len(said) < ECHOED_LINES_PER_MINUTE or now_s - said[0] > 60):
            said.append(now_s)
            say(prefix + line.decode("utf-8", "replace").rstrip())
    source.close()
