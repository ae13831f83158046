"""Rules and histories for the tests of alarms, drawn so that thresholds, delays and times often meet."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import strategies as st

from lifeline.alarms.machine import step
from lifeline.alarms.rules import Input, Measure, Rule, Rung, check
from lifeline.alarms.states import Command, Event, Refused, State, Tick, Transition, Value, Word, begin

BASIS = "DB34/T 4021-2021"
PRESSURE = check(
    Rule(
        "pressure-high", BASIS,
        (Input("P1", "kPa", (50.0, 60.0), deadband=5.0, low=-100, high=1000),),
        (Rung(3, 10_000, 20_000), Rung(1, 0, 5_000)),
    )
)  # fmt: skip
"""Blue-ish from 50 kPa held for 10 s, red at once from 60; gone 5 kPa below for 20 s and 5 s."""


def one(measure: Measure = Measure.VALUE, *thresholds: float, on: int = 0, off: int = 0, **more) -> Rule:
    """Make a rule of one input of which all rungs have the same delays."""
    ladder = tuple(Rung(4 - place, on, off) for place in range(len(thresholds)))
    names = {"any_of", "is_latched", "lateness_ms", "shelf_max_ms"} & more.keys()
    of_rule = {name: more.pop(name) for name in names}
    return check(Rule("r", BASIS, (Input("S1", "m", thresholds, measure, **more),), ladder, **of_rule))


def value(at_s: float, number: float, place: int = 0, unit: str = "m", late_s: float = 0) -> Value:
    """Make a value measured at a second, that came so much later."""
    return Value(place, round(at_s * 1000), round((at_s + late_s) * 1000), number, unit)


def tick(at_s: float) -> Tick:
    """Make a tick at a second."""
    return Tick(round(at_s * 1000))


def say(event: Event, at_s: float, until_s: float | None = None) -> Command:
    """Make a command of somebody with a reason."""
    return Command(
        event, round(at_s * 1000), "li", "works", None if until_s is None else round(until_s * 1000)
    )


def run(
    rule: Rule, words: list[Word], state: State | None = None
) -> tuple[State, list[Transition], list[Refused | None]]:
    """Say words one after the other; gives the state, all that was told, and what was refused."""
    state = begin(rule, 0) if state is None else state
    told: list[Transition] = []
    refused = []
    for word in words:
        state, more, why = step(rule, state, word)
        told += more
        refused.append(why)
    return state, told, refused


def brief(told: list[Transition]) -> list[tuple[float, str, int]]:
    """Write transitions short: second, event, severity."""
    return [(step.at_ms / 1000, step.event.name, step.severity) for step in told]


delays = st.sampled_from([0, 1000, 2000, 3000, 5000])
numbers = st.integers(-6, 6).map(float)


@st.composite
def inputs(draw: st.DrawFn, rungs: int, measures: list[Measure]) -> Input:
    """Draw an input that a rule may have."""
    measure = draw(st.sampled_from(measures))
    cuts = sorted(draw(st.lists(st.integers(1, 6), min_size=rungs, max_size=rungs)))
    drawn = Input("S", "m", tuple(map(float, cuts)), measure, least_samples=draw(st.integers(2, 3)))
    if measure is Measure.OUTSIDE:
        return replace(drawn, thresholds=(1.0,) * rungs, low=-3, high=3)
    if measure in (Measure.SILENCE, Measure.SAMENESS):
        return drawn
    bounds = {"low": -5.0, "high": 5.0} if draw(st.booleans()) else {}
    drawn = replace(drawn, deadband=draw(st.sampled_from([0.0, 1.0, 2.5])), window_ms=4000, **bounds)
    if draw(st.booleans()):
        return drawn
    return replace(drawn, is_high=False, thresholds=tuple(-threshold for threshold in drawn.thresholds))


@st.composite
def rules(draw: st.DrawFn, measures: list[Measure], most_inputs: int = 1, lateness_ms: int = 0) -> Rule:
    """Draw a rule of those measures; several inputs are joined by groups of them."""
    rungs, count = draw(st.integers(1, 4)), draw(st.integers(1, most_inputs))
    ladder = tuple(Rung(4 - place, draw(delays), draw(delays)) for place in range(rungs))
    groups = draw(st.lists(st.sets(st.integers(0, count - 1), min_size=1), min_size=1, max_size=3))
    groups.append(set(range(count)) - {place for group in groups for place in group} or {0})
    return check(
        Rule(
            "drawn", BASIS, tuple(draw(inputs(rungs, measures)) for _ in range(count)), ladder,
            tuple(tuple(sorted(group)) for group in groups), draw(st.booleans()), 60_000, lateness_ms, 10_000,
        )
    )  # fmt: skip


@st.composite
def arrivals(draw: st.DrawFn, count: int = 1, most: int = 40, distinct: bool = False) -> list[Value]:
    """Draw values in order of their time, a second or more apart at times and together at others."""
    gaps = draw(st.lists(st.sampled_from([500, 1000, 1000, 2000, 7000]), max_size=most))
    at, found = 0, []
    for gap in gaps:
        at += gap if distinct else draw(st.sampled_from([0, gap, gap, gap]))
        found.append(Value(draw(st.integers(0, count - 1)), at, at, draw(numbers), "m"))
    return found
