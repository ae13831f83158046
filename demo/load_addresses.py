"""The gazetteer of the demo city: addresses taken apart, and what else people call them."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from psycopg import Connection

from spatial.addresses.parts import COLUMNS, parse
from spatial.database import query

_HAN = re.compile(r"[\u4e00-\u9fff]")
_SEVERAL = re.compile(r"[;,；，]")
_UNITS = ("district", "street", "community", "grid")


def load_addresses(
    connection: Connection[Any], columns: dict[str, Any], copy: Callable[[Connection[Any], str, Any], int]
) -> int:
    """Load the addresses and their other names; returns how many addresses."""
    others = columns.pop("other_names")
    parts = [
        {} if kind in _UNITS else parse(text).told()
        for text, kind in zip(columns["full_text"], columns["kind"], strict=True)
    ]
    apart = {name: [each.get(name) for each in parts] for name in COLUMNS}
    count = copy(connection, "address", {**columns, **apart})
    names = [
        (source, name.strip())
        for source, text in zip(columns["source"], others, strict=True)
        for name in _SEVERAL.split(text or "")
        if _HAN.search(name)
    ]
    values = {"sources": [source for source, _ in names], "names": [name for _, name in names]}
    connection.execute(query("demo", "load_address_names"), values)
    return count
