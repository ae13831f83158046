"""How tests wait for what comes soon: as long as a loaded machine needs, and not a moment longer."""

from __future__ import annotations

import time
from collections.abc import Callable

PATIENCE_S = 60.0


def until(holds: Callable[[], object], pause_s: float = 0.02) -> None:
    """Wait until something is so; fails when it never is."""
    end = time.monotonic() + PATIENCE_S
    while not holds():
        assert time.monotonic() < end, f"not so after {PATIENCE_S:.0f} s"
        time.sleep(pause_s)
