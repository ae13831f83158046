"""People in the field, to be chosen for a unit: by number, surname and place; names stay masked."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel, ConfigDict, Field

from api.dependencies import ConnectionOf
from api.me import not_kept
from api.schemas.plans import Storable
from spatial.people.workers import find_workers

router = APIRouter(tags=["personal data"], dependencies=[Depends(not_kept)])


class WorkerQuery(BaseModel):
    """Who is looked for."""

    model_config = ConfigDict(extra="forbid")

    q: Annotated[str, Field(max_length=60), Storable] = ""
    near: Annotated[str, Field(pattern="^[0-9A-Za-z]{0,30}$")] = ""
    """Code of a unit: those who work in the same community, then the same street, come first."""
    limit: Annotated[int, Field(ge=1, le=200)] = 20


@router.get("/api/workers")
def workers(connection: ConnectionOf, asked: Annotated[WorkerQuery, Query()]) -> dict[str, Any]:
    """Find field workers that you may see by a part of their code or by their surname; names are masked."""
    return {"workers": find_workers(connection, asked.q, asked.near, asked.limit)}
