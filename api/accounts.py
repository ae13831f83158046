"""Administration of accounts: made, changed, given passwords and keys by those who have more."""

from __future__ import annotations

from dataclasses import asdict
from datetime import timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request

from api.dependencies import CityOf, ConnectionOf, ReaderOf
from api.me import MOST_KEYS, ONE_OF_FEW, not_kept
from api.schemas.accounts import AccountChange, NewAccount, NewDevice
from api.sessions import origin_of
from spatial.database import session
from spatial.errors import Conflict, Forbidden
from spatial.people.accounts import set_password
from spatial.people.administration import (
    AdministeredAccount,
    administered,
    change_account,
    check_administrator,
    create_administered,
    for_account,
    list_accounts,
)
from spatial.people.keys import DEVICE, issue_key, list_keys, revoke_key
from spatial.people.passwords import hash_password, one_time_password

router = APIRouter(tags=["accounts"], dependencies=[Depends(not_kept)])

Json = dict[str, Any]
Page = Annotated[int, Query(ge=1, le=500)]
After = Annotated[int, Query(ge=0, le=2**63 - 1)]


@router.get("/api/accounts")
def accounts(connection: ConnectionOf, reader: ReaderOf, limit: Page = 100, after: After = 0) -> Json:
    """List the accounts that you administer, by number; `next` is where to go on."""
    found, following = list_accounts(connection, reader, after, limit)
    return {"accounts": [_shown(account) for account in found], "next": following}


@router.post("/api/accounts", status_code=201, dependencies=[ONE_OF_FEW])
def create(city: CityOf, reader: ReaderOf, sent: NewAccount) -> Json:
    """Make an account; its one-time password is shown this once."""
    check_administrator(reader)
    password = one_time_password()
    password_hash = hash_password(password)
    with session(city.database, reader) as connection:
        account = create_administered(connection, reader, sent.model_dump(), password_hash)
    return {**_shown(account), "password": password}


@router.get("/api/accounts/{identifier}")
def account(identifier: int, connection: ConnectionOf, reader: ReaderOf) -> Json:
    """Show one account."""
    return _shown(administered(connection, reader, identifier))


@router.patch("/api/accounts/{identifier}")
def change(identifier: int, connection: ConnectionOf, reader: ReaderOf, sent: AccountChange) -> Json:
    """Change an account; it keeps what is not sent. A disabled one has no key and no log-in from now on."""
    return _shown(change_account(connection, reader, identifier, sent.model_dump(exclude_unset=True)))


@router.post("/api/accounts/{identifier}/password", dependencies=[ONE_OF_FEW])
def reset_password(identifier: int, city: CityOf, reader: ReaderOf) -> Json:
    """Give an account a one-time password, shown this once; its sessions and tokens end."""
    check_administrator(reader)
    if identifier == reader.account_id:
        raise Forbidden("your own password is changed with the old one: POST /api/me/password")
    password = one_time_password()
    password_hash = hash_password(password)
    with for_account(city.database, reader, identifier) as (connection, account):
        set_password(connection, account.id, password_hash, must_change=True)
    return {"password": password}


@router.get("/api/accounts/{identifier}/keys")
def keys(identifier: int, connection: ConnectionOf, reader: ReaderOf) -> Json:
    """List the good keys of an account."""
    account = administered(connection, reader, identifier)
    return {"keys": [asdict(key) for key in list_keys(connection, account.id)]}


@router.post("/api/accounts/{identifier}/keys", status_code=201)
def create_key(request: Request, identifier: int, city: CityOf, reader: ReaderOf, sent: NewDevice) -> Json:
    """Make a device key for the field app of an account that is a person in the field; shown this once."""
    with for_account(city.database, reader, identifier) as (connection, account):
        if account.worker_id is None:
            raise Conflict("the account is nobody in the field: give it a worker_id first")
        if len(list_keys(connection, account.id)) >= MOST_KEYS:
            raise Conflict(f"there are {MOST_KEYS} keys already: revoke some")
        issued = issue_key(
            connection, account.id, sent.name, timedelta(days=sent.days), DEVICE, "field",
            origin_of(request.scope), reader.account_id, sent.quota_per_minute,
        )  # fmt: skip
    return {**asdict(issued), "kind": DEVICE, "name": sent.name, "scope": "field"}


@router.delete("/api/accounts/{identifier}/keys/{key}", status_code=204)
def delete_key(identifier: int, key: int, city: CityOf, reader: ReaderOf) -> None:
    """Revoke a key of an account, at once and everywhere."""
    with for_account(city.database, reader, identifier) as (connection, account):
        revoke_key(connection, account.id, key)


def _shown(account: AdministeredAccount) -> Json:
    return {**asdict(account), "layers": sorted(account.layers)}
