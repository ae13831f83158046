"""Attachments in S3 by address, against a small server that speaks S3 and knows nothing of us."""

from __future__ import annotations

import io
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from typing import Any, BinaryIO, cast

import boto3
import fsspec
import httpx
import pytest

from spatial.errors import NotFound, TooLarge
from spatial.events.attachments import CHUNK, Store, tidy
from spatial.rights.reader import SYSTEM
from tests.patience import until
from tests.spatial.events.desk import Town
from tests.spatial.events.test_attachments import Endless, picture

BUCKET = "city"
PART = 50 * CHUNK
"""What is larger goes up in parts."""


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    """An S3 server of its own process, with one empty bucket."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    url = f"http://127.0.0.1:{port}"
    try:
        until(lambda: process.poll() is not None or _answers(url))
        httpx.put(f"{url}/{BUCKET}").raise_for_status()
        yield url
    finally:
        process.terminate()
        process.wait(20)


def _answers(url: str) -> bool:
    try:
        return httpx.get(url, timeout=2).status_code < 500
    except httpx.TransportError:
        return False


@pytest.fixture
def store(server: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Store]:
    """The store as a deployment names it: an address, and S3's usual variables."""
    for name, value in (
        ("AWS_ENDPOINT_URL", server),
        ("AWS_ACCESS_KEY_ID", "city"),
        ("AWS_SECRET_ACCESS_KEY", "secret"),
        ("AWS_DEFAULT_REGION", "us-east-1"),
    ):
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("AWS_PROFILE", raising=False)
    cast(Any, fsspec.get_filesystem_class("s3")).clear_instance_cache()
    yield Store(f"s3://{BUCKET}/attachments")
    cast(Any, fsspec.get_filesystem_class("s3")).clear_instance_cache()


def names(server: str) -> list[str]:
    """List what is in the bucket, past the library that wrote it."""
    text = httpx.get(f"{server}/{BUCKET}", params={"list-type": "2"}).raise_for_status().text
    return [part.split("</Key>")[0] for part in text.split("<Key>")[1:]]


def test_a_photo_is_kept_once_read_back_and_forgotten(town: Town, store: Store, server: str) -> None:
    stored = store.put(town.database, io.BytesIO(picture()))
    path = f"attachments/{stored.digest[:2]}/{stored.digest}"
    assert names(server) == [path]
    assert store.put(town.database, io.BytesIO(picture())) == stored
    assert names(server) == [path]
    with store.open(stored.digest) as file:
        assert file.read() == picture()
    assert store.has(stored.digest)
    store.forget(stored.digest)
    store.forget(stored.digest)
    assert not store.has(stored.digest) and names(server) == []
    with pytest.raises(NotFound), store.open(stored.digest):
        pass


def test_what_another_process_wrote_or_took_away_is_seen(town: Town, store: Store, server: str) -> None:
    assert not store.has("ab" * 32)
    httpx.put(f"{server}/{BUCKET}/attachments/ab/{'ab' * 32}", content=b"there").raise_for_status()
    assert store.has("ab" * 32)
    boto3.client("s3").delete_object(Bucket=BUCKET, Key=f"attachments/ab/{'ab' * 32}")
    assert not store.has("ab" * 32)


def test_a_video_goes_up_in_parts(town: Town, store: Store, server: str) -> None:
    content = b"\x00\x00\x00\x18ftypisom" + os.urandom(1 << 16) * ((PART >> 16) + 20)
    stored = store.put(town.database, io.BytesIO(content))
    assert (stored.kind, stored.bytes) == ("video", len(content))
    with store.open(stored.digest) as file:
        file.seek(PART - 7)
        assert file.read(20) == content[PART - 7 : PART + 13]
    answer = httpx.head(f"{server}/{BUCKET}/attachments/{stored.digest[:2]}/{stored.digest}")
    assert int(answer.headers["content-length"]) == len(content)
    store.forget(stored.digest)


def test_nothing_is_left_of_what_is_refused_or_breaks_off(town: Town, store: Store, server: str) -> None:
    with pytest.raises(TooLarge):
        store.put(town.database, cast(BinaryIO, Endless(50_000_000)))

    class Breaking(io.BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            if self.tell() > 2 * CHUNK:
                raise ConnectionResetError
            return super().read(size)

    with pytest.raises(ConnectionResetError):
        store.put(town.database, Breaking(b"\x00\x00\x00\x18ftypisom" + bytes(4 * CHUNK)))
    assert names(server) == []


def test_what_belongs_to_nothing_goes_after_a_day(town: Town, store: Store) -> None:
    orphan = store.put(town.database, io.BytesIO(picture(size=(61, 9)))).digest
    town.ask("UPDATE attachment SET created_at = now() - interval '25 hours' WHERE digest = %s", orphan)
    with town.as_reader(SYSTEM) as connection:
        tidy(connection, store)
    assert not store.has(orphan)
