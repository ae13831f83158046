"""Log in and out: a name and password become a key, for programs as a token and for browsers as a cookie."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request, Response

from api.city import City
from api.dependencies import CityOf, ReaderOf
from api.me import ONE_OF_FEW, Json, not_kept, who
from api.sessions import check_same_site, cleared_cookie, origin_of, session_cookie
from spatial.database import session
from spatial.people.accounts import platform_for
from spatial.people.keys import SESSION, Issued, revoke_key
from spatial.people.log_in import log_in

router = APIRouter(tags=["log in"], dependencies=[Depends(not_kept)])

Name = Annotated[str, Form(max_length=200)]
Word = Annotated[str, Form(max_length=1000)]
OPEN_DOOR = {"security": []}
"""For the OpenAPI document: no key is needed here."""


@router.post("/api/auth/token", dependencies=[ONE_OF_FEW], openapi_extra=OPEN_DOOR)
def token(request: Request, city: CityOf, username: Name, password: Word) -> dict[str, str | int]:
    """Exchange a name and password (OAuth2 password form) for a Bearer token."""
    issued = _enter(request, city, username, password)
    seconds = int(life_of(city).total_seconds())
    return {"access_token": issued.token, "token_type": "bearer", "expires_in": seconds}


@router.post("/api/auth/session", dependencies=[ONE_OF_FEW], openapi_extra=OPEN_DOOR)
def begin(request: Request, response: Response, city: CityOf, username: Name, password: Word) -> Json:
    """Log a browser in: the session's key comes as a cookie that no script can read."""
    check_same_site(request.scope)
    issued = _enter(request, city, username, password)
    known = city.keys.find(issued.token, origin_of(request.scope))
    with session(city.database, known.key.reader) as connection:
        body = who(connection, known.key.reader, known.csrf)
    response.headers["set-cookie"] = session_cookie(request.scope, issued.token, life_of(city))
    return body


@router.delete("/api/auth/session", status_code=204)
def end(request: Request, response: Response, city: CityOf, reader: ReaderOf) -> None:
    """Log out: the session's key is worth nothing from now on."""
    with session(city.database, platform_for(reader)) as connection:
        revoke_key(connection, reader.account_id or 0, reader.key_id or 0, (SESSION,))
    response.headers["set-cookie"] = cleared_cookie(request.scope)


@router.get("/api/auth/methods", openapi_extra=OPEN_DOOR)
def methods(request: Request, city: CityOf) -> Json:
    """Tell in which ways one can log in here."""
    title, url = city.settings.oidc_title, "/api/auth/oidc/login"
    has_sign_on = request.app.state.sign_on is not None
    return {"password": True, "oidc": {"title": title, "url": url} if has_sign_on else None}


def life_of(city: City) -> timedelta:
    """How long a session lasts."""
    return timedelta(hours=city.settings.token_hours)


def _enter(request: Request, city: City, username: str, password: str) -> Issued:
    origin, number = origin_of(request.scope), request.scope["request_id"]
    return log_in(city.database, username, password, origin, life_of(city), number)
