"""Playback (轨迹回放): the ways of one or thousands as an Arrow stream, and what happened meanwhile."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from functools import partial
from typing import Annotated, Any

import structlog
from fastapi import APIRouter, Depends, Query
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import StreamingResponse

from api.asgi import ClientGone
from api.city import City
from api.dependencies import CityOf, ConnectionOf, ReaderOf
from api.me import not_kept
from api.schemas.playback import HappeningsQuery, PlaybackQuery
from spatial.database import session
from spatial.errors import CitygridError, TooMany
from spatial.patrols.playback import happenings as told
from spatial.patrols.playback.planning import Plan, Wanted, plan
from spatial.patrols.playback.playing import play
from spatial.rights.reader import Reader

log = structlog.get_logger()
router = APIRouter(tags=["tracks"], dependencies=[Depends(not_kept)])

Json = dict[str, Any]
AT_ONCE = 4
"""Playbacks of one account at a time, in one process."""
LONGEST_S = 900.0
"""How long one may take, however slowly it is read."""
_ARROW = "application/vnd.apache.arrow.stream"
_running: Counter[int | None] = Counter()


@router.get("/api/playback", response_class=StreamingResponse, responses={200: {"content": {_ARROW: {}}}})
async def playback(
    city: CityOf, reader: ReaderOf, asked: Annotated[PlaybackQuery, Query()]
) -> StreamingResponse:
    """Play what people and vehicles did in [from, to): slices of time, an Arrow stream."""
    if _running[reader.account_id] >= AT_ONCE:
        raise TooMany(f"{AT_ONCE} playbacks are running already", 5)
    async with city.slots:
        found = await run_in_threadpool(_plan, city, reader, asked.wanted)
    headers = {"cache-control": "no-store", "x-accel-buffering": "no"}
    return StreamingResponse(_stream(city, reader, found), headers=headers, media_type=_ARROW)


@router.get("/api/playback/plan")
def playback_plan(
    connection: ConnectionOf, reader: ReaderOf, asked: Annotated[PlaybackQuery, Query()]
) -> Json:
    """Tell how much a playback would be: movers, fixes, bytes, slices."""
    found = plan(connection, reader, asked.wanted)
    return {
        "from": found.wanted.begin, "to": found.wanted.end, "fixes": found.fixes, "bytes": found.octets,
        "slices": found.slices, "slice_s": found.clock.slice_s, "tick_ms": found.clock.tick_ms,
        "to_grade": sum(part.due for part in found.parts),
        "days_elsewhere": sum(part.elsewhere for part in found.parts),
        "movers": [{"id": each.id, "kind": each.kind, "worker": each.worker_id} for each in found.movers],
    }  # fmt: skip


@router.get("/api/playback/happenings")
def playback_happenings(
    connection: ConnectionOf, _: ReaderOf, asked: Annotated[HappeningsQuery, Query()]
) -> Json:
    """List what happened in [from, to): events and their steps, cries for help, signs, results of patrols."""
    kinds, behind = asked.chosen, asked.behind
    found, after = told.happenings(connection, asked.span, kinds, asked.box, behind, asked.limit)
    return {"happenings": found, "next": after}


def _plan(city: City, reader: Reader, wanted: Wanted) -> Plan:
    with session(city.database, reader) as connection:
        return plan(connection, reader, wanted)


async def _stream(city: City, reader: Reader, found: Plan) -> AsyncIterator[bytes]:
    """Read a piece when the one before has been sent: who reads slowly, or has gone, costs nothing."""
    pieces = play(found, reader, partial(session, city.database, reader))
    until = time.monotonic() + LONGEST_S
    _running[reader.account_id] += 1
    try:
        while (piece := await _next(city, pieces)) is not None:
            yield piece
            if time.monotonic() > until:
                raise ClientGone
    except CitygridError as error:
        # The head is long sent: a stream without its end says that something is missing.
        log.warning("a playback was broken off", account=reader.account_id, reason=error.detail)
        raise ClientGone from error
    finally:
        _running[reader.account_id] -= 1
        if not _running[reader.account_id]:
            del _running[reader.account_id]


async def _next(city: City, pieces: Iterator[bytes]) -> bytes | None:
    async with city.slots:
        return await run_in_threadpool(next, pieces, None)
