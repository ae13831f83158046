"""Dispatch (派遣): a dry run, why an event went where it went, and rulings to take along."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import numpy as np
from fastapi import APIRouter, Depends
from psycopg import Connection

from api.dependencies import CityOf, ConnectionOf, ReaderOf
from api.dispatch_replay import replayed
from api.me import ONE_OF_FEW, not_kept
from api.paging import Number
from api.schemas.dispatch import DryRun, NewReplay
from api.signing import master_of
from spatial.addresses.geocode import verdict
from spatial.database import session
from spatial.errors import Forbidden, InvalidInput, Unprocessable
from spatial.events.dispatch import Asked
from spatial.events.dispatch.explanations import body_of, named, read_explanations
from spatial.events.dispatch.replay import as_json, read_names
from spatial.events.dispatch.ruling_making import ruling_document
from spatial.events.dispatch.rulings import sign
from spatial.events.dispatch.seen import seen_by, without_places
from spatial.events.dispatch.words import told
from spatial.geometry.datum import convert
from spatial.geometry.read_files import check_lonlat
from spatial.rights.reader import SYSTEM, Reader
from spatial.rights.rules import ADMINISTRATORS, RESPONDERS
from spatial.rights.signatures import public_key

router = APIRouter(tags=["dispatch"], dependencies=[Depends(not_kept)])

MOST_REPLAYED = 20_000
"""Events of one request; the command line takes any number."""
MOST_CHANGES = 1_000
"""Changed events that are listed one by one."""

Json = dict[str, Any]


@router.post("/api/dispatch")
def dry_run(city: CityOf, connection: ConnectionOf, reader: ReaderOf, sent: DryRun) -> Json:
    """Decide whose events would be, and say why; stores nothing."""
    if reader.role not in RESPONDERS:
        raise Forbidden("dry runs are for those who handle events")
    lon, lat, found = _points(city, connection, reader, sent)
    at = sent.at or datetime.now(UTC)
    asked = Asked(lon, lat, [sent.category] * len(lon), [at] * len(lon))
    dispatcher = without_places(connection, reader, city.dispatchers.current())
    bodies = [_inside(body_of(each), reader) for each in dispatcher.decide(asked)]
    decisions = _told(connection, reader, bodies)
    return {"versions": dispatcher.versions, "at": at.isoformat(), "found": found, "decisions": decisions}


@router.get("/api/events/{identifier}/explanation")
def explanation(identifier: Number, connection: ConnectionOf, reader: ReaderOf) -> Json:
    """Say why an event went to whom it went: the newest dispatch, and those before."""
    newest, *before = _told(connection, reader, read_explanations(connection, identifier))
    return {**newest, "before": before}


def _told(connection: Connection[Any], reader: Reader, bodies: Sequence[Json]) -> list[Json]:
    """Say decisions in words, as far as the reader may know of them."""
    seen = seen_by(connection, reader, bodies)
    names = named(connection, seen)
    return [told(body, names, not reader.sees_everything) for body in seen]


def _points(
    city: CityOf, connection: Connection[Any], reader: Reader, sent: DryRun
) -> tuple[Any, Any, Json | None]:
    """Read the points that are asked about, in WGS-84; an address is looked up first."""
    if (sent.points is None) == (sent.address is None):
        raise InvalidInput.at("points", "either points or an address")
    if sent.points is not None:
        array = np.array(sent.points, np.float64).reshape(-1, 2)
        check_lonlat(array[:, 0], array[:, 1], "points")
        return *convert(array[:, 0], array[:, 1], sent.datum, "wgs84"), None
    found = city.addresses.current(reader, connection).find(sent.address or "", 5)
    if verdict(found) != "matched":
        near = "; ".join(f"{each.text} ({each.score:.2f})" for each in found)
        raise Unprocessable.at(
            "address", f"is not clear; it may be: {near}" if near else "matches nothing known"
        )
    best = found[0]
    told = {"address_id": best.id, "text": best.text, "score": best.score, "lon": best.lon, "lat": best.lat}
    return np.array([best.lon]), np.array([best.lat]), told


def _inside(body: Json, reader: Reader) -> Json:
    """Tell a reader of an area nothing of what lies outside of it."""
    if reader.reach != "area" or reader.holds(body["unit"]):
        return body
    nothing = {"unit": None, "ruling": "unassigned", "border_m": None, "runner_up": None, "units": {}}
    nobody = {"rule": "outside", "line": None, "organisation": None, "worker": None, "considered": []}
    return {**body, **nothing, **nobody}


@router.get("/api/events/{identifier}/ruling")
def ruling(identifier: Number, city: CityOf, connection: ConnectionOf, reader: ReaderOf) -> Json:
    """Give the newest dispatch as a signed document: `citygrid dispatch verify` checks it anywhere."""
    with session(city.database, SYSTEM) as platform:
        document = ruling_document(connection, platform, reader, identifier)
    return sign(document, master_of(city))


@router.get("/api/dispatch/key")
def key(city: CityOf) -> Json:
    """Give the public key that rulings are signed under."""
    return {"algorithm": "Ed25519", "public_key": public_key(master_of(city))}


@router.post("/api/dispatch/replays", dependencies=[ONE_OF_FEW])
def replay(city: CityOf, connection: ConnectionOf, reader: ReaderOf, sent: NewReplay) -> Json:
    """Show what a draft of the duty list, or a plan, would have done with past events; stores nothing."""
    if reader.role not in ADMINISTRATORS:
        raise Forbidden("replays are for administrators, who keep the duty list")
    report = replayed(
        connection, city.bases, city.dispatchers.current(), sent.since, sent.until, sent.draft, sent.plan,
        sent.people, MOST_REPLAYED,
    )  # fmt: skip
    return as_json(report, read_names(connection), MOST_CHANGES)
