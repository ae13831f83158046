"""Nothing secret stands in a log: log-ins, bad requests, crashes and a dead database on a real server."""

from __future__ import annotations

import io
import logging
import os
import secrets
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

import httpx
import psycopg
import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st
from psycopg.conninfo import conninfo_to_dict

from api import logs
from api.child_log import ChildLog, pump
from api.prepare import make_demo_administrator
from api.redact import MASK, Redactor
from spatial.database import connect
from spatial.database.cluster import Cluster
from spatial.settings import Secret, Settings
from tests.api.small_server import hear
from tests.api.test_hostile import gone
from tests.databases import _clone, _fill_city, _template
from tests.servers import _serve, _wait_ready

URL = "postgresql://citygrid:p%40ss-word@db.example/city"
WORD = "kXw93-Passwort_zu:lang"
TOKEN = secrets.token_urlsafe(32)

SHAPES = {
    f"connecting to {URL} failed": "db.example/city failed",
    "postgresql://a:b@c@d.example/e": "d.example/e",
    f"Authorization: Bearer {TOKEN}": "Authorization",
    f"{{'authorization': 'Basic {TOKEN}'}}": "authorization",
    f"(b'authorization', b'Bearer {TOKEN}')": "authorization",
    f"unknown key {TOKEN}, try again": "try again",
    f"GET /api/city?access_token={TOKEN}&q=1": "&q=1",
    f"GET /callback?code={WORD}&state={WORD}&next=/": "&next=/",
    f"Cookie: citygrid_session={WORD}; theme=dark": "Cookie",
    f"set-cookie: __Host-citygrid_session={WORD}; HttpOnly": "set-cookie",
    f"host=db user=x password={WORD} dbname=y": "dbname=y",
    f"host=db password='{WORD} with \\' blanks' dbname=y": "dbname=y",
    f'{{"username": "ann", "password": "{WORD}\\"quoted", "x": 1}}': '"x": 1',
    f"{{\\\"password\\\": \\\"{WORD}\\\"}}": "password",
    f"username=ann&password={WORD}&x=1": "&x=1",
    f"client_secret={WORD}": "client_secret",
    f"old_password: {WORD}": "old_password",
    f"x-csrf-token: {WORD}": "csrf",
    f'null value\nDETAIL:  Failing row contains (1, {WORD},\nsecond line).\n\nThe above': "The above",
    f'duplicate key value\nDETAIL:  Key (phone)=({WORD}) already exists.': "duplicate key value",
    f'Key (phone)=({WORD}) already exists': "Key (phone)",
    f'CONTEXT:  COPY worker, line 3, column name: "{WORD}"': "COPY worker",
    f"eyJhbGciOiJSUzI1NiIsImtpZCI6IjEifQ.eyJzdWIiOiIxIn0.{TOKEN}": "",
}  # fmt: skip


@pytest.mark.parametrize("text", SHAPES, ids=range(len(SHAPES)))
def test_shapes_of_secrets_are_masked(text: str) -> None:
    masked = Redactor().text(text)
    assert MASK in masked
    assert SHAPES[text] in masked
    for secret in (WORD, TOKEN, "p%40ss-word", "a:b@c", "second line", "eyJ", "quoted"):
        assert secret not in masked
    assert Redactor().text(masked).count(MASK) >= 1


HARMLESS = [
    "INFO uvicorn.error Started server process [123]",
    'File "/srv/citygrid/api/reader.py", line 31, in test_a_printed_address_is_answered_and_more',
    "the key is unknown, expired or revoked",
    "psycopg.errors.UndefinedTable: relation \"place\" does not exist\nLINE 1: SELECT * FROM place",
    "coverage live coverage=grids version=3 seconds=0.21",
    "https://db.example/ogc/collections?limit=10",
    "spatial/database/migrations/versions/0003_keys.py",
    "sha256 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    "重点场所 keys code 110108001",
]  # fmt: skip


@pytest.mark.parametrize("text", HARMLESS)
def test_what_is_no_secret_stays(text: str) -> None:
    assert Redactor().text(text) == text


