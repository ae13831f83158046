"""Roots: what is sealed, how one is chained to the one before, and their copy outside of the database."""

from __future__ import annotations

import hmac
import json
import os
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, fields, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from spatial.errors import Unavailable
from spatial.rights.audit.canonical import write
from spatial.rights.audit.keys import ChainKeys, key_id

ROOT_FORM = b"citygrid.audit.root.1"
BEGINNING = bytes(32)
"""What stands before the first root."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Root:
    """A row of audit_root (封存); see the model for what the fields mean."""

    id: int
    kind: str
    cluster: int
    month: date
    from_xid: int
    until_xid: int
    next_xid: int
    row_count: int
    first_id: int
    last_id: int
    merkle_root: bytes
    sealed_at: datetime
    key_id: str
    previous: bytes
    chain: bytes = b""

    def message(self) -> bytes:
        """Write everything that the chain vouches for: the root before, and all fields of this one."""
        values = [_text(getattr(self, field.name)) for field in fields(self) if field.name != "chain"]
        return write(ROOT_FORM, values)

    def chained(self, keys: ChainKeys) -> Root:
        """Return the root with its chain, made with the current key."""
        named = replace(self, key_id=key_id(keys.current))
        return replace(named, chain=hmac.digest(keys.current, named.message(), "sha256"))

    def is_genuine(self, keys: ChainKeys) -> bool | None:
        """Tell whether whoever made the root had the key it names; None when that key is not known here."""
        key = keys.known.get(self.key_id)
        return None if key is None else hmac.compare_digest(
            self.chain, hmac.digest(key, self.message(), "sha256")
        )  # fmt: skip

    def line(self) -> str:
        """Write the root as one line of JSON."""
        return json.dumps({field.name: _plain(getattr(self, field.name)) for field in fields(self)})

    @classmethod
    def from_line(cls, line: str) -> Root:
        """Read a line again; ValueError when it is none."""
        try:
            values = json.loads(line)
            values |= {"month": date.fromisoformat(values["month"])}
            values |= {"sealed_at": datetime.fromisoformat(values["sealed_at"])}
            values |= {name: bytes.fromhex(values[name]) for name in ("merkle_root", "previous", "chain")}
            return cls(**values)
        except (TypeError, KeyError) as error:
            raise ValueError(f"not a root: {error}") from None


class RootFile:
    """<home>/audit/roots.log: every root once more, a line each, where the database cannot reach it.

    Appended after the root is committed, so the file never knows a root that the database had not. Copy it
    to another machine, and not even both administrators together can shorten the log unseen.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    def append(self, roots: Sequence[Root]) -> None:
        """Append roots and wait until the disk has them; Unavailable when it does not take them."""
        try:
            self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            with os.fdopen(os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600), "rb+") as file:
                text = "".join(f"{root.line()}\n" for root in roots)
                file.write((_line_end(file) + text).encode())
                file.flush()
                os.fsync(file.fileno())
        except OSError as error:
            raise Unavailable(f"{self.path} cannot be written: {error}") from error

    def size(self) -> int:
        """Return the file's length in bytes; 0 when there is none."""
        return self.path.stat().st_size if self.path.exists() else 0

    def lines(self, size: int) -> Iterator[tuple[int, str]]:
        """Read the lines of the first `size` bytes with their numbers, from 1; none when there is no file."""
        if not self.path.exists():
            return
        with self.path.open("rb") as file:
            for number, line in enumerate(file, 1):
                size -= len(line)
                if size < 0:
                    return
                yield number, line.decode("utf-8", errors="replace")

    def last(self) -> Root | None:
        """Read the last whole root without reading the file; None when there is none."""
        for line in reversed(self._tail().splitlines()):
            with suppress(ValueError):
                return Root.from_line(line)
        return None

    def _tail(self, size: int = 16_384) -> str:
        try:
            with self.path.open("rb") as file:
                length = file.seek(0, os.SEEK_END)
                file.seek(max(0, length - size))
                return file.read().decode("utf-8", errors="replace")
        except FileNotFoundError:
            return ""
        except OSError as error:
            raise Unavailable(f"{self.path} cannot be read: {error}") from error


def root_file(home: Path) -> RootFile:
    """Name the file of a state folder."""
    return RootFile(home / "audit" / "roots.log")


def _line_end(file: Any) -> str:
    """End a line that a crash cut off, so that the next root stands on a line of its own."""
    if file.seek(0, os.SEEK_END) == 0:
        return ""
    file.seek(-1, os.SEEK_END)
    return "" if file.read(1) == b"\n" else "\n"


def _text(value: Any) -> bytes:
    plain = (value - _EPOCH) // timedelta(microseconds=1) if isinstance(value, datetime) else _plain(value)
    return str(plain).encode()


def _plain(value: Any) -> Any:
    if isinstance(value, bytes):
        return value.hex()
    return value.isoformat() if isinstance(value, date) else value
