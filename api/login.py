"""Log in: a name and password become a key."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Form

from api.dependencies import CityOf, ReaderOf
from spatial.database import session
from spatial.people.accounts import check_password, find_account, issue_token
from spatial.rights.reader import SYSTEM

router = APIRouter(tags=["log in"])


@router.post("/api/auth/token")
def log_in(
    city: CityOf,
    username: Annotated[str, Form(max_length=200)],
    password: Annotated[str, Form(max_length=1000)],
) -> dict[str, str | int]:
    """Exchange a name and password (OAuth2 password form) for a Bearer token."""
    life = timedelta(hours=city.settings.token_hours)
    with session(city.database, SYSTEM) as connection:
        account = find_account(connection, username)
    reader = check_password(account, password)
    with session(city.database, SYSTEM) as connection:
        token = issue_token(connection, reader.account_id or 0, "log-in", life)
    return {"access_token": token, "token_type": "bearer", "expires_in": int(life.total_seconds())}


@router.get("/api/me")
def me(reader: ReaderOf) -> dict[str, str]:
    """Tell who is logged in."""
    return {"username": reader.username, "display_name": reader.display_name, "role": reader.role}
