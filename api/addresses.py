"""Addresses: find them, find the nearest, keep the library, import and geocode files."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path as File
from typing import Annotated, Any

import numpy as np
import orjson
from fastapi import APIRouter, Depends, Query, Request, Response
from starlette.concurrency import run_in_threadpool

from api.address_jobs import address_files
from api.asgi import BodyTooLarge, takes_files
from api.city import City
from api.dependencies import CityOf, ConnectionOf, ReaderOf
from api.me import not_kept
from api.paging import Number
from api.schemas.addresses import (
    AddressChange,
    FileQuery,
    GeocodeFileQuery,
    GeocodeQuery,
    ManyPoints,
    ManyTexts,
    NewAddress,
    NewAlias,
    ReverseQuery,
)
from spatial.addresses import queue, store
from spatial.addresses.batch import answer, answers, report, shifted
from spatial.addresses.geocode import Found, check_text
from spatial.addresses.imports import ImportOptions
from spatial.database import session
from spatial.errors import Forbidden, InvalidInput, NotFound
from spatial.geometry.datum import check_datum, convert
from spatial.geometry.read_files import check_lonlat
from spatial.geometry.uploads import safe_name
from spatial.rights.reader import SYSTEM, Reader

router = APIRouter(tags=["addresses"])

Json = dict[str, Any]
MOST_FILE_BYTES = 128 * 2**20
NOT_KEPT = [Depends(not_kept)]


@router.get("/api/addresses/geocode")
def geocode(
    connection: ConnectionOf, reader: ReaderOf, city: CityOf, asked: Annotated[GeocodeQuery, Query()]
) -> Json:
    """Find what a text means, best first; `status` says whether the first may be taken."""
    check_datum(asked.datum)
    gazetteer = city.addresses.current(reader, connection)
    near = None if asked.near is None else _near(asked.near, asked.datum)
    check_text(asked.q)
    told = answer(gazetteer, asked.q, asked.limit, near)
    results = [_told(each, asked.datum) for each in told.found]
    return {"q": asked.q, "status": told.status, "reason": told.reason, "results": results}


@router.post("/api/addresses/geocode")
def geocode_many(connection: ConnectionOf, reader: ReaderOf, city: CityOf, sent: ManyTexts) -> Json:
    """Find what each of many texts means, in their order, with a report."""
    check_datum(sent.datum)
    told = answers(city.addresses.current(reader, connection), sent.addresses, sent.limit)
    results = [
        {
            "status": each.status,
            "reason": each.reason,
            "results": [_told(found, sent.datum) for found in each.found],
        }
        for each in told
    ]
    return {"report": report(told), "addresses": results}


@router.get("/api/addresses/reverse")
def reverse(
    connection: ConnectionOf, reader: ReaderOf, city: CityOf, asked: Annotated[ReverseQuery, Query()]
) -> Json:
    """Find the nearest addresses to a point, and the areas that it lies in."""
    lon, lat = _point(asked.lon, asked.lat, asked.datum)
    found = city.addresses.current(reader, connection).reverse(lon, lat, asked.limit, asked.within_m)
    return {"results": [_told(each, asked.datum) for each in found], "areas": _areas(city, reader, lon, lat)}


@router.post("/api/addresses/reverse")
def reverse_many(connection: ConnectionOf, reader: ReaderOf, city: CityOf, sent: ManyPoints) -> Json:
    """Find the nearest addresses to each of many points and the areas it lies in, with a report."""
    lon, lat = _points(sent.points, sent.datum)
    gazetteer = city.addresses.current(reader, connection)
    areas = _areas_of(city, reader, lon, lat)
    results = [
        {
            "results": [
                _told(each, sent.datum) for each in gazetteer.reverse(x, y, sent.limit, sent.within_m)
            ],
            "areas": area,
        }
        for x, y, area in zip(lon.tolist(), lat.tolist(), areas, strict=True)
    ]
    near = sum(bool(each["results"]) for each in results)
    return {
        "report": {"points": len(results), "found": near, "nothing_near": len(results) - near},
        "points": results,
    }


@router.post("/api/addresses", status_code=201, dependencies=NOT_KEPT)
def create(connection: ConnectionOf, reader: ReaderOf, sent: NewAddress) -> Json:
    """Add an address; its parts are read from its text unless they are sent."""
    store.check_may(reader)
    given = sent.model_dump(exclude={"datum"}, exclude_none=True)
    given["lon"], given["lat"] = _point(sent.lon, sent.lat, sent.datum)
    return store.read(connection, store.create(connection, given))


@router.post("/api/addresses/aliases", status_code=201, dependencies=NOT_KEPT)
def add_alias(connection: ConnectionOf, reader: ReaderOf, sent: NewAlias) -> Json:
    """Add another name of an address, or of a term: an old name of a road, an abbreviation."""
    store.check_may(reader)
    return {"id": store.add_alias(connection, sent.checked())}


@router.get("/api/addresses/aliases")
def aliases(connection: ConnectionOf, term: Annotated[str | None, Query(max_length=100)] = None) -> Json:
    """List other names of terms."""
    return {"aliases": store.aliases(connection, term)}


@router.delete("/api/addresses/aliases/{identifier}", status_code=204)
def delete_alias(identifier: Number, connection: ConnectionOf, reader: ReaderOf) -> None:
    """Take another name away."""
    store.check_may(reader, "delete")
    store.delete_alias(connection, identifier)


@router.post("/api/addresses/imports", status_code=202, dependencies=NOT_KEPT)
@takes_files
async def import_file(
    request: Request, city: CityOf, reader: ReaderOf, said: Annotated[FileQuery, Query()]
) -> Json:
    """Import a file of addresses: CSV with lon and lat, GeoPackage, GeoJSON; the job process reports."""
    store.check_may(reader)
    check_datum(said.datum)
    options = ImportOptions(**said.model_dump(exclude={"filename"}))
    return await _put_down(request, city, reader, "import", said.filename, asdict(options))


@router.post("/api/addresses/files", status_code=202, dependencies=NOT_KEPT)
@takes_files
async def geocode_file(
    request: Request, city: CityOf, reader: ReaderOf, said: Annotated[GeocodeFileQuery, Query()]
) -> Json:
    """Geocode a column of a CSV; the job process reports and answers with a CSV."""
    check_datum(said.datum)
    options = said.model_dump(exclude={"filename"})
    return await _put_down(request, city, reader, "geocode", said.filename, options)


@router.get("/api/addresses/jobs/{identifier}")
def progress(identifier: Number, connection: ConnectionOf) -> Json:
    """Tell how far a file is, and what became of its rows."""
    return queue.progress_of(connection, identifier)


@router.get("/api/addresses/jobs/{identifier}/result")
def result(identifier: Number, connection: ConnectionOf) -> Response:
    """Give the answer to a file: its rows, with what was found."""
    headers = {"content-disposition": 'attachment; filename="geocoded.csv"', "cache-control": "no-store"}
    return Response(queue.result_of(connection, identifier), media_type="text/csv", headers=headers)


@router.get("/api/addresses/{identifier}")
def read(identifier: Number, connection: ConnectionOf) -> Json:
    """Show an address with its parts and other names."""
    return store.read(connection, identifier)


@router.patch("/api/addresses/{identifier}", dependencies=NOT_KEPT)
def change(identifier: Number, connection: ConnectionOf, reader: ReaderOf, sent: AddressChange) -> Json:
    """Change an address; with a new text, the parts follow unless they are sent."""
    store.check_may(reader, "update")
    given = sent.model_dump(exclude={"datum", "lon", "lat"}, exclude_unset=True)
    if (sent.lon is None) != (sent.lat is None):
        raise InvalidInput.at("lat", "goes with lon")
    if sent.lon is not None and sent.lat is not None:
        given["lon"], given["lat"] = _point(sent.lon, sent.lat, sent.datum)
    store.change(connection, identifier, given)
    return store.read(connection, identifier)


@router.delete("/api/addresses/{identifier}", status_code=204)
def delete(identifier: Number, connection: ConnectionOf, reader: ReaderOf) -> None:
    """Delete an address that never was; one that is no longer in use is given its `valid_until`."""
    store.check_may(reader, "delete")
    store.delete(connection, identifier)


def _told(found: Found, datum: str) -> Json:
    lon, lat = shifted(found, datum)
    return {**asdict(found), "lon": lon, "lat": lat, "id": found.id}


def _point(lon: float, lat: float, datum: str) -> tuple[float, float]:
    check_datum(datum)
    check_lonlat(np.array([lon]), np.array([lat]), "point")
    (x,), (y,) = convert([lon], [lat], datum, "wgs84")
    return float(x), float(y)


def _points(points: Sequence[tuple[float, float]], datum: str) -> tuple[np.ndarray, np.ndarray]:
    """Turn points (n,) into longitudes and latitudes (n,), WGS-84."""
    check_datum(datum)
    lon, lat = np.array(points, np.float64).reshape(-1, 2).T
    check_lonlat(lon, lat, "points")
    return convert(lon, lat, datum, "wgs84")


def _near(text: str, datum: str) -> tuple[float, float]:
    try:
        lon, lat = map(float, text.split(","))
    except ValueError:
        raise InvalidInput.at("near", "must be lon,lat in degrees") from None
    return _point(lon, lat, datum)


def _areas(city: City, reader: Reader, lon: float, lat: float) -> Json | None:
    return _areas_of(city, reader, np.array([lon]), np.array([lat]))[0]


def _areas_of(city: City, reader: Reader, lon: np.ndarray, lat: np.ndarray) -> list[Json | None]:
    """The chains of areas, as locate tells them to the reader; null while no coverage is published."""
    try:
        answers_of = city.assignments("grids", None, reader)
    except NotFound:
        return [None] * len(lon)
    told: list[Json | None] = orjson.loads(orjson.dumps(answers_of.many(lon, lat, None)))
    return told


async def _put_down(
    request: Request, city: City, reader: Reader, kind: str, filename: str, options: Json
) -> Json:
    """Keep a file for the job process; whoever has too many waiting is refused before it is read."""
    account = reader.account_id
    if account is None:
        raise Forbidden("files are worked on for accounts")

    def ask(file: str | None) -> int:
        with session(city.database, SYSTEM) as connection:
            if file is None:
                queue.check_room(connection, account)
                return 0
            return queue.ask(connection, account, kind, safe_name(filename), options, file)

    await run_in_threadpool(ask, None)
    path = address_files(city.settings.home) / secrets.token_hex(16)
    try:
        await _receive(request, path, min(MOST_FILE_BYTES, city.settings.max_upload_mb * 2**20))
        number = await run_in_threadpool(ask, path.name)
    except BaseException:
        path.unlink(missing_ok=True)
        raise
    return {"id": number, "location": f"/api/addresses/jobs/{number}"}


async def _receive(request: Request, path: File, most: int) -> None:
    size = 0
    path.touch(mode=0o600)
    with path.open("wb") as out:
        async for piece in request.stream():
            size += len(piece)
            if size > most:
                raise BodyTooLarge(most)
            await run_in_threadpool(out.write, piece)
    if not size:
        raise InvalidInput.at("body", "is empty")
