"""What the rows of EPANET and SWMM have in common: numbers, codes, ends of links, places on the map."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Iterator
from dataclasses import replace
from typing import TypeVar

from lifeline.importers.found import XY, FoundLink, FoundNode, Problems
from lifeline.importers.inp_sections import Line, Sections

T = TypeVar("T")


def made_of(
    sections: Sections, name: str, least: int, problems: Problems, make: Callable[[Line], T]
) -> Iterator[tuple[Line, T]]:
    """Make something of each row of a section that has so many words; tell of the others why it cannot be."""
    for where, line in sections.of(name):
        try:
            if len(line.words) < least:
                raise ValueError(f"has {len(line.words)} words, and needs {least}")
            yield line, make(line)
        except ValueError as error:
            problems.add(where, str(error))


def once(code: str, known: Collection[str]) -> str:
    """Give a code that is not there yet; ValueError when it is."""
    if code in known:
        raise ValueError(f"'{code[:40]}' is there twice")
    return code


def there(code: str, known: Collection[str], what: str = "node") -> str:
    """Give a code that is there; ValueError when it is not."""
    if code not in known:
        raise ValueError(f"there is no {what} '{code[:40]}'")
    return code


def check_ends(line: Line, nodes: Collection[str]) -> None:
    """Check that a link goes from one node that is there to another; ValueError."""
    for code in line.words[1:3]:
        there(code, nodes)
    if line.words[1] == line.words[2]:
        raise ValueError("begins and ends at one node")


def number(text: str) -> float:
    """Read a finite number; ValueError says what it is instead."""
    try:
        value = float(text)
    except ValueError:
        raise ValueError(f"'{text[:40]}' is no number") from None
    if not math.isfinite(value) or "_" in text:
        raise ValueError(f"'{text[:40]}' is no finite number")
    return value


def positive(text: str, what: str) -> float:
    """Read a number above zero; ValueError names what it is of."""
    value = number(text)
    if value <= 0:
        raise ValueError(f"its {what} is {text[:20]}")
    return value


def places_of(sections: Sections, problems: Problems) -> dict[str, XY]:
    """Read where nodes are."""
    return {line.words[0]: at for line, at in made_of(sections, "COORDINATES", 3, problems, _at)}


def bent(links: dict[str, FoundLink], sections: Sections, problems: Problems) -> list[FoundLink]:
    """Give links their bends."""
    found: dict[str, list[XY]] = {}
    for line, at in made_of(sections, "VERTICES", 3, problems, _at):
        found.setdefault(line.words[0], []).append(at)
    return [
        replace(link, via=tuple(found[link.code])) if link.code in found else link for link in links.values()
    ]


def tell_unplaced(sections: Sections, nodes: dict[str, FoundNode], problems: Problems) -> None:
    """Tell which nodes are nowhere on the map."""
    if not sections.lines.get("COORDINATES"):
        problems.add("[COORDINATES]", "is missing or empty: the network has no place on the map")
        return
    for code, node in nodes.items():
        if node.at is None:
            problems.add("[COORDINATES]", f"node '{code[:40]}' has no place")


def _at(line: Line) -> XY:
    return number(line.words[1]), number(line.words[2])
