"""Importing a file of addresses: a row is added, changes one that its source named before, or is refused."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import asdict, dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from psycopg import Connection

from spatial.addresses.normal import clean
from spatial.addresses.parts import COLUMNS as PARTS
from spatial.addresses.store import MOST_LETTERS, ROOM, completed
from spatial.database import query
from spatial.errors import InvalidInput, Problem
from spatial.geometry.datum import check_datum, convert
from spatial.geometry.read_features import GEOMETRY, ReadOptions, list_layers, open_layer

MOST_PROBLEMS = 200
CHUNK = 5_000
NAMES = {
    "address": "full_text", "地址": "full_text", "标准地址": "full_text", "详细地址": "full_text",
    "名称": "name", "英文名": "name_en", "类型": "kind", "编号": "external_id", "code": "external_id",
    "省": "province", "市": "city", "区县": "district", "街道": "street", "乡镇街道": "street",
    "社区": "community", "路": "road", "街路巷": "road", "门牌": "number", "门牌号": "number",
    "楼栋": "building", "楼号": "building", "单元": "unit", "楼层": "floor", "室": "room",
    "房间号": "room", "启用日期": "valid_from", "停用日期": "valid_until", "别名": "aliases",
    "曾用名": "old_names",
}  # fmt: skip
"""What columns may be called besides their own names."""
_TEXTS = ("full_text", "name_en", "kind", "external_id", *PARTS, "aliases", "old_names")
_DAYS = ("valid_from", "valid_until")
_WORDS = {"number": "号", "unit": "单元", "floor": "层", "room": "室"}


@dataclass
class Report:
    """What became of the rows of a file."""

    rows: int = 0
    added: int = 0
    changed: int = 0
    unchanged: int = 0
    refused: int = 0
    problems: list[Problem] = field(default_factory=list)
    """The first MOST_PROBLEMS reasons, by row."""

    def refuse(self, row: int, where: str, reason: str) -> None:
        """Note why a row was left out."""
        self.refused += 1
        if len(self.problems) < MOST_PROBLEMS:
            self.problems.append(Problem(f"row[{row}].{where}", reason))

    def told(self) -> dict[str, Any]:
        """Give the report as JSON is made of."""
        return asdict(self)

    @classmethod
    def of(cls, told: Mapping[str, Any] | None) -> Report:
        """Read what `told` gave; None is a report of nothing."""
        given = dict(told or {})
        return cls(**{**given, "problems": [Problem(**each) for each in given.get("problems", [])]})


@dataclass(frozen=True)
class ImportOptions:
    """What a sender says of a file of addresses."""

    source: str
    """Who made the addresses; with `external_id` it names one for good."""
    datum: str = "wgs84"
    kind: str = "door"
    """Of rows that do not say."""
    generated: bool = False
    encoding: str | None = None


def import_file(
    begin: Callable[[], AbstractContextManager[Connection[Any]]], path: Path, filename: str, folder: Path,
    options: ImportOptions, tell: Callable[[float, Report], None] = lambda *_: None,
    report: Report | None = None,
) -> Report:  # fmt: skip
    """Import the first layer of a file (CSV with lon and lat, GeoPackage, GeoJSON …).

    begin: opens a transaction; each CHUNK of rows is one of its own, for other writers of addresses wait for
    it. folder: empty, for what an archive holds. report: of what was done of the file before it was given
    back; those rows are not read again, and rows that are would say the same. Rows that are wrong are left
    out and reported. Raises InvalidInput for a file that is none, has no positions, or has other shapes than
    points.
    """
    check_datum(options.datum)
    if not options.source.strip() or len(options.source) > 60:
        raise InvalidInput.at("source", "must say in 1 to 60 letters who made the addresses")
    layers = list_layers(path, filename, folder, ReadOptions(encoding=options.encoding))
    report, total = report or Report(), max(layers[0].features, 1)
    done = report.rows
    with open_layer(layers[0], ReadOptions(encoding=options.encoding)) as batches:
        for chunk in _chunks(batches, done):
            rows = _chosen(chunk, options, report)
            with begin() as connection:
                _write(connection, rows, options, report)
            tell(min(report.rows / total, 1.0), report)
    return report


def _chunks(batches: Iterable[Any], done: int) -> Iterator[Any]:
    """Cut a file into pieces of at most CHUNK rows, behind those that are done."""
    for batch in batches:
        start = min(done, batch.num_rows)
        done -= start
        for first in range(start, batch.num_rows, CHUNK):
            yield batch.slice(first, CHUNK)


def _chosen(batch: Any, options: ImportOptions, report: Report) -> list[dict[str, Any]]:
    rows = list(_read(batch, options, report))
    report.rows += batch.num_rows
    # One row a key: of several in a file, the last.
    keyed = {row["external_id"] or (row["full_text"], row["lon"], row["lat"]): row for row in rows}
    for row in rows:
        if keyed[row["external_id"] or (row["full_text"], row["lon"], row["lat"])] is not row:
            report.refuse(row["row"], "external_id", "stands again further down: the last one counts")
    return list(keyed.values())


def _write(
    connection: Connection[Any], rows: list[dict[str, Any]], options: ImportOptions, report: Report
) -> None:
    values = {
        "rows": json.dumps(rows, ensure_ascii=False, default=str),
        "source": options.source, "generated": options.generated,
    }  # fmt: skip
    added, changed, unchanged = connection.execute(query(ROOM, "imports_rows"), values).fetchall()[0]
    connection.execute(query(ROOM, "imports_names"), values)
    report.added, report.changed = report.added + added, report.changed + changed
    report.unchanged += unchanged


def _read(batch: Any, options: ImportOptions, report: Report) -> Iterator[dict[str, Any]]:
    names = {
        column: NAMES.get(column.strip().lower(), column.strip().lower()) for column in batch.schema.names
    }
    table = {
        names[column]: batch.column(column).to_pylist() for column in batch.schema.names if column != GEOMETRY
    }
    if not {"full_text", "name", "road"} & set(table):
        raise InvalidInput.at(
            "full_text", f"there is no column of addresses: {', '.join(sorted(table))[:300]}"
        )
    lonlat = _positions(batch.column(GEOMETRY).to_pylist(), options.datum)
    for number in range(batch.num_rows):
        row = {name: column[number] for name, column in table.items()}
        found = _row(report.rows + number, row, lonlat[number], options, report)
        if found is not None:
            yield found


def _positions(shapes: list[Any], datum: str) -> Any:
    points = shapely.from_wkb(np.array(shapes, object), on_invalid="ignore")
    is_point = shapely.get_type_id(points) == 0
    lonlat = np.full((len(points), 2), np.nan)
    lonlat[is_point] = np.column_stack([shapely.get_x(points[is_point]), shapely.get_y(points[is_point])])
    lonlat[(np.abs(lonlat[:, 0]) > 180) | (np.abs(lonlat[:, 1]) > 90)] = np.nan
    return np.column_stack(convert(lonlat[:, 0], lonlat[:, 1], datum, "wgs84"))


def _row(
    number: int, given: Mapping[str, Any], lonlat: Any, options: ImportOptions, report: Report
) -> dict[str, Any] | None:
    row: dict[str, Any] = {name: _text(given.get(name)) for name in _TEXTS}
    for part, word in _WORDS.items():
        row[part] = row[part] and row[part].removesuffix(word)
    if not np.isfinite(lonlat).all():
        report.refuse(number, "geometry", "has no position on Earth: lon and lat in degrees")
        return None
    try:
        for name in _DAYS:
            row[name] = _day(name, given.get(name))
        told = completed({name: value for name, value in row.items() if value is not None})
    except InvalidInput as wrong:
        report.refuse(number, wrong.problems[0].where, wrong.problems[0].reason)
        return None
    if len(told["full_text"]) > MOST_LETTERS:
        report.refuse(number, "full_text", f"is longer than {MOST_LETTERS} letters")
        return None
    if row["valid_from"] and row["valid_until"] and row["valid_until"] <= row["valid_from"]:
        report.refuse(number, "valid_until", "must be after valid_from")
        return None
    empty = dict.fromkeys((*_TEXTS, *_DAYS))
    place = {"row": number, "lon": float(lonlat[0]), "lat": float(lonlat[1])}
    return {**empty, **told, **place, "kind": told.get("kind") or options.kind}


def _text(value: Any) -> str | None:
    if value is None or value != value:
        return None
    text = str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)
    # PostgreSQL stores no NUL; other control characters are no part of an address.
    text = "".join(letter for letter in text if letter >= " " and not "\ud800" <= letter <= "\udfff").strip()
    return text[: MOST_LETTERS + 1] or None


def _day(name: str, value: Any) -> str | None:
    if value is None or not str(value).strip():
        return None
    if isinstance(value, date):
        return value.isoformat()[:10]
    try:
        return date.fromisoformat(str(value).strip()[:10].replace("/", "-")).isoformat()
    except ValueError:
        raise InvalidInput.at(name, f"is no day: {clean(str(value))[:30]!r}; write 2024-05-31") from None
