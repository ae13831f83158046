"""The demo city, generated from the real data by a seed. Heavy libraries are imported only when it runs."""

from __future__ import annotations

from collections.abc import Callable, Collection
from pathlib import Path
from typing import Any


def generate_coverage(
    data_dir: Path,
    out_dir: Path,
    seed: int,
    progress: Callable[[str, float], None],
    only: Collection[int] | None = None,
) -> dict[str, Any]:
    """Write units.parquet, roads.parquet and report.json into out_dir; see demo.generate.coverage."""
    from demo.generate import coverage

    return coverage.generate_coverage(data_dir, out_dir, seed, progress, only)
