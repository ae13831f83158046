"""Read SWMM models (INP of EPA SWMM 5): storm, sewer and combined networks with storage, weirs and pumps.

As with EPANET, rows that say nothing sensible are left out and told. Names of sections are known by their
first letters, as SWMM has it; words in quotes hold no spaces in files that it takes.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from lifeline.importers.epanet_units import FLOWS, FOOT_M
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

UNITS = ("CFS", "GPM", "MGD", "CMS", "LPS", "MLD")
"""Of flow; the first three go with feet, the others with metres (SWMM 5 User's Manual, Appendix A)."""
ROUND = {"CIRCULAR", "FORCE_MAIN", "FILLED_CIRCULAR"}
_SECTIONS = (
    "JUNCTIONS", "OUTFALLS", "STORAGE", "DIVIDERS", "CONDUITS", "PUMPS", "ORIFICES", "WEIRS", "OUTLETS",
    "XSECTIONS", "COORDINATES", "VERTICES", "OPTIONS", "LOSSES",
)  # fmt: skip
_LETTERS = 4
_NODES = {"JUNCTIONS": "junction", "OUTFALLS": "outfall", "STORAGE": "storage", "DIVIDERS": "divider"}
_LINKS = {
    "CONDUITS": "conduit", "PUMPS": "pump", "ORIFICES": "orifice", "WEIRS": "weir", "OUTLETS": "outlet",
}  # fmt: skip
_NAMELESS = "*"
LinkOf = Callable[["_Model", list[str]], tuple[float | None, Facts]]


class _Model:
    """The sections of a file, in which unit they are, and what was read of them so far."""

    def __init__(self, content: bytes) -> None:
        self.problems = Problems()
        self.evidence: list[Evidence] = []
        self.sections = _known(read_sections(content))
        options = {
            line.words[0].upper(): (where, line.words[1].upper())
            for where, line in self.sections.of("OPTIONS")
            if len(line.words) > 1
        }
        self.flow_m3s, self.length_m = self._units(options)
        self.are_levels = options.get("LINK_OFFSETS", ("", "DEPTH"))[1] == "ELEVATION"
        self.nodes: dict[str, FoundNode] = {}
        self.links: dict[str, FoundLink] = {}

    def _units(self, options: dict[str, tuple[str, str]]) -> tuple[float, float]:
        where, name = options.get("FLOW_UNITS", ("", "CFS"))
        if name not in UNITS:
            self.problems.add(where, f"'{name[:20]}' is no unit of flow; there are {', '.join(UNITS)}")
            where, name = "", "CFS"
        flow_m3s, is_metric = FLOWS[name]
        system = "metres" if is_metric else "feet"
        because = (
            f"{where} says so: lengths are {system}" if where else "the file does not say: SWMM takes feet"
        )
        self.evidence.append(Evidence("units", name, because, bool(where)))
        return flow_m3s, 1.0 if is_metric else FOOT_M


def read_swmm(content: bytes) -> Found:
    """Read a model; InvalidInput for a file that holds no conduits, or is no INP file."""
    model = _Model(content)
    if "PIPES" in model.sections.lines:
        raise InvalidInput.at("file", "is a model of EPANET: it has pipes")
    _read_nodes(model)
    _read_links(model)
    if not model.links:
        raise InvalidInput.at("file", "has no conduit, pump or weir that can be read")
    _read_shapes(model)
    _read_flaps(model)
    kind = _kind(model)
    tell_unplaced(model.sections, model.nodes, model.problems)
    if not any(node.kind == "outfall" for node in model.nodes.values()):
        model.problems.add("[OUTFALLS]", "there is no outfall: nothing leaves the network")
    links = bent(model.links, model.sections, model.problems)
    rest = {name: lines for name, lines in model.sections.text.items() if name not in _SECTIONS}
    problems = model.problems
    return Found(
        "SWMM INP",
        kind,
        list(model.nodes.values()),
        links,
        model.evidence,
        problems.told,
        problems.more,
        rest=rest,
    )


def _known(sections: Sections) -> Sections:
    """Call the sections that are read by their full names, however the file writes them."""
    full = {name[:_LETTERS]: name for name in _SECTIONS}

    def name_of(name: str) -> str:
        return full.get(name[:_LETTERS], name)

    lines: dict[str, list[Line]] = {}
    text: dict[str, list[str]] = {}
    for name, rows in sections.lines.items():
        lines.setdefault(name_of(name), []).extend(rows)
        text.setdefault(name_of(name), []).extend(sections.text[name])
    return Sections(lines, text)


def _read_nodes(model: _Model) -> None:
    places = places_of(model.sections, model.problems)
    for section, kind in _NODES.items():

        def node(line: Line, kind: str = kind) -> FoundNode:
            code = once(line.words[0], model.nodes)
            elevation_m = number(line.words[1]) * model.length_m if len(line.words) > 1 else 0.0
            facts = _facts_of_node(model, kind, line.words[2:])
            note = {"note": line.comment} if line.comment else {}
            return FoundNode(code, kind, places.get(code), elevation_m, facts | note)

        for _, made in made_of(model.sections, section, 2, model.problems, node):
            model.nodes[made.code] = made


def _facts_of_node(model: _Model, kind: str, words: list[str]) -> Facts:
    if kind == "outfall":
        return {"outfall": words[0].upper(), "has_flap_gate": "YES" in map(str.upper, words)} if words else {}
    if kind == "divider":
        return {} if not words or words[0] == _NAMELESS else {"diverted_link": words[0]}
    names = ("depth_max_m", "level_m", "surcharge_m") if kind == "junction" else ("depth_max_m", "level_m")
    facts: Facts = {}
    for name, word in zip(names, words, strict=False):
        facts[name] = number(word) * model.length_m
        if facts[name] < 0:
            raise ValueError(f"its {name.removesuffix('_m').replace('_', ' ')} is {word[:20]}")
    if kind == "storage" and len(words) > 2:
        facts["storage_shape"] = words[2].upper()
    return facts


def _read_links(model: _Model) -> None:
    makers: dict[str, tuple[int, LinkOf]] = {
        "CONDUITS": (5, _conduit), "PUMPS": (3, _pump), "ORIFICES": (5, _opening), "WEIRS": (5, _opening),
        "OUTLETS": (4, _outlet),
    }  # fmt: skip
    for section, (least, make) in makers.items():

        def link(line: Line, section: str = section, make: LinkOf = make) -> FoundLink:
            code = once(line.words[0], model.links)
            check_ends(line, model.nodes)
            length_m, facts = make(model, line.words)
            tail, head = line.words[1:3]
            return FoundLink(code, _LINKS[section], tail, head, length_m=length_m, facts=facts)

        for _, made in made_of(model.sections, section, least, model.problems, link):
            model.links[made.code] = made


def _conduit(model: _Model, words: list[str]) -> tuple[float, Facts]:
    length_m = positive(words[3], "length") * model.length_m
    tail, head = (model.nodes[code] for code in words[1:3])
    facts: Facts = {"roughness": number(words[4])}
    offsets = [*words[5:7], _NAMELESS, _NAMELESS]
    facts["level_tail_m"], facts["level_head_m"] = (
        _level(model, node, word) for node, word in zip((tail, head), offsets, strict=False)
    )
    if len(words) > 8 and number(words[8]) > 0:
        facts["flow_max_m3s"] = number(words[8]) * model.flow_m3s
    return length_m, facts


def _level(model: _Model, node: FoundNode, word: str) -> float:
    """Give the level of an end: the file has it above the node's bottom, or above the datum."""
    bottom_m = node.elevation_m or 0.0
    if word == _NAMELESS:
        return bottom_m
    given_m = number(word) * model.length_m
    return given_m if model.are_levels else bottom_m + given_m


def _pump(model: _Model, words: list[str]) -> tuple[None, Facts]:
    facts: Facts = {"state": "open"}
    if len(words) > 3 and words[3] != _NAMELESS:
        facts["pump_curve"] = words[3]
    if len(words) > 4:
        if words[4].upper() not in ("ON", "OFF"):
            raise ValueError(f"'{words[4][:20]}' is no state of a pump; there are ON, OFF")
        facts["state"] = "open" if words[4].upper() == "ON" else "closed"
    for name, word in zip(("start_depth_m", "stop_depth_m"), words[5:7], strict=False):
        facts[name] = number(word) * model.length_m
    return None, facts


def _opening(model: _Model, words: list[str]) -> tuple[None, Facts]:
    """Orifices and weirs: type, where the crest is, coefficient, flap gate."""
    facts: Facts = {"opening": words[3].upper(), "crest_m": _level(model, model.nodes[words[1]], words[4])}
    if len(words) > 5:
        facts["coefficient"] = number(words[5])
    if len(words) > 6:
        facts["has_flap_gate"] = words[6].upper() == "YES"
    return None, facts


def _outlet(model: _Model, words: list[str]) -> tuple[None, Facts]:
    return None, {"crest_m": _level(model, model.nodes[words[1]], words[3])}


def _read_shapes(model: _Model) -> None:
    """Give conduits their cross-sections: round ones have a diameter, others a height and a width."""

    def shape(line: Line) -> tuple[str, FoundLink]:
        link = model.links[there(line.words[0], model.links, "link")]
        form = line.words[1].upper()
        if form in ("IRREGULAR", "STREET"):
            return link.code, replace(link, facts=link.facts | {"section": form, "transect": line.words[2]})
        high_mm = number(line.words[2]) * model.length_m * 1000
        facts: Facts = {"section": form}
        if len(line.words) > 3 and form not in ROUND and form != "CUSTOM":
            facts["width_mm"] = number(line.words[3]) * model.length_m * 1000
        if len(line.words) > 6 and number(line.words[6]) > 1:
            facts["barrels"] = int(number(line.words[6]))
        if form not in ROUND:
            facts["height_mm"] = high_mm
        return link.code, replace(
            link, diameter_mm=high_mm if form in ROUND else None, facts=link.facts | facts
        )

    for _, (code, link) in made_of(model.sections, "XSECTIONS", 3, model.problems, shape):
        model.links[code] = link
    for code, link in model.links.items():
        if link.kind == "conduit" and "section" not in link.facts:
            model.problems.add("[XSECTIONS]", f"conduit '{code[:40]}' has no cross-section")


def _read_flaps(model: _Model) -> None:
    """A conduit with a flap gate lets water through one way."""

    def flap(line: Line) -> str | None:
        code = there(line.words[0], model.links, "link")
        return code if len(line.words) > 4 and line.words[4].upper() == "YES" else None

    for _, code in made_of(model.sections, "LOSSES", 2, model.problems, flap):
        if code is not None:
            link = model.links[code]
            model.links[code] = replace(link, facts=link.facts | {"has_flap_gate": True})


def _kind(model: _Model) -> str:
    """Tell what flows in it by what flows into it; the file does not say."""
    rain, waste = (bool(model.sections.lines.get(name)) for name in ("SUBCATCHMENTS", "DWF"))
    kind = "combined" if rain and waste else "sewer" if waste else "storm"
    because = {
        "combined": "it has subcatchments and dry weather flow",
        "sewer": "it has dry weather flow and no subcatchments",
        "storm": "it has no dry weather flow",
    }[kind]
    model.evidence.append(Evidence("kind", kind, because, False))
    return kind
