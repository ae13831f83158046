"""Grouped figures of events (统计报表), and the tickets behind each number."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Annotated, Any

from fastapi import APIRouter, Query
from psycopg import Connection

from api.analysis import calculating
from api.city import City
from api.dependencies import CityOf, ConnectionOf, ReaderOf
from api.schemas.figures import FiguresQuery, TicketsQuery
from spatial.errors import InvalidInput
from spatial.events.figures import asking, restating
from spatial.events.figures import tickets as behind
from spatial.events.figures.asking import Cell
from spatial.events.figures.cubes import Asked
from spatial.events.figures.measures import MEASURES, RATES, counted, rates
from spatial.events.figures.names import names
from spatial.events.figures.restating import Grounds
from spatial.grids.coverages import read_coverages
from spatial.rights.reader import Reader

router = APIRouter(tags=["figures"])

Json = dict[str, Any]


@router.get("/api/figures/events")
def figures(
    city: CityOf, connection: ConnectionOf, reader: ReaderOf, asked: Annotated[FiguresQuery, Query()]
) -> Json:
    """Count events by unit, organisation, source, category, class or person, over days up to years."""
    question = _known(connection, asked.asked)
    if asked.counted == "restated":
        with calculating():
            grounds, version = _grounds(city, reader, asked)
            cells: Sequence[Cell] = restating.restated(connection, question, grounds)
        return _answer(connection, reader, question, cells, {"from": "events", "version": version})
    found = asking.figures(connection, question, reader)
    source = {"from": "events" if found.cube is None else "figures", "cube": found.cube}
    return _answer(connection, reader, question, found.cells, source)


@router.get("/api/figures/events/tickets")
def tickets(
    city: CityOf, connection: ConnectionOf, reader: ReaderOf, asked: Annotated[TicketsQuery, Query()]
) -> Json:
    """List the tickets behind a number: the same parameters, the measure, and the key of the cell."""
    question, among = _known(connection, asked.asked), None
    if asked.counted == "restated" and (asked.key is not None or asked.unit is not None):
        with calculating():
            grounds, _ = _grounds(city, reader, asked)
            among = restating.located_in(connection, question, asked.measure, asked.key, grounds)
        question = replace(question, unit=None)
    return behind.tickets(
        connection, question, asked.measure, limit=asked.limit, before=asked.before, among=among
    )


@router.get("/api/figures/measures")
def measures(_: ReaderOf) -> Json:
    """Say what is counted and what each rate is of."""
    return {
        "measures": {
            name: {"title": each.title, "title_en": each.title_en, "by_step": each.at is not None}
            for name, each in MEASURES.items()
        },
        "rates": {
            name: {"title": rate.title, "title_en": rate.title_en, "of": rate.of, "among": rate.among}
            for name, rate in RATES.items()
        },
    }


def _known(connection: Connection[Any], asked: Asked) -> Asked:
    if asked.coverage != "grids" and asked.coverage not in read_coverages(connection):
        raise InvalidInput.at("coverage", f"there is no coverage '{asked.coverage}'")
    return asked


def _grounds(city: City, reader: Reader, asked: FiguresQuery) -> tuple[Grounds, int]:
    answers = city.assignments(asked.coverage, asked.moment, reader)
    return Grounds(answers.published.chains, answers.locate), answers.published.version


def _answer(
    connection: Connection[Any], reader: Reader, asked: Asked, cells: Sequence[Cell], source: Json
) -> Json:
    known = names(connection, asked, (cell.key for cell in cells if cell.key is not None), reader)
    shown = counted(asked.basis)
    return {
        "from": asked.since,
        "to": asked.until,
        "by": asked.by,
        "bucket": asked.bucket,
        "basis": "step" if asked.basis else "report",
        "counted_from": source,
        "rows": [_row(cell, known, asked.basis, shown) for cell in cells],
        "total": _counts(_total(cells), asked.basis, shown),
    }


def _row(cell: Cell, known: dict[str, tuple[str, str]], basis: int, shown: tuple[str, ...]) -> Json:
    name, name_en = known.get(cell.key or "", ("", ""))
    head = {"starts": cell.starts, "key": cell.key, "name": name, "name_en": name_en}
    return {**head, **_counts(cell.counts, basis, shown)}


def _counts(counts: dict[str, int], basis: int, shown: tuple[str, ...]) -> Json:
    return {"counts": {name: counts[name] for name in shown}, "rates": rates(counts, basis)}


def _total(cells: Sequence[Cell]) -> dict[str, int]:
    return {name: sum(cell.counts[name] for cell in cells) for name in MEASURES}
