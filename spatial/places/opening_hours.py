"""Opening hours (开放时间) in the notation of OpenStreetMap: open now, until when, or when again.

    state_at("Mo-Fr 09:00-17:00; PH off", now, holidays)      # Opening(is_open=False, changes_at=…)

The notation is read by a library. What it cannot know is done here: the holidays of this city, which are in
its working calendar (调休) and in no rule, and what people really write: 6：00-22：30, 周一至周五.
Pure. https://wiki.openstreetmap.org/wiki/Key:opening_hours/specification
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from itertools import pairwise
from zoneinfo import ZoneInfo

from opening_hours import OpeningHours, State, validate

ZONE = ZoneInfo("Asia/Shanghai")
LONGEST = 255
"""Characters of a value in OpenStreetMap; nothing longer is read."""
AHEAD = timedelta(days=370)
"""How far it is looked for the next time that it opens."""
_MOST_CHANGES = 400
"""Changes of state that are looked through until one opens: hours can be unknown for months."""
_MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
_ALWAYS = frozenset({"all time", "always", "24h", "24小时", "全天", "全天开放", "24小时开放", "全年开放"})
_DAYS = dict(zip("一二三四五六日天", ["Mo", "Tu", "We", "Th", "Fr", "Sa", "Su", "Su"], strict=True))
_QUOTED = re.compile(r'("[^"]*")')
_HOLIDAY = re.compile(r"\bPH\b", re.IGNORECASE)
_LISTED = re.compile(
    r"\b(Mo|Tu|We|Th|Fr|Sa|Su|PH|SH)\s*,\s*(?=(?:Mo|Tu|We|Th|Fr|Sa|Su|PH|SH)\b)", re.IGNORECASE
)
"""Days of one list; with a blank in it "Sa, Su off" would be two rules, and the first all of Saturday."""
_ONE_DAY = r"(?:(?:Mo|Tu|We|Th|Fr|Sa|Su)(?:-(?:Mo|Tu|We|Th|Fr|Sa|Su))?(?:\[[-0-9,]+\])?|PH|SH)(?![A-Za-z])"
_DAY_LIST = re.compile(rf"{_ONE_DAY}(?:,{_ONE_DAY})*", re.IGNORECASE)
_OWN_TIMES = re.compile(
    r"(?:(?<=:\d\d)|(?<=:\d\d\+)|(?<=24/7)|(?<=\boff)|(?<=\bclosed))\s*,\s*(?=(?:PH|SH)(?:,(?:PH|SH))*\s+\S)",
    re.IGNORECASE,
)
"""Where "Mo-Fr 09:00-17:00, PH 10:00-12:00" gives holidays times of their own, in place of the others."""


@dataclass(frozen=True)
class Opening:
    """What can be said of a place at a moment."""

    is_open: bool | None
    """None: it cannot be told."""
    changes_at: datetime | None = None
    """Open: when it closes; closed: when it opens next. None: not within a year, or not known."""


UNKNOWN = Opening(None)


def state_at(text: str | None, at: datetime, holidays: Collection[date] = ()) -> Opening:
    """Tell whether hours written as `text` are open at a zoned moment, and when that changes.

    holidays: the public holidays that are known; empty leaves them to the library's list for China. What
    cannot be read is Opening(None): never an error, for the texts are other people's.
    """
    hours = _read(text.strip(), frozenset(holidays)) if text else None
    if hours is None:
        return UNKNOWN
    local = at.astimezone(ZONE)
    try:
        state, _ = hours.state(local)
        if state == State.UNKNOWN:
            return UNKNOWN
        return Opening(state == State.OPEN, _next(hours, local, state))
    except (OverflowError, ValueError):
        return UNKNOWN


def is_readable(text: str) -> bool:
    """Tell whether hours can be read at all."""
    return _read(text.strip(), frozenset()) is not None


def _next(hours: OpeningHours, at: datetime, state: State) -> datetime | None:
    """Find when it closes, or opens: what is neither is passed over."""
    wanted = State.CLOSED if state == State.OPEN else State.OPEN
    moment: datetime | None = at
    for _ in range(_MOST_CHANGES):
        moment = hours.next_change(moment)
        if moment is None or moment > at + AHEAD:
            return None
        if hours.state(moment)[0] == wanted:
            return moment
    return None


@lru_cache(4096)
def _read(text: str, holidays: frozenset[date]) -> OpeningHours | None:
    if len(text) > LONGEST:
        return None
    plain = _plain(text)
    if holidays and _HOLIDAY.search(plain):
        dated = _with_dates(plain, _dates(holidays))
        # Written in a way that has no place for days: the library's own list is better than nothing.
        plain = dated if validate(dated) else plain
    return OpeningHours(plain, timezone=ZONE, country="CN") if validate(plain) else None


def _plain(text: str) -> str:
    """Write it in the letters of the notation; what stands in quotes is a remark and stays."""
    if text.strip().lower() in _ALWAYS:
        return "24/7"
    parts = _QUOTED.split(unicodedata.normalize("NFKC", text))
    return "".join(part if part.startswith('"') else _translated(part) for part in parts).strip()


def _translated(text: str) -> str:
    text = re.sub(r"\s*[–—~〜至到]\s*", "-", text)
    text = re.sub(r"[、]", ",", re.sub(r"[;。]", ";", text))
    text = re.sub(r"(?:周|星期|礼拜)([一二三四五六日天])", lambda found: f" {_DAYS[found[1]]}", text)
    text = re.sub(r"每天|每日", "Mo-Su ", re.sub(r"法定节假日|节假日", "PH ", text))
    text = re.sub(r"休息|闭馆|关闭|不开放", " off", text)
    return _LISTED.sub(r"\1,", re.sub(r"\s*-\s*", "-", re.sub(r"\s+", " ", text)))


def _with_dates(text: str, dates: str) -> str:
    """Write the days themselves in the place of PH: a rule of holidays and weekdays becomes two."""
    if any(";" in part or _HOLIDAY.search(part) for part in _QUOTED.split(text)[1::2]):
        # A remark that looks like a rule: left to the library's own list.
        return text
    rules = (rule.strip() for part in text.split(";") for rule in _OWN_TIMES.split(part))
    return "; ".join(each for rule in rules if rule for each in _rules(rule, dates))


def _rules(rule: str, dates: str) -> Iterable[str]:
    days = _DAY_LIST.match(rule)
    if days is None or not _HOLIDAY.search(days[0]) or _HOLIDAY.search(rule, days.end()):
        return [rule]
    # "Mo-Fr,PH 08:00-20:00" holds on those weekdays, and on holidays whatever their weekday; PH alone, or
    # before weekdays with a blank between, is holidays that fall on these. SH is the library's to know.
    others = [each.strip() for each in days[0].split(",") if not _HOLIDAY.fullmatch(each.strip())]
    times = rule[days.end() :]
    return [f"{','.join(others)}{times}", f"{dates}{times}"] if others else [f"{dates}{times}"]


def _dates(holidays: Collection[date]) -> str:
    """Write days as ranges: 2026 Oct 1-2026 Oct 7,2027 Jan 1."""
    days = sorted(holidays)
    starts = [days[0], *(day for before, day in pairwise(days) if day - before > timedelta(days=1))]
    ends = [*(before for before, day in pairwise(days) if day - before > timedelta(days=1)), days[-1]]
    return ",".join(
        _day(first) if first == last else f"{_day(first)}-{_day(last)}"
        for first, last in zip(starts, ends, strict=True)
    )


def _day(day: date) -> str:
    return f"{day.year} {_MONTHS[day.month - 1]} {day.day}"
