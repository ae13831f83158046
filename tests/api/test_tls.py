"""https by settings: a real worker with a real certificate, its renewal, and `up` and doctor with it."""

from __future__ import annotations

import socket
import ssl
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from api import doctor, tls
from api.progress import Progress
from api.tls import Certificate, expires_at
from api.up import Readiness, address_of
from spatial.errors import InvalidInput
from spatial.settings import Settings
from tests.api.small_server import small_server
from tests.servers import READY_SECONDS, _serve


def write(folder: Path, name: str, days: float = 90, password: bytes | None = None) -> tuple[Path, Path]:
    """Write a self-signed certificate and its key as a renewal does: each file is replaced whole."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    builder = x509.CertificateBuilder(subject, subject, key.public_key(), x509.random_serial_number())
    builder = builder.not_valid_before(now - timedelta(days=365)).not_valid_after(now + timedelta(days=days))
    builder = builder.add_extension(
        x509.SubjectAlternativeName([x509.DNSName("localhost"), x509.DNSName(name)]), critical=False
    )
    certificate = builder.sign(key, hashes.SHA256())
    how = serialization.BestAvailableEncryption(password) if password else serialization.NoEncryption()
    texts = {
        "certificate.pem": certificate.public_bytes(serialization.Encoding.PEM),
        "key.pem": key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, how),
    }
    for file, text in texts.items():
        (folder / f"{file}.new").write_bytes(text)
        (folder / f"{file}.new").chmod(0o600)
        (folder / f"{file}.new").replace(folder / file)
    return folder / "certificate.pem", folder / "key.pem"


def shown(port: int) -> str:
    """Return the name in the certificate that a server shows."""
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    with (
        socket.create_connection(("127.0.0.1", port), timeout=5) as plain,
        context.wrap_socket(plain, server_hostname="localhost") as secured,
    ):
        der = secured.getpeercert(binary_form=True)
    assert der is not None
    return x509.load_der_x509_certificate(der).subject.rfc4514_string()


def test_a_renewed_certificate_is_shown_without_a_restart(tmp_path: Path) -> None:
    certificate = Certificate(*write(tmp_path, "first"))
    with small_server(ssl_context_factory=lambda *_: certificate.context) as port:
        assert shown(port) == "CN=first"
        assert not certificate.reload()
        write(tmp_path, "second")
        assert certificate.reload()
        assert shown(port) == "CN=second"
        assert not certificate.reload()


def test_a_half_renewed_certificate_changes_nothing(tmp_path: Path) -> None:
    certificate = Certificate(*write(tmp_path, "first"))
    with small_server(ssl_context_factory=lambda *_: certificate.context) as port:
        key = (tmp_path / "key.pem").read_bytes()
        write(tmp_path, "second")
        new_key = (tmp_path / "key.pem").read_bytes()
        for half in (key, b"", b"-----BEGIN PRIVATE KEY-----\n", new_key[:60]):
            (tmp_path / "key.pem").write_bytes(half)
            assert not certificate.reload()
            assert shown(port) == "CN=first"
        (tmp_path / "key.pem").unlink()
        assert not certificate.reload()
        assert shown(port) == "CN=first"
        (tmp_path / "key.pem").write_bytes(new_key)
        assert certificate.reload()
        assert shown(port) == "CN=second"


def test_old_tls_is_refused(tmp_path: Path) -> None:
    certificate = Certificate(*write(tmp_path, "first"))
    assert certificate.context.minimum_version == ssl.TLSVersion.TLSv1_2
    with small_server(ssl_context_factory=lambda *_: certificate.context) as port:
        context = ssl.create_default_context(cafile=str(tmp_path / "certificate.pem"))
        answer = httpx.get(f"https://localhost:{port}/a", verify=context)
        assert answer.headers["strict-transport-security"] == "max-age=31536000"
        assert "\nhttps\n" in answer.text
        with pytest.raises(httpx.TransportError):
            httpx.get(f"http://localhost:{port}/a")


@pytest.mark.parametrize("wrong", ["certificate", "key", "password", "none"])
def test_what_cannot_be_used_is_said(tmp_path: Path, wrong: str) -> None:
    certificate, key = write(tmp_path, "first", password=b"word" if wrong == "password" else None)
    if wrong in ("certificate", "key"):
        {"certificate": certificate, "key": key}[wrong].write_text("nonsense")
    if wrong == "none":
        key.unlink()
    with pytest.raises(InvalidInput, match="CITYGRID_TLS_CERTIFICATE"):
        Certificate(certificate, key)


def test_settings_want_both_files(tmp_path: Path) -> None:
    certificate, key = write(tmp_path, "first")
    both = {"CITYGRID_TLS_CERTIFICATE": str(certificate), "CITYGRID_TLS_KEY": str(key)}
    assert Settings.from_env(both).tls_key == key
    for name in both:
        with pytest.raises(InvalidInput, match="go together"):
            Settings.from_env({name: both[name]})


def test_the_doctor_looks_at_the_certificate(tmp_path: Path) -> None:
    now = datetime.now(UTC)

    def judged(days: float) -> str:
        certificate, key = write(tmp_path, "first", days)
        return doctor.judge_transport(Settings(tls_certificate=certificate, tls_key=key), now).state

    assert [judged(days) for days in (90, 10, -1)] == ["good", "note", "bad"]
    assert expires_at(tmp_path / "certificate.pem") < now
    settings = Settings(tls_certificate=tmp_path / "certificate.pem", tls_key=tmp_path / "key.pem")
    (tmp_path / "key.pem").chmod(0o644)
    assert "chmod 600" in doctor.judge_transport(settings, now).text
    assert doctor.judge_transport(Settings(), now).state == "good"
    assert doctor.judge_transport(Settings(host="0.0.0.0"), now).state == "note"


@pytest.fixture(scope="module")
def secure(
    city_app_url: str, master_key: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[int, Path]]:
    """A real worker with TLS, over the demo city."""
    home = tmp_path_factory.mktemp("secure")
    certificate, key = write(home, "first")
    tls_settings = {"CITYGRID_TLS_CERTIFICATE": str(certificate), "CITYGRID_TLS_KEY": str(key)}
    with socket.create_server(("127.0.0.1", 0), backlog=64) as listener:
        process = _serve(listener, city_app_url, home, master_key, tls_settings)
        try:
            yield listener.getsockname()[1], home
        finally:
            process.terminate()
            process.wait(20)


def test_a_worker_speaks_https(secure: tuple[int, Path], login: dict[str, str]) -> None:
    port, home = secure
    settings = Settings(port=port, tls_certificate=home / "certificate.pem", tls_key=home / "key.pem")
    assert address_of(settings) == f"https://127.0.0.1:{port}"
    is_ready = Readiness(replace(settings, home=home), Progress().say)
    deadline = time.monotonic() + READY_SECONDS
    while not is_ready():
        assert time.monotonic() < deadline, (home / "server.log").read_text()
        time.sleep(0.2)
    context = ssl.create_default_context(cafile=str(home / "certificate.pem"))
    key = {"Authorization": f"Bearer {login['token']}"}
    with httpx.Client(base_url=f"https://localhost:{port}", verify=context, headers=key) as client:
        assert client.get("/api/city").headers["strict-transport-security"] == "max-age=31536000"
        links = client.get("/ogc?f=json").json()["links"]
        assert all(link["href"].startswith(f"https://localhost:{port}/ogc") for link in links)
        form = {"username": login["username"], "password": login["password"]}
        answer = client.post("/api/auth/session", data=form)
        cookie = answer.headers["set-cookie"]
        assert answer.status_code == 200, answer.text
        assert "; Secure" in cookie
        assert cookie.startswith("__Host-")


def test_a_worker_takes_up_a_renewed_certificate_by_itself(secure: tuple[int, Path]) -> None:
    port, home = secure
    write(home, "renewed")
    deadline = time.monotonic() + tls.LOOK_SECONDS + 10
    while shown(port) != "CN=renewed":
        assert time.monotonic() < deadline, (home / "server.log").read_text()
        time.sleep(0.5)
