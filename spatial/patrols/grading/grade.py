"""Grade the fixes of a mover: a verdict for each, the way, the stays and the trips of a day.

A pure function of the set of fixes, the marks made by hand, the area of work and the parameters: whatever
order and batches they came in, the answer is equal to the bit. What is added up is added in whole
milliseconds and millimetres.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from spatial.patrols.columns import Columns
from spatial.patrols.grading import chain, devices, smooth, stays, suspicion, wobble
from spatial.patrols.grading.parameters import Parameters
from spatial.patrols.grading.plane import scales
from spatial.patrols.verdicts import SEQUENCE_GATES, Verdict

Bool = npt.NDArray[np.bool_]
Float = npt.NDArray[np.float64]
Int = npt.NDArray[np.int64]

# Compiled functions take columns by position; so many of them are not to be told apart by types.
_possible_chain: Any = chain.possible_chain
_spikes: Any = chain.spikes
_ROUNDS = 8
"""How often the chain is looked for anew without the spikes that were found in it."""
_EVER = 2**62
_STANDING_SPREAD = 4.0
"""Variance in m² of where a stay was: the middle of many fixes."""


@dataclass(frozen=True)
class Context:
    """What a day is graded with, beside its fixes and an hour of fixes on both sides."""

    begin_us: int
    end_us: int
    """The day, its end not included; sums and lists are of it alone."""
    marked: frozenset[tuple[int, int]] = frozenset()
    """(time_us, mark) of fixes that somebody marked as bad."""
    home: suspicion.Home | None = None

    @classmethod
    def whole(cls, columns: Columns) -> Context:
        """Take all that there is as the day."""
        if not len(columns):
            return cls(0, 0)
        return cls(int(columns.time_us[0]), int(columns.time_us[-1]) + 1)


@dataclass(frozen=True)
class Way:
    """The fixes that the clean track goes through (m,), in the order of time."""

    rows: Int
    """Their places in the columns."""
    stay: npt.NDArray[np.int32]
    """Which stay each is in; -1 for none."""
    lon: Float
    lat: Float
    """Where each counts: the middle of its stay, or where it was measured."""
    shift: Float
    """Metres east and north from there to the smoothed way, (m, 2)."""
    leg_mm: Int
    """Length of the leg into each along the smoothed way; 0 where none leads in."""
    leg_ms: Int
    """Time since the one before; 0 after a gap."""
    linked: Bool
    """It is known which way it came: no gap, and not within a stay."""
    ride: Bool
    """The leg into it was too fast for the mover's gait."""
    moving: Bool
    """It moved on the leg into it."""


@dataclass(frozen=True)
class Stay:
    """A stay (停留) within the day."""

    begin_us: int
    end_us: int
    lon: float
    lat: float
    """The middle of its fixes, WGS-84."""
    fixes: int


@dataclass(frozen=True)
class Trip:
    """A way between two stays or gaps, as much of it as lies in the day."""

    begin_us: int
    end_us: int
    distance_mm: int
    """Gone by the mover's own gait."""
    ride_mm: int
    """Gone faster than that."""
    moving_ms: int
    fixes: int


@dataclass(frozen=True)
class Graded:
    """What the fixes of a mover come to."""

    columns: Columns
    """As given, with the context."""
    day: slice
    """The rows that are the day's own."""
    verdicts: npt.NDArray[np.int8]
    """(n,), of all rows."""
    way: Way
    stays: tuple[Stay, ...]
    """As much of them as lies in the day."""
    whole_stays: tuple[Stay, ...]
    """As long as they are, those of the hours before and after as well."""
    trips: tuple[Trip, ...]
    distance_mm: int
    ride_mm: int
    moving_ms: int
    standing_ms: int

    @property
    def distance_m(self) -> float:
        """The way of the day that the mover went by its own gait."""
        return self.distance_mm / 1000


def grade(columns: Columns, context: Context, parameters: Parameters) -> Graded:
    """Grade fixes, sorted by their key and each there once; none give nothing.

    columns: the day of `context` with an hour (days.CONTEXT_US) on both sides, as far as there are fixes.
    """
    verdicts = columns.gate.astype(np.int8)
    for at in _rows_of(columns, context.marked):
        verdicts[at] = Verdict.MARKED_BAD
    open_rows = np.flatnonzero(np.isin(verdicts, list(SEQUENCE_GATES)) & _finite(columns))
    twice = _twice(columns, open_rows, parameters)
    verdicts[twice] = Verdict.DUPLICATE
    open_rows = open_rows[verdicts[open_rows] == Verdict.GOOD]
    single = np.zeros(len(columns), bool)
    single[open_rows] = True
    suspected = suspicion.wrong_datum(columns, single, context.home, parameters)
    verdicts[devices.of_other_device(columns, single, parameters)] = Verdict.OTHER_DEVICE
    rows = open_rows[verdicts[open_rows] == Verdict.GOOD]
    accuracy = _believed(columns[rows], parameters)
    how = _possible(columns[rows], accuracy, parameters)
    verdicts[rows[how < 0]] = Verdict.JUMP
    rows, accuracy, how = rows[how >= 0], accuracy[how >= 0], how[how >= 0]
    way, runs, off, smooth_rows = _way(columns, rows, how, accuracy, parameters)
    _say(verdicts, rows[off], Verdict.DRIFT)
    _say(verdicts, rows[way.ride], Verdict.OVERSPEED)
    _say(verdicts, rows[smooth_rows], Verdict.MOCK_SUSPECT)
    _say(verdicts, np.flatnonzero(suspected), Verdict.DATUM_SUSPECT)
    return _summed(columns, context, parameters, verdicts, way, runs)


