"""The live line: a snapshot of everything is the last positions of one's own movers, and of nobody else's."""

from __future__ import annotations

from collections.abc import Callable

from tests.api.leaks.eyes import Eyes
from tests.spatial.patrols.live.decoder import Client


def live(eyes: Eyes) -> None:
    """Take a snapshot without any limit, and one that asks for every mover by number."""
    rows = eyes.rows["last_position"]
    own = {int(row["mover_id"]) for row in rows if eyes.sees("last_position", row)}
    everybody = [int(row["id"]) for row in eyes.rows["mover"]]
    headers = {"Authorization": f"Bearer {eyes.token}"}
    for wish in ({}, {"movers": everybody}):
        with eyes.client.websocket_connect("/api/live", headers=headers) as line:
            line.send_json(wish)
            client = Client(epoch=0)
            while client.take(line.receive_bytes()).kind != "snapshot":
                pass
        eyes.expect("movers on the live line", set(client.movers), own)


LIVE: dict[str, Callable[[Eyes], None]] = {"/api/live": live}
