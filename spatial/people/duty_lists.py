"""Who is responsible for a matter in a unit, by the duty list (权责清单).

The rule: a line that names the matter beats one that names its class, which beats a line for
everything; among equals the smaller area wins, then the lower rank. Somebody off duty is passed over
while a later rank of the same line-up is on duty.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from psycopg import Connection

from spatial.database import query


@dataclass(frozen=True)
class DutyLine:
    """One line of the duty list with the person and the organisation it names."""

    unit_code: str
    category: str | None
    rank: int
    organisation: str
    organisation_en: str
    person: str | None
    role: str | None
    phone: str | None
    """Masked, as the person's name is."""
    on_duty: bool
    worker_id: int | None = None


class DutyList:
    """All lines, ready to be asked."""

    def __init__(self, lines: Sequence[DutyLine]) -> None:
        self._lines: dict[tuple[str, str], list[DutyLine]] = defaultdict(list)
        for line in sorted(lines, key=lambda line: line.rank):
            self._lines[line.unit_code, line.category or ""].append(line)

    def find(self, chain: Sequence[str], category: str | None) -> DutyLine | None:
        """Find the line for a matter code (or none) in a unit.

        chain: codes from the finest unit to the coarsest. None when no line fits.
        """
        text = category or ""
        for length in range(len(text), -1, -1):
            for unit_code in chain:
                lines = self._lines.get((unit_code, text[:length]))
                if lines:
                    return next((line for line in lines if line.on_duty), lines[0])
        return None


def read_duty_list(connection: Connection[Any]) -> DutyList:
    """Read the whole duty list."""
    rows = connection.execute(query("spatial.people", "duty_list")).fetchall()
    return DutyList([DutyLine(*row) for row in rows])
