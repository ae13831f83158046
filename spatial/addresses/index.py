"""The compiled address library: plain arrays, saved as one file and mapped by every process.

Two levels. People name things by some ten thousands of *names* (roads, compounds, points of interest), and
tell addresses of one name apart by numbers. Fuzzy search goes over the names alone; numbers are compared.
"""

from __future__ import annotations

import mmap
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np

from spatial import mapped_files

FORMAT = "citygrid-addresses-2"


@dataclass(frozen=True)
class Index:
    """V ways of writing C names, R addresses, G grams."""

    variant_from: Any
    """int64 (V + 1,): where the tokens of a way of writing begin."""
    token: Any
    """int32 (4, T): char, sound, soft, first; see `tokens.Tokens`."""
    weight: Any
    """float32 (T,): how much a token tells."""
    variant_name: Any
    """int32 (V,): the name that it writes."""
    variant_sort: Any
    """uint8 (V,): 0 as it is, 1 abbreviations written out, 2 another name, 3 an old name."""
    variant_text_from: Any
    """int64 (V + 1,), of variant_text: UTF-8; of old names, a tab and the last day follow."""
    variant_text: Any
    variant_norm: Any
    """float32 (V,): sum of the weights of its grams."""
    gram: Any
    """uint32 (G,), ascending."""
    gram_from: Any
    gram_variant: Any
    gram_weight: Any
    name_from: Any
    """int64 (C + 1,): where the addresses of a name begin in name_row, ordered by their numbers."""
    name_row: Any
    name_kinds: Any
    """int64 (C,): bits of the kinds of its addresses."""
    row_id: Any
    row_lonlat: Any
    """float64 (R, 2)."""
    row_slot: Any
    """int32 (R, 7): number, its addition, until, building, unit, floor, room."""
    row_name: Any
    """int32 (R, 2): road and name; -1 for none."""
    row_area: Any
    """int32 (R, 2): `area_code` of the district and street that it lies in; 0 for none."""
    row_kind: Any
    row_flag: Any
    """uint8 (R,): 1 generated, 2 no longer in use, 4 an administrative area."""
    row_text_from: Any
    row_text: Any
    known: Any
    """int32, ascending: characters that names are written with."""
    known_weight: Any
    spot: Any
    """int32 (R,): addresses in the order of their cells, for reverse geocoding."""
    spot_cell: Any
    """int64 (R,): cell of each of them, ascending."""
    kinds: tuple[str, ...] = ()
    stamp: int = 0
    """The state of the library that it was made from."""
    day: int = 0
    """The day (ordinal) as of which addresses are in use."""
    areas: tuple[str, ...] = ()
    """Names of the areas that the addresses lie in."""

    def __len__(self) -> int:
        return len(self.row_id)

    def text(self, row: int) -> str:
        """Give the text of an address."""
        begin, end = self.row_text_from[row], self.row_text_from[row + 1]
        return bytes(self.row_text[begin:end]).decode()

    def written(self, variant: int) -> str:
        """Give a way of writing."""
        begin, end = self.variant_text_from[variant], self.variant_text_from[variant + 1]
        return bytes(self.variant_text[begin:end]).decode()


_ABOUT = ("kinds", "stamp", "day", "areas")
ARRAYS = tuple(each.name for each in fields(Index) if each.name not in _ABOUT)


def save(index: Index, path: Path) -> None:
    """Write an index beside its place and move it there, so that nobody sees half a file."""
    arrays = [np.ascontiguousarray(getattr(index, name)) for name in ARRAYS]
    about = {
        "format": FORMAT, **{name: getattr(index, name) for name in _ABOUT},
        "arrays": [[array.dtype.str, array.shape] for array in arrays],
    }  # fmt: skip
    mapped_files.write(path, about, (array.tobytes() + b"\0" * (-array.nbytes % 64) for array in arrays))


def load(path: Path) -> Index:
    """Map a saved index; NotFound when there is none, InvalidInput when it is not whole or another form."""
    return mapped_files.read(path, FORMAT, _parse)


def _parse(about: dict[str, Any], memory: mmap.mmap, start: int) -> Index:
    arrays = {}
    for name, (kind, shape) in zip(ARRAYS, about["arrays"], strict=True):
        count = int(np.prod(shape))
        array = np.frombuffer(memory, np.dtype(kind), count, start)
        arrays[name] = array.reshape(shape)
        start += array.nbytes + -array.nbytes % 64
    return Index(**arrays, kinds=tuple(about["kinds"]), areas=tuple(about["areas"]),
                 stamp=int(about["stamp"]), day=int(about["day"]))  # fmt: skip
