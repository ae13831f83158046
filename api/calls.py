"""How keys are used: calls and bytes by hour or day, door and kind of answer."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Depends, Path, Query

from api.dependencies import ConnectionOf, ReaderOf
from api.me import not_kept
from api.schemas.webhooks import CallQuery
from spatial.partners import calls

router = APIRouter(tags=["exchange"], dependencies=[Depends(not_kept)])

Json = dict[str, Any]
Number = Annotated[int, Path(ge=1, le=2**63 - 1)]
DAYS = timedelta(days=29)
_CITY = ZoneInfo("Asia/Shanghai")


@router.get("/api/me/calls")
def own_calls(connection: ConnectionOf, reader: ReaderOf, asked: Annotated[CallQuery, Query()]) -> Json:
    """Add up the calls of all keys of your own, the last 30 days unless told."""
    since, until = _span(asked)
    return _told(calls.calls(connection, since, until, asked.by, account=reader.account_id), since, until)


@router.get("/api/keys/{identifier}/calls")
def calls_of_key(identifier: Number, connection: ConnectionOf, asked: Annotated[CallQuery, Query()]) -> Json:
    """Add up the calls of one key, of your own or of an account that you administer."""
    calls.check_key(connection, identifier)
    since, until = _span(asked)
    return _told(calls.calls(connection, since, until, asked.by, key=identifier), since, until)


def _span(asked: CallQuery) -> tuple[date, date]:
    asked.check()
    until = asked.until or max(datetime.now(_CITY).date(), asked.from_ or date.min)
    return asked.from_ or _before(until), until


def _before(day: date) -> date:
    return day - DAYS if day - date.min > DAYS else date.min


def _told(rows: list[Json], since: date, until: date) -> Json:
    """Give rows and their sum; `status` 2xx … 5xx."""
    for row in rows:
        row["status"] = f"{row.pop('status_class')}xx"
    sums = {name: sum(row[name] for row in rows) for name in ("calls", "bytes_in", "bytes_out")}
    return {"from": since, "until": until, **sums, "rows": rows}
