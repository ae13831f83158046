"""The hub of a process: one thread that follows the commits for all who watch, while somebody does."""

from __future__ import annotations

import os
import selectors
import threading
import time
from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import psycopg
import structlog
from psycopg import Connection, sql

from spatial.database import Database, Reading, connect
from spatial.database.notify import CHANNEL, FIXES_CHANNEL
from spatial.errors import Unavailable
from spatial.patrols.live import scene as scenes
from spatial.patrols.live.notices import CRYING, RIGHTS, Notice, read_notice
from spatial.patrols.live.reading import read_crying, read_rows, read_seen
from spatial.patrols.live.scene import Scene
from spatial.rights.reader import SYSTEM, Reader

log = structlog.get_logger()

TICK_S = 0.1
"""Between two readings of what moved; what is said meanwhile is read together."""
WHOLE_S = 5.0
"""How often everybody is read, and asked of the policies: what nobody says is seen within this time."""
AGAIN_S = 0.5
"""Between two such readings that something else asks for."""
IDLE_S = 60.0
"""How long the hub goes on when nobody watches: whoever comes back does not begin anew."""
SILENT_S = 15.0
"""After so long without an answer the database is away, whatever its connections say."""
_OPTIONS = {"tcp_user_timeout": 10_000, "connect_timeout": 5}
Heard = Callable[[Notice | None], None]
"""Told of a notice, or (None) that the scene is another; called by the hub's thread."""


@dataclass
class _Watched:
    reader: Reader
    lines: int = 0
    left_at: float = 0.0


@dataclass
class _News:
    """What was heard since the last reading."""

    batches: set[int] = field(default_factory=set)
    notices: list[Notice] = field(default_factory=list)
    whole: bool = False


