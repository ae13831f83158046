"""Join chains to arcs in normal form: from node to node, and around where there is no node."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence

from grid_editor.change import Change, Piece
from grid_editor.noding import Chain, Vertex, vertices
from grid_editor.pieces import canonical, canonical_ring
from grid_editor.state import State

_End = tuple[int, bool]
"""A chain, and whether it is its beginning."""


def relink(
    state: State,
    before: Collection[Piece],
    chains: Sequence[Chain],
    fresh: Collection[tuple[Piece, Vertex]] = frozenset(),
) -> Change:
    """Give the change of arcs that puts chains in the place of some arcs.

    Chains with one unit on both sides go. `fresh` vertices at which nothing meets go too. Arcs of others that
    end at the nodes concerned are looked at as well: they join where a node is none any more.
    """
    nodes = {end for piece in before for end in piece.ends}
    others = {piece for node in nodes for piece in state.pieces_at(node)} - set(before)
    kept = [chain for chain in chains if chain.left != chain.right]
    kept += [Chain(vertices(piece), piece.left, piece.right, piece) for piece in sorted(others)]
    stops = {end for piece in others for end in piece.ends} - nodes
    return Change.between({*before, *others}, _Links(kept, stops, frozenset(fresh)).pieces())


class _Links:
    """Chains by their ends."""

    def __init__(
        self, chains: Sequence[Chain], stops: set[Vertex], fresh: frozenset[tuple[Piece, Vertex]]
    ) -> None:
        self.chains, self.fresh = chains, fresh
        self.ends: dict[Vertex, list[_End]] = defaultdict(list)
        for number, chain in enumerate(chains):
            self.ends[chain.points[0]].append((number, True))
            self.ends[chain.points[-1]].append((number, False))
        self.nodes = stops | {vertex for vertex, ends in self.ends.items() if len(ends) != 2}
        self.unused = set(range(len(chains)))

    def pieces(self) -> Iterator[Piece]:
        for vertex in sorted(self.nodes & self.ends.keys()):
            for number, forward in self.ends[vertex]:
                if number in self.unused:
                    yield canonical(*self._walk(number, forward))
        while self.unused:
            yield canonical_ring(*self._walk(min(self.unused), True))

    def _walk(self, number: int, forward: bool) -> tuple[list[Vertex], str, str]:
        """Go on from a chain to the next node, or around."""
        points, left, right = self._turned(number, forward)
        while points[-1] not in self.nodes and points[-1] != points[0]:
            number, forward = self._next(number, forward)
            more, further_left, further_right = self._turned(number, forward)
            if (left, right) != (further_left, further_right):
                raise ArithmeticError(f"the sides of a border change at {points[-1]}")
            points = points[: -1 if self._is_needless(points[-1]) else None] + more[1:]
        return self._without_needless_start(points), left, right

    def _turned(self, number: int, forward: bool) -> tuple[list[Vertex], str, str]:
        self.unused.discard(number)
        chain = self.chains[number]
        if forward:
            return list(chain.points), chain.left, chain.right
        return list(chain.points[::-1]), chain.right, chain.left

    def _next(self, number: int, forward: bool) -> _End:
        at = self.chains[number].points[-1 if forward else 0]
        one, other = self.ends[at]
        return other if one == (number, not forward) else one

    def _is_needless(self, vertex: Vertex) -> bool:
        ends = self.ends[vertex]
        of = {self.chains[number].of for number, _ in ends}
        only = of.pop()
        return not of and only is not None and (only, vertex) in self.fresh

    def _without_needless_start(self, points: list[Vertex]) -> list[Vertex]:
        if points[0] != points[-1] or points[0] in self.nodes or not self._is_needless(points[0]):
            return points
        return [*points[1:-1], points[1]]
