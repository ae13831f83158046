"""What a listener counts: for /metrics, added up over all processes, and for its own lines in the log."""

from __future__ import annotations

from collections import Counter
from typing import Any

import prometheus_client as prometheus

_LINES = prometheus.Gauge(
    "citygrid_listen_lines", "Lines of terminals.", ["protocol"], multiprocess_mode="livesum"
)
_FIXES = prometheus.Counter("citygrid_listen_fixes", "Fixes of terminals.", ["protocol", "outcome"])
_LEFT_OUT = prometheus.Counter(
    "citygrid_listen_left_out", "Messages of terminals that were not taken.", ["protocol", "reason"]
)


class Measures:
    """The counters of one listener."""

    def __init__(self, protocol: str) -> None:
        self._protocol = protocol
        self._lines = _LINES.labels(protocol)
        self._fixes: Counter[str] = Counter()
        self._left_out: Counter[str] = Counter()

    def lines(self, count: int) -> None:
        """Note how many lines there are."""
        self._lines.set(count)

    def fixes(self, outcome: str, count: int) -> None:
        """Count fixes: new, known, refused or failed."""
        if count:
            self._fixes[outcome] += count
            _FIXES.labels(self._protocol, outcome).inc(count)

    def left_out(self, reasons: Counter[str]) -> None:
        """Count messages that were not taken, by reason; `reasons` is empty afterwards."""
        for reason, count in reasons.items():
            if count:
                self._left_out[reason] += count
                _LEFT_OUT.labels(self._protocol, reason).inc(count)
        reasons.clear()

    def told(self) -> dict[str, Any]:
        """Give everything since the start, for the log."""
        return {"fixes": dict(self._fixes), "left_out": dict(self._left_out)}
