"""Files of plain arrays that every process maps: a line of JSON says what follows, then pages of bytes."""

from __future__ import annotations

import json
import mmap
import os
import tempfile
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, TypeVar

from spatial.errors import InvalidInput, NotFound

Read = TypeVar("Read")
_PAGE = 4096
_LENGTH_DIGITS = 16


def write(path: Path, about: Mapping[str, Any], parts: Iterable[Any]) -> None:
    """Write beside the target and rename, so that no reader ever sees half a file.

    about: JSON, with its `format`. parts: bytes or buffers, one behind the other from the first page on.
    """
    header = json.dumps(about).encode()
    header = f"{len(header):>{_LENGTH_DIGITS}}".encode() + header
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=path.name, suffix=".part")
    part = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(header + b"\n" * (-len(header) % _PAGE))
            for each in parts:
                file.write(each)
            file.flush()
            os.fsync(file.fileno())
        part.chmod(0o644)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def read(path: Path, form: str, parse: Callable[[dict[str, Any], mmap.mmap, int], Read]) -> Read:
    """Map a file and give what `parse` makes of (about, memory, offset of the first part).

    NotFound when there is none; InvalidInput when it is empty, not whole, or of another form: whatever
    `parse` raises as ValueError, KeyError or TypeError says so.
    """
    try:
        with path.open("rb") as file:
            memory = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    except FileNotFoundError:
        raise NotFound(f"there is no compiled file {path.name}") from None
    except ValueError:
        raise InvalidInput.at(path.name, "is empty") from None
    try:
        end = _LENGTH_DIGITS + int(memory[:_LENGTH_DIGITS])
        about = json.loads(memory[_LENGTH_DIGITS:end])
        if about["format"] != form:
            raise ValueError(about["format"])
        return parse(about, memory, end + -end % _PAGE)
    except (ValueError, KeyError, TypeError):
        raise InvalidInput.at(path.name, f"is not a whole file of the form {form}") from None
