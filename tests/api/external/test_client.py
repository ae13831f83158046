"""The way out, as a hostile service finds it: redirects inwards, endless answers, bombs, drips."""

from __future__ import annotations

import asyncio
import gzip
import logging
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from ipaddress import ip_network
from typing import Any

import pytest

from api.external.client import Client, Opener
from layers.external.addresses import Policy
from spatial.errors import CitygridError, InvalidInput, Unavailable
from tests.api.external.peers import Quiet, serving

HERE = Policy((ip_network("127.0.0.1/32"),))


def get(url: str, policy: Policy = HERE, **options: Any) -> bytes:
    async def ask() -> bytes:
        client = Client(policy)
        try:
            return (await client.get(url, **options)).body
        finally:
            await client.aclose()

    return asyncio.run(ask())


def answering(answer: Callable[[Quiet], None]) -> type[Quiet]:
    class Handler(Quiet):
        def do_GET(self) -> None:  # noqa: N802
            answer(self)

    return Handler


@contextmanager
def raw(talk: Callable[[socket.socket], None]) -> Iterator[str]:
    """A server that sends whatever it likes on one connection."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            connection, _ = listener.accept()
            with connection:
                connection.recv(65_536)
                with suppress(OSError):
                    talk(connection)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}/"
        thread.join(10)


@pytest.mark.parametrize("policy", [Policy(), Policy((ip_network("10.0.0.0/8"),)), Policy(hosts=("other",))])
@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::1]", "0.0.0.0", "2130706433", "127.1"])
def test_what_is_private_is_closed(policy: Policy, host: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        get(f"http://{host}:1/", policy)
    assert refused.value.problems[0].where == "url"


def test_the_deployment_opens_what_it_names() -> None:
    with serving(answering(lambda it: it.answer(200, b"here"))) as url:
        assert get(url) == b"here"
        assert get(url.replace("127.0.0.1", "localhost"), Policy(hosts=("localhost",))) == b"here"


@pytest.mark.parametrize(
    "there",
    [
        "http://127.0.0.1:1/",
        "http://169.254.169.254/latest",
        "https://example.com/",
        "file:///etc/passwd",
        "gopher://127.0.0.1/",
        "//127.0.0.1:1/x",
        "http://user:x@127.0.0.1/",
    ],
)
def test_no_redirect_leads_elsewhere(there: str) -> None:
    with (
        serving(answering(lambda it: it.answer(302, b"", Location=there))) as url,
        pytest.raises(InvalidInput),
    ):
        get(url)


def test_redirects_of_the_same_origin_are_followed_and_end() -> None:
    def answer(it: Quiet) -> None:
        if it.path == "/there":
            it.answer(200, it.headers["Authorization"].encode())
        else:
            it.answer(301, b"", Location="/there" if it.path == "/" else it.path)

    with serving(answering(answer)) as url:
        assert get(f"{url}/", opener=Opener("basic", "u", "p")) == b"Basic dTpw"
        with pytest.raises(InvalidInput, match="again and again"):
            get(f"{url}/round")


def test_a_long_answer_is_not_read_to_its_end() -> None:
    sent = [0]

    def talk(connection: socket.socket) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 10000000000\r\n\r\n")
        while sent[0] < 10**10:
            sent[0] += connection.send(b"x" * 65_536)

    with raw(talk) as url, pytest.raises(Unavailable, match="more than"):
        get(url, most_bytes=2**20)
    assert sent[0] < 50 * 2**20


def test_a_bomb_is_not_unpacked() -> None:
    bomb = gzip.compress(b"\0" * 200_000_000)
    answer = answering(lambda it: it.answer(200, bomb, Content_Encoding="gzip"))
    with serving(answer) as url, pytest.raises(Unavailable, match="more than"):
        get(url, most_bytes=2**20)


@pytest.mark.parametrize("packing", ["br", "gzip, gzip, br", "zstd"])
def test_unknown_packing_is_refused(packing: str) -> None:
    answer = answering(lambda it: it.answer(200, b"x", Content_Encoding=packing))
    with serving(answer) as url, pytest.raises(Unavailable):
        get(url)


def test_a_drip_ends_in_time() -> None:
    def talk(connection: socket.socket) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\nX: ")
        for _ in range(200):
            connection.sendall(b"x")
            time.sleep(0.05)

    with raw(talk) as url, pytest.raises(Unavailable, match="in time"):
        get(url, seconds=0.5)


@pytest.mark.parametrize(
    ("status", "kind", "where"),
    [
        (401, InvalidInput, "password"),
        (403, InvalidInput, "password"),
        (404, InvalidInput, "url"),
        (500, Unavailable, ""),
        (503, Unavailable, ""),
        (429, Unavailable, ""),
    ],
)
def test_what_a_status_means(status: int, kind: type[CitygridError], where: str) -> None:
    with serving(answering(lambda it: it.answer(status, b"no"))) as url, pytest.raises(kind) as refused:
        get(url)
    if isinstance(refused.value, InvalidInput):
        assert refused.value.problems[0].where == where


@pytest.mark.parametrize(
    "words", [b"", b"\r\n\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nx", b"\0" * 99]
)
def test_a_broken_answer_is_said_to_be_one(words: bytes) -> None:
    with raw(lambda connection: connection.sendall(words)) as url, pytest.raises(Unavailable):
        get(url)


@pytest.mark.parametrize(
    "opener",
    [Opener("basic", "u", "s3cret"), Opener("header", "X-Key", "s3cret"), Opener("query", "tk", "s3cret")],
)
def test_secrets_show_nowhere(opener: Opener, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    with serving(answering(lambda it: it.answer(500, b"no"))) as url, pytest.raises(Unavailable) as refused:
        get(f"{url}/?a=1", opener=opener)
    shown = f"{refused.value!r} {opener!r} {caplog.text}"
    assert "s3cret" not in shown
    assert "dTpzM2NyZXQ" not in shown


def test_the_address_that_was_looked_at_is_the_one_that_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    """A name server that answers differently the second time changes nothing: there is no second time."""
    asked = []

    async def resolve(_: Any, host: str, port: int, **__: Any) -> list[Any]:
        asked.append(host)
        place = "127.0.0.1" if len(asked) == 1 else "127.0.0.2"
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (place, port))]

    monkeypatch.setattr(asyncio.BaseEventLoop, "getaddrinfo", resolve)
    with serving(answering(lambda it: it.answer(200, it.headers["Host"].encode()))) as url:
        port = url.rpartition(":")[2]
        assert (
            get(f"http://gis.example:{port}/", Policy(hosts=("gis.example",)))
            == f"gis.example:{port}".encode()
        )
    assert asked[0] == "gis.example"
    assert set(asked[1:]) <= {"127.0.0.1"}
