"""What the public may report: administrators of the whole city say it in plain words."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter

from api.dependencies import ConnectionOf, ReaderOf
from api.schemas.public import MattersSent
from spatial.events.public import matters, put_matters
from spatial.people.administration import check_over_everything

router = APIRouter(tags=["public"])

Json = dict[str, Any]


@router.get("/api/public-matters")
def public_matters(connection: ConnectionOf) -> Json:
    """List what the public may report, each with the matter (事项) that it is."""
    return {"matters": matters(connection)}


@router.put("/api/public-matters")
def change(connection: ConnectionOf, reader: ReaderOf, sent: MattersSent) -> Json:
    """Put other matters in the place of those that are; reports that came in before stay what they are."""
    check_over_everything(reader)
    put_matters(connection, [each.model_dump() for each in sent.matters])
    return public_matters(connection)
