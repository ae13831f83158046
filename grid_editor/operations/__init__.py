"""Operations of plans as values: read from a payload, applied to a state, undone by the inverse change."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from grid_editor.change import Change
from grid_editor.operations.areas import Cut, Draw, Transfer
from grid_editor.operations.borders import InsertVertex, MoveBorder, MoveVertex, RemoveVertex
from grid_editor.operations.operation import Operation
from grid_editor.operations.reading import Payload
from grid_editor.operations.replace import Replace
from grid_editor.operations.reshape import Reshape
from grid_editor.operations.split import Split
from grid_editor.operations.tree import Compose, Merge, Migrate, Retire
from grid_editor.operations.values import Assign, Recode, Rename
from grid_editor.state import State
from spatial.errors import InvalidInput

OPERATIONS: Mapping[str, type[Operation]] = {
    kind.name: kind
    for kind in (
        Assign, Compose, Cut, Draw, InsertVertex, Merge, Migrate, MoveBorder, MoveVertex, Recode,
        RemoveVertex, Rename, Replace, Reshape, Retire, Split, Transfer,
    )
}  # fmt: skip
"""By the name that a payload gives as `op`."""


def parse(payload: Mapping[str, Any]) -> Operation:
    """Read {op, datum?, …}; new identities are drawn here and stand in `Operation.payload` from then on.

    Coordinates are degrees, longitude first, in `datum` (wgs84, cgcs2000, gcj02 or bd09). InvalidInput names
    every field that is wrong, missing or unknown.
    """
    kind = payload.get("op")
    if not isinstance(kind, str) or kind not in OPERATIONS:
        raise InvalidInput.at("op", f"'{kind}' is not one of {', '.join(OPERATIONS)}")
    given = Payload(payload)
    operation = OPERATIONS[kind].read(given)
    given.done()
    return operation


def apply(state: State, operation: Operation) -> Change:
    """Say what an operation does to a state, proved by a second engine; InvalidInput where it cannot be."""
    return operation.change(state)


__all__ = ["OPERATIONS", "Operation", "apply", "parse"]
