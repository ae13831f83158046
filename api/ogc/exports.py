"""Files of features: what `f` and Accept ask for in place of a page, sent whole while it is written."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from functools import lru_cache, wraps
from pathlib import Path
from tempfile import gettempdir
from typing import Any
from urllib.parse import quote

from psycopg import Connection

from api.asgi import Headers
from api.ogc.call import Answer, Call, Handler, Json, Offer, Stream, link
from api.ogc.parameters import plain
from api.ogc.publication import Published
from api.ogc.request import Ask
from layers.catalogue import Layer
from layers.encoders.formats import FORMATS, Format
from layers.encoders.source import Export, Mark, Source
from layers.exports.queue import ROOM, put_on_record
from layers.exports.spool import PREFIX, Spool, Tick
from layers.exports.store import FOLDER, check_disk
from layers.features import Selection
from spatial.database import Database, query, session
from spatial.errors import InvalidInput, TooMany
from spatial.geometry.crs import Crs
from spatial.rights.reader import Reader

AT_ONCE = 2
"""Files written at once by one process: each has a connection and keeps a core busy."""
ON_THEIR_WAY = 16
"""Files that one process sends at once; they lie on the disk until their clients have them."""
SECONDS = 600
"""Longest that the database may read for one; what takes longer is for the job process."""
PAGED = ("token", "zoom-level")
"""Parameters of `items` that files do not take."""
Read = Callable[[Mapping[str, str], Layer], Selection]
_slots = threading.BoundedSemaphore(AT_ONCE)

FILES: Mapping[str, Format] = {name: each for name, each in FORMATS.items() if name != "geojson"}
"""Values of `f` that give a file; GeoJSON comes in pages."""
_BY_MEDIA_TYPE = {each.media_type: each for each in reversed(FILES.values())}


def chosen(ask: Ask) -> Format | None:
    """Find the file that is asked for, by `f` or else by what Accept likes best; None for a page."""
    f = dict(ask.query).get("f")
    if f is not None:
        return FILES.get(f)
    return _liked(ask.headers.get("accept", ""))


@lru_cache(maxsize=64)
def _liked(accept: str) -> Format | None:
    likes = [_liking(part) for part in accept.split(",")[:50]]
    best = max(likes, key=lambda pair: pair[1], default=("", 0.0))
    return _BY_MEDIA_TYPE.get(best[0]) if best[1] > 0 else None


def or_file(pages: Handler, read: Read) -> Handler:
    """Answer items as a file when one is asked for, and else by `pages`; read: parameters → selection."""

    @wraps(pages)
    def answer(call: Call, name: str) -> Answer:
        form = chosen(call.ask)
        if form is None:
            return pages(call, name)
        layer = call.collection(name).layer
        query = [(name, text) for name, text in call.ask.query if name != "f"]
        return download(call, layer, whole(read, layer, query), form)

    return answer


def whole(read: Read, layer: Layer, query: Sequence[tuple[str, str]]) -> Selection:
    """Read parameters as `items` does, for a file: all features without `limit`; InvalidInput."""
    parameters = plain(query, layer)
    for name in PAGED:
        if name in parameters:
            raise InvalidInput.at(name, "is for pages, not for files")
    selection = read(parameters, layer)
    return selection if "limit" in parameters else replace(selection, limit=None)


def _liking(part: str) -> tuple[str, float]:
    name, *parameters = (piece.strip().lower() for piece in part.split(";"))
    weight = next((piece[2:] for piece in parameters if piece.startswith("q=")), "1")
    try:
        return name, float(weight)
    except ValueError:
        return name, 0.0


def download(call: Call, layer: Layer, selection: Selection, form: Format) -> Stream:
    """Send a selection as a file; that it was taken is on record before the first byte.

    InvalidInput, NotFound … as for a page. TooMany when this process writes as many as it can.
    """
    crs: Crs = selection.crs
    headers: Headers = [(b"content-crs", f"<{crs.uri}>".encode())]
    title = layer.title if call.language == "zh" else layer.title_en
    if call.ask.method == "HEAD":
        return Stream(form.media_type.encode(), headers, iter(()))
    slot = Slot()
    try:
        mark = _recorded(call, layer, form)
        export = Export(layer, selection, mark, title, crs, axes_of_crs=True)
        spool = _spool(call, export, form, slot)
    except BaseException:
        slot.release()
        raise
    headers += [
        (b"content-disposition", disposition(title, layer.name, mark.at, form).encode()),
        (b"x-export-record", str(mark.number).encode()),
    ]
    return Stream(form.media_type.encode(), headers, spool)


def disposition(title: str, name: str, at: datetime, form: Format) -> str:
    """Name a file by title and day: in ASCII for old programs, in full for the others (RFC 6266)."""
    day = f"{at:%Y-%m-%d}{form.extension}"
    plain = "".join(sign if sign.isascii() and (sign.isalnum() or sign in "-_") else "_" for sign in name)
    full = "".join(sign for sign in title if sign.isprintable() and sign not in '/\\:*?"<>|')
    return f"attachment; filename=\"{plain}-{day}\"; filename*=UTF-8''{quote(f'{full} {day}', safe='')}"


def links(call: Call, published: Published) -> list[Json]:
    """Write the links of a collection to its files."""
    url = f"{call.base_url}/collections/{quote(published.layer.name, safe='')}/items"
    return [link("items", each.media_type, f"{url}?f={each.name}", each.title) for each in FILES.values()]


def _recorded(call: Call, layer: Layer, form: Format) -> Mark:
    reader = call.reader
    asked: dict[str, Any] = {name: value[:1000] for name, value in call.ask.query if name != "f"}
    with session(call.database, reader) as connection:
        number, at = put_on_record(connection, layer.name, form.name, {"asked": asked})
    return Mark(reader.username, reader.display_name, at, number)


class Slot:
    """A place among the files that are written at once; TooMany when there is none."""

    def __init__(self) -> None:
        if not _slots.acquire(blocking=False):
            raise TooMany(
                "too many files are written just now: try again soon, or ask by POST /api/exports", 10
            )
        self._once = threading.Lock()

    def release(self) -> None:
        """Give it back; a second time does nothing."""
        if self._once.acquire(blocking=False):
            _slots.release()


def check_spools(folder: Path) -> None:
    """Raise TooMany when as many files as may are on their way to slow clients."""
    if sum(1 for _ in folder.glob(f"{PREFIX}{os.getpid()}-*")) >= ON_THEIR_WAY:
        raise TooMany("too many files are being sent just now: try again later", 60)


def _spool(call: Call, export: Export, form: Format, slot: Slot) -> Spool:
    folder = Path(call.home or gettempdir()) / FOLDER
    check_spools(folder)
    writing = Writing(call.database, call.reader, export, form, slot)
    spool = Spool(writing.write, folder, form.extension, form.streams, writing.stop)
    return spool.begin()


class Writing:
    """One file that is being written, and the statement to end when nobody wants it."""

    def __init__(self, database: Database, reader: Reader, export: Export, form: Format, slot: Slot) -> None:
        self._database, self._reader, self._export, self._form = database, reader, export, form
        self._slot = slot
        self._lock = threading.Lock()
        self._connection: Connection[Any] | None = None

    def write(self, path: Path, tick: Tick) -> None:
        """Write the file in a session of the reader."""
        try:
            with session(self._database, self._reader) as connection:
                connection.execute(query(ROOM, "take_time"), {"seconds": str(SECONDS)})

                def look(rows: int) -> None:
                    check_disk(path.parent)
                    tick(rows)

                with self._stoppable(connection):
                    self._form.write(Source(connection, self._export, look), path)
        finally:
            self._slot.release()

    def stop(self) -> None:
        """End the statement that is running, however long it would still take."""
        with self._lock:
            if self._connection is not None:
                self._connection.cancel_safe(timeout=5)

    @contextmanager
    def _stoppable(self, connection: Connection[Any]) -> Iterator[None]:
        """A connection that has gone back to the pool serves somebody else and must not be stopped."""
        with self._lock:
            self._connection = connection
        try:
            yield
        finally:
            with self._lock:
                self._connection = None


OFFER = Offer({}, collection_links=links)
