"""Another city's server, read from where we stopped to now: windows of time that miss nothing. Pure.

GeoReport v2 has no cursor. A server answers with requests of a span of 90 days at most, and 1,000 of them at
most, without saying so. So the time is read in windows that are halved until an answer is clearly whole.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from spatial.errors import InvalidInput, Problem, Unavailable
from spatial.partners.open311.wire import moment, read_moment

Json = dict[str, Any]
Row = dict[str, Any]
LONGEST = timedelta(days=90)
"""Span of one answer."""
FULL = 1_000
"""Requests of an answer that may not be all."""
_ROUND = frozenset({10, 20, 25, 30, 50, 100, 150, 200, 250, 300, 400, 500, 600, 750, 800, 900})
"""Numbers of requests that look like a limit that nobody told us of: asked again, in halves."""
SHORTEST = timedelta(seconds=1)
HEEDLESS = "the server gives the same requests for other dates: what it leaves out cannot be asked for"
DEFAULTS: Json = {
    "every_minutes": 15, "overlap_hours": 48, "first_days": 7, "format": "xml", "most_rows": FULL,
}  # fmt: skip
_KNOWN = ("url", "jurisdiction_id", "service_code", "since", *DEFAULTS)
_BOUNDS = {
    "every_minutes": (1, 1440), "overlap_hours": (0, 2160), "first_days": (0, 3650), "most_rows": (1, FULL),
}  # fmt: skip


def check_options(options: Json) -> list[Problem]:
    """Say what is wrong with how another city's server is asked."""
    problems = [
        Problem(f"options.{name[:60]}", "is not known here") for name in options if name not in _KNOWN
    ]
    given = DEFAULTS | options
    if not isinstance(given.get("url"), str):
        problems.append(Problem("options.url", "must be the address of its endpoint, such as https://…/v2"))
    for name, (least, most) in _BOUNDS.items():
        if not _is_int(given[name]) or not least <= given[name] <= most:
            problems.append(Problem(f"options.{name}", f"must be between {least} and {most}"))
    if given["format"] not in ("xml", "json"):
        problems.append(Problem("options.format", "must be xml or json"))
    return [*problems, *_text_problems(given)]


def _text_problems(given: Json) -> Iterator[Problem]:
    for name in ("jurisdiction_id", "service_code"):
        text = given.get(name)
        if text is not None and not (isinstance(text, str) and 0 < len(text) <= 500 and text.isprintable()):
            yield Problem(f"options.{name}", "must be a text of 500 characters at most")
    if given.get("since") is not None:
        try:
            read_moment(str(given["since"]), "options.since")
        except InvalidInput as error:
            yield error.problems[0]


def _is_int(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


@dataclass(frozen=True)
class Window:
    """A span of the moments at which requests were made."""

    start: datetime
    end: datetime

    def halves(self) -> tuple[Window, Window]:
        """Cut it; a request at the cut itself is in both."""
        middle = self.start + (self.end - self.start) / 2
        middle = middle.replace(microsecond=0)
        return Window(self.start, middle), Window(middle, self.end)


def windows(options: Json, read_until: datetime | None, now: datetime) -> list[Window]:
    """Cut the time from where reading stopped to now; the end of what was read is read again.

    A clock that is wrong there, and requests that are entered late, are caught by the overlap.
    """
    given = DEFAULTS | options
    if read_until is not None:
        start = read_until - timedelta(hours=given["overlap_hours"])
    elif given.get("since"):
        start = read_moment(str(given["since"]), "since")
    else:
        start = now - timedelta(days=given["first_days"])
    start, now = _whole(start), _whole(now) + SHORTEST
    cuts = []
    while start < now:
        end = min(now, start + LONGEST - timedelta(days=1))
        cuts.append(Window(start, end))
        start = end
    return cuts


def _whole(at: datetime) -> datetime:
    return at.astimezone(UTC).replace(microsecond=0)


def address(options: Json, window: Window) -> str:
    """Write the address of a question for the requests of a window; the key is added by whoever asks."""
    given = DEFAULTS | options
    asked = {name: given[name] for name in ("jurisdiction_id", "service_code") if given.get(name)}
    asked |= {"start_date": moment(window.start), "end_date": moment(window.end)}
    return f"{given['url'].rstrip('/')}/requests.{given['format']}?{urlencode(asked)}"


@dataclass
class Reading:
    """Reads windows one answer after another: `ask` gives the next question, `told` takes its rows."""

    options: Json
    left: list[Window]
    note: str | None = None
    """What is odd about the server."""
    _until: datetime | None = field(init=False)
    _same: frozenset[str] = frozenset()
    """Names of the requests of the answer before."""
    _within: Window | None = None
    """When all of those were made, by all answers that had just them."""

    def __post_init__(self) -> None:
        self._until = self.left[-1].end - SHORTEST if self.left else None

    def ask(self) -> str | None:
        """Give the address to ask next; None when all is read."""
        return address(self.options, self.left[0]) if self.left else None

    def told(self, rows: Sequence[Row]) -> bool:
        """Take an answer; True: it is whole. One that may be cut short is asked for again, in halves.

        Unavailable when even a second of a busy city is not given whole; more than `most_rows` were not cut.
        """
        window, most = self.left[0], (DEFAULTS | self.options)["most_rows"]
        useless = self._repeats(window, rows) or window.end - window.start <= SHORTEST
        if len(rows) == most and useless:
            raise Unavailable(self.note or f"the server gives no more than {most} requests of one second")
        if not useless and (len(rows) >= most or len(rows) in _ROUND):
            self.left[:1] = window.halves()
            return False
        self.left.pop(0)
        return True

    def _repeats(self, window: Window, rows: Sequence[Row]) -> bool:
        """Tell whether the same requests come for spans without a common moment: halves are no use then."""
        same = frozenset(str(row.get("service_request_id") or row.get("token") or "") for row in rows) - {""}
        if same != self._same or self._within is None:
            self._same, self._within = same, window
            return False
        start, end = max(self._within.start, window.start), min(self._within.end, window.end)
        if start <= end:
            self._within = Window(start, end)
            return False
        if same:
            self.note = HEEDLESS
        return bool(same)

    @property
    def read_until(self) -> datetime | None:
        """Say up to when everything was read; None: there was nothing to read."""
        return self.left[0].start if self.left else self._until


def default_mapping(categories: Mapping[str, str]) -> Json:
    """Make the mapping of an ordinary server: its service codes to our matters."""
    when = {"date": {"read": "iso8601", "zone": "UTC"}}
    return {
        "fields": {
            "external_id": {"path": "$.service_request_id"},
            "category": {"path": "$.service_code", "table": dict(categories)},
            "title": {"path": "$.service_name", "text": {"most": 200}},
            "description": {"path": "$.description", "text": {"most": 5000}},
            "lon": {"path": "$.long", "number": {}},
            "lat": {"path": "$.lat", "number": {}},
            "address": {"first_of": ["$.address", "$.address_string"], "text": {"most": 200}},
            "occurred_at": {"path": "$.requested_datetime", **when},
            "attributes.open311_status": {"path": "$.status"},
            "attributes.open311_service": {"path": "$.service_name", "text": {"most": 200}},
            "attributes.media_url": {"path": "$.media_url", "text": {"most": 1000}},
        }
    }
