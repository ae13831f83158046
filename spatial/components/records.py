"""Components one by one: read, create, change, take away; the grid that one stands in is always derived."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import psycopg
from psycopg import Connection
from psycopg.rows import dict_row
from psycopg.types.json import Jsonb

from spatial.components import codes
from spatial.components.book import Book, Profile
from spatial.database import query
from spatial.database.matching import end_of
from spatial.errors import Conflict, Forbidden, InvalidInput, NotFound, Problem
from spatial.extras import problems_of
from spatial.geometry.datum import check_datum, convert
from spatial.grids.stamping import Stamper
from spatial.people.organisations import organisation_id
from spatial.rights.reader import Reader
from spatial.rights.rules import rule_of

ROOM = "spatial.components"
SOURCE = "manual"
COUNTY_DIGITS = 6
MOST_PAGE = 1_000
OUR_OWN = "_generated"
"""Attributes that end so say what the generator of the demo made up; no schema knows them."""

TEXTS = ("owner", "owner_code", "upkeep", "upkeep_code", "manager", "manager_code", "note")
Json = dict[str, Any]


class Stale(Conflict):
    """The component has changed since it was read."""


@dataclass(frozen=True)
class Given:
    """Who writes, in which transaction, by which book."""

    connection: Connection[Any]
    reader: Reader
    stamper: Stamper
    book: Book


@dataclass(frozen=True)
class Wanted:
    """Which components are listed."""

    class_code: str | None = None
    """A class of ours, or the two digits that it begins with."""
    state: str | None = None
    unit: str | None = None
    """A unit at any level of the grids."""
    owner: str | None = None
    upkeep: str | None = None
    q: str | None = None
    """The beginning of a code, or a part of a name."""
    bbox: Sequence[float] | None = None
    """west, south, east, north in degrees of WGS-84."""
    after: int = 0
    limit: int = 100


def read(connection: Connection[Any], identifier: int) -> Json:
    """Read a component that stands, with its former codes and how often it was repaired; NotFound."""
    found = _rows(connection, {"ids": [identifier]})
    if not found:
        raise NotFound(f"there is no component '{identifier}'")
    return found[0]


def read_retired(connection: Connection[Any], identifier: int) -> Json:
    """Read a component that was taken away, as it was, with the events that named it; NotFound."""
    with connection.cursor(row_factory=dict_row) as cursor:
        row = cursor.execute(query(ROOM, "retired"), {"id": identifier}).fetchone()
    if row is None:
        raise NotFound(f"there is no component '{identifier}'")
    return {**row.pop("was"), **row}


def listed(connection: Connection[Any], wanted: Wanted) -> list[Json]:
    """List components by their identifier, behind `after`."""
    values: Json = dict(vars(wanted))
    sides = wanted.bbox or (None,) * 4
    values |= dict(zip(("west", "south", "east", "north"), sides, strict=True))
    values |= {"unit_from": wanted.unit or None, "unit_until": end_of(wanted.unit) if wanted.unit else None}
    ids = [key for (key,) in connection.execute(query(ROOM, "listed"), values).fetchall()]
    return _rows(connection, {"ids": ids}) if ids else []


def _rows(connection: Connection[Any], values: Mapping[str, Any]) -> list[Json]:
    with connection.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(query(ROOM, "read"), values).fetchall()


def create(given: Given, sent: Mapping[str, Any]) -> int:
    """Create a component, and return its identifier.

    sent: class (a code or name in any profile, or in `profile`), lon, lat, datum, and what else it has;
    without a code the next one of its county and class is issued, in the form of `profile` (None: the
    default). Raises InvalidInput with what is wrong, Conflict for a code that is or was another's, Forbidden.
    """
    _require(given.reader, "create")
    profile = given.book.profile(sent.get("profile"))
    class_code = given.book.our_class(sent["class"], profile if sent.get("profile") else None)
    row: Json = {name: sent.get(name) for name in (*TEXTS, "installed_on")}
    row |= {"class_code": class_code, "source": sent.get("source") or SOURCE, "code": sent.get("code")}
    row |= {"attributes": sent.get("attributes") or {}, "state": sent.get("state") or "intact"}
    row |= _placed(given, sent)
    row |= {"organisation_id": _organisation(given, sent), "profile": profile.name}
    row["name"] = sent.get("name") or given.book.default.kinds[class_code].name
    _checked(given.book, row, profile)
    _coded(given, row, profile)
    with refused():
        return int(given.connection.execute(query(ROOM, "create"), _sent(row)).fetchall()[0][0])


def change(given: Given, identifier: int, sent: Mapping[str, Any], expected: str | None = None) -> None:
    """Change what is sent of a component; what is not sent stays.

    `attributes` is a merge patch: null takes a field away. Another class brings another code unless one is
    sent. expected: the version that the change starts from. Raises as `create`, NotFound, and Stale when it
    has changed meanwhile.
    """
    _require(given.reader, "update")
    given.stamper.hold(given.connection)
    stored = _locked(given.connection, identifier, expected)
    profile = given.book.profile(sent.get("profile") or stored["profile"])
    row: Json = {
        name: value for name, value in sent.items() if name in (*TEXTS, "installed_on", "name", "state")
    }
    whole = {**stored, **row}
    if "class" in sent:
        whole["class_code"] = given.book.our_class(sent["class"], profile if sent.get("profile") else None)
    if "attributes" in sent:
        whole["attributes"] = merged(stored["attributes"], sent["attributes"] or {})
    if "lon" in sent or "lat" in sent:
        whole |= _placed(given, {**sent, "lon": sent.get("lon"), "lat": sent.get("lat")})
    if "organisation" in sent:
        whole["organisation_id"] = _organisation(given, sent)
    recoded = whole["class_code"] != stored["class_code"] or profile.name != stored["profile"]
    if "code" in sent or recoded:
        whole |= {"code": sent.get("code"), "profile": profile.name}
    _checked(given.book, whole, profile)
    if whole["code"] != stored["code"]:
        _coded(given, whole, profile)
    with refused():
        given.connection.execute(query(ROOM, "change"), {**_sent(whole), "id": identifier})


def retire(given: Given, identifier: int, reason: str | None, expected: str | None = None) -> None:
    """Take a component away; it can still be read as it was, and its code is nobody's again. NotFound."""
    _require(given.reader, "delete")
    _locked(given.connection, identifier, expected)
    with refused():
        values = {"id": identifier, "reason": reason or ""}
        if given.connection.execute(query(ROOM, "retire"), values).rowcount != 1:
            raise Forbidden("you may read this component, and not take it away")


