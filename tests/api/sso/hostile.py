"""A provider that keeps the protocol just as far as a test wants: a real HTTP server with its own keys."""

from __future__ import annotations

import base64
import gzip
import hashlib
import hmac
import json
import secrets
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from joserfc import jws
from joserfc.jwk import Key, RSAKey

CLIENT_ID, CLIENT_SECRET = "citygrid", "p%+ /&ß"
Claims = dict[str, Any]


def fresh_key() -> RSAKey:
    """Make a signing key with an id of its own."""
    return RSAKey.generate_key(2048, {"use": "sig", "kid": secrets.token_hex(4)})


FIRST_KEY = fresh_key()
"""Making one takes a tenth of a second."""


@dataclass
class Hostile:
    """What the provider does; a test changes a part of it."""

    issuer: str
    keys: list[Key] = field(default_factory=lambda: [FIRST_KEY])
    claims: Callable[[Claims], Claims] = lambda claims: claims
    """Changes what a token says before it is signed."""
    sign: Callable[[Hostile, Claims], Any] = lambda self, claims: self.signed(claims)
    """Writes the ID token."""
    metadata: Claims = field(default_factory=dict)
    """Put over the discovery document."""
    token: Claims = field(default_factory=dict)
    """Put over the answer of the token endpoint."""
    userinfo: Claims | None = None
    answers: dict[str, Callable[[BaseHTTPRequestHandler], None]] = field(default_factory=dict)
    """Another way to answer a path altogether."""
    asked: list[str] = field(default_factory=list)
    """Paths that were asked for."""
    codes: dict[str, dict[str, str]] = field(default_factory=dict)
    """Code → parameters of the authorization request."""
    refusals: list[str] = field(default_factory=list)
    """Why the token endpoint refused."""
    token_requests: list[tuple[dict[str, str], str]] = field(default_factory=list)
    """Forms that came to the token endpoint, with their Authorization headers."""

    def authorize(self, address: str, **changed: str) -> str:
        """Play the person who says yes: take the address we were sent to, and give a code for it."""
        given = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
        code = secrets.token_urlsafe(8)
        self.codes[code] = given | changed
        return code

    def signed(self, claims: Claims, key: Key | None = None, **header: Any) -> str:
        """Sign a token, by the first key unless told."""
        key = key or self.keys[0]
        head = {"alg": "RS256" if isinstance(key, RSAKey) else "ES256", "kid": key.kid} | header
        # Not by jwt.encode, which cannot write half a surrogate pair; an attacker can.
        return jws.serialize_compact(head, json.dumps(claims), key)

    def discovery(self) -> Claims:
        """Write the discovery document."""
        names = {"authorization_endpoint": "authorize", "token_endpoint": "token", "jwks_uri": "jwks"}
        document = {name: f"{self.issuer}/{path}" for name, path in names.items()}
        if self.userinfo is not None:
            document["userinfo_endpoint"] = f"{self.issuer}/userinfo"
        return {"issuer": self.issuer, **document, **self.metadata}

    def jwks(self) -> Claims:
        """Publish the keys."""
        return {"keys": [key.as_dict(private=False) for key in self.keys]}

    def redeem(self, form: dict[str, str], authorization: str) -> tuple[int, Claims]:
        """Give a token for a code, checking client, address and PKCE as an honest provider does."""
        self.token_requests.append((form, authorization))
        begun = self.codes.get(form.get("code", ""))
        wrong = "code" if begun is None else _wrong(begun, form, authorization)
        if wrong or begun is None:
            self.refusals.append(wrong)
            return 400, {"error": "invalid_grant", "error_description": f"wrong {wrong} <script>"}
        now = int(time.time())
        claims = {"iss": self.issuer, "sub": "s-1", "aud": CLIENT_ID, "iat": now, "exp": now + 300}
        claims |= {"nonce": begun.get("nonce"), "preferred_username": "wang", "name": "王芳"}
        token = self.sign(self, self.claims(claims))
        answer = {"access_token": "a", "token_type": "Bearer", "expires_in": 30, "id_token": token}
        return 200, {name: value for name, value in (answer | self.token).items() if value is not None}


