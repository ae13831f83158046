"""A provider that does not keep to the rules is bounded in time and size, and believed in nothing."""

from __future__ import annotations

import datetime
import json
import ssl
import time
from collections.abc import Iterator
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import anyio
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from api.oidc import calls
from api.oidc import provider as providers
from api.oidc.attempt import begin
from api.oidc.provider import Provider
from api.oidc.refused import Refused
from spatial.settings import Secret, Settings
from tests.api.sso.hostile import (
    CLIENT_ID,
    CLIENT_SECRET,
    Hostile,
    dripping,
    fresh_key,
    hostile_provider,
    packed,
    send,
)

CALLBACK = "https://city.example/api/auth/oidc/callback"
CONFIGURATION = "/.well-known/openid-configuration"


@pytest.fixture
def hostile() -> Iterator[Hostile]:
    with hostile_provider() as provider:
        yield provider


def settings_for(hostile: Hostile, **more: Any) -> Settings:
    given = {
        "oidc_issuer": hostile.issuer,
        "oidc_client_id": CLIENT_ID,
        "oidc_client_secret": Secret(CLIENT_SECRET),
    }
    return Settings(**{**given, **more})


async def log_in(provider: Provider, hostile: Hostile, link: str = "preferred_username") -> dict[str, Any]:
    """Go the whole way that routes.py goes, without a browser."""
    attempt = begin(CALLBACK, "/")
    code = hostile.authorize(await provider.address(attempt))
    return await provider.redeem(attempt, code, link)


def refusal(hostile: Hostile, **more: Any) -> Refused:
    """Try to log in and give the reason why it did not work."""
    with pytest.raises(Refused) as refused:
        anyio.run(log_in, Provider(settings_for(hostile, **more)), hostile)
    return refused.value


def test_an_honest_provider_is_believed(hostile: Hostile) -> None:
    """PKCE, the address to come back to and the secret's odd characters are checked by the provider."""
    claims = anyio.run(log_in, Provider(settings_for(hostile)), hostile)
    assert (claims["sub"], claims["preferred_username"]) == ("s-1", "wang")
    assert hostile.refusals == []


def test_we_ask_for_a_code_with_pkce_and_nothing_else(hostile: Hostile) -> None:
    attempt = begin(CALLBACK, "/")
    code = hostile.authorize(anyio.run(Provider(settings_for(hostile)).address, attempt))
    asked = hostile.codes[code]
    assert asked["response_type"] == "code"
    assert asked["code_challenge_method"] == "S256"
    assert len(asked["code_challenge"]) == 43
    assert (asked["state"], asked["nonce"]) == (attempt.state, attempt.nonce)
    assert attempt.verifier not in json.dumps(asked)
    assert asked["scope"].split()[0] == "openid"


@pytest.mark.parametrize(
    ("secret", "offered", "in_header"),
    [
        (None, ["client_secret_basic"], False),
        (Secret("s"), ["client_secret_post"], False),
        (Secret("s"), ["client_secret_post", "client_secret_basic"], True),
        (Secret("s"), [], True),
    ],
)
def test_how_we_prove_who_we_are(hostile: Hostile, secret, offered: list[str], in_header: bool) -> None:
    hostile.metadata["token_endpoint_auth_methods_supported"] = offered
    refusal(hostile, oidc_client_secret=secret)
    form, authorization = hostile.token_requests[0]
    assert authorization == ("Basic Y2l0eWdyaWQ6cw==" if in_header else "")
    assert form.get("client_secret") == (secret.value if secret and not in_header else None)
    assert form.get("client_id") == (None if in_header else CLIENT_ID)
    assert len(form["code_verifier"]) == 43


