"""One survey from file to report: collected, matched, compared, applied in one transaction or not at all."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from itertools import chain
from pathlib import Path
from typing import Any

import shapely
from psycopg import Connection, Rollback, sql
from psycopg.rows import dict_row

from spatial.components import codes
from spatial.components.book import Book, read_book
from spatial.components.records import extras_of, refused
from spatial.components.surveys.options import Options, columns_of
from spatial.components.surveys.rows import COLUMNS, Reader, Row, reading
from spatial.database import query
from spatial.errors import Forbidden, InvalidInput
from spatial.extras import problems_of
from spatial.geometry.read_features import FID, GEOMETRY, FileLayer, ReadOptions, list_layers, open_layer
from spatial.grids.stamping import Stamper
from spatial.rights import reader as readers
from spatial.rights.rules import SYSTEM_ROLE, rule_of

ROOM = "spatial.components.surveys"
MOVED_M = 0.1
"""A position that differs by less is the same, written with fewer digits."""
NEAR_M = 100.0
"""A rejected row that stands so near to the component whose code it has is that one's."""
ATTEMPTS = 3
"""How often a survey is compared when publications come in between."""
MOST_AREA_VERTICES = 20_000
BEIJING = timezone(timedelta(hours=8))

Json = dict[str, Any]
Tell = Callable[[float], None]


@dataclass(frozen=True)
class Survey:
    """What is to be done, by whom, with which file."""

    connection: Connection[Any]
    """In a transaction of `reader`: everything is done in it."""
    reader: readers.Reader
    stamper: Stamper
    path: Path
    filename: str
    options: Options
    tell: Tell = lambda _: None
    """Called with how much is done, 0 to 1."""


@dataclass(frozen=True)
class Outcome:
    """What a survey found; its rows stand in the temporary table survey_report until the transaction ends."""

    counts: dict[str, int]
    left_out: list[str]
    """Columns of the file that are no field of a component."""


def run(survey: Survey) -> Outcome:
    """Compare a file with what stands, and apply it unless it is a dry run; all of it or nothing.

    Raises InvalidInput for a file or option that cannot be used as a whole, Forbidden for who may not.
    """
    reader = survey.reader
    if reader.role != SYSTEM_ROLE and (
        reader.scope != "all" or reader.role not in rule_of("component").create
    ):
        raise Forbidden("you may not bring in surveys of components")
    book = read_book(survey.connection)
    area = _area(survey.options)
    classes = [book.our_class(word, where="classes") for word in survey.options.classes] or None
    if survey.options.dry_run:
        left_out = _compare(survey, book, area, classes)
    else:
        left_out = _compare_and_apply(survey, book, area, classes)
    return Outcome(dict(survey.connection.execute(query(ROOM, "counts")).fetchall()[0][0]), left_out)


def _compare_and_apply(survey: Survey, book: Book, area: str | None, classes: list[str] | None) -> list[str]:
    """Apply what was compared, with publications held off from then on only.

    When another version has come into force meanwhile, all is compared anew: the rows lie in other grids. A
    lock that was taken goes with its savepoint. The last time the lock comes first.
    """
    connection, left_out = survey.connection, list[str]()
    for attempt in range(ATTEMPTS):
        with connection.transaction() as savepoint:
            if attempt == ATTEMPTS - 1:
                survey.stamper.hold(connection)
            version = survey.stamper.version(connection)
            left_out = _compare(survey, book, area, classes)
            # Before any row is locked: who publishes a coverage locks in the same order.
            survey.stamper.hold(connection)
            if survey.stamper.version(connection) != version and attempt < ATTEMPTS - 1:
                raise Rollback(savepoint)
            _apply(survey, book, area)
            break
    return left_out


def _compare(survey: Survey, book: Book, area: str | None, classes: list[str] | None) -> list[str]:
    """Give every row of the file its verdict, and list what is missing; writes temporary tables alone."""
    connection = survey.connection
    script(connection, "collect")
    left_out = _collect(survey, book)
    survey.tell(0.5)
    script(connection, "match")
    _match_nearest(survey, rejected=False)
    script(connection, "taken")
    script(connection, "compare", moved_m=MOVED_M)
    _check_extras(connection, book)
    script(connection, "no_prefix", **_renewal(survey, book))
    if area is not None:
        script(connection, "match_rejected", within_m=NEAR_M)
        _match_nearest(survey, rejected=True)
        script(connection, "match_rejected", within_m=None)
    script(connection, "report", area=area, classes=classes)
    survey.tell(0.7)
    return left_out


def _match_nearest(survey: Survey, rejected: bool) -> None:
    """Find components by class and place: nearest to each other first, then among those that are left."""
    script(survey.connection, "near", match_m=survey.options.match_m, rejected=rejected)
    while survey.connection.execute(query(ROOM, "nearest")).rowcount > 0:
        pass


def _renewal(survey: Survey, book: Book) -> Json:
    return {"renew": survey.options.codes == "renew", "profile": book.default.name}


def script(connection: Connection[Any], name: str, **values: Any) -> None:
    """Run the statements of a .sql file one by one: with values, PostgreSQL takes one at a time."""
    for statement in query(ROOM, name).split(";\n"):
        if statement.strip():
            connection.execute(statement, values)


def keep_report(connection: Connection[Any], survey: int) -> None:
    """Keep the rows of a report; connection: of who may write it, in the transaction of `run`."""
    connection.execute(query(ROOM, "keep_report"), {"survey": survey})


