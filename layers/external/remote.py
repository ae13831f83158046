"""What a service says of its layers, in one shape for all protocols."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from xml.etree.ElementTree import Element

from spatial.errors import InvalidInput
from spatial.geometry.xml_tree import XmlLimits, parse_xml

Json = dict[str, Any]
_LIMITS = XmlLimits(max_bytes=32 * 2**20, max_elements=500_000, max_depth=48)
MOST_LAYERS = 5_000
LONGEST = 500


@dataclass(frozen=True)
class Remote:
    """A layer that a service offers."""

    name: str
    title: str
    description: str = ""
    attribution: str = ""
    bbox: tuple[float, float, float, float] | None = None
    """West, south, east, north in degrees."""
    plan: Json = field(default_factory=dict)
    """How it is asked for; what is kept of the service's answer."""


def read_xml(body: bytes, *roots: str) -> Element:
    """Read an answer as XML with one of the roots; InvalidInput at `url` that says what came in its place."""
    if body.lstrip()[:15].lower().startswith((b"<!doctype html", b"<html")):
        raise InvalidInput.at("url", "answers a web page, not a service: is a log-in in between?")
    try:
        root = parse_xml(_without_dtd(body), _LIMITS)
    except InvalidInput as error:
        raise InvalidInput.at("url", f"its answer {error.problems[0].reason}") from None
    name = local(root)
    if name in ("ServiceExceptionReport", "ExceptionReport"):
        raise InvalidInput.at("url", f"the service refuses: {said(root)}")
    if name not in roots:
        raise InvalidInput.at(
            "url", f"answers <{name[:60]}> in place of <{roots[0]}>: is it another protocol?"
        )
    return root


_WMS_DTD = re.compile(
    rb"""<!DOCTYPE\s+WM[A-Za-z_]{1,40}\s+SYSTEM\s+["'][^"'<>]{0,200}["']\s*(\[(\s*<!ELEMENT[^<>]{0,400}>){0,40}\s*\])?\s*>"""
)


def _without_dtd(body: bytes) -> bytes:
    """Cut off the one DTD that must be let through: that of WMS 1.1.1, which declares elements at most."""
    found = _WMS_DTD.search(body[:8_000])
    return body[: found.start()] + body[found.end() :] if found else body


def read_json(body: bytes) -> Json:
    """Read an answer as a JSON object; InvalidInput at `url`."""
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        kind = "a web page" if body.lstrip()[:1] == b"<" else "no JSON"
        raise InvalidInput.at("url", f"answers {kind} in place of JSON: is it another protocol?") from None
    if not isinstance(found, dict):
        raise InvalidInput.at("url", "answers no JSON object")
    return found


def said(root: Element) -> str:
    """Find the words of an exception report."""
    texts = [" ".join((each.text or "").split()) for each in root.iter()]
    codes = [each.get("code") or each.get("exceptionCode") or "" for each in root.iter()]
    return (" ".join(filter(None, texts)) or " ".join(filter(None, codes)) or "without a word")[:300]


def local(element: Element) -> str:
    """Give the name of an element without its namespace."""
    return element.tag.rpartition("}")[2]


def under(element: Element | None, *path: str) -> Element | None:
    """Find the first descendant along local names; None when there is none."""
    for name in path:
        element = (
            next((each for each in element if local(each) == name), None) if element is not None else None
        )
    return element


def all_under(element: Element | None, name: str) -> Iterator[Element]:
    """List the children of a local name."""
    return (each for each in (element if element is not None else ()) if local(each) == name)


def words(element: Element | None, *path: str) -> str:
    """Read the text of a descendant; empty when there is none."""
    found = under(element, *path)
    return " ".join((found.text or "").split())[:LONGEST] if found is not None else ""


def href(element: Element | None) -> str:
    """Read an xlink:href."""
    if element is None:
        return ""
    return next((text for name, text in element.attrib.items() if name.rpartition("}")[2] == "href"), "")


def numbers(*texts: str | None) -> tuple[float, ...] | None:
    """Read finite numbers; None when one is none."""
    try:
        found = tuple(float(text or "") for text in texts)
    except ValueError:
        return None
    return found if all(abs(each) < 1e12 for each in found) else None


def box(*texts: str | None) -> tuple[float, float, float, float] | None:
    """Read a box in degrees; None when it is none or not on the globe."""
    found = numbers(*texts)
    if found is None or len(found) != 4:
        return None
    west, south, east, north = found
    if not (-180.001 <= west <= east <= 180.001 and -90.001 <= south <= north <= 90.001):
        return None
    return max(west, -180.0), max(south, -90.0), min(east, 180.0), min(north, 90.0)


def plain(text: object) -> str:
    """Write what a service says of itself as one line."""
    return " ".join(str(text or "").split())[:LONGEST]


def find(offered: list[Remote], name: str) -> Remote:
    """Find the layer that was asked for; InvalidInput at `layer` names those that there are."""
    found = next((each for each in offered if each.name == name), None)
    found = found or next((each for each in offered if each.name.rpartition(":")[2] == name), None)
    if found is None:
        names = ", ".join(each.name for each in offered[:20]) or "none"
        raise InvalidInput.at("layer", f"the service has no layer '{name[:100]}'; it has {names[:600]}")
    return found
