"""Routes for whoever watches the platform."""

from __future__ import annotations

import os

from fastapi import APIRouter
from starlette.responses import Response

from api.dependencies import CityOf
from api.measure import exposition
from spatial.database import session
from spatial.rights.reader import SYSTEM

router = APIRouter(tags=["health"])


@router.get("/healthz")
async def healthz() -> dict[str, str]:
    """Tell that the process is alive."""
    return {"status": "alive"}


@router.get("/readyz")
def readyz(city: CityOf) -> dict[str, object]:
    """Tell that the database answers, and which coverage version this process answers from."""
    with session(city.database, SYSTEM) as connection:
        connection.execute("SELECT 1")
    versions = {name: city.assignments(name).published.version for name in city.coverages()}
    return {"status": "ready", "coverages": versions, "worker": os.environ.get("CITYGRID_WORKER", "0")}


@router.get("/metrics", include_in_schema=False)
def metrics() -> Response:
    """Show the counters of all processes in the text format of Prometheus."""
    body = exposition(os.environ.get("PROMETHEUS_MULTIPROC_DIR"))
    return Response(body, media_type="text/plain; version=0.0.4; charset=utf-8")
