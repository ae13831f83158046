"""What follows from a graded day: each is told in the transaction that keeps it.

A follower is called with the day as it was kept before (None: never graded), as it is kept now, and with all
that grading found, the fixes of the day and an hour around it included. It must come to the same whether it
is told once or twice.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

from psycopg import Connection

from spatial.patrols.attendance import calling
from spatial.patrols.fences import following as fences
from spatial.patrols.grading import Graded
from spatial.patrols.heat import following as heat
from spatial.patrols.plans import judging
from spatial.patrols.track_days import TrackDay

Follower = Callable[[Connection[Any], int, date, TrackDay | None, TrackDay, Graded], None]

FOLLOWERS: list[Follower] = [heat.follow, judging.follow, fences.follow, calling.follow]
"""In the order in which they are told; each room adds its own here."""
