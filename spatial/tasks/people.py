"""Whom a task is for: by number, or those of a unit or organisation, as the sender sees them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from psycopg import Connection
from psycopg.rows import dict_row

from spatial.database import query
from spatial.database.matching import end_of
from spatial.errors import InvalidInput, Problem

ROOM = "spatial.tasks"
MOST = 500
"""People and vehicles that one task is for."""


@dataclass(frozen=True)
class To:
    """Whom somebody wants to reach: those named, and everybody of whom all of the group is true."""

    movers: tuple[int, ...] = ()
    workers: tuple[int, ...] = ()
    vehicles: tuple[int, ...] = ()
    """Numbers of resources."""
    unit: str | None = None
    organisation: int | None = None
    on_duty: bool | None = None
    """Of a group, those who are on duty or are not: people only."""

    @property
    def is_group(self) -> bool:
        """Tell whether it names more than some one by one."""
        return self.unit is not None or self.organisation is not None


def find(connection: Connection[Any], to: To) -> list[int]:
    """Find the movers that a task is for, with the reader's rights: once each, in the order of their numbers.

    InvalidInput for nobody at all, for more than MOST, and for a number that is nobody the reader sees.
    """
    if not (to.movers or to.workers or to.vehicles or to.is_group):
        raise InvalidInput.at("to", "names nobody: give movers, workers, unit, organisation or nearby")
    values = {
        "movers": list(to.movers), "workers": list(to.workers), "vehicles": list(to.vehicles),
        "is_group": to.is_group, "unit": to.unit, "until": to.unit and end_of(to.unit),
        "organisation": to.organisation, "on_duty": to.on_duty, "most": MOST + 1,
    }  # fmt: skip
    with connection.cursor(row_factory=dict_row) as cursor:
        found = cursor.execute(query(ROOM, "people"), values).fetchall()
    if len(found) > MOST:
        raise InvalidInput.at("to", f"names more than {MOST}")
    if problems := list(_unknown(to, found)):
        raise InvalidInput(problems[:20])
    if not found:
        raise InvalidInput.at("to", "is nobody that you can see")
    return [each["mover_id"] for each in found]


def _unknown(to: To, found: list[dict[str, Any]]) -> Iterator[Problem]:
    for name, column in (("movers", "mover_id"), ("workers", "worker_id"), ("vehicles", "resource_id")):
        known = {each[column] for each in found}
        for place, number in enumerate(getattr(to, name)):
            if number not in known:
                yield Problem(f"to.{name}.{place}", "is nobody that you can see")
