"""City components: list, write, change, take away, repair; what stands nearest, and how many stand where."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Response
from psycopg import Connection

from api.city import City
from api.component_places import classes_asked, place_asked
from api.dependencies import CityOf, ConnectionOf, ReaderOf
from api.me import not_kept
from api.paging import Number, page
from api.plans import box
from api.schemas.components import (
    ComponentChange,
    ComponentQuery,
    FieldsChange,
    NearestQuery,
    NewComponent,
    NewRepair,
    Retirement,
    StatisticsQuery,
)
from api.tags import Match, tagged
from spatial.components import classes, records, repairs
from spatial.components.book import read_book
from spatial.components.nearest import nearest as find_nearest
from spatial.components.nearest import propose
from spatial.components.records import Given
from spatial.components.statistics import statistics as count
from spatial.errors import NotFound
from spatial.rights.reader import Reader

router = APIRouter(tags=["components"], dependencies=[Depends(not_kept)])

Json = dict[str, Any]


@router.get("/api/components")
def components(connection: ConnectionOf, asked: Annotated[ComponentQuery, Query()]) -> Json:
    """List components by their identifier; `next` is the `after` of the next page."""
    (class_code,) = classes_asked(connection, asked.kind) or (None,)
    sides = None if asked.bbox is None else tuple(box(asked.bbox))
    said = asked.model_dump(include={"state", "unit", "owner", "upkeep", "after", "limit"})
    wanted = records.Wanted(class_code, q=asked.code or asked.q, bbox=sides, **said)
    found = records.listed(connection, wanted)
    return page("components", found, asked.limit)


@router.post("/api/components", status_code=201)
def create(
    connection: ConnectionOf, reader: ReaderOf, city: CityOf, sent: NewComponent, answer: Response
) -> Json:
    """Write a component; without a code the next one of its county and class is issued."""
    given = _given(connection, reader, city)
    made = records.create(given, sent.model_dump(by_alias=True))
    answer.headers["location"] = f"/api/components/{made}"
    return tagged(answer, records.read(connection, made), "version")


@router.get("/api/components/nearest")
def nearest(connection: ConnectionOf, asked: Annotated[NearestQuery, Query()]) -> Json:
    """List the components nearest to a point or an event, in exact metres; for a category the likely ones."""
    lon, lat, category = place_asked(connection, asked)
    if category is not None and asked.kind is None:
        found = propose(connection, category, lon, lat, asked.radius_m, asked.limit)
    else:
        wanted = classes_asked(connection, asked.kind)
        found = find_nearest(connection, lon, lat, asked.radius_m, wanted, asked.limit)
    return {"components": found, "lon": lon, "lat": lat, "radius_m": asked.radius_m}


@router.get("/api/components/statistics")
def statistics(connection: ConnectionOf, asked: Annotated[StatisticsQuery, Query()]) -> Json:
    """Count components by unit of a level, class and state; now, or as they were counted at another time."""
    (class_code,) = classes_asked(connection, asked.kind) or (None,)
    return {"level": asked.level, **count(connection, asked.level, class_code, asked.unit, asked.at)}


@router.get("/api/components/classes")
def kinds(connection: ConnectionOf) -> Json:
    """List the profiles, and the classes of the default one with their extra fields."""
    return classes.described(read_book(connection))


@router.get("/api/components/profiles/{name}")
def profile(name: str, connection: ConnectionOf) -> Json:
    """List the classes of a profile, and which of ours each is, by which evidence."""
    return classes.mapped(connection, read_book(connection), name)


@router.put("/api/components/classes/{code}/fields")
def fields(code: str, connection: ConnectionOf, reader: ReaderOf, sent: FieldsChange) -> Json:
    """Say by a JSON schema which extra fields the components of a class have."""
    classes.set_fields(connection, reader, code, sent.fields)
    return classes.described(read_book(connection))["classes"][code]


@router.get("/api/components/{identifier}")
def component(identifier: Number, connection: ConnectionOf, answer: Response) -> Json:
    """Show one component; one that was taken away, as it was, with `retired_at`."""
    try:
        return tagged(answer, records.read(connection, identifier), "version")
    except NotFound:
        return records.read_retired(connection, identifier)


@router.patch("/api/components/{identifier}")
def change(
    identifier: Number, connection: ConnectionOf, reader: ReaderOf, city: CityOf, sent: ComponentChange,
    match: Match, answer: Response,
) -> Json:  # fmt: skip
    """Change a component; its grid follows its point, and another class brings another code."""
    given = _given(connection, reader, city)
    records.change(given, identifier, sent.model_dump(by_alias=True, exclude_unset=True), match)
    return tagged(answer, records.read(connection, identifier), "version")


@router.delete("/api/components/{identifier}", status_code=204)
def retire(
    identifier: Number, connection: ConnectionOf, reader: ReaderOf, city: CityOf, match: Match,
    said: Annotated[Retirement, Query()],
) -> None:  # fmt: skip
    """Take a component away: its repairs, events and last state can still be read, its code is nobody's."""
    records.retire(_given(connection, reader, city), identifier, said.reason, match)


@router.get("/api/components/{identifier}/repairs")
def repairs_of(identifier: Number, connection: ConnectionOf) -> Json:
    """List the repairs of a component, the last first."""
    return {"repairs": repairs.repairs_of(connection, identifier)}


@router.post("/api/components/{identifier}/repairs", status_code=201)
def record_repair(
    identifier: Number, connection: ConnectionOf, reader: ReaderOf, city: CityOf, sent: NewRepair
) -> Json:
    """Put a repair down; `state` is what the component is in now."""
    made = repairs.record(_given(connection, reader, city), identifier, sent.model_dump())
    found = repairs.repairs_of(connection, identifier)
    return next(each for each in found if each["id"] == made)


@router.delete("/api/components/{identifier}/repairs/{repair}", status_code=204)
def take_repair_back(
    identifier: Number, repair: Number, connection: ConnectionOf, reader: ReaderOf, city: CityOf
) -> None:
    """Take a repair back that was recorded in error."""
    repairs.take_back(_given(connection, reader, city), identifier, repair)


def _given(connection: Connection[Any], reader: Reader, city: City) -> Given:
    return Given(connection, reader, city.stamper, read_book(connection))
