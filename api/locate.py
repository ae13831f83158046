"""The door of point → grid: raw ASGI, from HTTP to one array call.

GET for one point, POST for many: JSON, Arrow IPC stream, CSV or GeoParquet, answered in the same form.
"""

from __future__ import annotations

import asyncio
import io
import math
from collections.abc import Callable
from datetime import datetime
from typing import Any, NamedTuple

import numpy as np
import orjson
import pyarrow as pa
from anyio import CapacityLimiter
from anyio.to_thread import run_sync

from api.asgi import (
    JSON,
    ClientGone,
    Headers,
    Receive,
    Scope,
    Send,
    check_method,
    header,
    parameters,
    read_body,
    respond,
    takes_files,
)
from api.assignments import Assignments
from api.city import DEFAULT_COVERAGE, City
from api.errors import respond_problem
from api.json_size import check_json
from api.moments import moment
from spatial.errors import InvalidInput, Problem
from spatial.geometry import read_files
from spatial.geometry.datum import convert
from spatial.geometry.read_files import ARROW, CSV, PARQUET, PointTable, check_lonlat, read_points
from spatial.geometry.uploads import Kind, check_kind
from spatial.grids.locate import Ruling
from spatial.rights.reader import Reader

PATH = "/api/grids/locate"
THREADS = 4
"""JSON requests worked on at once in this process."""
FILE_THREADS = 2
"""Files worked on at once in this process; apart from JSON, which must not wait for them."""
UPLOADS = 4
"""Files taken in at once in this process."""
UPLOAD_SECONDS = 300
MAX_JSON_POINTS = 100_000
"""JSON answers carry whole chains; beyond this, columns are the right form."""
MAX_JSON_BYTES = 16 * 2**20
"""A hundred thousand points written out fully take 5 MB; a parser holding gigabytes would stop the worker."""
OPTIONS = frozenset({"datum", "at", "coverage", "category"})
GET_PARAMETERS = OPTIONS | {"lon", "lat"}
POST_PARAMETERS = OPTIONS | {"detail"}
_CHUNK = 250_000
_RULING_NAMES = pa.array([ruling.name for ruling in Ruling])


class Question(NamedTuple):
    """How points are to be located."""

    datum: str = "wgs84"
    at: datetime | None = None
    coverage: str = DEFAULT_COVERAGE
    category: str | None = None


@takes_files
class LocateDoor:
    """ASGI application of `/api/grids/locate`."""

    def __init__(self, city: City) -> None:
        self.city = city
        self._threads = CapacityLimiter(THREADS)
        self._file_threads = CapacityLimiter(FILE_THREADS)
        self._uploads = CapacityLimiter(UPLOADS)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            content_type, body = await self._answer(scope, receive)
            await respond(send, body, content_type, headers=_FRESH)
        except ClientGone:
            return
        except Exception as error:
            await respond_problem(send, error)

    async def _answer(self, scope: Scope, receive: Receive) -> tuple[bytes, bytes]:
        check_method(scope, "GET", "HEAD", "POST")
        reader: Reader = scope["reader"]
        if scope["method"] != "POST":
            return JSON, await self._one(reader, parameters(scope, GET_PARAMETERS))
        media_type = _media_type(scope)
        given = parameters(scope, POST_PARAMETERS)
        limit = self.city.settings.max_upload_mb * 2**20
        if media_type == "json":
            body = await read_body(scope, receive, min(limit, MAX_JSON_BYTES))
            return await run_sync(self._json, reader, body, given, limiter=self._threads)
        # Further files wait outside, where flow control holds them back, and not in memory.
        async with self._uploads:
            async with asyncio.timeout(UPLOAD_SECONDS):
                body = await read_body(scope, receive, limit)
            return await run_sync(self._file, reader, body, media_type, given, limiter=self._file_threads)

    async def _one(self, reader: Reader, given: dict[str, str]) -> bytes:
        """Only a question about another day needs the database; it must not keep the loop waiting."""
        if "at" in given:
            return await run_sync(self._single, reader, given, limiter=self._threads)
        return self._single(reader, given)

    def _single(self, reader: Reader, given: dict[str, str]) -> bytes:
        lon, lat = _degrees(given, "lon"), _degrees(given, "lat")
        del given["lon"], given["lat"]
        question = _question(given)
        if not (-180 <= lon <= 180 and -90 <= lat <= 90):
            check_lonlat(np.array([lon]), np.array([lat]), "point")
        if question.datum != "wgs84":
            lons, lats = convert(np.array([lon]), np.array([lat]), question.datum, "wgs84")
            lon, lat = float(lons[0]), float(lats[0])
        answers = self.city.assignments(question.coverage, question.at, reader)
        return orjson.dumps({**answers.head(), "assignments": [answers.one(lon, lat, question.category)]})

    def _json(self, reader: Reader, body: bytes, query: dict[str, str]) -> tuple[bytes, bytes]:
        given = _object(body)
        twice = [Problem(name, "stands in the query and in the body") for name in query if name in given]
        if twice:
            raise InvalidInput(twice)
        return JSON, located(self.city.assignments, reader, {**query, **given})

    def _file(
        self, reader: Reader, body: bytes, media_type: str, given: dict[str, str]
    ) -> tuple[bytes, bytes]:
        detail = given.pop("detail", "0")
        if detail not in ("0", "1"):
            raise InvalidInput.at("detail", "must be 0 or 1")
        check_kind(body, _KINDS[media_type])
        question = _question(given)
        answers = self.city.assignments(question.coverage, question.at, reader)
        try:
            points = read_points(body, media_type, self.city.settings.max_points)
            columns = _columns(answers, points, question, detail == "1")
            return media_type.encode(), _WRITERS[media_type](points, pa.table(columns), _metadata(answers))
        finally:
            # Arrow's pool would keep what a large file needed for the rest of the process's life.
            pa.default_memory_pool().release_unused()


