"""Has the kernels of traces and scans compiled before the first question: whoever asks it has an alarm."""

from __future__ import annotations

import numpy as np

from lifeline.complaints.scan import scan
from lifeline.traces.isolation import State, Supply, isolate
from lifeline.traces.mesh import Gates, Mesh
from lifeline.traces.walks import loops, reach


def warm() -> None:
    """Ask a network of five pipes, with a ring and a valve, everything once."""
    mesh = Mesh.of(5, [0, 1, 2, 3, 3], [1, 2, 3, 1, 4], Gates.of([1], [0]))
    state, sources = State.of(mesh), np.array([0], np.int64)
    found = isolate(mesh, state, Supply.of(mesh, state, sources), np.array([mesh.nodes + 1], np.int64))
    assert found.close.tolist() == [0]
    reach(mesh, np.array([3], np.int64), -1, state.passes(), np.zeros(0, np.int64))
    loops(mesh)
    scan(
        mesh, state, sources, np.array([4, 4, 2], np.int64), np.array([0.5, 0.5, 9.0]), (1.0, 24.0), trials=99
    )
