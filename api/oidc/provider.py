"""The provider that a city trusts: what it publishes about itself, its keys, and what it gives for a code."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import anyio
import httpx2
from authlib.common.errors import AuthlibBaseError
from authlib.integrations.httpx_client import AsyncOAuth2Client
from authlib.oauth2.auth import encode_client_secret_basic
from joserfc.jwk import KeySet

from api.oidc.attempt import Attempt
from api.oidc.calls import PATIENCE_S, STEP_S, BoundedTransport, trusted_by
from api.oidc.id_token import Expected, UnknownKey, read_keys, verify
from api.oidc.refused import Refused
from spatial.settings import Settings
from spatial.urls import is_safe_url

METADATA_S = 3600.0
KEYS_S = 600.0
"""How long keys are used without asking: a key that was taken back is believed no longer than this."""
NEW_KEYS_S = 10.0
"""How often a token with an unknown key may make us ask again."""
AT_ONCE = 8
"""Log-ins that one process talks to the provider for at once."""
SCOPE = "openid profile email"
NEEDED = ("authorization_endpoint", "token_endpoint", "jwks_uri")


@dataclass(frozen=True)
class Known:
    """Something that was fetched, and when (seconds of the monotonic clock)."""

    value: Any
    at: float

    def is_younger(self, seconds: float) -> bool:
        """Tell whether it is still fresh."""
        return time.monotonic() - self.at < seconds


_BROKEN = (ValueError, TypeError, LookupError, RecursionError)
"""What reading a broken answer may end in."""

NOTHING = Known(None, float("-inf"))


class Provider:
    """The OpenID provider of the settings, which must name one."""

    def __init__(self, settings: Settings) -> None:
        assert settings.oidc_issuer and settings.oidc_client_id
        self.issuer = settings.oidc_issuer
        self.client_id = settings.oidc_client_id
        self._secret = settings.oidc_client_secret
        self._trust = trusted_by(settings.oidc_ca_file)
        self._at_once = anyio.CapacityLimiter(AT_ONCE)
        self._fetching = anyio.Lock()
        self._metadata = NOTHING
        self._keys = NOTHING

    async def address(self, attempt: Attempt) -> str:
        """Give the address at the provider where a log-in begins."""
        async with self._asking("discovery"):
            metadata = await self._discovered()
        async with self._client(metadata) as client:
            url, _ = client.create_authorization_url(
                metadata["authorization_endpoint"],
                state=attempt.state,
                nonce=attempt.nonce,
                code_verifier=attempt.verifier,
                redirect_uri=attempt.callback,
            )
        return str(url)

    async def redeem(self, attempt: Attempt, code: str, link: str) -> dict[str, Any]:
        """Exchange a code for what the provider says of the person; Refused when it is not to be believed.

        link: a claim that is needed; it is asked for at `userinfo` when the ID token does not hold it.
        """
        async with self._asking("token"):
            metadata = await self._discovered()
            async with self._client(metadata) as client:
                answer = await client.fetch_token(
                    metadata["token_endpoint"],
                    grant_type="authorization_code",
                    code=code,
                    code_verifier=attempt.verifier,
                    redirect_uri=attempt.callback,
                )
                claims = await self._verified(answer, attempt)
                return claims if link in claims else await self._completed(client, metadata, claims)

    async def _verified(self, answer: dict[str, Any], attempt: Attempt) -> dict[str, Any]:
        token = answer.get("id_token")
        if not isinstance(token, str):
            raise Refused("provider", "it gives no ID token")
        expected = Expected(self.issuer, self.client_id, attempt.nonce, answer.get("access_token"))
        try:
            return verify(token, await self._key_set(KEYS_S), expected)
        except UnknownKey:
            keys = await self._key_set(NEW_KEYS_S)
        try:
            return verify(token, keys, expected)
        except UnknownKey as error:
            raise Refused("token", str(error)) from None

    async def _completed(
        self, client: AsyncOAuth2Client, metadata: dict[str, Any], claims: dict[str, Any]
    ) -> dict[str, Any]:
        if "userinfo_endpoint" not in metadata:
            return claims
        more = _object(await client.get(metadata["userinfo_endpoint"]))
        # OIDC Core 1.0, 5.3.2: otherwise somebody else's answer could be slipped in.
        if more.get("sub") != claims["sub"]:
            raise Refused("token", "userinfo speaks of another subject")
        return {**more, **claims}

    async def _discovered(self) -> dict[str, Any]:
        async with self._fetching:
            if not self._metadata.is_younger(METADATA_S):
                url = self.issuer.rstrip("/") + "/.well-known/openid-configuration"
                self._metadata = Known(_checked(await self._get(url), self.issuer), time.monotonic())
            return dict(self._metadata.value)

    async def _key_set(self, seconds: float) -> KeySet:
        metadata = await self._discovered()
        async with self._fetching:
            if not self._keys.is_younger(seconds):
                self._keys = Known(read_keys(await self._get(metadata["jwks_uri"])), time.monotonic())
            keys: KeySet = self._keys.value
            return keys

    async def _get(self, url: str) -> dict[str, Any]:
        async with httpx2.AsyncClient(**self._bounds()) as client:
            return _object(await client.get(url, headers={"Accept": "application/json"}))

    def _client(self, metadata: dict[str, Any]) -> AsyncOAuth2Client:
        client = AsyncOAuth2Client(
            self.client_id,
            self._secret.value if self._secret else None,
            token_endpoint_auth_method=_how_to_authenticate(metadata, self._secret is not None),
            scope=SCOPE,
            code_challenge_method="S256",
            leeway=0,
            **self._bounds(),
        )
        client.register_client_auth_method(("client_secret_basic", _basic))
        return client

    def _bounds(self) -> dict[str, Any]:
        return {"transport": BoundedTransport(self._trust), "timeout": STEP_S}

    @asynccontextmanager
    async def _asking(self, what: str) -> AsyncIterator[None]:
        """Bound a step in time and number, and make every failure of it a Refused."""
        try:
            with anyio.fail_after(PATIENCE_S):
                async with self._at_once:
                    yield
        except AuthlibBaseError as error:
            raise Refused("code", f"{what}: {error}") from None
        except (httpx2.HTTPError, httpx2.InvalidURL, OSError, *_BROKEN) as error:
            raise Refused("provider", f"{what}: {type(error).__name__}: {error}") from None


def _object(answer: httpx2.Response) -> dict[str, Any]:
    answer.raise_for_status()
    found = answer.json()
    if not isinstance(found, dict):
        raise ValueError(f"{answer.url} does not answer a JSON object")
    return found


def _checked(metadata: dict[str, Any], issuer: str) -> dict[str, Any]:
    """Believe a discovery document that speaks of this issuer and of safe addresses only."""
    if metadata.get("issuer") != issuer:
        raise ValueError(f"discovery names another issuer: {metadata.get('issuer')!r}")
    names = [*NEEDED, *({"userinfo_endpoint"} & metadata.keys())]
    # An https provider has no business on this machine's loopback.
    scheme = issuer.partition(":")[0] + ":"
    given = {name: str(metadata.get(name)) for name in names}
    unsafe = [name for name, url in given.items() if not (url.startswith(scheme) and is_safe_url(url))]
    if unsafe:
        raise ValueError(f"discovery gives no safe address for {', '.join(unsafe)}")
    return metadata


def _how_to_authenticate(metadata: dict[str, Any], has_secret: bool) -> str:
    if not has_secret:
        return "none"
    offered = metadata.get("token_endpoint_auth_methods_supported") or ["client_secret_basic"]
    return "client_secret_basic" if "client_secret_basic" in offered else "client_secret_post"


def _basic(client: Any, method: str, uri: str, headers: Any, body: Any) -> Any:
    """Put name and secret into the header percent-encoded (RFC 6749, 2.3.1), which the library does not."""
    encoded = _Credentials(quote(client.client_id, safe=""), quote(client.client_secret, safe=""))
    return encode_client_secret_basic(encoded, method, uri, headers, body)


@dataclass(frozen=True)
class _Credentials:
    client_id: str
    client_secret: str
