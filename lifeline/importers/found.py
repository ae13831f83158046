"""What a file was found to hold: a network in SI, with its coordinates still as they stand in the file."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from spatial.errors import Problem

Facts = dict[str, Any]
XY = tuple[float, float]
MOST_PROBLEMS = 1_000
"""Told one by one; of more only the number is."""


@dataclass(frozen=True)
class FoundNode:
    """A junction, tank, source or whatever links meet at.

    facts: SI with units in the names: demand_m3s, head_m, level_min_m …
    """

    code: str
    kind: str
    at: XY | None
    """Where it stands, in the file's own frame; None: the file does not say."""
    elevation_m: float | None = None
    facts: Facts = field(default_factory=dict)


@dataclass(frozen=True)
class FoundLink:
    """A pipe, pump or valve from one node to another; `via` are the bends between them."""

    code: str
    kind: str
    tail: str
    head: str
    via: tuple[XY, ...] = ()
    length_m: float | None = None
    diameter_mm: float | None = None
    facts: Facts = field(default_factory=dict)


@dataclass(frozen=True)
class FoundDevice:
    """A valve or the like: in a node, as a link, or, where both are told, in the pipe before the node.

    node, link: codes, '' for none. into: the code of the link (of one in a node) or node (of any other) that
    a check valve lets through to.
    """

    code: str
    kind: str
    node: str
    link: str
    facts: Facts = field(default_factory=dict)
    into: str = ""


@dataclass(frozen=True)
class FoundService:
    """Where customers hang on the network: at a node or on a link, the other is ''."""

    code: str
    node: str
    link: str
    at: XY | None = None
    facts: Facts = field(default_factory=dict)


@dataclass(frozen=True)
class FoundCustomer:
    """Who is supplied by a service, by a code of the utility's own."""

    code: str
    service: str
    category: str = ""
    priority: str = ""
    meters: int = 1
    people: int | None = None
    facts: Facts = field(default_factory=dict)


@dataclass(frozen=True)
class Evidence:
    """Something that the file does not say outright, what was taken for it, and why: a person confirms it."""

    what: str
    value: str
    because: str
    is_sure: bool


@dataclass(frozen=True)
class Found:
    """A network as a file tells it."""

    form: str
    kind: str
    nodes: list[FoundNode]
    links: list[FoundLink]
    evidence: list[Evidence]
    problems: list[Problem]
    """Rows that were left out, and why; `where` names section and line."""
    more_problems: int = 0
    """How many are not told one by one."""
    devices: list[FoundDevice] = field(default_factory=list)
    services: list[FoundService] = field(default_factory=list)
    customers: list[FoundCustomer] = field(default_factory=list)
    rest: dict[str, list[str]] = field(default_factory=dict)
    """Sections that are kept as they are, for a model to be written back."""


class Problems:
    """Collects what is wrong, up to MOST_PROBLEMS."""

    def __init__(self) -> None:
        self.told: list[Problem] = []
        self.more = 0

    def add(self, where: str, reason: str) -> None:
        """Note what is wrong somewhere."""
        if len(self.told) < MOST_PROBLEMS:
            self.told.append(Problem(where, reason))
        else:
            self.more += 1

    def __iter__(self) -> Iterator[Problem]:
        return iter(self.told)
