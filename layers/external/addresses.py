"""Where we go for strangers, and where we do not: addresses of services, and the machines they lead to.

A service is registered by people who may not reach the machines that we may reach. So what is private,
of this machine or of the network's own is closed, unless the deployment names it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address
from urllib.parse import parse_qsl, quote, urlencode, urlsplit, urlunsplit

from spatial.errors import InvalidInput
from spatial.settings import Networks, Words

LONGEST_URL = 2_000
_METADATA = (ip_address("169.254.169.254"), ip_address("fd00:ec2::254"), ip_address("100.100.100.200"))
"""Where clouds hand out their keys: open to nobody, whatever is named."""
_SECRETS = ("token", "tk", "key", "apikey", "api_key", "ak", "access_token", "password", "pwd", "authkey")


@dataclass(frozen=True)
class Policy:
    """What the deployment opens beyond the public internet."""

    networks: Networks = ()
    hosts: Words = ()
    """Names that may lead to private addresses."""


def check_url(text: str, where: str = "url") -> str:
    """Check the address of a service, and give it without fragment; InvalidInput at `where`.

    Only http and https, a host, no user in it (that is what `user` is for), nothing that breaks a line.
    """
    if len(text) > LONGEST_URL or not text.isprintable() or " " in text or "\\" in text:
        raise InvalidInput.at(where, f"must be an address of at most {LONGEST_URL} letters without blanks")
    try:
        parts = urlsplit(text)
        port = parts.port
        host = (parts.hostname or "").encode("idna").decode()
    except (ValueError, UnicodeError):
        raise InvalidInput.at(where, "is not an address") from None
    if parts.scheme not in ("http", "https") or not host:
        raise InvalidInput.at(where, "must begin with http:// or https:// and name a host")
    if parts.username is not None or parts.password is not None:
        raise InvalidInput.at(where, "must not hold a user or password: send them as user and password")
    if any(name.lower() in _SECRETS for name, _ in parse_qsl(parts.query)):
        raise InvalidInput.at(where, "holds a key: send it as secret_query, which is kept encrypted")
    netloc = f"[{host}]" if ":" in host else host
    netloc += f":{port}" if port else ""
    path = quote(parts.path, safe="/%:@!$&'()*+,;=~")
    query = quote(parts.query, safe="/%:@!$&'()*+,;=~?")
    return urlunsplit((parts.scheme, netloc, path, query, ""))


def is_open(address: str, host: str, policy: Policy) -> bool:
    """Tell whether we may connect to a machine, by its address and the name it was found under."""
    found = _plain(ip_address(address.partition("%")[0]))
    if found in _METADATA:
        return False
    if any(found.version == network.version and found in network for network in policy.networks):
        return True
    if found.is_multicast or found.is_unspecified or found.is_reserved:
        return False
    return host.lower() in policy.hosts or found.is_global


def _plain(address: IPv4Address | IPv6Address) -> IPv4Address | IPv6Address:
    """Find the IPv4 address inside of an IPv6 one: mapped, 6to4, Teredo and NAT64 lead there."""
    if isinstance(address, IPv4Address):
        return address
    if address.teredo is not None:
        return address.teredo[1]
    inside = address.ipv4_mapped or address.sixtofour
    if inside is None and address in _NAT64:
        inside = IPv4Address(int(address) & 0xFFFFFFFF)
    return inside or address


class _Nat64:
    """64:ff9b::/96 and 64:ff9b:1::/48 (RFC 6052, 8215)."""

    def __contains__(self, address: IPv6Address) -> bool:
        return int(address) >> 32 == 0x64FF9B << 64 or int(address) >> 80 == 0x64FF9B0001


_NAT64 = _Nat64()


def choose(addresses: Sequence[str], host: str, policy: Policy) -> str:
    """Choose the address to connect to; InvalidInput when any that the name leads to is closed.

    All must be open: a name that leads to a public and to a private machine is a trick.
    """
    if not addresses:
        raise InvalidInput.at("url", "the name of its host is not known")
    if not all(is_open(each, host, policy) for each in addresses):
        raise InvalidInput.at(
            "url",
            "leads to an address of this machine or of a private network, which is closed: name it in"
            " CITYGRID_EXTERNAL_NETWORKS or CITYGRID_EXTERNAL_HOSTS",
        )
    return addresses[0]


def origin(url: str) -> tuple[str, str, int]:
    """Give scheme, host and port of an address."""
    parts = urlsplit(url)
    port = parts.port or (443 if parts.scheme == "https" else 80)
    return parts.scheme, (parts.hostname or "").lower(), port


def at_home(url: str, base: str) -> str:
    """Put an address that a service names onto the origin that was registered.

    Services behind a proxy name inner hosts, and hostile ones name others: neither is asked.
    """
    inner, outer = urlsplit(url), urlsplit(base)
    if not inner.netloc:
        path = inner.path if inner.path.startswith("/") else f"{outer.path.rstrip('/')}/{inner.path}"
        return urlunsplit((outer.scheme, outer.netloc, path, inner.query, ""))
    return urlunsplit((outer.scheme, outer.netloc, inner.path, inner.query, ""))


def with_query(url: str, **given: str | int | None) -> str:
    """Add parameters to an address, in place of those of the same name in any case."""
    parts = urlsplit(url)
    new = {name: str(value) for name, value in given.items() if value is not None}
    taken = {name.lower() for name in new}
    kept = [
        (name, text)
        for name, text in parse_qsl(parts.query, keep_blank_values=True)
        if name.lower() not in taken
    ]
    query = urlencode([*kept, *new.items()], safe="/:,", quote_via=quote)
    return urlunsplit((parts.scheme, parts.netloc, parts.path, query, ""))
