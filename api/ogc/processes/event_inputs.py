"""The inputs that analyses of events have in common: which events, over which days."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any

from api.moments import moment
from api.ogc.processes.described import Input
from api.ogc.processes.desk import Desk
from spatial.errors import InvalidInput
from spatial.events.occurrences import CLOCK, Occurrences, Which, midnight, read_occurrences

DEFAULT_DAYS = 90
MOST_DAYS = 3660
_CODE = {"type": "string", "minLength": 1, "maxLength": 40, "pattern": "^[0-9A-Za-z_.-]+$"}
_DAY = {"type": "string", "maxLength": 40}

EVENTS: Mapping[str, Input] = {
    "from": Input(
        ("起", "From"),
        _DAY,
        (
            "日期或 RFC 3339 时刻；缺省为 90 天前",
            "A day or an RFC 3339 time; 90 days before `to` unless told",
        ),
    ),
    "to": Input(
        ("止", "To"), _DAY, ("不含此日；缺省为明日", "The day after the last one; tomorrow unless told")
    ),
    "unit": Input(
        ("网格", "Unit"), _CODE, ("只取其内的事件，任何层级", "Only events inside, a unit of any level")
    ),
    "category": Input(("事项", "Matter"), _CODE),
    "class": Input(("事项大类", "Class of matters"), _CODE),
    "source": Input(("来源", "Source"), _CODE),
}


def which(given: Mapping[str, Any], days: int = DEFAULT_DAYS) -> Which:
    """Read the inputs; InvalidInput names the one that is wrong."""
    today = datetime.now(CLOCK).date()
    until = _moment(given, "to", midnight(today + timedelta(days=1)))
    since = _moment(given, "from", until - timedelta(days=days))
    if not since < until:
        raise InvalidInput.at("to", "must be after 'from'; it is the day after the last one")
    if until - since > timedelta(days=MOST_DAYS):
        raise InvalidInput.at("from", f"must be at most {MOST_DAYS:,} days before 'to'")
    return Which(since, until, *(given.get(name) for name in ("unit", "category", "class", "source")))


def read_events(desk: Desk, asked: Which) -> Occurrences:
    """Read the events that the reader may see."""
    desk.tick(0.0, "reading")
    with desk.connection() as connection:
        return read_occurrences(connection, asked, desk.most_points)


def span_of(asked: Which) -> dict[str, Any]:
    """Say which days were looked at."""
    return {"from": asked.since.isoformat(), "to": asked.until.isoformat()}


def _moment(given: Mapping[str, Any], name: str, otherwise: datetime) -> datetime:
    if name not in given:
        return otherwise
    try:
        return midnight(date.fromisoformat(given[name]))
    except ValueError:
        return moment(given[name], name)
    except OverflowError:
        raise InvalidInput.at(name, "is out of range") from None
