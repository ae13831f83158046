"""Who may read a layer, for administrators of the whole city."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from fastapi import APIRouter

from api.dependencies import ConnectionOf, ReaderOf
from api.schemas.accounts import Grants
from layers.grants import read_grants, write_grants
from spatial.database.notify import notify
from spatial.people.administration import check_over_everything

router = APIRouter(tags=["accounts"])

Json = dict[str, Any]


@router.get("/api/layers/{name}/grants")
def grants(name: str, connection: ConnectionOf, reader: ReaderOf) -> Json:
    """Show who may read a layer: `all`, or the accounts and organisations it is `granted` to."""
    check_over_everything(reader)
    return asdict(read_grants(connection, name))


@router.put("/api/layers/{name}/grants")
def replace(name: str, connection: ConnectionOf, reader: ReaderOf, sent: Grants) -> Json:
    """Replace who may read a layer; what was made for others before is thrown away on every process."""
    check_over_everything(reader)
    written = write_grants(connection, name, sent.audience, sent.accounts, sent.organisations)
    notify(connection, "everything")
    return asdict(written)