def located(
    assignments: Callable[[str, datetime | None, Reader], Assignments], reader: Reader, given: dict[str, Any]
) -> bytes:
    """Answer a question of many points, as JSON; `given` holds the points and the options. InvalidInput."""
    options = {name: value for name, value in given.items() if name != "points"}
    lon, lat = _pairs(given.get("points"))
    question = _question(options)
    answers = assignments(question.coverage, question.at, reader)
    found = answers.many(*_wgs84(lon, lat, question.datum), question.category)
    return orjson.dumps({**answers.head(), "assignments": found})


_KINDS = {ARROW: Kind.ARROW_STREAM, CSV: Kind.CSV, PARQUET: Kind.PARQUET}
_FRESH: Headers = [(b"cache-control", b"no-store")]


def _media_type(scope: Scope) -> str:
    given = (header(scope, b"content-type") or JSON).decode("latin-1").partition(";")[0].strip().lower()
    known = {"application/json": "json", ARROW: ARROW, CSV: CSV, PARQUET: PARQUET}
    if given not in known:
        raise InvalidInput.at("Content-Type", f"'{given}' is not read here; there are {', '.join(known)}")
    return known[given]


def _question(given: dict[str, Any]) -> Question:
    unknown = [Problem(name[:60], "is not known here") for name in given if name not in OPTIONS]
    if unknown:
        raise InvalidInput(unknown[: read_files.MOST_PROBLEMS])
    named = {name: given[name] for name in OPTIONS if given.get(name) is not None}
    wrong = [Problem(name, "must be text") for name, value in named.items() if not isinstance(value, str)]
    if wrong:
        raise InvalidInput(wrong)
    if "at" in named:
        named["at"] = moment(named["at"])
    return _checked(Question(**named))


def _checked(question: Question) -> Question:
    # An unknown datum is refused by convert(), which knows the names.
    convert(np.empty(0), np.empty(0), question.datum, "wgs84")
    if not question.coverage.isprintable() or len(question.coverage) > 63:
        raise InvalidInput.at("coverage", "must be the name of a coverage")
    if question.category is not None and not (
        question.category.isdecimal() and question.category.isascii() and len(question.category) <= 11
    ):
        raise InvalidInput.at("category", "must be a matter code of up to 11 digits")
    return question


def _degrees(given: dict[str, str], name: str) -> float:
    try:
        number = float(given[name])
    except KeyError:
        raise InvalidInput.at(name, "is missing") from None
    except ValueError:
        raise InvalidInput.at(name, f"'{given[name]}' is not a number") from None
    if not math.isfinite(number):
        raise InvalidInput.at(name, "must be a finite number")
    return number


def _object(body: bytes) -> dict[str, Any]:
    check_json(body, most_values=4 * MAX_JSON_POINTS)
    try:
        given = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise InvalidInput.at("body", f"is not JSON: {error}") from None
    if not isinstance(given, dict):
        raise InvalidInput.at("body", "must be an object with 'points'")
    return given


