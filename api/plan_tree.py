"""The units of a plan as a tree, without their shapes: what an editor lists beside the map."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Depends, Response

from api.dependencies import CityOf, ConnectionOf, ReaderOf
from api.me import not_kept
from api.plans import Number, tagged
from grid_editor import editing, store
from grid_editor.reach import sees

router = APIRouter(tags=["plans"], dependencies=[Depends(not_kept)])

Json = dict[str, Any]
FIELDS = ("id", "level", "code", "parent", "name", "name_en", "generated")


@router.get("/api/plans/{identifier}/tree")
def tree(
    identifier: Number, connection: ConnectionOf, reader: ReaderOf, city: CityOf, answer: Response
) -> Json:
    """List every unit that the reader may know as a row of `fields`; a parent is named by its id."""
    found = store.read(connection, identifier)
    state = editing.state_of(connection, city.bases, found)
    seen = (unit for unit in state.units() if reader.sees_everything or sees(state, unit.id, reader))
    rows = sorted((unit.level, unit.code or "~", [getattr(unit, name) for name in FIELDS]) for unit in seen)
    return tagged(answer, {"etag": found.etag, "fields": FIELDS, "rows": [row for *_, row in rows]})
