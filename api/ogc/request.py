"""Read a request: who asks, for which resource, in which form and language, at which address."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any
from urllib.parse import parse_qsl, quote, unquote

from api.ogc.parameters import LANGUAGES
from spatial.errors import InvalidInput, NotFound, Unauthenticated
from spatial.rights.reader import Reader

HOST = re.compile(r"[A-Za-z0-9._\-]+(:[0-9]{1,5})?|\[[0-9A-Fa-f:.]+\](:[0-9]{1,5})?")

MAX_PARAMETERS = 100


@dataclass(frozen=True)
class Ask:
    """A request as this door sees it."""

    scope: Mapping[str, Any]
    base_path: str
    trusted_proxy: bool

    @property
    def method(self) -> str:
        """GET, HEAD …"""
        return str(self.scope["method"])

    @property
    def reader(self) -> Reader:
        """Who asks, as the middleware in front found; Unauthenticated when it found nobody."""
        reader = self.scope.get("reader") or self.scope.get("state", {}).get("reader")
        if not isinstance(reader, Reader):
            raise Unauthenticated("log in, or send a token")
        return reader

    @cached_property
    def headers(self) -> dict[str, str]:
        """Headers by lower-case name; the last of several counts."""
        return {
            name.decode("latin-1").lower(): text.decode("latin-1") for name, text in self.scope["headers"]
        }

    @cached_property
    def path(self) -> tuple[str, ...]:
        """The segments below the base path, decoded one by one so that an identifier may hold a slash."""
        raw = self.scope.get("raw_path") or quote(self.scope["path"]).encode()
        path = raw.decode("latin-1").partition("?")[0].removeprefix(quote(self.scope.get("root_path", "")))
        segments = path.removeprefix(self.base_path).strip("/").split("/")
        try:
            return tuple(unquote(segment, errors="strict") for segment in segments if segment)
        except UnicodeDecodeError as error:
            raise NotFound("the path is not UTF-8") from error

    @cached_property
    def query(self) -> list[tuple[str, str]]:
        """Parameters in the order sent, blank ones included; InvalidInput when they cannot be read."""
        try:
            return [*_pairs(self.scope.get("query_string", b""))]
        except (UnicodeDecodeError, ValueError) as error:
            raise InvalidInput.at("query", "is not UTF-8, or has too many parameters") from error

    @cached_property
    def base_url(self) -> str:
        """The address that was called, up to and with the base path: links are written from it.

        The X-Forwarded headers count only behind a proxy that the server trusts.
        """
        prefix = str(self.scope.get("root_path", "")).removesuffix(self.base_path)
        scheme, host = str(self.scope.get("scheme", "http")), self.headers.get("host", "")
        if self.trusted_proxy:
            scheme = self._forwarded("proto") or scheme
            host = self._forwarded("host") or host
            prefix = self._forwarded("prefix").rstrip("/") or prefix
        if not host and self.scope.get("server"):
            host = "{}:{}".format(*self.scope["server"])
        if not HOST.fullmatch(host) or scheme not in {"http", "https"}:
            raise InvalidInput.at("Host", "is not a host name with an optional port")
        return f"{scheme}://{host}{quote(prefix)}{self.base_path}"

    def _forwarded(self, name: str) -> str:
        # The last value is the nearest proxy's; a client may have written those before it.
        return self.headers.get(f"x-forwarded-{name}", "").rpartition(",")[2].strip()

    @cached_property
    def wants_html(self) -> bool:
        """`f` decides; else HTML only for who prefers it to JSON, so that GIS clients always get JSON."""
        chosen = dict(self._readable_query).get("f")
        if chosen is not None:
            return chosen == "html"
        return _prefers_html(self.headers.get("accept", ""))

    @cached_property
    def language(self) -> str:
        """zh or en: `lang` decides, then Accept-Language, then Chinese."""
        chosen = LANGUAGES.get(dict(self._readable_query).get("lang", "").lower())
        return chosen or _preferred_language(self.headers.get("accept-language", ""))

    @property
    def _readable_query(self) -> list[tuple[str, str]]:
        """The query for finding form and language, which an error page needs even when it is broken."""
        try:
            return self.query
        except InvalidInput:
            return []


@lru_cache(maxsize=256)
def _pairs(query: bytes) -> tuple[tuple[str, str], ...]:
    text = query.decode("latin-1")
    return tuple(parse_qsl(text, keep_blank_values=True, errors="strict", max_num_fields=MAX_PARAMETERS))


def _weights(header: str) -> list[tuple[str, float]]:
    """Split an Accept-like header into (name, weight); what cannot be read weighs nothing."""
    weighted = []
    for part in header.split(",")[:50]:
        name, *parameters = (piece.strip().lower() for piece in part.split(";"))
        weight = next((piece[2:] for piece in parameters if piece.startswith("q=")), "1")
        weighted.append((name, float(weight) if re.fullmatch(r"[01](\.[0-9]{0,3})?", weight) else 0.0))
    return weighted


@lru_cache(maxsize=64)
def _prefers_html(accept: str) -> bool:
    weights = dict(reversed(_weights(accept)))
    html = max(weights.get("text/html", 0.0), weights.get("application/xhtml+xml", 0.0))
    json = max((weight for name, weight in weights.items() if name.endswith("json")), default=0.0)
    return html > json


@lru_cache(maxsize=64)
def _preferred_language(header: str) -> str:
    best = max(_weights(header), key=lambda pair: pair[1])
    return "en" if best[0].startswith("en") and best[1] > 0 else "zh"
