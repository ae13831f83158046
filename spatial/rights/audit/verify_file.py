"""Compares the file of roots with the chain in the database."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Any

from psycopg import Connection

from spatial.database import query
from spatial.rights.audit.findings import Finding
from spatial.rights.audit.keys import ChainKeys
from spatial.rights.audit.roots import Root, RootFile
from spatial.rights.audit.triggers import ROOM

BATCH = 1_000
FILE_DELAY = timedelta(minutes=1)
"""The newest roots may be missing in the file for as long as a write, or a restart after a crash, takes."""


class FileCheck:
    """Goes along the file once. Findings on neighbouring roots are told as one."""

    def __init__(self, connection: Connection[Any], keys: ChainKeys, last: Root | None) -> None:
        self._connection = connection
        self._keys = keys
        self._last = last
        self._seen = 0
        """The root on the line before."""
        self._run: tuple[str, int, int, int] | None = None
        """Kind, first root, last root and first line of the findings that are not told yet."""

    def findings(self, file: RootFile, size: int) -> Iterator[Finding]:
        """Check the first `size` bytes of the file: each line by itself, and against the database."""
        lines = _without_torn(file.lines(size))
        while batch := list(islice(lines, BATCH)):
            yield from self._batch(batch)
        yield from self._told()
        yield from self._rest()

    def _batch(self, lines: list[tuple[int, str]]) -> Iterator[Finding]:
        roots = [(number, _read(line)) for number, line in lines]
        ids = [root.id for _, root in roots if root]
        stored = {row[0]: bytes(row[1]) for row in self._stored(ids)}
        for number, root in roots:
            if root is not None:
                yield from self._line(number, root, stored.get(root.id))
            else:
                yield Finding("broken file", f"line {number}", "is not a root")

    def _line(self, number: int, root: Root, stored: bytes | None) -> Iterator[Finding]:
        if root.is_genuine(self._keys) is False:
            yield Finding("broken file", f"line {number}", f"root {root.id} was altered in the file")
        if root.id <= self._seen:
            text = f"root {root.id} follows root {self._seen}"
            yield Finding("log set back", f"line {number}", text)
        elif root.id > self._seen + 1:
            text = f"roots {self._seen + 1} to {root.id - 1} are not in the file"
            yield Finding("missing in file", f"before line {number}", text)
        self._seen = root.id
        if stored is None:
            yield from self._tell("truncated tail", number, root.id)
        elif stored != root.chain:
            yield from self._tell("differs from file", number, root.id)

    def _tell(self, kind: str, number: int, root: int) -> Iterator[Finding]:
        if self._run and self._run[0] == kind and root == self._run[2] + 1:
            self._run = (kind, self._run[1], root, self._run[3])
            return
        yield from self._told()
        self._run = (kind, root, root, number)

    def _told(self) -> Iterator[Finding]:
        if self._run is not None:
            kind, first, last, number = self._run
            what = "not in the database" if kind == "truncated tail" else "another one in the database"
            yield Finding(kind, f"from line {number}", f"roots {first} to {last}: {what}")
        self._run = None

    def _rest(self) -> Iterator[Finding]:
        """Roots that the database has and the file has not: the newest may be on their way."""
        if self._last is None or self._last.id <= self._seen:
            return
        found = self._stored([self._seen + 1])
        if not found or found[0][2] < datetime.now(UTC) - FILE_DELAY:
            text = f"roots {self._seen + 1} to {self._last.id} are not in the file"
            yield Finding("missing in file", "at its end", text)

    def _stored(self, ids: list[int]) -> list[Any]:
        return self._connection.execute(query(ROOM, "roots_by_id"), {"ids": ids}).fetchall()


def _read(line: str) -> Root | None:
    try:
        return Root.from_line(line)
    except ValueError:
        return None


def _without_torn(lines: Iterator[tuple[int, str]]) -> Iterator[tuple[int, str]]:
    """Pass over a line that a crash cut off: it stands whole on the next line, or will when there is one."""
    held = next(lines, None)
    while held is not None:
        following = next(lines, None)
        number, line = held
        is_torn = following[1].startswith(line.rstrip("\n")) if following else not line.endswith("\n")
        if not is_torn:
            yield number, line
        held = following
