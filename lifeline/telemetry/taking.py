"""Takes observations in: looks at each by itself, then writes all that are good in one statement."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

import orjson
from psycopg import Connection

from lifeline.telemetry.expressions import moment
from lifeline.telemetry.fields import attributes, json_text, text
from lifeline.telemetry.paths import number_in
from spatial.database import as_platform, query
from spatial.errors import CitygridError, Conflict, InvalidInput
from spatial.rights.reader import Reader

ROOM = "lifeline.telemetry"
FUTURE = timedelta(minutes=10)
"""How far the clock of a sensor may be ahead."""
OLDEST = datetime(1970, 1, 1, tzinfo=UTC)
KNOWN = (
    "phenomenonTime", "resultTime", "result", "resultQuality", "validTime", "parameters", "Datastream",
    "FeatureOfInterest",
)  # fmt: skip


@dataclass(frozen=True)
class Taken:
    """What became of one that was good: its key, and whether it was new."""

    datastream: int
    at: datetime
    is_new: bool

    @property
    def key(self) -> str:
        """Its key as addresses have it, without quotes."""
        micros = (self.at - OLDEST) // timedelta(microseconds=1)
        return f"{self.datastream}-{micros}"


@dataclass(frozen=True)
class Row:
    """One observation, looked at: its columns."""

    datastream: int
    begins: datetime
    ends: datetime | None
    result: float | None
    other: str | None
    result_time: datetime | None
    quality: str | None
    valid_from: datetime | None
    valid_until: datetime | None
    parameters: str | None
    feature: int | None


def read(body: Any, now: datetime) -> Row:
    """Look at one; InvalidInput names the field: NaN, a time ahead of now, a period the wrong way round."""
    if not isinstance(body, dict):
        raise InvalidInput.at("body", "must be an object")
    for key in body:
        if key not in KNOWN:
            raise InvalidInput.at(key[:60], f"is not known; there are {', '.join(KNOWN)}")
    begins, ends = _period(body.get("phenomenonTime"), "phenomenonTime") or (now, None)
    if not OLDEST <= begins <= now + FUTURE:
        ahead = (begins - now).total_seconds()
        said = f"lies {ahead:.0f} s ahead of now" if ahead > 0 else "lies before 1970"
        raise InvalidInput.at("phenomenonTime", said)
    valid = _period(body.get("validTime"), "validTime") or (None, None)
    result, other = _result(body)
    feature = body.get("FeatureOfInterest")
    result_time = body.get("resultTime")
    return Row(
        _reference(body.get("Datastream"), "Datastream"), begins, ends, result, other,
        None if result_time is None else moment(text(result_time, "resultTime"), "resultTime"),
        json_text(body.get("resultQuality"), "resultQuality"), valid[0], valid[1] or valid[0],
        attributes(body.get("parameters"), "parameters"),
        None if feature is None else _reference(feature, "FeatureOfInterest"),
    )  # fmt: skip


def _reference(value: Any, where: str) -> int:
    if not isinstance(value, dict):
        raise InvalidInput.at(where, "is missing")
    return number_in(value.get("@iot.id"), f"{where}.@iot.id")


def _period(value: Any, where: str) -> tuple[datetime, datetime | None] | None:
    if value is None:
        return None
    begin, slash, end = text(value, where).partition("/")
    begins, ends = moment(begin, where), moment(end, where) if slash else None
    if ends is not None and ends < begins:
        raise InvalidInput.at(where, "ends before it begins")
    return begins, ends


def _result(body: dict[str, Any]) -> tuple[float | None, str | None]:
    if "result" not in body:
        raise InvalidInput.at("result", "is missing")
    value = body["result"]
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        if isinstance(value, str) and value.strip().lower().lstrip("+-") in ("nan", "inf", "infinity"):
            raise InvalidInput.at("result", f"is {value.strip()}, which is no value")
        return None, "null" if value is None else json_text(value, "result")
    if not math.isfinite(value):
        raise InvalidInput.at("result", "is NaN or endless, which is no value")
    return float(value), None


def take(connection: Connection[Any], reader: Reader, bodies: list[Any]) -> list[Taken | CitygridError]:
    """Take many in, in a session of `reader`; gives for each, in the order sent, its key or why not.

    The same value sent again is known, and stays once; another value of the same datastream and time is a
    Conflict. A datastream that the reader does not see is like none.
    """
    now = datetime.now(UTC)
    found: list[Taken | CitygridError] = []
    rows: dict[int, Row] = {}
    for number, body in enumerate(bodies):
        try:
            rows[number] = read(body, now)
            found.append(Taken(rows[number].datastream, rows[number].begins, False))
        except InvalidInput as wrong:
            found.append(wrong)
    for number, error in _unfit(connection, rows).items():
        found[number] = error
        del rows[number]
    if rows:
        _write(connection, reader, rows, found)
    return found


def _unfit(connection: Connection[Any], rows: dict[int, Row]) -> dict[int, InvalidInput]:
    """Find those whose datastream or feature is none, or takes numbers alone."""
    values = {
        "datastreams": list({row.datastream for row in rows.values()}),
        "features": list({row.feature for row in rows.values() if row.feature}),
    }
    found = connection.execute(query(ROOM, "streams"), values).fetchall() if rows else []
    if any(lacks for _, _, lacks in found):
        # As the standard has it: what names no feature is of the place where its thing is.
        connection.execute(query(ROOM, "settle"), values)
    streams = {number: symbol for number, symbol, _ in found}
    features = {
        number
        for (number,) in (connection.execute(query(ROOM, "features"), values) if values["features"] else ())
    }
    wrong = {}
    for number, row in rows.items():
        if row.datastream not in streams:
            wrong[number] = InvalidInput.at(
                "Datastream.@iot.id", f"there is no {row.datastream} of Datastreams"
            )
        elif row.feature is not None and row.feature not in features:
            where = "FeatureOfInterest.@iot.id"
            wrong[number] = InvalidInput.at(where, f"there is no {row.feature} of FeaturesOfInterest")
        elif row.other is not None and row.other != "null" and streams[row.datastream]:
            wrong[number] = InvalidInput.at(
                "result", f"is no number; it is to be in {streams[row.datastream]}"
            )
    return wrong


def _write(
    connection: Connection[Any], reader: Reader, rows: dict[int, Row], found: list[Taken | CitygridError]
) -> None:
    ensure_months(connection, reader, {row.begins.date().replace(day=1) for row in rows.values()})
    # Always in the order of the key: two batches that meet wait for one another, and never both ways.
    order = sorted(rows, key=lambda number: (rows[number].datastream, rows[number].begins, number))
    values = _columns([rows[number] for number in order])
    new = set(connection.execute(query(ROOM, "put"), values).fetchall())
    differing = {place for (place,) in connection.execute(query(ROOM, "differing"), values)}
    for place, number in enumerate(order, 1):
        row = rows[number]
        key = (row.datastream, row.begins)
        if place in differing:
            found[number] = Conflict(
                f"datastream {row.datastream} has another value of {row.begins.isoformat()} already;"
                " PATCH changes it"
            )
        else:
            found[number] = Taken(*key, key in new)
            new.discard(key)


def ensure_months(connection: Connection[Any], reader: Reader, months: set[date]) -> None:
    """Make the tables of the months that are missing."""
    values = {"months": sorted(months)}
    missing = [month for (month,) in connection.execute(query(ROOM, "months_missing"), values)]
    if missing:
        with as_platform(connection, reader):
            connection.execute(query(ROOM, "months_make"), {"months": missing})


def _columns(rows: list[Row]) -> dict[str, list[Any]]:
    return {
        "datastream": [row.datastream for row in rows],
        "begins": [row.begins for row in rows],
        "ends": [row.ends for row in rows],
        "result": [row.result for row in rows],
        "other": [row.other for row in rows],
        "result_time": [row.result_time for row in rows],
        "quality": [row.quality for row in rows],
        "valid_from": [row.valid_from for row in rows],
        "valid_until": [row.valid_until for row in rows],
        "parameters": [row.parameters for row in rows],
        "feature": [row.feature for row in rows],
    }


def change(connection: Connection[Any], key: tuple[int, datetime], body: Any) -> bool:
    """Correct an observation (PATCH): result, quality, other times; tells whether it is there."""
    row = connection.execute(query(ROOM, "one"), {"datastream": key[0], "begins": key[1]}).fetchone()
    if row is None:
        return False
    if not isinstance(body, dict):
        raise InvalidInput.at("body", "must be an object")
    for name in ("phenomenonTime", "Datastream"):
        if name in body:
            raise InvalidInput.at(name, "is what an observation is named by: delete it, and send another")
    whole = (
        orjson.loads(row[0]) | {"result": orjson.loads(row[1])} | body | {"Datastream": {"@iot.id": key[0]}}
    )
    changed = read(whole, datetime.now(UTC))
    wrong = _unfit(connection, {0: changed})
    if wrong:
        raise wrong[0]
    values = {name: column[0] for name, column in _columns([changed]).items()}
    return connection.execute(query(ROOM, "change"), values | {"begins": key[1]}).rowcount == 1
