"""XML out of files that strangers send: no DTD, no entities, nothing from outside, within a budget.

Expat of the standard library does the parsing. defusedxml does no more than refuse DTDs on top of it and has
had no release since 2021; lxml reads a DTD before anybody can refuse it.
"""

from __future__ import annotations

import re
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from xml.etree.ElementTree import Element, TreeBuilder
from xml.parsers import expat

from spatial.errors import InvalidInput

_DECLARED = re.compile(rb"""\s*<\?xml[^>]*?\sencoding\s*=\s*["']([A-Za-z0-9._-]{1,40})["']""")
_CHINESE = {"gb2312", "gbk", "gb18030", "cp936"}
_READ_BY_EXPAT = {"utf-8", "utf-16", "us-ascii", "iso-8859-1"}


@dataclass(frozen=True)
class XmlLimits:
    """How large a document may be."""

    max_bytes: int = 64 * 2**20
    max_elements: int = 2_000_000
    max_depth: int = 64
    max_attributes: int = 64


class _Refused(Exception):
    """Raised in a handler, to leave the parser."""


def parse_xml(body: bytes | Path, limits: XmlLimits | None = None) -> Element:
    """Parse a document into a tree; tags and attributes with namespace are `{namespace}name`.

    Comments and processing instructions are left out. Raises InvalidInput for a document that is broken, too
    large, too deep, has a DTD, or is in an encoding other than UTF-8, UTF-16, ASCII, Latin-1 and GB 18030.
    """
    limits = limits or XmlLimits()
    try:
        return _Reader(limits).read(_whole(body, limits.max_bytes))
    except _Refused as refusal:
        raise InvalidInput.at("body", str(refusal)) from None
    except (expat.ExpatError, ValueError) as error:
        raise InvalidInput.at("body", f"is not XML: {str(error)[:200]}") from None


def xml_root(head: bytes) -> tuple[str, str] | None:
    """Give namespace and name of the root element from the head of a document; None when it is no XML."""
    if not re.match(rb"(\xef\xbb\xbf|\xff\xfe|\xfe\xff)?[\s\0]*<", head):
        return None
    reader = _Reader(XmlLimits(), stops_at_root=True)
    with suppress(_Refused, expat.ExpatError, ValueError):
        reader.read(head)
    space, _, name = reader.root.rpartition("}")
    return (space.removeprefix("{"), name) if name else None


class _Reader:
    """One parse. A DTD cannot declare anything here: its first word is the end of it."""

    def __init__(self, limits: XmlLimits, stops_at_root: bool = False) -> None:
        self.root = ""
        self._limits = limits
        self._stops_at_root = stops_at_root
        self._builder = TreeBuilder()
        self._depth = 0
        self._elements = 0

    def read(self, body: bytes) -> Element:
        """Parse in one piece: an old expat needs quadratic time for a long token that comes in many."""
        declared = _DECLARED.match(body)
        name = declared[1].decode().lower() if declared else "utf-8"
        if name not in _CHINESE | _READ_BY_EXPAT:
            raise _Refused(f"is in {name}, which is not read here: save it as UTF-8")
        if name in _CHINESE:
            body = body.decode("gb18030").encode()
        self._parser("utf-8" if name in _CHINESE else None).Parse(body, True)
        return self._builder.close()

    def _parser(self, encoding: str | None) -> expat.XMLParserType:
        parser = expat.ParserCreate(encoding, namespace_separator="}")
        parser.buffer_text = True
        parser.SetParamEntityParsing(expat.XML_PARAM_ENTITY_PARSING_NEVER)
        parser.StartDoctypeDeclHandler = self._refuse_doctype
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._builder.data
        return parser

    def _refuse_doctype(self, name: str, *_: object) -> None:
        self.root = name
        raise _Refused("has a DTD (<!DOCTYPE …>), which is never read here: remove it")

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        self._depth += 1
        self._elements += 1
        self._check(len(attributes))
        if self._stops_at_root:
            self.root = _clark(tag)
            raise _Refused
        self._builder.start(_clark(tag), {_clark(name): text for name, text in attributes.items()})

    def _check(self, attributes: int) -> None:
        limits = self._limits
        if self._depth > limits.max_depth:
            raise _Refused(f"is nested deeper than {limits.max_depth} elements")
        if self._elements > limits.max_elements:
            raise _Refused(f"has more than {limits.max_elements} elements")
        if attributes > limits.max_attributes:
            raise _Refused(f"has an element with more than {limits.max_attributes} attributes")

    def _end(self, tag: str) -> None:
        self._depth -= 1
        self._builder.end(_clark(tag))


def _clark(name: str) -> str:
    """Write expat's `namespace}name` as ElementTree does, `{namespace}name`."""
    return f"{{{name}" if "}" in name else name


def _whole(body: bytes | Path, max_bytes: int) -> bytes:
    size = len(body) if isinstance(body, bytes) else body.stat().st_size
    if size > max_bytes:
        raise _Refused(f"is larger than {max_bytes // 2**20} MiB")
    return body if isinstance(body, bytes) else body.read_bytes()
