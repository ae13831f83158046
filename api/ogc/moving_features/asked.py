"""Read the parameters of moving features: time, box, instants, and what of them may stand together."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

from api.ogc.call import Call
from api.ogc.items import span
from api.ogc.parameters import ITEM_CHECKS, VALUE_CHECKS, Check, box_of, plain_of
from spatial.errors import InvalidInput
from spatial.patrols.moving.reading import EARLY, LATE, Wanted, number_of
from spatial.patrols.track_days import moment
from spatial.patrols.tracks import us_of

MOST_LIMIT = 1_000
MOST_INSTANTS = 500
"""More make an address that is too long."""
MOST_DAYS = 31
"""Of lines or values that are asked for at once."""
LEAF, SUB_TRAJECTORY, SUB_VALUE = "leaf", "subTrajectory", "subTemporalValue"


@dataclass(frozen=True)
class Asked:
    """What a request means."""

    wanted: Wanted
    """The time, that of the instants where there are some, and the box."""
    given: Mapping[str, str]
    """The parameters in plain form, for links to other pages."""
    limit: int
    behind: int
    cuts: bool
    """Whether lines or values are cut to the time."""
    leaf: tuple[int, ...] | None
    """Instants in POSIX microseconds, ascending."""


def _limit(text: str) -> str:
    return str(min(int(ITEM_CHECKS["limit"](text)), MOST_LIMIT))


def _token(text: str) -> str:
    if number_of(text) is None:
        raise ValueError("is not one of ours: follow the links next")
    return text


def _leaf(text: str) -> str:
    parts = text.split(",")
    if len(parts) > MOST_INSTANTS:
        raise ValueError(f"must be {MOST_INSTANTS:,} instants or fewer")
    moments = [VALUE_CHECKS["date-time"](part.strip()) for part in parts]
    times = [datetime.fromisoformat(each) for each in moments]
    if any(later <= sooner for sooner, later in pairwise(times)):
        raise ValueError("must be instants in ascending order, each once")
    return ",".join(moments)


CHECKS: Mapping[str, Check] = {
    "limit": _limit,
    "token": _token,
    "bbox": ITEM_CHECKS["bbox"],
    "datetime": ITEM_CHECKS["datetime"],
    LEAF: _leaf,
    SUB_TRAJECTORY: ITEM_CHECKS["skipGeometry"],
    SUB_VALUE: ITEM_CHECKS["skipGeometry"],
}

OF_MOVERS = ("limit", "token", "bbox", "datetime", SUB_TRAJECTORY)
OF_SEQUENCE = (*OF_MOVERS, LEAF)
OF_QUERY = ("datetime", LEAF, SUB_VALUE)
OF_PROPERTIES = ("limit", "token", "datetime", SUB_VALUE)
OF_PROPERTY = ("token", *OF_QUERY)
"""Parameters that each resource takes, besides `f` and `lang`."""


def read(call: Call, names: tuple[str, ...]) -> Asked:
    """Check the query of a request; InvalidInput with every place that is wrong."""
    given = plain_of(call.ask.query, {name: CHECKS[name] for name in names})
    cuts = "true" in (given.get(SUB_TRAJECTORY), given.get(SUB_VALUE))
    which = SUB_TRAJECTORY if SUB_TRAJECTORY in names else SUB_VALUE
    if cuts:
        _check_span(given, which)
    if LEAF in given and cuts:
        raise InvalidInput.at(LEAF, f"does not go together with {which}")
    leaf = _instants(given.get(LEAF))
    return Asked(
        wanted=Wanted(*_time(given, leaf), box_of(given, northing_first=False)),
        given=given,
        limit=int(given.get("limit", 10)),
        behind=int(given.get("token", 0)),
        cuts=cuts,
        leaf=leaf,
    )


def _check_span(given: Mapping[str, str], which: str) -> None:
    """Cut can only be what has two ends that are not too far apart."""
    since, until = span(given.get("datetime"))
    if since is None or until is None or "/" not in given["datetime"]:
        raise InvalidInput.at("datetime", f"must be an interval with two ends for {which}")
    if until - since > timedelta(days=MOST_DAYS):
        raise InvalidInput.at("datetime", f"must be {MOST_DAYS} days or less for {which}")


def _time(given: Mapping[str, str], leaf: tuple[int, ...] | None) -> tuple[datetime | None, datetime | None]:
    """Read the time; of instants only those matter that lie in it."""
    since, until = map(_near, span(given.get("datetime")))
    if leaf is None:
        return since, until
    first, last = _near(moment(leaf[0])), _near(moment(leaf[-1]))
    return max(filter(None, (since, first))), min(filter(None, (until, last)))


def _near(time: datetime | None) -> datetime | None:
    return None if time is None else min(max(time, EARLY), LATE)


def _instants(text: str | None) -> tuple[int, ...] | None:
    if text is None:
        return None
    return tuple(us_of(datetime.fromisoformat(each)) for each in text.split(","))
