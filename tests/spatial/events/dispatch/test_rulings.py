"""Portable rulings by themselves: what is signed holds, what is changed or does not follow is found."""

from __future__ import annotations

import copy
import json
from dataclasses import replace
from typing import Any

import numpy as np
import orjson
import pytest
import shapely
from hypothesis import given, settings

from spatial.events.dispatch.decide import Decision
from spatial.events.dispatch.explanations import body_of
from spatial.events.dispatch.facts import Line, Person
from spatial.events.dispatch.ruling_borders import written_arc
from spatial.events.dispatch.rulings import decide_from, people_of, sign, verify, written_line
from spatial.geometry.arcs import build_arcs
from spatial.geometry.precision import from_nano
from spatial.rights.signatures import public_key
from tests.spatial.events.dispatch.boards import (
    GRID_CODES,
    MONDAY_NOON,
    SIDE,
    ask,
    chain_of,
    dispatcher,
    middle,
)
from tests.spatial.events.dispatch.test_decide import quick, situations
from tests.spatial.grids.cities import SOUTH, STEP, WEST, squares

MASTER, OTHER = bytes(range(32)), bytes(range(1, 33))
ARCS = build_arcs(squares(SIDE, SIDE))


def arcs_of(grid: str) -> list[dict[str, Any]]:
    """Write the arcs of a grid of the board, and those that meet it."""
    number = GRID_CODES.index(grid)

    def code(side: int) -> str | None:
        return GRID_CODES[side] if side >= 0 else None

    found = []
    for n, (left, right) in enumerate(zip(ARCS.left.tolist(), ARCS.right.tolist(), strict=True)):
        shape = from_nano(ARCS.coords[ARCS.offsets[n] : ARCS.offsets[n + 1]])
        square = shapely.Polygon(squares(SIDE, SIDE)[number])
        if number in (left, right) or shapely.intersects(shapely.LineString(shape), square):
            found.append(written_arc(shape, code(left), code(right)))
    return found


def document(decision: Decision, lines: list[Line]) -> dict[str, Any]:
    """Write the ruling of a decision on the board."""
    body = json.loads(orjson.dumps(body_of(decision)))
    known = {line.id: line for line in lines}
    considered = {each["line"] for each in body["considered"]}
    coverages = {}
    if decision.unit_code:
        grid = decision.unit_code
        coverages["grids"] = {
            "version": 7,
            "tolerance_m": 30,
            "chain": list(chain_of(grid)),
            "arcs": arcs_of(grid),
        }
    event = {"id": 1, "no": "E1", "point": body["point"], "category": body["category"]}
    facts = {
        "at": body["at"],
        "coverages": coverages,
        "lines": [written_line(known[number]) for number in sorted(considered)],
        **people_of(body["considered"], known),
    }
    return json.loads(orjson.dumps({"event": event, "decision": body, "facts": facts}))


def ruling(point: Any = None) -> dict[str, Any]:
    """Sign a ruling with people, hours and a line that was passed over."""
    lines = [
        Line(1, GRID_CODES[0], "01", 1, worker_id=1),
        Line(2, GRID_CODES[0], "", 2, anybody=True, skills=frozenset({"gas"}), hours="Mo 00:00-24:00"),
        Line(3, GRID_CODES[0][:12], "", 3),
    ]
    people = [
        Person(1, 1, on_duty=False),
        *(Person(n, 2, lon=WEST + n / 1e4, lat=SOUTH, skills=frozenset({"gas"})) for n in (5, 6, 7)),
    ]
    (decision,) = dispatcher(lines, people).decide(ask([point or middle(GRID_CODES[0])]))
    assert decision.worker_id is not None
    return sign(document(decision, lines), MASTER)


def test_a_ruling_holds_without_a_database() -> None:
    signed = json.loads(json.dumps(ruling()))
    assert verify(signed) == []
    assert verify(signed, public_key(MASTER)) == []
    assert "lon" not in json.dumps(signed["facts"]["people"]), "where people were is nobody's business"
    assert [each.where for each in verify(signed, public_key(OTHER))] == ["public_key"]


