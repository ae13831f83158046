"""What grading goes by, for each gait (how a mover gets about), as data."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass

EDITION = 1
"""Of the grading code: one more whenever the same fixes and parameters would be judged otherwise."""


@dataclass(frozen=True)
class Parameters:
    """The numbers of one gait. Lengths in metres, times in seconds, speeds in metres a second."""

    top_mps: float
    """Faster than this the mover cannot go by itself: a leg that needs more is a jump, or a ride."""
    turn_mps2: float
    """How hard the mover brakes and turns: a fix further off the line between its neighbours is a spike."""
    ride_mps: float = 70.0
    """Faster than this nobody is carried either."""
    sigmas: float = 3.0
    """How many standard deviations of both fixes a leg may be too long by."""
    default_accuracy_m: float = 15.0
    """Taken where the device does not say how good a fix is."""
    least_accuracy_m: float = 4.0
    """What a device says below this is not believed."""
    sigma_per_accuracy: float = 0.66
    """Standard deviation along one axis, of what a device calls accuracy (68 % are within it)."""

    wobble_share: float = 0.8
    """A fix is taken to be as bad as this share of how far the fixes around it wobble, whatever it says …"""
    wobble_most_m: float = 40.0
    """… but no worse than this: a mover wobbles by itself …"""
    wobble_memory_s: float = 20.0
    """Errors are alike for so long …"""
    wobble_longest_s: float = 20.0
    """… and where fixes are further apart, nothing is said."""

    look_ahead: int = 16
    """A run of jumps is bridged up to this many fixes."""
    break_cost: float = 4.0
    """An impossible leg costs as much as leaving out this many fixes: shorter runs are jumps, longer ones a
    new beginning."""
    ride_cost: float = 0.2
    """The next leg of a ride, in about the same direction, costs so much."""

    device_window_s: int = 3600
    """For each such part of the clock one device tells the way: the one with most fixes."""
    device_silence_s: int = 120
    """When it is silent for longer, the other one is taken."""

    stay_radius_m: float = 20.0
    """Within this of where it stopped, and as much more as the fix is inaccurate, the mover stays."""
    stay_accuracy: float = 2.0
    """How many accuracies are added to the radius; 0 for the plain rule. A bad receiver wanders further: one
    radius for all would either count its drift, or swallow the steps of a watch in a short street."""
    stay_accuracy_most_m: float = 80.0
    """No more than this is added."""
    stay_s: float = 180.0
    """A stay is at least so long."""
    stay_excursion_s: float = 60.0
    """Who is out for no longer than this has not left; 0 for the plain rule."""
    stay_merge_s: float = 120.0
    """Two stays in one place, with no more than this between them, are one."""
    gap_s: float = 900.0
    """After a longer silence nobody knows which way it went: no way, no time, no stay across it."""

    swerve_m2s3: float = 0.05
    """How lively the mover changes its velocity (spectral density of the acceleration): the way is smoothed
    by it."""
    ride_swerve_m2s3: float = 4.0
    """The same for whatever carries it."""
    noise_memory_s: float = 10.0
    """Errors this close in time are alike: more fixes a second say no more."""
    slow_mps: float = 0.25
    """Slower is standing, though it be no stay."""
    trip_m: float = 60.0
    """A trip is at least so long."""

    mock_legs: int = 12
    """So many steps in a row without any noise are suspicious."""
    mock_noise_m: float = 0.03
    """What counts as no noise."""
    datum_fixes: int = 20
    """Fewer fixes say nothing of a datum."""
    datum_fit_m: float = 60.0
    """How well the shift must explain the offset."""
    datum_share: float = 0.9
    """Of how many of the fixes."""

    @property
    def digest(self) -> int:
        """Name these numbers and the edition of the code: results of another name are stale."""
        text = json.dumps([EDITION, asdict(self)], sort_keys=True)
        return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big", signed=True)


GAITS: dict[str, Parameters] = {
    "foot": Parameters(top_mps=3.5, turn_mps2=1.5),
    "ebike": Parameters(
        top_mps=15.0, turn_mps2=2.0, stay_radius_m=25.0, swerve_m2s3=0.8, slow_mps=0.4, trip_m=150.0
    ),
    "car": Parameters(
        top_mps=42.0,
        turn_mps2=2.5,
        stay_radius_m=30.0,
        swerve_m2s3=4.0,
        slow_mps=0.5,
        trip_m=300.0,
        wobble_most_m=25.0,
    ),
}
"""Gait → its numbers."""


def parameters_of(gait: str) -> Parameters:
    """Find the numbers of a gait; KeyError when there is none of the name."""
    return GAITS[gait]
