"""Documents that other systems send, as JSON values: JSON itself, XML, forms, and CloudEvents in every mode.

XML becomes JSON by plain rules: an element with nothing but text is that text; any other is an object of its
children by name without namespace, its attributes as "@name" and its text as "#text"; children of one name
that come more than once, and those of names in `lists`, are a list.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Collection, Mapping
from typing import Any
from urllib.parse import parse_qsl, unquote
from xml.etree.ElementTree import Element

import orjson

from spatial.errors import InvalidInput
from spatial.geometry.xml_tree import XmlLimits, parse_xml

Json = Any
Headers = Mapping[str, str]
"""By names in small letters."""
Check = Callable[[bytes], None]
"""Refuses a text that would unpack to too much; see api.json_size."""

STRUCTURED = "application/cloudevents+json"
BATCH = "application/cloudevents-batch+json"
FORM = "application/x-www-form-urlencoded"
XML_LIMITS = XmlLimits(max_bytes=32 * 2**20, max_elements=500_000, max_depth=32)
MOST_FIELDS = 1_000
"""Fields of a form."""
REQUIRED = ("specversion", "id", "source", "type")
"""Attributes of every CloudEvent."""


def read_document(
    body: bytes, content_type: str, headers: Headers | None = None, lists: Collection[str] = (),
    check: Check | None = None,
) -> Json:  # fmt: skip
    """Read a document by its media type; CloudEvents come out with their data in `data`.

    headers: of the request, for CloudEvents in the binary mode. lists: names of XML elements that are lists.
    check: looks at what is packed in a CloudEvent, before it is read; at the body the caller has.
    Raises InvalidInput at `body`, or at the header of a CloudEvent that is wrong.
    """
    kind = content_type.partition(";")[0].strip().lower()
    if kind == BATCH:
        found = read_json(body)
        if not isinstance(found, list):
            raise InvalidInput.at("body", "must be a list of CloudEvents")
        return [_structured(each, f"body.{row}", lists, check) for row, each in enumerate(found)]
    if kind == STRUCTURED:
        return _structured(read_json(body), "body", lists, check)
    if headers and "ce-specversion" in headers:
        return _binary(body, content_type, headers, lists)
    return _plain(body, kind, lists)


def read_json(body: bytes) -> Json:
    """Read JSON; InvalidInput at `body`."""
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise InvalidInput.at("body", f"is no JSON: {str(error)[:200]}") from None


def _plain(body: bytes, kind: str, lists: Collection[str]) -> Json:
    if kind == FORM:
        return read_form(body)
    if kind in ("application/xml", "text/xml") or kind.endswith("+xml"):
        return read_xml(body, lists)
    if kind in ("", "application/json", "text/json", "text/plain") or kind.endswith("+json"):
        return read_json(body)
    raise InvalidInput.at("content-type", f"'{kind[:60]}' is not read here: send JSON, XML or a form")


def read_form(body: bytes) -> dict[str, Json]:
    """Read a form; a field that comes more than once, or ends in [], is a list."""
    try:
        pairs = parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=MOST_FIELDS, errors="strict")
    except ValueError:
        raise InvalidInput.at("body", f"is no form in UTF-8 with {MOST_FIELDS} fields at most") from None
    found: dict[str, list[str]] = {}
    for name, value in pairs:
        found.setdefault(name, []).append(value)
    return {
        name.removesuffix("[]"): values if len(values) > 1 or name.endswith("[]") else values[0]
        for name, values in found.items()
    }


def read_xml(body: bytes, lists: Collection[str] = ()) -> dict[str, Json]:
    """Read XML within its limits: {name of the root: what is in it}; InvalidInput at `body`."""
    root = parse_xml(body, XML_LIMITS)
    return {_name(root.tag): _value(root, frozenset(lists))}


def _name(tag: str) -> str:
    return tag.rpartition("}")[2]


def _value(element: Element, lists: Collection[str]) -> Json:
    text = (element.text or "").strip()
    if not len(element) and not element.attrib:
        return text or None
    found: dict[str, Json] = {f"@{_name(name)}": value for name, value in element.attrib.items()}
    for child in element:
        _add(found, _name(child.tag), _value(child, lists), lists)
    if text:
        found["#text"] = text
    return found


def _add(found: dict[str, Json], name: str, value: Json, lists: Collection[str]) -> None:
    """Add a child; the second one of its name makes a list. No child is a list before."""
    if name not in found:
        found[name] = [value] if name in lists else value
    elif isinstance(found[name], list):
        found[name].append(value)
    else:
        found[name] = [found[name], value]


def _structured(event: Json, where: str, lists: Collection[str], check: Check | None) -> dict[str, Json]:
    """Check the attributes of a CloudEvent, and read its data when it is packed."""
    if not isinstance(event, dict):
        raise InvalidInput.at(where, "is no CloudEvent")
    _check_attributes(event, where)
    if "data_base64" not in event:
        return event
    try:
        packed = base64.b64decode(event["data_base64"], validate=True)
    except (TypeError, ValueError, binascii.Error):
        raise InvalidInput.at(f"{where}.data_base64", "is no base64") from None
    if check is not None:
        check(packed)
    kind = str(event.get("datacontenttype") or "application/json")
    rest = {name: value for name, value in event.items() if name != "data_base64"}
    return {**rest, "data": read_document(packed, kind, None, lists, check)}


def _check_attributes(event: Mapping[str, Json], where: str) -> None:
    for name in REQUIRED:
        if not isinstance(event.get(name), str) or not event[name]:
            raise InvalidInput.at(f"{where}.{name}", "must be given: it is an attribute of every CloudEvent")
    if event["specversion"] != "1.0":
        raise InvalidInput.at(f"{where}.specversion", "must be 1.0")


def _binary(body: bytes, content_type: str, headers: Headers, lists: Collection[str]) -> dict[str, Json]:
    """Read a CloudEvent whose attributes are headers (HTTP binding 1.0.2, §3.1)."""
    named = {name[3:]: unquote(value) for name, value in headers.items() if name.startswith("ce-")}
    event: dict[str, Json] = dict(named)
    _check_attributes(event, "ce")
    if content_type:
        event["datacontenttype"] = content_type
    if body:
        event["data"] = _plain(body, content_type.partition(";")[0].strip().lower(), lists)
    return event
