"""Who really asks when a proxy stands between: X-Forwarded headers count only from a trusted proxy."""

from __future__ import annotations

from functools import cache, lru_cache
from ipaddress import IPv6Address, ip_address

import structlog

from api.asgi import Scope, header
from spatial.settings import Networks, Settings

log = structlog.get_logger()

_LONGEST_ADDRESS = 60


def client_address(scope: Scope, settings: Settings) -> str:
    """Return the address of the client; empty when the server knows none.

    Behind trusted proxies it is the last address of X-Forwarded-For that is none of theirs: whatever a client
    writes into that header itself stands further left.
    """
    client = scope.get("client")
    nearest = _plain(client[0]) if client else ""
    if not is_trusted(nearest, settings.trusted_proxies):
        return nearest
    for written in reversed(_listed(scope, b"x-forwarded-for")):
        address = _read(written)
        if address is None:
            break
        nearest = address
        if not is_trusted(nearest, settings.trusted_proxies):
            break
    return nearest


def look_through(scope: Scope, settings: Settings) -> None:
    """Write into an HTTP scope who really asks and how: `client`, `scheme` and `forwarded_by_trusted`."""
    client = scope.get("client")
    trusted = client is not None and is_trusted(_plain(client[0]), settings.trusted_proxies)
    scope["forwarded_by_trusted"] = trusted
    if not trusted:
        if client is not None and client[0] in ("127.0.0.1", "::1") and header(scope, b"x-forwarded-for"):
            _warn_of_proxy()
        return
    scope["client"] = (client_address(scope, settings), 0)
    scheme = forwarded(scope, "proto").lower()
    if scheme in ("http", "https"):
        scope["scheme"] = scheme


@cache
def _warn_of_proxy() -> None:
    """Say once that everybody looks like one client, whose quota and limits all of them share."""
    log.warning("a proxy on this machine is not trusted: set CITYGRID_TRUSTED_PROXIES to its address")


def forwarded(scope: Scope, name: str) -> str:
    """Return what the nearest proxy says of `name` (proto, host, prefix); empty when it says nothing.

    The last value counts: proxies that add to a list leave in front what the client itself wrote.
    """
    if not scope.get("forwarded_by_trusted"):
        return ""
    values = _listed(scope, f"x-forwarded-{name}".encode())
    return values[-1] if values else ""


def _listed(scope: Scope, name: bytes) -> list[str]:
    lines = [value.decode("latin-1") for key, value in scope["headers"] if key == name]
    return [word.strip() for word in ",".join(lines).split(",") if word.strip()]


def _plain(address: str) -> str:
    """Write an IPv4 address that came over IPv6 as what it is."""
    return address.removeprefix("::ffff:") if "." in address else address


def _read(written: str) -> str | None:
    """Read an entry of X-Forwarded-For, with or without a port; None when it is no address."""
    text = written[:_LONGEST_ADDRESS]
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        address = ip_address(text)
    except ValueError:
        return None
    return str((address.ipv4_mapped if isinstance(address, IPv6Address) else None) or address)


@lru_cache(4096)
def is_trusted(address: str, networks: Networks) -> bool:
    """Tell whether an address is one of ours, or lies in one of our networks."""
    if not networks:
        return False
    try:
        found = ip_address(address)
    except ValueError:
        return False
    return any(found in network for network in networks)
