"""A waterworks whose alarms are kept in a database: channels, rules, values that come, and looks at them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from psycopg import Connection
from psycopg.rows import dict_row

from lifeline.alarms.kept import ruling
from lifeline.alarms.kept.matching import match
from lifeline.alarms.kept.ruling import Draft
from lifeline.alarms.kept.watching import Looked, is_due, look
from spatial.database import Database, session
from spatial.rights.reader import SYSTEM, Reader

BEGIN = datetime(2026, 3, 1, tzinfo=UTC)
CHIEF = Reader(None, "chief", "chief", "district_administrator")
Json = dict[str, Any]


def at(second: float) -> datetime:
    """Give a moment of a day long past."""
    return BEGIN + timedelta(seconds=second)


def pressure(*levels: int, on_s: float = 0, off_s: float = 0, **more: Any) -> Json:
    """Write a rule of pressure that is too high: 50 kPa at the first level, 10 more at each further one."""
    ladder = [
        {"level": level, "on_delay_ms": round(on_s * 1000), "off_delay_ms": round(off_s * 1000)}
        for level in levels
    ]
    thresholds = [50.0 + 10 * place for place in range(len(levels))]
    return {"inputs": [{"sensor": "each", "unit": "kPa", "thresholds": thresholds}], "ladder": ladder, **more}


class Plant:
    """What stands there: the owner's connection writes at once, and the platform works as it does."""

    def __init__(self, connection: Connection[Any], database: Database) -> None:
        self.connection, self.database = connection, database
        self._made = 0

    def one(self, statement: str, *values: Any) -> Any:
        """Read the first cell."""
        return self.connection.execute(statement, values).fetchall()[0][0]

    def rows(self, statement: str, *values: Any) -> list[Json]:
        """Read rows."""
        with self.connection.cursor(row_factory=dict_row) as cursor:
            return cursor.execute(statement, values).fetchall()

    def channels(self, count: int = 1, unit: str = "kPa", quantity: str = "pressure") -> list[int]:
        """Set up stations with a channel each; gives the numbers of the channels."""
        self._made += 1
        self.one("SELECT observation_month('2026-03-01')")
        sensor = self.one("INSERT INTO sensor (name) VALUES ('gauge') RETURNING id")
        what = self.one(
            "INSERT INTO observed_property (name, definition) VALUES (%s, 'd') RETURNING id", quantity
        )
        rows = self.connection.execute(
            """WITH things AS (
                   INSERT INTO thing (name)
                   SELECT 'station ' || %(turn)s || '-' || n FROM generate_series(1, %(count)s) AS n
                   RETURNING id, name
               )
               INSERT INTO datastream (name, thing_id, sensor_id, observed_property_id, unit)
               SELECT 'p of ' || name, id, %(sensor)s, %(what)s, jsonb_build_object('symbol', %(unit)s::text)
               FROM things ORDER BY id RETURNING id""",
            {"turn": self._made, "count": count, "sensor": sensor, "what": what, "unit": unit},
        )
        return [number for (number,) in rows]

    def rule(
        self, rule: Json, *channels: int, look_at: float = 0, organisation: int | None = None, **more: Any
    ) -> int:
        """Make a rule, and let it be applied from a second on."""
        draft = Draft("high pressure", "DB34/T 4021-2021", rule, channels, **{"transport_s": 0.0, **more})
        with session(self.database, CHIEF) as connection:
            number = ruling.create(connection, CHIEF, organisation, draft)
        self.match(look_at)
        return number

    def match(self, second: float, every: bool = False) -> int:
        """Apply the rules that were changed."""
        with session(self.database, SYSTEM) as connection:
            return match(connection, at(second), every)

    def change(self, rule: int, changed: Json, *channels: int, **more: Any) -> None:
        """Make a rule another one; it is applied at the next look."""
        draft = Draft("high pressure", "DB34/T 4021-2021", changed, channels, **{"transport_s": 0.0, **more})
        with session(self.database, CHIEF) as connection:
            ruling.change(connection, CHIEF, ruling.hold(connection, CHIEF, rule), draft)

    def send(self, channel: int, *values: tuple[float, float]) -> None:
        """Let values (second, number) come, in this order; what is known already is passed over."""
        for second, number in values:
            self.connection.execute(
                "INSERT INTO observation (datastream_id, phenomenon_time, result) VALUES (%s, %s, %s)"
                " ON CONFLICT DO NOTHING",
                (channel, at(second), number),
            )

    def look(self, second: float, **more: Any) -> Looked:
        """Do at a second what the job process does."""
        self.match(second)
        with session(self.database, SYSTEM) as connection:
            return look(connection, at(second), **more)

    def is_due(self) -> bool:
        """Tell whether anything waits."""
        with session(self.database, SYSTEM) as connection:
            return is_due(connection)

    def alarms(self) -> list[Json]:
        """Read what was raised, in the order in which it was."""
        return self.rows("SELECT * FROM alarm ORDER BY raised_at, id")

    def told(self) -> list[tuple[float, str, int | None]]:
        """Read the steps, short: second, event, level."""
        steps = self.rows("SELECT at, event, level FROM alarm_transition ORDER BY at, id")
        return [((step["at"] - BEGIN).total_seconds(), step["event"], step["level"]) for step in steps]
