"""An alarm and its answer in one call: trace, people, neighbours, forces, and drafts to confirm."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Depends

from api.dependencies import CityOf, ConnectionOf
from api.me import not_kept
from api.nearby import roads_of
from api.paging import Number
from api.schemas.assess import AssessSent
from lifeline.assessing.assess import assess as assessed

router = APIRouter(tags=["lifeline"], dependencies=[Depends(not_kept)])

Json = dict[str, Any]


@router.post("/api/lifeline/alarms/{identifier}/assess")
def assess(
    identifier: Number, connection: ConnectionOf, city: CityOf, sent: AssessSent | None = None
) -> Json:
    """Say what an alarm means, who is near and what may be done; nothing is changed by it."""
    sent = sent or AssessSent()
    return assessed(connection, city.networks, roads_of(city, sent.by), identifier, sent.wish())
