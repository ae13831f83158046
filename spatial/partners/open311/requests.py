"""Our events as GeoReport v2 has them: services, service definitions, requests, and what is sent to us.

The number of an event (`no`) is its service_request_id, a matter code is a service_code. Reading parameters
is pure; what is read is what the reader of the connection may see.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from psycopg import Connection
from psycopg.rows import dict_row

from spatial.database import query
from spatial.errors import InvalidInput, NotFound
from spatial.events.intake_report import Person, Report
from spatial.events.lifecycle_verbs import OPEN
from spatial.events.models import STATES, URGENCIES
from spatial.partners.open311.wire import Row, moment, read_moment

ROOM = "spatial.partners.open311"
SOURCE = "hotline"
"""Of reports that come this way: 311 is a hotline."""
PREFIX = "open311"
LONGEST_SPAN = timedelta(days=90)
MOST_REQUESTS = 1_000
MOST_NAMED = 200
"""Codes and numbers that one question names."""
LONGEST_DESCRIPTION = 4_000
Parameters = Mapping[str, Sequence[str]]
"""What was sent, by name; nothing that is empty."""

CLOSED = tuple(state for state in STATES if state not in OPEN)
_WORDS = {
    "reported": "reported", "accepted": "accepted", "filed": "filed",
    "dispatched": "in the hands of an office",
    "handled": "handled, to be checked", "verified": "checked", "closed": "resolved",
    "rejected": "not accepted", "merged": "the same as another request", "cancelled": "withdrawn",
}  # fmt: skip
_ATTRIBUTE = re.compile(r"attribute\[([^\[\]]{1,80})\](\[\])?")
DEFINITION: tuple[Row, ...] = (
    {
        "variable": True, "code": "urgency", "datatype": "singlevaluelist", "required": False,
        "datatype_description": None, "order": 1, "description": "How urgent is it?",
        "values": [{"key": word, "name": word} for word in URGENCIES],
    },
    {
        "variable": True, "code": "title", "datatype": "string", "required": False,
        "datatype_description": "200 characters at most", "order": 2, "description": "It in a few words",
    },
    {
        "variable": True, "code": "occurred_at", "datatype": "datetime", "required": False,
        "datatype_description": "ISO 8601 with an offset", "order": 3, "description": "When did it happen?",
    },
    {
        "variable": True, "code": "component", "datatype": "string", "required": False,
        "datatype_description": None, "order": 4,
        "description": "Code of the city component that it is about",
    },
    {
        "variable": True, "code": "external_id", "datatype": "string", "required": False,
        "datatype_description": "100 characters at most", "order": 5,
        "description": "What you call it: sent again, it is the same request, and /tokens finds its number",
    },
)  # fmt: skip
"""Attributes that every service has; others are kept with the event under their own codes."""


def services(connection: Connection[Any]) -> list[Row]:
    """List the services: one for every matter."""
    rows = connection.execute(query(ROOM, "services"), {"code": None}).fetchall()
    return [
        {
            "service_code": code, "service_name": name, "description": f"{group}: {name}", "metadata": True,
            "type": "realtime", "keywords": group, "group": group,
        }
        for code, name, group in rows
    ]  # fmt: skip


def definition(connection: Connection[Any], code: str) -> Row:
    """Give the attributes of a service; NotFound."""
    check_service(connection, code)
    return {"service_code": code, "attributes": list(DEFINITION)}


def check_service(connection: Connection[Any], code: str) -> None:
    """See that there is a service; NotFound."""
    there = code.isprintable() and connection.execute(query(ROOM, "services"), {"code": code}).fetchall()
    if not there:
        raise NotFound(f"service_code '{code[:60]}' was not found")


@dataclass(frozen=True)
class Wanted:
    """Which requests somebody asks for."""

    nos: list[str] | None = None
    codes: list[str] | None = None
    states: list[str] | None = None
    start: datetime | None = None
    end: datetime | None = None
    updated_after: datetime | None = None
    limit: int = MOST_REQUESTS
    offset: int = 0


def wanted(given: Parameters, now: datetime) -> Wanted:
    """Read which requests are asked for; InvalidInput naming the parameter."""
    nos = _words(given, "service_request_id")
    if nos is not None:
        # "This overrides all other arguments."
        return Wanted(nos=nos)
    codes, updated_after = _words(given, "service_code"), _moment(given, "updated_after")
    size = _number(given, "page_size", MOST_REQUESTS, MOST_REQUESTS)
    offset = (_number(given, "page", 1, 10_000) - 1) * size
    start, end = _span(given, now, open_end=updated_after is not None)
    return Wanted(None, codes, _states(given), start, end, updated_after, size, offset)


def _span(given: Parameters, now: datetime, open_end: bool) -> tuple[datetime | None, datetime | None]:
    """Without dates the most recent 90 days; with one of them the 90 days from or up to it."""
    start, end = _moment(given, "start_date"), _moment(given, "end_date")
    if start is None and end is None:
        return (None, None) if open_end else (now - LONGEST_SPAN, None)
    try:
        if end is None and start is not None:
            return start, start + LONGEST_SPAN
        if start is None and end is not None:
            return end - LONGEST_SPAN, end
    except OverflowError:
        raise InvalidInput.at("start_date", "lies beyond any calendar") from None
    if start is not None and end is not None and end - start > LONGEST_SPAN:
        raise InvalidInput.at("end_date", "and start_date may not span more than 90 days")
    return start, end


def _states(given: Parameters) -> list[str] | None:
    words = _words(given, "status")
    if words is None:
        return None
    if unknown := [word for word in words if word not in ("open", "closed")]:
        raise InvalidInput.at("status", f"'{unknown[0][:40]}' is neither open nor closed")
    return [state for word in words for state in (sorted(OPEN) if word == "open" else CLOSED)]


def _words(given: Parameters, name: str) -> list[str] | None:
    """A list may come comma delimited, and the parameter more than once."""
    words = [word.strip() for text in given.get(name, ()) for word in text.split(",")]
    words = [word for word in words if word]
    if len(words) > MOST_NAMED:
        raise InvalidInput.at(name, f"may name {MOST_NAMED} at most")
    return [word if word.isprintable() else "" for word in words] or None


def _one(given: Parameters, name: str) -> str | None:
    values = given.get(name, ())
    if len(values) > 1:
        raise InvalidInput.at(name, "stands more than once")
    return values[0] if values else None


def _moment(given: Parameters, name: str) -> datetime | None:
    text = _one(given, name)
    return None if text is None else read_moment(text, name)


def _number(given: Parameters, name: str, usual: int, most: int) -> int:
    text = _one(given, name)
    if text is None:
        return usual
    if not re.fullmatch(r"\d{1,6}", text, re.ASCII) or not 1 <= int(text) <= most:
        raise InvalidInput.at(name, f"must be a whole number between 1 and {most}")
    return int(text)


def requests(connection: Connection[Any], asked: Wanted) -> list[Row]:
    """Read requests, newest first; the reader of the connection sees the own ones."""
    with connection.cursor(row_factory=dict_row) as cursor:
        rows = cursor.execute(query(ROOM, "requests"), vars(asked)).fetchall()
    return [_request(row) for row in rows]


def request(connection: Connection[Any], no: str) -> Row:
    """Read one; NotFound."""
    found = requests(connection, Wanted(nos=[no])) if no.isprintable() else []
    if not found:
        raise NotFound(f"service_request_id '{no[:60]}' was not found")
    return found[0]


def _request(row: Row) -> Row:
    closed = row["state"] in CLOSED
    text = row["description"] or row["title"]
    return {
        "service_request_id": row["no"],
        "status": "closed" if closed else "open",
        "status_notes": _notes(row, closed),
        "service_name": row["service_name"],
        "service_code": row["category"],
        "description": text[:LONGEST_DESCRIPTION],
        "agency_responsible": row["agency"],
        "service_notice": None,
        "requested_datetime": moment(row["reported_at"]),
        "updated_datetime": moment(row["closed_at"] if row["state"] == "closed" else row["updated_at"]),
        "expected_datetime": None if closed else moment(row["expected_at"]),
        "address": row["address"],
        "address_id": None if row["address_id"] is None else str(row["address_id"]),
        "zipcode": None,
        "lat": row["lat"],
        "long": row["lon"],
        "media_url": row["media_url"],
    }


def _notes(row: Row, closed: bool) -> str:
    """Say how it stands; why it ended belongs to it, what was written on the way does not."""
    words = _WORDS[row["state"]]
    note = (row["note"] or "").strip() if closed else ""
    return f"{words}: {note}" if note else words


@dataclass(frozen=True)
class Sent:
    """A request that was sent to us, as far as it says something by itself."""

    report: Report
    address_id: int | None = None


def sent(given: Parameters, account_id: int) -> Sent:
    """Make a report of what was sent; InvalidInput naming the parameter, or several.

    Who sends it as a person: first_name, last_name and phone are sealed with the event; email, device_id and
    account_id are not kept.
    """
    lat, long = _degrees(given, "lat", 90), _degrees(given, "long", 180)
    if (lat is None) != (long is None):
        raise InvalidInput.at("lat" if lat is None else "long", "was not provided: both or none")
    address, address_id = _one(given, "address_string"), _one(given, "address_id")
    if lat is None and address is None and address_id is None:
        raise InvalidInput.at("lat", "no location was provided: lat and long, address_string or address_id")
    code, description = _one(given, "service_code"), _one(given, "description")
    if code is None:
        raise InvalidInput.at("service_code", "was not provided")
    if description is not None and len(description) > LONGEST_DESCRIPTION:
        raise InvalidInput.at("description", f"may have {LONGEST_DESCRIPTION} characters at most")
    known, others = _attributes(given)
    report = Report(
        code, SOURCE, known.get("title"), long, lat, "wgs84", address, description,
        known.get("urgency", "ordinary"), _external_id(known.get("external_id"), account_id),
        _occurred(known), component=known.get("component"), attributes=others, reporter=_person(given),
    )  # fmt: skip
    return Sent(report, _address_number(address_id))


def _external_id(text: str | None, account_id: int) -> str | None:
    """Name a report by what its sender calls it: accounts do not get into each other's way."""
    if text is None:
        return None
    if len(text) > 100 or not text.isprintable():
        raise InvalidInput.at("attribute[external_id]", "may have 100 printable characters at most")
    return f"{PREFIX}:{account_id}:{text}"


