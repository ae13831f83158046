"""One file per compiled index: a line of JSON, then the buffer that holds every table."""

from __future__ import annotations

import json
import mmap
import os
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from spatial.errors import InvalidInput, NotFound

FORMAT = "citygrid-locate-1"
_PAGE = 4096
_LENGTH_DIGITS = 16


def write(path: Path, codes: Sequence[str], tolerance_m: float, buffer: Any, layout: Any) -> None:
    """Write beside the target and rename, so that no reader ever sees half a file."""
    about = {"format": FORMAT, "tolerance_m": tolerance_m, "layout": layout.tolist(), "codes": list(codes)}
    header = json.dumps(about).encode()
    header = f"{len(header):>{_LENGTH_DIGITS}}".encode() + header
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=path.name, suffix=".part")
    part = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(header + b"\n" * (-len(header) % _PAGE))
            file.write(buffer.data)
            file.flush()
            os.fsync(file.fileno())
        part.chmod(0o644)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def read(path: Path) -> tuple[tuple[str, ...], float, Any, Any]:
    """Map a written index: codes, tolerance, buffer and layout."""
    try:
        with path.open("rb") as file:
            memory = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    except FileNotFoundError:
        raise NotFound(f"there is no locate index {path.name}") from None
    except ValueError:
        raise InvalidInput.at(path.name, "is empty") from None
    try:
        return _parse(memory)
    except (ValueError, KeyError, TypeError):
        raise InvalidInput.at(path.name, f"is not a whole index of the form {FORMAT}") from None


def _parse(memory: mmap.mmap) -> tuple[tuple[str, ...], float, Any, Any]:
    end = _LENGTH_DIGITS + int(memory[:_LENGTH_DIGITS])
    about = json.loads(memory[_LENGTH_DIGITS:end])
    if about["format"] != FORMAT:
        raise ValueError(about["format"])
    layout = np.array(about["layout"], np.int64)
    buffer = np.frombuffer(memory, np.uint8, offset=-(-end // _PAGE) * _PAGE)
    if layout[-1, 1] > len(buffer):
        raise ValueError("cut off")
    layout.setflags(write=False)
    return tuple(about["codes"]), float(about["tolerance_m"]), buffer, layout
