"""Why messages of a webhook arrive, or why they do not: at a glance, for whoever keeps it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from psycopg import Connection

from spatial.database import query
from spatial.partners import log

ROOM = "spatial.partners"

Json = dict[str, Any]


def courier_works(connection: Connection[Any]) -> bool:
    """Tell whether a job process delivers messages."""
    return bool(connection.execute(query(ROOM, "webhook_courier")).fetchall()[0][0])


@dataclass(frozen=True)
class Surroundings:
    """What all webhooks depend on."""

    courier: bool
    held_since: datetime | None
    """Since when the log waits for an open transaction."""


def surroundings(connection: Connection[Any]) -> Surroundings:
    """Look at what all webhooks depend on; connection: of the platform."""
    return Surroundings(courier_works(connection), log.held_since(connection))


LATE_S = 60.0


def health(row: Json, around: Surroundings, now: datetime) -> tuple[str, str]:
    """Say in a word and in a sentence why a webhook's messages arrive, or why they do not.

    row: as `shown` gives it.
    """
    for word, holds, why in _reasons(row, around, now):
        if holds:
            return word, why
    if row["last_good_at"] is None:
        return "ok", "nothing has been sent yet: nothing that it wants has happened since it was made"
    return "ok", "everything that it wants was taken"


def _reasons(row: Json, around: Surroundings, now: datetime) -> Sequence[tuple[str, bool, str]]:
    late = row["oldest_at"] is not None and (now - row["oldest_at"]).total_seconds() > LATE_S
    held_s = (now - around.held_since).total_seconds() if around.held_since else 0.0
    again = f"; asked again at {row['rest_until']:%H:%M:%S} UTC" if row["rest_until"] else ""
    failing = f"the partner fails since {_when(row['failing_since'])} ({row['failures']} times): "
    return (
        (row["state"], row["state"] != "active", row["why"]),
        ("stopped", not around.courier, "no job process delivers: is it running? (`citygrid up`)"),
        ("failing", row["failures"] > 0, failing + (row["last_error"] or "") + again),
        ("dead", row["dead"] > 0, _dead(row)),
        (
            "held",
            held_s > LATE_S,
            f"a transaction open since before {_when(around.held_since)} holds the log up",
        ),
        ("late", late, f"{row['waiting']} messages wait, the oldest since {_when(row['oldest_at'])}"),
    )


def _dead(row: Json) -> str:
    held = row["after_dead"] == "hold" and row["held"]
    behind = f"; {row['held']} later ones of the same subjects wait for them" if held else ""
    return f"{row['dead']} messages were given up: send them again or drop them{behind}"


def _when(at: datetime | None) -> str:
    return f"{at:%Y-%m-%d %H:%M:%S} UTC" if at else ""