def _occurred(known: Mapping[str, str]) -> datetime | None:
    text = known.get("occurred_at")
    return None if text is None else read_moment(text, "attribute[occurred_at]")


def _attributes(given: Parameters) -> tuple[dict[str, str], dict[str, Any]]:
    """Part the attributes that we know from those that are kept as they are."""
    known: dict[str, str] = {}
    others: dict[str, Any] = {}
    names = {str(each["code"]) for each in DEFINITION}
    for name, values in given.items():
        found = _ATTRIBUTE.fullmatch(name)
        if found is None:
            continue
        code = found[1]
        if code in names:
            known[code] = values[0]
        else:
            others[code] = list(values) if found[2] or len(values) > 1 else values[0]
    media = _one(given, "media_url")
    if media is not None:
        others["media_url"] = _link(media)
    return known, others


def _link(text: str) -> str:
    """A link is kept as a link: nothing is fetched."""
    if len(text) > 2_000 or not re.match(r"https?://[^\s/]", text, re.ASCII) or not text.isprintable():
        raise InvalidInput.at("media_url", "must begin with http:// or https://")
    return text


def _person(given: Parameters) -> Person | None:
    first, last = _one(given, "first_name"), _one(given, "last_name")
    names = [each for each in (first, last) if each]
    # A Chinese name has its family name first, and no blank.
    name = " ".join(names) if all(each.isascii() for each in names) else "".join(reversed(names))
    phone = _one(given, "phone")
    return Person(name=name or None, phone=phone) if name or phone else None


