"""The personal data of the demo city: sealed on the way from the files into the database."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spatial.rights.envelope import Keyring
from spatial.rights.personal import CLASSIFIED, seal


def sealed(
    keyring: Keyring, relation: str, keys: Sequence[int], columns: Mapping[str, Any]
) -> dict[str, Any]:
    """Seal the classified columns of new rows and leave the others as they are; bytes as COPY reads them."""
    clear = {name: columns[name] for name in CLASSIFIED[relation].columns}
    stored = seal(keyring, relation, keys, clear)
    return {**columns, **{name: _written(values) for name, values in stored.items()}}


def reporters_of(
    reporters: Mapping[str, Any], kept: NDArray[np.bool_], event_ids: Sequence[int]
) -> dict[str, Any]:
    """Take the reporters of the events that are kept, and name each by the key of its event.

    reporters: with `event`, the row in the file of events. kept: for every row of that file.
    """
    rows = np.asarray(reporters["event"])
    here = kept[rows]
    number = np.cumsum(kept) - 1
    columns = {
        name: [value for value, keep in zip(values, here, strict=True) if keep]
        for name, values in reporters.items()
        if name != "event"
    }
    return {"event_id": [event_ids[n] for n in number[rows[here]]], **columns}


def _written(values: Sequence[Any]) -> list[str | None]:
    return [f"\\x{value.hex()}" if isinstance(value, bytes) else value for value in values]
