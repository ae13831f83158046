"""The two doors of single sign-on: off to the provider, and back from it with a session."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from hmac import compare_digest
from html import escape
from typing import Annotated, Any, TypeVar

import structlog
from anyio import to_thread
from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from joserfc.jwk import OctKey
from psycopg import Connection

from api.asgi import Scope
from api.city import City
from api.dependencies import TAKES_ANYTHING, CityOf
from api.login import life_of
from api.oidc.attempt import LIFE_S, Attempt, begin, own_path, seal, sealing_key, unseal
from api.oidc.provider import Provider
from api.oidc.refused import Refused
from api.sessions import origin_of, session_cookie
from spatial.database import session
from spatial.errors import NotFound
from spatial.people.identities import SESSION_NAME, account_of, person_of, spend_sign_on
from spatial.people.keys import Issued
from spatial.people.log_in import start_session
from spatial.rights.envelope import master_file, read_master
from spatial.rights.reader import SYSTEM, Reader
from spatial.settings import Settings

log = structlog.get_logger()
router = APIRouter(tags=["log in"])

LOGIN_PATH, CALLBACK_PATH = "/api/auth/oidc/login", "/api/auth/oidc/callback"
PLAIN_NAME, SECURE_NAME = "citygrid_sign_on", "__Host-citygrid_sign_on"
SEEN: dict[int | str, dict[str, Any]] = {
    303: {"description": "Off to the provider, or to `/?login_error=…` when it did not work"}
}
MOVING_ON = """<!doctype html>
<html lang="zh"><meta charset="utf-8"><title>citygrid</title>
<meta http-equiv="refresh" content="0;url={address}">
<p><a href="{address}">继续 · Continue</a></p></html>
"""
"""A page of our own: on a redirect from the provider browsers leave SameSite=Strict cookies at home."""
Found = TypeVar("Found")


@dataclass(frozen=True)
class SignOn:
    """Single sign-on as the settings want it."""

    provider: Provider
    key: OctKey
    """Seals what a browser keeps of a log-in under way."""
    link: str
    create: bool

    @classmethod
    def of(cls, settings: Settings) -> SignOn | None:
        """Set it up; None when the settings name no provider."""
        if settings.oidc_issuer is None:
            return None
        key = sealing_key(read_master(master_file(settings)))
        return cls(Provider(settings), key, settings.oidc_link, settings.oidc_create)


def _sign_on(request: Request) -> SignOn:
    found: SignOn | None = request.app.state.sign_on
    if found is None:
        raise NotFound("there is no single sign-on here")
    return found


SignOnOf = Annotated[SignOn, Depends(_sign_on)]


@router.get(LOGIN_PATH, status_code=303, response_class=RedirectResponse, responses=SEEN)
async def begin_single_sign_on(
    request: Request, sign_on: SignOnOf, following: Annotated[str, Query(alias="next")] = "/"
) -> RedirectResponse:
    """Send a browser to the provider of single sign-on; `next` is the page it shall come back to."""
    attempt = begin(_callback(request), own_path(following))
    try:
        address = await sign_on.provider.address(attempt)
    except Refused as refused:
        return _turned_away(request, refused)
    return _redirect(address, _cookie(request.scope, seal(attempt, sign_on.key), LIFE_S))


@router.get(CALLBACK_PATH, response_class=HTMLResponse, responses=SEEN)
async def finish_single_sign_on(
    request: Request,
    city: CityOf,
    sign_on: SignOnOf,
    state: str = "",
    code: str = "",
    error: str = "",
    iss: str = "",
) -> Response:
    """Take a browser back from the provider: the cookie of a session, and on to the page it wanted."""
    try:
        attempt = await _taken_up(request, city, sign_on, state)
        _check_answer(sign_on, code, error, iss)
        claims = await sign_on.provider.redeem(attempt, code, sign_on.link)
        issued, life = await _logged_in(request, city, sign_on, claims)
    except Refused as refused:
        return _turned_away(request, refused)
    page = MOVING_ON.format(address=escape(attempt.next))
    answer = HTMLResponse(page, headers=_headers(_cookie(request.scope, "", 0)))
    answer.headers.append("set-cookie", session_cookie(request.scope, issued.token, life))
    return answer


# A client must ignore what a provider says beyond the standard (RFC 6749, section 4.1.2).
TAKES_ANYTHING.add(finish_single_sign_on)


async def _taken_up(request: Request, city: City, sign_on: SignOn, state: str) -> Attempt:
    """Find the log-in that this browser began, and use it up whatever comes of it."""
    attempt = unseal(request.cookies.get(_cookie_name(request.scope), ""), sign_on.key, state)
    if not await _in_database(request, city, lambda db: spend_sign_on(db, attempt.digest, attempt.exp)):
        raise Refused("state", "the log-in was used already")
    return attempt


def _check_answer(sign_on: SignOn, code: str, error: str, iss: str) -> None:
    if error:
        raise Refused("denied" if error == "access_denied" else "provider", f"the provider says {error!r}")
    # RFC 9207: an answer of another provider must not be taken for one of ours.
    if iss and not compare_digest(iss.encode(), sign_on.provider.issuer.encode()):
        raise Refused("provider", f"the answer is from {iss!r}")
    if not code:
        raise Refused("provider", "it gives no code")


async def _logged_in(
    request: Request, city: City, sign_on: SignOn, claims: dict[str, Any]
) -> tuple[Issued, timedelta]:
    person = person_of(sign_on.provider.issuer, claims, sign_on.link)
    account = await _in_database(request, city, lambda db: account_of(db, person, sign_on.create))
    if account is None:
        raise Refused("unknown", f"no account for {person.username!r} (subject {person.subject!r})")
    if account.disabled:
        raise Refused("disabled", f"account {account.id} is disabled (subject {person.subject!r})")
    origin, life = origin_of(request.scope), life_of(city)

    def log_in(connection: Connection[Any]) -> Issued:
        return start_session(connection, account.id, origin, life, name=SESSION_NAME)

    # From here on, records carry the name of whom this is.
    platform = replace(SYSTEM, account_id=account.id, username=account.username)
    return await _in_database(request, city, log_in, platform), life


async def _in_database(
    request: Request, city: City, work: Callable[[Connection[Any]], Found], platform: Reader = SYSTEM
) -> Found:
    """Work for the platform itself, in a thread, without holding one while waiting for a connection."""
    reader = replace(platform, address=request.scope["address"], request=request.scope["request_id"])

    def run() -> Found:
        with session(city.database, reader) as connection:
            return work(connection)

    async with city.slots:
        return await to_thread.run_sync(run)


def _turned_away(request: Request, refused: Refused) -> RedirectResponse:
    address = request.scope["address"]
    log.warning("single sign-on refused", code=refused.code, reason=refused.reason, address=address)
    return _redirect(f"/?login_error={refused.code}", _cookie(request.scope, "", 0))


def _redirect(address: str, cookie: str) -> RedirectResponse:
    return RedirectResponse(address, 303, headers=_headers(cookie))


def _headers(cookie: str) -> dict[str, str]:
    return {"set-cookie": cookie, "cache-control": "no-store"}


def _callback(request: Request) -> str:
    return f"{request.scope['scheme']}://{request.headers.get('host', '')}{CALLBACK_PATH}"


def _cookie_name(scope: Scope) -> str:
    return SECURE_NAME if scope["scheme"] == "https" else PLAIN_NAME


def _cookie(scope: Scope, sealed: str, seconds: int) -> str:
    """Write the cookie of a log-in under way: it must come along when the provider sends the browser back."""
    secure = "; Secure" if scope["scheme"] == "https" else ""
    return f"{_cookie_name(scope)}={sealed}; Path=/; Max-Age={seconds}; HttpOnly; SameSite=Lax{secure}"
