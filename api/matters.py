"""Matters and the lists that they come from."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter

from api.dependencies import ConnectionOf
from spatial.errors import NotFound
from spatial.events.matters import mappings, matters, profiles

router = APIRouter(tags=["what there is"])

Json = dict[str, Any]


@router.get("/api/matters")
def listed(connection: ConnectionOf) -> Json:
    """List the matters (事项) that a report may name, and the lists there are (事项目录)."""
    return {"matters": matters(connection), "lists": profiles(connection)}


@router.get("/api/matters/lists/{name}")
def one(name: str, connection: ConnectionOf) -> Json:
    """Show a list with its matters, and which matter in use each of them may be, with score and evidence."""
    found = next((each for each in profiles(connection) if each["name"] == name), None)
    if found is None:
        raise NotFound(f"there is no list of matters '{name[:60]}'")
    may_be: dict[str, list[Json]] = {}
    for row in mappings(connection, name):
        may_be.setdefault(row.pop("code"), []).append(row)
    rows = [{**row, "may_be": may_be.get(row["code"], [])} for row in matters(connection, name)]
    return {**found, "matters": rows, "count": found["matters"]}
