"""The space-time permutation scan on a network: zones are what hangs below one atom, and segments.

Kulldorff and others 2005 (see spatial.events.space_time_scan), with other zones than circles: a valve, a pump
or a pipe that fails is felt by all that it alone supplies, however far that reaches, and not beside it. What
is expected in a zone and a window is (cases of the zone x cases of the window) / all cases: neither customers
nor people need be known, and who always complains raises no alarm.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from lifeline.complaints.kernels import best_windows, dominators, gather, shuffled, zones_above
from lifeline.traces.isolation import State
from lifeline.traces.mesh import Bool, Int, Mesh
from lifeline.traces.walks import segments

MOST_WORK = 600_000_000
"""Zones x windows x shuffles; of more cases fewer shuffles are made."""
LEAST_TRIALS = 99
MOST_LOOKED_AT = 200
"""Zones, best first, among which those apart are looked for."""
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Zone:
    """Where more complained than was expected, all at once."""

    atom: int | None
    """The lowest atom of the mesh that supplies all of them; None of a segment."""
    stretch: Int
    """Atoms upwards from it that supply exactly the same cases: the cause lies on one of them; of a segment
    its own."""
    cases: Int
    """Rows of the cases inside, in the window."""
    window: int
    count: int
    expected: float
    ratio: float
    """Logarithm of the likelihood ratio."""
    p: float


@dataclass(frozen=True)
class Found:
    """What a scan came to. trials: shuffles that were made; unfed: cases that no source reaches."""

    zones: list[Zone]
    trials: int
    unfed: int


@dataclass(frozen=True)
class _Tree:
    above: Int
    """(atoms,)"""
    zone_atoms: Int
    """(k,) The lowest atom of each zone, what is above before what is below."""
    parent: Int
    """(k,)"""
    of_case: Int
    """(n,) Zone of each case, -1 for none."""


def scan(
    mesh: Mesh, state: State, roots: Int, atom: Int, hours_ago: Floats, windows_h: Sequence[float],
    trials: int = 999, seed: int = 0, most: int = 5,
) -> Found:  # fmt: skip
    """Find where cases are too many at once: `most` zones that share none, best first.

    roots: atoms that feed the network, or that it runs to; atom (n,): where each case is; hours_ago (n,);
    windows_h: lengths of the windows that end now, ascending. The same seed gives the same p.
    """
    lengths = np.asarray(windows_h, np.float64)
    age = np.searchsorted(lengths, hours_ago).astype(np.int64)
    tree = _tree(mesh, state, roots, atom)
    label, of_case, parts = _segments(mesh, state, atom, len(tree.parent))
    in_window = np.searchsorted(np.sort(age), np.arange(len(lengths)), "right")
    kernel = (tree.parent, tree.of_case, of_case, age, in_window)
    zones = len(tree.parent) + parts
    ratios, best = np.zeros(zones), np.zeros(zones, np.int64)
    counts = np.zeros((zones, len(lengths)), np.int64)
    if len(atom):
        best_windows(*kernel, ratios, best, counts)
    trials = min(trials, max(LEAST_TRIALS, MOST_WORK // max(1, zones * len(lengths))))
    tops = np.zeros(trials)
    if ratios.max(initial=0.0) > 0:
        shuffled(*kernel, zones, tops, seed)
    found = []
    for zone, inside in _apart(tree, of_case, ratios, most):
        window = int(best[zone])
        found.append(
            Zone(
                int(tree.zone_atoms[zone]) if zone < len(tree.parent) else None,
                _stretch(tree, zone) if zone < len(tree.parent) else np.flatnonzero(label == zone),
                np.flatnonzero(inside & (age <= window)), window, int(counts[zone, window]),
                float(inside.sum()) * float(in_window[window]) / len(atom), float(ratios[zone]),
                float((1 + (tops >= ratios[zone] - 1e-9).sum()) / (trials + 1)),
            )
        )  # fmt: skip
    return Found(found, trials, int((tree.of_case < 0).sum()))


def feeds(mesh: Mesh, state: State, roots: Int) -> tuple[Int, Int]:
    """Give what is above each atom (see `kernels.dominators`), and the atoms that are reached, in order."""
    begins, joints = mesh.joints
    above, order = np.full(mesh.atoms, -1, np.int64), np.zeros(mesh.atoms, np.int64)
    reached = dominators(mesh.ends, begins, joints, mesh.gate, state.passes(), np.unique(roots), above, order)
    return above, order[:reached]


def _tree(mesh: Mesh, state: State, roots: Int, atom: Int) -> _Tree:
    """Leave of the tree of all atoms those where cases are, or meet: no other has a zone of its own."""
    above, order = feeds(mesh, state, roots)
    total = np.bincount(atom, minlength=mesh.atoms + 1).astype(np.int64)
    own = total[:-1] > 0
    branches = np.zeros(mesh.atoms + 1, np.int64)
    gather(order, above, total, branches)
    zone_atoms = order[own[order] | (branches[order] > 1)]
    number = np.full(mesh.atoms + 1, -1, np.int64)
    number[zone_atoms] = np.arange(len(zone_atoms))
    over = np.full(mesh.atoms, -1, np.int64)
    zones_above(order, above, number, over)
    return _Tree(above, zone_atoms, over[zone_atoms], number[atom])


def _segments(mesh: Mesh, state: State, atom: Int, first: int) -> tuple[Int, Int, int]:
    """Number the segments of two cases and more, on from `first`: of atoms, of cases; and count them."""
    _, label = segments(mesh, state.usable)
    wanted, counts = np.unique(label[atom], return_counts=True)
    wanted = wanted[counts > 1]
    number = np.full(int(label.max(initial=-1)) + 1, -1, np.int64)
    number[wanted] = first + np.arange(len(wanted))
    return number[label], number[label[atom]], len(wanted)


def _stretch(tree: _Tree, zone: int) -> Int:
    atoms, up = [], int(tree.zone_atoms[zone])
    stop = int(tree.zone_atoms[tree.parent[zone]]) if tree.parent[zone] >= 0 else len(tree.above)
    while up not in (stop, len(tree.above)):
        atoms.append(up)
        up = int(tree.above[up])
    return np.array(atoms, np.int64)


def _apart(tree: _Tree, of_segment: Int, ratios: Floats, most: int) -> Iterator[tuple[int, Bool]]:
    """Give the best zones that share no case with a better one, with the cases inside."""
    taken = np.zeros(len(tree.of_case), bool)
    given = 0
    # Of zones that are as good the first one of the tree stands: it says what lies upstream.
    for zone in np.argsort(-ratios, kind="stable")[:MOST_LOOKED_AT].tolist():
        if given == most or ratios[zone] <= 0:
            return
        inside = _inside(tree, of_segment, zone)
        if not (inside & taken).any():
            taken |= inside
            given += 1
            yield zone, inside


def _inside(tree: _Tree, of_segment: Int, zone: int) -> Bool:
    if zone >= len(tree.parent):
        part: Bool = of_segment == zone
        return part
    member = np.zeros(len(tree.parent) + 1, bool)
    member[zone] = True
    for below in range(zone + 1, len(tree.parent)):
        member[below] = tree.parent[below] >= 0 and member[tree.parent[below]]
    inside: Bool = member[tree.of_case]
    return inside
