"""One live line: hears what its watcher wants, and says what is new as fast as it is read, and no faster."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Hashable
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from typing import Any

import anyio.to_thread
import orjson

from api.asgi import Receive, Scope, Send
from api.city import City
from api.live_parking import Parking, new_epoch
from api.scopes import check_scope
from api.sessions import origin_of
from spatial.errors import CitygridError, InvalidInput, Unauthenticated, Unavailable
from spatial.patrols.live.composing import Shown, compose, nothing_new
from spatial.patrols.live.frames import Told
from spatial.patrols.live.hub import Hub, visible_movers
from spatial.patrols.live.notices import Notice
from spatial.patrols.live.wishes import Wish, read_wish
from spatial.rights.reader import Reader

BEAT_S = 10.0
"""After so long without a frame one says that there is nothing new."""
LOOK_S = 1.0
"""How often the key is looked at; in memory, where no message has said that keys have changed."""
MOST_TEXTS = 100
"""Notices that wait for a slow watcher; of more the oldest are left out, which is said."""
BURST, PER_SECOND = 40, 10.0
"""Messages of a watcher."""
ENDED, NOT_ALLOWED, TOO_MANY = 4401, 4403, 4429
"""Why a line is closed: its key has ended; may no longer do this; sends too much."""


class Closing(Exception):
    """The line ends from here, and why."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(reason)
        self.code = code


@dataclass
class Allowance:
    """How many messages somebody may still send; it fills up again."""

    left: float = BURST
    at: float = 0.0

    def take(self, now: float) -> bool:
        """Take one; False when there is none left."""
        self.left = min(BURST, self.left + (now - self.at) * PER_SECOND)
        self.at = now
        self.left -= 1
        return self.left >= 0


