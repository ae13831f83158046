"""The process `dispatch-replay`: what other rules or borders would have made of past events, as a job too."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import orjson

from api.dispatch_replay import EVERYBODY, NOW, replayed
from api.moments import moment
from api.ogc.processes.described import Input, Output, Process
from api.ogc.processes.desk import Desk
from api.ogc.processes.written import CSV
from grid_editor.bases import Bases
from spatial.database import session
from spatial.errors import Forbidden, InvalidInput, NotFound
from spatial.events.dispatch.reading import read_dispatcher
from spatial.events.dispatch.replay import as_csv, as_json, read_names
from spatial.rights.reader import SYSTEM
from spatial.rights.rules import ADMINISTRATORS

JSON = "application/json"
SHARE = 10
"""Events that are decided twice cost as much as so many points of other processes."""
MOST_CHANGES = 50_000
"""Changed events that are listed one by one; the counts are of all."""


def _run(desk: Desk, given: Mapping[str, Any], form: str) -> bytes:
    if desk.reader.role not in ADMINISTRATORS:
        raise Forbidden("replays are for administrators, who keep the duty list")
    since, until = moment(given["since"], "since"), _until(given)
    with session(desk.database, SYSTEM) as platform:
        dispatcher = read_dispatcher(platform)
    desk.tick(0.2, "replaying")
    with desk.connection() as connection:
        try:
            report = replayed(
                connection, Bases(desk.database), dispatcher, since, until, given.get("draft"),
                given.get("plan"), given["people"], desk.most_points // SHARE,
            )  # fmt: skip
        except NotFound as error:
            raise InvalidInput.at("draft" if "draft" in given else "plan", str(error)[:200]) from None
        names = read_names(connection)
    desk.tick(0.9, "writing")
    if form == CSV:
        return as_csv(report).encode()
    return orjson.dumps(as_json(report, names, MOST_CHANGES))


def _until(given: Mapping[str, Any]) -> datetime | None:
    return moment(given["until"], "until") if "until" in given else None


_MOMENT = {"type": "string", "maxLength": 40}

REPLAY = Process(
    "dispatch-replay",
    ("派遣回放", "Dispatch replay"),
    (
        "以权责清单草案或网格调整单，重新派遣过去的事件，给出去向变化与原因；供管理员在发布前查看。",
        "Decides past events anew by a draft of the duty list, or a plan of the grids, and says which would "
        "have gone to somebody else and why; for administrators, before it is published.",
    ),
    {
        "since": Input(("起", "Since"), _MOMENT, ("RFC 3339 时刻", "An RFC 3339 time"), required=True),
        "until": Input(("止", "Until"), _MOMENT, ("不含", "Exclusive; now unless told")),
        "draft": Input(
            ("权责清单草案", "Draft of the duty list"), {"type": "string", "minLength": 1, "maxLength": 200}
        ),
        "plan": Input(("网格调整单", "Plan"), {"type": "integer", "minimum": 1, "maximum": 2**63 - 1}),
        "people": Input(
            ("人员", "People"),
            {"type": "string", "enum": [EVERYBODY, NOW], "default": EVERYBODY},
            (
                "all 视为全员在岗；now 取此刻在岗、负荷与位置",
                "all: everybody available; now: duty, load and places of this moment",
            ),
        ),
    },
    Output("report", ("回放结果", "What would differ"), {JSON: {"type": "object"}, CSV: {"type": "string"}}),
    _run,
    ("派遣", "dispatch", "replay"),
    {"since": "2026-01-01T00:00:00+08:00", "people": EVERYBODY},
)
