"""Whom a message is for: people by number, those of a unit or organisation, as the sender sees them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from psycopg import Connection
from psycopg.rows import dict_row

from spatial.database import query
from spatial.errors import InvalidInput, Problem

ROOM = "spatial.partners.messages"
MOST = 1000
"""People that one message is for."""


@dataclass(frozen=True)
class To:
    """Whom somebody wants to reach: the people named, and everybody whom all of the rest is true of."""

    workers: tuple[int, ...] = ()
    unit: str | None = None
    """Code of a unit of `grids` at any level: those who belong to it or are assigned to it."""
    organisation: int | None = None
    roles: tuple[str, ...] = ()
    on_duty: bool | None = None

    @property
    def is_group(self) -> bool:
        """Tell whether it names more than people one by one."""
        return bool(self.unit is not None or self.organisation is not None or self.roles or self.on_duty)


@dataclass(frozen=True)
class People:
    """Those who were found: once each, in the order of their codes; names are masked."""

    reached: tuple[dict[str, Any], ...]
    without_phone: tuple[dict[str, Any], ...]


def find(connection: Connection[Any], to: To) -> People:
    """Find whom a message is for, with the reader's rights.

    InvalidInput for nobody at all, for more than MOST, and for a number that is nobody the reader sees.
    """
    if not to.workers and not to.is_group:
        raise InvalidInput.at("to", "names nobody: give workers, unit, organisation, roles or on_duty")
    values = {
        "ids": list(to.workers), "is_group": to.is_group, "unit": to.unit,
        "organisation": to.organisation, "roles": list(to.roles) or None, "on_duty": to.on_duty,
        "most": MOST + 1,
    }  # fmt: skip
    with connection.cursor(row_factory=dict_row) as cursor:
        found = cursor.execute(query(ROOM, "people"), values).fetchall()
    _check(to, found)
    reached = tuple(_shown(each) for each in found if each["has_phone"])
    return People(reached, tuple(_shown(each) for each in found if not each["has_phone"]))


def _check(to: To, found: list[dict[str, Any]]) -> None:
    if len(found) > MOST:
        raise InvalidInput.at("to", f"names more than {MOST} people")
    known = {each["worker_id"] for each in found}
    problems = [
        Problem(f"to.workers.{place}", "is nobody that you can see")
        for place, number in enumerate(to.workers)
        if number not in known
    ]
    if problems:
        raise InvalidInput(problems[:20])
    if not found:
        raise InvalidInput.at("to", "is nobody that you can see")


def _shown(row: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name != "has_phone"}
