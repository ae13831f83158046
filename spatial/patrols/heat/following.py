"""Keep the heat in step with graded days."""

from __future__ import annotations

from datetime import date
from typing import Any

from psycopg import Connection

from spatial.database import query
from spatial.patrols.grading import Graded
from spatial.patrols.heat.contributions import of_graded
from spatial.patrols.heat.keeping import ROOM, keep
from spatial.patrols.track_days import TrackDay


def follow(
    connection: Connection[Any],
    mover: int,
    day: date,
    _before: TrackDay | None,
    _after: TrackDay,
    graded: Graded,
) -> None:
    """Follow a graded day (spatial.patrols.followers): write its heat, and put it into the sums."""
    heat = of_graded(graded, day).packed()
    connection.execute(query(ROOM, "day_put"), {"mover": mover, "day": day, "heat": heat})
    keep(connection, mover, day, heat)
