"""What stands in the environment becomes settings, or an error that names its variable."""

from __future__ import annotations

from ipaddress import ip_network

import pytest

from spatial.errors import InvalidInput
from spatial.settings import Settings

GOOD = {
    ("QUOTA_PER_MINUTE", "0"): 0,
    ("QUOTA_PER_MINUTE", " 50 "): 50,
    ("MAX_BODY_KB", "10"): 10,
    ("TRUSTED_PROXIES", "127.0.0.1, 10.0.0.0/8,::1,"): tuple(
        map(ip_network, ("127.0.0.1", "10.0.0.0/8", "::1"))
    ),
    ("HOSTS", "City.Example, b"): ("city.example", "b"),
    ("CORS_ORIGINS", "https://map.example:8443, http://a"): ("https://map.example:8443", "http://a"),
    ("CORS_ORIGINS", "https://[::1]:8"): ("https://[::1]:8",),
}


@pytest.mark.parametrize(("name", "text"), GOOD)
def test_good_values_are_read(name: str, text: str) -> None:
    assert getattr(Settings.from_env({f"CITYGRID_{name}": text}), name.lower()) == GOOD[name, text]


BAD = [
    ("QUOTA_PER_MINUTE", "-1"), ("QUOTA_PER_MINUTE", "many"), ("MAX_BODY_KB", "0"),
    ("TRUSTED_PROXIES", "10.0.0.1/8"), ("TRUSTED_PROXIES", "proxy.example"), ("TRUSTED_PROXIES", "*"),
    ("CORS_ORIGINS", "*"), ("CORS_ORIGINS", "null"), ("CORS_ORIGINS", "https://a/"),
    ("CORS_ORIGINS", "a.example"),
    ("CORS_ORIGINS", "https://"), ("CORS_ORIGINS", "https://u@a"), ("CORS_ORIGINS", "file:///a"),
    ("TLS_KEY", "/no/such/file"), ("TLS_CERTIFICATE", "/no/such/file"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "text"), BAD)
def test_bad_values_name_their_variable(name: str, text: str) -> None:
    with pytest.raises(InvalidInput, match=f"CITYGRID_{name}"):
        Settings.from_env({f"CITYGRID_{name}": text})


def test_nothing_is_trusted_by_itself() -> None:
    settings = Settings.from_env({})
    assert (settings.trusted_proxies, settings.hosts, settings.cors_origins) == ((), (), ())
    assert settings.tls_certificate is None
