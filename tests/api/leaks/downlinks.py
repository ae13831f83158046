"""What terminals are told: seen by whoever sees the device and keeps it."""

from __future__ import annotations

from collections.abc import Callable

from tests.api.leaks.alike import NOBODY_THERE, like_nothing, row_of
from tests.api.leaks.eyes import Eyes


def order(eyes: Eyes) -> None:
    """A foreign order answers like none."""
    for row in eyes.rows["downlink"]:
        path = f"/api/devices/{row['device_id']}/messages"
        answer, nothing = (eyes.ask("GET", f"{path}/{key}") for key in (row["id"], NOBODY_THERE))
        sees = eyes.sees("downlink", row)
        eyes.expect(path, answer.status_code, 200 if sees else 404)
        if not sees:
            # Numbers of orders and of devices may be alike: only that of the order is told apart.
            words = answer.text.replace(f"message '{row['id']}'", "?")
            eyes.expect(f"{path}: words", words, nothing.text.replace(f"message '{NOBODY_THERE}'", "?"))


def orders(eyes: Eyes) -> None:
    """A foreign device answers like none; of an own one those are listed that the reader may see."""
    for device in eyes.rows["device"]:
        sees = eyes.sees("device", device)
        like_nothing(eyes, "/api/devices/{}/messages", device["id"], sees)
        if sees:
            found = {
                str(each["id"]) for each in eyes.get(f"/api/devices/{device['id']}/messages")["messages"]
            }
            told = [row for row in eyes.rows["downlink"] if row["device_id"] == device["id"]]
            wanted = {row["id"] for row in told if eyes.sees("downlink", row)}
            eyes.expect(f"what device {device['id']} was told", found, wanted)


DOWNLINKS: dict[str, Callable[[Eyes], None]] = {
    "POST /api/devices/{identifier}/messages": row_of(
        "device", "POST", "/api/devices/{}/messages", {"text": "x"}
    ),
    "GET /api/devices/{identifier}/messages": orders,
    "GET /api/devices/{identifier}/messages/{message}": order,
}
