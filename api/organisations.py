"""Responsible units (责任单位): the list for everybody, changes by administrators of the whole city."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from fastapi import APIRouter

from api.dependencies import ConnectionOf, ReaderOf
from api.schemas.accounts import NewOrganisation, OrganisationChange
from spatial.people.administration import check_over_everything
from spatial.people.organisations import change_organisation, create_organisation, list_organisations

router = APIRouter(tags=["accounts"])

Json = dict[str, Any]


@router.get("/api/organisations")
def organisations(connection: ConnectionOf) -> Json:
    """List all organisations."""
    return {"organisations": [asdict(organisation) for organisation in list_organisations(connection)]}


@router.post("/api/organisations", status_code=201)
def create(connection: ConnectionOf, reader: ReaderOf, sent: NewOrganisation) -> Json:
    """Make an organisation."""
    check_over_everything(reader)
    return asdict(create_organisation(connection, sent.model_dump()))


@router.patch("/api/organisations/{identifier}")
def change(identifier: int, connection: ConnectionOf, reader: ReaderOf, sent: OrganisationChange) -> Json:
    """Change an organisation; its code stays what it is."""
    check_over_everything(reader)
    return asdict(change_organisation(connection, identifier, sent.model_dump(exclude_unset=True)))
