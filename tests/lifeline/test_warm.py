"""Warming up asks everything once."""

from __future__ import annotations

from lifeline.complaints import kernels as of_complaints
from lifeline.traces import kernels as of_traces
from lifeline.warm import warm


def test_every_kernel_is_ready_afterwards() -> None:
    warm()
    for module in (of_complaints, of_traces):
        for name, kernel in vars(module).items():
            if hasattr(kernel, "signatures") and kernel.__module__ == module.__name__ and name not in INLINED:
                assert kernel.signatures, f"{module.__name__}.{name}"


INLINED = {"lets", "_ratio"}
"""They go into their callers."""
