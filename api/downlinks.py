"""What terminals are told: texts, intervals, where they are; queued, written, confirmed."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Query, Response
from psycopg import Connection

from api.dependencies import ConnectionOf, ReaderOf
from api.me import not_kept
from api.schemas.downlinks import OrderQuery, OrderSent
from spatial.errors import NotFound
from spatial.patrols.downlinks import queue

router = APIRouter(tags=["devices"], dependencies=[Depends(not_kept)])

Json = dict[str, Any]
Number = Annotated[int, Path(ge=1, le=2**63 - 1)]


@router.post("/api/devices/{identifier}/messages", status_code=201)
def send(
    identifier: Number, connection: ConnectionOf, reader: ReaderOf, sent: OrderSent, answer: Response
) -> Json:
    """Have a device told something; sent again under the same client_id, it is the same (200)."""
    number, is_new = queue.send(connection, reader, identifier, sent.order())
    answer.status_code = 201 if is_new else 200
    answer.headers["location"] = f"/api/devices/{identifier}/messages/{number}"
    return _one(connection, identifier, number)


@router.get("/api/devices/{identifier}/messages")
def messages(identifier: Number, connection: ConnectionOf, asked: Annotated[OrderQuery, Query()]) -> Json:
    """List what a device was told, newest first, with what became of it; `next` is the next `before`."""
    found = queue.shown(connection, identifier, None, asked.state, asked.before, asked.limit)
    return {"messages": found, "next": found[-1]["id"] if len(found) == asked.limit else None}


@router.get("/api/devices/{identifier}/messages/{message}")
def message(identifier: Number, message: Number, connection: ConnectionOf) -> Json:
    """Show one thing that a device was told, and whether it has confirmed it."""
    return _one(connection, identifier, message)


def _one(connection: Connection[Any], device: int, number: int) -> Json:
    found = queue.shown(connection, device, number)
    if not found:
        raise NotFound(f"there is no message '{number}' to this device")
    return found[0]
