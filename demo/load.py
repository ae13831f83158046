"""Load the generated city into an empty database: everything or nothing, in one transaction.

The files know no dates. Events stand on days of a calendar of fourteen whole weeks, patrols on days before
today; here both are laid over the days before `now`, and what would lie in the future is left out.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from psycopg import Connection, sql

from demo import load_events
from demo.load_addresses import load_addresses
from demo.load_coverages import publish_others
from demo.load_fixes import load_fixes
from demo.load_personal import reporters_of, sealed
from demo.load_resources import known_since, load_resources
from demo.notes import write_notes
from spatial.database import query
from spatial.errors import Conflict, NotFound
from spatial.grids.locate import LocateIndex
from spatial.rights.data_keys import open_to_seal
from spatial.rights.envelope import Keyring

COVERAGE = "grids"
BEIJING = timezone(timedelta(hours=8))
"""China has one time zone and no summer time."""

DAY_S = 86_400
EVENT_WINDOW = timedelta(days=90)
IN_FORCE_BEFORE = timedelta(days=180)
"""How long before loading the coverage came into force: before the first event."""

LAST_CALENDAR_DAY = 97
"""The calendar of the events ends on a Sunday; see demo.generate.contents.rhythm."""

STATES = ("reported", "accepted", "filed", "dispatched", "handled", "verified", "closed")

COVERAGE_TABLES = ("unit", "unit_version", "node", "arc", "composition", "issued_code")

Progress = Callable[[str, float], None]
Columns = Mapping[str, Any]


@dataclass(frozen=True)
class Loading:
    """What the steps of one loading share."""

    connection: Connection[Any]
    folder: Path
    now: datetime
    """In Beijing."""
    keyring: Keyring
    """The keys that personal data is sealed with."""

    @property
    def midnight(self) -> datetime:
        """The beginning of today."""
        return self.now.replace(hour=0, minute=0, second=0, microsecond=0)

    @property
    def valid_from(self) -> datetime:
        """When the coverages came into force."""
        return self.midnight - IN_FORCE_BEFORE

    def read(self, name: str) -> dict[str, Any]:
        """Read a file as one Python list per column, geometry as WKB."""
        return dict(self._table(name).to_pydict())

    def arrays(self, name: str) -> dict[str, NDArray[Any]]:
        """Read a file without geometry as one numpy array per column."""
        table = self._table(name)
        return {column: table[column].to_numpy() for column in table.column_names}

    def _table(self, name: str) -> Any:
        import pyarrow.parquet

        # Not read_table: that imports pandas, which costs more than the reading.
        return pyarrow.parquet.ParquetFile(self.folder / f"{name}.parquet").read()


def _silent(_text: str, _share: float) -> None:
    """Report nothing."""


def is_loaded(connection: Connection[Any]) -> bool:
    """Tell whether the database has any units already."""
    return bool(connection.execute(query("demo", "load_has_units")).fetchone())


def load(
    connection: Connection[Any], folder: Path, now: datetime, progress: Progress = _silent, *, master: Path
) -> dict[str, int]:
    """Load the files of `folder` as if the city had lived until `now` (zoned); returns rows by table.

    Coordinates stay EPSG:4326. master: the file of the master key, which personal data is sealed under.
    Raises Conflict when the database has units, NotFound when a file is missing, Unavailable when the master
    key is not the database's; in any case nothing is stored.
    """
    needed = [*(f"{name}.parquet" for name in FILES), RASTER]
    missing = [name for name in needed if not (folder / name).exists()]
    if missing:
        raise NotFound(f"the folder has no {missing[0]}: run `citygrid demo generate` first")
    with connection.transaction():
        connection.execute(query("demo", "load_lock"))
        if is_loaded(connection):
            raise Conflict("the database has units already; the demo city goes into an empty one only")
        keyring = open_to_seal(connection, master)
        return _load_all(Loading(connection, folder, now.astimezone(BEIJING), keyring), progress)


def _load_all(loading: Loading, progress: Progress) -> dict[str, int]:
    progress("publish the coverage", 0.0)
    version, index = _publish(loading)
    counts = {"coverage_version": 1 + publish_others(loading.connection, loading.read, loading.valid_from)}
    events, things = partial(_load_events, index=index, version=version), partial(_load_things, index=index)
    steps = (_load_people, events, things, partial(_load_fixes, index=index))
    for number, (title, step) in enumerate(zip(STEP_TITLES, steps, strict=True)):
        progress(title, 0.35 + 0.15 * number)
        counts |= step(loading)
    write_notes(loading.connection)
    progress("gather statistics", 0.95)
    _analyze(loading.connection, counts)
    progress("the demo city is loaded", 1.0)
    return counts


STEP_TITLES = (
    "load organisations and people",
    "load events",
    "load places, components and the map",
    "load patrols",
)


def _publish(loading: Loading) -> tuple[int, LocateIndex]:
    """Publish the coverage and compile its index; base units in the order of their codes."""
    import shapely

    from spatial.geometry.arcs import build_arcs
    from spatial.grids.locate import compile_index
    from spatial.grids.versions import UnitDraft, publish

    units = loading.read("units")
    shapes = units.pop("geometry")
    names = ("level", "code", "parent_code", "name", "name_en", "generated", "evidence")
    drafts = [UnitDraft(*row) for row in zip(*(units[name] for name in names), strict=True)]
    order = sorted(range(len(drafts)), key=lambda row: (-drafts[row].level, drafts[row].code))
    base = [row for row in order if drafts[row].level == drafts[order[0]].level]
    arcs = build_arcs(shapely.from_wkb([shapes[row] for row in base]))
    ordered = [drafts[row] for row in order]
    version = publish(loading.connection, COVERAGE, ordered, arcs, "demo city", loading.valid_from)
    return version, compile_index(arcs, [drafts[row].code for row in base], _tolerance_m(loading.connection))


def _tolerance_m(connection: Connection[Any]) -> float:
    row = connection.execute(query("demo", "load_tolerance"), {"coverage": COVERAGE}).fetchone()
    return float(row[0]) if row else 0.0


def _load_people(loading: Loading) -> dict[str, int]:
    """Load divisions, organisations, people and duty lists; codes become keys."""
    connection = loading.connection
    organisations, people, duties = (loading.read(name) for name in ("organisations", "people", "duties"))
    counts = {"division": copy_rows(connection, "division", loading.read("divisions"))}
    counts["organisation"] = _copy_keyed(connection, "organisation", organisations)
    employers = dict(zip(organisations["code"], organisations["id"], strict=True))
    people["organisation_id"] = [employers[code] for code in people.pop("organisation")]
    people["skills"] = ["{" + ",".join(skills) + "}" for skills in people["skills"]]
    ago = np.asarray(people.pop("seen_ago_s"), dtype=np.int64)
    people["seen_at"] = _utc(int(loading.now.timestamp()) - ago)
    people["id"] = _draw_keys(connection, "worker", len(people["code"]))
    stored = sealed(loading.keyring, "worker", people["id"], people)
    counts["worker"] = copy_rows(connection, "worker", stored)
    workers = dict(zip(people["code"], people["id"], strict=True))
    duties["organisation_id"] = [employers[code] for code in duties.pop("organisation")]
    duties["worker_id"] = [workers.get(code) for code in duties.pop("worker")]
    special = loading.read("special_duties")
    special["organisation_id"] = [employers[code] for code in special.pop("organisation")]
    counts["duty"] = copy_rows(connection, "duty", duties) + copy_rows(connection, "duty", special)
    return counts


def _load_things(loading: Loading, index: LocateIndex) -> dict[str, int]:
    """Load what stands in the city; places and components with the unit they lie in, as publishing does."""
    connection = loading.connection
    places, components = loading.read("places"), loading.read("components")
    resources = loading.read("resources")
    for things in (places, components, resources):
        things["unit_code"] = _rulings(index, things["geom"])["unit_code"]
    places["created_at"] = known_since(loading.now, places["risk_level"])
    keys = dict(connection.execute(query("demo", "load_organisations")).fetchall())
    components["organisation_id"] = [keys.get(name) for name in components["upkeep"]]
    return {
        "place": copy_rows(connection, "place", places),
        "component": copy_rows(connection, "component", components),
        **load_resources(connection, resources, partial(_copy_keyed, connection, "resource")),
        "address": load_addresses(connection, loading.read("addresses"), copy_rows),
        "basemap_feature": copy_rows(connection, "basemap_feature", loading.read("basemap")),
        "raster": _load_raster(loading),
    }


def _load_raster(loading: Loading) -> int:
    values = {"content": (loading.folder / RASTER).read_bytes()}
    return loading.connection.execute(query("demo", "load_raster"), values).rowcount


def _load_events(loading: Loading, index: LocateIndex, version: int) -> dict[str, int]:
    events = loading.read("events")
    occurred_s = occurrence_s(loading.now, np.asarray(events.pop("day")), np.asarray(events.pop("second")))
    steps_s = occurred_s[:, None] + np.array([events.pop(f"{state}_s") for state in STATES]).T
    now_s = loading.now.timestamp()
    kept = (steps_s[:, 0] <= now_s) & (occurred_s > now_s - EVENT_WINDOW.total_seconds())
    done = (steps_s <= now_s)[kept].sum(axis=1)
    columns = {
        name: [v for v, keep in zip(values, kept, strict=True) if keep] for name, values in events.items()
    }
    closed = done == len(STATES)
    columns |= {
        "no": _numbers(occurred_s)[kept],
        "occurred_at": _utc(occurred_s[kept]),
        "reported_at": _utc(steps_s[kept, 0]),
        "closed_at": np.where(closed, _utc(steps_s[kept, -1]), np.datetime64("NaT")),
        "state": [STATES[count - 1] for count in done],
        "version_id": [version] * int(kept.sum()),
        **_rulings(index, columns["geom"]),
    }
    columns |= load_events.whose(loading.connection, columns, done)
    columns |= load_events.life(loading.connection, columns, steps_s[kept], done)
    count = _copy_keyed(loading.connection, "event", columns)
    steps = copy_rows(loading.connection, "event_step", load_events.steps(columns, steps_s[kept], done))
    load_events.forget_ended(loading.connection)
    reporters = _load_reporters(loading, kept, columns["id"])
    return {"event": count, "event_step": steps, "reporter": reporters}


def _load_reporters(loading: Loading, kept: NDArray[Any], event_ids: list[int]) -> int:
    columns = reporters_of(loading.read("reporters"), kept, event_ids)
    stored = sealed(loading.keyring, "reporter", columns["event_id"], columns)
    return copy_rows(loading.connection, "reporter", stored)


def occurrence_s(now: datetime, day: NDArray[Any], second: NDArray[Any]) -> NDArray[np.int64]:
    """Lay calendar days (0 … 97, a Monday first) over the past so that weekdays agree; returns POSIX seconds.

    now: in Beijing. The latest calendar day of today's weekday becomes today; later days lie in the future.
    """
    today = LAST_CALENDAR_DAY - (6 - now.weekday()) % 7
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    days = day.astype(np.int64) - today
    return np.asarray(int(midnight.timestamp()) + days * DAY_S + second.astype(np.int64))


def _numbers(occurred_s: NDArray[np.int64]) -> NDArray[Any]:
    """Number events within their day in Beijing, in the order of time."""
    order = np.argsort(occurred_s, kind="stable")
    day = (occurred_s[order] + 8 * 3_600) // DAY_S
    first = np.searchsorted(day, day)
    dates = day.astype("datetime64[D]").astype(str)
    numbers = np.empty(len(order), dtype=object)
    for place, (row, date) in enumerate(zip(order, dates, strict=True)):
        numbers[row] = f"DEMO{date.replace('-', '')}{place - first[place] + 1:05d}"
    return numbers


def _rulings(index: LocateIndex, points_wkb: list[bytes]) -> dict[str, Any]:
    """Locate all events at once."""
    import shapely

    from spatial.grids.locate import Ruling

    lonlat = shapely.get_coordinates(shapely.from_wkb(points_wkb))
    unit, ruling = index.locate(lonlat[:, 0], lonlat[:, 1])
    return {
        "unit_code": [index.codes[row] if row >= 0 else None for row in unit],
        "ruling": [Ruling(int(value)).name for value in ruling],
    }


def _load_fixes(loading: Loading, index: LocateIndex) -> dict[str, int]:
    return load_fixes(loading.connection, loading.arrays("fixes"), loading.now, index, copy_rows)


def _utc(posix_s: NDArray[Any]) -> NDArray[np.datetime64]:
    return np.asarray(posix_s).astype("datetime64[s]").astype("datetime64[us]")


def _copy_keyed(connection: Connection[Any], table: str, columns: dict[str, Any]) -> int:
    """Copy rows under keys drawn from the table's own sequence; the keys are put into `columns`."""
    columns["id"] = _draw_keys(connection, table, len(next(iter(columns.values()))))
    return copy_rows(connection, table, columns)


