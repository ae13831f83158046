"""`citygrid demo generate`: from the real data to the files that are loaded."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

DATA = Path(__file__).parent / "data"
SEED = 20261121

Progress = Callable[[str, float], None]


def generate(out: Path, seed: int, progress: Progress) -> dict[str, int]:
    """Write the demo city into the folder `out`; returns rows by file.

    The same seed and data give the same files. progress(text, share) is told of every step.
    """
    from demo.generate import generate_coverage
    from demo.generate.contents import generate_contents

    out.mkdir(parents=True, exist_ok=True)
    generate_coverage(DATA, out, seed, lambda text, share: progress(text, share * 0.7))
    return generate_contents(DATA, out, seed, lambda text, share: progress(text, 0.7 + share * 0.3))
