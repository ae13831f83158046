"""Routes of whoever is logged in: who am I, my password, my keys."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import asdict
from datetime import timedelta
from typing import Any

from fastapi import APIRouter, Depends, Request, Response
from psycopg import Connection

from api.dependencies import CityOf, ConnectionOf, ReaderOf
from api.schemas.accounts import NewToken, PasswordChange
from api.sessions import origin_of
from spatial.database import session
from spatial.errors import Conflict, Forbidden, PasswordChangeNeeded
from spatial.people.accounts import place_of, platform_for
from spatial.people.keys import SESSION, issue_key, list_keys, revoke_key
from spatial.people.log_in import change_password
from spatial.rights.reader import Reader

Json = dict[str, Any]
MOST_KEYS = 100
"""Good keys that one account may have."""


def not_kept(response: Response) -> None:
    """Let nobody on the way keep an answer that holds or describes keys."""
    response.headers["cache-control"] = "no-store"


async def _one_of_few() -> AsyncIterator[None]:
    yield


ONE_OF_FEW = Depends(_one_of_few, scope="function", max_concurrency=4)
"""Hashing takes cores and memory on purpose: few at once, the others wait without holding a thread."""

router = APIRouter(tags=["log in"], dependencies=[Depends(not_kept)])


@router.get("/api/me")
def me(request: Request, connection: ConnectionOf, reader: ReaderOf) -> Json:
    """Tell who is logged in, and what a page of this session must send along (`csrf`)."""
    return who(connection, reader, request.scope["csrf"])


@router.post("/api/me/password", status_code=204, dependencies=[ONE_OF_FEW])
def password(city: CityOf, reader: ReaderOf, sent: PasswordChange) -> None:
    """Choose another password; all other sessions end."""
    change_password(city.database, reader, sent.old, sent.new)


@router.get("/api/me/keys")
def keys(connection: ConnectionOf, reader: ReaderOf) -> Json:
    """List the own sessions, tokens and device keys."""
    found = list_keys(connection, reader.account_id or 0)
    return {"keys": [{**asdict(key), "current": key.id == reader.key_id} for key in found]}


@router.post("/api/me/keys", status_code=201)
def create_key(request: Request, city: CityOf, reader: ReaderOf, sent: NewToken) -> Json:
    """Make a key for a program (QGIS, another system); it is shown this once."""
    if request.scope["key"].kind != SESSION:
        raise Forbidden("only a log-in makes keys: a key that was found must not make others")
    if reader.must_change_password:
        raise PasswordChangeNeeded("choose a password of your own first")
    account, origin = reader.account_id or 0, origin_of(request.scope)
    with session(city.database, platform_for(reader)) as connection:
        if len(list_keys(connection, account)) >= MOST_KEYS:
            raise Conflict(f"there are {MOST_KEYS} keys already: revoke some")
        issued = issue_key(
            connection, account, sent.name, timedelta(days=sent.days), scope=sent.scope, origin=origin
        )
    return {**asdict(issued), "kind": "token", "name": sent.name, "scope": sent.scope}


@router.delete("/api/me/keys/{identifier}", status_code=204)
def delete_key(identifier: int, city: CityOf, reader: ReaderOf) -> None:
    """Revoke a key of one's own, at once and everywhere."""
    with session(city.database, platform_for(reader)) as connection:
        revoke_key(connection, reader.account_id or 0, identifier)


def who(connection: Connection[Any], reader: Reader, csrf: str | None) -> Json:
    """Describe a reader: the body of /api/me."""
    return {
        "username": reader.username,
        "display_name": reader.display_name,
        "role": reader.role,
        "reach": reader.reach,
        "area": reader.area,
        **place_of(connection, reader),
        "must_change_password": reader.must_change_password,
        "csrf": csrf,
    }