def _degrees(given: Parameters, name: str, most: int) -> float | None:
    text = _one(given, name)
    if text is None:
        return None
    if not re.fullmatch(r"[+-]?\d{1,3}(\.\d{0,30})?", text.strip(), re.ASCII) or abs(float(text)) > most:
        raise InvalidInput.at(name, f"must be degrees between -{most} and {most}")
    return float(text)


def _address_number(text: str | None) -> int | None:
    if text is None:
        return None
    if not re.fullmatch(r"\d{1,18}", text, re.ASCII):
        raise InvalidInput.at("address_id", "is no address of this city")
    return int(text)


def located(connection: Connection[Any], asked: Sent) -> Report:
    """Give the report with the place of the address that it names, unless it has one of its own."""
    if asked.address_id is None:
        return asked.report
    found = connection.execute(query(ROOM, "address"), {"id": asked.address_id}).fetchall()
    if not found:
        raise InvalidInput.at("address_id", "is no address of this city")
    text, lon, lat = found[0]
    report = replace(asked.report, address=asked.report.address or text)
    return report if report.lon is not None else replace(report, lon=lon, lat=lat)


def by_token(connection: Connection[Any], token: str, account_id: int) -> Row:
    """Find the number of a request by what its sender calls it; NotFound."""
    values = {"source": SOURCE, "external_id": f"{PREFIX}:{account_id}:{token}"}
    found = connection.execute(query(ROOM, "token"), values).fetchall() if token.isprintable() else []
    if not found:
        raise NotFound(f"token '{token[:60]}' was not found")
    return {"service_request_id": found[0][0], "token": token}
