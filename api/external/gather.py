"""Drives the generators of layers/external through the guarded client, and reads features whole."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Generator
from pathlib import Path
from typing import TypeVar

from api.external.client import LARGEST, Client, Opener
from layers.external.harvest import Sink, pages
from layers.external.made import Gathered
from layers.external.protocols import planned
from layers.external.remote import Json, Remote
from layers.external.store import Secret, Source
from spatial.errors import Unavailable
from spatial.geometry.read_features import FileLayer, list_pages

Result = TypeVar("Result")
ACCEPT = "application/geo+json, application/json;q=0.9, application/xml;q=0.8, */*;q=0.5"
CAPABILITIES_BYTES = 32 * 2**20
TRIES = 3
"""Of one page of many: a hiccup in page 800 must not cost the 799 before it."""


def opener_of(secret: Secret | None) -> Opener | None:
    """Give what a service is opened with to the client."""
    return None if secret is None else Opener(secret.kind, secret.name, secret.value)


async def drive(
    asking: Generator[str, bytes, Result],
    client: Client,
    opener: Opener | None,
    most_bytes: int = CAPABILITIES_BYTES,
    tries: int = 1,
    wanted: Callable[[], bool] = lambda: True,
) -> Result:
    """Ask for what a generator asks for until it is done, and give what it returns.

    wanted: asked between two pages; Unavailable when nobody wants it any more.
    """
    body: bytes | None = None
    while True:
        try:
            url = next(asking) if body is None else asking.send(body)
        except StopIteration as end:
            result: Result = end.value
            return result
        if not wanted():
            raise Unavailable("the process that read it was told to end")
        body = await _patient(client, url, opener, most_bytes, tries)


async def _patient(client: Client, url: str, opener: Opener | None, most_bytes: int, tries: int) -> bytes:
    for number in range(1, tries + 1):
        try:
            return (await client.get(url, opener, ACCEPT, most_bytes)).body
        except Unavailable:
            if number == tries:
                raise
            await asyncio.sleep(number)
    raise AssertionError("there is at least one try")


async def plan(client: Client, source: Source, opener: Opener | None) -> tuple[Remote, float]:
    """Ask a service what it offers, and settle how its layer is asked for; with the seconds it took."""
    begun = time.monotonic()
    options = {key: source.options.get(f"remote_{key}") for key in ("crs", "format", "style", "matrix_set")}
    asking = planned(source.protocol, source.mode, source.url, source.remote, options)
    found = await drive(asking, client, opener)
    return found, time.monotonic() - begun


async def gather(
    client: Client,
    opener: Opener | None,
    plan: Json,
    sink: Sink,
    seconds: float,
    wanted: Callable[[], bool] = lambda: True,
) -> None:
    """Read all features of a layer into the sink; Unavailable when it takes longer than `seconds`."""
    try:
        async with asyncio.timeout(seconds):
            await drive(pages(plan, sink), client, opener, LARGEST, TRIES, wanted)
    except TimeoutError:
        raise Unavailable(f"the service took longer than {seconds:.0f} s to give its features") from None


def gathered(source: Source, plan: Json, sink: Sink, folder: Path) -> Gathered:
    """Describe the pages that were read; InvalidInput for what GDAL cannot read."""
    found: FileLayer = list_pages(folder, plan["reads"], source.remote)
    key = plan.get("key") if plan["reads"] == "ESRIJSON" else ("id" if _named(plan, sink) else None)
    return Gathered(found, digest_of(source, plan, sink), key)


def _named(plan: Json, sink: Sink) -> bool:
    return plan["reads"] == "GEOJSON" and sink.has_ids


def digest_of(source: Source, plan: Json, sink: Sink) -> str:
    """Digest what was read, with everything that decides what becomes of it."""
    return sink.digest(source.options, plan["reads"], plan.get("srs"))