def _pairs(points: Any) -> tuple[np.ndarray, np.ndarray]:
    if not isinstance(points, list):
        raise InvalidInput.at("points", "must be a list of [lon, lat]")
    if len(points) > MAX_JSON_POINTS:
        raise InvalidInput.at(
            "points", f"has {len(points)} points; JSON carries {MAX_JSON_POINTS}, send Arrow for more"
        )
    wrong = [row for row, point in enumerate(points) if not _is_pair(point)][: read_files.MOST_PROBLEMS]
    if wrong:
        raise InvalidInput([Problem(f"points[{row}]", "must be two numbers [lon, lat]") for row in wrong])
    array = np.array(points, np.float64).reshape(-1, 2)
    check_lonlat(array[:, 0], array[:, 1], "points")
    return array[:, 0], array[:, 1]


def _is_pair(point: Any) -> bool:
    return type(point) is list and len(point) == 2 and all(type(number) in (int, float) for number in point)


def _wgs84(lon: np.ndarray, lat: np.ndarray, datum: str) -> tuple[np.ndarray, np.ndarray]:
    return (lon, lat) if datum == "wgs84" else convert(lon, lat, datum, "wgs84")


def _columns(
    answers: Assignments, points: PointTable, question: Question, detail: bool
) -> dict[str, pa.Array]:
    """Locate in chunks, so that the kernels' memory stays small and several requests can share the cores."""
    index = answers.published.index
    lon, lat = _wgs84(points.lon, points.lat, question.datum)
    parts = range(0, len(lon), _CHUNK)
    located = [answers.locate(lon[start : start + _CHUNK], lat[start : start + _CHUNK]) for start in parts]
    unit = np.concatenate([part[0] for part in located] or [np.empty(0, np.int32)])
    ruling = np.concatenate([part[1] for part in located] or [np.empty(0, np.uint8)])
    columns = {"code": _coded(unit, index.codes), "ruling": _named(ruling)}
    if detail:
        border_m, runner_up = answers.border(lon, lat, unit)
        columns["border_m"] = pa.array(border_m, from_pandas=True)
        columns["runner_up"] = _coded(runner_up, index.codes)
    return columns


def _coded(unit: np.ndarray, codes: tuple[str, ...]) -> pa.DictionaryArray:
    absent = unit < 0
    indices = pa.array(unit, mask=absent) if absent.any() else pa.array(unit)
    return pa.DictionaryArray.from_arrays(indices, pa.array(codes, pa.string()))


def _named(ruling: np.ndarray) -> pa.DictionaryArray:
    return pa.DictionaryArray.from_arrays(pa.array(ruling.view(np.int8)), _RULING_NAMES)


def _metadata(answers: Assignments) -> dict[str, str]:
    return {name: str(value) for name, value in answers.head().items()}


def _write_arrow(_: PointTable, answer: pa.Table, metadata: dict[str, str]) -> bytes:
    answer = answer.replace_schema_metadata(metadata)
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, answer.schema) as writer:
        writer.write_table(answer)
    return sink.getvalue().to_pybytes()


def _write_csv(points: PointTable, answer: pa.Table, metadata: dict[str, str]) -> bytes:
    from pyarrow import csv

    whole = _beside(points.table, answer, metadata)
    plain = [_plain(column) for column in whole.columns]
    sink = io.BytesIO()
    csv.write_csv(pa.table(plain, names=whole.column_names), sink)
    return sink.getvalue()


def _write_parquet(points: PointTable, answer: pa.Table, metadata: dict[str, str]) -> bytes:
    from pyarrow import parquet

    whole = _beside(points.table, answer, metadata)
    kept = {
        **(points.table.schema.metadata or {}),
        **{f"citygrid.{name}": text for name, text in metadata.items()},
    }
    sink = pa.BufferOutputStream()
    parquet.write_table(whole.replace_schema_metadata(kept), sink)
    return sink.getvalue().to_pybytes()


def _beside(table: pa.Table, answer: pa.Table, metadata: dict[str, str]) -> pa.Table:
    """Put the answer's columns (and the version) after the sender's own; an old answer is replaced."""
    extra = {**{name: answer.column(name) for name in answer.column_names}}
    extra["coverage_version"] = pa.array(np.full(len(answer), int(metadata["version"])))
    kept = table.select([i for i, name in enumerate(table.column_names) if name not in extra])
    for name, column in extra.items():
        kept = kept.append_column(name, column)
    return kept


def _plain(column: Any) -> Any:
    return column.cast(pa.string()) if pa.types.is_dictionary(column.type) else column


_WRITERS: dict[str, Callable[[PointTable, pa.Table, dict[str, str]], bytes]] = {
    ARROW: _write_arrow,
    CSV: _write_csv,
    PARQUET: _write_parquet,
}
