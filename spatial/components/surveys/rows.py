"""Rows of a survey: read in batches, put into WGS-84, checked; what is wrong is said of the row."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from datetime import date
from functools import lru_cache
from typing import Any

import numpy as np
import orjson
import pyarrow as pa
import pyarrow.compute as pc
import shapely
from pyproj import CRS, Transformer
from pyproj.exceptions import CRSError, ProjError

from spatial.components.book import Book
from spatial.components.records import COUNTY_DIGITS, prefix_of
from spatial.components.surveys.options import EXTRA, Options
from spatial.errors import InvalidInput, Problem
from spatial.extras import problems_of
from spatial.geometry.datum import check_datum, convert
from spatial.geometry.read_features import GEOMETRY, FileLayer

Json = dict[str, Any]
_CREDIT = re.compile(r"[0-9A-Z]{18}")
_DAY = re.compile(r"(\d{4})[-/.]?(\d{1,2})[-/.]?(\d{1,2})(?:[T ].*)?")
MOST_TEXT = 200
MOST_NOTE = 1_000
TEXTS = ("name", "owner", "upkeep", "manager", "note")
CREDITS = ("owner_code", "upkeep_code", "manager_code")
COLUMNS = (
    "row_number", "code", "profile", "class_code", "prefix", "name", "state", *CREDITS, "owner", "upkeep",
    "manager", "note", "installed_on", "unit_code", "attributes", "lon", "lat", "verdict", "reasons",
)  # fmt: skip
"""Of the table that rows are collected in."""


KEPT = ("row_number", "code", "class_code", "unit_code")
"""What is kept of a row that is rejected: what says which component it is of, so that it is not missed."""
MOST_CODE = 30
SMALL = 5_000
"""Characters of extra fields that cannot be too large, however they are written."""
Row = tuple[Any, ...]
"""Values of COLUMNS."""


class Reader:
    """Reads the rows of one layer of a file.

    locate: lon, lat float (n,) → the grid of each; holds: whether a row of that grid may be written.
    """

    def __init__(
        self,
        book: Book,
        options: Options,
        layer: FileLayer,
        columns: dict[str, str],
        locate: Callable[[Any, Any], list[str | None]],
        holds: Callable[[str | None], bool],
    ) -> None:
        self.book, self.options, self.columns = book, options, columns
        self.profile = book.profile(options.profile) if options.profile else None
        self._move, self._locate, self._holds = to_wgs84(layer, options), locate, holds
        self._class_of = lru_cache(4096)(self._our_class)
        self._prefix_of = lru_cache(4096)(self._prefix)
        self.number = 0

    def read(self, batch: pa.RecordBatch) -> list[Row]:
        """Check a batch; what is wrong with a row stands in it."""
        lon, lat, placed = self._positions(batch)
        units = self._locate(lon, lat)
        texts = {ours: _texts(batch.column(name)) for ours, name in self.columns.items()}
        found: list[Row] = []
        for at in range(batch.num_rows):
            self.number += 1
            given = {ours: text for ours, values in texts.items() if (text := values[at]) is not None}
            reasons: list[str] = [] if placed[at] else ["geometry: is no position, or beyond its system"]
            row = self._row(given, units[at], reasons)
            here = (float(lon[at]), float(lat[at])) if placed[at] else (None, None)
            found.append(_rejected(row, here, reasons) if reasons else _taken(row, here))
        return found

    def _row(self, given: dict[str, str], unit: str | None, reasons: list[str]) -> Json:
        row: Json = {name: given.get(name) for name in (*TEXTS, *CREDITS)}
        row |= {"row_number": self.number, "unit_code": unit, "code": given.get("code")}
        self._texts(row, reasons)
        self._what(row, given, unit, reasons)
        row["installed_on"] = _day(given.get("installed_on"), reasons)
        if not self._holds(unit):
            reasons.append("geometry: lies outside the area that you may change")
        row["attributes"] = self._extras(row, given, reasons)
        return row

    def _texts(self, row: Json, reasons: list[str]) -> None:
        for name in TEXTS:
            most = MOST_NOTE if name == "note" else MOST_TEXT
            if row[name] is not None and (len(row[name]) > most or "\0" in row[name]):
                reasons.append(f"{name}: is longer than {most} characters, or holds a NUL")
        for name in CREDITS:
            if row[name] is not None and not _CREDIT.fullmatch(row[name]):
                reasons.append(f"{name}: must have 18 digits and capital letters")

    def _what(self, row: Json, given: dict[str, str], unit: str | None, reasons: list[str]) -> None:
        """Say class, code, profile and state."""
        code, county = row["code"], (unit or "")[:COUNTY_DIGITS] or None
        of = self.book.profile_of_code(code, self.profile) if code else None
        text = given.get("class") or (of[1].kind if of else None)
        if text is None:
            wrong = f"code: {self.book.check_code(code, '', county)[1]}" if code else None
            reasons.append(wrong or "class: is missing, and no code says it")
            return
        hint = of[0] if of and "class" not in given else self.profile
        class_code = self._class_of(text, hint.name if hint else None)
        if isinstance(class_code, Problem):
            reasons.append(f"class: {class_code.reason}")
            return
        row["class_code"] = class_code
        row["profile"] = (of[0] if of else self.profile or self.book.default).name
        if code:
            _, wrong = self.book.check_code(code, class_code, county, self.profile)
            reasons += [f"code: {wrong}"] if wrong else []
        prefix = self._prefix_of(class_code, county)
        if isinstance(prefix, str):
            row["prefix"] = prefix
        elif not code:
            reasons.append(f"code: {prefix.reason}")
        state = (
            self.book.state(given["state"], self.profile or self.book.default) if "state" in given else None
        )
        if isinstance(state, Problem):
            reasons.append(f"state: {state.reason}")
        else:
            row["state"] = state

    def _our_class(self, text: str, profile: str | None) -> str | Problem:
        try:
            return self.book.our_class(text, self.book.profiles[profile] if profile else None)
        except InvalidInput as error:
            return error.problems[0]

    def _prefix(self, class_code: str, county: str | None) -> str | Problem:
        try:
            renewed = self.options.codes == "renew" or self.profile is None
            profile = self.book.default if renewed else self.profile
            assert profile is not None
            return prefix_of(self.book, profile, class_code, county)
        except InvalidInput as error:
            return error.problems[0]

    def _extras(self, row: Json, given: dict[str, str], reasons: list[str]) -> str | None:
        """Give extra fields the types that the class's schema names; what does not fit is said."""
        sent = {name[len(EXTRA) :]: text for name, text in given.items() if name.startswith(EXTRA)}
        schema = self.book.fields.get(row.get("class_code") or "", {})
        if not sent or not row.get("class_code"):
            return None
        if not schema and sum(len(name) + len(text) for name, text in sent.items()) < SMALL:
            # Texts alone, and not too many of them: nothing can be wrong with them.
            return orjson.dumps(sent).decode()
        known = schema.get("properties", {})
        values = {name: _typed(text, known.get(name, {}).get("type")) for name, text in sent.items()}
        # What is missing may be there already; it is looked at when rows are applied.
        checked = {key: value for key, value in schema.items() if key != "required"}
        reasons += [f"{each.where}: {each.reason}" for each in problems_of(checked, values)]
        return json.dumps(values, ensure_ascii=False)

    def _positions(self, batch: pa.RecordBatch) -> tuple[Any, Any, Any]:
        wkb = np.array(batch.column(batch.schema.get_field_index(GEOMETRY)).to_pylist(), object)
        shapes = shapely.from_wkb(wkb, on_invalid="ignore")
        is_point = (
            ~shapely.is_missing(shapes) & (shapely.get_type_id(shapes) == 0) & ~shapely.is_empty(shapes)
        )
        x = np.where(is_point, shapely.get_x(shapes), np.nan)
        lon, lat = self._move(x, np.where(is_point, shapely.get_y(shapes), np.nan))
        with np.errstate(invalid="ignore"):
            placed = (np.abs(lon) <= 180) & (np.abs(lat) <= 90)
        nowhere = np.where(placed, 0.0, np.nan)
        return lon + nowhere, lat + nowhere, placed