def _wrong(begun: dict[str, str], form: dict[str, str], authorization: str) -> str:
    """Name what a token request got wrong, or nothing."""
    name, _, secret = base64.b64decode(authorization.partition(" ")[2]).decode().partition(":")
    challenge = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
    checks = {
        "client": (unquote(name), unquote(secret)) == (CLIENT_ID, CLIENT_SECRET),
        "method": begun.get("code_challenge_method") == "S256",
        "verifier": base64.urlsafe_b64encode(challenge).decode().rstrip("=") == begun.get("code_challenge"),
        "redirect_uri": form.get("redirect_uri") == begun.get("redirect_uri"),
    }
    return next((name for name, good in checks.items() if not good), "")


def signed_by_public_key(provider: Hostile, claims: Claims) -> str:
    """Sign with HMAC, the secret being the published RSA key as a PEM text: the classical confusion."""
    key = provider.keys[0]
    text = _unsigned(claims, {"alg": "HS256", "kid": key.kid})
    return f"{text}.{_b64(hmac.digest(key.as_pem(private=False), text.encode(), 'sha256'))}"


def unsigned(claims: Claims, alg: str = "none") -> str:
    """Write a token without a signature."""
    return _unsigned(claims, {"alg": alg}) + "."


def _unsigned(claims: Claims, header: Claims) -> str:
    return ".".join(_b64(json.dumps(part).encode()) for part in (header, claims))


def _b64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def send(handler: BaseHTTPRequestHandler, status: int, body: bytes, **headers: str) -> None:
    """Send a whole answer."""
    handler.send_response(status)
    lines = {"Content_Type": "application/json", "Content_Length": str(len(body)), **headers}
    for name, value in lines.items():
        handler.send_header(name.replace("_", "-"), value)
    handler.end_headers()
    handler.wfile.write(body)


def packed(document: Claims) -> Callable[[BaseHTTPRequestHandler], None]:
    """Answer gzipped although nobody asked for it."""
    return lambda handler: send(
        handler, 200, gzip.compress(json.dumps(document).encode()), Content_Encoding="gzip"
    )


def dripping(seconds: float) -> Callable[[BaseHTTPRequestHandler], None]:
    """Answer a byte at a time, never quite stopping."""

    def drip(handler: BaseHTTPRequestHandler) -> None:
        send(handler, 200, b"", Content_Length="1000")
        end = time.monotonic() + seconds
        with suppress(OSError):
            while time.monotonic() < end:
                handler.wfile.write(b" ")
                time.sleep(0.05)

    return drip


@contextmanager
def hostile_provider(tls: ssl.SSLContext | None = None) -> Iterator[Hostile]:
    """Run a hostile provider on a free port of the loopback."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    server.daemon_threads = True
    if tls:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    scheme = "https" if tls else "http"
    server.provider = Hostile(f"{scheme}://localhost:{server.server_port}/realms/city")  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield server.provider  # type: ignore[attr-defined]
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        provider: Hostile = self.server.provider  # type: ignore[attr-defined]
        path = self._path(provider)
        if path not in provider.answers:
            documents = {
                "/.well-known/openid-configuration": provider.discovery,
                "/jwks": provider.jwks,
                "/userinfo": lambda: provider.userinfo,
            }
            found = documents[path]() if path in documents else None
            send(self, 404 if found is None else 200, json.dumps(found).encode())

    def do_POST(self) -> None:
        provider: Hostile = self.server.provider  # type: ignore[attr-defined]
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        if self._path(provider) not in provider.answers:
            form = {name: values[0] for name, values in parse_qs(body).items()}
            status, answer = provider.redeem(form, self.headers.get("Authorization", ""))
            send(self, status, json.dumps(answer).encode())

    def _path(self, provider: Hostile) -> str:
        """Note what is asked, and answer it in the test's way if it has one."""
        path = urlsplit(self.path).path.removeprefix(urlsplit(provider.issuer).path)
        provider.asked.append(path)
        if path in provider.answers:
            self.close_connection = True
            provider.answers[path](self)
        return path

    def log_message(self, *_: Any) -> None:
        """Say nothing."""
