"""Elements of XML that can hold whatever people write."""

from __future__ import annotations

import re
from collections.abc import Mapping
from xml.etree.ElementTree import Element

# XML 1.0 has no way to write these, not even escaped.
_UNWRITABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


def clean(text: str) -> str:
    """Replace characters that XML cannot hold."""
    return _UNWRITABLE.sub("\ufffd", text)


def element(tag: str, attributes: Mapping[str, object] | None = None, text: str | None = None) -> Element:
    """Make an element; values are written as text."""
    made = Element(tag, {name: clean(_text(value)) for name, value in (attributes or {}).items()})
    made.text = None if text is None else clean(text)
    return made


def add(
    parent: Element, tag: str, attributes: Mapping[str, object] | None = None, text: str | None = None
) -> Element:
    """Make an element inside another."""
    made = element(tag, attributes, text)
    parent.append(made)
    return made


def _text(value: object) -> str:
    if isinstance(value, bool):
        return "1" if value else "0"
    return f"{value:.10g}" if isinstance(value, float) else str(value)
