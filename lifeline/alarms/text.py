"""Rules and states as text and back, bit for bit: a restart loses no timer and raises no alarm anew."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from lifeline.alarms.rules import Input, Measure, Rule, Rung, check
from lifeline.alarms.states import Held, Phase, Seen, State
from spatial.errors import InvalidInput

FORM = 1
"""Form of the text; another one is refused instead of being guessed at."""


def freeze(state: State) -> str:
    """Write a state as JSON; numbers are written so that the same bits are read."""
    return json.dumps({"form": FORM, **asdict(state)}, allow_nan=False, separators=(",", ":"))


def thaw(text: str) -> State:
    """Read what `freeze` wrote; raises InvalidInput for anything else."""
    try:
        row = json.loads(text)
        if row.pop("form") != FORM:
            raise InvalidInput.at("form", f"form {FORM} is read")
        row["inputs"] = tuple(_seen(entry) for entry in row["inputs"])
        row["rungs"] = tuple(Held(**entry) for entry in row["rungs"])
        row["waiting"] = tuple((at, place, value) for at, place, value in row["waiting"])
        return State(**{**row, "phase": Phase(row["phase"])})
    except (ValueError, TypeError, KeyError, AttributeError) as wrong:
        raise InvalidInput.at("state", "is not the text of an alarm's state") from wrong


def _seen(row: dict[str, Any]) -> Seen:
    window = tuple((at, value) for at, value in row["window"])
    return Seen(**{**row, "window": window, "raw": tuple(row["raw"])})


def read_rule(row: Mapping[str, Any]) -> Rule:
    """Make a rule of a row of data (as `write_rule` makes it); raises InvalidInput that names the fields.

    What is left out of inputs, rungs and rule has the value of the class. Measures go by name.
    """
    try:
        inputs = tuple(_input(entry) for entry in row["inputs"])
        ladder = tuple(Rung(**entry) for entry in row["ladder"])
        groups = tuple(tuple(group) for group in row.get("any_of", ((0,),)))
        return check(Rule(**{**row, "inputs": inputs, "ladder": ladder, "any_of": groups}))
    except (TypeError, KeyError, AttributeError, ValueError) as wrong:
        raise InvalidInput.at("rule", f"is not a row of a rule: {wrong}") from wrong


def _input(row: Mapping[str, Any]) -> Input:
    measure = Measure[str(row.get("measure", "value")).upper()]
    bounds = {key: float(row[key]) for key in ("low", "high", "deadband") if row.get(key) is not None}
    kept = {key: value for key, value in row.items() if key not in ("low", "high", "deadband")}
    return Input(**{**kept, **bounds, "measure": measure, "thresholds": tuple(map(float, row["thresholds"]))})


def write_rule(rule: Rule) -> dict[str, Any]:
    """Write a rule as a row of data; bounds that there are none of are None, as JSON has no infinity."""
    row = asdict(rule)
    for entry, written in zip(rule.inputs, row["inputs"], strict=True):
        written["measure"] = entry.measure.name.lower()
        for bound in ("low", "high"):
            written[bound] = None if abs(written[bound]) == float("inf") else written[bound]
    return row