def _say(verdicts: Any, rows: Any, verdict: Verdict) -> None:
    """Say it of those of which nothing is said yet."""
    verdicts[rows[verdicts[rows] == Verdict.GOOD]] = verdict


def _finite(columns: Columns) -> Bool:
    return np.isfinite(columns.lon) & np.isfinite(columns.lat)


def _rows_of(columns: Columns, marked: frozenset[tuple[int, int]]) -> list[int]:
    found = []
    for time_us, mark in marked:
        low, high = np.searchsorted(columns.time_us, [time_us, time_us + 1])
        found += [at for at in range(low, high) if columns.mark[at] == mark]
    return found


def _twice(columns: Columns, rows: Int, parameters: Parameters) -> Int:
    accuracy = _accuracy(columns.accuracy_m[rows], parameters)
    found = devices.duplicates(
        columns.time_us[rows], columns.device[rows], columns.lon[rows], columns.lat[rows], accuracy
    )
    return np.asarray(rows[found])


def _accuracy(accuracy_m: npt.NDArray[np.float32], parameters: Parameters) -> Float:
    said = np.where(np.isfinite(accuracy_m) & (accuracy_m > 0), accuracy_m, parameters.default_accuracy_m)
    return np.maximum(said.astype(np.float64), parameters.least_accuracy_m)


def _believed(track: Columns, parameters: Parameters) -> Float:
    """Say how good fixes (n,) are: as they say, but no better than they wobble."""
    kx, ky = scales(track.lat)
    spread = wobble.wobble(
        track.time_us, track.lon, track.lat, kx, ky, parameters.wobble_memory_s, parameters.wobble_longest_s
    )
    shown = spread * parameters.wobble_share / parameters.sigma_per_accuracy
    accuracy = _accuracy(track.accuracy_m, parameters)
    return np.asarray(np.maximum(accuracy, np.minimum(shown, parameters.wobble_most_m)))


def _possible(track: Columns, accuracy: Float, parameters: Parameters) -> npt.NDArray[np.int8]:
    """Tell jumps (-1) from how the mover came to each fix (chain.PLAIN, RIDE, BREAK)."""
    kx, ky = scales(track.lat)
    sigma = accuracy * parameters.sigma_per_accuracy
    found = np.full(len(track), -1, np.int8)
    kept = np.arange(len(track))
    gap_us = int(parameters.gap_s * 1e6)
    for _ in range(_ROUNDS):
        place = [each[kept] for each in (track.time_us, track.lon, track.lat, kx, ky, sigma)]
        how = _possible_chain(
            *place, parameters.top_mps, parameters.ride_mps, parameters.turn_mps2, parameters.sigmas,
            parameters.look_ahead, parameters.break_cost, parameters.ride_cost,
        )  # fmt: skip
        left = how >= 0
        sharp = _spikes(
            *(each[left] for each in (*place, how)), parameters.top_mps, parameters.ride_mps,
            parameters.turn_mps2, parameters.sigmas, gap_us,
        )  # fmt: skip
        kept, how = kept[left], how[left]
        found[:] = -1
        found[kept] = how
        if not sharp.any():
            break
        kept = kept[~sharp]
    return found


def _way(
    columns: Columns, rows: Int, how: Any, accuracy: Float, parameters: Parameters
) -> tuple[Way, Int, Bool, Bool]:
    """Find stays and legs; also the runs of the stays, what drifted, and what is too smooth."""
    track = columns[rows]
    kx, ky = scales(track.lat)
    place = (track.lon, track.lat, kx, ky)
    gap_us = int(parameters.gap_s * 1e6)
    runs = find_stays(track, accuracy, parameters)
    middle = stays.middles(track.lon, track.lat, runs)
    off, stay = stays.drifted(*place, reach_of(accuracy, parameters), runs, middle)
    even = suspicion.too_smooth(track.time_us, *place, parameters.mock_legs, parameters.mock_noise_m, gap_us)
    held = stay >= 0
    lon = np.where(held, middle[stay, 0] if len(runs) else 0.0, track.lon)
    lat = np.where(held, middle[stay, 1] if len(runs) else 0.0, track.lat)
    return _legs(track, rows, how, (lon, lat, stay), accuracy, parameters), runs, off, even & ~held


