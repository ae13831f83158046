"""Addresses of other servers that we may talk to about secrets."""

from __future__ import annotations

from ipaddress import ip_address
from urllib.parse import urlsplit


def is_safe_url(text: str) -> bool:
    """Tell whether an absolute URL keeps what is sent there secret: https, or http on this machine.

    It must be printable ASCII and carry neither a name with a password nor a fragment.
    """
    if not text.isascii() or not text.isprintable() or " " in text:
        return False
    try:
        parts = urlsplit(text)
        parts.port  # noqa: B018 — reading it is what checks it
    except ValueError:
        return False
    if not parts.hostname or "@" in parts.netloc or parts.fragment:
        return False
    return parts.scheme == "https" or (parts.scheme == "http" and is_this_machine(parts.hostname))


def is_this_machine(host: str) -> bool:
    """Tell whether a host name or address is this machine by its spelling alone."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host.lower() == "localhost"
