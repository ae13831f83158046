"""The door of live lines (`GET /api/live` as a WebSocket): opens them within limits, tells what is new."""

from __future__ import annotations

import asyncio
from collections import Counter

import prometheus_client as prometheus

from api.asgi import Receive, Scope, Send, check_method
from api.city import City
from api.errors import respond_problem
from api.live_line import Line
from api.live_parking import Parking
from spatial.errors import InvalidInput, TooMany
from spatial.patrols.live.hub import Hub
from spatial.patrols.live.notices import Notice

MOST_LINES, MOST_OF_ACCOUNT = 500, 12
"""Lines of one process, and of one account there."""
_LINES = prometheus.Gauge("citygrid_live_lines", "Live lines that are open.", multiprocess_mode="livesum")


class LiveDoor:
    """The lines of one process, over one hub."""

    def __init__(self, city: City) -> None:
        self._city = city
        self.hub = Hub(city.database, self._on_news)
        self._parking = Parking()
        self._lines: set[Line] = set()
        self._of_account: Counter[int | None] = Counter()
        self._loop: asyncio.AbstractEventLoop | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a line to its end; scope: with the reader, and the token that the line stands on."""
        try:
            self._check(scope)
        except Exception as error:
            await respond_problem(send, error)
            return
        line, account = Line(self._city, self.hub, self._parking, scope, send), scope["reader"].account_id
        self._loop = asyncio.get_running_loop()
        # Counted before anything is waited for: lines that open at once are as many as they are.
        self._lines.add(line)
        self._of_account[account] += 1
        _LINES.set(len(self._lines))
        try:
            await receive()
            await send({"type": "websocket.accept"})
            await line.run(receive)
        finally:
            self._lines.discard(line)
            self._of_account -= Counter([account])
            _LINES.set(len(self._lines))

    def stop(self) -> None:
        """Stop the hub."""
        self.hub.stop()

    def _check(self, scope: Scope) -> None:
        check_method(scope, "GET")
        if scope["type"] != "websocket":
            raise InvalidInput.at("Upgrade", "must be websocket: this is a line")
        if len(self._lines) >= MOST_LINES:
            raise TooMany(f"{MOST_LINES} live lines are open here", 30)
        if self._of_account[scope["reader"].account_id] >= MOST_OF_ACCOUNT:
            raise TooMany(f"{MOST_OF_ACCOUNT} live lines of this account are open; close one", 30)

    def _on_news(self, notice: Notice | None) -> None:
        """Hear of the hub's thread, and pass it to the loop of the lines."""
        loop = self._loop
        if loop is not None and not loop.is_closed():
            loop.call_soon_threadsafe(self._pass_on, notice)

    def _pass_on(self, notice: Notice | None) -> None:
        for line in tuple(self._lines):
            if notice is None:
                line.nudge()
            else:
                line.tell(notice)
