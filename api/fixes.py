"""The doors of fixes over HTTP: our own batches, and what apps send that are not ours, unchanged.

Each app is answered in its own way, for what it takes as "not delivered" it keeps and sends again. What is
acknowledged has been committed. What is refused for good (off duty, blocked, unreadable) is acknowledged and
counted. Of a device that nobody has taken up yet nothing is acknowledged, so that nothing is lost.
"""

from __future__ import annotations

from typing import Any

import orjson
from anyio.to_thread import run_sync

from api.asgi import (
    JSON,
    ClientGone,
    Headers,
    Receive,
    Scope,
    Send,
    check_method,
    parameters,
    read_body,
    respond,
)
from api.errors import respond_problem
from api.fix_apps import LARGE, Gpslogger, Osmand, Overland, Owntracks, Ulogger, refuse_waiting
from api.fix_calls import Answer, loaded, media_type
from api.fix_desk import FixDesk, Outcome
from spatial.errors import InvalidInput, NotFound, Problem
from spatial.geometry.read_files import ARROW
from spatial.patrols.protocols import gpx, own_arrow, own_json
from spatial.patrols.protocols.fixes import Batch, Source
from spatial.patrols.protocols.values import text
from spatial.patrols.senders import check_sender
from spatial.rights.reader import Reader

PATH = "/api/fixes"
PREFIX = f"{PATH}/"
MOST_JSON = 8 * 2**20
"""Bytes of one request; twenty thousand fixes with everything take 5 MB."""
MOST_FILE = 64 * 2**20
"""The same of columns and of GPX."""
MOST_ROWS = 200_000
MOST_POINTS = 50_000
"""Of a GPX file, whose points take more than rows: two weeks of walking with a fix each 10 seconds."""
MOST_VALUES = 600_000
SHOWN_PROBLEMS = 100
NO_DEVICE = "no_device"
"""Why a fix is not taken: there can be no device of that name for whoever sends."""

_FILES = (PATH, f"{PATH}/gpx", f"{PATH}/ulogger", f"{PATH}/ulogger/client/index.php")
_FRESH: Headers = [(b"cache-control", b"no-store")]


class FixesDoor:
    """ASGI application of /api/fixes and everything below it."""

    def __init__(self, desk: FixDesk) -> None:
        self.desk = desk
        doors = (Osmand(desk), Owntracks(desk), Overland(desk), Gpslogger(desk), Ulogger(desk))
        self._apps = {door.protocol: door for door in doors}

    def takes_files(self, path: str) -> bool:
        """Tell where bodies come that this door reads within limits of its own."""
        return path in _FILES

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            answer = await self._answer(scope, receive)
            await respond(send, answer.body, answer.content_type, answer.status, [*_FRESH, *answer.headers])
        except ClientGone:
            return
        except Exception as error:
            await respond_problem(send, error)

    async def _answer(self, scope: Scope, receive: Receive) -> Answer:
        name, _, rest = scope["path"].removeprefix(PATH).removeprefix("/").partition("/")
        app = self._apps.get(name)
        rest = rest.strip("/")
        if app is not None:
            # Whatever looks at the path from here on finds no key in it.
            scope["path"] = f"{PREFIX}{name}"
            return await app.answer(scope, receive, rest)
        if name not in ("", "gpx") or rest:
            raise NotFound("there is no such door")
        reader: Reader = scope["reader"]
        if name == "gpx":
            return await self._gpx(scope, receive, reader)
        check_method(scope, "GET", "HEAD", "POST")
        if scope["method"] == "POST":
            return await self._own(scope, receive, reader)
        parameters(scope, frozenset())
        return Answer(_DOORS)

    async def _own(self, scope: Scope, receive: Receive, reader: Reader) -> Answer:
        check_sender(reader)
        parameters(scope, frozenset())
        kind = media_type(scope)
        if kind not in ("application/json", ARROW):
            raise InvalidInput.at("Content-Type", f"must be application/json or {ARROW}")
        if kind == ARROW:
            body = await read_body(scope, receive, MOST_FILE)
            batch = await run_sync(own_arrow.parse, body, MOST_ROWS, limiter=self.desk.files)
        else:
            body = await read_body(scope, receive, MOST_JSON)
            batch = await run_sync(
                _json, body, limiter=self.desk.threads if len(body) < LARGE else self.desk.files
            )
        return _counted(await self.desk.take(reader, "own", Source.OWN, batch), batch)

    async def _gpx(self, scope: Scope, receive: Receive, reader: Reader) -> Answer:
        check_method(scope, "POST")
        check_sender(reader)
        given = parameters(scope, frozenset({"device"}))
        identity = text(given.get("device"), "device")
        body = await read_body(scope, receive, MOST_FILE)
        parsed = await run_sync(gpx.parse, body, MOST_POINTS, limiter=self.desk.files)
        batch = Batch.gathered([parsed])
        device = await self.desk.device(reader, "gpx", identity)
        outcome = await self.desk.take_of({0: device}, Source.GPX, batch)
        refuse_waiting(outcome)
        return _counted(outcome, batch)


def _json(body: bytes) -> Batch:
    return Batch.gathered(own_json.parse(loaded(body, MOST_VALUES)))


def _counted(outcome: Outcome, batch: Batch) -> Answer:
    """Say what became of everything that was sent."""
    taken = outcome.taken
    told: dict[str, Any] = {
        "taken": taken.taken,
        "new": taken.new,
        "known": taken.known,
        "events": outcome.events,
    }
    told["refused"] = dict(taken.refused) | ({NO_DEVICE: outcome.left_out} if outcome.left_out else {})
    told["waiting"] = list(outcome.waiting[:SHOWN_PROBLEMS])
    told["problems"] = [_shown(each) for each in (*outcome.problems, *batch.skipped)[:SHOWN_PROBLEMS]]
    return Answer(orjson.dumps(told), JSON)


def _shown(problem: Problem) -> dict[str, str]:
    return {"where": problem.where, "reason": problem.reason}


_DOORS = orjson.dumps(
    {
        "doors": {
            "own": {"path": PATH, "takes": ["application/json", ARROW]},
            "osmand": {"path": f"{PREFIX}osmand", "takes": ["query", "form", "application/json"]},
            "owntracks": {"path": f"{PREFIX}owntracks", "takes": ["application/json"]},
            "overland": {"path": f"{PREFIX}overland", "takes": ["application/json"]},
            "gpslogger": {"path": f"{PREFIX}gpslogger", "takes": ["query", "form", "application/json"]},
            "ulogger": {"path": f"{PREFIX}ulogger", "takes": ["form"]},
            "gpx": {"path": f"{PREFIX}gpx", "takes": ["application/gpx+xml"]},
        }
    }
)