def _collect(survey: Survey, book: Book) -> list[str]:
    options = survey.options
    asked = ReadOptions(options.encoding, options.lon, options.lat, as_text=True)
    with tempfile.TemporaryDirectory(prefix="survey-") as folder:
        layer = _layer(list_layers(survey.path, survey.filename, Path(folder), asked), options.layer)
        with open_layer(layer, asked) as batches:
            first = next(batches, None)
            if first is None:
                raise InvalidInput.at("body", "holds no rows")
            names = [name for name in first.schema.names if name not in (GEOMETRY, FID)]
            columns, left_out = columns_of(names, options)
            locate = _located(survey)
            holds = _holding(survey.reader)
            reader = Reader(book, options, layer, columns, locate, holds)
            _copy(survey, reading(chain([first], batches), reader), max(layer.features, 1))
    return left_out


def _layer(layers: Sequence[FileLayer], name: str | None) -> FileLayer:
    named = [layer for layer in layers if name in (None, layer.name)]
    if len(named) != 1:
        known = ", ".join(layer.name for layer in layers[:20])
        raise InvalidInput.at("layer", f"must be one of {known}")
    return named[0]


def _located(survey: Survey) -> Callable[[Any, Any], list[str | None]]:
    return lambda lon, lat: survey.stamper.look(survey.connection, lon, lat)


def _holding(reader: readers.Reader) -> Callable[[str | None], bool]:
    """Say whether rows of a grid may be written: by area, or anywhere as the own organisation's."""
    if reader.role == SYSTEM_ROLE or reader.organisation_id is not None:
        return lambda _: True
    return reader.holds


def _copy(survey: Survey, batches: Iterator[list[Row]], expected: int) -> None:
    into = sql.SQL("COPY surveyed ({}) FROM STDIN").format(sql.SQL(", ").join(map(sql.Identifier, COLUMNS)))
    done = 0
    # A copy for each batch: the next one is located on the same connection.
    with survey.connection.cursor() as cursor:
        for batch in batches:
            with cursor.copy(into) as copy:
                for row in batch:
                    copy.write_row(row)
            done += len(batch)
            survey.tell(min(0.5, 0.5 * done / expected))


def _check_extras(connection: Connection[Any], book: Book) -> None:
    """Check rows of classes with extra fields as the component would then be."""
    if not book.fields:
        return
    rows = connection.execute(query(ROOM, "extras"), {"classes": list(book.fields)}).fetchall()
    wrong: list[tuple[int, str]] = []
    for number, class_code, attributes in rows:
        problem = next(problems_of(book.fields[class_code], extras_of(attributes)), None)
        if problem is not None:
            wrong.append((number, f"{problem.where}: {problem.reason}"))
    values = {"rows": [number for number, _ in wrong], "reasons": [reason for _, reason in wrong]}
    connection.execute(query(ROOM, "reject"), values)


def _apply(survey: Survey, book: Book, area: str | None) -> None:
    connection, options = survey.connection, survey.options
    if options.missing != "report" and area is not None:
        _check_rejected(connection, area)
    renewal = _renewal(survey, book)
    for prefix, many, sent in connection.execute(query(ROOM, "prefixes"), renewal).fetchall():
        issued = codes.issue(connection, prefix, many, sent)
        connection.execute(query(ROOM, "issue"), {"prefix": prefix, "codes": issued, **renewal})
    ours = survey.reader.organisation_id if survey.reader.reach == "organisation" else None
    values = {"day": datetime.now(BEIJING).date(), "organisation": ours, "source": options.source}
    with refused():
        script(connection, "apply", profile=book.default.name, **values)
        if options.missing == "mark":
            script(connection, "mark_missing", day=values["day"])
        elif options.missing == "retire":
            script(connection, "retire_missing", reason=f"not found in survey {survey.filename}"[:200])


def _check_rejected(connection: Connection[Any], area: str) -> None:
    """Refuse to call components missing while a row that cannot be read may be of one of them."""
    many, first = connection.execute(query(ROOM, "unknown"), {"area": area}).fetchall()[0]
    if many:
        rows = ", ".join(map(str, first))
        said = f"{many} rejected rows may be of components that would be called missing: correct rows {rows}"
        raise InvalidInput.at("missing", f"{said}{' …' if many > len(first) else ''}, or let it be report")


def _area(options: Options) -> str | None:
    """Read the drawn area; InvalidInput for what is no polygon in degrees."""
    if options.area is None:
        return None
    try:
        shape = shapely.from_geojson(json.dumps(options.area))
    except (shapely.GEOSException, ValueError, RecursionError):
        raise InvalidInput.at("area", "must be a GeoJSON polygon") from None
    west, south, east, north = shape.bounds if not shape.is_empty else (0.0,) * 4
    if shape.geom_type not in ("Polygon", "MultiPolygon") or shape.is_empty or not shape.is_valid:
        raise InvalidInput.at("area", "must be a valid polygon")
    if west < -180 or east > 180 or south < -90 or north > 90:
        raise InvalidInput.at("area", "must be in degrees of WGS-84")
    if shapely.get_num_coordinates(shape) > MOST_AREA_VERTICES:
        raise InvalidInput.at("area", f"has more than {MOST_AREA_VERTICES} vertices")
    return str(shapely.to_geojson(shape))


def report_rows(connection: Connection[Any]) -> Iterator[Json]:
    """Go through the report of `run` in its own transaction, in order."""
    with connection.cursor(row_factory=dict_row) as cursor:
        yield from cursor.execute(query(ROOM, "report_rows"))