def find_stays(track: Columns, accuracy: Float, parameters: Parameters) -> Int:
    """Find the stays of a clean track: first and last fix of each, (m, 2)."""
    kx, ky = scales(track.lat)
    place = (track.time_us, track.lon, track.lat, kx, ky)
    reach = reach_of(accuracy, parameters)
    least_us, gap_us, excursion_us, pause_us = (
        int(seconds * 1e6)
        for seconds in (
            parameters.stay_s, parameters.gap_s, parameters.stay_excursion_s, parameters.stay_merge_s
        )
    )  # fmt: skip
    runs = stays.stay_runs(*place, reach, least_us, gap_us, excursion_us)
    runs = stays.merged(*place, reach, runs, pause_us)
    return np.asarray(stays.trimmed(*place, reach, runs, least_us, gap_us))


def reach_of(accuracy: Float, parameters: Parameters) -> Float:
    """Say how far from where a mover stays its fixes (n,) may lie, in metres."""
    more = np.minimum(accuracy * parameters.stay_accuracy, parameters.stay_accuracy_most_m)
    return np.asarray(parameters.stay_radius_m + more)


def _legs(
    track: Columns,
    rows: Int,
    how: Any,
    held: tuple[Float, Float, Any],
    accuracy: Float,
    parameters: Parameters,
) -> Way:
    lon, lat, stay = held
    kx, ky = scales(lat)
    step_us = np.diff(track.time_us, prepend=track.time_us[:1])
    same_stay = np.zeros(len(rows), bool)
    same_stay[1:] = (stay[1:] == stay[:-1]) & (stay[1:] >= 0)
    gap = step_us > int(parameters.gap_s * 1e6)
    gap[:1] = True
    broken = gap | (how == chain.BREAK)
    ride = (how == chain.RIDE) & ~same_stay & ~broken
    spread = np.where(stay >= 0, _STANDING_SPREAD, (accuracy * parameters.sigma_per_accuracy) ** 2)
    swerve = np.where(ride, parameters.ride_swerve_m2s3, parameters.swerve_m2s3)
    cut = broken | same_stay
    shift = smooth.smoothed(
        track.time_us, lon, lat, kx, ky, spread, swerve, cut, parameters.noise_memory_s, parameters.top_mps
    )
    leg_mm = smooth.leg_lengths(lon, lat, kx, ky, shift, cut)
    leg_ms = np.where(broken, 0, step_us // 1000)
    # Not a division: of a leg that took no time, nothing is said.
    moving = ~cut & (leg_mm >= parameters.slow_mps * leg_ms)
    return Way(rows, stay, lon, lat, shift, leg_mm, leg_ms, ~cut, ride, moving)


def _summed(
    columns: Columns, context: Context, parameters: Parameters, verdicts: Any, way: Way, runs: Int
) -> Graded:
    times = columns.time_us[way.rows]
    # A leg belongs to the day that it ends in.
    own = (times >= context.begin_us) & (times < context.end_us)
    known = own & (way.leg_ms > 0)
    foot = own & ~way.ride
    return Graded(
        columns=columns,
        day=columns.between(context.begin_us, context.end_us),
        verdicts=verdicts,
        way=way,
        stays=tuple(_stays(times, way, runs, context.begin_us, context.end_us)),
        whole_stays=tuple(_stays(times, way, runs, -_EVER, _EVER)),
        trips=tuple(_trips(times, way, own, context, parameters)),
        distance_mm=int(way.leg_mm[foot].sum()),
        ride_mm=int(way.leg_mm[own & way.ride].sum()),
        moving_ms=int(way.leg_ms[known & way.moving].sum()),
        standing_ms=int(way.leg_ms[known & ~way.moving].sum()),
    )


def _stays(times: Int, way: Way, runs: Int, since_us: int, until_us: int) -> list[Stay]:
    found = []
    for first, last in runs:
        begin, end = max(int(times[first]), since_us), min(int(times[last]), until_us)
        if begin < end:
            count = np.searchsorted(times, end, "right") - np.searchsorted(times, begin)
            found.append(Stay(begin, end, float(way.lon[first]), float(way.lat[first]), int(count)))
    return found


def _trips(times: Int, way: Way, own: Bool, context: Context, parameters: Parameters) -> list[Trip]:
    """Cut the way where it stood or nothing is known; what is too short is no trip."""
    inside = own & way.linked
    same_trip = np.zeros(len(times), bool)
    # Two legs are of one trip when one begins where the other ends, and not in a stay.
    same_trip[1:] = inside[1:] & inside[:-1] & (way.stay[:-1] < 0)
    starts = np.flatnonzero(inside & ~same_trip)
    ends = np.flatnonzero(inside & ~np.append(same_trip[1:], False))
    found = []
    for first, last in zip(starts, ends, strict=True):
        legs = slice(first, last + 1)
        ride = way.ride[legs]
        metres, time_ms = way.leg_mm[legs], way.leg_ms[legs]
        if metres.sum() >= parameters.trip_m * 1000:
            found.append(
                Trip(
                    max(int(times[first - 1]), context.begin_us), int(times[last]), int(metres[~ride].sum()),
                    int(metres[ride].sum()), int(time_ms[way.moving[legs]].sum()), int(last - first + 2),
                )
            )  # fmt: skip
    return found