def _taken(row: Json, here: tuple[float | None, float | None]) -> Row:
    return (*map(row.get, COLUMNS[:-4]), *here, None, None)


def _rejected(row: Json, here: tuple[float | None, float | None], reasons: list[str]) -> Row:
    code = row["code"] or ""
    readable = code.isascii() and code.isdecimal() and len(code) <= MOST_CODE
    kept = {**row, "code": code if readable else None}
    return (
        *(kept.get(name) if name in KEPT else None for name in COLUMNS[:-4]),
        *here, "rejected", [reason.replace("\0", "") for reason in reasons],
    )  # fmt: skip


def to_wgs84(layer: FileLayer, options: Options) -> Callable[[Any, Any], tuple[Any, Any]]:
    """Say how positions become WGS-84; InvalidInput at `crs` when nobody says what they are in."""
    datum = check_datum(options.datum or "wgs84")
    said = options.crs or layer.crs
    if said is None and options.datum is None:
        raise InvalidInput.at("crs", "the file does not say its reference system: send crs or datum")
    try:
        crs = CRS.from_user_input(said or "EPSG:4326").to_2d()
    except CRSError:
        raise InvalidInput.at("crs", f"'{str(said)[:60]}' is not a known reference system") from None
    if crs.is_geographic:
        return lambda x, y: convert(x, y, datum, "wgs84")
    if datum in ("gcj02", "bd09"):
        raise InvalidInput.at("datum", f"{datum} is of degrees, and the file is in {crs.name}")
    transformer = Transformer.from_crs(crs, 4326, always_xy=True)

    def move(x: Any, y: Any) -> tuple[Any, Any]:
        try:
            lon, lat = transformer.transform(x, y)
        except ProjError:
            return np.full(len(x), np.nan), np.full(len(x), np.nan)
        return np.asarray(lon), np.asarray(lat)

    return move