def _draw_keys(connection: Connection[Any], table: str, count: int) -> list[int]:
    values = {"table": table, "count": count}
    return [key for (key,) in connection.execute(query("demo", "load_keys"), values).fetchall()]


def copy_rows(connection: Connection[Any], table: str, columns: Columns) -> int:
    """Append rows to a table with COPY: one list or array per column, bytes as WKB, datetimes in UTC.

    An empty table is left as it is. Returns the number of rows.
    """
    import pyarrow
    import pyarrow.csv

    rows = pyarrow.table({name: _arrow(values) for name, values in columns.items()})
    text = pyarrow.BufferOutputStream()
    pyarrow.csv.write_csv(rows, text, pyarrow.csv.WriteOptions(include_header=False))
    statement = sql.SQL("COPY {} ({}) FROM STDIN (FORMAT csv)").format(
        sql.Identifier(table), sql.SQL(", ").join(map(sql.Identifier, columns))
    )
    with connection.cursor().copy(statement) as copy:
        copy.write(memoryview(text.getvalue()))
    return int(rows.num_rows)


def _arrow(values: Any) -> Any:
    """Make an Arrow column that its CSV form carries to PostgreSQL: bytes become hexadecimal."""
    import pyarrow

    if isinstance(values, list) and any(isinstance(value, bytes) for value in values):
        return pyarrow.array([value and value.hex() for value in values], pyarrow.string())
    column = pyarrow.array(values)
    if pyarrow.types.is_timestamp(column.type):
        return column.cast(pyarrow.timestamp("us", tz="UTC"))
    return column.cast(pyarrow.string()) if pyarrow.types.is_null(column.type) else column


def _analyze(connection: Connection[Any], tables: Mapping[str, int]) -> None:
    """Gather statistics: without them the first map would be planned as if the tables were empty.

    Not of the fixes, whose partitions the server looks at by itself.
    """
    told = [*(name for name in tables if name != "fix"), *COVERAGE_TABLES]
    names = sql.SQL(", ").join(map(sql.Identifier, told))
    connection.execute(sql.SQL("ANALYZE {}").format(names))


FILES = (
    "units", "divisions", "organisations", "people", "duties", "special_duties", "fixes",
    "places", "components", "events", "reporters", "addresses", "basemap", "parts", "areas", "resources",
)  # fmt: skip
"""What a folder of the demo must hold, as Parquet."""
RASTER = "population.tif"
"""And the raster of people and households."""
