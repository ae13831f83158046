"""GeoReport v2 on the wire: written as XML and JSON, and read from both as servers really write them. Pure.

JSON follows from XML by the Spark convention: a container of elements of one kind is a list, and the root's
own name is left out. XML has no namespace, and is UTF-8.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from xml.etree.ElementTree import Element
from xml.sax.saxutils import escape

import orjson

from spatial.errors import InvalidInput
from spatial.geometry.xml_tree import XmlLimits, parse_xml

Json = Any
Row = dict[str, Json]
TYPES = {"xml": "text/xml; charset=utf-8", "json": "application/json; charset=utf-8"}
"""What each format is sent as."""
NAMESPACE = "http://wiki.open311.org/GeoReport_v2"

_ITEMS = {
    "services": "service", "service_requests": "request", "attributes": "attribute", "values": "value",
    "errors": "error", "endpoints": "endpoint", "formats": "format",
}  # fmt: skip
"""Containers, and what they hold."""
_LIMITS = XmlLimits(max_bytes=32 * 2**20, max_elements=400_000, max_depth=12)
_NOT_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")
MOST_ROWS = 20_000
"""Requests of one answer that are read."""


def write(form: str, root: str, content: Json) -> bytes:
    """Write an answer in a format: content is a list for containers, else an object."""
    if form == "json":
        return orjson.dumps(content)
    return b'<?xml version="1.0" encoding="UTF-8"?>\n' + "".join(_xml(root, content)).encode()


def _xml(name: str, value: Json) -> Sequence[str]:
    if isinstance(value, Mapping):
        inner = [part for key, each in value.items() for part in _xml(key, each)]
    elif isinstance(value, (list, tuple)):
        inner = [part for each in value for part in _xml(_ITEMS[name], each)]
    else:
        inner = [escape(_NOT_XML.sub("\ufffd", _text(value)))]
    return [f"<{name}>", *inner, f"</{name}>"]


def _text(value: Json) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def moment(at: datetime | None) -> str | None:
    """Write a moment in W3C's form, in whole seconds of UTC."""
    return (
        None if at is None else at.astimezone(UTC).replace(microsecond=0).isoformat().replace("+00:00", "Z")
    )


def read_moment(text: str, where: str) -> datetime:
    """Read a moment in W3C's form; one without an offset is of UTC. InvalidInput at `where`."""
    try:
        # In an address a plus sign may have become a blank.
        at = datetime.fromisoformat(text.strip().replace(" ", "+") if "T" in text else text.strip())
        at = at.replace(tzinfo=UTC) if at.tzinfo is None else at
        at.astimezone(UTC)
    except (ValueError, OverflowError):
        raise InvalidInput.at(where, "must be a moment such as 2010-01-01T00:00:00Z") from None
    return at


def read(body: bytes, container: str) -> list[Row]:
    """Read a container of an answer, XML or JSON by what it begins with: its objects, values as they are.

    Raises InvalidInput at `body` for anything else, also for more than MOST_ROWS.
    """
    start = body.lstrip(b"\xef\xbb\xbf \t\r\n")[:1]
    rows = _rows_of_xml(body, container) if start == b"<" else _rows_of_json(body, container)
    if len(rows) > MOST_ROWS:
        raise InvalidInput.at("body", f"holds {len(rows)} objects; {MOST_ROWS} are read at most")
    return rows


def _rows_of_json(body: bytes, container: str) -> list[Row]:
    try:
        found = orjson.loads(body.removeprefix(b"\xef\xbb\xbf"))
    except orjson.JSONDecodeError:
        raise InvalidInput.at("body", "is neither XML nor JSON") from None
    if isinstance(found, dict):
        # Some keep the name of the root, and some send a single object where a list is due.
        inner = found.get(container, found)
        found = inner.get(_ITEMS[container], inner) if isinstance(inner, dict) else inner
    rows = [found] if isinstance(found, dict) else found
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise InvalidInput.at("body", f"is no list of {container}")
    return rows


def _rows_of_xml(body: bytes, container: str) -> list[Row]:
    root = parse_xml(body, _LIMITS)
    if _name(root) != container:
        raise InvalidInput.at("body", f"is <{_name(root)[:40]}>, not <{container}>")
    return [{_name(child): _plain(child) for child in row} for row in root if _name(row) == _ITEMS[container]]


def _plain(element: Element) -> Json:
    if not len(element):
        return (element.text or "").strip() or None
    return [_plain(child) for child in element] if _name(element) in _ITEMS else _inner(element)


def _inner(element: Element) -> Row:
    return {_name(child): _plain(child) for child in element}


def _name(element: Element) -> str:
    return element.tag.rpartition("}")[2]


def errors_in(body: bytes) -> str:
    """Find what an answer says went wrong, in a line; '' when it says nothing that can be read."""
    try:
        rows = read(body[:65_536], "errors")
    except InvalidInput:
        return ""
    told = [str(row.get("description") or "").strip() for row in rows]
    return "; ".join(each for each in told if each)[:300]
