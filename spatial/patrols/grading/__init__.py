"""Verdicts, ways, stays and trips from the fixes of a mover: pure functions over columns."""

from spatial.patrols.grading.grade import Context, Graded, Stay, Trip, Way, grade
from spatial.patrols.grading.parameters import EDITION, GAITS, Parameters, parameters_of
from spatial.patrols.grading.suspicion import Home

__all__ = [
    "EDITION",
    "GAITS",
    "Context",
    "Graded",
    "Home",
    "Parameters",
    "Stay",
    "Trip",
    "Way",
    "grade",
    "parameters_of",
]
