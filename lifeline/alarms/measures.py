"""What a value says of its sensor: the measure that is held against the thresholds."""

from __future__ import annotations

from dataclasses import replace

from lifeline.alarms.rules import MOST_SAMPLES, Input, Measure
from lifeline.alarms.states import Seen


def take(entry: Input, seen: Seen, at_ms: int, value: float) -> Seen:
    """Put a value, in the input's unit and newer than the last, into what is kept of an input."""
    is_same = seen.value is not None and value == seen.value
    window: tuple[tuple[int, float], ...] = ()
    if entry.measure is Measure.RATE:
        kept = [(t, v) for t, v in seen.window if t >= at_ms - entry.window_ms]
        window = (*kept, (at_ms, value))[-MOST_SAMPLES:]
    after = Seen(
        at_ms, value, seen.changed_ms if is_same else at_ms, seen.run + 1 if is_same else 1, window, seen.raw
    )
    measured = measure(entry, after)
    return after if measured is None else replace(after, raw=hold(entry, seen.raw, measured))


def measure(entry: Input, seen: Seen) -> float | None:
    """Measure an input at its newest value; None where there is too little to say."""
    assert seen.value is not None
    if entry.measure is Measure.RATE:
        return slope(seen.window) if len(seen.window) >= entry.least_samples else None
    if entry.measure is Measure.SAMENESS:
        return (seen.at_ms - seen.changed_ms) / 1000 if seen.run >= entry.least_samples else 0.0
    if entry.measure is Measure.OUTSIDE:
        return 0.0 if entry.low <= seen.value <= entry.high else 1.0
    return 0.0 if entry.measure is Measure.SILENCE else seen.value


def hold(entry: Input, raw: tuple[bool, ...], measured: float) -> tuple[bool, ...]:
    """Hold a measure against each rung: reached at the threshold, and kept until past the deadband."""
    signed = entry.sign * measured
    bounds = zip(raw, entry.sets, entry.resets, strict=True)
    return tuple(signed >= (back if was else there) for was, there, back in bounds)


def slope(window: tuple[tuple[int, float], ...]) -> float:
    """Fit a line by least squares through (ms, value), two at least; gives its slope per second."""
    start, base = window[0]
    count = sum_t = sum_v = sum_tt = sum_tv = 0.0
    for at, value in window:
        t, v = (at - start) / 1000, value - base
        count += 1
        sum_t += t
        sum_v += v
        sum_tt += t * t
        sum_tv += t * v
    return (count * sum_tv - sum_t * sum_v) / (count * sum_tt - sum_t * sum_t)


def silent_ms(entry: Input, rung: int) -> int:
    """Tell after how many milliseconds without a value a rung of silence is reached."""
    return round(entry.thresholds[rung] * 1000)
