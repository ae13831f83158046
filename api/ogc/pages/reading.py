"""Read documents for their pages: short names, links of a kind, and examples of filters."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import groupby
from typing import Any
from urllib.parse import urlsplit

from layers.catalogue import Field, Layer
from layers.features.selection import UNSORTABLE

Json = dict[str, Any]

STANDARDS = {
    "ogcapi-common-1": "Common 1: Core",
    "ogcapi-common-2": "Common 2: Collections",
    "ogcapi-common-3": "Common 3: Schemas",
    "ogcapi-features-1": "Features 1: Core",
    "ogcapi-features-2": "Features 2: Reference systems",
    "ogcapi-features-3": "Features 3: Filtering",
    "ogcapi-features-4": "Features 4: Create, replace, update, delete",
    "ogcapi-features-5": "Features 5: Schemas",
    "ogcapi-features-6": "Features 6: Property selection",
    "ogcapi-features-7": "Features 7: Geometry simplification",
    "ogcapi-features-8": "Features 8: Sorting",
    "ogcapi-features-9": "Features 9: Text search",
    "ogcapi-features-11": "Features 11: Transactions",
    "ogcapi-tiles-1": "Tiles 1: Core",
    "ogcapi-styles-1": "Styles 1: Core",
    "ogcapi-records-1": "Records 1: Core",
    "ogcapi-movingfeatures-1": "Moving Features 1: Core",
    "ogcapi-processes-1": "Processes 1: Core",
    "cql2": "CQL2",
}
NAMES = ("name", "title", "名称")
"""Attributes whose text says most."""
MOST_EXAMPLES = 6


def by_standard(classes: Iterable[str]) -> list[tuple[str, list[str]]]:
    """Group conformance classes by the standard that defines them."""
    return [(name, list(found)) for name, found in groupby(sorted(classes), _standard)]


def by_theme(collections: Iterable[Json]) -> list[tuple[str, list[Json]]]:
    """Group collections by their theme, in the order of the catalogue."""
    found: dict[str, list[Json]] = {}
    for each in collections:
        found.setdefault(each.get("theme", ""), []).append(each)
    return list(found.items())


def _standard(uri: str) -> str:
    name = uri.partition("/spec/")[2].partition("/")[0] or urlsplit(uri).netloc
    return STANDARDS.get(name, name)


def system(uri: str) -> str:
    """Shorten the address of a reference system: EPSG:4490, CRS84, gcj02."""
    if "/EPSG/" in uri:
        return f"EPSG:{uri.rsplit('/', 1)[1]}"
    return uri.replace(":", "/").rsplit("/", 1)[1]


def files(links: Iterable[Json]) -> list[Json]:
    """Choose the links to all items as a file."""
    pages = ("application/geo+json", "text/html")
    return [each for each in links if each["rel"] in ("items", "enclosure") and each["type"] not in pages]


def ways(links: Iterable[Json]) -> Mapping[str, str | None]:
    """Find the addresses of the pages before and behind this one."""
    found = {each["rel"]: each["href"] for each in links}
    return {"prev": found.get("prev"), "next": found.get("next")}


def operations(paths: Mapping[str, Json], tag: str) -> Iterator[tuple[str, str, Json]]:
    """List path, method and operation of what belongs to a tag."""
    for path, methods in paths.items():
        for method, operation in methods.items():
            if isinstance(operation, dict) and tag in operation.get("tags", []):
                yield path, method, operation


def sortable(layer: Layer) -> list[Field]:
    """List the attributes that have an order."""
    return [each for each in layer.fields if each.type not in UNSORTABLE]


def examples(layer: Layer) -> list[str]:
    """Write filters that run on this layer, one for each kind of attribute; at least one."""
    named = sorted(layer.fields, key=lambda field: field.name not in NAMES)
    found = dict.fromkeys(filter(None, map(_example, named)))
    kinds: dict[str, str] = {}
    for text in found:
        kinds.setdefault(text.split(" ", 1)[1], text)
    return [*list(kinds.values())[:MOST_EXAMPLES], "geometry IS NOT NULL"]


def _example(field: Field) -> str | None:
    if field.values:
        return f"{_name(field)} IN ({', '.join(map(_literal, field.values[:2]))})"
    return _COMPARED[field.type].format(_name(field)) if field.type in _COMPARED else None


_COMPARED = {
    "string": "{} LIKE '%中%'",
    "integer": "{} BETWEEN 1 AND 100",
    "number": "{} > 1000",
    "boolean": "{} = TRUE",
    "date": "{} >= DATE('2026-01-01')",
    "date-time": "{} >= TIMESTAMP('2026-01-01T00:00:00Z')",
}


def _name(field: Field) -> str:
    plain = field.name.isascii() and field.name.replace("_", "").isalnum() and not field.name[0].isdigit()
    return field.name if plain else '"{}"'.format(field.name.replace('"', '""'))


def _literal(value: str | int) -> str:
    return "'{}'".format(value.replace("'", "''")) if isinstance(value, str) else str(value)


COUNTS = {"atLeast": "at_least", "estimated": "about"}


def counted(document: Json, words: Mapping[str, str]) -> str:
    """Say which of how many features a page shows, and how sure that number is."""
    kind, total = document.get("numberMatchedIs", "exact"), document.get("numberMatched", 0)
    number, start = document["numberReturned"], document.get("place", {}).get("start", 0)
    if kind in COUNTS:
        return words[COUNTS[kind]].format(total=f"{total:,}")
    if not number:
        return words["matched"].format(total=f"{total:,}")
    return words["range"].format(first=f"{start + 1:,}", last=f"{start + number:,}", total=f"{total:,}")
