"""Kinds of sensitive places: which there are, and to define them."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Response

from api.dependencies import ConnectionOf, ReaderOf
from api.me import not_kept
from api.schemas.places import KindChange, NewKind
from api.tags import Match, check_tag, tagged
from spatial.places import kinds

router = APIRouter(tags=["places"], dependencies=[Depends(not_kept)])

Json = dict[str, Any]
Key = Annotated[str, Path(max_length=60)]


@router.get("/api/place-kinds")
def place_kinds(connection: ConnectionOf) -> Json:
    """List the kinds of places (场所类型), those that are used no longer at the end."""
    return {"kinds": [asdict(each) for each in kinds.kinds(connection)]}


@router.post("/api/place-kinds", status_code=201)
def define(connection: ConnectionOf, reader: ReaderOf, sent: NewKind, answer: Response) -> Json:
    """Define a kind."""
    made = kinds.add(connection, reader, sent.model_dump(exclude={"retired"}))
    answer.headers["location"] = f"/api/place-kinds/{made.key}"
    return _shown(answer, made)


@router.get("/api/place-kinds/{key}")
def place_kind(key: Key, connection: ConnectionOf, answer: Response) -> Json:
    """Tell one kind."""
    return _shown(answer, kinds.kind(connection, key))


@router.patch("/api/place-kinds/{key}")
def redefine(
    key: Key, connection: ConnectionOf, reader: ReaderOf, sent: KindChange, match: Match, answer: Response
) -> Json:
    """Change a kind, retire it or take it back (`retired`)."""
    found = kinds.locked(connection, reader, key)
    check_tag(match, found.etag)
    return _shown(answer, kinds.change(connection, reader, found, sent.model_dump(exclude_unset=True)))


@router.delete("/api/place-kinds/{key}", response_model=None)
def forget(key: Key, connection: ConnectionOf, reader: ReaderOf, match: Match) -> Json | Response:
    """Delete a kind that no place has; one that is used is retired, and told as it is then."""
    found = kinds.locked(connection, reader, key)
    check_tag(match, found.etag)
    retired = kinds.remove(connection, reader, found)
    return Response(status_code=204) if retired is None else asdict(retired)


def _shown(answer: Response, found: kinds.Kind) -> Json:
    return tagged(answer, asdict(found))
