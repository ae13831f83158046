"""Devices: what sends fixes, who carries it, and those that wait to be taken up."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Response

from api.dependencies import CityOf, ConnectionOf, ReaderOf
from api.me import not_kept
from api.paging import Number, page
from api.schemas.devices import DeviceChange, DeviceQuery, Hand, NewDevice
from spatial.errors import NotFound
from spatial.patrols import devices as store
from spatial.rights.envelope import master_file

router = APIRouter(tags=["devices"], dependencies=[Depends(not_kept)])

Json = dict[str, Any]


@router.get("/api/devices")
def devices(connection: ConnectionOf, asked: Annotated[DeviceQuery, Query()]) -> Json:
    """List devices (定位设备) with whoever carries them; `state=waiting`: nobody has taken them up yet."""
    found = store.listed(connection, asked.state, asked.q, asked.mover, asked.after, asked.limit)
    return page("devices", found, asked.limit)


@router.post("/api/devices", status_code=201)
def add(connection: ConnectionOf, reader: ReaderOf, sent: NewDevice, answer: Response) -> Json:
    """Write a device that is to come; its fixes are taken once it is given to somebody."""
    made = store.add(connection, reader, sent.protocol, sent.identity, sent.name)
    answer.headers["location"] = f"/api/devices/{made}"
    return store.one(connection, made)


@router.get("/api/devices/{identifier}")
def device(identifier: Number, connection: ConnectionOf) -> Json:
    """Show a device with everybody who has carried it, and how many of its fixes were not taken and why."""
    return store.one(connection, identifier)


@router.patch("/api/devices/{identifier}")
def change(
    identifier: Number, connection: ConnectionOf, city: CityOf, reader: ReaderOf, sent: DeviceChange
) -> Json:
    """Name a device, block it or let it in again, and say how its messages are read."""
    store.change(connection, reader, identifier, sent.given())
    if "passphrase" in sent.model_fields_set:
        master = master_file(city.settings)
        store.set_passphrase(connection, reader, identifier, sent.passphrase, master)
    return store.one(connection, identifier)


@router.post("/api/devices/{identifier}/carriers")
def hand(identifier: Number, connection: ConnectionOf, reader: ReaderOf, sent: Hand) -> Json:
    """Give a device to a mover from a moment on, or to nobody; one that waits becomes active."""
    store.hand(connection, reader, identifier, sent.mover, sent.since)
    try:
        return store.one(connection, identifier)
    except NotFound:
        # In nobody's hands, or in a foreign area's, it is out of the reader's reach.
        return {"id": identifier, "mover": sent.mover}