def test_discovery_and_keys_are_asked_once(hostile: Hostile) -> None:
    async def many() -> None:
        provider = Provider(settings_for(hostile))
        async with anyio.create_task_group() as group:
            for _ in range(12):
                group.start_soon(log_in, provider, hostile)

    anyio.run(many)
    assert hostile.asked.count(CONFIGURATION) == 1
    assert hostile.asked.count("/jwks") == 1
    assert hostile.asked.count("/token") == 12


def test_a_new_key_is_fetched_when_a_token_names_it(hostile: Hostile, monkeypatch) -> None:
    monkeypatch.setattr(providers, "NEW_KEYS_S", 0.0)

    async def rotate() -> str:
        provider = Provider(settings_for(hostile))
        await log_in(provider, hostile)
        hostile.keys.insert(0, fresh_key())
        return str((await log_in(provider, hostile))["sub"])

    assert anyio.run(rotate) == "s-1"
    assert hostile.asked.count("/jwks") == 2


def test_unknown_keys_do_not_make_us_ask_without_end(hostile: Hostile) -> None:
    hostile.sign = lambda self, claims: self.signed(claims, fresh_key())

    async def often() -> None:
        provider = Provider(settings_for(hostile))
        for _ in range(5):
            with pytest.raises(Refused, match="No key for kid"):
                await log_in(provider, hostile)

    anyio.run(often)
    assert hostile.asked.count("/jwks") == 1


def test_a_missing_claim_is_asked_for_at_userinfo(hostile: Hostile) -> None:
    hostile.claims = lambda claims: {k: v for k, v in claims.items() if k != "preferred_username"}
    hostile.userinfo = {"sub": "s-1", "preferred_username": "wang", "iss": "https://evil.example"}
    claims = anyio.run(log_in, Provider(settings_for(hostile)), hostile)
    assert claims["preferred_username"] == "wang"
    assert claims["iss"] == hostile.issuer, "userinfo never replaces what was signed"


def test_userinfo_of_somebody_else_is_not_believed(hostile: Hostile) -> None:
    hostile.claims = lambda claims: {k: v for k, v in claims.items() if k != "preferred_username"}
    hostile.userinfo = {"sub": "s-2", "preferred_username": "wang"}
    assert refusal(hostile).code == "token"


@pytest.mark.parametrize("path", [CONFIGURATION, "/token", "/jwks"])
def test_redirects_are_not_followed(hostile: Hostile, path: str) -> None:
    with hostile_provider() as other:
        hostile.answers[path] = lambda handler: send(handler, 307, b"", Location=other.issuer + path)
        found = refusal(hostile)
        assert (found.code, other.asked) == ("provider", [])
        assert "redirect" in found.reason


@pytest.mark.parametrize("path", [CONFIGURATION, "/token", "/jwks"])
def test_long_answers_are_not_read_to_the_end(hostile: Hostile, path: str) -> None:
    hostile.answers[path] = lambda handler: send(handler, 200, b" " * (calls.ANSWER_BYTES + 1) + b"{}")
    assert "longer" in refusal(hostile).reason


@pytest.mark.parametrize("path", [CONFIGURATION, "/token", "/jwks"])
def test_packed_answers_are_not_opened(hostile: Hostile, path: str) -> None:
    hostile.answers[path] = packed({"keys": [" " * 10_000_000]})
    assert "packed" in refusal(hostile).reason


@pytest.mark.parametrize("path", [CONFIGURATION, "/token", "/jwks"])
def test_a_dripping_provider_is_given_up(hostile: Hostile, path: str, monkeypatch) -> None:
    """Each byte comes in time, all of them never: only a limit on the whole helps."""
    monkeypatch.setattr(providers, "PATIENCE_S", 0.5)
    hostile.answers[path] = dripping(8)
    begun = time.monotonic()
    found = refusal(hostile)
    assert (found.code, time.monotonic() - begun < 5) == ("provider", True)


