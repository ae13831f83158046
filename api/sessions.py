"""Sessions of browsers: the cookie that carries the key, and what keeps other sites from using it."""

from __future__ import annotations

import hashlib
from datetime import timedelta
from hmac import compare_digest

from api.asgi import Scope, header
from api.proxies import forwarded
from spatial.errors import Forbidden
from spatial.people.keys import AGENT_LENGTH, Origin

PLAIN_NAME, SECURE_NAME = "citygrid_session", "__Host-citygrid_session"
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
DEFAULT_PORTS = {"http": ":80", "https": ":443"}


def origin_of(scope: Scope) -> Origin:
    """Say where a request comes from, for keys and lock-out."""
    agent = (header(scope, b"user-agent") or b"").decode("latin-1")
    return Origin(scope["address"], "".join(filter(str.isprintable, agent[:AGENT_LENGTH])))


def session_cookie(scope: Scope, token: str, life: timedelta) -> str:
    """Write the Set-Cookie header of a new session.

    Over HTTPS its name starts with __Host-: then browsers take it from this very host and over HTTPS alone,
    so that no neighbour can put a session of their own in its place.
    """
    flags = f"Path=/; Max-Age={int(life.total_seconds())}; HttpOnly; SameSite=Strict"
    return f"{cookie_name(scope)}={token}; {flags}{'; Secure' if scope['scheme'] == 'https' else ''}"


def cleared_cookie(scope: Scope) -> str:
    """Write the Set-Cookie header that ends a browser's session."""
    return session_cookie(scope, "", timedelta(0))


def cookie_name(scope: Scope) -> str:
    """Name the one cookie that is believed on this connection."""
    return SECURE_NAME if scope["scheme"] == "https" else PLAIN_NAME


def session_token(scope: Scope, cookies: bytes) -> str | None:
    """Find the session's token among the cookies."""
    name = cookie_name(scope).encode()
    for cookie in cookies.split(b";"):
        key, _, value = cookie.strip().partition(b"=")
        if key == name and value:
            return value.decode("latin-1")
    return None


def csrf_of(token: str) -> str:
    """Derive what a page must send along from its session's token; another site can read neither."""
    return hashlib.sha256(b"citygrid csrf\0" + token.encode("utf-8", "surrogatepass")).hexdigest()


def check_csrf(scope: Scope, csrf: str) -> None:
    """Refuse a change by cookie that our own page did not ask for; Forbidden."""
    check_same_site(scope)
    sent = header(scope, b"x-csrf-token") or b""
    if not compare_digest(sent, csrf.encode()):
        raise Forbidden("a change by cookie needs the header X-CSRF-Token with `csrf` of /api/me")


def check_same_site(scope: Scope) -> None:
    """Refuse what a browser says comes from a page of another origin; Forbidden."""
    origin, fetch_site = header(scope, b"origin"), header(scope, b"sec-fetch-site")
    if origin is not None and not _is_own(scope, origin.decode("latin-1").lower()):
        raise Forbidden("the page that asks is not of this site")
    if fetch_site not in (None, b"same-origin", b"none"):
        raise Forbidden("the page that asks is not of this site")


def _is_own(scope: Scope, origin: str) -> bool:
    host = (forwarded(scope, "host") or (header(scope, b"host") or b"").decode("latin-1")).lower()
    port = DEFAULT_PORTS.get(scope["scheme"], "")
    return bool(host) and origin.removesuffix(port) == f"{scope['scheme']}://{host}".removesuffix(port)
