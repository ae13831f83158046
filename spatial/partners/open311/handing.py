"""What an office is sent and what its answers say: pure, over the words of GeoReport v2.

    {"services": {"01": "pothole"}, "default_service": "other", "jurisdiction_id": "water.city",
     "format": "xml", "attributes": MAPPING}

services: our matters, or first digits of them, to the office's service codes. attributes: a mapping over the
event whose targets are the codes of attributes.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote, urlencode

from spatial.errors import InvalidInput, Problem
from spatial.partners.mapping import Mapping as FieldMapping
from spatial.partners.open311 import wire
from spatial.partners.open311.wire import Row

Json = dict[str, Any]
_KNOWN = ("services", "default_service", "jurisdiction_id", "format", "attributes")
LONGEST_DESCRIPTION = 4_000
MOST_ASKED = 50
"""Requests that are asked after at once."""
FORM = {"content-type": "application/x-www-form-urlencoded; charset=utf-8"}


def check_options(options: Json) -> list[Problem]:
    """Say what is wrong with how an office is handed events."""
    unknown = [name for name in options if name not in _KNOWN]
    problems = [Problem(f"options.{name[:60]}", "is not known here") for name in unknown]
    services = options.get("services", {})
    if not isinstance(services, dict) or len(services) > 2_000:
        problems.append(Problem("options.services", "must be an object of service codes by our matters"))
    elif wrong := [key for key, code in services.items() if not _is_code(code) or not key.isalnum()]:
        problems.append(Problem(f"options.services.{wrong[0][:40]}", "must be a code of the office's"))
    if not services and "default_service" not in options:
        problems.append(Problem("options.services", "must name one at least, or give a default_service"))
    for name in ("default_service", "jurisdiction_id"):
        if name in options and not _is_code(options[name]):
            problems.append(Problem(f"options.{name}", "must be a text of 100 characters at most"))
    if options.get("format", "xml") not in ("xml", "json"):
        problems.append(Problem("options.format", "must be xml or json"))
    return [*problems, *_attribute_problems(options)]


def _attribute_problems(options: Json) -> Iterator[Problem]:
    if "attributes" in options:
        try:
            FieldMapping.parse(options["attributes"], "options.attributes")
        except InvalidInput as error:
            yield from error.problems


def _is_code(text: object) -> bool:
    return isinstance(text, str) and 0 < len(text) <= 100 and text.isprintable()


def service_of(options: Json, category: str) -> str | None:
    """Find the office's service for a matter: the longest first digits that are named, else the default."""
    services: Mapping[str, str] = options.get("services", {})
    for length in range(len(category), 0, -1):
        if category[:length] in services:
            return services[category[:length]]
    found: str | None = options.get("default_service")
    return found


def marker(no: str) -> str:
    """Write our number into a description, so that the request is found there by it."""
    return f"[{no}]"


def request_of(options: Json, event: Row) -> list[tuple[str, str]] | str:
    """Write the form of an event; or say why it cannot be written."""
    service = service_of(options, event["category"])
    if service is None:
        return f"the office has no service for {event['category']} {event['category_name']}"
    text = f"{marker(event['no'])} {event['title']}"
    if event["description"]:
        text += f"\n{event['description']}"
    fields = [("service_code", service), ("lat", f"{event['lat']:.7f}"), ("long", f"{event['lon']:.7f}")]
    if event["address"]:
        fields.append(("address_string", event["address"]))
    fields.append(("description", text[:LONGEST_DESCRIPTION]))
    if options.get("jurisdiction_id"):
        fields.append(("jurisdiction_id", options["jurisdiction_id"]))
    return _with_attributes(options, event, fields)


def _with_attributes(options: Json, event: Row, fields: list[tuple[str, str]]) -> list[tuple[str, str]] | str:
    if "attributes" not in options:
        return fields
    mapped = FieldMapping.parse(options["attributes"]).apply(event)
    if mapped.problems:
        return "; ".join(f"attribute {each.where}: {each.reason}" for each in mapped.problems[:5])
    for code, value in mapped.fields.items():
        if isinstance(value, list):
            fields += [(f"attribute[{code}][]", str(each)) for each in value]
        else:
            fields.append((f"attribute[{code}]", str(value)))
    return fields


def _address(url: str, options: Json, path: str, **asked: str) -> str:
    if options.get("jurisdiction_id"):
        asked["jurisdiction_id"] = options["jurisdiction_id"]
    text = f"{url.rstrip('/')}/{path}.{options.get('format', 'xml')}"
    return f"{text}?{urlencode(asked)}" if asked else text


def post_address(url: str, options: Json) -> str:
    """Name where requests are sent to; what is sent stands in the form."""
    return f"{url.rstrip('/')}/requests.{options.get('format', 'xml')}"


def ask_address(url: str, options: Json, references: Sequence[str]) -> str:
    """Name where some requests are asked after."""
    return _address(url, options, "requests", service_request_id=",".join(references))


def token_address(url: str, options: Json, token: str) -> str:
    """Name where the number is asked that a token stands for."""
    return _address(url, options, f"tokens/{quote(token, safe='')}")


def search_address(url: str, options: Json, service: str | None, since: datetime) -> str:
    """Name where a request is looked for whose answer was lost: clocks may differ by a quarter of an hour."""
    asked = {"start_date": str(wire.moment(since - timedelta(minutes=15)))}
    if service is not None:
        asked["service_code"] = service
    return _address(url, options, "requests", **asked)


def answer_of(body: bytes) -> tuple[str | None, str | None]:
    """Read what a request that was sent is called: service_request_id, or a token in its place.

    (None, None): the office took it, and does not say its name. InvalidInput when it cannot be read.
    """
    rows = wire.read(body, "service_requests")
    row = rows[0] if rows else {}
    return _text(row.get("service_request_id")), _text(row.get("token"))


def found_in(body: bytes, no: str, earlier: Sequence[str] = ()) -> str | None:
    """Find the request that holds our number in a list of the office's; earlier: those that are known."""
    wanted = marker(no)
    for row in wire.read(body, "service_requests"):
        name = _text(row.get("service_request_id"))
        if wanted in str(row.get("description") or "") and name not in earlier:
            return name
    return None


def standing(body: bytes) -> dict[str, Row]:
    """Read how requests stand, by their numbers: status, status_notes, updated_datetime."""
    rows = wire.read(body, "service_requests")
    return {name: row for row in rows if (name := _text(row.get("service_request_id")))}


def status_of(row: Row) -> tuple[str, str]:
    """Give status and notes of a request: open, closed, or what the office calls it."""
    status = (_text(row.get("status")) or "").lower()[:40]
    return status, (_text(row.get("status_notes")) or "")[:1_000]


def updated_of(row: Row) -> datetime | None:
    """Give when a request last changed, as far as that can be read."""
    try:
        return wire.read_moment(str(row.get("updated_datetime") or ""), "updated_datetime")
    except InvalidInput:
        return None


def _text(value: object) -> str | None:
    if value is None or isinstance(value, (dict, list, bool)):
        return None
    text = "".join(each if each.isprintable() else " " for each in str(value)).strip()
    return text[:1_000] or None
