"""Networks with known answers, read by few lines that share nothing with the importers."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pyogrio

from lifeline.traces.mesh import Gates, Mesh

DATA = Path(__file__).parents[1] / "data" / "lifeline"
_NODES = ("JUNCTIONS", "RESERVOIRS", "TANKS")
_LINKS = ("PIPES", "PUMPS", "VALVES")


def expected(case: str) -> dict[tuple[str, str], str]:
    """Read what is to come out, by network and question."""
    with (DATA / "expected.csv").open(encoding="utf-8") as file:
        return {
            (row["network"], row["question"]): row["expected"]
            for row in csv.DictReader(file)
            if row["case"] == case
        }


def rows(name: str) -> list[dict[str, str]]:
    """Read a table."""
    with (DATA / name).open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


@dataclass(frozen=True)
class Model:
    """An EPANET model: names of nodes and links, and where the links go."""

    nodes: list[str]
    links: list[str]
    tail: list[int]
    head: list[int]

    def mesh(self, layer: str) -> Mesh:
        """Make the mesh with the valves of a layer."""
        given = rows(f"wntr/{layer}.csv")
        node = [self.nodes.index(row["node"]) for row in given]
        link = [self.links.index(row["link"]) for row in given]
        return Mesh.of(len(self.nodes), self.tail, self.head, Gates.of(node, link))


def _lines(text: str) -> Iterator[tuple[str, list[str]]]:
    section = ""
    for line in text.splitlines():
        words = line.partition(";")[0].split()
        if words and words[0].startswith("["):
            section = words[0].strip("[]").upper()
        elif words:
            yield section, words


@cache
def model(name: str) -> Model:
    """Read an INP file."""
    text = (DATA / "wntr" / f"{name}.inp").read_text(encoding="utf-8")
    lines = list(_lines(text))
    nodes = [words[0] for section, words in lines if section in _NODES]
    links = [words for section, words in lines if section in _LINKS]
    row = {node: at for at, node in enumerate(nodes)}
    return Model(
        nodes, [each[0] for each in links], [row[each[1]] for each in links], [row[each[2]] for each in links]
    )


def table(file: str, layer: str) -> Any:
    """Read the rows of a layer that are in service."""
    found = pyogrio.read_dataframe(DATA / file, layer=layer)
    return found[found["state"] == 1] if "state" in found.columns else found


@dataclass(frozen=True)
class Town:
    """A network of the sample town by the numbers that its rows have."""

    mesh: Mesh
    nodes: list[int]
    arcs: list[int]
    length_m: np.ndarray
    gates: list[int]
    """Node of each gate."""
    closed: np.ndarray
    broken: np.ndarray
    sources: np.ndarray

    def atom(self, arc: int) -> np.ndarray:
        """Give the atom of an arc."""
        return np.array([self.mesh.nodes + self.arcs.index(arc)])


@cache
def water() -> Town:
    """Read the water of the sample town with its shut-off and check valves."""
    arcs = table("santboi/santboi_water.gpkg", "arc")
    plus = "santboi/santboi_water_plus.gpkg"
    valves, checks, sources = (table(plus, layer) for layer in ("valve", "check_valve", "source"))
    nodes, tail, head = _ends(arcs)
    numbers = [int(each) for each in arcs["arc_id"]]
    valves = valves[valves["valve_class"] == "shutoff"]
    gates = [int(each) for each in [*valves["node_id"], *checks["node_id"]]]
    into = [-1] * len(valves) + [
        -1 if each != each else numbers.index(int(each)) for each in checks["to_arc"]
    ]
    mesh = Mesh.of(len(nodes), tail, head, Gates.of([nodes.index(n) for n in gates], [-1] * len(gates), into))
    closed, broken = (np.flatnonzero(valves[name].astype(bool)) for name in ("closed", "broken"))
    feeds = np.array([nodes.index(int(each)) for each in sources["node_id"] if int(each) in nodes])
    length_m = np.array([each.length for each in arcs.geometry])
    return Town(mesh, nodes, numbers, length_m, gates, closed, broken, feeds)


@cache
def drainage() -> Town:
    """Read the drainage of the sample town; arcs run from node_1 to node_2."""
    arcs = table("santboi/santboi_drainage.gpkg", "arc")
    nodes, tail, head = _ends(arcs)
    none = np.zeros(0, np.int64)
    length_m = np.array([each.length for each in arcs.geometry])
    mesh = Mesh.of(len(nodes), tail, head)
    return Town(mesh, nodes, [int(each) for each in arcs["arc_id"]], length_m, [], none, none, none)


def gas() -> Mesh:
    """Read the gas network."""
    pipes = table("gas/schutterwald_gas.gpkg", "pipe")
    nodes, tail, head = _ends(pipes.rename(columns={"from_junction": "node_1", "to_junction": "node_2"}))
    return Mesh.of(len(nodes), tail, head)


def _ends(arcs: Any) -> tuple[list[int], list[int], list[int]]:
    tails, heads = ([int(each) for each in arcs[name]] for name in ("node_1", "node_2"))
    nodes = sorted({*tails, *heads})
    row = {node: at for at, node in enumerate(nodes)}
    return nodes, [row[each] for each in tails], [row[each] for each in heads]