def leaves(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """List the paths of all single values."""
    items = (
        value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else None
    )
    return [path] if items is None else [leaf for key, below in items for leaf in leaves(below, (*path, key))]


def changed(signed: dict[str, Any], path: tuple[Any, ...]) -> dict[str, Any]:
    """Change one value of a document."""
    other = copy.deepcopy(signed)
    holder = other
    for key in path[:-1]:
        holder = holder[key]
    value = holder[path[-1]]
    holder[path[-1]] = {str: f"{value}x", bool: not value, int: 7, float: 0.5, type(None): 1}[type(value)]
    if holder[path[-1]] == value:
        holder[path[-1]] = 8
    return other


def test_whatever_is_changed_is_found() -> None:
    signed = ruling()
    paths = leaves(signed)
    assert len(paths) > 100
    for path in paths:
        assert verify(changed(signed, path)), path
    without = {name: value for name, value in signed.items() if name != "decision"}
    assert verify(without)
    assert verify({**signed, "more": 1})


@pytest.mark.parametrize(
    ("path", "value", "where"),
    [
        (("decision", "worker"), 6, "decision.worker"),
        (("decision", "organisation"), 9, "decision.organisation"),
        (("decision", "rule"), "grid", "decision.rule"),
        (("decision", "border_m"), 1.0, "decision.border_m"),
        (("decision", "runner_up"), GRID_CODES[9], "decision.runner_up"),
        (("decision", "unit"), GRID_CODES[1], "facts.coverages.grids"),
        (("decision", "ruling"), "border", "facts.coverages.grids"),
        (("event", "point"), [WEST + 3 * STEP, SOUTH + STEP / 2], "facts.coverages.grids"),
        (("facts", "people", 0, "on_duty"), True, "decision.line"),
        (("facts", "at"), "2026-03-03T04:00:00+00:00", "decision.line"),
        (("facts", "people"), [], "document"),
        (("facts",), {}, "document"),
        (("decision",), None, "document"),
    ],
)  # fmt: skip
def test_a_signer_cannot_say_what_does_not_follow(path: tuple[Any, ...], value: Any, where: str) -> None:
    """The key's own holder signs a lie: the signature is good, and the facts tell."""
    lie = {name: part for name, part in copy.deepcopy(ruling()).items() if name != "signature"}
    holder = lie
    for key in path[:-1]:
        holder = holder[key]
    holder[path[-1]] = value
    found = verify(sign(lie, MASTER))
    assert where in {each.where for each in found}, found


@pytest.mark.parametrize(
    "point",
    [
        (WEST + STEP / 2, SOUTH + STEP), (WEST + STEP, SOUTH + STEP / 2), (WEST + STEP, SOUTH + STEP),
        (WEST, SOUTH), (WEST, SOUTH + STEP / 2), (WEST - STEP / 1000, SOUTH + STEP / 2),
        (WEST + 2 * STEP, SOUTH + 2 * STEP), (WEST + 2 * STEP, SOUTH + 1.5 * STEP),
    ],
)  # fmt: skip
def test_the_border_rule_is_checked_too(point: tuple[float, float]) -> None:
    lines = [Line(1, chain_of(GRID_CODES[0])[-1], "", 1)]
    point = tuple(from_nano(np.rint(np.array(point) * 1e9).astype(np.int64)).tolist())
    (decision,) = dispatcher(lines).decide(ask([point]))
    assert decision.ruling in ("border", "nearest")
    assert verify(sign(document(decision, lines), MASTER)) == []
    if decision.ruling == "border" and decision.runner_up:
        other = replace(decision, unit_code=decision.runner_up, runner_up=decision.unit_code)
        assert verify(sign(document(other, lines), MASTER)), "the neighbour has it not"


@settings(max_examples=200, deadline=None)
@given(situations())
def test_what_was_decided_follows_from_the_facts_of_its_ruling(situation: Any) -> None:
    duty, staff, point, matter = situation
    (decision,) = quick(duty, staff).decide(ask([point], matter, MONDAY_NOON))
    if decision.unit_code is None or "school" in decision.units:
        return
    made = document(decision, duty)
    assert decide_from(made["facts"], made["event"]) == {
        "line": decision.line, "organisation": decision.organisation_id, "worker": decision.worker_id,
        "rule": decision.rule,
    }  # fmt: skip
    assert verify(sign(made, MASTER)) == []