def merged(old: Json, patch: Json) -> Json:
    """Apply a merge patch to attributes: null takes away."""
    return {name: value for name, value in {**old, **patch}.items() if value is not None}


def extras_of(attributes: Json) -> Json:
    """Leave out of attributes what no schema knows."""
    return {name: value for name, value in attributes.items() if not name.endswith(OUR_OWN)}


def _checked(book: Book, row: Json, profile: Profile) -> None:
    problems = list(problems_of(book.fields.get(row["class_code"], {}), extras_of(row["attributes"])))
    state = book.state(row["state"], profile)
    if isinstance(state, Problem):
        problems.append(state)
    elif row["installed_on"] is not None and row["installed_on"] > date.today():
        problems.append(Problem("installed_on", "lies in the future"))
    if problems:
        raise InvalidInput(problems)
    row["state"] = state


def _coded(given: Given, row: Json, profile: Profile) -> None:
    """Check the code that was sent, or issue one."""
    county = (row["unit_code"] or "")[:COUNTY_DIGITS] or None
    if row.get("code") is None:
        row["code"] = codes.issue(
            given.connection, prefix_of(given.book, profile, row["class_code"], county), 1
        )[0]
        return
    _, wrong = given.book.check_code(row["code"], row["class_code"], county, profile)
    if wrong is not None:
        raise InvalidInput.at("code", wrong)


def prefix_of(book: Book, profile: Profile, class_code: str, county: str | None) -> str:
    """Write the beginning of the codes of a county and class; InvalidInput where there is none."""
    kind = book.kind_in(profile, class_code)
    if kind is None:
        raise InvalidInput.at("profile", f"{profile.name} has no class that is mapped to {class_code}")
    if county is None and len(book.counties) == 1:
        (county,) = book.counties
    if county is None:
        raise InvalidInput.at("code", "must be given, because the point lies in no grid that says the county")
    return county + kind.code


def _placed(given: Given, sent: Mapping[str, Any]) -> Json:
    """Bring a position into WGS-84, and say in which grid it lies."""
    problems = [Problem(name, "is required") for name in ("lon", "lat") if sent.get(name) is None]
    if problems:
        raise InvalidInput(problems)
    datum = check_datum(sent.get("datum") or "wgs84")
    lon, lat = convert(np.array([sent["lon"]]), np.array([sent["lat"]]), datum, "wgs84")
    (unit,) = given.stamper.codes(given.connection, lon, lat)
    return {"lon": float(lon[0]), "lat": float(lat[0]), "unit_code": unit}


def _organisation(given: Given, sent: Mapping[str, Any]) -> int | None:
    """Find the upkeep organisation by its code; who works for one writes components of the own one."""
    if sent.get("organisation") is None:
        return given.reader.organisation_id if given.reader.reach == "organisation" else None
    return organisation_id(given.connection, sent["organisation"])


def _locked(connection: Connection[Any], identifier: int, expected: str | None) -> Json:
    with connection.cursor(row_factory=dict_row) as cursor:
        row = cursor.execute(query(ROOM, "locked"), {"id": identifier}).fetchone()
    if row is None:
        read(connection, identifier)
        raise Forbidden("you may read this component, and not change it")
    if expected is not None and read(connection, identifier)["version"] != expected:
        raise Stale("the component has changed since it was read")
    return row


def _sent(row: Json) -> Json:
    return {**row, "attributes": Jsonb(row["attributes"])}


def _require(reader: Reader, verb: str) -> None:
    if reader.scope != "all" or reader.role not in rule_of("component").may(verb):
        raise Forbidden(f"you may not {verb} components")


@contextmanager
def refused() -> Iterator[None]:
    """Tell what PostgreSQL refuses in words of ours."""
    try:
        yield
    except psycopg.errors.UniqueViolation:
        raise Conflict("code: another component has this code, or had it once") from None
    except psycopg.errors.InsufficientPrivilege:
        raise Forbidden("lon, lat: lies outside the area that you may change") from None