def _texts(column: Any) -> list[str | None]:
    """Write values as people do: whole numbers without a point, no spaces around; nothing is None."""
    if pa.types.is_floating(column.type):
        return [_number(value) for value in column.to_pylist()]
    if pa.types.is_binary(column.type) or pa.types.is_large_binary(column.type):
        raw = [None if value is None else value.decode("utf-8", "replace") for value in column.to_pylist()]
        return [text and (text.strip() or None) for text in raw]
    if pa.types.is_nested(column.type):
        return [None if value is None else str(value) for value in column.to_pylist()]
    texts = pc.utf8_trim_whitespace(pc.cast(column, pa.string())).to_pylist()
    return [text or None for text in texts]


def _number(value: float | None) -> str | None:
    if value is None or value != value:
        return None
    return str(int(value)) if float(value).is_integer() and abs(value) < 2**53 else str(value)


def _day(text: str | None, reasons: list[str]) -> date | None:
    if text is None:
        return None
    found = _DAY.fullmatch(text)
    try:
        day = date(*map(int, found.groups())) if found else None
    except ValueError:
        day = None
    if day is None or day > date.today():
        reasons.append(f"installed_on: '{text[:20]}' is no day that has been")
    return day


def _typed(text: str, kind: Any) -> Any:
    """Read a text as the type that a schema names; as it is where it cannot be."""
    kinds = kind if isinstance(kind, list) else [kind]
    try:
        if "integer" in kinds or "number" in kinds:
            number = float(text)
            return int(number) if number.is_integer() else number
    except (ValueError, OverflowError):
        return text
    if "boolean" in kinds:
        return {"true": True, "1": True, "是": True, "false": False, "0": False, "否": False}.get(
            text.lower(), text
        )
    return text


def reading(batches: Iterator[pa.RecordBatch], reader: Reader) -> Iterator[list[Row]]:
    """Check all batches."""
    return (reader.read(batch) for batch in batches if batch.num_rows)
