"""Merkle trees as in RFC 6962 (Certificate Transparency), section 2.1, over a stream of leaves.

Leaves and nodes are hashed with different prefixes: no node can pass for a leaf. Only one hash a level
is held, however many leaves come.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

EMPTY = hashlib.sha256().digest()
"""The root of no leaves."""


class Tree:
    """A growing tree: `add` leaves, ask for the `root`."""

    def __init__(self) -> None:
        self.count = 0
        self._peaks: list[bytes] = []
        """Roots of the complete subtrees, largest first: one for each bit that is set in `count`."""

    def add(self, leaf: bytes) -> None:
        """Append one leaf."""
        node, rest = hashlib.sha256(b"\0" + leaf).digest(), self.count
        while rest & 1:
            node = _join(self._peaks.pop(), node)
            rest >>= 1
        self._peaks.append(node)
        self.count += 1

    def root(self) -> bytes:
        """Return the root over the leaves so far, 32 bytes."""
        if not self._peaks:
            return EMPTY
        *larger, node = self._peaks
        for peak in reversed(larger):
            node = _join(peak, node)
        return node


def root_of(leaves: Iterable[bytes]) -> bytes:
    """Return the root over some leaves."""
    tree = Tree()
    for leaf in leaves:
        tree.add(leaf)
    return tree.root()


def _join(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\1" + left + right).digest()