class Hub:
    """Follows where everybody is, for the readers of one process."""

    def __init__(self, database: Database, on_news: Heard = lambda _: None) -> None:
        self.scene = Scene()
        self.on_news = on_news
        self._database = database
        self._lock = threading.Lock()
        self._watched: dict[Hashable, _Watched] = {}
        self._thread: threading.Thread | None = None
        self._stopped = False
        self._read_at = 0.0
        self._whole_at = self._wholly_read_at = 0.0
        self._bell = os.pipe()
        for end in self._bell:
            os.set_blocking(end, False)

    @property
    def is_away(self) -> bool:
        """Tell whether what the scene shows grows old, because the database does not answer."""
        return time.monotonic() - self._read_at > SILENT_S

    @property
    def is_running(self) -> bool:
        """Tell whether anything is followed."""
        return self._thread is not None

    @contextmanager
    def watching(self, reader: Reader) -> Iterator[None]:
        """Let the scene have a sight of a reader's rights, soon, and for as long as this goes on."""
        key = reader.rights_key
        with self._lock:
            self._watched.setdefault(key, _Watched(reader)).lines += 1
            if self._thread is None and not self._stopped:
                self._thread = threading.Thread(target=self._run, name="live", daemon=True)
                self._thread.start()
        self._ring()
        try:
            yield
        finally:
            with self._lock:
                self._watched[key].lines -= 1
                self._watched[key].left_at = time.monotonic()

    def stop(self) -> None:
        """Stop following; returns when the thread has ended."""
        self._stopped = True
        self._ring()
        thread = self._thread
        if thread is not None:
            thread.join(timeout=5)

    def _ring(self) -> None:
        # Full of rings that nobody heard yet, it needs no other.
        with suppress(BlockingIOError):
            os.write(self._bell[1], b".")

    def _run(self) -> None:
        while not self._has_ended():
            try:
                self._follow()
            except (psycopg.Error, Unavailable) as error:
                self._lost(str(error))
            except Exception as error:
                log.exception("the live hub failed, trying again")
                self._lost(str(error))

    def _lost(self, reason: str) -> None:
        log.warning("the live hub lost the database, trying again", reason=reason)
        self._read_at = -SILENT_S
        self.on_news(None)
        time.sleep(0.5)

    def _has_ended(self) -> bool:
        """Tell whether this thread ends: it was stopped, or nobody has watched for a while."""
        with self._lock:
            if self._thread is not threading.current_thread():
                return True
            late = time.monotonic() - IDLE_S
            for key in [k for k, each in self._watched.items() if not each.lines and each.left_at < late]:
                del self._watched[key]
            if self._watched and not self._stopped:
                return False
            # Versions go on: what somebody was sent before never fits by chance.
            self.scene = Scene(self.scene.version)
            self._thread = None
            return True

    def _follow(self) -> None:
        """Listen first, then read everything: what is committed in between is heard."""
        url = self._database.url
        options = {**_OPTIONS, **self._database.options, "autocommit": True}
        with connect(url, autocommit=True, **_OPTIONS) as ears, connect(url, **options) as eyes:
            for channel in (FIXES_CHANNEL, CHANNEL):
                ears.execute(sql.SQL("LISTEN {}").format(sql.Identifier(channel)))
            with _ears(ears, self._bell[0]) as waiting:
                self._look(ears, eyes, waiting)

    def _look(self, ears: Connection[Any], eyes: Connection[Any], waiting: selectors.BaseSelector) -> None:
        news, self._whole_at = _News(), 0.0
        while not self._has_ended():
            began = time.monotonic()
            if began >= self._whole_at:
                self._read_whole(eyes)
                self._wholly_read_at = time.monotonic()
                self._whole_at = self._wholly_read_at + WHOLE_S
            elif news.batches:
                self._read_moved(eyes, news.batches)
            for notice in news.notices:
                self.on_news(notice)
            time.sleep(max(0.0, TICK_S - (time.monotonic() - began)))
            news = self._heard(ears, waiting)
            if news.whole or self._is_new_here():
                self._ask_whole()

    def _ask_whole(self) -> None:
        """Let everybody be read again soon."""
        self._whole_at = min(self._whole_at, self._wholly_read_at + AGAIN_S)

    def _heard(self, ears: Connection[Any], waiting: selectors.BaseSelector) -> _News:
        """Wait until something is said or everybody is due, and gather all of it."""
        # Something may have come along with the answer to a statement.
        news = _News()
        _gather(ears, news)
        if not (news.batches or news.notices or news.whole):
            for key, _ in waiting.select(min(max(0.0, self._whole_at - time.monotonic()), 1.0)):
                if key.fd == self._bell[0]:
                    os.read(self._bell[0], 4096)
            ears.pgconn.consume_input()
            _gather(ears, news)
        return news

    def _is_new_here(self) -> bool:
        """Tell whether somebody watches whose sight is not known."""
        with self._lock:
            return not self._watched.keys() <= self.scene.sights.keys()

    def _read_moved(self, eyes: Connection[Any], batches: set[int]) -> None:
        """Read whom some commits have moved; of somebody new the policies are to be asked."""
        made = scenes.merged(self.scene, read_rows(Reading(eyes, SYSTEM), batches), whole=False)
        if len(made) != len(self.scene):
            self._ask_whole()
        self._show(made)

    def _read_whole(self, eyes: Connection[Any]) -> None:
        """Read everybody, who cries, and whom each watches' policies let them see."""
        platform = Reading(eyes, SYSTEM)
        made = scenes.merged(self.scene, read_rows(platform), whole=True)
        made = scenes.crying(made, read_crying(platform))
        with self._lock:
            readers = {key: each.reader for key, each in self._watched.items()}
        made = scenes.unsighted(made, set(made.sights.keys() - readers.keys()))
        for key, reader in readers.items():
            made = scenes.sighted(made, key, read_seen(Reading(eyes, reader)))
        self._show(made)

    def _show(self, made: Scene) -> None:
        was_away, is_new = self.is_away, made is not self.scene
        self.scene, self._read_at = made, time.monotonic()
        if is_new or was_away:
            self.on_news(None)


@contextmanager
def _ears(ears: Connection[Any], bell: int) -> Iterator[selectors.BaseSelector]:
    with selectors.DefaultSelector() as waiting:
        waiting.register(ears.fileno(), selectors.EVENT_READ)
        waiting.register(bell, selectors.EVENT_READ)
        yield waiting


def _gather(ears: Connection[Any], news: _News) -> None:
    """Take what libpq has: commits of fixes by their numbers, and notices."""
    while (found := ears.pgconn.notifies()) is not None:
        text = found.extra.decode("utf-8", "replace")
        if found.relname == FIXES_CHANNEL.encode():
            # A payload that is none of ours is no reason to stop; everybody is read again.
            news.batches |= {int(text)} if text.isascii() and text.isdigit() and len(text) < 19 else set()
            news.whole |= not text.isdigit()
            continue
        notice = read_notice(text)
        if notice is None:
            continue
        news.whole |= notice.kind in CRYING | RIGHTS
        if notice.movers:
            news.notices.append(notice)


def visible_movers(scene: Scene, rights: Hashable, movers: tuple[int, ...]) -> list[int]:
    """Keep of some movers those whom readers with such rights may see."""
    sight = scene.sights.get(rights)
    if sight is None:
        return []
    asked = np.array(movers, np.int64)
    places = scene.who.places(asked)
    return [int(m) for m, p in zip(asked, places, strict=True) if p >= 0 and sight.seen[p]]