class Line:
    """A line that was accepted. `nudge` and `tell` are called on its loop."""

    def __init__(self, city: City, hub: Hub, parking: Parking, scope: Scope, send: Send) -> None:
        self._city = city
        self._hub = hub
        self._parking = parking
        self._scope = scope
        self._send = send
        self._reader: Reader = scope["reader"]
        self._watching = ExitStack()
        self._texts: deque[bytes] = deque(maxlen=MOST_TEXTS)
        self._missed = 0
        self._wish: Wish | None = None
        self._is_asked = False
        self._shown: Shown | None = None
        self._wake = asyncio.Event()
        self._due = self._said = self._looked = 0.0
        self._flags = 0
        self._allowance = Allowance(at=time.monotonic())

    @property
    def rights(self) -> Hashable:
        """The key of what the watcher may see."""
        return self._reader.rights_key

    def nudge(self) -> None:
        """Say that the scene is another."""
        if time.monotonic() >= self._due:
            self._wake.set()

    def tell(self, notice: Notice) -> None:
        """Pass a notice on, as far as it is of movers whom the watcher may see."""
        movers = visible_movers(self._hub.scene, self.rights, notice.movers)
        if movers:
            words = {"type": "notice", "kind": notice.kind, "movers": movers, "facts": dict(notice.facts)}
            self._say({**words, "at": time.time()})

    def _say(self, words: dict[str, Any]) -> None:
        if len(self._texts) == MOST_TEXTS:
            self._missed += 1
        self._texts.append(orjson.dumps(words))
        self._wake.set()

    async def run(self, receive: Receive) -> None:
        """Speak and listen until one of the two ends."""
        self._watching.enter_context(self._hub.watching(self._reader))
        tasks = [asyncio.create_task(each) for each in (self._listen(receive), self._speak())]
        try:
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                await self._end(task.exception())
        finally:
            # Nothing is waited for before: whoever cancels may do so again.
            self._watching.close()
            if self._shown is not None:
                self._parking.park(self._reader, self._shown)
            for task in tasks:
                task.cancel()
            await asyncio.wait(tasks)

    async def _end(self, error: BaseException | None) -> None:
        """Close the line from here, unless the watcher is gone."""
        if isinstance(error, Closing):
            with suppress(OSError, RuntimeError):
                await self._send({"type": "websocket.close", "code": error.code, "reason": str(error)})
        elif error is not None and not isinstance(error, OSError):
            raise error

    async def _listen(self, receive: Receive) -> None:
        while (message := await receive())["type"] != "websocket.disconnect":
            if message["type"] != "websocket.receive":
                continue
            if not self._allowance.take(time.monotonic()):
                raise Closing(TOO_MANY, "too many messages")
            self._hear(message.get("text"))

    def _hear(self, text: str | None) -> None:
        """Take a wish, or say what is wrong with it; the one before stays then."""
        try:
            if text is None:
                raise InvalidInput.at("message", "must be text")
            self._wish = wish = read_wish(text)
        except InvalidInput as error:
            errors = [{"where": each.where, "reason": each.reason} for each in error.problems]
            self._say({"type": "problem", "errors": errors})
            return
        self._begin(wish)

    def _begin(self, wish: Wish) -> None:
        """Show a wish anew, or from where it was cut off; a wish for the same as now goes on."""
        self._is_asked = True
        self._due = min(self._due, time.monotonic() + 1 / wish.rate_hz)
        if wish.resume is not None:
            self._shown = self._parking.resumed(self._reader, wish)
        if self._shown is None or (self._shown.view, self._shown.rights) != (wish.view, self.rights):
            self._shown = Shown(new_epoch(), self.rights, wish.view)
        self._wake.set()

    async def _speak(self) -> None:
        while True:
            await self._woken()
            await self._look_at_key()
            while self._texts:
                await self._text(self._texts.popleft())
            if self._missed:
                missed, self._missed = self._missed, 0
                await self._text(orjson.dumps({"type": "missed", "notices": missed}))
            if time.monotonic() >= self._due:
                await self._show()

    async def _woken(self) -> None:
        """Wait until there may be something to say."""
        until_due = self._due - time.monotonic()
        with suppress(TimeoutError):
            async with asyncio.timeout(min(LOOK_S, until_due) if until_due > 0 else LOOK_S):
                await self._wake.wait()
        self._wake.clear()

    async def _show(self) -> None:
        """Send what is new, or now and then that nothing is."""
        flags, now_us = int(Told.AWAY) if self._hub.is_away else 0, time.time_ns() // 1000
        scene, shown = self._hub.scene, self._shown
        if shown is not None and self._wish is not None and shown.rights in scene.sights:
            frames, self._shown = compose(scene, shown, now_us, flags)
            is_quiet = not frames and (self._is_asked or self._is_beat_due(flags))
            for frame in [nothing_new(self._shown, now_us, flags)] if is_quiet else frames:
                await self._frame(frame, flags)
            self._is_asked = False
            self._due = time.monotonic() + 1 / self._wish.rate_hz if frames else self._due
        elif self._is_beat_due(flags):
            await self._frame(nothing_new(shown or Shown(0, None, Wish().view), now_us, flags), flags)

    def _is_beat_due(self, flags: int) -> bool:
        return flags != self._flags or time.monotonic() - self._said > BEAT_S

    async def _frame(self, frame: bytes, flags: int) -> None:
        await self._send({"type": "websocket.send", "bytes": frame})
        self._said, self._flags = time.monotonic(), flags

    async def _text(self, words: bytes) -> None:
        await self._send({"type": "websocket.send", "text": words.decode()})

    async def _look_at_key(self) -> None:
        """Close the line when its key has ended; show it anew when its rights are others."""
        if time.monotonic() - self._looked < LOOK_S:
            return
        self._looked = time.monotonic()
        try:
            reader = await self._known_reader()
            check_scope(self._scope, reader)
        except Unavailable:
            return
        except CitygridError as error:
            code = ENDED if isinstance(error, Unauthenticated) else NOT_ALLOWED
            raise Closing(code, str(error)[:100]) from None
        if reader.rights_key != self.rights:
            self._change(reader)

    async def _known_reader(self) -> Reader:
        known = self._city.keys.known(self._scope["token"])
        if known is None:
            find = self._city.keys.find
            known = await anyio.to_thread.run_sync(find, self._scope["token"], origin_of(self._scope))
        return known.key.reader

    def _change(self, reader: Reader) -> None:
        """Go on with other rights: all that is known of before is forgotten."""
        self._watching.close()
        self._reader = reader
        self._watching.enter_context(self._hub.watching(reader))
        if self._wish is not None:
            self._shown = Shown(new_epoch(), self.rights, self._wish.view)
