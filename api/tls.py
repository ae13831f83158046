"""TLS of the API itself: the context for the server, and a renewed certificate without a restart."""

from __future__ import annotations

import ssl
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path

import structlog

from spatial.errors import InvalidInput
from spatial.settings import Settings

log = structlog.get_logger()

LOOK_SECONDS = 10
"""How often the files are looked at."""


class Certificate:
    """The certificate and key of the settings, as they were when they were last read."""

    def __init__(self, certificate: Path, key: Path) -> None:
        self._files = (certificate, key)
        self.context = _context()
        self._stamps = self._look()
        self._load()

    @classmethod
    def of(cls, settings: Settings) -> Certificate | None:
        """Read what the settings name; None when they name none, InvalidInput when it is no good."""
        if settings.tls_certificate is None or settings.tls_key is None:
            return None
        return cls(settings.tls_certificate, settings.tls_key)

    def reload(self) -> bool:
        """Take up a renewed certificate for the connections that come; tell whether there was one.

        What cannot be used (it is half written, it does not fit its key) is left and tried again later.
        """
        stamps = self._look()
        if stamps == self._stamps:
            return False
        try:
            self._load()
        except InvalidInput as error:
            log.warning("the renewed certificate cannot be used, the old one stays", reason=str(error))
            return False
        self._stamps = stamps
        log.info("certificate renewed", file=str(self._files[0]))
        return True

    def keep_fresh(self) -> Callable[[], Awaitable[None]]:
        """Return what a server calls every LOOK_SECONDS in its loop, so that no handshake is under way."""

        async def look() -> None:
            self.reload()

        return look

    def _load(self) -> None:
        # Tried on another context first: this one must never hold a certificate without its key.
        for context in (_context(), self.context):
            try:
                context.load_cert_chain(*self._files, password=_no_password)
            except (OSError, ssl.SSLError, ValueError) as error:
                reason = f"certificate and key cannot be used: {error}"
                raise InvalidInput.at("CITYGRID_TLS_CERTIFICATE", reason) from None

    def _look(self) -> list[tuple[int, int, int]]:
        """Note what changes when a file is written anew or put in another's place; () when it is missing."""
        stamps = []
        for path in self._files:
            try:
                found = path.stat()
            except OSError:
                stamps.append((0, 0, 0))
            else:
                stamps.append((found.st_ino, found.st_mtime_ns, found.st_size))
        return stamps


def expires_at(certificate: Path) -> datetime:
    """Return when the first certificate of a PEM file expires; InvalidInput when it cannot be read."""
    from cryptography.x509 import load_pem_x509_certificates

    try:
        found = load_pem_x509_certificates(certificate.read_bytes())[0]
    except (OSError, ValueError) as error:
        raise InvalidInput.at("CITYGRID_TLS_CERTIFICATE", f"{certificate}: {error}") from None
    return found.not_valid_after_utc.astimezone(UTC)


def _context() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_alpn_protocols(["http/1.1"])
    return context


def _no_password() -> str:
    """Answer OpenSSL in place of the terminal, where nobody sits."""
    raise ValueError("the key has a password; write it without one, readable by this user only")
