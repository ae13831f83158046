"""One file per compiled index: what it is of, then the buffer that holds every table."""

from __future__ import annotations

import mmap
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from spatial import mapped_files

FORMAT = "citygrid-locate-1"


def write(path: Path, codes: Sequence[str], tolerance_m: float, buffer: Any, layout: Any) -> None:
    """Write an index as a file that processes map."""
    about = {"format": FORMAT, "tolerance_m": tolerance_m, "layout": layout.tolist(), "codes": list(codes)}
    mapped_files.write(path, about, [buffer.data])


def read(path: Path) -> tuple[tuple[str, ...], float, Any, Any]:
    """Map a written index: codes, tolerance, buffer and layout."""
    return mapped_files.read(path, FORMAT, _parse)


def _parse(about: dict[str, Any], memory: mmap.mmap, start: int) -> tuple[tuple[str, ...], float, Any, Any]:
    layout = np.array(about["layout"], np.int64)
    buffer = np.frombuffer(memory, np.uint8, offset=start)
    if layout[-1, 1] > len(buffer):
        raise ValueError("cut off")
    layout.setflags(write=False)
    return tuple(about["codes"]), float(about["tolerance_m"]), buffer, layout
