"""The preview of a plan by street: how many grids and micro-grids, and how much of it they would cover."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from fastapi import APIRouter, Depends, Response

from api.dependencies import CityOf, ConnectionOf, ReaderOf
from api.me import not_kept
from api.paging import Number
from api.tags import tagged
from grid_editor import editing, store
from grid_editor.street_rates import street_rates

router = APIRouter(tags=["plans"], dependencies=[Depends(not_kept)])


@router.get("/api/plans/{identifier}/streets")
def streets(
    identifier: Number, connection: ConnectionOf, reader: ReaderOf, city: CityOf, answer: Response
) -> dict[str, Any]:
    """List the streets with the grids and micro-grids of the plan, and the share of each that they cover."""
    found = store.read(connection, identifier)
    state = editing.state_of(connection, city.bases, found)
    rates = street_rates(connection, city.bases, state, reader)
    return tagged(answer, {"etag": found.etag, "streets": [asdict(each) for each in rates]})