def test_the_secrets_of_a_deployment_are_masked_letter_by_letter() -> None:
    redactor = Redactor([URL, f"host=/tmp user=a password={WORD} dbname=c", "short"])
    for text in (URL, "p@ss-word", "p%40ss-word", WORD, quote(WORD, safe=""), f"x{WORD}y"):
        masked = redactor.text(f"the word is {text}, said somebody")
        assert "p@ss" not in masked
        assert "p%40ss" not in masked
        assert WORD not in masked
    assert redactor.text("a short word") == "a short word"


@given(st.text(st.sampled_from("abcXYZ019-_"), min_size=20), st.text(max_size=50), st.text(max_size=50))
def test_a_known_secret_never_passes(secret: str, before: str, after: str) -> None:
    assert secret not in Redactor([secret]).text(before + secret + after)


def test_no_text_holds_the_masking_up() -> None:
    hostile = [
        "password",
        "://",
        "x@",
        "Key (",
        "DETAIL: ",
        "a1B-",
        'token="',
        "cookie ",
        "password='\\",
        "[?&",
    ]
    for text in hostile:
        began = time.process_time()
        Redactor([WORD]).text(text * (100_000 // len(text)))
        assert time.process_time() - began < 3, text


def test_values_with_the_name_of_a_secret_are_masked_whole() -> None:
    masked = Redactor().value(
        {
            "password": ["a", "b"],
            "headers": [("cookie", "x=y"), {"x-api-key": 5}],
            "n": 3,
            "key_id": 7,
            "ok": None,
        }
    )
    assert masked == {
        "password": MASK,
        "headers": [["cookie", "x=y"], {"x-api-key": MASK}],
        "n": 3,
        "key_id": 7,
        "ok": None,
    }


@pytest.fixture
def logging_to(monkeypatch: pytest.MonkeyPatch) -> Iterator[io.StringIO]:
    """Logging as a worker does it, into a text; everything is put back afterwards."""
    written = io.StringIO()
    monkeypatch.setattr(sys, "stderr", written)
    root, level, handlers = logging.getLogger(), logging.getLogger().level, logging.getLogger().handlers[:]
    kept = structlog.get_config()
    hooks = sys.excepthook
    logs.configure(Settings(database_url=Secret(URL), oidc_client_secret=Secret(WORD)))
    yield written
    logging.captureWarnings(False)
    structlog.configure(**kept)
    root.handlers[:], sys.excepthook = handlers, hooks
    root.setLevel(level)


def test_both_ways_of_logging_are_masked(logging_to: io.StringIO, capsys: pytest.CaptureFixture[str]) -> None:
    try:
        raise ValueError(f"cannot reach {URL} with {TOKEN}")
    except ValueError:
        logging.getLogger("psycopg.pool").exception("trouble with %s and %s", URL, {"password": "xyz"})
        structlog.get_logger().exception(
            "trouble", url=URL, token="xyz", headers={"cookie": "xyz"}, word=WORD
        )
    kind, error, trace = None, None, None
    try:
        raise RuntimeError(f"the end of {WORD}")
    except RuntimeError:
        kind, error, trace = sys.exc_info()
    sys.excepthook(kind, error, trace)
    text = logging_to.getvalue() + capsys.readouterr().err
    assert text.count("ValueError") >= 2
    assert "RuntimeError: the end of ***" in text
    for secret in ("p%40ss", "p@ss", TOKEN, WORD, "xyz"):
        assert secret not in text


def test_what_is_printed_past_the_log_is_masked_by_the_supervisor(tmp_path: Path) -> None:
    said: list[str] = []
    log = ChildLog(tmp_path / "a.log")
    line = f"ERROR: FATAL cannot reach {URL} \xff with password={WORD}\n".encode("latin-1")
    pump(io.BytesIO(line), log, "a: ", said.append)
    log.close()
    text = (tmp_path / "a.log").read_bytes() + "".join(said).encode() + log.last_words().encode()
    assert b"\xff" in text
    assert WORD.encode() not in text
    assert b"p%40ss" not in text
    assert said


@dataclass
class Watched:
    """A server whose log is read at the end, and every secret that was used on it."""

    url: str
    owner_url: str
    log: Path
    process: subprocess.Popen[bytes]
    login: dict[str, str]
    secrets: set[str] = field(default_factory=set)
    session: str = ""

    def secret(self, prefix: str = "S1") -> str:
        """Make a secret that nothing else can look like."""
        made = f"{prefix}-{secrets.token_urlsafe(9)}-geheim"
        self.secrets.add(made)
        return made


@pytest.fixture
def watched(
    cluster: Cluster, as_app: Callable[[str], str], master_key: Path, tmp_path: Path
) -> Iterator[Watched]:
    """A server that logs all it can, over a database of its own."""
    with _clone(cluster, _template(cluster, "city", _fill_city)) as url:
        login = make_demo_administrator(url, tmp_path)
        password = conninfo_to_dict(as_app(url))["password"]
        with socket.create_server(("127.0.0.1", 0), backlog=64) as listener:
            process = _serve(listener, as_app(url), tmp_path, master_key, {"CITYGRID_LOG_LEVEL": "debug"})
            address = f"http://127.0.0.1:{listener.getsockname()[1]}"
            try:
                _wait_ready(address, process, tmp_path / "server.log")
                found = Watched(address, url, tmp_path / "server.log", process, login)
                found.secrets |= {
                    login["password"],
                    login["token"],
                    str(password),
                    master_key.read_text().strip(),
                }
                yield found
            finally:
                process.terminate()
                process.wait(20)


def test_no_secret_reaches_the_log_of_a_real_server(watched: Watched, cluster: Cluster) -> None:
    with httpx.Client(base_url=watched.url, timeout=60) as client:
        statuses = [log_in(client, watched), ask_badly(client, watched), break_it(client, watched)]
        with gone(cluster, urlsplit(watched.owner_url).path[1:]):
            statuses.append(ask_badly(client, watched) | log_in(client, watched))
            time.sleep(4)
    raw_nonsense(watched)
    watched.process.terminate()
    watched.process.wait(20)
    text = watched.log.read_text(errors="replace")
    assert 200 in statuses[0]
    assert 401 in statuses[1]
    assert statuses[2] == {500}
    assert 503 in statuses[3]
    assert text.count("UndefinedTable") >= 1
    assert text.count("CheckViolation") >= 1
    leaked = {secret[:6] for secret in watched.secrets for form in forms(secret) if form in text}
    assert leaked == set()
    assert "$argon2" not in text
    assert "Failing row contains (" not in text


MALFORMED = ["citygrid:{}@/city", "postgresql://citygrid:{}@db.example:port/city", "password={} port=x"]


@pytest.mark.parametrize("malformed", MALFORMED)
@pytest.mark.parametrize(
    "words",
    [
        ["serve", "--fd", "0"],
        *(pytest.param(each, marks=pytest.mark.slow) for each in (["migrate"], ["doctor"], ["demo", "load"])),
    ],
)
def test_a_database_address_that_is_none_is_not_printed(
    tmp_path: Path, words: list[str], malformed: str
) -> None:
    """libpq quotes what it cannot read, the password with it."""
    secret = secrets.token_urlsafe(9)
    url = malformed.format(secret)
    environment = {**os.environ, "CITYGRID_HOME": str(tmp_path)}
    environment |= {"CITYGRID_DATABASE_URL": url, "CITYGRID_APP_DATABASE_URL": url}
    command = [sys.executable, "-m", "api", *words]
    done = subprocess.run(command, check=False, env=environment, capture_output=True, text=True, timeout=120)
    assert done.returncode != 0
    assert done.stderr + done.stdout
    assert secret not in done.stderr + done.stdout


def forms(secret: str) -> set[str]:
    digest = sha256(secret.encode())
    return {secret, quote(secret, safe=""), digest.hexdigest(), repr(digest.digest())[2:-1]}


def log_in(client: httpx.Client, watched: Watched) -> set[int]:
    """Log in rightly and wrongly through every door, and let all that was given out be a secret."""
    name, word = watched.login["username"], watched.login["password"]
    found = [client.post("/api/auth/token", data={"username": name, "password": word})]
    found.append(client.post("/api/auth/session", data={"username": name, "password": word}))
    if found[0].status_code == 200:
        watched.session = found[0].json()["access_token"]
        watched.secrets |= {
            found[0].json()["access_token"],
            found[1].json()["csrf"],
            *client.cookies.values(),
        }
    for wrong in (watched.secret(), watched.secret("\0"), watched.secret("' OR 1=1")):
        found.append(client.post("/api/auth/token", data={"username": name, "password": wrong}))
        found.append(client.post("/api/auth/token", data={"username": wrong, "password": word}))
        found.append(client.post("/api/auth/session", json={"username": name, "password": wrong}))
        found.append(client.post("/api/auth/token", params={"password": wrong}))
    return {answer.status_code for answer in found}


def ask_badly(client: httpx.Client, watched: Watched) -> set[int]:
    """Send secrets wherever a careless client sends them."""
    client.cookies.clear()
    token = {"Authorization": f"Bearer {watched.login['token']}"}
    found = [
        client.get("/api/city", headers=token),
        client.get("/ogc/collections/grids/items", headers=token),
    ]
    for secret in (watched.secret(), watched.secret("eyJ")):
        found += [
            client.get("/api/city", headers={"Authorization": f"Bearer {secret}"}),
            client.get("/api/city", headers={"Authorization": f"Digest {secret}"}),
            client.get("/api/city", auth=("name", secret)),
            client.get("/api/city", headers={"Cookie": f"citygrid_session={secret}"}),
            client.get("/api/city", params={"access_token": secret, "api_key": secret}, headers=token),
            client.get("/api/grids/locate", params={"lon": 1, "lat": secret}, headers=token),
            client.get("/api/auth/oidc/callback", params={"code": secret, "state": secret}),
            client.get("/api/auth/oidc/login", params={"next": f"https://u:{secret}@evil.example/"}),
            client.post("/api/me/password", json={"old": secret, "new": secret}, headers=token),
            client.post("/api/me/password", content=f'{{"old": "{secret}'.encode(), headers=token),
            client.post("/api/grids/locate", json={"points": [], "at": secret}, headers=token),
        ]
    return {answer.status_code for answer in found}


def break_it(client: httpx.Client, watched: Watched) -> set[int]:
    """Make the server fail as it fails in earnest: a table that is gone, a row that is refused."""
    token = {"Authorization": f"Bearer {watched.login['token']}"}
    session = {"Authorization": f"Bearer {watched.session}"}
    with owner(watched) as connection:
        connection.execute("ALTER TABLE place RENAME TO place_that_is_gone")
        connection.execute("ALTER TABLE token ADD CONSTRAINT never CHECK (kind <> 'token') NOT VALID")
    sent = {"name": watched.secret(), "days": 1, "scope": "read"}
    answers = [
        client.get("/api/places/1", headers={**token, "Cookie": f"a={watched.secret()}"}),
        client.post("/api/me/keys", json=sent, headers=session),
    ]
    with owner(watched) as connection:
        connection.execute("ALTER TABLE place_that_is_gone RENAME TO place")
        connection.execute("ALTER TABLE token DROP CONSTRAINT never")
    return {answer.status_code for answer in answers}


def owner(watched: Watched) -> psycopg.Connection[Any]:
    return connect(watched.owner_url, autocommit=True)


def raw_nonsense(watched: Watched) -> None:
    host = urlsplit(watched.url)
    for line in (b"GET /?token=%s HTTP/9", b"\x16\x03%s", b"GET / HTTP/1.1\r\nAuthorization : Bearer %s"):
        with socket.create_connection((host.hostname, host.port), timeout=2) as connection:
            connection.sendall(line % watched.secret().encode() + b"\r\n\r\n")
            hear(connection)
