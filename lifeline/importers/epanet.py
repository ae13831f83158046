"""Read EPANET models (INP, versions 2.0 and 2.2): water networks with tanks, pumps, valves and demands.

Lines that say nothing sensible are left out and told, and so are links to nodes that there are not: half a
network with a list of what is missing is more use to a city than none.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from lifeline.importers.epanet_units import DEFAULT, FLOWS, Units
from lifeline.importers.found import Evidence, Facts, Found, FoundLink, FoundNode, Problems
from lifeline.importers.inp_rows import (
    bent,
    check_ends,
    made_of,
    number,
    once,
    places_of,
    positive,
    tell_unplaced,
    there,
)
from lifeline.importers.inp_sections import Line, Sections, read_sections
from spatial.errors import InvalidInput

VALVES = {"PRV", "PSV", "PBV", "FCV", "TCV", "GPV", "PCV"}
"""Pressure reducing, sustaining and breaking, flow control, throttle, general purpose, position control."""
_PRESSURES = {"PRV", "PSV", "PBV"}
STATES = {"OPEN": "open", "CLOSED": "closed", "CV": "check"}
_NODES, _LINKS = ("JUNCTIONS", "RESERVOIRS", "TANKS"), ("PIPES", "PUMPS", "VALVES")
_READ = {*_NODES, *_LINKS, "COORDINATES", "VERTICES", "STATUS", "DEMANDS"}
FactsOf = Callable[[list[str], Units], tuple[float, Facts]]
LinkOf = Callable[[list[str], Units], FoundLink]


def read_epanet(content: bytes) -> Found:
    """Read a model; InvalidInput for a file that holds no pipes, or is no INP file."""
    sections, problems = read_sections(content), Problems()
    if "CONDUITS" in sections.lines:
        raise InvalidInput.at("file", "is a model of SWMM: it has conduits")
    units, evidence = _units(sections, problems)
    nodes = _nodes(sections, units, problems)
    links = _links(sections, units, nodes, problems)
    if not links:
        raise InvalidInput.at("file", "has no pipe, pump or valve that can be read")
    _missing(sections, nodes, problems)
    rest = {name: lines for name, lines in sections.text.items() if name not in _READ}
    return Found(
        "EPANET INP", "water", list(nodes.values()), links, evidence, problems.told, problems.more, rest=rest
    )


def _units(sections: Sections, problems: Problems) -> tuple[Units, list[Evidence]]:
    for where, line in sections.of("OPTIONS"):
        if line.words[0].upper() == "UNITS" and len(line.words) > 1:
            if line.words[1].upper() in FLOWS:
                units = Units.of(line.words[1])
                system = "metric" if units.is_metric else "feet, inches and psi"
                return units, [Evidence("units", units.name, f"{where} says so: the rest is {system}", True)]
            problems.add(where, f"'{line.words[1][:20]}' is no unit of flow; there are {', '.join(FLOWS)}")
    because = "the file does not say: EPANET takes gallons a minute, feet and inches then"
    return Units.of(DEFAULT), [Evidence("units", DEFAULT, because, False)]


def _nodes(sections: Sections, units: Units, problems: Problems) -> dict[str, FoundNode]:
    places = places_of(sections, problems)
    found: dict[str, FoundNode] = {}
    makers = {"JUNCTIONS": (1, _junction), "RESERVOIRS": (2, _reservoir), "TANKS": (2, _tank)}
    for name, (least, facts_of) in makers.items():
        kind = name[:-1].lower()

        def node(line: Line, kind: str = kind, facts_of: FactsOf = facts_of) -> FoundNode:
            code = once(line.words[0], found)
            elevation_m, facts = facts_of(line.words, units)
            note = {"note": line.comment} if line.comment else {}
            return FoundNode(code, kind, places.get(code), elevation_m, {**facts, **note})

        for _, made in made_of(sections, name, least, problems, node):
            found[made.code] = made
    _add_demands(sections, units, found, problems)
    return found


def _junction(words: list[str], units: Units) -> tuple[float, Facts]:
    elevation_m = number(words[1]) * units.length_m if len(words) > 1 else 0.0
    facts: Facts = {"demand_m3s": number(words[2]) * units.flow_m3s} if len(words) > 2 else {}
    return elevation_m, facts | ({"pattern": words[3]} if len(words) > 3 else {})


def _reservoir(words: list[str], units: Units) -> tuple[float, Facts]:
    head_m = number(words[1]) * units.length_m
    return head_m, {"head_m": head_m} | ({"pattern": words[2]} if len(words) > 2 else {})


def _tank(words: list[str], units: Units) -> tuple[float, Facts]:
    names = ("level_m", "level_min_m", "level_max_m", "diameter_m")
    given = [number(word) * units.length_m for word in words[1:6]]
    facts: Facts = dict(zip(names, given[1:], strict=False))
    if len(words) > 6:
        facts["volume_min_m3"] = number(words[6]) * units.volume_m3
    if len(words) > 7 and words[7] != "*":
        facts["volume_curve"] = words[7]
    low, high = facts.get("level_min_m", 0.0), facts.get("level_max_m", float("inf"))
    if not 0 <= low <= high or facts.get("diameter_m", 0.0) < 0:
        raise ValueError("its levels or its diameter cannot be")
    return given[0], facts


def _add_demands(sections: Sections, units: Units, nodes: dict[str, FoundNode], problems: Problems) -> None:
    """Take the demands by category, which stand in place of those of the junctions."""
    sums: dict[str, float] = {}

    def demand(line: Line) -> tuple[str, float]:
        return there(line.words[0], nodes), number(line.words[1]) * units.flow_m3s

    for _, (code, demand_m3s) in made_of(sections, "DEMANDS", 2, problems, demand):
        sums[code] = sums.get(code, 0.0) + demand_m3s
    for code, demand_m3s in sums.items():
        nodes[code] = replace(nodes[code], facts={**nodes[code].facts, "demand_m3s": demand_m3s})


def _links(
    sections: Sections, units: Units, nodes: dict[str, FoundNode], problems: Problems
) -> list[FoundLink]:
    found: dict[str, FoundLink] = {}
    makers = {"PIPES": (5, _pipe), "PUMPS": (3, _pump), "VALVES": (5, _valve)}
    for name, (least, make) in makers.items():

        def link(line: Line, make: LinkOf = make) -> FoundLink:
            once(line.words[0], found)
            check_ends(line, nodes)
            return make(line.words, units)

        for _, made in made_of(sections, name, least, problems, link):
            found[made.code] = made
    _set_states(sections, found, problems)
    return bent(found, sections, problems)


def _pipe(words: list[str], units: Units) -> FoundLink:
    length_m = positive(words[3], "length") * units.length_m
    diameter_mm = positive(words[4], "diameter") * units.diameter_mm
    facts: Facts = {"state": "open"}
    if len(words) > 5:
        facts["roughness"] = number(words[5])
    rest = words[6:]
    if rest and rest[0].upper() not in STATES:
        facts["minor_loss"] = number(rest.pop(0))
    if rest:
        facts["state"] = _state(rest[0])
    return FoundLink(words[0], "pipe", words[1], words[2], (), length_m, diameter_mm, facts)


def _state(word: str) -> str:
    if word.upper() not in STATES:
        raise ValueError(f"'{word[:20]}' is no state; there are {', '.join(STATES)}")
    return STATES[word.upper()]


def _pump(words: list[str], units: Units) -> FoundLink:
    facts: Facts = {"state": "open"}
    for key, value in zip(words[3::2], words[4::2], strict=False):
        match key.upper():
            case "POWER":
                facts["power_kw"] = positive(value, "power") * units.power_kw
            case "HEAD":
                facts["head_curve"] = value
            case "SPEED":
                facts["speed"] = number(value)
            case "PATTERN":
                facts["pattern"] = value
            case _:
                raise ValueError(f"'{key[:20]}' is no property of a pump")
    return FoundLink(words[0], "pump", words[1], words[2], facts=facts)


def _valve(words: list[str], units: Units) -> FoundLink:
    kind = words[4].upper()
    if kind not in VALVES:
        raise ValueError(f"'{words[4][:20]}' is no kind of valve; there are {', '.join(sorted(VALVES))}")
    facts: Facts = {"valve": kind, "state": "active"}
    if len(words) > 5:
        facts |= _setting(kind, words[5], units)
    if len(words) > 6:
        facts["minor_loss"] = number(words[6])
    diameter_mm = positive(words[3], "diameter") * units.diameter_mm
    return FoundLink(words[0], "valve", words[1], words[2], (), None, diameter_mm, facts)


def _setting(kind: str, word: str, units: Units) -> Facts:
    if kind == "GPV":
        return {"loss_curve": word}
    if kind in _PRESSURES:
        return {"setting_m": number(word) * units.pressure_m}
    return {"setting_m3s": number(word) * units.flow_m3s} if kind == "FCV" else {"setting": number(word)}


def _set_states(sections: Sections, links: dict[str, FoundLink], problems: Problems) -> None:
    """Take what links are set to at first; a number of a pump is its speed, of a valve its setting."""

    def state(line: Line) -> Facts:
        word = line.words[1]
        link = links[there(line.words[0], links, "link")]
        if word.upper() in ("OPEN", "CLOSED", "ACTIVE"):
            return {"state": word.lower()}
        return {"speed": number(word)} if link.kind == "pump" else {"initial_setting": number(word)}

    for line, facts in made_of(sections, "STATUS", 2, problems, state):
        link = links[line.words[0]]
        links[link.code] = replace(link, facts={**link.facts, **facts})


def _missing(sections: Sections, nodes: dict[str, FoundNode], problems: Problems) -> None:
    """Tell what the file as a whole lacks."""
    tell_unplaced(sections, nodes, problems)
    if not any(node.kind in ("reservoir", "tank") for node in nodes.values()):
        problems.add("[RESERVOIRS]", "there is neither a reservoir nor a tank: nothing feeds the network")
