"""Compiling the address library: names and their ways of writing, grams, numbers, cells."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

import numpy as np

from spatial.addresses.cells import cells_of
from spatial.addresses.grams import grams
from spatial.addresses.index import ARRAYS, Index
from spatial.addresses.normal import clean
from spatial.addresses.parts import Parts, area_code, number_code, parse, slot_code
from spatial.addresses.tokens import Tokens, tokens
from spatial.addresses.words import plain, short_forms

AS_IS, WRITTEN_OUT, ALIAS, OLD = 0, 1, 2, 3
GENERATED, RETIRED, AREA = 1, 2, 4
AREA_KINDS = frozenset({"district", "street", "community", "grid"})
_FORMER = re.compile(r"[(（]\s*原\s*([^()（）]{2,30})[)）]")
_BRACKETS = re.compile(r"[(（][^()（）]*[)）]")
_EITHER = re.compile(r"\s*[/&+]\s*")
MOST_WRITINGS = 8


class Alias(NamedTuple):
    """Another name of an address."""

    name: str
    is_old: bool
    until: str | None


@dataclass(frozen=True)
class Row:
    """An address as the library has it."""

    id: int
    text: str
    kind: str
    lon: float
    lat: float
    generated: bool = False
    retired: bool = False
    parts: Parts = field(default_factory=Parts)
    aliases: tuple[Alias, ...] = ()


@dataclass
class _Names:
    """Names as they are met."""

    number: dict[str, int] = field(default_factory=dict)
    rows: list[list[int]] = field(default_factory=list)
    kinds: list[int] = field(default_factory=list)
    writings: list[tuple[str, int, int, str]] = field(default_factory=list)
    """(text to compare, name, sort, text to show)"""

    def add(self, name: str, row: int, bit: int, sort: int = AS_IS, shown: str | None = None) -> int:
        key = name if sort == AS_IS else f"{sort}{shown or name}"
        found = self.number.get(key)
        if found is None:
            found = self.number[key] = len(self.rows)
            self.rows.append([])
            self.kinds.append(0)
            self.writings += [
                (text, found, sort or way, shown or name) for text, way in writings(name, sort == AS_IS)
            ]
        self.rows[found].append(row)
        self.kinds[found] |= bit
        return found


def writings(name: str, is_main: bool = True) -> list[tuple[str, int]]:
    """List the ways in which a name may be written: as it is, without brackets, abbreviations written out."""
    former = _FORMER.findall(name) if is_main else []
    plainly = [_FORMER.sub("", name)] if former else [name]
    without = _BRACKETS.sub("", plainly[0]).strip()
    found = dict.fromkeys((each, AS_IS) for each in (*plainly, without) if each)
    found |= dict.fromkeys((each, AS_IS) for each in _EITHER.split(plainly[0]) if len(each) > 1)
    found |= dict.fromkeys((full, WRITTEN_OUT) for each, _ in list(found) for full in written_out(each))
    return [*list(found)[:MOST_WRITINGS], *((each, OLD) for each in former)]


def written_out(name: str, most: int = 4) -> list[str]:
    """Write abbreviations out: 北航附小 is 北京航空航天大学附属小学; [] when there are none."""
    text, found = plain(name), []
    pairs = [pair for pair in short_forms() if pair[0] in text and pair[1] not in text]
    for short, full in pairs:
        once = text.replace(short, full, 1)
        found.append(once)
        found += [
            once.replace(*other, 1)
            for other in pairs
            if other[0] in once.replace(full, "\0") and other[1] not in once
        ]
    return list(dict.fromkeys(found))[:most]


def compile_rows(
    rows: Iterable[Row], stamp: int = 0, base: Index | None = None, day: int = 0, areas: Any = None,
    units: Callable[[Any], Any] | None = None,
) -> Index:  # fmt: skip
    """Compile addresses; the weights of characters are those of `base` where one is given.

    areas: an `AreaNames` that sees the rows go by. units: gives points (n, 2) the `area_code` of the district
    and street that they lie in, int32 (n, 2), for addresses that do not say.
    """
    names, table = _Names(), _Table()
    kinds: dict[str, int] = {}
    for number, row in enumerate(rows):
        bit = 1 << min(kinds.setdefault(row.kind, len(kinds)), 62)
        own = row.parts if any((row.parts.road, row.parts.name)) else parse(row.text)
        pair = tuple(_named(row, own, names, number, bit))
        table.add(row, own, pair, kinds[row.kind])
        _other_names(row, names, number, bit)
    made = _assembled(names, table, tuple(kinds), stamp, base)
    if units is not None and len(made):
        made = replace(made, row_area=_located(made, units))
    for name in ARRAYS:
        # As those of a mapped file are: kernels are compiled anew for each kind of array that they meet.
        getattr(made, name).setflags(write=False)
    return replace(made, day=day, areas=tuple(sorted(areas.names)) if areas is not None else ())


def _located(made: Index, units: Callable[[Any], Any]) -> Any:
    """Say by the unit where an address lies what its text does not."""
    found = made.row_area.copy()
    silent = np.flatnonzero((found == 0).any(axis=1))
    if len(silent):
        found[silent] = np.where(found[silent] == 0, units(made.row_lonlat[silent]), found[silent])
    return found


def _named(row: Row, own: Parts, names: _Names, number: int, bit: int) -> Iterator[int]:
    """A door has a road and perhaps a name; what stands for itself is also known with its areas in front."""
    yield names.add(clean(own.road), number, bit) if own.road else -1
    if own.road or own.name is None:
        yield names.add(clean(own.name), number, bit) if own.name else -1
        return
    found = names.add(clean(own.name), number, bit)
    whole = clean(row.text)
    if whole != clean(own.name) and own.building is None and len(whole) < len(own.name) + 8:
        names.add(whole, number, bit, ALIAS, whole)
    yield found


def _other_names(row: Row, names: _Names, number: int, bit: int) -> None:
    for alias in row.aliases:
        shown = f"{alias.name}\t{alias.until or ''}" if alias.is_old else alias.name
        names.add(clean(alias.name), number, bit, OLD if alias.is_old else ALIAS, shown)


@dataclass
class _Table:
    """Columns of addresses as they are met."""

    ids: list[int] = field(default_factory=list)
    lonlat: list[tuple[float, float]] = field(default_factory=list)
    slots: list[tuple[int, ...]] = field(default_factory=list)
    names: list[tuple[int, int]] = field(default_factory=list)
    areas: list[tuple[int, int]] = field(default_factory=list)
    kinds: list[int] = field(default_factory=list)
    flags: list[int] = field(default_factory=list)
    texts: list[bytes] = field(default_factory=list)

    def add(self, row: Row, own: Parts, pair: Sequence[int], kind: int) -> None:
        self.ids.append(row.id)
        self.lonlat.append((row.lon, row.lat))
        houses = (slot_code(each) for each in (own.building, own.unit, own.floor, own.room))
        self.slots.append((*number_code(own.number), *houses))
        self.names.append((pair[0], pair[1]))
        chain = (row.parts.district or own.district, row.parts.street or own.street)
        self.areas.append((area_code(chain[0]), area_code(chain[1])))
        self.kinds.append(kind)
        area = AREA if row.kind in AREA_KINDS else 0
        self.flags.append(GENERATED * row.generated | RETIRED * row.retired | area)
        self.texts.append(row.text.encode())


def _assembled(names: _Names, table: _Table, kinds: tuple[str, ...], stamp: int, base: Index | None) -> Index:
    texts = [tokens(text) for text, *_ in names.writings]
    known, known_weight = _weights(texts) if base is None else (base.known, base.known_weight)
    slots = np.array(table.slots, np.int32).reshape(-1, 7)
    lonlat = np.array(table.lonlat, np.float64).reshape(-1, 2)
    spot, spot_cell = cells_of(lonlat)
    text_from, text = _blob(table.texts)
    shown_from, shown = _blob([each[3].encode() for each in names.writings])
    return Index(
        **_tokens_of(texts, known, known_weight), **_grams_of(texts), **_rows_of(names, slots),
        variant_name=np.array([each[1] for each in names.writings], np.int32),
        variant_sort=np.array([each[2] for each in names.writings], np.uint8),
        variant_text_from=shown_from, variant_text=shown,
        name_kinds=np.array(names.kinds, np.int64),
        row_id=np.array(table.ids, np.int64), row_lonlat=lonlat, row_slot=slots,
        row_name=np.array(table.names, np.int32).reshape(-1, 2),
        row_area=np.array(table.areas, np.int32).reshape(-1, 2),
        row_kind=np.array(table.kinds, np.int16), row_flag=np.array(table.flags, np.uint8),
        row_text_from=text_from, row_text=text, known=known, known_weight=known_weight,
        spot=spot, spot_cell=spot_cell, kinds=kinds, stamp=stamp,
    )  # fmt: skip


def _weights(texts: list[Tokens]) -> tuple[Any, Any]:
    """What few names have tells much: 1 for one name, 0.2 for what is everywhere."""
    each = [np.unique(text.char) for text in texts]
    known, count = np.unique(np.concatenate(each) if each else np.zeros(0, np.int32), return_counts=True)
    share = np.log((len(texts) + 1) / count) / np.log(max(len(texts), 2) + 1)
    return known.astype(np.int32), np.clip(share, 0.2, 1).astype(np.float32)


def weigh(text: Tokens, known: Any, known_weight: Any) -> Any:
    """Give the weight of each token, float32 (n,); what no name has tells most. Known by sound alone: 0.6."""
    if not len(known):
        return np.ones(len(text), np.float32)
    at = np.minimum(np.searchsorted(known, text.char), len(known) - 1)
    found = np.where(known[at] == text.char, known_weight[at], np.float32(1.0))
    return np.where(text.char == 0, np.float32(0.6), found).astype(np.float32)


def _tokens_of(texts: list[Tokens], known: Any, known_weight: Any) -> dict[str, Any]:
    lengths = np.array([0, *map(len, texts)], np.int64)
    columns = zip(*texts, strict=True) if texts else ([np.zeros(0, np.int32)] for _ in range(4))
    token = np.array([np.concatenate(list(column)) for column in columns], np.int32)
    whole = Tokens(*token)
    return {"variant_from": np.cumsum(lengths), "token": token, "weight": weigh(whole, known, known_weight)}


def _grams_of(texts: list[Tokens]) -> dict[str, Any]:
    each = [grams(text, False) for text in texts]
    keys = np.concatenate(each) if each else np.zeros(0, np.uint32)
    variant = np.repeat(np.arange(len(each), dtype=np.int32), [len(found) for found in each])
    order = np.argsort(keys, kind="stable")
    gram, begin, count = np.unique(keys[order], return_index=True, return_counts=True)
    weight = np.clip(np.log((len(texts) + 1) / np.maximum(count, 1)), 0.3, None).astype(np.float32)
    norm = np.zeros(len(texts), np.float32)
    np.add.at(norm, variant[order], np.repeat(weight, count))
    return {
        "gram": gram, "gram_from": np.append(begin, len(keys)).astype(np.int64),
        "gram_variant": variant[order], "gram_weight": weight, "variant_norm": norm,
    }  # fmt: skip


def _rows_of(names: _Names, slots: Any) -> dict[str, Any]:
    """Order the addresses of a name by number, house, entrance, floor, room: the plainest first."""
    lengths = np.array([0, *map(len, names.rows)], np.int64)
    owner = np.repeat(np.arange(len(names.rows)), lengths[1:])
    row = np.array([each for found in names.rows for each in found], np.int32)
    columns = slots[row] if len(row) else np.zeros((0, 7), np.int32)
    order = np.lexsort((*columns[:, [6, 5, 4, 3, 1, 0]].T, owner))
    return {"name_from": np.cumsum(lengths), "name_row": row[order]}


def _blob(texts: list[bytes]) -> tuple[Any, Any]:
    lengths = np.array([0, *map(len, texts)], np.int64)
    return np.cumsum(lengths), np.frombuffer(b"".join(texts), np.uint8)