@pytest.mark.parametrize("path", [CONFIGURATION, "/token", "/jwks"])
@pytest.mark.parametrize("body", [b"", b"<html>", b"[]", b"null", b'"x"', b"\xff", b"[" * 200_000, b"{}"])
@pytest.mark.parametrize("status", [200, 400, 429, 500])
def test_nonsense_is_refused(hostile: Hostile, path: str, body: bytes, status: int) -> None:
    hostile.answers[path] = lambda handler: send(handler, status, body)
    assert refusal(hostile).code == "provider"


@pytest.mark.parametrize(
    "changed",
    [
        {"id_token": None},
        {"id_token": 5},
        {"id_token": ""},
        {"expires_in": "soon"},
        {"access_token": 5},
        {"access_token": {"a": 1}},
        {"error": "no", "error_description": ["<b>"]},
    ],
)
def test_a_strange_token_answer_is_refused(hostile: Hostile, changed: dict[str, Any]) -> None:
    hostile.claims = lambda claims: claims | {"at_hash": "AAAA"}
    hostile.token = changed
    assert refusal(hostile).code in ("provider", "code", "token")


def test_nobody_there(hostile: Hostile) -> None:
    with hostile_provider() as gone:
        pass
    assert refusal(gone).code == "provider"


def test_a_code_works_with_its_own_verifier_only(hostile: Hostile) -> None:
    async def swapped() -> None:
        provider = Provider(settings_for(hostile))
        ours, theirs = begin(CALLBACK, "/"), begin(CALLBACK, "/")
        code = hostile.authorize(await provider.address(theirs))
        await provider.redeem(ours, code, "sub")

    with pytest.raises(Refused) as refused:
        anyio.run(swapped)
    assert (refused.value.code, hostile.refusals) == ("code", ["verifier"])


def test_a_token_of_another_log_in_is_refused(hostile: Hostile) -> None:
    async def swapped() -> None:
        provider = Provider(settings_for(hostile))
        ours = begin(CALLBACK, "/")
        code = hostile.authorize(await provider.address(ours), nonce=begin(CALLBACK, "/").nonce)
        await provider.redeem(ours, code, "sub")

    with pytest.raises(Refused) as refused:
        anyio.run(swapped)
    assert (refused.value.code, "nonce" in refused.value.reason) == ("token", True)


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate of localhost that is its own authority, with its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.datetime.now(datetime.UTC)
    names = x509.SubjectAlternativeName([x509.DNSName("localhost"), x509.IPAddress(ip_address("127.0.0.1"))])
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(hours=1))
        .not_valid_after(now + datetime.timedelta(hours=1))
        .add_extension(names, critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    form = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    file = tmp_path_factory.mktemp("tls") / "localhost.pem"
    file.write_bytes(key.private_bytes(*form) + certificate.public_bytes(serialization.Encoding.PEM))
    return file


def test_https_is_checked_by_the_authority_of_the_settings(authority: Path) -> None:
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(authority)
    with hostile_provider(tls) as provider:
        claims = anyio.run(log_in, Provider(settings_for(provider, oidc_ca_file=authority)), provider)
        assert claims["sub"] == "s-1"
        assert "certificate verify failed" in refusal(provider).reason


def test_an_https_provider_cannot_point_at_this_machine(authority: Path) -> None:
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(authority)
    with hostile_provider(tls) as provider, hostile_provider() as victim:
        provider.metadata["jwks_uri"] = victim.issuer + "/jwks"
        assert "jwks_uri" in refusal(provider, oidc_ca_file=authority).reason
        assert victim.asked == []


def test_proxies_of_the_environment_are_not_asked(hostile: Hostile, monkeypatch) -> None:
    with hostile_provider() as proxy:
        monkeypatch.setenv("HTTP_PROXY", proxy.issuer.removesuffix("/realms/city"))
        monkeypatch.setenv("ALL_PROXY", proxy.issuer.removesuffix("/realms/city"))
        assert anyio.run(log_in, Provider(settings_for(hostile)), hostile)["sub"] == "s-1"
        assert proxy.asked == []
