"""The archive in S3 by address, against a small server that speaks S3 and knows nothing of us."""

from __future__ import annotations

import socket
import subprocess
import sys
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any, cast

import boto3
import fsspec
import httpx
import pytest

from spatial.database import connect
from spatial.patrols.archive import catalogue
from spatial.patrols.archive.checking import check
from spatial.patrols.archive.restoring import restore
from spatial.patrols.archive.store import Store
from tests.patience import until
from tests.spatial.patrols.archive.conftest import Vault, all_fixes

BUCKET = "city"
DAY = date(2026, 5, 5)


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """An S3 server of its own process with one empty bucket, and S3's usual variables."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    url = f"http://127.0.0.1:{port}"
    values = {
        "ENDPOINT_URL": url,
        "ACCESS_KEY_ID": "city",
        "SECRET_ACCESS_KEY": "s",
        "DEFAULT_REGION": "us-east-1",
    }
    for name, value in values.items():
        monkeypatch.setenv(f"AWS_{name}", value)
    monkeypatch.delenv("AWS_PROFILE", raising=False)
    try:
        until(lambda: process.poll() is not None or _answers(url))
        httpx.put(f"{url}/{BUCKET}").raise_for_status()
        cast(Any, fsspec.get_filesystem_class("s3")).clear_instance_cache()
        yield url
    finally:
        cast(Any, fsspec.get_filesystem_class("s3")).clear_instance_cache()
        process.terminate()
        process.wait(20)


def _answers(url: str) -> bool:
    try:
        return httpx.get(url, timeout=2).status_code < 500
    except httpx.TransportError:
        return False


def test_days_go_to_a_bucket_and_come_back(vault: Vault, server: str) -> None:
    vault.store = Store(f"s3://{BUCKET}/years/archive")
    with connect(vault.url) as owner:
        before = all_fixes(owner)
    vault.run()
    with connect(vault.url) as owner:
        assert all_fixes(owner) == []
        named = catalogue.named(owner, vault.store)
    assert set(vault.store.listed()) == named
    text = httpx.get(f"{server}/{BUCKET}", params={"list-type": "2"}).text
    keys = {part.split("</Key>")[0] for part in text.split("<Key>")[1:]}
    assert keys == {each.removeprefix(f"{BUCKET}/") for each in named} | {"years/archive/city.txt"}
    assert all(problem is None for _, problem in check(vault.url, vault.store))
    assert vault.store.sweep(named, timedelta(0)) == 0
    key = f"years/archive/days/day={DAY}/000001.parquet"
    boto3.client("s3").put_object(Bucket=BUCKET, Key=key, Body=b"x")
    found = dict(check(vault.url, vault.store, [DAY, DAY + timedelta(days=1)]))
    assert found[DAY] is not None and found[DAY + timedelta(days=1)] is None
    for day in found:
        restore(vault.url, vault.store, day)
    with connect(vault.url) as owner:
        back = repr(all_fixes(owner))
    wanted = [row for row in before if row[1].date() in found]
    assert back == repr(wanted)
