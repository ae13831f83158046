"""Portable rulings (可验证裁定): a dispatch with all it rests on, signed, to be checked without a database.

What is checked: that the signature (Ed25519) is good for every byte; that the point lies in the unit by the
unit's own border and the border rule; and that the duty lines and people in it give, by the same pure
function that decided, the same responsible one by the same rule. What a person decided (rule `hand`,
`escalated` or `ruling`) follows from nothing: there the unit is checked, and that no line is claimed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import shapely

from spatial.errors import InvalidInput, Problem
from spatial.events.dispatch.decide import rule_of
from spatial.events.dispatch.explanations import BY_HAND
from spatial.events.dispatch.facts import GRIDS, Line, Person
from spatial.events.dispatch.hours import minute_of_week
from spatial.events.dispatch.plans import Moment, Plan
from spatial.events.dispatch.rules import SPECIAL, Rules
from spatial.events.dispatch.ruling_borders import problems_of_place
from spatial.rights.signatures import sign_as, signature_problems

FORMAT = "citygrid ruling 1"
Json = dict[str, Any]


def sign(document: Mapping[str, Any], master: bytes) -> Json:
    """Sign a document: its public key and the signature are added."""
    return sign_as(FORMAT, document, master)


def verify(document: Mapping[str, Any], trusted: str | None = None) -> list[Problem]:
    """Check a ruling by itself; [] when all is as it says. trusted: the only public key that is believed.

    Without `trusted` the signature only shows that nothing was changed since somebody signed it.
    """
    try:
        return signature_problems(document, FORMAT, trusted) or [
            *problems_of_place(document["event"]["point"], document["decision"], document["facts"]),
            *_decision_problems(document),
        ]
    except (KeyError, TypeError, ValueError, IndexError, AttributeError, shapely.GEOSException) as error:
        return [Problem("document", f"is no ruling: {type(error).__name__} at {error}")]
    except InvalidInput as error:
        return [Problem("document", f"is no ruling: {error.detail}")]


def _decision_problems(document: Mapping[str, Any]) -> list[Problem]:
    """Decide once more from the facts, and compare."""
    said = document["decision"]
    if said["rule"] in BY_HAND:
        claimed = said["line"] is not None or said["considered"] or not said["username"]
        return [Problem("decision.rule", "is a person's, so it rests on no line")] if claimed else []
    decided = decide_from(document["facts"], document["event"])
    return [
        Problem(f"decision.{name}", f"says {said[name]}; the facts give {value}")
        for name, value in decided.items()
        if said[name] != value
    ]


def decide_from(facts: Mapping[str, Any], event: Mapping[str, Any]) -> Json:
    """Decide from the facts of a ruling alone: line, organisation, worker and rule."""
    rules = Rules(map(_line, facts["lines"]), facts["order"])
    moment = _moment(event, facts)
    chains = {name: units["chain"] for name, units in facts["coverages"].items() if units["chain"]}
    places = rules.places(*(_array(value) for value in event["point"]))[0]
    people = {person["id"]: _person(person) for person in facts["people"]}
    pools = {int(line): members for line, members in facts["pools"].items()}
    plan = Plan.of(rules.line_ups(chains, event["category"], places), people, pools)
    seat = plan.choose(moment)
    return {
        "line": seat and seat.line.id,
        "organisation": seat and seat.line.organisation_id,
        "worker": seat.person.id if seat and seat.person else None,
        "rule": rule_of(seat, plan, moment, GRIDS in chains),
    }


def _array(value: float) -> Any:
    import numpy as np

    return np.array([value], np.float64)


def _moment(event: Mapping[str, Any], facts: Mapping[str, Any]) -> Moment:
    at = datetime.fromisoformat(facts["at"])
    return Moment(event["point"][0], event["point"][1], at, minute_of_week(at))


def _line(given: Mapping[str, Any]) -> Line:
    begin, end = (
        given[name] and datetime.fromisoformat(given[name]) for name in ("valid_from", "valid_until")
    )
    area = shapely.from_wkt(given["area"]) if given["area"] else None
    return Line(
        given["id"], given["unit_code"], given["category"], given["organisation"], given["worker"],
        given["rank"], given["coverage"], given["anybody"], frozenset(given["skills"]), given["hours"],
        begin, end, area, given["basis"], given["dispute"], given["edition"],
    )  # fmt: skip


def written_line(line: Line) -> Json:
    """Write a line as it stands in a ruling."""
    return {
        "id": line.id, "edition": line.edition, "coverage": line.coverage, "unit_code": line.unit_code,
        "category": line.category, "organisation": line.organisation_id, "worker": line.worker_id,
        "rank": line.rank, "anybody": line.anybody, "skills": sorted(line.skills), "hours": line.hours,
        "valid_from": line.valid_from and line.valid_from.isoformat(),
        "valid_until": line.valid_until and line.valid_until.isoformat(),
        "area": None if line.area is None else shapely.to_wkt(line.area, rounding_precision=-1),
        "basis": line.basis, "dispute": line.dispute_id,
    }  # fmt: skip


def people_of(considered: Sequence[Mapping[str, Any]], lines: Mapping[int, Line]) -> Json:
    """Write the people of an explanation, whom its lines for anybody mean, and the order of coverages.

    Their skills are those that were asked for and that they have; where they were is told as a distance.
    """
    people: dict[int, Json] = {}
    pools: dict[str, list[int]] = {}
    for each in considered:
        number, line = each["worker"], lines[each["line"]]
        members = pools.setdefault(str(line.id), []) if line.anybody else []
        if number is None:
            continue
        person = people.setdefault(
            number,
            {"id": number, "organisation": each["organisation"], "skills": [], "load": each["load"],
             "on_duty": each["on_duty"], "distance_m": each["distance_m"]},
        )  # fmt: skip
        has = line.skills - set(each.get("missing", ()))
        person["skills"] = sorted({*person["skills"], *has})
        members.append(number)
    # As they were asked: a coverage of a part of the city before one of all of it.
    order = dict.fromkeys(each["coverage"] for each in considered if each["scope"] == SPECIAL)
    return {"people": [people[number] for number in sorted(people)], "pools": pools, "order": list(order)}


def as_orders(people: Sequence[Mapping[str, Any]]) -> list[Json]:
    """Tell of people who is busier and farther than whom, in place of how busy and how far they were."""
    loads = sorted({each["load"] for each in people})
    metres = sorted({each["distance_m"] for each in people} - {None})
    return [
        {
            **each,
            "load": None,
            "load_order": loads.index(each["load"]),
            "distance_m": None,
            "distance_order": None if each["distance_m"] is None else metres.index(each["distance_m"]),
        }
        for each in people
    ]


def _person(given: Mapping[str, Any]) -> Person:
    metres = given.get("distance_order", given["distance_m"])
    far = float("inf") if metres is None else metres
    return Person(
        given["id"], given["organisation"], None, frozenset(given["skills"]), given["on_duty"],
        load=given.get("load_order", given["load"]), told_m=far,
    )  # fmt: skip
