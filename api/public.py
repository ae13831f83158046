"""The doors of the public (公众服务): places near by, reports, and what became of them. Open without a key.

Everything here is asked as PUBLIC, and little is answered: kinds of places that are marked for the public,
addresses, and of a report its stage to whoever has its code. No number, name or note of the inside goes out.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from functools import partial
from typing import Annotated, Any

import numpy as np
import structlog
from anyio.to_thread import run_sync
from fastapi import APIRouter, Depends, Path, Query, Request, Response
from fastapi.concurrency import contextmanager_in_threadpool
from psycopg import Connection
from starlette.concurrency import run_in_threadpool

from api.city import DEFAULT_COVERAGE, City
from api.dependencies import CityOf
from api.errors import PROBLEM_SCHEMA
from api.me import not_kept
from api.public_limits import ONE_LOOK_UP, ONE_REPORT, ONE_TILE, wrong_code
from api.schemas.places import Datum
from api.schemas.public import Code, Followed, PublicPlaces, PublicReport, PublicSearch, Spot, Start, Taken
from api.tiles import MVT, TileMaker
from spatial.addresses.geocode import Found
from spatial.database import session
from spatial.errors import InvalidInput, NotFound, Problem, Unavailable, Unprocessable
from spatial.events import public as reports
from spatial.events.attachments_kinds import MEGABYTE
from spatial.events.intake import Outcome, take_in
from spatial.events.public import MOST_PHOTOS, PUBLIC
from spatial.events.public_codes import code_of, ticket, ticket_age_s
from spatial.geometry.datum import convert
from spatial.places import public as places
from spatial.rights.envelope import NotOpened, master_file, public_seed, read_master
from tiles import basemap
from tiles.vector import MAX_ZOOM, Tile

router = APIRouter(tags=["public"], dependencies=[Depends(not_kept)])
log = structlog.get_logger()

Json = dict[str, Any]
MOST_PHOTO_BYTES = 12 * MEGABYTE
LEAST_SECONDS, MOST_SECONDS = 2, 86_400
"""How long somebody may take to fill in a report; a page that was open for longer asks for a new ticket."""
MOST_RESULTS = 50
NEAR_M = 300.0
"""An address farther away says nothing of a spot."""
_OWN_NAMES = {
    "description": "text", "address": "where", "reporter.name": "name", "reporter.phone": "phone",
    "category": "matter",
}  # fmt: skip

Lon = Annotated[float, Query(ge=-180, le=180)]
Lat = Annotated[float, Query(ge=-89.9, le=89.9)]
PROBLEM: Json = {"content": {"application/problem+json": {"schema": PROBLEM_SCHEMA}}}
REFUSALS: dict[int | str, Json] = {
    status: {"description": said, **PROBLEM}
    for status, said in ((400, "Cannot be read"), (429, "Too many; Retry-After says when to come back"))
}


async def _connection(city: CityOf) -> AsyncIterator[Connection[Any]]:
    async with city.slots, contextmanager_in_threadpool(session(city.database, PUBLIC)) as connection:
        yield connection


PublicConnection = Annotated[Connection[Any], Depends(_connection, scope="function")]


@router.get("/api/public/start", dependencies=[ONE_LOOK_UP], responses=REFUSALS)
def start(city: CityOf, connection: PublicConnection) -> Start:
    """Give what the page begins with: kinds of places, what can be reported, and a ticket to report with."""
    facts = city.brief(connection)
    return Start.model_validate(
        {
            "bbox": facts["bbox"],
            "name": _both(facts.get("name"), facts.get("name_en")),
            "kinds": places.public_kinds(connection),
            "matters": reports.matters(connection),
            "ticket": ticket(seed(city), datetime.now(UTC)),
            "most_photos": MOST_PHOTOS,
            "most_photo_bytes": MOST_PHOTO_BYTES,
            "attribution": [each["title"] for each in facts.get("sources", [])],
        }
    )


@router.get("/api/public/places", dependencies=[ONE_LOOK_UP], responses=REFUSALS)
def near(
    connection: PublicConnection, lon: Lon, lat: Lat, datum: Datum = "wgs84",
    kinds: Annotated[str, Query(max_length=400)] = "",
    radius_m: Annotated[float, Query(gt=0, le=places.LONGEST_M)] = 5000,
    limit: Annotated[int, Query(ge=1, le=MOST_RESULTS)] = 20,
) -> PublicPlaces:  # fmt: skip
    """Find the nearest places of the kinds (keys, with commas; none: all that the public sees)."""
    now = datetime.now(UTC)
    wanted = [each for each in kinds.split(",") if each]
    found = places.nearest(connection, *_wgs84(lon, lat, datum), wanted, radius_m, limit, now)
    return PublicPlaces.model_validate({"at": now, "places": found})


@router.get("/api/public/search", dependencies=[ONE_LOOK_UP], responses=REFUSALS)
def search(
    city: CityOf, connection: PublicConnection, q: Annotated[str, Query(min_length=1, max_length=100)]
) -> PublicSearch:
    """Find where an address or a place of a public kind is."""
    if not q.strip() or not q.isprintable():
        raise InvalidInput.at("q", "holds nothing to look for")
    named = [
        {**each, "title": each["name"], "title_en": each["name_en"] or each["name"]}
        for each in places.named(connection, q, 5)
    ]
    found = city.addresses.current(PUBLIC, connection).find(q, 8)
    addresses = [_address(each) for each in found]
    seen = {each["title"] for each in named}
    every = [*named, *(each for each in addresses if each["title"] not in seen)]
    # What is called exactly so comes first.
    every.sort(key=lambda each: each["title"] != q.strip())
    return PublicSearch.model_validate({"results": every[:10]})


@router.get("/api/public/spot", dependencies=[ONE_LOOK_UP], responses=REFUSALS)
def spot(city: CityOf, connection: PublicConnection, lon: Lon, lat: Lat, datum: Datum = "wgs84") -> Spot:
    """Tell whether reports from a point are taken, and the nearest address."""
    x, y = _wgs84(lon, lat, datum)
    inside = int(city.assignments(DEFAULT_COVERAGE).locate(np.array([x]), np.array([y]))[0][0]) >= 0
    near_by = city.addresses.current(PUBLIC, connection).reverse(x, y, 1, NEAR_M) if inside else []
    if not near_by:
        return Spot(inside=inside, address=None, distance_m=None, generated=False)
    first = near_by[0]
    return Spot(inside=True, address=first.text, distance_m=first.distance_m, generated=first.generated)


@router.post(
    "/api/public/reports", status_code=201, dependencies=[ONE_REPORT],
    responses={**REFUSALS, 200: {"model": Taken, "description": "Was sent before; the same code"}},
)  # fmt: skip
def report(city: CityOf, connection: PublicConnection, sent: PublicReport, answer: Response) -> Taken:
    """Report something; the answer is the code to follow it by. Sent again, it is the same report (200)."""
    _check_sender(city, sent)
    outcome = _taken(city, connection, sent)
    code = code_of(seed(city), sent.client_id)
    assert outcome.id is not None
    reports.keep_code(connection, outcome.id, code)
    answer.status_code = 201 if outcome.created else 200
    answer.headers["location"] = f"/api/public/reports/{code}"
    return Taken(code=code, created=outcome.created)


@router.get(
    "/api/public/reports/{code}", dependencies=[ONE_LOOK_UP],
    responses={**REFUSALS, 404: {"description": "No report has this code", **PROBLEM}},
)  # fmt: skip
async def follow(code: Annotated[Code, Path()], request: Request, city: CityOf) -> Followed:
    """Tell what became of a report, in plain words."""
    try:
        async with city.slots:
            return Followed.model_validate(await run_in_threadpool(_followed, city, code))
    except NotFound:
        wrong_code(request, city)
        raise


@router.get(
    "/api/public/tiles/{z}/{x}/{y}.mvt", dependencies=[ONE_TILE],
    responses={200: {"content": {MVT.decode(): {}}}, **REFUSALS},
)  # fmt: skip
async def tile(
    request: Request, city: CityOf,
    z: Annotated[int, Path(ge=0, le=MAX_ZOOM)], x: Annotated[int, Path(ge=0)], y: Annotated[int, Path(ge=0)],
) -> Response:  # fmt: skip
    """Give a tile of our own base map: roads, water, green, names; nothing that has a layer of its own."""
    wanted = Tile(z, x, y)
    if not wanted.exists:
        raise InvalidInput.at("z/x/y", f"there is no tile {z}/{x}/{y}")
    found = city.tiles.get((path := f"public {z}/{x}/{y}", b"", PUBLIC.rights_key))
    if found is None:
        # One name for each tile, however its numbers are written: 5, 05 and 5.0 are one.
        asked = {**request.scope, "path": path, "query_string": b""}
        make = partial(TileMaker(city.database, city.tiles).make, asked, PUBLIC, [basemap.NAME], wanted)
        found = await run_sync(make, limiter=city.public_tiles)
    headers = {"cache-control": "public, max-age=3600", "etag": found.etag.decode()}
    return Response(found.whole, media_type=MVT.decode(), headers=headers)


def seed(city: City) -> bytes:
    """Derive what codes and tickets are made of from the master key."""
    try:
        return public_seed(read_master(master_file(city.settings)))
    except NotOpened as error:
        log.error("reports of the public cannot be taken", reason=str(error))
        raise Unavailable("reports cannot be taken now; please call the hotline") from error


def _both(zh: str | None, en: str | None) -> Json | None:
    return {"zh": zh, "en": en or zh} if zh else None


def _address(found: Found) -> Json:
    return {**vars(found), "title": found.text, "title_en": found.text, "kind": "address"}


def _followed(city: City, code: str) -> Json:
    with session(city.database, PUBLIC) as connection:
        return reports.followed(connection, code)


def _check_sender(city: City, sent: PublicReport) -> None:
    """Refuse what a program filled in: a field that nobody sees, or faster than anybody types."""
    age_s = ticket_age_s(seed(city), sent.ticket, datetime.now(UTC))
    if age_s is None or not LEAST_SECONDS <= age_s <= MOST_SECONDS:
        reason = (
            "is too young" if age_s is not None and age_s < LEAST_SECONDS else "is too old, or none of ours"
        )
        raise InvalidInput.at(
            "ticket", f"{reason}: ask GET /api/public/start for one, and send it along later"
        )
    if sent.website:
        raise InvalidInput.at("website", "must stay empty")


def _taken(city: City, connection: Connection[Any], sent: PublicReport) -> Outcome:
    matter = next((each for each in reports.matters(connection) if each["key"] == sent.matter), None)
    if matter is None:
        raise Unprocessable([Problem("matter", "cannot be reported here")])
    outcome = take_in(connection, city.desk, PUBLIC, [sent.report(matter["category"], matter["title"])])[0]
    if outcome.problems:
        named = [Problem(_OWN_NAMES.get(each.where, each.where), each.reason) for each in outcome.problems]
        raise Unprocessable(named)
    return outcome


def _wgs84(lon: float, lat: float, datum: str) -> tuple[float, float]:
    if datum in ("wgs84", "cgcs2000"):
        return lon, lat
    x, y = convert(np.array([lon]), np.array([lat]), datum, "wgs84")
    return float(x[0]), float(y[0])
